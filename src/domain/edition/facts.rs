//! What an edition says: figures of a week as they were published, in a form that is written to
//! bytes once and never made anew. Shape of the JSON; it is filled by [`super::compare`].
//!
//! Decimals are texts ("81.9"): programs read numbers differently, and a hash forgives nothing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::IsoWeek;
use super::findings::Finding;
use crate::domain::published::{Mark, Point, Shown};

/// The version of this shape.
pub const FORMAT: u32 = 1;

/// Places after the point of a decimal.
const PLACES: usize = 4;

/// Everything an edition says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// [`FORMAT`].
    pub format: u32,
    /// The week.
    pub week: IsoWeek,
    /// Its Monday.
    pub from: Date,
    /// Its Sunday.
    pub to: Date,
    /// IANA name of the zone of its days.
    pub zone: String,
    /// The Monday of the week it is compared with as "last year": the same weekdays, 364 days back.
    pub last_year_from: Date,
    /// Figures of the whole centre, in the order of the daily record.
    pub figures: Vec<Figure>,
    /// Figures of each line.
    pub lines: Vec<Figure>,
    /// Complaints by cause.
    pub causes: Vec<Figure>,
    /// Actions on which something happened in the week, and those overdue; none while none is
    /// registered. Filled by [`super::actions`].
    pub actions: Option<Vec<ActionFact>>,
    /// How good forecasts were, by line; lines without scores are left out.
    pub forecasts: Vec<ForecastFact>,
    /// What is known of which day.
    pub completeness: Completeness,
    /// Sums of counts that must be other counts.
    pub conservation: Vec<Conserved>,
    /// Cells of the week, of all figures, that changed after their close.
    pub revised_cells: usize,
    /// Measures whose definition changed within the year before the week's end.
    pub breaks: Vec<Break>,
    /// What stands out, the heaviest first.
    pub findings: Vec<Finding>,
}

/// One measure of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Id of the measure.
    pub measure: String,
    /// Its unit.
    pub unit: String,
    /// Version of its definition.
    pub version: u32,
    /// Id of the line, `*` for all.
    pub line: String,
    /// Complaints of this cause only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The whole week.
    pub value: Cell,
    /// Monday to Sunday; empty where it is not told by day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Cell>,
    /// The week before.
    pub before: Cell,
    /// The same week last year.
    pub last_year: Cell,
    /// Of the four weeks before: the mean of counts, the share of all contacts together; none of
    /// percentiles, which have no mean, or where one of the weeks is missing.
    pub four_weeks: Option<String>,
    /// The target.
    pub target: Option<String>,
    /// `up`, `down` or `none` against the week before, where that can be judged.
    pub change: Option<String>,
    /// The same against last year.
    pub change_last_year: Option<String>,
}

/// A published value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The value; none where there is none or it is withheld.
    pub value: Option<String>,
    /// It is under this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// It is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<String>,
    /// Of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<i64>,
    /// The letter of its mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// How an action stood at the end of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionFact {
    /// Its id.
    pub id: String,
    /// Its title, by language.
    pub title: BTreeMap<String, String>,
    /// `overdue`, `started`, `registered`, `done` or `withdrawn`.
    pub state: String,
    /// The verdict on it, if it was due in the week: `improved`, `no_detectable_change`, `worse` or
    /// `not_enough_data`.
    pub verdict: Option<String>,
}

/// How forecasts of a line did in the four weeks before the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastFact {
    /// Id of the line.
    pub line: String,
    /// What made them; none where that is not known any more.
    pub model: Option<String>,
    /// Share of half hours whose contacts fell into their 80 % range, percent.
    pub contacts_within: Option<String>,
    /// Share of calls whose wait fell into the 80 % range, percent.
    pub waits_within: Option<String>,
}

/// What is known of the days of the week, by the attempts of all lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Days that are told.
    pub told: usize,
    /// Days on which every line was closed.
    pub closed: usize,
    /// Days with less than 98 % of the opening time covered.
    pub unreliable: usize,
    /// Days without data.
    pub missing: usize,
}

/// A sum, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conserved {
    /// The whole.
    pub total: String,
    /// Its parts.
    pub parts: Vec<String>,
    /// `adds_up`, `does_not_add_up`, `withheld` or `not_known`.
    pub state: String,
    /// The whole less its parts, where they differ.
    pub difference: Option<i64>,
}

/// A definition that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// Id of the measure.
    pub measure: String,
    /// The version since then; none where the formula stays and only a threshold in it changed.
    pub version: Option<u32>,
    /// Since this day.
    pub since: Date,
}

impl Facts {
    /// A figure of all lines.
    #[must_use]
    pub fn figure(&self, measure: &str) -> Option<&Figure> {
        self.figures.iter().find(|own| own.measure == measure)
    }

    /// Whether anything at all is known of the week.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.figures.iter().any(|own| own.value.number().is_some())
    }
}

impl Cell {
    /// A published point as it is written down.
    #[must_use]
    pub fn of(point: &Point) -> Self {
        let mut cell = Self {
            n: point.n,
            mark: point.mark.map(|mark: Mark| mark.letter().to_owned()),
            ..Self::default()
        };
        match point.value {
            Shown::Value(value) => cell.value = decimal(value),
            Shown::Under(value) => cell.under = decimal(value),
            Shown::AtLeast(value) => cell.at_least = decimal(value),
            Shown::None => {}
        }
        cell
    }

    /// The value as a number.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        self.value.as_ref()?.parse().ok()
    }

    /// Whether it bears a mark.
    #[must_use]
    pub fn has_mark(&self, mark: Mark) -> bool {
        self.mark.as_deref() == Some(mark.letter())
    }
}

/// A number as a text: at most four places, no needless nought, no exponent; `inf` for a percentile
/// beyond the last class. None for what is no number.
#[must_use]
pub fn decimal(value: f64) -> Option<String> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some("inf".to_owned());
    }
    let text = format!("{value:.PLACES$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Some(if text == "-0" { "0" } else { text }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_in_one_way() {
        let written = |value| decimal(value).expect("a number");
        assert_eq!(
            [0.0, -0.000_01, 1200.0, 81.9, 100.0 / 3.0, -2.5].map(written),
            ["0", "0", "1200", "81.9", "33.3333", "-2.5"]
        );
        assert_eq!(decimal(f64::NAN), None);
        assert_eq!(decimal(f64::INFINITY).as_deref(), Some("inf"));
    }

    #[test]
    fn a_bound_stays_a_bound_and_missing_is_never_zero() {
        let point = |value, mark| Point {
            start_ms: 0,
            end_ms: 1,
            value,
            n: None,
            mark,
        };
        let bound = Cell::of(&point(Shown::Under(5.0), Some(Mark::Withheld)));
        assert_eq!((bound.number(), bound.under.as_deref()), (None, Some("5")));
        let silent = Cell::of(&point(Shown::None, Some(Mark::NoData)));
        assert!(silent.has_mark(Mark::NoData) && silent.number().is_none());
        let json = serde_json::to_string(&silent).expect("it is JSON");
        assert_eq!(json, r#"{"value":null,"mark":"x"}"#);
    }
}
