//! Learns from every caller who waited, and says what the next one has to expect.

use std::collections::{HashMap, VecDeque};

use super::memory::{Memory, Neighbours, Sample};
use super::queue::{Features, Queues};
use crate::domain::event::{ContactKey, Millis};

/// Name and version of the method, printed on `/method`.
pub const METHOD: &str = "similar-states/1";

/// How a forecast can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The median of past waits in similar states.
    Similar,
    /// The median of the three simple estimators.
    MedianOfThree,
    /// The usual median of the half hour, told by whoever asks.
    Slot,
    /// The median of the last waits of the line.
    Constant,
}

impl Method {
    /// All, in the order in which they are preferred where their scores are equal.
    pub const ALL: [Self; 4] = [
        Self::Similar,
        Self::MedianOfThree,
        Self::Slot,
        Self::Constant,
    ];
}

/// What somebody who joins and is not answered at once has to expect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// How it was made.
    pub method: Method,
    /// Median wait, seconds.
    pub expected_secs: f64,
    /// A tenth wait less, seconds.
    pub low_secs: f64,
    /// A tenth wait longer, seconds.
    pub high_secs: f64,
}

/// What was told to somebody who joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// What is to be expected; `None` if nothing is known.
    pub forecast: Option<Forecast>,
    /// What each method alone would have said, seconds.
    pub said_secs: Said,
}

/// Scores of a line are used once it has so many; before, those of the whole centre.
const ENOUGH_SCORES: f64 = 50.0;

/// What a score counts after the next one: the last few hundred callers decide.
const FADE: f64 = 0.998;

/// Waits, shares and ratios of so many callers are kept.
const MOST_RECENT: usize = 1_000;

/// They are sorted anew after so many.
const SORT_AFTER: usize = 25;

/// Values assumed to have been as they should, before anything is known.
const ASSUMED: usize = 20;

/// Added to both sides of a ratio of wait to estimate, so that an estimate of 0 has ratios too.
const OFFSET_SECS: f64 = 30.0;

/// Waits of 0.4 to 1.8 times the estimate are assumed before anything is known.
const ASSUMED_RATIOS: (f64, f64) = (0.4, 1.8);

/// More people than this are not followed at once; a load test has them.
const MOST_PENDING: usize = 50_000;

/// The learner of one centre.
#[derive(Clone, Debug, Default)]
pub struct LiveWaits {
    queues: Queues,
    memory: Memory,
    books: HashMap<String, Book>,
    whole: Book,
    pending: HashMap<ContactKey, Pending>,
}

/// What each method said, seconds; in the order of [`Method::ALL`].
pub type Said = [Option<f64>; Method::ALL.len()];

/// Somebody who waits, and what each method said.
#[derive(Clone, Debug)]
struct Pending {
    line: String,
    joined_ms: Millis,
    found: Features,
    neighbours: Option<Neighbours>,
    said_secs: Said,
}

/// What was learned of one line, or of all together, besides the samples.
#[derive(Clone, Debug, Default)]
struct Book {
    /// The number of the line in the memory.
    number: u32,
    /// Faded sums of absolute errors and of callers, by method.
    errors: [(f64, f64); Method::ALL.len()],
    waits: Recent,
    /// Where waits fell among those of their neighbours.
    shares: Recent,
    /// Wait / estimate of the other methods, both with the offset.
    ratios: [Recent; Method::ALL.len()],
}

/// The last values of something, to be asked for quantiles.
#[derive(Clone, Debug, Default)]
struct Recent {
    values: VecDeque<f64>,
    sorted: Vec<f64>,
    added: usize,
}

impl LiveWaits {
    /// Somebody joined a line; answers what is to be expected. `usual_secs` is the usual median
    /// wait of the half hour, if known.
    pub fn join(
        &mut self,
        line: &str,
        key: ContactKey,
        at_ms: Millis,
        usual_secs: Option<f64>,
    ) -> Told {
        let found = self.queues.features(line, at_ms);
        let neighbours = self.neighbours(line, &found);
        let said_secs = self.say(line, at_ms, neighbours.as_ref(), usual_secs);
        let forecast = self.choose(line, neighbours.as_ref(), &said_secs);
        let pending = Pending {
            line: line.to_owned(),
            joined_ms: at_ms,
            found,
            neighbours,
            said_secs,
        };
        self.follow(line, key, at_ms, pending);
        Told {
            forecast,
            said_secs,
        }
    }

