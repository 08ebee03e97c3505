//! What was worked out of several days together, kept until one of them changes.
//!
//! A day that changes is a new record, so the records themselves tell whether what is kept of them
//! is still true. What somebody kept while a day was being changed is never found again.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jiff::civil::Date;

use super::Frame;
use super::days::is_over;
use crate::domain::disclosure::cells::Cells;
use crate::domain::event::{Millis, Place};
use crate::domain::facts::{DayFact, LineFact};
use crate::domain::record::{DayRecord, Purpose};
use crate::domain::tally::Tally;

/// Sums take some ten kilobytes each.
const MOST_SUMS: usize = 1_024;

/// States take about one kilobyte each.
const MOST_STATES: usize = 8_192;

/// What is kept of weeks and months.
pub struct Periods {
    pub(super) sums: Kept<Days, Sums>,
    pub(super) states: Kept<(Purpose, Days), Cells>,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            sums: Kept::of_most(MOST_SUMS),
            states: Kept::of_most(MOST_STATES),
        }
    }
}

/// Days, none in the future, and until when the last of them is looked at if it is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Days {
    first: Date,
    end: Date,
    until_ms: Option<Millis>,
}

impl Days {
    /// The days of a week or month up to today.
    pub fn of(frame: &Frame, range: &Range<Date>) -> Self {
        Self {
            first: range.start,
            end: range.end,
            until_ms: frame.until_of(range),
        }
    }
}

/// What was worked out, after the records it is made of.
type Made<T> = (Vec<Weak<DayRecord>>, Arc<T>);

/// What was worked out, with the records it is made of.
pub(super) struct Kept<K, T> {
    known: Mutex<HashMap<K, Made<T>>>,
    most: usize,
}

impl<K: Eq + Hash, T> Kept<K, T> {
    fn of_most(most: usize) -> Self {
        Self {
            known: Mutex::default(),
            most,
        }
    }

    /// What is known of these records, or what `work` makes of them.
    pub fn of(&self, key: K, records: &[Arc<DayRecord>], work: impl FnOnce() -> T) -> Arc<T> {
        let is_same = |made_of: &[Weak<DayRecord>]| {
            let pairs = made_of.iter().zip(records);
            made_of.len() == records.len()
                && pairs
                    .into_iter()
                    .all(|(then, now)| std::ptr::eq(then.as_ptr(), Arc::as_ptr(now)))
        };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_of, made)) = known.get(&key)
            && is_same(made_of)
        {
            return Arc::clone(made);
        }
        // Not while locked: another reader may rather do the same work than wait.
        drop(known);
        let made = Arc::new(work());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most {
            known.clear();
        }
        let made_of = records.iter().map(Arc::downgrade).collect();
        known.insert(key, (made_of, Arc::clone(&made)));
        made
    }
}

/// What was counted in several days together.
pub(super) struct Sums {
    /// By line and channel.
    pub tallies: Vec<(Place, Tally)>,
    /// What followed the contacts of days that are over: of each line and fact, one.
    pub facts: Vec<LineFact>,
    /// Some day was counted before its close and changed after it.
    pub is_revised: bool,
    /// The facts that changed when they were no longer expected to.
    pub revised: Vec<DayFact>,
}

impl Sums {
    /// Adds up records.
    pub fn of(frame: &Frame, records: &[Arc<DayRecord>]) -> Self {
        let mut tallies: BTreeMap<&Place, Tally> = BTreeMap::new();
        let mut facts: BTreeMap<(&str, &DayFact), i64> = BTreeMap::new();
        let mut revised: Vec<DayFact> = Vec::new();
        for record in records {
            if record.day < frame.today {
                for (place, tally) in record.tallies() {
                    *tallies.entry(place).or_default() += tally;
                }
                for counted in &record.facts {
                    *facts.entry((&counted.line, &counted.fact)).or_default() += counted.value;
                }
            } else if record.day == frame.today {
                let intervals = record.intervals.iter();
                for (interval, place, tally) in intervals.flat_map(|cells| cells.tallies(|_| true))
                {
                    if is_over(interval, frame) {
                        *tallies.entry(place).or_default() += &tally;
                    }
                }
            }
            for counted in record.facts.iter().filter(|counted| counted.is_revised) {
                if !revised.contains(&counted.fact) {
                    revised.push(counted.fact.clone());
                }
            }
        }
        let tallies = tallies.into_iter();
        let facts = facts.into_iter();
        Self {
            tallies: tallies
                .map(|(place, tally)| (place.clone(), tally))
                .collect(),
            facts: facts
                .map(|((line, fact), value)| LineFact {
                    line: line.to_owned(),
                    fact: fact.clone(),
                    value,
                    is_revised: false,
                })
                .collect(),
            is_revised: records.iter().any(|record| record.is_revised),
            revised,
        }
    }
}
