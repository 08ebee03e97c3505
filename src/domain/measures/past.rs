//! Definitions that held once: earlier versions of measures, and measures that were withdrawn.
//! Nothing leaves this list.

use jiff::civil::Date;

use super::Measure;
use super::table::FIRST;

/// A definition that holds no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Id of the measure.
    pub id: &'static str,
    /// Version of the definition.
    pub version: u32,
    /// The formula in the letters of MEASURES.md.
    pub formula: &'static str,
    /// Since when it held.
    pub since: Date,
    /// The day from which it did not.
    pub until: Date,
    /// Why it was given up, in English and French.
    pub reason: (&'static str, &'static str),
}

impl Past {
    /// Whether there is no later definition: the measure itself was withdrawn.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        Measure::from_id(self.id).is_none()
    }
}

const fn purpose(id: &'static str) -> Past {
    Past {
        id,
        version: 1,
        formula: id,
        since: FIRST,
        until: FIRST,
        reason: (
            "Counted everyone who tried. Now only those who were put on a line are counted, so \
             that the purposes and those without one add up to them.",
            "Comptait tous ceux qui ont essayé. Ne sont plus comptés que ceux qui ont été mis en \
             file, pour que les motifs et ceux sans motif s’additionnent.",
        ),
    }
}

/// All of them, the earliest first.
pub const PAST: &[Past] = &[
    purpose("purpose_information"),
    purpose("purpose_transaction"),
    purpose("purpose_problem"),
    purpose("purpose_complaint"),
    purpose("purpose_idea"),
    purpose("purpose_compliment"),
];

#[cfg(test)]
mod tests {
    use super::super::MEASURES;
    use super::*;

    #[test]
    fn every_version_before_the_one_that_holds_is_listed() {
        for measure in MEASURES {
            for version in 1..measure.version {
                let listed = PAST
                    .iter()
                    .find(|past| past.id == measure.id && past.version == version);
                let past = listed.unwrap_or_else(|| panic!("{} {version}", measure.id));
                assert!(past.since <= past.until && past.until <= measure.since);
                assert!(!past.is_withdrawn());
            }
        }
    }

    #[test]
    fn a_measure_without_a_definition_that_holds_is_withdrawn() {
        let past = Past {
            id: "answered_by_machine",
            ..PAST[0]
        };
        assert!(past.is_withdrawn());
    }
}
