//! One local day as charts need it: what was counted, and, once it is worked out, which of it is
//! withheld. That depends on nothing but the day and the centre, so it is worked out once.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use super::facts::LineFact;
use super::packed::Packed;

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
        }
    }

    /// The same day with what followed its contacts.
    #[must_use]
    pub fn with_facts(self, facts: Vec<LineFact>) -> Self {
        Self { facts, ..self }
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
        size_of::<Self>() + self.cells.size() + intervals + facts
    }
}

/// What was worked out, by what for.
#[derive(Debug)]
pub(super) struct Memo<T>(Mutex<Vec<(&'static str, Arc<T>)>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Memo<T> {
    /// What is known under a name, or what `work` makes.
    pub fn of(&self, name: &'static str, work: impl FnOnce() -> T) -> Arc<T> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = known.iter().find(|(known, _)| *known == name) {
            return Arc::clone(made);
        }
        // Not while locked: another reader may rather do the same work than wait.
        drop(known);
        let made = Arc::new(work());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|(known, _)| *known == name) {
            known.push((name, Arc::clone(&made)));
        }
        made
    }
}
