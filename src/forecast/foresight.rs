//! The forecast of a line as it is issued for the next two weeks.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::advice::quiet::QuietHours;
use super::advice::trial::Outcome;
use super::demand::calendar::{Calendar, DayCounts};
use super::demand::rolling::{HORIZON, Method};
use super::demand::{self, SlotForecast};
use super::profile::FEWEST_WAITS;
use super::wait::{WaitDay, WaitModel, Waiting};
use crate::domain::card::{Foretold, Issued, IssuedSlot};
use crate::domain::event::Millis;

/// A plain rule names so many hours, the quietest of so many days.
const RULE_HOURS: usize = 2;
const RULE_DAYS: usize = 28;

/// Makes the forecast of a line from a day on, out of everything before it. `counts` and `waits`
/// are of consecutive days.
#[must_use]
pub fn issue(
    line: &str,
    calendar: &Calendar<'_>,
    counts: &[DayCounts],
    waits: &[WaitDay],
    (from, issued_ms): (Date, Millis),
) -> Issued {
    let counts = &counts[..counts.partition_point(|day| day.day < from)];
    let waits = &waits[..waits.partition_point(|day| day.plan.day < from)];
    let demand = demand::forecast(calendar, counts, from);
    let model = WaitModel::learn(waits);
    let plans = calendar.plans(from, HORIZON);
    let waiting: HashMap<Millis, Waiting> = plans
        .iter()
        .flat_map(|plan| model.forecast(plan))
        .filter_map(|slot| Some((slot.span.start_ms, slot.waiting?)))
        .collect();
    let contacts: HashMap<Millis, &SlotForecast> = demand
        .slots
        .iter()
        .map(|slot| (slot.span.start_ms, slot))
        .collect();
    let open = plans.iter().flat_map(|plan| &plan.halves);
    let slots = open.filter(|half| half.is_open).map(|half| IssuedSlot {
        start_ms: half.span.start_ms,
        contacts: contacts.get(&half.span.start_ms).map(|slot| Foretold {
            expected: slot.expected,
            low: slot.low,
            high: slot.high,
        }),
        wait_secs: waiting.get(&half.span.start_ms).and_then(wait),
    });
    let told = |slot: &IssuedSlot| slot.contacts.is_some() || slot.wait_secs.is_some();
    Issued {
        line: line.to_owned(),
        day: from,
        issued_ms,
        model: format!(
            "{}; {}",
            method_name(demand.basis.method),
            model.basis().method()
        ),
        weeks: demand.basis.weeks,
        is_guess: demand.basis.lack.is_some(),
        is_simpler: demand.basis.method != Method::Model,
        quiet_halves: quiet_halves(waits),
        pace: Some(demand.basis.today),
        carry: model.carry(),
        slots: slots.filter(told).collect(),
    }
}

/// The two quietest hours of the clock, of the last four weeks.
fn quiet_halves(waits: &[WaitDay]) -> Vec<usize> {
    let lately = &waits[waits.len().saturating_sub(RULE_DAYS)..];
    let outcomes: Vec<Outcome> = lately.iter().flat_map(Outcome::of_day).collect();
    let quiet = QuietHours::of(&outcomes, RULE_HOURS);
    quiet.halves().iter().cloned().flatten().collect()
}

/// Nobody's own wait can be read from what is made of at least ten.
fn wait(waiting: &Waiting) -> Option<Foretold> {
    let is_enough = waiting.basis >= fewest();
    is_enough.then_some(Foretold {
        expected: waiting.median_secs,
        low: waiting.low_secs,
        high: waiting.high_secs,
    })
}

#[expect(clippy::cast_precision_loss, reason = "ten")]
fn fewest() -> f64 {
    FEWEST_WAITS as f64
}

/// Who said how many will call, as it is printed with every forecast and score.
fn method_name(method: Method) -> &'static str {
    match method {
        Method::Model => demand::VERSION,
        Method::LastFour => "last-four-weeks",
        Method::LastWeek => "last-week",
    }
}

/// The day before which forecasts have no slot left that could be scored on `day`.
#[must_use]
pub fn outdated_before(day: Date) -> Date {
    day.saturating_sub(i64::try_from(HORIZON).unwrap_or(0).days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::card::{Foresight, Score};
    use crate::domain::testing;
    use crate::forecast::wait::HalfWaits;

    #[test]
    fn a_forecast_says_what_it_knows_of_each_open_half_hour_and_is_found_by_its_time() {
        let line = testing::line("billing");
        let calendar = Calendar {
            lines: vec![&line],
            zone: &TimeZone::UTC,
            events: &[],
        };
        let (first, from) = (date(2026, 8, 31), date(2026, 11, 2));
        let plans = calendar.plans(first, 63);
        let mut half = HalfWaits::default();
        for _ in 0..12 {
            half.answered.record(90_000);
        }
        let counts: Vec<DayCounts> = plans
            .iter()
            .map(|plan| DayCounts {
                day: plan.day,
                halves: vec![Some(12.0); plan.halves.len()],
            })
            .collect();
        let waits: Vec<WaitDay> = plans
            .iter()
            .map(|plan| WaitDay {
                plan: plan.clone(),
                halves: vec![Some(half); plan.halves.len()],
            })
            .collect();
        let foresight = Foresight {
            issued: issue(&line.id, &calendar, &counts, &waits, (from, 0)),
            record: Score::default(),
            ahead: Score::default(),
            shown: Score::default(),
        };
        assert_eq!(
            (foresight.issued.weeks, foresight.issued.is_guess),
            (9, false)
        );
        assert!(foresight.issued.model.contains("half-hours"));
        let start_ms = foresight.issued.slots[0].start_ms;
        let found = foresight.at(start_ms + 1_799_999).unwrap();
        assert_eq!(found.start_ms, start_ms);
        let contacts = found.contacts.unwrap();
        assert!((contacts.expected - 12.0).abs() < 1.0, "{contacts:?}");
        let wait = found.wait_secs.unwrap();
        assert!((60.0..=120.0).contains(&wait.expected), "{wait:?}");
        assert!(foresight.at(start_ms - 1).is_none(), "closed before");
        let nothing = issue(&line.id, &calendar, &counts[..0], &waits[..0], (from, 0));
        assert!(
            nothing.slots.is_empty() && nothing.is_guess,
            "nothing is known"
        );
    }
}
