//! The task that issues forecasts, every day anew, keeps them, and scores them when their time is
//! over.
//!
//! What the first days of a running centre cannot have issued, because it was not there yet, is
//! made up for from nothing but what came before each day; `issued_ms` tells.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use super::advised::score_advice;
use super::book::Book;
use super::demand::{calendar, day_counts};
use super::known::Known;
use super::waits::wait_days;
use crate::clock::Clock;
use crate::domain::card::{Foresight, Foresights, Issued, Score};
use crate::domain::centre::{Centre, Line};
use crate::domain::event::Millis;
use crate::domain::period::{days, instant_ms, local_day};
use crate::domain::record::DayRecord;
use crate::domain::series::Needs;
use crate::forecast::demand::calendar::{Calendar, DayCounts, DayPlan};
use crate::forecast::foresight::{issue, outdated_before};
use crate::forecast::scoring::{Came, score_day};
use crate::forecast::wait::WaitDay;
use crate::ingest::writer::Foretelling;
use crate::store::Store;
use crate::store::forecasts::{SHOWN, ScoreKey};

/// How often it is looked whether a new day has begun or an old one has closed.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Days of the past that a forecast is made from.
const MOST_DAYS: i64 = 730;

/// Forecasts are scored that were issued so many days before: on the day itself, and a week ahead.
pub const LEADS: [i64; 2] = [0, 6];

/// The report card tells of so many days.
pub const CARD_DAYS: i64 = 28;

/// Events may come late: so many of the last closed days are scored again.
const SCORED_AGAIN_DAYS: i64 = 3;

/// A day is closed at this hour of the next one.
const CLOSE_HOUR: i8 = 4;

/// Issues, keeps and scores.
pub struct Forecaster {
    store: Store,
    centre: Arc<Centre>,
    clock: Clock,
    book: Arc<Book>,
    keep: mpsc::Sender<Foretelling>,
    foresights: watch::Sender<Arc<Foresights>>,
    /// The first day of the data when last looked; while it moves, the past is still being written.
    first: Option<Date>,
    issued: Option<(Date, Date)>,
    scored: Option<Date>,
}

/// The past of a line, as forecasts take it.
struct Past {
    line: String,
    good_mins: i64,
    plans: Vec<DayPlan>,
    counts: Vec<DayCounts>,
    waits: Vec<WaitDay>,
}

impl Past {
    fn of(centre: &Centre, line: &Line, records: &[Arc<DayRecord>], known: &Known) -> Self {
        let waits = wait_days(centre, &line.id, records, known);
        Self {
            line: line.id.clone(),
            good_mins: line.good_wait_mins,
            plans: waits.iter().map(|day| day.plan.clone()).collect(),
            counts: day_counts(centre, &line.id, records, known),
            waits,
        }
    }

    fn issue(&self, calendar: &Calendar<'_>, day: Date, now_ms: Millis) -> Issued {
        let (counts, waits) = (&self.counts, &self.waits);
        issue(&self.line, calendar, counts, waits, (day, now_ms))
    }

    fn score(&self, issued: &Issued, day: Date) -> Option<Score> {
        let at = self.plans.iter().position(|plan| plan.day == day)?;
        let came = Came {
            plans: &self.plans,
            counts: &self.counts,
            waits: &self.waits,
        };
        let lead = day.duration_since(issued.day).as_hours() / 24;
        let lead = usize::try_from(lead).ok()?;
        let mut score = score_day(&issued.slots, came, at, lead);
        if lead == 0 {
            (score.advice, score.rule) = score_advice(issued, &self.waits, at, self.good_mins);
        }
        Some(score)
    }
}

impl Forecaster {
    /// A task that has not looked yet.
    #[must_use]
    pub fn new(
        centre: &Arc<Centre>,
        store: &Store,
        clock: &Clock,
        book: &Arc<Book>,
        keep: mpsc::Sender<Foretelling>,
    ) -> Self {
        Self {
            store: store.clone(),
            centre: Arc::clone(centre),
            clock: clock.clone(),
            book: Arc::clone(book),
            keep,
            foresights: watch::Sender::default(),
            first: None,
            issued: None,
            scored: None,
        }
    }

