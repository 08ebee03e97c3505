//! The queues of a centre as somebody who joins finds them.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::domain::event::{ContactKey, Millis};

/// Departures count for this long.
const WINDOW_MS: i64 = 30 * 60 * 1_000;

/// The pace of answers is taken from this long.
const PACE_MS: i64 = 10 * 60 * 1_000;

/// More departures than this are not kept of one queue.
const MOST_DEPARTURES: usize = 20_000;

/// How many numbers describe a state.
pub const FEATURES: usize = 8;

/// The state that somebody found, as numbers whose differences say how alike two states are:
/// logarithms of 1 + people or seconds, so that they are free of scale.
pub type Features = [f32; FEATURES];

/// Somebody who left a queue.
#[derive(Clone, Copy, Debug)]
struct Departure {
    at_ms: Millis,
    wait_secs: f64,
    answered: bool,
    /// How many were answered until then, this one included.
    answers: u64,
}

/// One queue: a line's, or that of the whole centre.
#[derive(Clone, Debug, Default)]
struct Queue {
    waiting: BTreeSet<(Millis, ContactKey)>,
    departures: VecDeque<Departure>,
}

/// What the three simple estimators of MEASURES.md need to know, and how they are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Simple {
    /// How many wait.
    pub waiting: usize,
    /// How long the head of the queue has waited, seconds.
    pub head_secs: Option<f64>,
    /// How long the last to be answered had waited, seconds.
    pub last_answered_secs: Option<f64>,
    /// How many left within 30 minutes.
    pub departures: usize,
}

impl Simple {
    /// The median of those available of the three; of two, their mean. `None` if people wait and
    /// nothing else is known.
    #[must_use]
    pub fn median_secs(&self) -> Option<f64> {
        let drain = match (self.waiting, self.departures) {
            (0, _) => Some(0.0),
            (_, 0) => None,
            (waiting, left) => Some(number(waiting) * secs(WINDOW_MS) / number(left)),
        };
        let all = [self.last_answered_secs, self.head_secs, drain];
        let mut found: Vec<f64> = all.into_iter().flatten().collect();
        found.sort_by(f64::total_cmp);
        let middle = found.len() / 2;
        let upper = found.get(middle)?;
        let lower = found.get((found.len() - 1) / 2)?;
        Some(f64::midpoint(*lower, *upper))
    }
}

impl Queue {
    fn leave(&mut self, at_ms: Millis, wait_secs: f64, answered: bool) {
        let last = self.departures.back();
        let departure = Departure {
            // What is told late counts when it is told.
            at_ms: last.map_or(at_ms, |last| last.at_ms.max(at_ms)),
            wait_secs,
            answered,
            answers: last.map_or(0, |last| last.answers) + u64::from(answered),
        };
        self.departures.push_back(departure);
        let horizon_ms = departure.at_ms - WINDOW_MS;
        while let Some(first) = self.departures.front()
            && (first.at_ms <= horizon_ms || self.departures.len() > MOST_DEPARTURES)
        {
            self.departures.pop_front();
        }
    }

    /// The departures within so long before an instant.
    fn lately(&self, at_ms: Millis, within_ms: i64) -> impl DoubleEndedIterator<Item = &Departure> {
        let from = self
            .departures
            .partition_point(|left| left.at_ms <= at_ms - within_ms);
        let to = self.departures.partition_point(|left| left.at_ms <= at_ms);
        self.departures.range(from..to.max(from))
    }

    fn left_within(&self, at_ms: Millis, within_ms: i64) -> usize {
        self.departures.partition_point(|left| left.at_ms <= at_ms)
            - self
                .departures
                .partition_point(|left| left.at_ms <= at_ms - within_ms)
    }

    fn answered_within(&self, at_ms: Millis, within_ms: i64) -> u64 {
        let mut lately = self.lately(at_ms, within_ms);
        let Some(first) = lately.next() else { return 0 };
        let last = lately.next_back().unwrap_or(first);
        last.answers - first.answers + u64::from(first.answered)
    }

    /// Mean wait of the last `most` who were answered, seconds; 0 if nobody was.
    fn mean_answered_secs(&self, at_ms: Millis, most: usize) -> f64 {
        let lately = self.lately(at_ms, WINDOW_MS).rev();
        mean(lately.filter(|left| left.answered).take(most))
    }

    /// Mean wait of the last `most` who left, seconds.
    fn mean_left_secs(&self, at_ms: Millis, most: usize) -> f64 {
        mean(self.lately(at_ms, WINDOW_MS).rev().take(most))
    }

