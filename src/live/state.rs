//! The state of every line in memory, kept from committed events.
//!
//! Each contact stands in at most one place of one queue, or has left it lately. A batch brings
//! the state of a contact *after* the commit, so taking it in replaces what was known: repeated,
//! late and corrected batches need no special case. Knows neither the database nor the clock.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::estimate::{Calibration, Pair, QueueView, WINDOW_MS, estimate_secs};
use super::learning::{Learning, Move};
use super::shown::{Outcome as ShownOutcome, Told};
use crate::domain::batch::Committed;
use crate::domain::contact::Contact;
use crate::domain::event::{ContactKey, EventId, Millis, Signal};
use crate::forecast::live_wait::LiveWaits;
use standing::{Left, Standing, source_of, standing, wait_secs};

/// A report of how many are staffed is believed for this long.
pub const CAPACITY_MS: i64 = 15 * 60 * 1_000;

/// A source that has not spoken of a line for this long no longer feeds it: more than a week, so
/// that lines open on one day a week keep their source.
const FEEDS_FOR_MS: i64 = 8 * 24 * 3_600 * 1_000;

/// More departures than this within the window are not kept for one line; no contact centre has
/// them, but a load test or a broken source has.
const MOST_DEPARTURES: usize = 100_000;

/// Whoever joined within this of the newest frame was told what it says.
const TOLD_WITHIN_MS: i64 = 5 * 1_000;

/// More ends of waits than this are not kept between two frames; a load test has them.
const MOST_OUTCOMES: usize = 10_000;

/// What is kept of a contact while it waits and for half an hour after.
#[derive(Clone, Debug)]
struct Trace {
    standing: Standing,
    /// The estimate when it joined; taken when its outcome has taught the calibration.
    estimate_secs: Option<f64>,
    /// What the newest frame told of the line when it joined; taken when the wait is over.
    told: Option<Told>,
}

/// One line.
#[derive(Clone, Debug, Default)]
struct Queue {
    waiting: BTreeSet<(Millis, ContactKey)>,
    /// Those who left lately: their wait, if they were answered.
    departures: BTreeMap<(Millis, ContactKey), Option<i64>>,
    /// Instant and number of the last report of each source.
    capacity: BTreeMap<String, (Millis, i64)>,
    /// The sources that speak of contacts on this line, and when they last did.
    feeders: BTreeMap<String, Millis>,
    calibration: Calibration,
}

/// What is known of one line at one instant. Not for publication as it is: see `publish`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineFigures {
    /// People waiting.
    pub waiting: usize,
    /// Longest wait of those waiting, milliseconds.
    pub longest_wait_ms: Option<i64>,
    /// Reached a person in the last 30 minutes; `None` if there were too many to keep.
    pub answered_last_half_hour: Option<usize>,
    /// People staffed, from reports not older than 15 minutes.
    pub staffed: Option<i64>,
    /// Estimated wait of somebody who joins now, seconds.
    pub estimate_secs: Option<f64>,
    /// The 80 % range of single waits around the estimate, seconds.
    pub range_secs: Option<(f64, f64)>,
}

/// The state of all lines.
#[derive(Clone, Debug, Default)]
pub struct State {
    queues: HashMap<String, Queue>,
    traces: HashMap<ContactKey, Trace>,
    seen: BTreeMap<String, Millis>,
    learning: Learning,
    /// What the newest frame told, by line.
    told: HashMap<String, Told>,
    /// How what was told turned out, since somebody last asked.
    outcomes: Vec<ShownOutcome>,
    /// Nobody who left before this instant is kept.
    horizon_ms: Option<Millis>,
}

