//! The simulated centre for the tests of this module, read from its description without the
//! checks of `config`.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, Weekday, date};
use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::{Sim, centre_toml};
use crate::domain::centre::{
    Centre, Channel, Holiday, Line, Period, ServiceLevel, Source, Text, WeekHours,
};
use crate::domain::event::EventKind;
use crate::domain::tally::Count;

/// A simulated centre, as if the demonstration were started on 10 June 2026.
pub fn sim() -> Sim {
    Sim::new(centre(), 1, date(2026, 6, 10))
}

fn centre() -> Centre {
    let table: Table = centre_toml().parse().unwrap();
    let zone_name = table["zone"].as_str().unwrap().to_owned();
    let lines = table["lines"].as_array().unwrap();
    Centre {
        name: Text::default(),
        zone: TimeZone::get(&zone_name).unwrap(),
        zone_name,
        languages: vec!["en".to_owned()],
        sample_data: true,
        lines: lines.iter().map(|line| read_line(line, &table)).collect(),
        sources: vec![Source {
            id: "pbx".to_owned(),
            prefix: "urn:valmere:pbx".to_owned(),
            namespace: "calls".to_owned(),
            may: EventKind::ALL.map(|(kind, _)| kind).to_vec(),
            reports: Count::ALL.to_vec(),
        }],
        releases: None,
        retention_days: 30,
        lost_after_live_ms: 4 * 3_600_000,
        lost_after_written_ms: 60 * 86_400_000,
        withhold_below: 5,
    }
}

fn read_line(line: &Value, centre: &Table) -> Line {
    let channels = line["channels"].as_array().unwrap().iter();
    Line {
        id: line["id"].as_str().unwrap().to_owned(),
        name: Text(BTreeMap::new()),
        phone: None,
        channels: channels
            .map(|c| Channel::from_name(c.as_str().unwrap()).unwrap())
            .collect(),
        hours: read_hours(line.get("hours").unwrap_or(&centre["hours"])),
        holidays: line
            .get("holidays")
            .unwrap_or(&centre["holidays"])
            .as_array()
            .unwrap()
            .iter()
            .map(read_holiday)
            .collect(),
        service: ServiceLevel {
            target_percent: 80.0,
            threshold_secs: 60,
            short_abandon_secs: 5,
            promise_secs: 300,
            promise_percent: 75.0,
        },
        good_wait_mins: 5,
        alternatives: Vec::new(),
    }
}

fn read_hours(value: &Value) -> WeekHours {
    if let Some(every_day) = value.as_str() {
        return WeekHours(std::array::from_fn(|_| read_periods(every_day)));
    }
    let of = |key| value.get(key).and_then(Value::as_str).unwrap_or("");
    WeekHours(std::array::from_fn(|day| match day {
        0..5 => read_periods(of("mon-fri")),
        5 => read_periods(of("sat")),
        _ => Vec::new(),
    }))
}

fn read_holiday(value: &Value) -> Holiday {
    let written = value["date"].as_datetime().unwrap().to_string();
    let hours = value.get("hours").and_then(Value::as_str).unwrap_or("");
    Holiday {
        date: written.parse::<Date>().unwrap(),
        name: Text::default(),
        hours: read_periods(hours),
    }
}

fn read_periods(text: &str) -> Vec<Period> {
    let periods = text.split(',').filter_map(|p| p.trim().split_once('-'));
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        let hour: i8 = hour.parse().unwrap();
        (hour < 24).then(|| Time::constant(hour, minute.parse().unwrap(), 0, 0))
    };
    let read = |(from, to)| Period {
        from: time(from).unwrap(),
        to: time(to),
    };
    periods.map(read).collect()
}

#[test]
fn the_description_has_the_lines_the_simulation_has_customers_for() {
    let sim = sim();
    assert_eq!(sim.queues.len(), super::lines::PROFILES.len());
    assert_eq!(sim.centre.lines.len(), 4);
    let leaks = sim.centre.line("leaks").unwrap();
    assert_eq!(leaks.hours.0[Weekday::Sunday.to_monday_zero_offset() as usize].len(), 1);
}
