//! A version of an edition as it went into the log, and all of them by week.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::release::{Calendar, Done, Slot, State};
use super::{Facts, IsoWeek};
use crate::domain::centre::Text;
use crate::domain::event::Millis;

/// What a leaf of an edition or a correction says beside kind, week, version and instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// SHA-256 of its facts, hexadecimal, under the name `facts`.
    pub documents: BTreeMap<String, String>,
    /// When the edition was due.
    pub due_ms: Millis,
    /// How long after it the facts came out, seconds.
    pub late_secs: i64,
    /// The comment as it was typed.
    pub comment: Option<String>,
    /// Whoever signed.
    pub officer: Option<Signer>,
    /// When they did.
    pub signed_ms: Option<Millis>,
    /// Those who could have signed and did not, by their public names.
    pub not_signed_by: Vec<Text>,
    /// Everybody who saw the facts before they came out.
    pub seen_by: Vec<Seen>,
    /// Who corrected it.
    pub author: Option<Signer>,
    /// Why there is a new version.
    pub reason: Option<String>,
    /// How much it changes.
    pub size_of_change: Option<Size>,
    /// It was planted for a demonstration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sample: bool,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The name of the account.
    pub account: String,
    /// The public name.
    pub name: Text,
}

/// Somebody who saw the facts before they came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The public name, or that of the account.
    pub name: Text,
    /// When first.
    pub at_ms: Millis,
}

/// How much a correction changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Figures of which the week's value differs.
    pub figures: i64,
    /// Days' values that differ.
    pub days: i64,
    /// The figure that changed most, as a share of what it was: measure, line, before, after.
    pub largest: Option<Largest>,
}

/// The figure that changed most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Largest {
    /// Id of the measure.
    pub measure: String,
    /// Id of the line.
    pub line: String,
    /// Before; none where nothing was told.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

/// A version that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The week.
    pub week: IsoWeek,
    /// From 1 on.
    pub version: u32,
    /// When it came out.
    pub at_ms: Millis,
    /// Whether its facts differ from those of the version before.
    pub is_correction: bool,
    /// Its place in the log.
    pub leaf: u64,
    /// The leaf hash, hexadecimal.
    pub hash: String,
    /// What it says.
    pub body: Body,
}

impl Body {
    /// The members of its leaf.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            // A struct with text keys is always an object.
            _ => Map::new(),
        }
    }

    /// The hash of its facts.
    #[must_use]
    pub fn facts(&self) -> &str {
        self.documents.get("facts").map_or("", String::as_str)
    }
}

/// All that was published, and when what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// The calendar; none while no releases are set.
    pub calendar: Option<Calendar>,
    /// Versions by week, the first first.
    pub weeks: BTreeMap<IsoWeek, Vec<Version>>,
    /// Weeks that were put on record as missed, with when.
    pub missed: BTreeMap<IsoWeek, Millis>,
}

impl Shelf {
    /// The versions of a week, the first first.
    #[must_use]
    pub fn versions(&self, week: IsoWeek) -> &[Version] {
        self.weeks.get(&week).map_or(&[], Vec::as_slice)
    }

    /// The newest version of a week.
    #[must_use]
    pub fn newest(&self, week: IsoWeek) -> Option<&Version> {
        self.versions(week).last()
    }

    /// What became of a slot.
    #[must_use]
    pub fn state(&self, slot: &Slot, now_ms: Millis) -> State {
        let versions = self.versions(slot.week);
        let done = Done {
            facts_at_ms: versions.first().map(|own| own.at_ms),
            signed_at_ms: versions.iter().find_map(|own| own.body.signed_ms),
            is_missed: self.missed.contains_key(&slot.week),
        };
        // A slot that was published keeps the minute that was announced for it then.
        let announced = versions.first().map_or(slot.due_ms, |own| own.body.due_ms);
        let slot = Slot {
            due_ms: announced,
            grace_until_ms: slot.grace_until_ms - slot.due_ms + announced,
            ..*slot
        };
        slot.state(done, now_ms)
    }
}