impl State {
    /// The state after a start, from the contacts of the last days: they are replayed in the order
    /// of time, so that the ranges are calibrated from the first frame on. The learner takes longer
    /// and comes later ([`Self::follow_learner`]).
    #[must_use]
    pub fn rebuild(contacts: impl Iterator<Item = (ContactKey, Contact)>, now_ms: Millis) -> Self {
        let mut moves: Vec<(Millis, ContactKey, Standing, String)> = Vec::new();
        for (key, contact) in contacts {
            let Some(standing) = standing(&contact) else {
                continue;
            };
            let source = source_of(&contact);
            let joined = Standing {
                left: None,
                ..standing.clone()
            };
            if let Some(left) = standing.left {
                moves.push((left.at_ms, key, standing, source.clone()));
            }
            moves.push((joined.since_ms, key, joined, source));
        }
        // Within one instant everybody joins before anybody leaves, as within a batch.
        moves.sort_by_key(|(at_ms, key, standing, _)| (*at_ms, standing.left.is_some(), *key));
        let mut state = Self {
            learning: Learning::Off,
            ..Self::default()
        };
        for (at_ms, key, standing, source) in moves {
            state.forget(at_ms.min(now_ms));
            state.note_feeder(&standing, &source);
            state.stand(key, Some(standing));
        }
        state.forget(now_ms);
        state.learning = Learning::Waiting(VecDeque::new());
        state
    }

    /// From now on live waits are foretold by a learner of everybody who joined before the start;
    /// what happened since is told to it.
    pub fn follow_learner(&mut self, learner: LiveWaits) {
        self.learning.follow(learner);
    }

    /// Whether live waits are foretold by what was learned.
    #[must_use]
    pub fn follows_learner(&self) -> bool {
        self.learning.is_following()
    }

    /// Remembers what the newest frame told of the lines, in place of the one before.
    pub fn note_told(&mut self, told: impl IntoIterator<Item = (String, Told)>) {
        self.told = told.into_iter().collect();
    }

    /// How what was told turned out, for those whose wait is over since it was last asked.
    pub fn take_outcomes(&mut self) -> Vec<ShownOutcome> {
        std::mem::take(&mut self.outcomes)
    }

    /// Takes in what one commit changed.
    pub fn apply(&mut self, committed: &Committed) {
        for (source, at_ms) in &committed.seen {
            self.note_life(source, *at_ms);
        }
        for (event, at_ms, signal) in &committed.signals {
            self.note_signal(event, *at_ms, signal);
        }
        // In the order of joining, so that an estimate sees those who came before.
        let mut standings: Vec<(ContactKey, Option<Standing>, String)> = committed
            .contacts
            .iter()
            .map(|(key, contact)| (*key, standing(contact), source_of(contact)))
            .collect();
        standings.sort_by_key(|(_, standing, _)| standing.as_ref().map(|s| s.since_ms));
        for (key, standing, source) in standings {
            if let Some(standing) = &standing {
                self.note_feeder(standing, &source);
            }
            self.stand(key, standing);
        }
    }

    /// Forgets what no longer matters at `now_ms`; memory is then bounded by those who wait and
    /// half an hour of those who left.
    pub fn forget(&mut self, now_ms: Millis) {
        let horizon_ms = now_ms - WINDOW_MS;
        self.horizon_ms = Some(horizon_ms);
        self.learning.begin_second();
        for queue in self.queues.values_mut() {
            while let Some(entry) = queue.departures.first_entry() {
                if entry.key().0 > horizon_ms {
                    break;
                }
                self.traces.remove(&entry.key().1);
                entry.remove();
            }
            queue
                .capacity
                .retain(|_, (at_ms, _)| *at_ms > now_ms - CAPACITY_MS);
            queue
                .feeders
                .retain(|_, at_ms| *at_ms > now_ms - FEEDS_FOR_MS);
        }
    }

    /// The last sign of life of a source.
    pub fn note_life(&mut self, source: &str, at_ms: Millis) {
        let last = self.seen.entry(source.to_owned()).or_insert(at_ms);
        *last = (*last).max(at_ms);
    }

    /// The last sign of life of a source, if it was ever heard.
    #[must_use]
    pub fn last_seen(&self, source: &str) -> Option<Millis> {
        self.seen.get(source).copied()
    }

    /// The sources that have spoken of contacts on a line during the last days.
    pub fn feeders(&self, line: &str) -> impl Iterator<Item = &str> {
        let queue = self.queues.get(line).into_iter();
        queue.flat_map(|queue| queue.feeders.keys().map(String::as_str))
    }

