//! `quietline check`: reads the operator's files and says what they mean, or what is wrong.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::civil::Weekday;
use toml::de::DeTable;

use crate::domain::centre::{Centre, Feed, FeedKind, Leads, Line, ServiceLevel, WeekHours};
use crate::domain::event::EventKind;
use crate::domain::period::Grain;
use crate::domain::volume::nesting_grain;

use super::words::{tell_period, weekday_name};
use super::{ImportMap, Mistake, parse_centre, parse_map};

/// What a file describes.
#[derive(Debug)]
pub enum Described {
    /// A centre (centre.toml).
    Centre(Box<Centre>),
    /// The rows of files to import (map.toml).
    Map(Box<ImportMap>),
}

/// What a check of a file found; displayed, it is what the operator reads.
#[derive(Debug)]
pub struct CheckReport {
    /// What it describes, or every mistake.
    pub result: Result<Described, Vec<Mistake>>,
    path: PathBuf,
}

impl CheckReport {
    /// Whether the file can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.result.is_ok()
    }
}

/// Checks a description of a centre, or of files to import: only that one has a `format`.
///
/// # Errors
/// If the file cannot be read at all. Mistakes in it are in the report.
pub fn check_file(path: &Path) -> anyhow::Result<CheckReport> {
    let text = read_file(path)?;
    let (tree, _) = DeTable::parse_recoverable(&text);
    let described = if tree.get_ref().get("format").is_some() {
        parse_map(&text).map(|map| Described::Map(Box::new(map)))
    } else {
        parse_centre(&text).map(|centre| Described::Centre(Box::new(centre)))
    };
    Ok(CheckReport {
        result: described.map_err(|mistakes| name_file(mistakes, path)),
        path: path.to_owned(),
    })
}

/// Reads a description of a centre that has to be sound.
///
/// # Errors
/// If the file cannot be read, or with all its mistakes.
pub fn read_centre(path: &Path) -> anyhow::Result<Centre> {
    parse_centre(&read_file(path)?).map_err(|mistakes| unusable(&name_file(mistakes, path)))
}

/// Reads an import map that has to be sound.
///
/// # Errors
/// If the file cannot be read, or with all its mistakes.
pub fn read_map(path: &Path) -> anyhow::Result<ImportMap> {
    parse_map(&read_file(path)?).map_err(|mistakes| unusable(&name_file(mistakes, path)))
}

fn read_file(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| {
        let path = path.display();
        format!("reading {path} (name another file, as with --config, or start from examples/centre.toml)")
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + String::from_utf8_lossy(before).matches('\n').count();
            anyhow::bail!(
                "{}:{line}: is not UTF-8; save the file as UTF-8",
                path.display()
            )
        }
    }
}

fn name_file(mut mistakes: Vec<Mistake>, path: &Path) -> Vec<Mistake> {
    for mistake in &mut mistakes {
        mistake.file = path.display().to_string();
    }
    mistakes
}

fn unusable(mistakes: &[Mistake]) -> anyhow::Error {
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    anyhow::anyhow!(told.join("\n"))
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.result {
            Ok(Described::Centre(centre)) => {
                writeln!(f, "{path} is sound.")?;
                tell_centre(f, centre)
            }
            Ok(Described::Map(map)) => {
                writeln!(f, "{path} is sound.")?;
                tell_map(f, map)
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    writeln!(f, "{mistake}")?;
                }
                let (count, plural) = count_of(mistakes.len());
                writeln!(f, "{path} has {count} mistake{plural}.")
            }
        }
    }
}

fn tell_centre(f: &mut fmt::Formatter<'_>, centre: &Centre) -> fmt::Result {
    let language = centre.languages.first().map_or("", String::as_str);
    let name = centre.name.in_language(language);
    let languages = centre.languages.join(", ");
    let zone = &centre.zone_name;
    writeln!(
        f,
        "{name}: times are those of {zone}, pages in {languages}."
    )?;
    let (count, plural) = count_of(centre.lines.len());
    writeln!(f, "{count} line{plural}:")?;
    for line in &centre.lines {
        writeln!(f, "  {}", tell_line(line, language))?;
    }
    tell_purposes(f, centre, language)?;
    tell_sites(f, centre, language)?;
    if centre.sources.is_empty() {
        writeln!(f, "No source: nobody can send events yet; add [[sources]].")?;
    } else {
        let (count, plural) = count_of(centre.sources.len());
        writeln!(f, "{count} source{plural}:")?;
    }
    for source in &centre.sources {
        let (id, prefix) = (&source.id, &source.prefix);
        let may = tell_kinds(&source.may);
        writeln!(f, "  {id} (\"{prefix}…\") may send {may}")?;
        if let Some(feed) = &source.feed {
            writeln!(f, "    {}", tell_feed(feed))?;
        }
    }
    match &centre.releases {
        Some(release) => {
            let weekday = release.weekday;
            let time = release.time.strftime("%-H:%M");
            writeln!(f, "The weekly edition appears on {weekday:?} at {time}.")
        }
        None => writeln!(f, "No weekly edition is scheduled."),
    }
}

