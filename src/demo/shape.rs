//! How much demand is expected when: hours, weekdays, seasons, holidays, bill runs, the burst.
//!
//! Expected numbers only; chance is added by `simulate`.

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use super::lines::{Profile, Topic};
use super::{
    BURST_DAYS_AGO, BURST_FROM_HOUR, BURST_HOURS, FORM_DAYS_AGO, HELP_DAYS_AGO, Queue, Sim,
};
use crate::domain::centre::{Channel, Line, Period};
use crate::domain::event::Millis;
use crate::domain::hours;
use crate::domain::period::{self, Span};

/// Quarters of an hour before opening and after closing in which some try nevertheless.
const QUARTERS_AROUND: usize = 3;
/// The share of the usual demand that tries then.
const SHARE_AROUND: f64 = 0.06;
/// Demand on the days of a bill run.
const BILL_RUN: [f64; 3] = [1.5, 1.34, 1.16];
/// Demand on a working day after a holiday.
const AFTER_HOLIDAY: f64 = 1.3;
/// Demand of the line that stays open on a holiday.
const ON_HOLIDAY: f64 = 0.85;
/// How far the planners draw the day flatter than it is: 1 would be the same all day.
const FLATTER: f64 = 0.95;
/// Demand of the flooded line against its usual one.
const BURST: f64 = 5.4;

/// 15 minutes of a local day.
#[derive(Clone, Copy, Debug)]
pub struct Quarter {
    /// Its start.
    pub start_ms: Millis,
    /// Local hour of its middle.
    pub hour: f64,
}

/// A local day in quarters of an hour; 92 or 100 of them when clocks change.
#[derive(Clone, Debug)]
pub struct DayGrid {
    /// The day.
    pub day: Date,
    /// From its first instant to that of the next day.
    pub span: Span,
    /// Its quarters.
    pub quarters: Vec<Quarter>,
}

impl DayGrid {
    /// The quarters of a local day.
    #[must_use]
    pub fn of(day: Date, zone: &TimeZone) -> Self {
        let span = Span::of_day(day, zone);
        let quarters = span.intervals().map(|interval| {
            let local = period::civil(interval.ms(), zone).time();
            Quarter {
                start_ms: interval.ms(),
                hour: hour_of(local) + 0.125,
            }
        });
        Self {
            day,
            span,
            quarters: quarters.collect(),
        }
    }

    /// For each quarter, whether the line is open.
    #[must_use]
    pub fn open(&self, line: &Line, zone: &TimeZone) -> Vec<bool> {
        let open = hours::open_intervals(line, self.day, zone);
        let quarters = self.quarters.iter();
        quarters
            .map(|quarter| open.binary_search_by_key(&quarter.start_ms, |i| i.ms()))
            .map(|found| found.is_ok())
            .collect()
    }
}

fn hour_of(local: Time) -> f64 {
    f64::from(local.hour()) + f64::from(local.minute()) / 60.0
}

fn is_open(periods: &[Period], local: Time) -> bool {
    let mut periods = periods.iter();
    periods.any(|p| p.from <= local && p.to.is_none_or(|to| local < to))
}

fn weight_at(curve: &[(f64, f64)], hour: f64) -> f64 {
    let after = curve.partition_point(|(knot, _)| *knot <= hour);
    match (after.checked_sub(1).map(|i| curve[i]), curve.get(after)) {
        (Some((h0, w0)), Some((h1, w1))) => w0 + (w1 - w0) * (hour - h0) / (h1 - h0),
        (Some((_, weight)), None) => weight,
        (None, Some((_, weight))) => *weight,
        (None, None) => 0.0,
    }
}

/// The curve's weights over the quarters of an ordinary day: letters come at all hours, the rest
/// while the line is open.
#[must_use]
pub fn ordinary_weights(profile: &Profile, line: &Line) -> Vec<f64> {
    let periods = line.hours.on(Weekday::Tuesday);
    let quarters = (0..24).flat_map(|hour| [0, 15, 30, 45].map(|m| Time::constant(hour, m, 0, 0)));
    quarters
        .filter(|local| profile.channel.is_written() || is_open(periods, *local))
        .map(|local| weight_at(profile.curve, hour_of(local) + 0.125))
        .collect()
}

/// Expected attempts of one quarter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// While the line is open.
    pub open: f64,
    /// Of those who try although it is closed.
    pub closed: f64,
}

