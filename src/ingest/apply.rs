//! Applies a group of batches to contacts, registers and cells inside one transaction.
//!
//! Load each contact, merge, add `contribution(after) − contribution(before)`: duplicates,
//! reordering, late arrivals and corrections need no case of their own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::registers::Registers;
use crate::domain::batch::{Applied, Batch, Committed, Receipt};
use crate::domain::centre::Centre;
use crate::domain::contact::Contact;
use crate::domain::event::{ContactEvent, ContactKey, Event, EventId, Fact, Millis, Signal};
use crate::domain::facts::{self, DayFacts};
use crate::domain::period::{Span, local_day};
use crate::domain::tally::{CellKey, Tally, contribution};
use crate::store::WriteTx;
use crate::store::contacts::ContactRow;
use crate::store::coverage::CoverageKind;
use crate::store::signals::IngestCount;

/// Signs of life further apart than this leave a gap in the coverage ("no data" after 5 minutes).
const LONGEST_SILENCE_MS: i64 = 5 * 60 * 1_000;

/// An event this close to its receipt is a sign of life of its source; older ones are a backlog.
const LIVE_WITHIN_MS: i64 = 60 * 1_000;

/// Contacts kept in memory in each of two generations: a call's events come close together.
const CONTACTS_IN_MEMORY: usize = 16_384;

/// What the writer remembers between transactions; all of it can be read again.
#[derive(Debug)]
pub struct Memory {
    centre: Arc<Centre>,
    /// Days whose contacts are gone.
    pub sealed: BTreeSet<Date>,
    /// The newest live span of each source.
    live_spans: HashMap<String, Span>,
    young: HashMap<ContactKey, Arc<Contact>>,
    old: HashMap<ContactKey, Arc<Contact>>,
}

/// What one transaction will have done once it is committed.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The answer to each batch.
    pub receipts: Vec<Receipt>,
    /// For the live state.
    pub committed: Committed,
    live_spans: Vec<(String, Span)>,
}

/// A contact in work: as it was when the transaction began, and as it is now.
struct Work {
    before: Option<Arc<Contact>>,
    after: Arc<Contact>,
    first_at_ms: Millis,
    changed: bool,
    /// Its day is sealed, and only its complaint is kept.
    is_complaint: bool,
}

/// What a transaction adds to the counts.
#[derive(Default)]
struct Delta {
    cells: BTreeMap<CellKey, Tally>,
    facts: DayFacts,
}