    /// What is known of a line at an instant.
    #[must_use]
    pub fn figures(&self, line: &str, at_ms: Millis) -> LineFigures {
        // A line without any contact is an empty queue.
        let empty = Queue::default();
        let queue = self.queues.get(line).unwrap_or(&empty);
        let view = queue.view(at_ms);
        let staffed = queue.staffed(at_ms);
        // The learned wait where there is one; else the median of three with its own range.
        let learned = self.learning.forecast(line, at_ms);
        let learned = learned.map(|told| (told.expected_secs, (told.low_secs, told.high_secs)));
        let simple = || {
            let secs = estimate_secs(&view)?;
            Some((secs, queue.calibration.range_secs(secs)))
        };
        // An empty queue that nobody staffs is not a short wait.
        let told = learned.or_else(simple).filter(|_| staffed != Some(0));
        LineFigures {
            waiting: view.waiting,
            longest_wait_ms: view.head_wait_ms,
            answered_last_half_hour: queue.answered_until(at_ms),
            staffed,
            estimate_secs: told.map(|(secs, _)| secs),
            range_secs: told.map(|(_, range)| range),
        }
    }

    /// How many contacts are kept in memory.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.traces.len()
    }

    fn note_feeder(&mut self, standing: &Standing, source: &str) {
        let spoke_at = standing.left.map_or(standing.since_ms, |left| left.at_ms);
        let queue = self.queues.entry(standing.line.clone()).or_default();
        let last = queue.feeders.entry(source.to_owned()).or_insert(spoke_at);
        *last = (*last).max(spoke_at);
    }

    fn note_signal(&mut self, event: &EventId, at_ms: Millis, signal: &Signal) {
        self.note_life(&event.source, at_ms);
        if let Signal::Capacity { line, staffed } = signal {
            self.note_capacity(&event.source, line, at_ms, *staffed);
        }
    }

    /// Takes in a report of how many are staffed.
    pub fn note_capacity(&mut self, source: &str, line: &str, at_ms: Millis, staffed: i64) {
        let queue = self.queues.entry(line.to_owned()).or_default();
        let reports = queue.capacity.entry(source.to_owned());
        let report = reports.or_insert((at_ms, staffed));
        *report = (*report).max((at_ms, staffed));
    }

    /// Puts a contact where it stands now and takes it away from where it stood.
    fn stand(&mut self, key: ContactKey, standing: Option<Standing>) {
        let before = self.traces.remove(&key);
        if let Some(trace) = &before
            && let Some(queue) = self.queues.get_mut(&trace.standing.line)
        {
            queue.remove(key, &trace.standing);
        }
        self.teach(
            key,
            before.as_ref().map(|trace| &trace.standing),
            standing.as_ref(),
        );
        let gone_long_ago = |left: Left| self.horizon_ms.is_some_and(|h| left.at_ms <= h);
        let Some(standing) = standing.filter(|s| !s.left.is_some_and(gone_long_ago)) else {
            return;
        };
        let told = self.judge_told(before.as_ref(), &standing);
        let queue = self.queues.entry(standing.line.clone()).or_default();
        let mut estimate = match &before {
            None => estimate_secs(&queue.view(standing.since_ms)),
            // An estimate for another line says nothing about this one.
            Some(trace) => trace
                .estimate_secs
                .filter(|_| trace.standing.line == standing.line),
        };
        if let Some(left) = standing.left
            && let Some(estimate_secs) = estimate.take()
        {
            queue.calibration.record(Pair {
                estimate_secs,
                wait_secs: wait_secs(&standing, left),
                censored: !left.answered,
            });
        }
        queue.insert(key, &standing);
        let trace = Trace {
            standing,
            estimate_secs: estimate,
            told,
        };
        self.traces.insert(key, trace);
        if queue.departures.len() > MOST_DEPARTURES
            && let Some(((_, oldest), _)) = queue.departures.pop_first()
        {
            self.traces.remove(&oldest);
        }
    }
}

impl State {
    /// What was told to somebody who still waits. If the wait is over, it is judged.
    fn judge_told(&mut self, before: Option<&Trace>, standing: &Standing) -> Option<Told> {
        let told = match before {
            None => self.told.get(&standing.line).copied(),
            Some(trace) => trace.told.filter(|_| trace.standing.line == standing.line),
        };
        let told = told.filter(|told| (standing.since_ms - told.at_ms).abs() <= TOLD_WITHIN_MS)?;
        let Some(left) = standing.left else {
            return Some(told);
        };
        if self.outcomes.len() < MOST_OUTCOMES {
            self.outcomes.push(ShownOutcome {
                line: standing.line.clone(),
                told,
                wait_secs: wait_secs(standing, left),
                answered: left.answered,
            });
        }
        None
    }