/// Expected attempts in each quarter of a day.
#[must_use]
pub fn demand(sim: &Sim, queue: &Queue, grid: &DayGrid) -> Vec<Demand> {
    let profile = queue.profile;
    let open = grid.open(sim.line_of(queue), &sim.centre.zone);
    let of_day = queue.scale * day_factor(sim, queue, grid.day);
    let quarters = grid.quarters.iter().enumerate();
    quarters
        .map(|(i, quarter)| {
            let usual = of_day
                * weight_at(profile.curve, quarter.hour)
                * burst_factor(sim, profile, grid.day, quarter.hour);
            let near = i.saturating_sub(QUARTERS_AROUND)..(i + QUARTERS_AROUND + 1).min(open.len());
            if open[i] || profile.channel.is_written() {
                Demand {
                    open: usual,
                    closed: 0.0,
                }
            } else if profile.channel == Channel::Voice && open[near].contains(&true) {
                Demand {
                    open: 0.0,
                    closed: usual * SHARE_AROUND,
                }
            } else {
                Demand::default()
            }
        })
        .collect()
}

/// What the planners of shifts expect in an open quarter: they know weekdays and seasons, but only
/// a part of how strong Mondays and bill runs are, and draw the day flatter than it is.
#[must_use]
pub fn planned(queue: &Queue, day: Date, hour: f64) -> f64 {
    let profile = queue.profile;
    let weekday = profile.weekday[monday_zero(day)];
    let foreseen = if weekday > 1.0 {
        1.0 + 0.1 * (weekday - 1.0)
    } else {
        weekday
    };
    let bills = bill_run(profile.topic, day).map_or(1.0, |factor| 1.0 + 0.2 * (factor - 1.0));
    // A line that never closes is planned closer to its nights and days; letters lie until somebody
    // has time, so they are planned evenly.
    let evenly = match profile.channel {
        Channel::Email | Channel::Message => 1.0,
        _ if queue.always_open => 0.7 * FLATTER,
        _ => FLATTER,
    };
    let weight = (1.0 - evenly) * weight_at(profile.curve, hour) + evenly * queue.mean_weight;
    queue.scale * foreseen * bills * season(profile.topic, day) * weight
}

fn monday_zero(day: Date) -> usize {
    usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())
}

fn day_factor(sim: &Sim, queue: &Queue, day: Date) -> f64 {
    let line = sim.line_of(queue);
    let topic = queue.profile.topic;
    let mut factor = queue.profile.weekday[monday_zero(day)] * season(topic, day);
    if closed_by_holiday(line, day.saturating_sub(1.day())) {
        factor *= AFTER_HOLIDAY;
    }
    if topic == Topic::Leaks && is_public_holiday(sim, day) {
        factor *= ON_HOLIDAY;
    }
    factor * bill_run(topic, day).unwrap_or(1.0)
}

/// A day on which the line would be open, were it not for a holiday.
fn closed_by_holiday(line: &Line, day: Date) -> bool {
    !line.hours.on(day.weekday()).is_empty() && hours::periods_on(line, day).is_empty()
}

fn is_public_holiday(sim: &Sim, day: Date) -> bool {
    let mut lines = sim.centre.lines.iter();
    lines.any(|line| closed_by_holiday(line, day))
}

/// The factor of a bill run on one of its three days, for the lines it concerns.
fn bill_run(topic: Topic, day: Date) -> Option<f64> {
    if topic != Topic::Bills || day.day() < 6 || monday_zero(day) > 4 {
        return None;
    }
    let first = day.with().day(6).build().ok()?;
    let weekdays = period::days(first, day).filter(|past| monday_zero(*past) < 5);
    BILL_RUN.get(weekdays.count()).copied()
}

/// Whether bills go out on a day: the first weekday from the 6th.
#[must_use]
pub fn starts_bill_run(day: Date) -> bool {
    let is_first = |factor: f64| factor.to_bits() == BILL_RUN[0].to_bits();
    bill_run(Topic::Bills, day).is_some_and(is_first)
}

fn burst_factor(sim: &Sim, profile: &Profile, day: Date, hour: f64) -> f64 {
    let from = f64::from(BURST_FROM_HOUR);
    let flooded = (from..from + f64::from(BURST_HOURS)).contains(&hour);
    if profile.topic == Topic::Leaks && flooded && is_burst_day(sim, day) {
        // The first hours are the worst; then the news is out.
        BURST - 0.3 * (hour - from)
    } else {
        1.0
    }
}

/// The day of the burst main.
#[must_use]
pub fn is_burst_day(sim: &Sim, day: Date) -> bool {
    day == sim.today.saturating_sub(BURST_DAYS_AGO.days())
}

