//! The book of days: what the store counted, at hand, so that a chart over years asks the database
//! one small question: what has changed since?

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use crate::domain::centre::Centre;
use crate::domain::event::{Millis, Place};
use crate::domain::facts::LineFact;
use crate::domain::packed::Packed;
use crate::domain::period::{IntervalStart, Span, day_start_ms, days, instant_ms, local_day};
use crate::domain::record::DayRecord;
use crate::domain::series::Needs;
use crate::domain::tally::Tally;
use crate::site::figures::Changes;
use crate::store::Store;

/// A day is closed at this hour of the next one; what changes later is a revision.
const CLOSE_HOUR: i8 = 4;

/// A commit bears the instant at which it was begun; it is visible less than this later.
const LONGEST_COMMIT_MS: Millis = 60_000;

/// Days read at once: the memory for their rows is needed besides that of the book.
const DAYS_A_READ: usize = 62;

/// Beyond this the days that were not used for longest are forgotten.
const MOST_BYTES: usize = 192 << 20;

/// Days that were read, until they change.
pub struct Book {
    store: Store,
    centre: Arc<Centre>,
    pages: Mutex<Pages>,
    /// Held while days are read, so that two readers do not read the same ones.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Pages {
    days: BTreeMap<Date, (Arc<DayRecord>, u64)>,
    bytes: usize,
    /// Counts uses, to tell which were not used for longest.
    turn: u64,
    /// Changes before this are known.
    checked_ms: Option<Millis>,
}

impl Book {
    /// An empty book on a store.
    #[must_use]
    pub fn new(store: Store, centre: Arc<Centre>) -> Self {
        Self {
            store,
            centre,
            pages: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// The records of the days that are needed, as they are now, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn records(
        &self,
        needs: &Needs,
        now_ms: Millis,
    ) -> sqlx::Result<Vec<Arc<DayRecord>>> {
        let records = self.several(std::slice::from_ref(needs), now_ms).await?;
        Ok(records.into_iter().flatten().collect())
    }

    /// The same for several ranges of days, with one look at what has changed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn several(
        &self,
        needs: &[Needs],
        now_ms: Millis,
    ) -> sqlx::Result<Vec<Vec<Arc<DayRecord>>>> {
        self.forget_changed(now_ms).await?;
        let mut records = Vec::with_capacity(needs.len());
        for needs in needs {
            if !self.missing(needs, now_ms).is_empty() {
                let _only_reader = self.reading.lock().await;
                for (range, with_intervals) in self.missing(needs, now_ms) {
                    let read = self.read(&range, with_intervals).await?;
                    self.pages().keep(read);
                }
            }
            // At once: what is read next may take its place.
            records.push(self.pages().take(&needs.days));
        }
        Ok(records)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the days that changed since the last time.
    async fn forget_changed(&self, now_ms: Millis) -> sqlx::Result<()> {
        let checked_ms = self.pages().checked_ms;
        match checked_ms {
            Some(checked_ms) if checked_ms <= now_ms => {
                let since_ms = checked_ms - LONGEST_COMMIT_MS;
                let changed = self.store.days_changed_since(since_ms).await?;
                self.pages().forget(changed);
            }
            // The clock was set back: what bears an earlier time now would not be found.
            _ => self.pages().forget_all(),
        }
        self.pages().checked_ms = Some(now_ms);
        Ok(())
    }

    /// Ranges of days that must be read, and whether with their intervals.
    fn missing(&self, needs: &Needs, now_ms: Millis) -> Vec<(Range<Date>, bool)> {
        // Nothing is counted in the future but what a clock that is ahead sent.
        let end = local_day(now_ms, &self.centre.zone).saturating_add(2.days());
        let pages = self.pages();
        let mut missing: Vec<(Range<Date>, bool)> = Vec::new();
        let mut length = 0;
        for day in days(needs.days.start, needs.days.end.min(end)) {
            let with_intervals = needs.intervals.contains(&day);
            let is_known = pages
                .days
                .get(&day)
                .is_some_and(|(record, _)| record.intervals.is_some() || !with_intervals);
            if is_known {
                continue;
            }
            let next = day.saturating_add(1.day());
            match missing.last_mut() {
                Some((range, with))
                    if range.end == day && *with == with_intervals && length < DAYS_A_READ =>
                {
                    range.end = next;
                    length += 1;
                }
                _ => {
                    missing.push((day..next, with_intervals));
                    length = 1;
                }
            }
        }
        missing
    }

    async fn read(
        &self,
        range: &Range<Date>,
        with_intervals: bool,
    ) -> sqlx::Result<Vec<Arc<DayRecord>>> {
        let zone = &self.centre.zone;
        let start_of = |day| IntervalStart::containing(day_start_ms(day, zone));
        let changes = self.store.day_changes(range.start, range.end).await?;
        let cells = self.store.day_cells(range.start, range.end).await?;
        let intervals = if with_intervals {
            let (from, to) = (start_of(range.start), start_of(range.end));
            self.store.interval_cells(from, to).await?
        } else {
            Vec::new()
        };
        let mut facts = self.facts_of(range, &changes).await?;
        let mut of_day: HashMap<Date, Vec<(IntervalStart, Place, Tally)>> = HashMap::new();
        for (day, place, tally) in cells {
            of_day
                .entry(day)
                .or_default()
                .push((start_of(day), place, tally));
        }
        let mut intervals = intervals.into_iter().peekable();
        let record = |day| {
            let end_ms = Span::of_day(day, zone).end_ms;
            let mut parts = Vec::new();
            while let Some(cell) = intervals.next_if(|(start, ..)| start.ms() < end_ms) {
                parts.push(cell);
            }
            let cells = Packed::of(of_day.remove(&day).unwrap_or_default());
            let parts = with_intervals.then(|| Packed::of(parts));
            let is_revised = self.is_revised(day, &changes);
            let record = DayRecord::new(day, cells, parts, is_revised);
            Arc::new(record.with_facts(facts.remove(&day).unwrap_or_default()))
        };
        Ok(days(range.start, range.end).map(record).collect())
    }

    /// What followed the contacts of days, by day.
    async fn facts_of(
        &self,
        range: &Range<Date>,
        changes: &[(Date, Millis, Millis)],
    ) -> sqlx::Result<HashMap<Date, Vec<LineFact>>> {
        let mut of_day: HashMap<Date, Vec<LineFact>> = HashMap::new();
        for counted in self.store.day_facts(range.start, range.end).await? {
            let day = counted.day;
            let settled = day.saturating_add(counted.fact.settles_days().days());
            let is_revised = changes_of(day, changes).is_some_and(|(first_ms, _)| {
                first_ms < self.close_ms(day) && self.close_ms(settled) <= counted.changed_ms
            });
            of_day.entry(day).or_default().push(LineFact {
                line: counted.line,
                fact: counted.fact,
                value: counted.value,
                is_revised,
            });
        }
        Ok(of_day)
    }

    /// Whether a day was counted before its close and changed after it.
    fn is_revised(&self, day: Date, changes: &[(Date, Millis, Millis)]) -> bool {
        let close_ms = self.close_ms(day);
        changes_of(day, changes)
            .is_some_and(|(first_ms, changed_ms)| first_ms < close_ms && close_ms <= changed_ms)
    }

    /// What changed in some days, and when.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn changes(&self, days: &Range<Date>) -> sqlx::Result<Changes> {
        let changes = self.store.day_changes(days.start, days.end).await?;
        let facts_ms = self.store.newest_fact(days.start, days.end).await?;
        let zone = &self.centre.zone;
        let revised = changes
            .iter()
            .filter(|(day, ..)| self.is_revised(*day, &changes))
            .map(|(day, _, changed_ms)| (*day, local_day(*changed_ms, zone)));
        let cells_ms = changes.iter().map(|(.., changed_ms)| *changed_ms).max();
        Ok(Changes {
            newest_ms: cells_ms.max(facts_ms),
            revised: revised.collect(),
        })
    }

