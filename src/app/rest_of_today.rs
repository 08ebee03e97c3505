//! The contacts of the rest of today, after what came so far: from published counts alone, so that
//! what is withheld cannot be worked out from what is expected.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::domain::card::{Foretold, Issued};
use crate::domain::event::Millis;
use crate::domain::period::{Grain, Span, local_day};
use crate::domain::published::{Point, Shown};
use crate::forecast::demand::SlotForecast;
use crate::forecast::demand::today::update_today;
use crate::site::figures::SeriesAsk;

const HALF_HOUR_MS: Millis = 30 * 60 * 1_000;

/// What has to be known of today: the half hours that are over.
#[must_use]
pub fn ask_so_far(issued: &Issued, now_ms: Millis, zone: &TimeZone) -> SeriesAsk {
    let today = Span::of_day(local_day(now_ms, zone), zone);
    SeriesAsk {
        line: issued.line.clone(),
        measure: "attempts",
        cause: None,
        channel: None,
        grain: Grain::HalfHour,
        from_ms: today.start_ms,
        to_ms: now_ms - (now_ms - today.start_ms).rem_euclid(HALF_HOUR_MS),
    }
}

/// What is expected of the half hours of the day from `until_ms` on, by their start, after the
/// published counts of those before it. Nothing if too little is known of how days go on.
#[must_use]
pub fn rest_of_today(
    issued: &Issued,
    so_far: &[Point],
    until_ms: Millis,
    zone: &TimeZone,
) -> Vec<(Millis, Foretold)> {
    let Some(pace) = &issued.pace else {
        return Vec::new();
    };
    let today = Span::of_day(local_day(until_ms, zone), zone);
    let counts = so_far.iter().filter_map(|point| match point.value {
        Shown::Value(count) => Some((point.start_ms, count)),
        _ => None,
    });
    let counts: HashMap<Millis, f64> = counts.collect();
    let slots = issued
        .slots
        .iter()
        .filter(|slot| today.contains(slot.start_ms));
    let told = slots.filter_map(|slot| Some((slot.start_ms, slot.contacts?)));
    let (over, rest): (Vec<_>, Vec<_>) = told.partition(|(start_ms, _)| *start_ms < until_ms);
    let came = over.iter().filter_map(|(start_ms, told)| {
        let count = counts.get(start_ms)?;
        Some((told.expected, *count))
    });
    let rest: Vec<SlotForecast> = rest.iter().map(|told| forecast_of(*told)).collect();
    let updated = update_today(&rest, &came.collect::<Vec<_>>(), pace);
    let told = updated.iter().map(|slot| {
        let told = Foretold {
            expected: slot.expected,
            low: slot.low,
            high: slot.high,
        };
        (slot.span.start_ms, told)
    });
    told.collect()
}

fn forecast_of((start_ms, told): (Millis, Foretold)) -> SlotForecast {
    SlotForecast {
        span: Span {
            start_ms,
            end_ms: start_ms + HALF_HOUR_MS,
        },
        expected: told.expected,
        low: told.low,
        high: told.high,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::card::{IssuedSlot, Pace};

    /// Monday 4 January 2021, 8:00 UTC.
    const OPENS_MS: Millis = 1_609_747_200_000;

    /// Twenty half hours from 8:00 on, a hundred contacts in each.
    fn issued() -> Issued {
        let slot = |at: Millis| IssuedSlot {
            start_ms: OPENS_MS + at * HALF_HOUR_MS,
            contacts: Some(Foretold::from((100.0, 70.0, 130.0))),
            wait_secs: None,
        };
        Issued {
            line: "billing".to_owned(),
            day: date(2021, 1, 4),
            issued_ms: 0,
            model: "m-1".to_owned(),
            weeks: 8,
            is_guess: false,
            is_simpler: false,
            quiet_halves: Vec::new(),
            pace: Some(Pace {
                half_life: 8.0,
                fade: 0.9,
                spread: 0.05,
                day_spread: 0.04,
            }),
            carry: crate::domain::card::Carry::default(),
            slots: (0..20).map(slot).collect(),
        }
    }

    fn points(values: &[Shown]) -> Vec<Point> {
        let point = |(at, value): (i64, &Shown)| Point {
            start_ms: OPENS_MS + at * HALF_HOUR_MS,
            end_ms: OPENS_MS + (at + 1) * HALF_HOUR_MS,
            value: *value,
            n: None,
            mark: None,
        };
        (0..).zip(values).map(point).collect()
    }

    #[test]
    fn a_busy_morning_raises_the_next_half_hours_and_what_is_withheld_tells_nothing() {
        let (issued, zone) = (issued(), TimeZone::UTC);
        let ten_ms = OPENS_MS + 4 * HALF_HOUR_MS;
        let busy = points(&[Shown::Value(150.0); 4]);
        let told = rest_of_today(&issued, &busy, ten_ms, &zone);
        assert_eq!((told.len(), told[0].0), (16, ten_ms));
        assert!(told[0].1.expected > 120.0, "{:?}", told[0]);
        assert!(told[0].1.expected > told[15].1.expected);
        let withheld = points(&[Shown::None; 4]);
        let told = rest_of_today(&issued, &withheld, ten_ms, &zone);
        assert!((told[0].1.expected - 100.0).abs() < 1e-9);
        let unlearned = Issued {
            pace: None,
            carry: crate::domain::card::Carry::default(),
            ..issued
        };
        assert!(rest_of_today(&unlearned, &busy, ten_ms, &zone).is_empty());
    }

    #[test]
    fn only_half_hours_that_are_over_are_asked_for() {
        let ask = ask_so_far(&issued(), OPENS_MS + 5 * HALF_HOUR_MS - 1, &TimeZone::UTC);
        assert_eq!(ask.to_ms, OPENS_MS + 4 * HALF_HOUR_MS);
        assert_eq!(ask.from_ms, OPENS_MS - 16 * HALF_HOUR_MS);
    }
}
