//! What is known ahead of a day: its half hours, when it is open, whether it is a holiday, events.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::centre::Line;
use crate::domain::event::Millis;
use crate::domain::hours::{holiday_on, opening_spans, periods_on};
use crate::domain::period::{Grain, Span, civil, day_groups};

/// Half hours of the clock.
pub const HALVES: usize = 48;

/// What an event does to demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Demand differs, and will differ again at an event of the same kind: a bill run, a campaign.
    Recurs,
    /// What was counted then says nothing about any other time: an outage, a test.
    Excluded,
}

/// Something that explains demand, told by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandEvent {
    /// What it is: "bill run". Events of one kind are taken to be alike.
    pub kind: String,
    /// When it acts.
    pub span: Span,
    /// What it does.
    pub effect: Effect,
}

/// The lines whose contacts are counted together, and what is known of their days.
#[derive(Clone, Debug)]
pub struct Calendar<'a> {
    /// One line, or those of the whole centre.
    pub lines: Vec<&'a Line>,
    /// The zone of the centre.
    pub zone: &'a TimeZone,
    /// Events, in any order.
    pub events: &'a [DemandEvent],
}

/// One half hour of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Half {
    /// From when to when.
    pub span: Span,
    /// Its place on the clock, 0–47; a repeated hour has the same places twice.
    pub index: usize,
    /// Whether any line is open in it, for an interval at least.
    pub is_open: bool,
}

/// A day as it is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPlan {
    /// The local day.
    pub day: Date,
    /// Its half hours in order of time, 48 on most days.
    pub halves: Vec<Half>,
    /// Whether the calendar names it as a holiday, with hours of its own or none.
    pub is_holiday: bool,
}

impl Calendar<'_> {
    /// The plan of a day.
    #[must_use]
    pub fn plan(&self, day: Date) -> DayPlan {
        let open = self.lines.iter();
        let open: Vec<Span> = open
            .flat_map(|line| opening_spans(line, day, self.zone))
            .collect();
        let is_open = |half: Span| {
            let mut open = open.iter();
            open.any(|span| span.start_ms < half.end_ms && half.start_ms < span.end_ms)
        };
        let halves = day_groups(day, self.zone, Grain::HalfHour).into_iter();
        DayPlan {
            day,
            halves: halves
                .map(|span| Half {
                    span,
                    index: half_of_clock(span.start_ms, self.zone),
                    is_open: is_open(span),
                })
                .collect(),
            is_holiday: self.is_holiday(day),
        }
    }

    /// Whether the calendar of any line names a day as a holiday.
    #[must_use]
    pub fn is_holiday(&self, day: Date) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| holiday_on(line, day).is_some())
    }

    /// Whether any line opens on a day.
    #[must_use]
    pub fn is_open_on(&self, day: Date) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| !periods_on(line, day).is_empty())
    }

    /// The plans of so many days from one on.
    #[must_use]
    pub fn plans(&self, from: Date, days: usize) -> Vec<DayPlan> {
        let days = i64::try_from(days).unwrap_or(0);
        (0..days)
            .map(|ahead| self.plan(from.saturating_add(ahead.days())))
            .collect()
    }
}

/// The half hour of the clock of an instant, 0–47.
#[must_use]
pub fn half_of_clock(at_ms: Millis, zone: &TimeZone) -> usize {
    let local = civil(at_ms, zone);
    let half = local.hour() * 2 + local.minute() / 30;
    usize::try_from(half).unwrap_or(0).min(HALVES - 1)
}

/// What was counted on a local day: contacts of each of its half hours in order of time, as
/// [`DayPlan::halves`] has them; `None` where it is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayCounts {
    /// The local day.
    pub day: Date,
    /// One for each half hour of the day, or nothing at all if nothing is known.
    pub halves: Vec<Option<f64>>,
}