fn tell_sites(f: &mut fmt::Formatter<'_>, centre: &Centre, language: &str) -> fmt::Result {
    if centre.sites.is_empty() {
        return Ok(());
    }
    let (count, plural) = count_of(centre.sites.len());
    writeln!(f, "{count} site{plural}:")?;
    for site in &centre.sites {
        let name = site.name.in_language(language);
        writeln!(f, "  {} \"{name}\" ({})", site.id, site.kind.name())?;
    }
    Ok(())
}

fn tell_purposes(f: &mut fmt::Formatter<'_>, centre: &Centre, language: &str) -> fmt::Result {
    if centre.purposes.is_empty() {
        return Ok(());
    }
    let (count, plural) = count_of(centre.purposes.len());
    writeln!(f, "{count} purpose{plural}:")?;
    for purpose in &centre.purposes {
        let (id, name) = (&purpose.id, purpose.name.in_language(language));
        match &purpose.leads {
            Leads::Line(line) => writeln!(f, "  {id} \"{name}\": the line {line}")?,
            Leads::Link(link) => writeln!(f, "  {id} \"{name}\": {link}")?,
        }
    }
    Ok(())
}

fn tell_map(f: &mut fmt::Formatter<'_>, map: &ImportMap) -> fmt::Result {
    let source = &map.source;
    if let Some(rule) = &map.volume {
        let (seconds, attempts) = (rule.seconds, &rule.attempts);
        let grain = match nesting_grain(seconds) {
            Grain::Interval => "quarter hours",
            Grain::HalfHour => "half hours",
            Grain::Hour => "hours",
            _ => "days",
        };
        return writeln!(
            f,
            "A row is a count of {seconds} s by the source \"{source}\" ({attempts}); figures \
             are known by {grain} and coarser."
        );
    }
    let kinds: Vec<&str> = map.events.iter().map(|rule| rule.kind.name()).collect();
    let kinds = kinds.join(", ");
    writeln!(
        f,
        "A row is a contact of the source \"{source}\"; it may say {kinds}."
    )
}

/// Event kinds by name; a group that is there as a whole by its wildcard.
fn tell_kinds(may: &[EventKind]) -> String {
    let mut told: Vec<String> = Vec::new();
    for kind in may {
        let name = kind.name();
        let group = name.split_once('.').map_or(name, |(group, _)| group);
        let same = |name: &str| {
            name.split_once('.')
                .is_some_and(|(other, _)| other == group)
        };
        let mut members = EventKind::ALL.iter().filter(|(_, name)| same(name));
        let whole = members.clone().count() > 1 && members.all(|(kind, _)| may.contains(kind));
        let word = if whole {
            format!("{group}.*")
        } else {
            name.to_owned()
        };
        if !told.contains(&word) {
            told.push(word);
        }
    }
    told.join(", ")
}

/// The format of a source, and which queue is which line.
fn tell_feed(feed: &Feed) -> String {
    let mut kinds = FeedKind::ALL.iter();
    let kind = kinds.find(|(kind, _)| *kind == feed.kind);
    let kind = kind.map_or("", |(_, name)| *name);
    let path = feed.path.as_ref();
    let path = path.map(|path| path.display().to_string());
    let place = path.or_else(|| feed.address.clone());
    let place = place.map_or_else(String::new, |place| format!(" from {place}"));
    let queues = feed.queues.iter();
    let queues: Vec<String> = queues
        .map(|(queue, line)| format!("{queue} is {line}"))
        .collect();
    format!("as {kind}{place}; of its queues, {}", queues.join(", "))
}

fn tell_line(line: &Line, language: &str) -> String {
    let channels: Vec<&str> = line.channels.iter().map(|channel| channel.name()).collect();
    let service = &line.service;
    let (days, plural) = count_of(line.holidays.len());
    let mut told = format!(
        "{} \"{}\" ({}): {}; {days} holiday{plural}; {}",
        line.id,
        line.name.in_language(language),
        channels.join(", "),
        tell_hours(&line.hours),
        tell_service(service),
    );
    for change in &line.changes {
        let (day, service) = (change.valid_from, tell_service(&change.service));
        let monday = Grain::Week.first_day(day);
        let divides = if monday == day {
            String::new()
        } else {
            format!(" (it divides the week of {monday}, which is marked [b])")
        };
        told.extend([format!("\n    from {day}: {service}"), divides]);
    }
    told
}

fn tell_service(service: &ServiceLevel) -> String {
    format!(
        "{} % in {} s, promised {} % in {} s",
        service.target_percent,
        service.threshold_secs,
        service.promise_percent,
        service.promise_secs,
    )
}