    /// Tells the learner how a contact moved. Whoever had left before, or is told of long after,
    /// is not told again.
    fn teach(&mut self, key: ContactKey, before: Option<&Standing>, now: Option<&Standing>) {
        let is_old = |left: Left| self.horizon_ms.is_some_and(|h| left.at_ms <= h);
        let (has_joined, has_moved) = match (before, now) {
            (Some(before), _) if before.left.is_some() => return,
            (None, None) => return,
            (None, Some(now)) if now.left.is_some_and(is_old) => return,
            (Some(_), None) => {
                self.learning.take(Move::Withdraw { key });
                return;
            }
            (None, Some(_)) => (true, false),
            (Some(before), Some(now)) => (false, before.line != now.line),
        };
        let Some(now) = now else { return };
        if has_moved {
            self.learning.take(Move::Withdraw { key });
        }
        if has_joined || has_moved {
            self.learning.take(Move::Join {
                line: now.line.clone(),
                key,
                at_ms: now.since_ms,
                is_transfer: has_moved,
            });
        }
        if let Some(left) = now.left {
            self.learning.take(Move::Leave {
                key,
                at_ms: left.at_ms,
                answered: left.answered,
            });
        }
    }
}

impl Queue {
    fn insert(&mut self, key: ContactKey, standing: &Standing) {
        if let Some(left) = standing.left {
            let wait_ms = (left.at_ms - standing.since_ms).max(0);
            let answered = left.answered.then_some(wait_ms);
            self.departures.insert((left.at_ms, key), answered);
        } else {
            self.waiting.insert((standing.since_ms, key));
        }
    }

    fn remove(&mut self, key: ContactKey, standing: &Standing) {
        if let Some(left) = standing.left {
            self.departures.remove(&(left.at_ms, key));
        } else {
            self.waiting.remove(&(standing.since_ms, key));
        }
    }

    /// How many were answered within the window before `at_ms`.
    fn answered_until(&self, at_ms: Millis) -> Option<usize> {
        let window = after(at_ms - WINDOW_MS)..after(at_ms);
        let answered = self
            .departures
            .range(window)
            .filter(|(_, wait)| wait.is_some());
        (self.departures.len() < MOST_DEPARTURES).then(|| answered.count())
    }

    /// The queue as it was at `at_ms`, as far as it is still known. Called for everyone who joins,
    /// so it counts the few outside of the window rather than the many inside.
    fn view(&self, at_ms: Millis) -> QueueView {
        let (from, to) = (after(at_ms - WINDOW_MS), after(at_ms));
        let joined_later = self.waiting.range(to..).count();
        let left_before = self.departures.range(..from).count();
        let left_later = self.departures.range(to..).count();
        let head = self.waiting.first().map(|(since_ms, _)| *since_ms);
        QueueView {
            waiting: self.waiting.len() - joined_later,
            head_wait_ms: head
                .filter(|since_ms| *since_ms <= at_ms)
                .map(|since_ms| at_ms - since_ms),
            last_answered_wait_ms: self
                .departures
                .range(from..to)
                .rev()
                .find_map(|(_, wait_ms)| *wait_ms),
            departures: self.departures.len() - left_before - left_later,
        }
    }

    fn staffed(&self, at_ms: Millis) -> Option<i64> {
        let valid = |report_ms: Millis| report_ms > at_ms - CAPACITY_MS;
        let mut reports = self
            .capacity
            .values()
            .filter(|(report_ms, _)| valid(*report_ms))
            .map(|(_, staffed)| *staffed)
            .peekable();
        reports.peek()?;
        Some(reports.sum())
    }
}

/// The bound between everything up to and including `at_ms` and everything after it.
fn after(at_ms: Millis) -> (Millis, ContactKey) {
    (at_ms + 1, ContactKey([0; 16]))
}

mod standing;
#[cfg(test)]
mod tests;