/// Whether the technical line already has its guide and one more person.
#[must_use]
pub fn is_helped(sim: &Sim, profile: &Profile, day: Date) -> bool {
    profile.topic == Topic::Technical
        && profile.channel == Channel::Voice
        && day >= sim.today.saturating_sub(HELP_DAYS_AGO.days())
}

/// Whether the calls of a profile already take longer because of the form.
#[must_use]
pub fn has_form(sim: &Sim, profile: &Profile, day: Date) -> bool {
    profile.topic == Topic::Moving
        && profile.channel == Channel::Voice
        && day >= sim.today.saturating_sub(FORM_DAYS_AGO.days())
}

/// Demand in the middle of each month against the year's.
fn months(topic: Topic) -> [f64; 12] {
    match topic {
        Topic::Bills => [
            1.07, 1.04, 1.02, 0.99, 0.98, 0.96, 0.92, 0.9, 1.02, 1.04, 1.03, 1.03,
        ],
        Topic::Leaks => [
            1.28, 1.24, 1.06, 0.93, 0.9, 0.92, 0.96, 0.94, 0.88, 0.9, 0.97, 1.1,
        ],
        Topic::Moving => [
            0.82, 0.84, 0.92, 0.95, 0.98, 1.15, 1.28, 1.32, 1.18, 0.98, 0.84, 0.74,
        ],
        Topic::Technical => [
            0.98, 0.97, 1.02, 1.06, 1.06, 1.08, 1.05, 1.0, 1.0, 0.97, 0.92, 0.89,
        ],
    }
}

/// Demand of a day against the year's: linear between the middles of the months.
fn season(topic: Topic, day: Date) -> f64 {
    let months = months(topic);
    let here = usize::from(day.month().unsigned_abs()) - 1;
    let from_middle = (f64::from(day.day()) - 15.5) / 30.5;
    let other = if from_middle < 0.0 {
        (here + 11) % 12
    } else {
        (here + 1) % 12
    };
    let smooth = months[here] + (months[other] - months[here]) * from_middle.abs();
    // People hand over their keys at the turn of a month.
    let turning = topic == Topic::Moving && (day.day() >= 27 || day.day() <= 3);
    smooth * if turning { 1.2 } else { 0.96 }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use jiff::civil::date;

    fn expected(line: &str, day: Date) -> f64 {
        let sim = sample::sim();
        let grid = DayGrid::of(day, &sim.centre.zone);
        let queues = sim.queues.iter().filter(|q| q.profile.line == line);
        queues
            .flat_map(|queue| demand(&sim, queue, &grid))
            .map(|demand| demand.open)
            .sum()
    }

    #[test]
    fn mondays_are_the_busiest_and_sundays_closed() {
        let week: Vec<f64> = (18..25)
            .map(|d| expected("billing", date(2026, 5, d)))
            .collect();
        assert!(week[0] > 1.15 * week[1]);
        assert!(week[1] > week[4] && week[4] > week[5]);
        assert!(week[6].abs() < 1e-9, "{week:?}");
    }

    #[test]
    fn a_bill_run_lasts_three_weekdays_from_the_sixth() {
        // 6 June 2026 is a Saturday: the run begins on Monday, the 8th.
        let factors: Vec<_> = (5..12)
            .map(|d| bill_run(Topic::Bills, date(2026, 6, d)))
            .collect();
        let [one, two, three] = BILL_RUN.map(Some);
        assert_eq!(factors, [None, None, None, one, two, three, None]);
        assert_eq!(bill_run(Topic::Leaks, date(2026, 6, 8)), None);
    }

    #[test]
    fn a_holiday_closes_lines_but_not_the_emergency_one_and_the_day_after_is_busier() {
        // Bastille Day 2026 is a Tuesday.
        assert!(expected("billing", date(2026, 7, 14)).abs() < 1e-9);
        assert!(expected("leaks", date(2026, 7, 14)) > 300.0);
        assert!(
            expected("moving", date(2026, 7, 15)) > 1.2 * expected("moving", date(2026, 7, 22))
        );
    }

    #[test]
    fn days_on_which_clocks_change_have_92_and_100_quarters() {
        let zone = sample::sim().centre.zone;
        let quarters = |day| DayGrid::of(day, &zone).quarters.len();
        assert_eq!(quarters(date(2026, 3, 29)), 92);
        assert_eq!(quarters(date(2026, 10, 25)), 100);
    }

    #[test]
    fn the_main_bursts_on_one_day_only() {
        let sim = sample::sim();
        let burst = sim.today.saturating_sub(BURST_DAYS_AGO.days());
        let week_before = burst.saturating_sub(7.days());
        assert!(expected("leaks", burst) > 1.6 * expected("leaks", week_before));
    }
}