/// What a correction changes.
#[must_use]
pub fn size_of_change(before: &Facts, after: &Facts) -> Size {
    let all = |facts: &Facts| {
        let all = facts
            .figures
            .iter()
            .chain(&facts.lines)
            .chain(&facts.causes);
        all.cloned().collect::<Vec<_>>()
    };
    let key =
        |own: &super::facts::Figure| (own.measure.clone(), own.line.clone(), own.cause.clone());
    let was: BTreeMap<_, _> = all(before)
        .into_iter()
        .map(|own| (key(&own), own))
        .collect();
    let mut size = Size {
        figures: 0,
        days: 0,
        largest: None,
    };
    let mut most = 0.0;
    for now in all(after) {
        let then = was.get(&key(&now));
        let days = then.map_or(&[][..], |own| &own.days).iter();
        let differ = days.zip(&now.days).filter(|(one, other)| one != other);
        size.days += i64::try_from(differ.count()).unwrap_or(i64::MAX);
        if then.is_some_and(|own| own.value == now.value) {
            continue;
        }
        size.figures += 1;
        let numbers = then
            .and_then(|own| own.value.number())
            .zip(now.value.number());
        let share = numbers.map_or(f64::INFINITY, |(one, other)| {
            (other - one).abs() / one.abs().max(1e-9)
        });
        if size.largest.is_none() || share > most {
            most = share;
            size.largest = Some(Largest {
                measure: now.measure,
                line: now.line,
                before: then.and_then(|own| own.value.value.clone()),
                after: now.value.value,
            });
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::edition::compare::{Read, facts};
    use crate::domain::measures::Measure;
    use crate::domain::published::{Point, Shown};

    fn of(values: &[(&str, f64)]) -> Facts {
        let read = values.iter().map(|(id, value)| Read {
            measure: Measure::from_id(id).expect("a measure"),
            line: "*".to_owned(),
            cause: None,
            weeks: vec![Point {
                start_ms: 0,
                end_ms: 1,
                value: Shown::Value(*value),
                n: None,
                mark: None,
            }],
            last_year: None,
            days: Vec::new(),
            target: None,
            breaks: Vec::new(),
        });
        let read: Vec<Read> = read.collect();
        facts("2026-W46".parse().expect("a week"), "UTC", &read, 10)
    }

    #[test]
    fn a_correction_names_what_changed_most_for_its_size() {
        let before = of(&[("attempts", 1000.0), ("refused", 10.0), ("offered", 5.0)]);
        let after = of(&[("attempts", 1100.0), ("refused", 20.0), ("offered", 5.0)]);
        let size = size_of_change(&before, &after);
        assert_eq!((size.figures, size.days), (2, 0));
        let largest = size.largest.expect("something changed");
        assert_eq!(largest.measure, "refused");
        assert_eq!(largest.after.as_deref(), Some("20"));
        assert_eq!(size_of_change(&before, &before).figures, 0);
    }

    #[test]
    fn a_body_reads_back_from_its_members() {
        let body = Body {
            documents: [("facts".to_owned(), "0a".repeat(32))].into(),
            due_ms: 5,
            late_secs: 0,
            comment: Some("Busy.".to_owned()),
            officer: Some(Signer {
                account: "ada".to_owned(),
                name: Text([("en".to_owned(), "Ada".to_owned())].into()),
            }),
            signed_ms: Some(4),
            not_signed_by: Vec::new(),
            seen_by: Vec::new(),
            author: None,
            reason: None,
            size_of_change: None,
            is_sample: false,
        };
        let members = Value::Object(body.members());
        assert_eq!(
            serde_json::from_value::<Body>(members).expect("a body"),
            body
        );
        assert_eq!(body.facts().len(), 64);
    }
}