    /// As [`Self::join`], but nobody is to be judged by this caller: for the older part of a
    /// replay, in which looking for neighbours would take long.
    pub fn join_unjudged(&mut self, line: &str, key: ContactKey, at_ms: Millis) {
        let found = self.queues.features(line, at_ms);
        self.follow(
            line,
            key,
            at_ms,
            Pending {
                line: line.to_owned(),
                joined_ms: at_ms,
                found,
                neighbours: None,
                said_secs: [None; Method::ALL.len()],
            },
        );
    }

    fn follow(&mut self, line: &str, key: ContactKey, at_ms: Millis, pending: Pending) {
        if self.pending.len() < MOST_PENDING && !self.pending.contains_key(&key) {
            self.queues.join(line, key, at_ms);
            self.pending.insert(key, pending);
        }
    }

    /// Somebody is not to be counted: withdrawn, or moved to another line. Join the other line.
    pub fn withdraw(&mut self, key: ContactKey) {
        if let Some(pending) = self.pending.remove(&key) {
            self.queues.withdraw(&pending.line, key, pending.joined_ms);
        }
    }

    /// Somebody left the line on which they had joined, answered or not. Unknown keys are passed
    /// over.
    pub fn leave(&mut self, key: ContactKey, left_ms: Millis, answered: bool) {
        let Some(pending) = self.pending.remove(&key) else {
            return;
        };
        let Pending {
            line,
            joined_ms,
            found,
            ..
        } = &pending;
        self.queues.leave(line, key, *joined_ms, left_ms, answered);
        // Those who are answered at once wait for nobody and teach nothing about those who do.
        if left_ms <= *joined_ms {
            return;
        }
        let wait_secs = secs(left_ms - joined_ms);
        let number = self.book(line).number;
        self.memory.add(Sample {
            at_ms: left_ms,
            line: number,
            found: *found,
            wait_secs,
        });
        self.book(line).record(&pending, wait_secs);
        self.whole.record(&pending, wait_secs);
    }

    /// What somebody has to expect who joins a line now and is not answered at once. `None` as
    /// long as nothing is known at all.
    #[must_use]
    pub fn forecast(&self, line: &str, at_ms: Millis, usual_secs: Option<f64>) -> Option<Forecast> {
        let found = self.queues.features(line, at_ms);
        let neighbours = self.neighbours(line, &found);
        let said_secs = self.say(line, at_ms, neighbours.as_ref(), usual_secs);
        self.choose(line, neighbours.as_ref(), &said_secs)
    }

    /// What the method says that was best lately, with its range.
    fn choose(&self, line: &str, neighbours: Option<&Neighbours>, said: &Said) -> Option<Forecast> {
        let known = |method: &Method| said[*method as usize].is_some();
        let best = Method::ALL.into_iter().filter(known).min_by(|a, b| {
            let error = |method: &Method| self.error(line, *method).unwrap_or(f64::INFINITY);
            error(a).total_cmp(&error(b))
        })?;
        let expected_secs = said[best as usize]?;
        let (low_secs, high_secs) = if let (Method::Similar, Some(near)) = (best, neighbours) {
            let shares = &self.lately(line, |book| &book.shares).with_even();
            (
                near.quantile_secs(shares.at(0.1)),
                near.quantile_secs(shares.at(0.9)),
            )
        } else {
            let ratios = self.lately(line, |book| &book.ratios[best as usize]);
            let (low, high) = ratios.ends(ASSUMED_RATIOS);
            let base = expected_secs + OFFSET_SECS;
            (base * low - OFFSET_SECS, base * high - OFFSET_SECS)
        };
        let low_secs = low_secs.max(0.0).min(expected_secs);
        let high_secs = high_secs.max(expected_secs);
        Some(Forecast {
            method: best,
            expected_secs,
            low_secs,
            high_secs,
        })
    }

    /// The share of the last who left a line that did not have to wait at all.
    #[must_use]
    pub fn share_at_once(&self, line: &str, at_ms: Millis) -> Option<f64> {
        self.queues.share_at_once(line, at_ms)
    }

