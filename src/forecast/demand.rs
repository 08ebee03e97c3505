//! How many contacts are to be expected in each half hour of the next days, with a range.
//!
//! The total of a day ([`level`]) times its shape ([`shape`]), several of each, mixed by their own
//! past errors ([`model`]); ranges from the misses of the past ([`rolling`], [`ranges`]). Hours,
//! holidays and events are knowledge ([`calendar`]), gaps are not zeros ([`history`]). Where the
//! model was worse than what anyone could say ([`mod@naive`]), that is said instead.

pub mod calendar;
pub mod features;
pub mod history;
pub mod level;
pub mod model;
pub mod naive;
pub mod ranges;
pub mod rolling;
pub mod shape;
pub mod today;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::period::Span;
use calendar::{Calendar, DayCounts, DayPlan};
use history::{Day, forget_unopened};
use naive::naive;
use ranges::Ranges;
use rolling::{HORIZON, Method, Miss, Record, Rolled, roll};
use today::Pace;

/// The version of the model, printed with every forecast and score.
pub const VERSION: &str = "demand-1";

/// With fewer weeks of history a forecast is a guess, and says so.
pub const FEWEST_WEEKS: usize = 4;

/// The expected contacts of one half hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotForecast {
    /// From when to when.
    pub span: Span,
    /// Expected contacts.
    pub expected: f64,
    /// Lower end of the 80 % range.
    pub low: f64,
    /// Upper end of the 80 % range.
    pub high: f64,
}

/// Why a forecast is less than it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Nothing was ever counted in opening time that is known.
    Nothing,
    /// Fewer than four weeks were: this many whole ones.
    TooLittle {
        /// Whole weeks with data.
        weeks: usize,
    },
}

/// What a forecast is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// Weeks with data, in sevens of days with any.
    pub weeks: usize,
    /// Why it is less than it should be, if it is.
    pub lack: Option<Lack>,
    /// Who made it: the model, or an opponent that was better in the past.
    pub method: Method,
    /// Weighted absolute percentage error of each method over the forecasts of the past, by
    /// [`Method::place`], where all of them said something; `None` without any.
    pub past_errors: [Option<f64>; 3],
    /// How the rest of a day follows from its beginning.
    pub today: Pace,
}

/// A forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandForecast {
    /// Half hours of opening time, in order.
    pub slots: Vec<SlotForecast>,
    /// What it is made from.
    pub basis: Basis,
}

/// The expected contacts of a line on 14 days from `from` on, in opening time.
///
/// `history` is of local days in order; days of which nothing is known have no counts or are left
/// out, those from `from` on are not used. `from` is usually today: what was counted today belongs
/// to [`today::update_today`].
#[must_use]
pub fn forecast(calendar: &Calendar<'_>, history: &[DayCounts], from: Date) -> DemandForecast {
    let history: Vec<DayCounts> = consecutive(history, from);
    let mut plans: Vec<DayPlan> = history.iter().map(|day| calendar.plan(day.day)).collect();
    let past = plans.iter().zip(&history);
    let mut days: Vec<Day> = past
        .map(|(plan, counts)| Day::of(calendar, plan.clone(), Some(counts)))
        .collect();
    forget_unopened(&mut days);
    let future = calendar.plans(from, HORIZON);
    plans.extend(future.iter().cloned());
    let record = Record {
        calendar,
        days: &days,
        counts: &history,
        plans: &plans,
    };
    let rolled = roll(&record);
    let method = best_method(past_errors(&rolled.misses), &rolled.misses);
    let ranges = Ranges::of(method, &rolled.misses);
    let basis = basis_of(&days, &rolled, method, ranges.spread());
    if basis.lack == Some(Lack::Nothing) {
        return DemandForecast {
            slots: Vec::new(),
            basis,
        };
    }
    let mut slots = Vec::new();
    for (ahead, plan) in future.into_iter().enumerate() {
        let expected = expected_of(&record, &rolled, basis.method, &plan, ahead);
        for (half, expected) in plan.halves.iter().zip(expected) {
            if half.is_open {
                let (low, high) = ranges.range(expected, ahead / 7, plan.is_holiday);
                slots.push(SlotForecast {
                    span: half.span,
                    expected,
                    low,
                    high,
                });
            }
        }
    }
    DemandForecast { slots, basis }
}

