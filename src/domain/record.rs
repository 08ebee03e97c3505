//! One local day as charts need it: what was counted, and, once it is worked out, which of it is
//! withheld. That depends on nothing but the day and the centre, so it is worked out once.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::civil::Date;

use super::event::{Millis, Place};
use super::facts::LineFact;
use super::packed::Packed;
use super::tally::Tally;

/// Everything counted in one local day of one centre. It does not change: when something is
/// counted later, there is a new record.
#[derive(Debug)]
pub struct DayRecord {
    /// The local day.
    pub day: Date,
    /// Its day cells; their interval is the first of the day.
    pub cells: Packed,
    /// Its interval cells, if they were asked for.
    pub intervals: Option<Packed>,
    /// What followed its contacts.
    pub facts: Vec<LineFact>,
    /// It was counted before its close and changed after it.
    pub is_revised: bool,
    pub(super) states: Memo<super::disclosure::cells::Cells>,
    pub(super) parts: Memo<super::series::Parts>,
    /// Its day cells, unpacked when first asked for.
    tallies: OnceLock<Vec<(Place, Tally)>>,
}

impl DayRecord {
    /// A day and its cells.
    #[must_use]
    pub fn new(day: Date, cells: Packed, intervals: Option<Packed>, is_revised: bool) -> Self {
        Self {
            day,
            cells,
            intervals,
            facts: Vec::new(),
            is_revised,
            states: Memo::default(),
            parts: Memo::default(),
            tallies: OnceLock::new(),
        }
    }

    /// The same day with what followed its contacts.
    #[must_use]
    pub fn with_facts(self, facts: Vec<LineFact>) -> Self {
        Self { facts, ..self }
    }

    /// Its day cells, by place.
    pub fn tallies(&self) -> &[(Place, Tally)] {
        self.tallies.get_or_init(|| {
            let cells = self.cells.tallies(|_| true);
            cells
                .map(|(_, place, tally)| (place.clone(), tally))
                .collect()
        })
    }

    /// About how many bytes it takes, with what was worked out of it.
    #[must_use]
    pub fn size(&self) -> usize {
        /// What is kept of a day's hours, half hours and intervals besides their states.
        const PARTS: usize = 8_192;
        let intervals = self
            .intervals
            .as_ref()
            .map_or(0, |packed| packed.size() + PARTS);
        // The names of line and cause take some sixteen bytes each.
        let facts = self.facts.len() * (size_of::<LineFact>() + 32);
        let tallies = self.cells.places() * size_of::<(Place, Tally)>();
        size_of::<Self>() + self.cells.size() + tallies + intervals + facts
    }
}

/// What something was worked out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Purpose {
    /// Id of the measure, or of all those that are decided together.
    pub measure: &'static str,
    /// Causes stand where lines stand otherwise.
    pub is_by_cause: bool,
    /// Of days that are not over: what came before this instant.
    pub until_ms: Option<Millis>,
}

/// What was worked out, by what for.
#[derive(Debug)]
pub(super) struct Memo<T>(Mutex<Vec<(Purpose, Arc<T>)>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Memo<T> {
    /// What is known for a purpose, or what `work` makes.
    pub fn of(&self, purpose: Purpose, work: impl FnOnce() -> T) -> Arc<T> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = known.iter().find(|(known, _)| *known == purpose) {
            return Arc::clone(made);
        }
        // Not while locked: another reader may rather do the same work than wait.
        drop(known);
        let made = Arc::new(work());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|(known, _)| *known == purpose) {
            known.push((purpose, Arc::clone(&made)));
        }
        made
    }
}
