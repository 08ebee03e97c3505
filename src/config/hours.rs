//! Opening hours and holidays of centre.toml.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

use crate::domain::centre::{Holiday, Period, WeekHours};

use super::centre::read_text;
use super::reader::{Item, Table};
use super::words;

/// Hours of a week: one text for every day (`"0:00-24:00"`), or a table of weekdays
/// (`{ mon-fri = "8:00-18:00", sat = "9:00-12:00, 13:00-16:00" }`). A day not named is closed.
pub(super) fn read_hours(item: &Item) -> WeekHours {
    let mut hours = WeekHours::default();
    if item.is_text() {
        let periods = read_periods(item).unwrap_or_default();
        hours.0 = std::array::from_fn(|_| periods.clone());
        return hours;
    }
    let Some(table) = item.table("hours = { mon-fri = \"8:00-18:00\" } or hours = \"8:00-18:00\"")
    else {
        return hours;
    };
    let mut named: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, entry) in table.all() {
        let days = match words::weekdays(key) {
            Ok(days) => days,
            Err(wrong) => {
                entry.wrong(format_args!("is wrong: {}", wrong.message), wrong.remedy);
                continue;
            }
        };
        let periods = read_periods(&entry).unwrap_or_default();
        for day in days {
            name_day(&mut named, day, key, &entry);
            hours.set(day, periods.clone());
        }
    }
    hours
}

/// Notes that a key spoke for a weekday; two keys for one day contradict each other.
fn name_day<'a>(named: &mut BTreeMap<&'a str, &'a str>, day: Weekday, key: &'a str, entry: &Item) {
    let day = words::weekday_name(day);
    if let Some(other) = named.insert(day, key) {
        entry.wrong(
            format_args!("speaks of {day}, as \"{other}\" does"),
            "name each weekday once",
        );
    }
}

fn read_periods(item: &Item) -> Option<Vec<Period>> {
    words::periods(item.word()?)
        .map_err(|wrong| item.wrong(format_args!("is wrong: {}", wrong.message), wrong.remedy))
        .ok()
}

/// Days that differ from their weekday, in the order of their dates.
pub(super) fn read_holidays(item: &Item, languages: &[String]) -> Vec<Holiday> {
    let mut holidays: Vec<Holiday> = Vec::new();
    for entry in item.one_or_more() {
        let example = "{ date = 2026-12-25, name = \"Christmas Day\" }";
        let Some(table) = entry.table(example) else {
            continue;
        };
        let holiday = read_holiday(&table, languages, &holidays);
        table.finish();
        holidays.extend(holiday);
    }
    holidays.sort_by_key(|holiday| holiday.date);
    holidays
}

fn read_holiday(table: &Table, languages: &[String], before: &[Holiday]) -> Option<Holiday> {
    let date = table
        .needed("date", "2026-12-25")
        .and_then(|item| read_new_date(&item, before));
    let name = table
        .needed("name", "\"Christmas Day\"")
        .and_then(|item| read_text(&item, languages));
    let hours = table
        .optional("hours")
        .map_or(Some(Vec::new()), |item| read_periods(&item));
    Some(Holiday {
        date: date?,
        name: name.unwrap_or_default(),
        hours: hours.unwrap_or_default(),
    })
}

/// A day of the calendar.
pub(super) fn read_date(item: &Item) -> Option<Date> {
    let written = item.date_or_time()?;
    let date = words::date(&written).ok();
    if date.is_none() {
        item.wrong(
            format_args!("is \"{written}\", which is no day"),
            "write year-month-day, such as 2026-12-25",
        );
    }
    date
}

fn read_new_date(item: &Item, before: &[Holiday]) -> Option<Date> {
    let date = read_date(item)?;
    if before.iter().any(|holiday| holiday.date == date) {
        item.wrong(format_args!("is {date} again"), "write each day once");
        return None;
    }
    Some(date)
}