/// The days before `from` without holes between them.
fn consecutive(history: &[DayCounts], from: Date) -> Vec<DayCounts> {
    let mut days: Vec<DayCounts> = Vec::with_capacity(history.len());
    let until = |days: &mut Vec<DayCounts>, end: Date| {
        while let Some(next) = days.last().map(|last| last.day.saturating_add(1.day()))
            && next < end
        {
            days.push(DayCounts {
                day: next,
                halves: Vec::new(),
            });
        }
    };
    for day in history.iter().filter(|day| day.day < from) {
        until(&mut days, day.day);
        days.push(day.clone());
    }
    until(&mut days, from);
    days
}

/// The expected contacts of the half hours of a day to come.
fn expected_of(
    record: &Record<'_>,
    rolled: &Rolled,
    method: Method,
    plan: &DayPlan,
    ahead: usize,
) -> Vec<f64> {
    let day = Day::planned(record.calendar, plan.clone());
    let row = rolled.model.row(record.calendar, &day);
    let model = rolled.model.expect(&day, &row, ahead + 1).mixed;
    if method == Method::Model {
        return model;
    }
    let naive = naive(record.counts, record.plans, plan, ahead + 1);
    let of_method = |(naive, model): (naive::Naive, f64)| match method {
        Method::LastWeek => naive.last_week.unwrap_or(model),
        _ => naive.last_four.unwrap_or(model),
    };
    naive.into_iter().zip(model).map(of_method).collect()
}

fn basis_of(days: &[Day], rolled: &Rolled, method: Method, spread: f64) -> Basis {
    let known = days.iter().filter(|day| day.known() > 0).count();
    // A line that is open on five days a week has weeks of five days.
    let first = days.iter().position(|day| day.known() > 0);
    let span = first.map_or(0, |first| days.len() - first);
    let with_data = days
        .rchunks(7)
        .filter(|week| week.iter().any(|day| day.known() > 0));
    let weeks = with_data.count().min(span / 7);
    Basis {
        weeks,
        lack: match known {
            0 => Some(Lack::Nothing),
            _ if weeks < FEWEST_WEEKS => Some(Lack::TooLittle { weeks }),
            _ => None,
        },
        method,
        past_errors: past_errors(&rolled.misses),
        today: Pace::of(&rolled.day_misses, spread),
    }
}

/// Errors in the first week ahead, over the half hours of which every method said something.
fn past_errors(misses: &[Miss]) -> [Option<f64>; 3] {
    let mut sums = [0.0; 3];
    let mut came = 0.0;
    for miss in misses.iter().filter(|miss| miss.week == 0) {
        let [Some(a), Some(b), Some(c)] = miss.expected else {
            continue;
        };
        came += miss.actual;
        for (sum, expected) in sums.iter_mut().zip([a, b, c]) {
            *sum += (miss.actual - expected).abs();
        }
    }
    sums.map(|sum| (came > 0.0).then(|| sum / came))
}

/// The method with the least error; ours, unless four weeks speak against it.
fn best_method(errors: [Option<f64>; 3], misses: &[Miss]) -> Method {
    let oldest = misses.iter().map(|miss| miss.age).max().unwrap_or(0);
    if oldest < FEWEST_WEEKS {
        return Method::Model;
    }
    let error = |method: &Method| errors[method.place()].unwrap_or(f64::INFINITY);
    let best = Method::ALL
        .into_iter()
        .min_by(|a, b| error(a).total_cmp(&error(b)));
    best.unwrap_or(Method::Model)
}

#[cfg(test)]
mod tests;