    /// What it foresees, now and later.
    #[must_use]
    pub fn foresights(&self) -> watch::Receiver<Arc<Foresights>> {
        self.foresights.subscribe()
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Err(error) = self.look().await {
                tracing::warn!("no new forecasts: {error:#}");
            }
        }
    }

    /// Does what has become due.
    ///
    /// # Errors
    /// If the database fails; the next look tries again.
    pub async fn look(&mut self) -> anyhow::Result<()> {
        let now_ms = self.clock.now_ms();
        let today = local_day(now_ms, &self.centre.zone);
        let bounds = self.store.day_bounds().await;
        let Some((first, _)) = bounds.context("reading the first day")? else {
            return Ok(());
        };
        // Until the past is written, what would be kept for ever would be made of a part of it.
        let is_settled = self.first == Some(first);
        self.first = Some(first);
        let due = self.issued != Some((today, first)) || (is_settled && self.is_to_score(now_ms));
        if !due {
            return self.tell_records().await;
        }
        let pasts = self.read_pasts(first, today, now_ms).await?;
        if self.issued != Some((today, first)) {
            self.issue_today(&pasts, today, now_ms).await?;
            self.issued = Some((today, first));
        }
        if is_settled && self.is_to_score(now_ms) {
            self.keep_today().await;
            self.catch_up(&pasts, self.last_closed(now_ms), now_ms)
                .await?;
            self.scored = Some(self.last_closed(now_ms));
        }
        Ok(())
    }

    fn is_to_score(&self, now_ms: Millis) -> bool {
        self.scored != Some(self.last_closed(now_ms))
    }

    fn last_closed(&self, now_ms: Millis) -> Date {
        let zone = &self.centre.zone;
        let today = local_day(now_ms, zone);
        let close = today.to_datetime(Time::constant(CLOSE_HOUR, 0, 0, 0));
        let back = if now_ms >= instant_ms(close, zone) {
            1
        } else {
            2
        };
        today.saturating_sub(back.days())
    }

    async fn read_pasts(
        &self,
        first: Date,
        today: Date,
        now_ms: Millis,
    ) -> anyhow::Result<Arc<Vec<Past>>> {
        let start = first.max(today.saturating_sub(MOST_DAYS.days()));
        let range = start..today;
        let needs = Needs {
            days: range.clone(),
            intervals: range,
        };
        let records = self.book.records(&needs, now_ms).await;
        let records = records.context("reading cells")?;
        let known = Known::read(&self.store, &self.centre, now_ms).await?;
        let centre = Arc::clone(&self.centre);
        let work = move || {
            let lines = centre.lines.iter();
            lines
                .map(|line| Past::of(&centre, line, &records, &known))
                .collect()
        };
        let pasts = tokio::task::spawn_blocking(work).await;
        Ok(Arc::new(pasts.context("putting the past together")?))
    }

    /// Forecasts from a day on, one for each line.
    async fn issue(
        &self,
        pasts: &Arc<Vec<Past>>,
        day: Date,
        now_ms: Millis,
    ) -> anyhow::Result<Vec<Issued>> {
        let (centre, pasts) = (Arc::clone(&self.centre), Arc::clone(pasts));
        let work = move || {
            let pasts = pasts.iter();
            pasts
                .map(|past| past.issue(&calendar(&centre, &past.line), day, now_ms))
                .collect()
        };
        let issued = tokio::task::spawn_blocking(work).await;
        issued.context("making forecasts")
    }

    /// What was issued for today is said, also after a restart; else it is issued now.
    async fn issue_today(
        &self,
        pasts: &Arc<Vec<Past>>,
        today: Date,
        now_ms: Millis,
    ) -> anyhow::Result<()> {
        let tomorrow = today.saturating_add(1.day());
        let kept = self.store.forecasts(today, tomorrow).await;
        let kept = kept.context("reading today's forecasts")?;
        let lines: BTreeSet<&str> = kept.iter().map(|issued| issued.line.as_str()).collect();
        let is_whole = self
            .centre
            .lines
            .iter()
            .all(|line| lines.contains(line.id.as_str()));
        let issued = if is_whole {
            kept
        } else {
            self.issue(pasts, today, now_ms).await?
        };
        let foresight = |issued: Issued| {
            let foresight = Foresight {
                issued,
                record: Score::default(),
                ahead: Score::default(),
                shown: Score::default(),
            };
            (foresight.issued.line.clone(), Arc::new(foresight))
        };
        let told: Foresights = issued.into_iter().map(foresight).collect();
        self.foresights.send_replace(Arc::new(told));
        Ok(())
    }

    async fn keep_today(&self) {
        let told = Arc::clone(&self.foresights.borrow());
        let issued = told.values().map(|foresight| foresight.issued.clone());
        self.hand_over(Foretelling {
            issued: issued.collect(),
            ..Foretelling::default()
        })
        .await;
    }

    /// Scores the days of the report card that have no score yet, and the last ones again.
    async fn catch_up(
        &self,
        pasts: &Arc<Vec<Past>>,
        last: Date,
        now_ms: Millis,
    ) -> anyhow::Result<()> {
        let end = last.saturating_add(1.day());
        let start = end.saturating_sub(CARD_DAYS.days());
        let longest = LEADS.into_iter().max().unwrap_or(0);
        let scores = self.store.scores(start, end).await;
        let scores = scores.context("reading the scores")?;
        let known: BTreeSet<ScoreKey> = scores.into_iter().map(|(key, _)| key).collect();
        let again = end.saturating_sub(SCORED_AGAIN_DAYS.days());
        let is_missing = |day: Date, line: &str, lead: i64| {
            let line = line.to_owned();
            day >= again || !known.contains(&ScoreKey { day, line, lead })
        };
        for issue_day in days(start.saturating_sub(longest.days()), end) {
            let due = due_from(issue_day, start..end);
            let lines = self.centre.lines.iter();
            let is_due = lines.clone().any(|line| {
                due.iter()
                    .any(|(day, lead)| is_missing(*day, &line.id, *lead))
            });
            if !is_due {
                continue;
            }
            let (issued, is_new) = self.issued_on(pasts, issue_day, now_ms).await?;
            let told = score_all(pasts, &issued, &due);
            self.hand_over(Foretelling {
                issued: if is_new { issued } else { Vec::new() },
                scores: told,
                forget_before: None,
            })
            .await;
        }
        self.hand_over(Foretelling {
            forget_before: Some(outdated_before(start.saturating_sub(longest.days()))),
            ..Foretelling::default()
        })
        .await;
        Ok(())
    }

    /// What was issued on a day, or would have been, and whether that was made up for just now.
    async fn issued_on(
        &self,
        pasts: &Arc<Vec<Past>>,
        day: Date,
        now_ms: Millis,
    ) -> anyhow::Result<(Vec<Issued>, bool)> {
        let kept = self.store.forecasts(day, day.saturating_add(1.day())).await;
        let kept = kept.context("reading forecasts")?;
        if !kept.is_empty() {
            return Ok((kept, false));
        }
        Ok((self.issue(pasts, day, now_ms).await?, true))
    }

    async fn hand_over(&self, told: Foretelling) {
        // The writer is gone only when everything stops.
        let _ = self.keep.send(told).await;
    }

    /// Puts the scores of the last weeks beside what is said of the next.
    async fn tell_records(&self) -> anyhow::Result<()> {
        let now_ms = self.clock.now_ms();
        let end = local_day(now_ms, &self.centre.zone);
        let start = end.saturating_sub(CARD_DAYS.days());
        let scores = self.store.scores(start, end).await;
        let mut sums: BTreeMap<(String, i64), Score> = BTreeMap::new();
        for (key, score) in scores.context("reading the scores")? {
            *sums.entry((key.line, key.lead)).or_default() += &score;
        }
        let sum = |line: &str, lead| {
            let found = sums.get(&(line.to_owned(), lead));
            found.copied().unwrap_or_default()
        };
        self.foresights.send_modify(|told| {
            let with_record = |(line, foresight): (&String, &Arc<Foresight>)| {
                let foresight = Foresight {
                    issued: foresight.issued.clone(),
                    record: sum(line, LEADS[0]),
                    ahead: sum(line, LEADS[1]),
                    shown: sum(line, SHOWN),
                };
                (line.clone(), Arc::new(foresight))
            };
            *told = Arc::new(told.iter().map(with_record).collect());
        });
        Ok(())
    }
}

/// The days of a range that a forecast issued on a day is scored on, with their leads.
fn due_from(issue_day: Date, range: Range<Date>) -> Vec<(Date, i64)> {
    let days = LEADS.map(|lead| (issue_day.saturating_add(lead.days()), lead));
    let within = days.into_iter().filter(|(day, _)| range.contains(day));
    within.collect()
}

fn score_all(pasts: &[Past], issued: &[Issued], due: &[(Date, i64)]) -> Vec<(ScoreKey, Score)> {
    let mut told = Vec::new();
    for issued in issued {
        let Some(past) = pasts.iter().find(|past| past.line == issued.line) else {
            continue;
        };
        for (day, lead) in due {
            if let Some(score) = past.score(issued, *day) {
                let key = ScoreKey {
                    day: *day,
                    line: issued.line.clone(),
                    lead: *lead,
                };
                told.push((key, score));
            }
        }
    }
    told
}
