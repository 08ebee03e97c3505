//! Small centres for tests: these, with what a test is about written over it
//! (`Centre { zone, ..centre(&["billing"]) }`).

use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;

use super::centre::{
    Cause, Centre, Channel, Line, OpenData, Period, ServiceLevel, Site, SiteKind, Source, Text,
    WeekHours,
};
use super::event::{EventKind, Place};
use super::period::{self, Span};
use super::tally::Count;

/// The same words in English only.
pub fn text(words: &str) -> Text {
    Text([("en".to_owned(), words.to_owned())].into())
}

/// A line for calls that is open from 8 to 18 on Monday to Friday, called by its id.
pub fn line(id: &str) -> Line {
    let day = Period {
        from: time(8, 0, 0, 0),
        to: Some(time(18, 0, 0, 0)),
    };
    let mut hours = WeekHours::default();
    for weekday in &mut hours.0[..5] {
        weekday.push(day);
    }
    Line {
        id: id.to_owned(),
        name: text(id),
        phone: None,
        channels: vec![Channel::Voice],
        hours,
        holidays: Vec::new(),
        service: ServiceLevel {
            target_percent: 80.0,
            threshold_secs: 20,
            short_abandon_secs: 5,
            promise_secs: 120,
            promise_percent: 80.0,
        },
        changes: Vec::new(),
        good_wait_mins: 5,
        alternatives: Vec::new(),
    }
}

/// A source that reports these counts.
pub fn source(id: &str, reports: &[Count]) -> Source {
    Source {
        id: id.to_owned(),
        prefix: format!("/{id}"),
        namespace: "centre".to_owned(),
        may: Vec::new(),
        reports: reports.to_vec(),
        tells: Vec::new(),
        feed: None,
    }
}

/// A source that may send these events, each with the source `/id/…`. One that offers contacts
/// reports every count.
pub fn sender(id: &str, may: Vec<EventKind>) -> Source {
    let reports: &[Count] = if may.contains(&EventKind::Offered) {
        &Count::ALL
    } else {
        &[]
    };
    Source {
        prefix: format!("/{id}/"),
        tells: may.clone(),
        may,
        ..source(id, reports)
    }
}

/// A centre in UTC with these lines and a source that reports everything.
pub fn centre(lines: &[&str]) -> Centre {
    Centre {
        name: text("Water"),
        zone_name: "UTC".to_owned(),
        zone: TimeZone::UTC,
        languages: vec!["en".to_owned()],
        sample_data: true,
        lines: lines.iter().map(|id| line(id)).collect(),
        former_lines: Vec::new(),
        purposes: Vec::new(),
        causes: ["product", "pricing", "service", "other"].map(cause).into(),
        sites: Vec::new(),
        sources: vec![source("pbx", &Count::ALL)],
        releases: None,
        open_data: OpenData::default(),
        retention_days: 30,
        lost_after_live_ms: 4 * 3_600_000,
        lost_after_written_ms: 60 * 86_400_000,
        withhold_below: 5,
    }
}

/// A cause of complaints, called by its id.
pub fn cause(id: &str) -> Cause {
    Cause {
        id: id.to_owned(),
        name: text(id),
        retired: None,
    }
}

/// A site, called by its id.
pub fn site(id: &str, kind: SiteKind) -> Site {
    Site {
        id: id.to_owned(),
        name: text(id),
        kind,
    }
}

/// A voice contact's place on a line.
pub fn place(line: &str) -> Place {
    Place {
        line: line.to_owned(),
        channel: Channel::Voice,
    }
}

/// The usual hours of a line on a day.
pub fn opening(line: &Line, day: Date, zone: &TimeZone) -> Vec<Span> {
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
    let instant = |time: Time| period::instant_ms(day.to_datetime(time), zone);
    let periods = line.hours.0[weekday].iter();
    periods
        .map(|period| Span {
            start_ms: instant(period.from),
            end_ms: instant(period.to.unwrap()),
        })
        .collect()
}
