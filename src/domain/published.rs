//! What may be shown: the types that pages, API, feeds and charts take. Made only by `disclosure`.

use super::event::Millis;
use super::period::Grain;

/// A value as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// The value itself, in the unit of its measure.
    Value(f64),
    /// Small numbers are involved: the value is under this.
    Under(f64),
    /// Small numbers are involved: the value is at least this.
    AtLeast(f64),
    /// No value: withheld, no data, or no basis; the mark says which.
    None,
}

/// Marks, shown in square brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// `[p]` not yet closed.
    Provisional,
    /// `[r]` changed after its close.
    Revised,
    /// `[b]` break in the series.
    Break,
    /// `[u]` low reliability: less than 98 % of the opening time is covered.
    Unreliable,
    /// `[c]` small number withheld.
    Withheld,
    /// `[x]` no data.
    NoData,
    /// Closed all the time, and nobody tried.
    Closed,
}

impl Mark {
    /// The letter in JSON, CSV and on pages.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Provisional => "p",
            Self::Revised => "r",
            Self::Break => "b",
            Self::Unreliable => "u",
            Self::Withheld => "c",
            Self::NoData => "x",
            Self::Closed => "closed",
        }
    }
}

/// One point of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Start of its span.
    pub start_ms: Millis,
    /// End of its span.
    pub end_ms: Millis,
    /// What may be shown.
    pub value: Shown,
    /// The denominator or the number of contacts behind it, if that may be shown.
    pub n: Option<i64>,
    /// The mark that matters most, if any.
    pub mark: Option<Mark>,
}

/// A measure of one line (`*` is the whole centre) over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Id of the line, or `*`.
    pub line: String,
    /// Id of the measure in `measures::MEASURES`.
    pub measure: &'static str,
    /// Width of the points.
    pub grain: Grain,
    /// IANA zone of the centre.
    pub zone: String,
    /// "contacts", "seconds", "percent", …
    pub unit: &'static str,
    /// Version of the definition.
    pub version: u32,
    /// Days from which it is read by other thresholds than before, of any time.
    pub breaks: Vec<jiff::civil::Date>,
    /// Consecutive points, earliest first.
    pub points: Vec<Point>,
}
