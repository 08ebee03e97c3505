//! Every week has its edition or is listed as missed; every version follows the one before it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use serde::Deserialize;
use serde_json::Value;

use super::leaves::Leaves;
use super::{Known, Look};
use crate::domain::event::Millis;
use crate::domain::log::Kind;
use crate::publish::leaf::Told;
use crate::publish::record::{document_path, leaf_path};

/// A week of the release calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The Monday of the week.
    pub week: Date,
    /// When it must be published, or listed as missed.
    pub due_ms: Millis,
}

/// Reads a calendar: `{"slots": [{"week": "2026-W46", "due": "2026-11-16T09:00:00Z"}, …]}`.
///
/// # Errors
/// Says which slot cannot be read.
pub fn read_calendar(bytes: &[u8]) -> Result<Vec<Slot>, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let slots = value.get("slots").and_then(Value::as_array);
    let slots = slots.ok_or("it has no list \"slots\"")?;
    let read = |slot: &Value| {
        let text = |name| slot.get(name).and_then(Value::as_str);
        Some(Slot {
            week: monday(text("week")?)?,
            due_ms: text("due")?
                .parse::<jiff::Timestamp>()
                .ok()?
                .as_millisecond(),
        })
    };
    let slots = slots.iter().enumerate().map(|(at, slot)| {
        read(slot).ok_or_else(|| {
            format!("slot {at} has no \"week\" such as 2026-W46 or no \"due\" such as 2026-11-16T09:00:00Z")
        })
    });
    slots.collect()
}

/// Checks editions, corrections and missed slots.
pub(super) fn check(look: &mut Look<'_>, leaves: &Leaves, known: &Known) {
    let mut versions: BTreeMap<Date, u32> = BTreeMap::new();
    let (mut editions, mut missed) = (0, 0);
    for (number, told) in &leaves.told {
        let is_edition = matches!(told.kind, Kind::Edition | Kind::Correction);
        if !is_edition && told.kind != Kind::MissedSlot {
            continue;
        }
        let Some(week) = monday(&told.subject) else {
            look.report
                .fault(leaf_path(*number), "its subject is no week");
            continue;
        };
        let version = versions.entry(week).or_default();
        if !is_edition {
            missed += 1;
            continue;
        }
        *version += 1;
        if told.version != *version || (told.kind == Kind::Correction && told.version == 1) {
            let what = "the versions of its week do not follow one another";
            look.report.fault(leaf_path(*number), what);
        }
        editions += usize::from(told.version == 1);
        if let Err(what) = check_facts(look, told) {
            look.report.fault(leaf_path(*number), what);
        }
    }
    check_gaps(look, &versions);
    check_calendar(look, &versions, known);
    look.report.checked.push((editions, "editions"));
    look.report.checked.push((missed, "missed slots"));
}

/// Of what was published of a week: which it is. All of it is looked at with the documents.
#[derive(Deserialize)]
struct Facts<'t> {
    #[serde(borrow)]
    week: Cow<'t, str>,
}

fn check_facts(look: &mut Look<'_>, told: &Told) -> Result<(), &'static str> {
    let hash = told.documents.get("facts").ok_or("it names no facts")?;
    // A missing one is told of with the documents.
    let Some(bytes) = look.files.get(&document_path(hash)) else {
        return Ok(());
    };
    let facts: Facts = serde_json::from_slice(bytes).map_err(|_| "its facts cannot be read")?;
    if facts.week == told.subject {
        Ok(())
    } else {
        Err("its facts are those of another week")
    }
}

fn check_gaps(look: &mut Look<'_>, versions: &BTreeMap<Date, u32>) {
    let mut weeks = versions.keys();
    let Some(mut expected) = weeks.next().copied() else {
        return;
    };
    for week in weeks {
        expected = expected.saturating_add(1.week());
        while expected < *week {
            let what = "has no edition and is not listed as missed";
            look.report.fault(name(expected), what);
            expected = expected.saturating_add(1.week());
        }
    }
}

/// Every slot that was due has its edition or is listed as missed.
fn check_calendar(look: &mut Look<'_>, versions: &BTreeMap<Date, u32>, known: &Known) {
    let (Some(slots), Some(now_ms)) = (&known.calendar, known.now_ms) else {
        return;
    };
    let due = slots.iter().filter(|slot| slot.due_ms <= now_ms);
    let mut count = 0;
    for slot in due {
        count += 1;
        if !versions.contains_key(&slot.week) {
            let what = "was due by the calendar, has no edition and is not listed as missed";
            look.report.fault(name(slot.week), what);
        }
    }
    look.report.checked.push((count, "slots of the calendar"));
}

/// The Monday of a week written as `2026-W46`.
fn monday(text: &str) -> Option<Date> {
    let (year, week) = text.split_once("-W")?;
    let date = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?;
    let date = date.date();
    (name(date) == text).then_some(date)
}

/// The week that begins on a Monday, as `2026-W46`.
fn name(monday: Date) -> String {
    let week = monday.iso_week_date();
    format!("{:04}-W{:02}", week.year(), week.week())
}