    fn waiting(&self) -> f64 {
        number(self.waiting.len())
    }

    fn simple(&self, at_ms: Millis) -> Simple {
        let head = self
            .waiting
            .first()
            .map(|(since_ms, _)| secs(at_ms - since_ms));
        let mut lately = self.lately(at_ms, WINDOW_MS).rev();
        Simple {
            waiting: self.waiting.len(),
            head_secs: head.map(|head| head.max(0.0)),
            last_answered_secs: lately.find(|left| left.answered).map(|left| left.wait_secs),
            departures: self.left_within(at_ms, WINDOW_MS),
        }
    }
}

fn mean<'d>(left: impl Iterator<Item = &'d Departure>) -> f64 {
    let (sum, n) = left.fold((0.0, 0_u32), |(sum, n), left| (sum + left.wait_secs, n + 1));
    sum / f64::from(n.max(1))
}

/// All queues of a centre. Moves are told in about the order of time.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    lines: HashMap<String, Queue>,
    whole: Queue,
}

impl Queues {
    /// Somebody joined a line.
    pub fn join(&mut self, line: &str, key: ContactKey, at_ms: Millis) {
        self.line(line).waiting.insert((at_ms, key));
        self.whole.waiting.insert((at_ms, key));
    }

    /// Somebody who had joined a line is there no more, and it says nothing about waits.
    pub fn withdraw(&mut self, line: &str, key: ContactKey, joined_ms: Millis) {
        self.line(line).waiting.remove(&(joined_ms, key));
        self.whole.waiting.remove(&(joined_ms, key));
    }

    /// Somebody left a line, answered or not. Whoever was never told to have joined counts too.
    pub fn leave(
        &mut self,
        line: &str,
        key: ContactKey,
        joined_ms: Millis,
        left_ms: Millis,
        answered: bool,
    ) {
        self.withdraw(line, key, joined_ms);
        let wait_secs = secs(left_ms - joined_ms).max(0.0);
        self.line(line).leave(left_ms, wait_secs, answered);
        self.whole.leave(left_ms, wait_secs, answered);
    }

    /// What somebody finds who joins a line at an instant.
    #[must_use]
    pub fn features(&self, line: &str, at_ms: Millis) -> Features {
        let none = Queue::default();
        let own = self.lines.get(line).unwrap_or(&none);
        let whole = &self.whole;
        let answers = number(usize::try_from(whole.answered_within(at_ms, PACE_MS)).unwrap_or(0));
        // One more than were answered, so that a pause in the answers is not endless.
        let drain_secs = whole.waiting() * secs(PACE_MS) / (answers + 1.0);
        let left = number(whole.left_within(at_ms, WINDOW_MS));
        let slow_drain_secs = whole.waiting() * secs(WINDOW_MS) / (left + 1.0);
        [
            whole.waiting(),
            own.waiting(),
            whole.mean_answered_secs(at_ms, 5),
            own.mean_answered_secs(at_ms, 5),
            drain_secs,
            slow_drain_secs,
            whole.mean_left_secs(at_ms, 10),
            whole.mean_answered_secs(at_ms, 20),
        ]
        .map(scale)
    }

    /// What the simple estimators see of a line.
    #[must_use]
    pub fn simple(&self, line: &str, at_ms: Millis) -> Simple {
        self.lines
            .get(line)
            .map_or_else(Simple::default, |queue| queue.simple(at_ms))
    }

    /// The share of the last 20 who left a line within 30 minutes that did not have to wait at all;
    /// `None` if nobody left.
    #[must_use]
    pub fn share_at_once(&self, line: &str, at_ms: Millis) -> Option<f64> {
        let lately = self
            .lines
            .get(line)?
            .lately(at_ms, WINDOW_MS)
            .rev()
            .take(20);
        let (at_once, n) = lately.fold((0, 0_u32), |(at_once, n), left| {
            (at_once + u32::from(left.wait_secs <= 0.0), n + 1)
        });
        (n > 0).then(|| f64::from(at_once) / f64::from(n))
    }

    fn line(&mut self, line: &str) -> &mut Queue {
        if !self.lines.contains_key(line) {
            self.lines.insert(line.to_owned(), Queue::default());
        }
        self.lines.entry(line.to_owned()).or_default()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a distance needs no more than single precision"
)]
fn scale(value: f64) -> f32 {
    value.max(0.0).ln_1p() as f32
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
fn secs(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "numbers of people")]
fn number(count: usize) -> f64 {
    count as f64
}
