//! centre.toml: the description of a contact centre, read with every mistake at once.
//!
//! Shape and defaults of the file are here and in `line`, `source` and `hours`; what the settings
//! mean is said in `domain::centre`.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::centre::{Centre, Text};
use crate::domain::event::Millis;
use crate::domain::period::INTERVAL_SECS;

use super::cause;
use super::change;
use super::hours::{read_holidays, read_hours};
use super::line::{self, ServiceDefaults};
use super::mistake::{Mistake, nearest, suggest};
use super::open_data;
use super::purpose;
use super::reader::{Item, Report, Table};
use super::releases;
use super::site;
use super::source;
use super::words;

/// The languages the program has words for; a centre chooses among them.
pub const LANGUAGES: [&str; 2] = ["en", "fr"];

/// Rows of single contacts are kept this long unless the centre says otherwise.
const RETENTION_DAYS: i64 = 30;
/// No call or chat lasts as long as this.
const LOST_AFTER_LIVE_MS: Millis = 4 * 3_600_000;
/// A letter that was not answered for this long will not be.
const LOST_AFTER_WRITTEN_MS: Millis = 60 * 86_400_000;
/// Counts from 1 up to, not including, this are withheld.
const WITHHOLD_BELOW: i64 = 5;

/// Reads the description of a centre; on failure, every mistake in the order of the lines.
///
/// # Errors
/// All mistakes of the text, each with its line and remedy.
pub fn parse_centre(text: &str) -> Result<Centre, Vec<Mistake>> {
    let (report, tree) = Report::parse("centre.toml", text);
    let top = Table::top(&tree, &report);
    let centre = read_centre(&top);
    top.finish();
    let mistakes = report.into_mistakes();
    if mistakes.is_empty() {
        Ok(centre)
    } else {
        Err(mistakes)
    }
}

/// Reads everything that can be read; where there is a mistake, a default stands in, and the
/// mistake keeps the centre from being used.
fn read_centre(top: &Table) -> Centre {
    let languages = read_languages(top);
    let name = top
        .needed("name", "\"Severn Vale Water\"")
        .and_then(|item| read_text(&item, &languages));
    let zone = top
        .needed("zone", "\"Europe/London\"")
        .and_then(|item| read_zone(&item));
    let (zone_name, zone) = zone.unwrap_or_else(|| ("UTC".to_owned(), TimeZone::UTC));
    let defaults = line::CentreDefaults {
        languages: &languages,
        hours: top.optional("hours").map(|item| read_hours(&item)),
        holidays: top
            .optional("holidays")
            .map(|item| read_holidays(&item, &languages))
            .unwrap_or_default(),
        service: top
            .optional("sla")
            .map_or_else(ServiceDefaults::default, |item| {
                ServiceDefaults::read_shared(&item)
            }),
    };
    let mut lines = line::read_lines(top, &defaults);
    change::read_changes(top, &languages, &mut lines);
    let purposes = purpose::read_purposes(top, &languages);
    let causes = cause::read_causes(top, &languages);
    let sites = site::read_sites(top, &languages);
    let sources = source::read_sources(top, &lines);
    let releases = top
        .optional("releases")
        .and_then(|item| releases::read_releases(&item, &languages));
    let (retention_days, withhold_below) = read_privacy(top);
    let (lost_after_live_ms, lost_after_written_ms) = read_lost_after(top);
    Centre {
        name: name.unwrap_or_default(),
        zone_name,
        zone,
        sample_data: top
            .optional("sample_data")
            .and_then(|item| item.boolean())
            .unwrap_or(false),
        lines,
        former_lines: Vec::new(),
        purposes,
        causes,
        sites,
        sources,
        releases,
        open_data: open_data::read_open_data(top),
        retention_days,
        lost_after_live_ms,
        lost_after_written_ms,
        withhold_below,
        languages,
    }
}

fn read_languages(top: &Table) -> Vec<String> {
    let mut languages: Vec<String> = Vec::new();
    let Some(item) = top.optional("languages") else {
        return vec![LANGUAGES[0].to_owned()];
    };
    let words = item.words();
    if item.one_or_more().is_empty() {
        item.wrong(
            "is empty; the pages need at least one language",
            format!("write one or more of: {}", LANGUAGES.join(", ")),
        );
    }
    for (item, word) in words {
        if !LANGUAGES.contains(&word) {
            item.wrong(
                format_args!("is \"{word}\", which the pages do not speak"),
                suggest(word, &LANGUAGES),
            );
        } else if languages.iter().any(|language| language == word) {
            item.wrong(format_args!("is \"{word}\" again"), "remove one of the two");
        } else {
            languages.push(word.to_owned());
        }
    }
    if languages.is_empty() {
        languages.push(LANGUAGES[0].to_owned());
    }
    languages
}

