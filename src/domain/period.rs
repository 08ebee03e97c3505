//! Time in the trade: 15-minute intervals, local days, grains and ranges; days of 23 and 25 hours.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::event::Millis;

/// Length of an interval in seconds.
pub const INTERVAL_SECS: i64 = 900;

/// Start of a 15-minute interval, in seconds since 1970 UTC, a multiple of 900.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntervalStart(i64);

impl IntervalStart {
    /// The interval that contains an instant.
    #[must_use]
    pub fn containing(at_ms: Millis) -> Self {
        Self(at_ms.div_euclid(INTERVAL_SECS * 1_000) * INTERVAL_SECS)
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn secs(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn ms(self) -> Millis {
        self.0 * 1_000
    }

    /// The interval after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + INTERVAL_SECS)
    }
}

/// The civil time of an instant; instants beyond the calendar (year 9999) are clamped to it.
#[must_use]
pub fn civil(at_ms: Millis, zone: &TimeZone) -> DateTime {
    zone.to_datetime(timestamp(at_ms))
}

/// The local day of an instant.
#[must_use]
pub fn local_day(at_ms: Millis, zone: &TimeZone) -> Date {
    civil(at_ms, zone).date()
}

/// The instant at which a local day begins (the first instant that bears its date).
#[must_use]
pub fn day_start_ms(day: Date, zone: &TimeZone) -> Millis {
    instant_ms(day.to_datetime(jiff::civil::Time::midnight()), zone)
}

/// The instant of a civil time. One that occurs twice is the earlier; one that never occurs is
/// moved forward by the length of the gap (RFC 5545's rule).
#[must_use]
pub fn instant_ms(civil: DateTime, zone: &TimeZone) -> Millis {
    let beyond = if civil.year() > 0 {
        Timestamp::MAX
    } else {
        Timestamp::MIN
    };
    zone.to_ambiguous_timestamp(civil)
        .compatible()
        .unwrap_or(beyond)
        .as_millisecond()
}

/// An instant for jiff, clamped to its calendar.
#[must_use]
pub fn timestamp(at_ms: Millis) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms > 0 {
        Timestamp::MAX
    } else {
        Timestamp::MIN
    })
}

/// The width of the points of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// 15 minutes.
    Interval,
    /// Half an hour of local time.
    HalfHour,
    /// An hour of local time.
    Hour,
    /// A local day.
    Day,
    /// An ISO week, Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Grain {
    /// All grains, finest first.
    pub const ALL: [Self; 6] = [
        Self::Interval,
        Self::HalfHour,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
    ];

    /// The word in URLs and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::HalfHour => "half_hour",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The grain of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.name() == name)
    }

    /// Finer than a day: made of interval cells.
    #[must_use]
    pub fn is_within_day(self) -> bool {
        self < Self::Day
    }

    /// The first day of the day, week or month that contains `day`.
    #[must_use]
    pub fn first_day(self, day: Date) -> Date {
        match self {
            Self::Week => {
                let back = i64::from(day.weekday().to_monday_zero_offset());
                day.saturating_sub(back.days())
            }
            Self::Month => day.first_of_month(),
            _ => day,
        }
    }

    /// The first day of the day, week or month after the one that contains `day`.
    #[must_use]
    pub fn next_first_day(self, day: Date) -> Date {
        let first = self.first_day(day);
        match self {
            Self::Week => first.saturating_add(1.week()),
            Self::Month => first.saturating_add(1.month()),
            _ => first.saturating_add(1.day()),
        }
    }

    fn minutes_within_hour(self) -> i8 {
        match self {
            Self::Interval => 15,
            Self::HalfHour => 30,
            _ => 60,
        }
    }
}

/// A stretch of time `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Inclusive.
    pub start_ms: Millis,
    /// Exclusive.
    pub end_ms: Millis,
}

impl Span {
    /// The local day.
    #[must_use]
    pub fn of_day(day: Date, zone: &TimeZone) -> Self {
        Self {
            start_ms: day_start_ms(day, zone),
            end_ms: day_start_ms(day.saturating_add(1.day()), zone),
        }
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(self, at_ms: Millis) -> bool {
        self.start_ms <= at_ms && at_ms < self.end_ms
    }

    /// The intervals whose start lies in it.
    pub fn intervals(self) -> impl Iterator<Item = IntervalStart> {
        let first = IntervalStart::containing(self.start_ms + INTERVAL_SECS * 1_000 - 1);
        std::iter::successors(Some(first), |interval| Some(interval.next()))
            .take_while(move |interval| interval.ms() < self.end_ms)
    }
}

/// The intervals of a local day in groups of one grain: quarter, half or whole civil hours.
/// Hours follow the local clock, so a repeated hour stands twice and a skipped one not at all.
#[must_use]
pub fn day_groups(day: Date, zone: &TimeZone, grain: Grain) -> Vec<Span> {
    let width = grain.minutes_within_hour();
    let mut groups: Vec<(Span, (DateTime, Offset))> = Vec::new();
    for interval in Span::of_day(day, zone).intervals() {
        let offset = zone.to_offset(timestamp(interval.ms()));
        let local = civil(interval.ms(), zone);
        let minute = local.minute() / width * width;
        let label = local
            .with()
            .minute(minute)
            .second(0)
            .subsec_nanosecond(0)
            .build();
        let label = (label.unwrap_or(local), offset);
        match groups.last_mut() {
            Some((span, last)) if *last == label => span.end_ms = interval.next().ms(),
            _ => groups.push((
                Span {
                    start_ms: interval.ms(),
                    end_ms: interval.next().ms(),
                },
                label,
            )),
        }
    }
    groups.into_iter().map(|(span, _)| span).collect()
}

/// The first interval of the group of `day_groups` that contains an instant.
#[must_use]
pub fn group_start(at_ms: Millis, zone: &TimeZone, grain: Grain) -> IntervalStart {
    // Groups are made of intervals, also where the clock was set in the middle of one.
    let at_ms = IntervalStart::containing(at_ms).ms();
    let width = i64::from(grain.minutes_within_hour());
    let into_secs = i64::from(civil(at_ms, zone).minute()) % width * 60;
    let offset = |at_ms| zone.to_offset(timestamp(at_ms));
    let mut start = IntervalStart::containing(at_ms - into_secs * 1_000);
    // Where the clock was set within the group, it begins with the new offset.
    while start.ms() < at_ms && offset(start.ms()) != offset(at_ms) {
        start = start.next();
    }
    start
}

/// All local days of `[from, to)`.
pub fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |day| day.checked_add(1.day()).ok())
        .take_while(move |day| *day < to)
}
