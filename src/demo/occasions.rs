//! The occasions of the planted story, as the staff of the simulated centre would have entered
//! them: every bill run a week ahead, the burst main an hour after it began.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::{Date, time};

use super::lines::Topic;
use super::shape::{is_burst_day, starts_bill_run};
use super::{BURST_FROM_HOUR, BURST_HOURS, Sim};
use crate::domain::event::Millis;
use crate::domain::occasion::{Facts, Kind, Occasion, Origin, titled};
use crate::domain::period::{day_start_ms, days, instant_ms};
use crate::domain::staff::{Person, Role};

/// The account they are entered by.
pub const ACCOUNT: &str = "demo";

/// Bill runs are entered so many days ahead.
const AHEAD_DAYS: i64 = 7;

/// A bill run is felt on so many weekdays.
const BILL_RUN_WEEKDAYS: usize = 3;

const HOUR_MS: Millis = 3_600_000;

/// What explains demand on these days, the earliest first; nothing that could not be known yet.
#[must_use]
pub fn occasions(sim: &Sim, range: Range<Date>) -> Vec<Occasion> {
    let known = range.end.min(sim.today.saturating_add(AHEAD_DAYS.days()));
    let of_day = |day: Date| {
        let bills = starts_bill_run(day).then(|| bill_run(sim, day));
        let burst = is_burst_day(sim, day).then(|| burst(sim, day));
        bills.into_iter().chain(burst)
    };
    days(range.start, known).flat_map(of_day).collect()
}

fn bill_run(sim: &Sim, first: Date) -> Occasion {
    let zone = &sim.centre.zone;
    let weekdays = days(first, first.saturating_add(7.days()));
    let weekdays = weekdays.filter(|day| day.weekday().to_monday_zero_offset() < 5);
    let last = weekdays.take(BILL_RUN_WEEKDAYS).last().unwrap_or(first);
    let facts = Facts {
        kind: Kind::BillRun,
        origin: Origin::Planned,
        title: titled(&[
            ("en", "Monthly bills go out"),
            ("fr", "Envoi des factures du mois"),
        ]),
        lines: lines_of(sim, Topic::Bills),
        start_ms: day_start_ms(first, zone),
        end_ms: day_start_ms(last.saturating_add(1.day()), zone),
    };
    let entered = first.saturating_sub(AHEAD_DAYS.days());
    entered_by_staff(
        "bills",
        first,
        facts,
        day_start_ms(entered, zone) + 10 * HOUR_MS,
    )
}

fn burst(sim: &Sim, day: Date) -> Occasion {
    let start = day.to_datetime(time(BURST_FROM_HOUR, 0, 0, 0));
    let start_ms = instant_ms(start, &sim.centre.zone);
    let facts = Facts {
        kind: Kind::Outage,
        origin: Origin::Happened,
        title: titled(&[("en", "Burst main"), ("fr", "Rupture de canalisation")]),
        lines: lines_of(sim, Topic::Leaks),
        start_ms,
        end_ms: start_ms + i64::from(BURST_HOURS) * HOUR_MS,
    };
    entered_by_staff("burst", day, facts, start_ms + HOUR_MS)
}

fn entered_by_staff(what: &str, day: Date, facts: Facts, entered_ms: Millis) -> Occasion {
    Occasion {
        id: format!("{what}-{day}"),
        facts,
        by: Person {
            account: ACCOUNT.to_owned(),
            role: Role::Editor,
        },
        entered_ms,
        changed_ms: None,
        cancelled_ms: None,
        expected: None,
    }
}

/// The lines that have customers of a topic.
fn lines_of(sim: &Sim, topic: Topic) -> Vec<String> {
    let queues = sim.queues.iter();
    let own = queues.filter(|queue| queue.profile.topic == topic);
    let lines: BTreeSet<String> = own.map(|queue| queue.place.line.clone()).collect();
    lines.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::config::parse_centre;

    #[test]
    fn the_story_is_told_as_far_as_it_could_be_known() {
        let centre = parse_centre(crate::demo::centre_toml()).expect("the demo's own centre");
        let sim = Sim::new(centre, 1, date(2026, 11, 22));
        let all = occasions(&sim, date(2026, 8, 1)..date(2027, 1, 1));
        let ids: Vec<&str> = all.iter().map(|own| own.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "bills-2026-08-06",
                "bills-2026-09-07",
                "burst-2026-09-09",
                "bills-2026-10-06",
                "bills-2026-11-06"
            ]
        );
        let bills = &all[4];
        let zone = &sim.centre.zone;
        // Friday the 6th, Monday and Tuesday.
        assert_eq!(bills.facts.end_ms, day_start_ms(date(2026, 11, 11), zone));
        assert!(bills.concerns("billing") && !bills.concerns("leaks"));
        assert!(!bills.is_entered_afterwards() && all[2].is_entered_afterwards());
    }
}