    fn close_ms(&self, day: Date) -> Millis {
        let next = day.saturating_add(1.day());
        let close = next.to_datetime(Time::constant(CLOSE_HOUR, 0, 0, 0));
        instant_ms(close, &self.centre.zone)
    }
}

/// The first and the last change of the cells of a day.
fn changes_of(day: Date, changes: &[(Date, Millis, Millis)]) -> Option<(Millis, Millis)> {
    let at = changes.binary_search_by_key(&day, |(day, ..)| *day).ok()?;
    let (_, first_ms, changed_ms) = changes[at];
    Some((first_ms, changed_ms))
}

impl Pages {
    fn keep(&mut self, records: Vec<Arc<DayRecord>>) {
        self.turn += 1;
        for record in records {
            self.forget([record.day]);
            self.bytes += record.size();
            self.days.insert(record.day, (record, self.turn));
        }
        if self.bytes > MOST_BYTES {
            let mut turns: Vec<u64> = self.days.values().map(|(_, turn)| *turn).collect();
            turns.sort_unstable();
            // What is being read now stays, whatever its size.
            let oldest = turns[turns.len() / 2].min(self.turn - 1);
            self.days.retain(|_, (_, turn)| *turn > oldest);
            self.bytes = self.days.values().map(|(record, _)| record.size()).sum();
        }
    }

    fn take(&mut self, range: &Range<Date>) -> Vec<Arc<DayRecord>> {
        self.turn += 1;
        let turn = self.turn;
        let wanted = self.days.range_mut(range.clone());
        let used = wanted.map(|(_, (record, last))| {
            *last = turn;
            Arc::clone(record)
        });
        used.collect()
    }

    fn forget(&mut self, days: impl IntoIterator<Item = Date>) {
        for day in days {
            if let Some((record, _)) = self.days.remove(&day) {
                self.bytes -= record.size();
            }
        }
    }

    fn forget_all(&mut self) {
        self.days.clear();
        self.bytes = 0;
    }
}
