//! An occasion: something that explains demand, told by people. A bill run, a campaign, an outage.
//!
//! Addresses and pages for everybody call it an event; in the code an event is what a source says
//! about a contact. An occasion that is cancelled is kept, and so is who entered it, and when.

mod typed;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::centre::Text;
use super::event::Millis;
use super::period::Span;
use super::staff::Person;

pub use typed::{Facts, Fault, LONGEST_DAYS, LONGEST_TITLE, REACH_DAYS, Typed, Wrong};

/// What it is. Occasions of one kind are taken to be alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Bills go out.
    BillRun,
    /// Marketing, or a letter to many.
    Campaign,
    /// A price goes up or down.
    PriceChange,
    /// Something does not work.
    Outage,
    /// A day off that the calendar of the lines does not name: school holidays, a strike.
    Holiday,
    /// Anything else.
    Other,
}

impl Kind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::BillRun,
        Self::Campaign,
        Self::PriceChange,
        Self::Outage,
        Self::Holiday,
        Self::Other,
    ];

    /// The word in forms and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BillRun => "bill_run",
            Self::Campaign => "campaign",
            Self::PriceChange => "price_change",
            Self::Outage => "outage",
            Self::Holiday => "holiday",
            Self::Other => "other",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether demand will differ again at the next one of the kind. What an outage did says
    /// nothing about any other time, and neither does what has no kind.
    #[must_use]
    pub fn recurs(self) -> bool {
        !matches!(self, Self::Outage | Self::Other)
    }
}

/// Whether somebody meant it to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody planned it.
    Planned,
    /// It happened.
    Happened,
}

impl Origin {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Planned, Self::Happened];

    /// The word in forms and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Happened => "happened",
        }
    }

    /// The origin of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// An occasion and how it came to be known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occasion {
    /// Its name for ever: a–z, 0–9, `-`.
    pub id: String,
    /// What it is.
    pub facts: Facts,
    /// Who entered it.
    pub by: Person,
    /// When.
    pub entered_ms: Millis,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_ms: Option<Millis>,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_ms: Option<Millis>,
    /// What was expected of its days by those who did not know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

/// Contacts that a forecast expected which did not know of the occasion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The local day on which the forecast was issued.
    pub issued: Date,
    /// By line, contacts in the opening hours of each local day.
    pub lines: BTreeMap<String, BTreeMap<Date, f64>>,
}

/// Where an occasion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not begun.
    Coming,
    /// It has begun.
    Running,
    /// It is over.
    Past,
    /// It was called off, or entered by mistake.
    Cancelled,
}

impl State {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::Running => "running",
            Self::Past => "past",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Occasion {
    /// When it acts.
    #[must_use]
    pub fn span(&self) -> Span {
        self.facts.span()
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, at_ms: Millis) -> State {
        let span = self.span();
        if self.cancelled_ms.is_some() {
            State::Cancelled
        } else if at_ms < span.start_ms {
            State::Coming
        } else if at_ms < span.end_ms {
            State::Running
        } else {
            State::Past
        }
    }

    /// Whether nobody could read of it before it began.
    #[must_use]
    pub fn is_entered_afterwards(&self) -> bool {
        self.entered_ms >= self.facts.start_ms
    }

    /// Whether it was changed after it had begun.
    #[must_use]
    pub fn is_changed_afterwards(&self) -> bool {
        self.changed_ms
            .is_some_and(|changed_ms| changed_ms >= self.facts.start_ms)
    }

    /// Since when it has been known as it is.
    #[must_use]
    pub fn known_ms(&self) -> Millis {
        self.changed_ms.unwrap_or(self.entered_ms)
    }

    /// Whether it concerns a line; `*`, the whole centre, is concerned by every one.
    #[must_use]
    pub fn concerns(&self, line: &str) -> bool {
        let lines = &self.facts.lines;
        line == "*" || lines.is_empty() || lines.iter().any(|own| own == line)
    }

    /// Its public title.
    #[must_use]
    pub fn title(&self, language: &str) -> &str {
        self.facts.title.in_language(language)
    }
}

/// The title in one language only; for tests and made-up occasions.
#[must_use]
pub fn titled(pairs: &[(&str, &str)]) -> Text {
    let owned = |(language, text): &(&str, &str)| ((*language).to_owned(), (*text).to_owned());
    Text(pairs.iter().map(owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::staff::Role;

    fn occasion() -> Occasion {
        Occasion {
            id: "e-1".to_owned(),
            facts: Facts {
                kind: Kind::BillRun,
                origin: Origin::Planned,
                title: titled(&[("en", "Autumn bills")]),
                lines: vec!["billing".to_owned()],
                start_ms: 1_000,
                end_ms: 2_000,
            },
            by: Person {
                account: "ada".to_owned(),
                role: Role::Editor,
            },
            entered_ms: 500,
            changed_ms: None,
            cancelled_ms: None,
            expected: None,
        }
    }

    #[test]
    fn an_occasion_comes_runs_and_is_over_unless_it_is_cancelled() {
        let own = occasion();
        let states = [999, 1_000, 1_999, 2_000].map(|at_ms| own.state(at_ms));
        let [coming, running, past] = [State::Coming, State::Running, State::Past];
        assert_eq!(states, [coming, running, running, past]);
        let cancelled = Occasion {
            cancelled_ms: Some(600),
            ..own
        };
        assert_eq!(cancelled.state(999), State::Cancelled);
    }

    #[test]
    fn what_was_entered_or_changed_after_the_start_is_known_to_be_so() {
        let own = occasion();
        assert!(!own.is_entered_afterwards() && !own.is_changed_afterwards());
        let late = Occasion {
            entered_ms: 1_000,
            changed_ms: Some(1_500),
            ..own
        };
        assert!(late.is_entered_afterwards() && late.is_changed_afterwards());
        assert_eq!(late.known_ms(), 1_500);
    }

    #[test]
    fn no_lines_are_all_lines() {
        let own = occasion();
        assert!(own.concerns("billing") && own.concerns("*") && !own.concerns("moving"));
        let mut all = own;
        all.facts.lines.clear();
        assert!(all.concerns("moving"));
    }

    #[test]
    fn what_is_kept_reads_back() {
        let mut own = occasion();
        own.expected = Some(Expected {
            issued: jiff::civil::date(2026, 11, 2),
            lines: [(
                "billing".to_owned(),
                [(jiff::civil::date(2026, 11, 3), 41.5)].into(),
            )]
            .into(),
        });
        let text = serde_json::to_string(&own).unwrap();
        assert_eq!(serde_json::from_str::<Occasion>(&text).unwrap(), own);
        assert!(text.contains(r#""kind":"bill_run""#), "{text}");
    }
}
