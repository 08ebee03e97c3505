//! Learns from every caller who waited, and says what the next one has to expect.

use std::collections::HashMap;

use super::book::{Book, Recent};
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

/// Whose waits are learned and foretold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Callers {
    /// Of those who are not answered at once.
    #[default]
    Waited,
    /// Of everybody who joins. Those answered at once waited 0 s: among the callers who found a
    /// state like the present one they have their share, so that median and range are those of the
    /// mixture of both, and the lower end is 0 where more than a tenth are answered at once.
    All,
}

/// What somebody who joins has to expect.
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

/// The fractional part of the golden ratio.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// More people than this are not followed at once; a load test has them.
const MOST_PENDING: usize = 50_000;

/// The learner of one centre.
#[derive(Clone, Debug, Default)]
pub struct LiveWaits {
    callers: Callers,
    queues: Queues,
    memory: Memory,
    books: HashMap<String, Book>,
    whole: Book,
    pending: HashMap<ContactKey, Pending>,
    /// How many were judged.
    judged: u32,
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
    /// What each method foretold, in the order of [`Method::ALL`].
    told: [Option<Forecast>; Method::ALL.len()],
}

impl LiveWaits {
    /// A learner that knows nothing, of the waits of these callers.
    #[must_use]
    pub fn of(callers: Callers) -> Self {
        Self {
            callers,
            ..Self::default()
        }
    }

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
        let told = self.tell(line, neighbours.as_ref(), &said_secs);
        let forecast = self.choose(line, &told);
        let pending = Pending {
            line: line.to_owned(),
            joined_ms: at_ms,
            found,
            neighbours,
            told,
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
                told: [None; Method::ALL.len()],
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
        // Those who are answered at once teach nothing about those who are not.
        if left_ms <= *joined_ms && self.callers == Callers::Waited {
            return;
        }
        let wait_secs = secs(left_ms - joined_ms).max(0.0);
        let number = self.book(line).number;
        self.memory.add(Sample {
            at_ms: left_ms,
            line: number,
            found: *found,
            wait_secs,
        });
        // Where many waits are equal, none at all above all, each has its own place among them:
        // the multiples of the golden ratio lie evenly.
        self.judged = self.judged.wrapping_add(1);
        let tie = (f64::from(self.judged) * GOLDEN).fract();
        let (callers, near) = (self.callers, pending.neighbours.as_ref());
        let book = self.book(line);
        book.record(callers, near, &pending.told, wait_secs, tie);
        self.whole
            .record(callers, near, &pending.told, wait_secs, tie);
    }

    /// What somebody has to expect who joins a line now, if among the callers that are learned.
    /// `None` as long as nothing is known at all.
    #[must_use]
    pub fn forecast(&self, line: &str, at_ms: Millis, usual_secs: Option<f64>) -> Option<Forecast> {
        let found = self.queues.features(line, at_ms);
        let neighbours = self.neighbours(line, &found);
        let said_secs = self.say(line, at_ms, neighbours.as_ref(), usual_secs);
        self.choose(line, &self.tell(line, neighbours.as_ref(), &said_secs))
    }

    /// What the method foretells that was best lately.
    fn choose(&self, line: &str, told: &[Option<Forecast>]) -> Option<Forecast> {
        let error = |told: &&Forecast| self.error(line, told.method).unwrap_or(f64::INFINITY);
        let known = told.iter().flatten();
        known.min_by(|a, b| error(a).total_cmp(&error(b))).copied()
    }

    /// What each method foretells, with its range.
    fn tell(
        &self,
        line: &str,
        neighbours: Option<&Neighbours>,
        said: &Said,
    ) -> [Option<Forecast>; Method::ALL.len()] {
        Method::ALL.map(|method| {
            let expected_secs = said[method as usize]?;
            let (low_secs, high_secs) = match (method, neighbours) {
                (Method::Similar, Some(near)) => {
                    let shares = &self.lately(line, |book| &book.shares).with_even();
                    (
                        near.quantile_secs(shares.at(0.1)),
                        near.quantile_secs(shares.at(0.9)),
                    )
                }
                _ => self
                    .lately(line, |book| &book.ratios[method as usize])
                    .range_secs(expected_secs),
            };
            Some(Forecast {
                method,
                expected_secs,
                low_secs: low_secs.max(0.0).min(expected_secs),
                high_secs: high_secs.max(expected_secs),
            })
        })
    }

    /// The share of the last who left a line that did not have to wait at all.
    #[must_use]
    pub fn share_at_once(&self, line: &str, at_ms: Millis) -> Option<f64> {
        self.queues.share_at_once(line, at_ms)
    }

    /// Mean loss of a method, seconds, on the last callers of a line; of the whole centre while the
    /// line has too few. `None` if nobody was judged yet. Of those who had to wait it is the mean
    /// absolute error; of everybody, that of the median and of both ends of the range.
    #[must_use]
    pub fn error(&self, line: &str, method: Method) -> Option<f64> {
        let of = |book: &Book| book.losses[method as usize];
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
            (constant.len() > 0).then(|| constant.at(0.5)),
        ]
    }

    /// The last values of a line, or of the whole centre while the line has too few.
    fn lately<'s>(&'s self, line: &str, of: impl Fn(&'s Book) -> &'s Recent) -> &'s Recent {
        let own = self.books.get(line).map(&of);
        own.filter(|recent| number(recent.len()) >= ENOUGH_SCORES)
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

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
fn secs(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn number(count: usize) -> f64 {
    count as f64
}
