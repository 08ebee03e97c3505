//! What a day's demand may depend on, as numbers: weekday, holidays and the days around them, the
//! time of the month, the time of the year, events.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use jiff::ToSpan;
use jiff::civil::Date;

use super::calendar::{Calendar, Effect};
use super::history::Day;

/// Harmonics over a month: they tell its first days from its middle (pay days, bills).
const MONTH_HARMONICS: usize = 4;

/// Harmonics over a year.
const YEAR_HARMONICS: usize = 3;

/// Without more days than this the time of the year cannot be told from the level.
const DAYS_FOR_YEAR: usize = 500;

/// One thing demand may depend on, with how far its effect may be from none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The level of the line, always there.
    Level,
    /// A weekday.
    Weekday,
    /// A holiday on which it is open, a day around one, an event.
    Special,
    /// The time of the month.
    Month,
    /// The time of the year.
    Year,
}

/// Which numbers a day has.
#[derive(Clone, Debug)]
pub struct Features {
    /// The kind of each of them.
    pub kinds: Vec<Kind>,
    has_year: bool,
    /// Kinds of events, by name.
    events: BTreeMap<String, usize>,
}

impl Features {
    /// What can be told apart in a history of so many days.
    #[must_use]
    pub fn of(calendar: &Calendar<'_>, days: usize) -> Self {
        let mut kinds = vec![Kind::Level];
        kinds.extend([Kind::Weekday; 7]);
        kinds.extend([Kind::Special; 3]);
        kinds.extend([Kind::Month; 2 * MONTH_HARMONICS]);
        let has_year = days >= DAYS_FOR_YEAR;
        if has_year {
            kinds.extend([Kind::Year; 2 * YEAR_HARMONICS]);
        }
        let mut events = BTreeMap::new();
        let recurring = calendar.events.iter();
        for event in recurring.filter(|event| event.effect == Effect::Recurs) {
            let next = kinds.len();
            if !events.contains_key(&event.kind) {
                events.insert(event.kind.clone(), next);
                kinds.push(Kind::Special);
            }
        }
        Self {
            kinds,
            has_year,
            events,
        }
    }

    /// The numbers of a day.
    #[must_use]
    pub fn row(&self, calendar: &Calendar<'_>, day: &Day) -> Vec<f64> {
        let mut row = vec![0.0; self.kinds.len()];
        row[0] = 1.0;
        row[1 + day.weekday] = 1.0;
        let date = day.plan.day;
        let is_special = |days: i64| is_special(calendar, date.saturating_add(days.days()));
        let is_short = day.plan.is_holiday;
        row[8] = f64::from(u8::from(is_short));
        row[9] = f64::from(u8::from(!is_short && is_special(1)));
        row[10] = f64::from(u8::from(!is_short && follows_holiday(calendar, date)));
        let month = f64::from(date.day() - 1) / f64::from(date.days_in_month());
        put_harmonics(&mut row[11..11 + 2 * MONTH_HARMONICS], month);
        if self.has_year {
            let from = 11 + 2 * MONTH_HARMONICS;
            let year = f64::from(date.day_of_year() - 1) / f64::from(date.days_in_year());
            put_harmonics(&mut row[from..from + 2 * YEAR_HARMONICS], year);
        }
        for event in calendar.events {
            if let Some(at) = self.events.get(&event.kind) {
                row[*at] = overlap(day, event.span.start_ms, event.span.end_ms).max(row[*at]);
            }
        }
        row
    }
}

/// The share of a day's open half hours that a span touches.
fn overlap(day: &Day, start_ms: i64, end_ms: i64) -> f64 {
    let open = day.plan.halves.iter().filter(|half| half.is_open);
    let (mut all, mut within) = (0.0, 0.0);
    for half in open {
        all += 1.0;
        if half.span.start_ms < end_ms && start_ms < half.span.end_ms {
            within += 1.0;
        }
    }
    if all > 0.0 { within / all } else { 0.0 }
}

fn put_harmonics(row: &mut [f64], share: f64) {
    for (pair, number) in row.chunks_mut(2).zip(1_u8..) {
        let angle = TAU * f64::from(number) * share;
        pair.copy_from_slice(&[angle.cos(), angle.sin()]);
    }
}

/// A day the calendar names as a holiday.
fn is_special(calendar: &Calendar<'_>, day: Date) -> bool {
    calendar.is_holiday(day)
}

/// Whether a holiday is the last thing before a day, ordinary closed days between them aside.
fn follows_holiday(calendar: &Calendar<'_>, day: Date) -> bool {
    /// A weekend and a day.
    const FURTHEST: i64 = 3;
    for back in 1..=FURTHEST {
        let before = day.saturating_sub(back.days());
        if calendar.is_holiday(before) {
            return true;
        }
        if calendar.is_open_on(before) {
            return false;
        }
    }
    false
}
