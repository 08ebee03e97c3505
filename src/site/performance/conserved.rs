//! Whether everybody is accounted for: what must add up, and what does not.

use super::figure::Figure;
use super::record::Record;
use crate::domain::analysis::known;
use crate::domain::published::Mark;

/// A sum of counts that must be another one.
pub struct Identity {
    /// The whole.
    pub total: &'static str,
    /// Its parts.
    pub parts: &'static [&'static str],
}

/// `A = R + M + V + O`, `O = N + B + D + C + lost + waiting`, `C = kept + pending + failed`.
pub const IDENTITIES: [Identity; 3] = [
    Identity {
        total: "attempts",
        parts: &["refused", "left_in_menu", "self_served", "offered"],
    },
    Identity {
        total: "offered",
        parts: &[
            "answered",
            "abandoned",
            "deflected",
            "callbacks_requested",
            "lost",
            "waiting",
        ],
    },
    Identity {
        total: "callbacks_requested",
        parts: &["callbacks_kept", "callbacks_pending", "callbacks_failed"],
    },
];

/// What came of adding up.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Whole and parts are the same.
    AddsUp,
    /// The whole is larger by this, or smaller where it is negative.
    Off(i64),
    /// A number is withheld.
    Withheld,
    /// The whole is not known.
    NotKnown,
}

impl Verdict {
    /// The word in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AddsUp => "adds_up",
            Self::Off(_) => "does_not_add_up",
            Self::Withheld => "withheld",
            Self::NotKnown => "not_known",
        }
    }
}

/// One sum, checked.
pub struct Checked {
    /// The whole.
    pub total: &'static str,
    /// Its parts.
    pub parts: &'static [&'static str],
    /// Parts that nobody reports.
    pub unreported: Vec<&'static str>,
    /// What came of it.
    pub verdict: Verdict,
}

/// Checks all sums.
#[must_use]
pub fn check(record: &Record) -> Vec<Checked> {
    IDENTITIES
        .iter()
        .map(|one| check_one(record, one))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts of contacts are far below 2^52"
)]
fn check_one(record: &Record, identity: &Identity) -> Checked {
    let value = |id: &str| {
        let figure = record.figure(id)?;
        known(&figure.now.point).map(|value| value as i64)
    };
    let marked = |id: &str, mark: Mark| {
        let figure = record.figure(id);
        figure.is_some_and(|figure: &Figure| figure.now.point.mark == Some(mark))
    };
    let parts = identity.parts.iter().copied();
    let is_withheld = parts
        .clone()
        .chain([identity.total])
        .any(|id| marked(id, Mark::Withheld));
    let unreported = parts.clone().filter(|id| marked(id, Mark::NoData));
    let verdict = match value(identity.total) {
        _ if is_withheld => Verdict::Withheld,
        None => Verdict::NotKnown,
        Some(total) => match total - parts.clone().filter_map(value).sum::<i64>() {
            0 => Verdict::AddsUp,
            off => Verdict::Off(off),
        },
    };
    Checked {
        total: identity.total,
        parts: identity.parts,
        unreported: unreported.collect(),
        verdict,
    }
}