    /// Mean absolute error of a method, seconds, on the last callers of a line who had to wait; of
    /// the whole centre while the line has too few. `None` if nobody was judged yet.
    #[must_use]
    pub fn error(&self, line: &str, method: Method) -> Option<f64> {
        let of = |book: &Book| book.errors[method as usize];
        let own = self
            .books
            .get(line)
            .map(of)
            .filter(|(_, n)| *n >= ENOUGH_SCORES);
        let (sum, n) = own.unwrap_or_else(|| of(&self.whole));
        (n > 0.0).then(|| sum / n)
    }

    /// How many samples are remembered.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.memory.len()
    }

    fn neighbours(&self, line: &str, found: &Features) -> Option<Neighbours> {
        let number = self.books.get(line).map_or(u32::MAX, |book| book.number);
        self.memory.neighbours(number, found)
    }

    fn say(
        &self,
        line: &str,
        at_ms: Millis,
        neighbours: Option<&Neighbours>,
        usual_secs: Option<f64>,
    ) -> Said {
        let constant = self.lately(line, |book| &book.waits);
        [
            neighbours.map(|near| near.quantile_secs(0.5)),
            self.queues.simple(line, at_ms).median_secs(),
            usual_secs,
            (!constant.sorted.is_empty()).then(|| constant.at(0.5)),
        ]
    }

    /// The last values of a line, or of the whole centre while the line has too few.
    fn lately<'s>(&'s self, line: &str, of: impl Fn(&'s Book) -> &'s Recent) -> &'s Recent {
        let own = self.books.get(line).map(&of);
        own.filter(|recent| number(recent.sorted.len()) >= ENOUGH_SCORES)
            .unwrap_or_else(|| of(&self.whole))
    }

    fn book(&mut self, line: &str) -> &mut Book {
        let number = u32::try_from(self.books.len()).unwrap_or(u32::MAX);
        if !self.books.contains_key(line) {
            let book = Book {
                number,
                ..Book::default()
            };
            self.books.insert(line.to_owned(), book);
        }
        self.books.entry(line.to_owned()).or_default()
    }
}

impl Book {
    fn record(&mut self, pending: &Pending, wait_secs: f64) {
        self.waits.push(wait_secs);
        if let Some(near) = &pending.neighbours {
            self.shares.push(near.share_below(wait_secs));
        }
        for method in Method::ALL {
            let Some(said_secs) = pending.said_secs[method as usize] else {
                continue;
            };
            let (sum, n) = &mut self.errors[method as usize];
            *sum = *sum * FADE + (wait_secs - said_secs).abs();
            *n = *n * FADE + 1.0;
            let ratio = (wait_secs + OFFSET_SECS) / (said_secs + OFFSET_SECS);
            self.ratios[method as usize].push(ratio);
        }
    }
}

impl Recent {
    fn push(&mut self, value: f64) {
        if self.values.len() == MOST_RECENT {
            self.values.pop_front();
        }
        self.values.push_back(value);
        self.added += 1;
        if self.added.is_multiple_of(SORT_AFTER) || self.added <= SORT_AFTER {
            self.sorted = self.values.iter().copied().collect();
            self.sorted.sort_by(f64::total_cmp);
        }
    }

    /// These values and some that lie evenly between 0 and 1.
    fn with_even(&self) -> Self {
        let even = (0..ASSUMED).map(|at| (number(at) + 0.5) / number(ASSUMED));
        let mut sorted: Vec<f64> = self.sorted.iter().copied().chain(even).collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            sorted,
            ..Self::default()
        }
    }

    /// The value that `share` of them do not exceed; 0 if there is none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into at most 1,000 values"
    )]
    fn at(&self, share: f64) -> f64 {
        let rank = (share * number(self.sorted.len())).ceil() as usize;
        let at = rank.saturating_sub(1);
        self.sorted.get(at).copied().unwrap_or(0.0)
    }

    /// The first and last tenth, drawn towards assumed ones while there are few.
    fn ends(&self, assumed: (f64, f64)) -> (f64, f64) {
        let known = number(self.sorted.len());
        let share = known / (known + number(ASSUMED));
        let mix = |known: f64, assumed: f64| known * share + assumed * (1.0 - share);
        (mix(self.at(0.1), assumed.0), mix(self.at(0.9), assumed.1))
    }
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
fn secs(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn number(count: usize) -> f64 {
    count as f64
}
