//! What is asked of a series, and which days must be known to answer.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::centre::{Centre, Channel};
use crate::domain::event::Millis;
use crate::domain::measures::Measure;
use crate::domain::period::{self, Grain, Span};

/// What somebody wants to see.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRequest {
    /// Id of a line, or `*`.
    pub line: String,
    /// The measure.
    pub measure: &'static Measure,
    /// Only complaints of this cause, of the whole centre.
    pub cause: Option<String>,
    /// Only contacts of this channel, of the whole centre.
    pub channel: Option<Channel>,
    /// Width of the points.
    pub grain: Grain,
    /// First local day.
    pub from: Date,
    /// The local day after the last one. Weeks and months that overlap the days are whole.
    pub to: Date,
    /// For parts of a day: only points that overlap this.
    pub within: Option<Span>,
}

impl SeriesRequest {
    /// The points that overlap a stretch of time given by instants.
    #[must_use]
    pub fn of_span(
        line: &str,
        measure: &'static Measure,
        grain: Grain,
        span: Span,
        centre: &Centre,
    ) -> Self {
        let last_ms = span.start_ms.max(span.end_ms.saturating_sub(1));
        let last = period::local_day(last_ms, &centre.zone);
        Self {
            line: line.to_owned(),
            measure,
            cause: None,
            channel: None,
            grain,
            from: period::local_day(span.start_ms, &centre.zone),
            to: last.saturating_add(1.day()),
            within: Some(span),
        }
    }
}

/// What must be known of which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Local days.
    pub days: Range<Date>,
    /// Those of them whose intervals must be known too.
    pub intervals: Range<Date>,
}

/// The days a series is made of: whole weeks, whole months. What may be shown of a cell depends
/// on nothing outside of them.
#[must_use]
pub fn widen(grain: Grain, from: Date, to: Date) -> Range<Date> {
    if from >= to {
        return from..from;
    }
    grain.first_day(from)..grain.next_first_day(to.saturating_sub(1.day()))
}

/// What must be loaded for a request. Today is always made of its intervals.
#[must_use]
pub fn needs(request: &SeriesRequest, centre: &Centre, now_ms: Millis) -> Needs {
    let days = widen(request.grain, request.from, request.to);
    let today = period::local_day(now_ms, &centre.zone);
    let intervals = if request.grain.is_within_day() {
        days.clone()
    } else if days.contains(&today) {
        today..today.saturating_add(1.day())
    } else {
        days.start..days.start
    };
    Needs { days, intervals }
}
