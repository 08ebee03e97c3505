//! What the model would have said: forecasts of the whole past, a week apart, each with what was
//! known at its origin, and how far they missed. Ranges and the choice of a method come from it.

use super::calendar::{Calendar, DayCounts, DayPlan};
use super::history::Day;
use super::model::{Model, Told};
use super::naive::naive;

/// Days from one origin to the next.
const WEEK: usize = 7;

/// Days that are forecast.
pub const HORIZON: usize = 14;

/// Days that are learned before the first forecast of the past.
const FIRST_ORIGIN: usize = 14;

/// Weeks of the past whose misses are kept: farther back says little about now.
const KEPT_WEEKS: usize = 52;

/// A way to forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The model.
    Model,
    /// The mean of the same half hour in the last four weeks.
    LastFour,
    /// The same half hour of the last week.
    LastWeek,
}

impl Method {
    /// All methods, ours first.
    pub const ALL: [Self; 3] = [Self::Model, Self::LastFour, Self::LastWeek];

    /// Its place in what is told by each method.
    #[must_use]
    pub fn place(self) -> usize {
        self as usize
    }
}

/// What came in one half hour, and what each method had said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Miss {
    /// What came.
    pub actual: f64,
    /// What was expected, by [`Method::place`]; `None` where a method knew nothing.
    pub expected: [Option<f64>; 3],
    /// Which week ahead it was, 0 or 1.
    pub week: usize,
    /// Weeks from its origin to now, 1 for the latest.
    pub age: usize,
    /// A holiday.
    pub is_special: bool,
}

/// A whole day of the first week ahead: what came and what the model had said.
#[derive(Clone, Debug, PartialEq)]
pub struct DayMiss {
    /// Expected and actual contacts of its known open half hours, in order.
    pub halves: Vec<(f64, f64)>,
}

impl DayMiss {
    /// Expected and actual contacts of the day.
    #[must_use]
    pub fn sums(&self) -> (f64, f64) {
        let halves = self.halves.iter();
        halves.fold((0.0, 0.0), |sum, half| (sum.0 + half.0, sum.1 + half.1))
    }
}

/// The past, gone through.
pub struct Rolled {
    /// The model, having learned everything.
    pub model: Model,
    /// Misses by half hour, oldest first.
    pub misses: Vec<Miss>,
    /// Misses by day.
    pub day_misses: Vec<DayMiss>,
}

/// The past as it is gone through.
pub struct Record<'a> {
    /// What was planned.
    pub calendar: &'a Calendar<'a>,
    /// Consecutive days as the model reads them.
    pub days: &'a [Day],
    /// What was counted, as the naive methods read it.
    pub counts: &'a [DayCounts],
    /// The plans of these days.
    pub plans: &'a [DayPlan],
}

/// Goes through the past.
#[must_use]
pub fn roll(record: &Record<'_>) -> Rolled {
    let Record { calendar, days, .. } = record;
    let mut model = Model::new(calendar, days.len());
    let rows: Vec<Vec<f64>> = days.iter().map(|day| model.row(calendar, day)).collect();
    let mut misses = Vec::new();
    let mut day_misses = Vec::new();
    let first = days.iter().position(|day| day.known() > 0).unwrap_or(0);
    let mut open: Option<(usize, Vec<Told>)> = None;
    for at in 0..days.len() {
        let is_origin = (days.len() - at).is_multiple_of(WEEK) && at >= first + FIRST_ORIGIN;
        if is_origin {
            if let Some((from, told)) = open.take() {
                judge(&mut model, days, from, told);
            }
            let end = (at + HORIZON).min(days.len());
            let told: Vec<Told> = (at..end)
                .map(|day| model.expect(&days[day], &rows[day], day - at + 1))
                .collect();
            let age = (days.len() - at) / WEEK;
            if age <= KEPT_WEEKS {
                note(record, at, age, &told, &mut misses);
                note_days(&days[at..end], &told, &mut day_misses);
            }
            open = Some((at, told));
        }
        model.learn(&days[at], &rows[at]);
    }
    if let Some((from, told)) = open {
        judge(&mut model, days, from, told);
    }
    Rolled {
        model,
        misses,
        day_misses,
    }
}

fn judge(model: &mut Model, days: &[Day], from: usize, told: Vec<Told>) {
    let week = told.into_iter().zip(&days[from..]).take(WEEK);
    model.judge(&week.collect::<Vec<_>>());
}

/// Notes what came against what was told at one origin.
fn note(record: &Record<'_>, origin: usize, age: usize, told: &[Told], misses: &mut Vec<Miss>) {
    for (ahead, (told, day)) in told.iter().zip(&record.days[origin..]).enumerate() {
        if day.known() == 0 {
            continue;
        }
        let counts = &record.counts[..origin];
        let naive = naive(counts, record.plans, &day.plan, ahead + 1);
        for (half, count) in day.counts.iter().enumerate() {
            let Some(actual) = *count else { continue };
            misses.push(Miss {
                actual,
                expected: [
                    told.mixed.get(half).copied(),
                    naive[half].last_four,
                    naive[half].last_week,
                ],
                week: ahead / WEEK,
                age,
                is_special: day.plan.is_holiday,
            });
        }
    }
}

fn note_days(days: &[Day], told: &[Told], misses: &mut Vec<DayMiss>) {
    for (told, day) in told.iter().zip(days).take(WEEK) {
        let both = told.mixed.iter().zip(&day.counts);
        let known = both.filter_map(|(told, count)| Some((*told, (*count)?)));
        let miss = DayMiss {
            halves: known.collect(),
        };
        if miss.sums().0 > 0.0 {
            misses.push(miss);
        }
    }
}
