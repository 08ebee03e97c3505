//! Checks a whole record from its files alone: every leaf, document, proof, head and key, the days
//! and the weeks. Pure; what the reader kept besides makes it stronger: an older head finds a
//! history rewritten even by whoever has the key, the calendar finds weeks cut off at the end.

mod days;
mod heads;
mod leaves;
#[cfg(test)]
mod tests;
mod weeks;

use std::collections::BTreeSet;

use serde_json::Value;

use super::canonical;
use super::record::Files;
use crate::domain::event::Millis;
use crate::domain::log::{Kind, SignedHead};

pub use weeks::{Slot, read_calendar};

/// What the reader knows besides the record.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// A head that was kept earlier.
    pub head: Option<SignedHead>,
    /// The release calendar: which weeks were due when.
    pub calendar: Option<Vec<Slot>>,
    /// The instant it is, by the reader's clock: slots of the calendar before it are due.
    pub now_ms: Option<Millis>,
    /// Only the proofs of what readers hold on to are there, and that the newest head continues the
    /// one before it: of a site. All others can be made of the leaves, which are all looked at.
    pub some_proofs: bool,
}

/// Whether a leaf is something that readers hold on to by its proof.
#[must_use]
pub fn is_held(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Edition | Kind::Correction | Kind::MissedSlot | Kind::Key
    )
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, week or day.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

/// What was checked, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was counted, in words: "520 editions".
    pub checked: Vec<(usize, &'static str)>,
    /// What is not as it must be; empty if all is well.
    pub faults: Vec<Fault>,
    /// What is no fault, but worth knowing.
    pub notes: Vec<String>,
    /// The newest head, if it can be read: worth keeping.
    pub head: Option<SignedHead>,
}

impl Report {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.faults.push(Fault {
            place: place.into(),
            what: what.into(),
        });
    }
}

/// Checks a record.
#[must_use]
pub fn verify(files: &Files, known: &Known) -> Report {
    let mut look = Look {
        files,
        seen: BTreeSet::new(),
        report: Report::default(),
    };
    let leaves = leaves::check(&mut look);
    heads::check(&mut look, &leaves, known);
    leaves::check_documents(&mut look, &leaves);
    days::check(&mut look, &leaves);
    weeks::check(&mut look, &leaves, known);
    for path in files.keys().filter(|path| !look.seen.contains(*path)) {
        look.report.fault(path, "does not belong to the record");
    }
    look.report
}

/// The files and what was found in them so far.
struct Look<'a> {
    files: &'a Files,
    seen: BTreeSet<String>,
    report: Report,
}

impl<'a> Look<'a> {
    /// A file; a missing one is a fault.
    fn file(&mut self, path: &str) -> Option<&'a [u8]> {
        self.seen.insert(path.to_owned());
        let found = self.files.get(path).map(Vec::as_slice);
        if found.is_none() {
            self.report.fault(path, "is missing");
        }
        found
    }

    /// The value of a file; one that is missing or not canonical is a fault.
    fn value(&mut self, path: &str) -> Option<Value> {
        let bytes = self.file(path)?;
        match canonical::of_bytes(bytes) {
            Ok(value) => Some(value),
            Err(error) => {
                self.report.fault(path, error.to_string());
                None
            }
        }
    }

    /// A file that must be exactly this.
    fn must_be(&mut self, path: &str, expected: &Value, what: &str) {
        let is_right = match self.file(path) {
            None => return,
            Some(bytes) => canonical::to_bytes(expected).is_ok_and(|own| own == bytes),
        };
        if !is_right {
            self.report.fault(path, what);
        }
    }
}