/// The hours of a week in words, neighbouring days of equal hours together.
fn tell_hours(hours: &WeekHours) -> String {
    let mut groups: Vec<(Weekday, Weekday, String)> = Vec::new();
    for weekday in Weekday::Monday.cycle_forward().take(7) {
        let periods = hours.on(weekday);
        if periods.is_empty() {
            continue;
        }
        let told: Vec<String> = periods.iter().map(|period| tell_period(*period)).collect();
        let told = told.join(" and ");
        match groups.last_mut() {
            Some((_, last, same)) if *same == told && last.next() == weekday => *last = weekday,
            _ => groups.push((weekday, weekday, told)),
        }
    }
    // A week that begins on Sunday goes round: "sun-thu", not "mon-thu … sun".
    if let [first, .., last] = groups.as_mut_slice()
        && (first.0, last.1) == (Weekday::Monday, Weekday::Sunday)
        && first.2 == last.2
    {
        first.0 = last.0;
        groups.pop();
    }
    if groups.is_empty() {
        return "never open".to_owned();
    }
    let tell = |(first, last, told): (Weekday, Weekday, String)| {
        let first_name = weekday_name(first);
        if first == last {
            format!("{first_name} {told}")
        } else {
            format!("{first_name}-{} {told}", weekday_name(last))
        }
    };
    groups.into_iter().map(tell).collect::<Vec<_>>().join(", ")
}

fn count_of(count: usize) -> (usize, &'static str) {
    (count, if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str) -> CheckReport {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut report = check_file(&folder.join(path)).unwrap();
        report.path = PathBuf::from(path);
        report
    }

    #[test]
    fn a_sound_file_is_summed_up_in_words() {
        let report = check("examples/centre.toml");
        assert!(report.is_sound());
        let told = report.to_string();
        for part in [
            "examples/centre.toml is sound.",
            "Severn Vale Water: times are those of Europe/London, pages in en, fr.",
            "4 lines:",
            "billing \"Billing\" (voice): mon-fri 8:00-18:00, sat 9:00-12:00 and 13:00-16:00; \
             4 holidays; 80 % in 20 s, promised 75 % in 300 s",
            "leaks \"Leaks and no water\" (voice): mon-sun 0:00-24:00; 0 holidays",
            "2 purposes:",
            "bill \"It is about my bill\": the line billing",
            "pay \"I want to pay\": https://water.example/pay",
            "2 sources:",
            "crm (\"urn:severnvale:crm…\") may send contact.classified, contact.resolved, \
             complaint.*, source.heartbeat",
            "The weekly edition appears on Thursday at 10:00.",
        ] {
            assert!(told.contains(part), "{part:?} in {told}");
        }
    }

    #[test]
    fn a_week_that_begins_on_sunday_is_told_round_its_end() {
        let told = check("tests/fixtures/bank/centre.toml").to_string();
        let hours = "(voice): sun-thu 7:00-24:00, fri 7:00-14:00, sat 20:00-24:00; 0 holidays";
        assert!(told.contains(hours), "{told}");
        assert!(
            told.contains("bank (\"bank…\") may send contact.*, source.heartbeat"),
            "{told}"
        );
    }

    #[test]
    fn a_map_is_known_by_its_format_and_told_by_its_rows() {
        let told = check("tests/fixtures/bank_volume/map.toml").to_string();
        let counts = "A row is a count of 360 s by the source \"counter\" (calls); figures are \
                      known by half hours and coarser.";
        assert!(told.contains(counts), "{told}");
        let told = check("tests/fixtures/bank/map.toml").to_string();
        let contacts = "a contact of the source \"bank\"; it may say contact.attempted, contact.";
        assert!(told.contains(contacts), "{told}");
        let report = check("tests/fixtures/map/wrong_volume.toml");
        assert!(!report.is_sound(), "{report}");
    }

    #[test]
    fn a_broken_file_is_told_by_all_its_mistakes_and_their_number() {
        let report = check("tests/fixtures/centre/nothing.toml");
        assert!(!report.is_sound());
        let told = report.to_string();
        assert!(
            told.contains("nothing.toml:1: name is missing; write name = "),
            "{told}"
        );
        assert!(told.ends_with("nothing.toml has 3 mistakes.\n"), "{told}");
    }

    #[test]
    fn what_is_no_text_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latin1.toml");
        fs::write(&path, b"zone = \"UTC\"\nname = \"caf\xe9\"\n").unwrap();
        let error = read_centre(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("latin1.toml:2: is not UTF-8; save the file as UTF-8"),
            "{error}"
        );
        let error = read_map(&folder.path().join("absent.toml")).unwrap_err();
        assert!(error.to_string().starts_with("reading "), "{error}");
    }

    #[test]
    fn a_file_that_must_be_sound_fails_with_all_its_mistakes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = folder.join("tests/fixtures/centre/nothing.toml");
        let error = read_centre(&path).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 3, "{error}");
    }
}