impl Memory {
    /// Nothing remembered yet but what must be known.
    #[must_use]
    pub fn new(centre: Arc<Centre>, sealed: BTreeSet<Date>, spans: Vec<(String, Span)>) -> Self {
        let live_spans = spans.into_iter().collect();
        Self {
            centre,
            sealed,
            live_spans,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// Forgets contacts: after a transaction that failed, or rows deleted by retention.
    pub fn forget_contacts(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    /// Takes over what a committed transaction changed.
    pub fn remember(&mut self, outcome: &Outcome) {
        for (key, contact) in &outcome.committed.contacts {
            if self.young.len() >= CONTACTS_IN_MEMORY {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(*key, Arc::clone(contact));
        }
        self.live_spans.extend(outcome.live_spans.iter().cloned());
    }

    fn recall(&self, key: &ContactKey) -> Option<&Arc<Contact>> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Applies batches; nothing counts until the transaction is committed and `remember` called.
    ///
    /// # Errors
    /// If the database fails; the transaction must then be dropped.
    pub async fn apply(
        &self,
        tx: &mut WriteTx<'_>,
        batches: Vec<Batch>,
        now_ms: Millis,
    ) -> sqlx::Result<Outcome> {
        let mut works = self.load(tx, &batches).await?;
        let mut registers = Registers::load(tx, &batches).await?;
        let mut outcome = Outcome::default();
        outcome.committed.at_ms = now_ms;
        let mut counts: BTreeMap<String, IngestCount> = BTreeMap::new();
        for batch in batches {
            self.cover(tx, &batch, &mut outcome).await?;
            let mut outcomes = Vec::with_capacity(batch.events.len());
            for event in batch.events {
                outcomes.push(match event {
                    Event::Contact(event) => self.merge(&mut works, event),
                    Event::Volume(key, register) => {
                        registers.join(key, register, |key| self.is_sealed(key.start_ms))
                    }
                    Event::Signal {
                        event,
                        at_ms,
                        signal,
                        ..
                    } => record(tx, &mut outcome.committed, (event, at_ms, signal)).await?,
                });
            }
            let count = counts.entry(batch.source).or_default();
            account(count, batch.rejected, &outcomes);
            outcome.receipts.push(Receipt { outcomes });
        }
        let mut delta = self.save(tx, works, &mut outcome, now_ms).await?;
        let zone = &self.centre.zone;
        registers.save(tx, zone, &mut delta.cells).await?;
        tx.add_to_cells(&delta.cells, now_ms).await?;
        tx.add_facts(&delta.facts, now_ms).await?;
        let today = local_day(now_ms, &TimeZone::UTC).to_string();
        for (source, count) in counts {
            tx.add_ingest_count(&today, &source, &count).await?;
        }
        Ok(outcome)
    }

    fn is_sealed(&self, at_ms: Millis) -> bool {
        !self.sealed.is_empty() && self.sealed.contains(&local_day(at_ms, &self.centre.zone))
    }

    async fn load(
        &self,
        tx: &mut WriteTx<'_>,
        batches: &[Batch],
    ) -> sqlx::Result<HashMap<ContactKey, Work>> {
        let mut first_seen: HashMap<ContactKey, Millis> = HashMap::new();
        for event in batches.iter().flat_map(|batch| &batch.events) {
            if let Event::Contact(event) = event {
                first_seen.entry(event.contact).or_insert(event.at_ms);
            }
        }
        let unknown: Vec<ContactKey> = first_seen
            .keys()
            .filter(|key| self.recall(key).is_none())
            .copied()
            .collect();
        let mut loaded = tx.load_contacts(&unknown).await?;
        let work = |(key, first_at_ms)| {
            let loaded = loaded.remove(&key).map(Arc::new);
            let before = loaded.or_else(|| self.recall(&key).cloned());
            let after = before.clone().unwrap_or_default();
            (
                key,
                Work {
                    before,
                    after,
                    first_at_ms,
                    changed: false,
                    is_complaint: false,
                },
            )
        };
        let mut works: HashMap<_, _> = first_seen.into_iter().map(work).collect();
        load_complaints(tx, batches, &mut works).await?;
        Ok(works)
    }

    fn merge(&self, works: &mut HashMap<ContactKey, Work>, event: ContactEvent) -> Applied {
        let Some(work) = works.get_mut(&event.contact) else {
            return Applied::Duplicate;
        };
        if work.is_complaint && !is_about_a_complaint(&event.fact) {
            return Applied::Sealed;
        }
        let starts = matches!(
            event.fact,
            Fact::Offered(_) | Fact::Attempted(_) | Fact::Refused(_)
        );
        let undo = (starts && !self.sealed.is_empty()).then(|| Arc::clone(&work.after));
        if !Arc::make_mut(&mut work.after).merge(event) {
            return Applied::Duplicate;
        }
        let start = work
            .after
            .start()
            .map(|(at_ms, _)| local_day(at_ms, &self.centre.zone));
        if let (Some(undo), Some(day)) = (undo, start)
            && self.sealed.contains(&day)
        {
            work.after = undo;
            return Applied::Sealed;
        }
        work.changed = true;
        if start.is_some() {
            Applied::Counted
        } else {
            Applied::Orphan
        }
    }

    async fn cover(
        &self,
        tx: &mut WriteTx<'_>,
        batch: &Batch,
        outcome: &mut Outcome,
    ) -> sqlx::Result<()> {
        for span in &batch.covers {
            tx.cover(&batch.source, CoverageKind::Import, *span).await?;
        }
        if let Some(mark) = &batch.mark {
            tx.keep_mark(&batch.source, mark).await?;
        }
        let Some(seen_ms) = sign_of_life(batch) else {
            return Ok(());
        };
        let anew = batch.mark.as_ref().is_some_and(|mark| mark.after_gap);
        let known = outcome
            .live_spans
            .iter()
            .rev()
            .find(|(source, _)| *source == batch.source);
        let known = known
            .map(|(_, span)| *span)
            .or(self.live_spans.get(&batch.source).copied());
        let span = match known {
            Some(span) if seen_ms < span.end_ms => span,
            Some(span) if !anew && seen_ms - span.end_ms <= LONGEST_SILENCE_MS => Span {
                end_ms: seen_ms,
                ..span
            },
            _ => Span {
                start_ms: seen_ms,
                end_ms: seen_ms,
            },
        };
        tx.cover(&batch.source, CoverageKind::Live, span).await?;
        outcome.live_spans.push((batch.source.clone(), span));
        outcome.committed.seen.push((batch.source.clone(), seen_ms));
        Ok(())
    }

    /// Saves the contacts that changed; says what that adds to which counts.
    async fn save(
        &self,
        tx: &mut WriteTx<'_>,
        works: HashMap<ContactKey, Work>,
        outcome: &mut Outcome,
        now_ms: Millis,
    ) -> sqlx::Result<Delta> {
        let mut delta = Delta::default();
        let mut rows = Vec::with_capacity(works.len());
        let mut complaints = Vec::new();
        for (key, work) in works.into_iter().filter(|(_, work)| work.changed) {
            self.count(&work, &mut delta);
            if work.is_complaint {
                complaints.push((key, Arc::unwrap_or_clone(work.after)));
                continue;
            }
            rows.push(self.row(key, &work, now_ms)?);
            outcome.committed.contacts.push((key, work.after));
        }
        tx.save_contacts(rows).await?;
        tx.keep_complaints(&complaints).await?;
        Ok(delta)
    }

    /// What a contact counts now, less what it counted before. The cells of a sealed day are as
    /// they are.
    fn count(&self, work: &Work, delta: &mut Delta) {
        let centre = &*self.centre;
        let steps = [(work.before.as_deref(), -1), (Some(&*work.after), 1)];
        for (contact, sign) in steps {
            let Some(contact) = contact else { continue };
            facts::add(&mut delta.facts, facts::contribution(contact, centre), sign);
            if work.is_complaint {
                continue;
            }
            if let Some((cell, tally)) = contribution(contact, &centre.zone) {
                let cell = delta.cells.entry(cell).or_default();
                if sign > 0 {
                    *cell += &tally;
                } else {
                    *cell -= &tally;
                }
            }
        }
    }

    fn row(&self, key: ContactKey, work: &Work, now_ms: Millis) -> sqlx::Result<ContactRow> {
        let start = work.after.start().map(|(at_ms, _)| at_ms);
        let stood = work.before.as_ref().map(|contact| contact.start());
        Ok(ContactRow {
            key,
            day: start.map(|at_ms| local_day(at_ms, &self.centre.zone)),
            start_ms: start.unwrap_or(work.first_at_ms),
            settled: work.after.is_settled(),
            touched_ms: now_ms,
            facts: serde_json::to_string(work.after.as_ref())
                .map_err(|error| sqlx::Error::Encode(error.into()))?,
            // An orphan's start is the time of its first event of each transaction: it moves.
            is_in_place: start.is_some() && stood == Some(work.after.start()),
        })
    }
}

/// What may still be said of a contact whose day is sealed.
fn is_about_a_complaint(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::ComplaintOpened(_) | Fact::ComplaintClosed | Fact::Withdrawn
    )
}

/// Finds the complaints of sealed days among the contacts whose start is not known. Batches that
/// say nothing of complaints pay nothing for it.
async fn load_complaints(
    tx: &mut WriteTx<'_>,
    batches: &[Batch],
    works: &mut HashMap<ContactKey, Work>,
) -> sqlx::Result<()> {
    let mut keys = BTreeSet::new();
    for event in batches.iter().flat_map(|batch| &batch.events) {
        if let Event::Contact(event) = event
            && is_about_a_complaint(&event.fact)
            && works
                .get(&event.contact)
                .is_some_and(|work| !work.after.has_start())
        {
            keys.insert(event.contact);
        }
    }
    let keys: Vec<ContactKey> = keys.into_iter().collect();
    for (key, complaint) in tx.load_complaints(&keys).await? {
        if let Some(work) = works.get_mut(&key) {
            work.after = Arc::new(complaint);
            work.before = Some(Arc::clone(&work.after));
            work.is_complaint = true;
        }
    }
    Ok(())
}

/// The newest instant at which the source was certainly alive, if the batch tells.
fn sign_of_life(batch: &Batch) -> Option<Millis> {
    let instant = |event: &Event| match event {
        Event::Signal { at_ms, .. } => Some(*at_ms),
        Event::Volume(_, register) => Some(register.at_ms),
        Event::Contact(event) => Some(event.at_ms),
    };
    let live = |at_ms: &Millis| (batch.received_ms - at_ms).abs() <= LIVE_WITHIN_MS;
    let newest = batch.events.iter().filter_map(instant).filter(live).max()?;
    Some(newest.min(batch.received_ms))
}

async fn record(
    tx: &mut WriteTx<'_>,
    committed: &mut Committed,
    (event, at_ms, signal): (EventId, Millis, Signal),
) -> sqlx::Result<Applied> {
    let changed = match &signal {
        Signal::Heartbeat => true,
        Signal::Capacity { line, staffed } => {
            tx.report_capacity(&event.source, line, at_ms, *staffed)
                .await?
        }
    };
    if !changed {
        return Ok(Applied::Duplicate);
    }
    committed.signals.push((event, at_ms, signal));
    Ok(Applied::Counted)
}

fn account(count: &mut IngestCount, rejected: i64, outcomes: &[Applied]) {
    for outcome in outcomes {
        *match outcome {
            Applied::Counted => &mut count.counted,
            Applied::Duplicate => &mut count.duplicate,
            Applied::Orphan => &mut count.orphaned,
            Applied::Sealed => &mut count.rejected,
        } += 1;
    }
    count.rejected += rejected;
    count.received = count.counted + count.duplicate + count.orphaned + count.rejected;
}