/// A public text: one for all languages, or a table of languages. Languages without a text of
/// their own have that of the centre's first language.
pub(super) fn read_text(item: &Item, languages: &[String]) -> Option<Text> {
    if !item.is_table() {
        let word = read_public(item)?;
        let same = |language: &String| (language.clone(), word.to_owned());
        return Some(Text(languages.iter().map(same).collect()));
    }
    let mut text = Text::default();
    for (language, entry) in item.table("a table of languages")?.all() {
        if !languages.iter().any(|known| known == language) {
            entry.wrong(
                "is not a language of this centre",
                format!("write {}, or add it to languages", languages.join(" or ")),
            );
        } else if let Some(word) = read_public(&entry) {
            text.0.insert(language.to_owned(), word.to_owned());
        }
    }
    let first = languages.first()?;
    let Some(fallback) = text.0.get(first).cloned() else {
        item.wrong(
            format_args!("has no text in \"{first}\", the first language of this centre"),
            format!("write {{ {first} = \"…\", … }}"),
        );
        return None;
    };
    for language in languages {
        let own = text.0.entry(language.clone());
        own.or_insert_with(|| fallback.clone());
    }
    Some(text)
}

/// A text that stands on a page: one line, not too long.
fn read_public<'a>(item: &Item<'a>) -> Option<&'a str> {
    const LONGEST: usize = 80;
    let word = item.word()?;
    if word.chars().any(char::is_control) {
        item.wrong(
            "has a line break or another control character",
            "write it on one line",
        );
        return None;
    }
    if word.chars().count() > LONGEST {
        item.wrong(
            format_args!("has more than {LONGEST} characters"),
            "write a shorter text; it stands in one line of a phone",
        );
        return None;
    }
    Some(word)
}

pub(super) fn read_zone(item: &Item) -> Option<(String, TimeZone)> {
    let name = item.word()?;
    let found = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown());
    let Some(zone) = found else {
        let known: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
        let remedy = nearest(name, known.iter().map(String::as_str)).map_or_else(
            || "write a name of the IANA database such as \"Europe/London\"".to_owned(),
            |near| format!("did you mean \"{near}\"?"),
        );
        item.wrong(format_args!("is \"{name}\", which is no time zone"), remedy);
        return None;
    };
    if !has_quarter_offsets(&zone) {
        item.wrong(
            format_args!("is \"{name}\", whose clock is not a multiple of 15 minutes from UTC"),
            "write the civil zone of the place; every one of them is",
        );
        return None;
    }
    // Names are found in any spelling ("europe/london"); pages show the database's own.
    let name = zone.iana_name().unwrap_or(name).to_owned();
    Some((name, zone))
}

/// Whether local days and hours are sums of 15-minute intervals since 1980. Earlier events are
/// refused at the door, and after 2050 the rules of today go on.
fn has_quarter_offsets(zone: &TimeZone) -> bool {
    const YEAR: i64 = 365 * 86_400;
    let is_quarter = |secs: i32| i64::from(secs) % INTERVAL_SECS == 0;
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(10 * YEAR);
    let end = start + SignedDuration::from_secs(70 * YEAR);
    is_quarter(zone.to_offset(start).seconds())
        && zone
            .following(start)
            .take_while(|change| change.timestamp() < end)
            .all(|change| is_quarter(change.offset().seconds()))
}

fn read_privacy(top: &Table) -> (i64, i64) {
    let table = top
        .optional("privacy")
        .and_then(|item| item.table("[privacy]"));
    let Some(table) = table else {
        return (RETENTION_DAYS, WITHHOLD_BELOW);
    };
    let retention_days = table
        .optional("retention_days")
        .and_then(|item| item.integer_in(1..=3_650));
    // One contact must never stand alone, so 2 is the least that withholds anything.
    let withhold_below = table
        .optional("withhold_below")
        .and_then(|item| item.integer_in(2..=100));
    table.finish();
    (
        retention_days.unwrap_or(RETENTION_DAYS),
        withhold_below.unwrap_or(WITHHOLD_BELOW),
    )
}

fn read_lost_after(top: &Table) -> (Millis, Millis) {
    let table = top
        .optional("lost_after")
        .and_then(|item| item.table("[lost_after] with live and written"));
    let Some(table) = table else {
        return (LOST_AFTER_LIVE_MS, LOST_AFTER_WRITTEN_MS);
    };
    let live = table.optional("live").and_then(|item| read_duration(&item));
    let written = table
        .optional("written")
        .and_then(|item| read_duration(&item));
    table.finish();
    (
        live.unwrap_or(LOST_AFTER_LIVE_MS),
        written.unwrap_or(LOST_AFTER_WRITTEN_MS),
    )
}

fn read_duration(item: &Item) -> Option<Millis> {
    words::duration_ms(item.word()?)
        .map_err(|wrong| item.wrong(format_args!("is wrong: {}", wrong.message), wrong.remedy))
        .ok()
}

/// An id, checked; also reported if one of `taken` has it.
pub(super) fn read_id(table: &Table, taken: &[String], example: &str) -> Option<String> {
    let item = table.needed("id", example)?;
    let id = item.word()?;
    if !words::is_id(id) {
        item.wrong(
            format_args!("is \"{id}\"; it stands in addresses"),
            "write 1 to 40 of a-z, 0-9, - and _",
        );
        return None;
    }
    if taken.iter().any(|other| other == id) {
        item.wrong(format_args!("is \"{id}\" again"), "give each its own id");
        return None;
    }
    Some(id.to_owned())
}

#[cfg(test)]
mod tests;
