//! The version of the data, and the list of its changes.
//!
//! Derived from what the record knows, so that it cannot be forgotten: the first number grows when
//! a measure is withdrawn or defined anew, the second is the day on which published days were last
//! revised, the third the last day that is in it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::shelf::Extent;
use crate::domain::measures::{PAST, Past};
use crate::site::Site;
use crate::site::error::Error;
use crate::site::figures::Changes;

/// `2.20261104.20261121`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// One more than how often a measure in use was given up or defined anew.
    pub definitions: usize,
    /// The day of the last revision.
    pub revised: Option<Date>,
    /// The last day in it.
    pub last: Date,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revised = self.revised.map_or_else(|| "0".to_owned(), plain);
        write!(f, "{}.{revised}.{}", self.definitions, plain(self.last))
    }
}

/// `20261104`.
fn plain(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Days that were published already changed.
    Revised {
        /// The day on which the change came in.
        on: Date,
        /// Which days, in order; never empty.
        days: Vec<Date>,
    },
    /// A definition was given up.
    Definition(&'static Past),
}

impl Change {
    /// When.
    #[must_use]
    pub fn on(&self) -> Date {
        match self {
            Self::Revised { on, .. } => *on,
            Self::Definition(past) => past.until,
        }
    }

    fn json(&self) -> Value {
        let on = self.on().to_string();
        match self {
            Self::Revised { days, .. } => json!({
                "on": on,
                "kind": "revised",
                "days": days.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }),
            Self::Definition(past) => json!({
                "on": on,
                "kind": if past.is_withdrawn() { "withdrawn" } else { "defined_anew" },
                "measure": past.id,
                "definition": past.version,
                "reason": past.reason.0,
            }),
        }
    }
}

/// The version, and all changes, the latest first.
///
/// # Errors
/// If the figures fail.
pub async fn history(site: &Site, extent: &Extent) -> Result<(Version, Vec<Change>), Error> {
    let changes = site.figures().changes(extent.days.clone()).await?;
    Ok(of(extent, &changes, PAST))
}

fn of(extent: &Extent, changes: &Changes, past: &'static [Past]) -> (Version, Vec<Change>) {
    // A definition that held for no day was never in the data.
    let past = past.iter().filter(|own| own.since < own.until);
    let definitions: Vec<Change> = past.map(Change::Definition).collect();
    let mut revisions: BTreeMap<Date, Vec<Date>> = BTreeMap::new();
    for (day, on) in &changes.revised {
        revisions.entry(*on).or_default().push(*day);
    }
    let version = Version {
        definitions: definitions.len() + 1,
        revised: revisions.keys().next_back().copied(),
        last: extent.days.end.saturating_sub(1.day()),
    };
    let revisions = revisions.into_iter();
    let revisions = revisions.map(|(on, days)| Change::Revised { on, days });
    let mut all: Vec<Change> = revisions.chain(definitions).collect();
    all.sort_by_key(|change| std::cmp::Reverse(change.on()));
    (version, all)
}

/// The list for programs.
#[must_use]
pub fn json(version: Version, changes: &[Change]) -> Value {
    json!({
        "version": version.to_string(),
        "changes": changes.iter().map(Change::json).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    static GONE: [Past; 2] = [past(date(2026, 3, 1)), past(date(2026, 1, 1))];

    const fn past(until: Date) -> Past {
        Past {
            id: "waiting",
            version: 1,
            formula: "W",
            since: date(2026, 1, 1),
            until,
            reason: ("Nobody understood it.", "Personne ne le comprenait."),
        }
    }

    #[test]
    fn a_revision_and_a_withdrawal_are_listed_and_grow_the_version() {
        let extent = Extent {
            days: date(2026, 1, 1)..date(2026, 4, 1),
            years: vec![2026],
        };
        let (version, changes) = of(&extent, &Changes::default(), &[]);
        assert_eq!(
            (version.to_string().as_str(), changes.len()),
            ("1.0.20260331", 0)
        );
        let revised =
            [(2, 10), (3, 9), (5, 9)].map(|(day, on)| (date(2026, 2, day), date(2026, 2, on)));
        let told = Changes {
            newest_ms: None,
            revised: revised.into(),
        };
        let (version, changes) = of(&extent, &told, &GONE);
        assert_eq!(version.to_string(), "2.20260210.20260331");
        let days: Vec<String> = changes.iter().map(|own| own.on().to_string()).collect();
        assert_eq!(days, ["2026-03-01", "2026-02-10", "2026-02-09"]);
        let json = json(version, &changes);
        assert_eq!(
            json["changes"][2]["days"],
            json!(["2026-02-03", "2026-02-05"])
        );
        assert_eq!(json["changes"][0]["kind"], "defined_anew");
    }
}
