//! map.toml: what the bank's map says about its rows, and what is said about a broken map.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::config::map::Unit;
use crate::config::parse_centre;
use crate::domain::event::EventKind;

use super::*;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn bank() -> ImportMap {
    parse_map(&read("tests/fixtures/bank/map.toml")).unwrap()
}

/// The short names of the events that a row says, with their line.
fn said(map: &ImportMap, row: &[(&str, &str)]) -> (bool, Vec<&'static str>) {
    let row: BTreeMap<&str, &str> = row.iter().copied().collect();
    let field = |name: &str| row.get(name).copied();
    let rules = map.events.iter().filter(|rule| rule.holds(field));
    (
        map.skips(field),
        rules.map(|rule| rule.kind.name()).collect(),
    )
}

#[test]
fn the_banks_rows_say_what_happened() {
    let map = bank();
    let at = "1999-08-01T09:00:00";
    let answered = [
        ("outcome", "AGENT"),
        ("arrival_local", at),
        ("queue_start_local", at),
    ];
    let events = vec![
        "contact.attempted",
        "contact.offered",
        "contact.answered",
        "contact.ended",
    ];
    assert_eq!(said(&map, &answered), (false, events.clone()));
    let at_once = [
        ("outcome", "AGENT"),
        ("service_start_local", at),
        ("queue_start_local", ""),
    ];
    assert_eq!(said(&map, &at_once), (false, events));
    let hung_up = [("outcome", "HANG"), ("queue_start_local", at)];
    let events = vec!["contact.attempted", "contact.offered", "contact.abandoned"];
    assert_eq!(said(&map, &hung_up), (false, events));
    let in_menu = [("outcome", "HANG"), ("queue_start_local", " ")];
    let events = vec!["contact.attempted", "contact.left_menu"];
    assert_eq!(said(&map, &in_menu), (false, events));
    assert!(said(&map, &[("outcome", " PHANTOM "), ("queue_start_local", at)]).0);
}

/// Counts the rules of the bank's map that hold for the rows of a real month.
fn count_rules(file: &str) -> Option<BTreeMap<&'static str, i64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(file);
    let Ok(packed) = fs::File::open(&path) else {
        println!("skipped: {} is absent", path.display());
        return None;
    };
    let map = bank();
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(packed));
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let columns: BTreeMap<&str, usize> = map
        .fields()
        .into_iter()
        .map(|name| (name, column(name)))
        .collect();
    let mut counts = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let field = |name: &str| row.get(columns[name]);
        if map.skips(field) {
            *counts.entry("not a contact").or_default() += 1;
            continue;
        }
        for rule in map.events.iter().filter(|rule| rule.holds(field)) {
            *counts.entry(rule.kind.name()).or_default() += 1;
        }
    }
    Some(counts)
}

#[test]
fn the_real_months_say_what_is_known_of_them() {
    let known = [
        (
            "bank_calls_1999-01.csv.gz",
            [240, 31_359, 1_198, 30_161, 27_060, 3_101],
        ),
        (
            "bank_calls_1999-08.csv.gz",
            [310, 41_768, 3_057, 38_711, 31_402, 7_309],
        ),
    ];
    let kinds = [
        "not a contact",
        "contact.attempted",
        "contact.left_menu",
        "contact.offered",
        "contact.answered",
        "contact.abandoned",
    ];
    for (file, expected) in known {
        if let Some(counts) = count_rules(file) {
            assert_eq!(kinds.map(|kind| counts[kind]), expected, "{file}");
        }
    }
}

#[test]
fn the_banks_lines_are_chosen_by_type() {
    let map = bank();
    let chosen = |kind: &'static str| {
        map.line.as_ref().unwrap().choose(|field| {
            assert_eq!(field, "type");
            Some(kind)
        })
    };
    assert_eq!(chosen("PS"), Some("regular"));
    assert_eq!(chosen("TT"), Some("callback"));
    assert_eq!(chosen("AA"), Some("other"));
    assert_eq!(chosen(""), Some("other"));
}

#[test]
fn the_banks_map_fits_its_centre_and_its_files() {
    let centre = parse_centre(&read("tests/fixtures/bank/centre.toml")).unwrap();
    let map = bank();
    assert_eq!(map.misfits(&centre), Vec::<String>::new());
    let header = "arrival_local,vru_line,call_id,priority,type,vru_s,queue_start_local,\
                  queue_exit_local,wait_s,outcome,service_start_local,service_exit_local,talk_s";
    let columns: Vec<&str> = header.split(',').collect();
    for field in map.fields() {
        assert!(columns.contains(&field), "{field}");
    }
    assert_eq!(map.fields().len(), 9);
}

#[test]
fn a_map_that_does_not_fit_its_centre_says_why() {
    let centre = parse_centre(&read("tests/fixtures/bank/centre.toml")).unwrap();
    let mut map = bank();
    map.line = Some(Word::Fixed("regulr".into()));
    map.events[0].kind = EventKind::CallbackKept;
    assert_eq!(
        map.misfits(&centre),
        vec![
            "line \"regulr\" is not in centre.toml; did you mean \"regular\"?",
            "source \"bank\" may not send callback.kept; add it to `may` in centre.toml",
        ]
    );
    map.source = "banc".into();
    assert_eq!(
        map.misfits(&centre),
        vec!["source \"banc\" is not in centre.toml; did you mean \"bank\"?"]
    );
}

#[test]
fn a_word_that_is_not_listed_is_no_word() {
    let word = |toml: &str| {
        let text = format!("{SMALLEST}line = {toml}\n");
        parse_map(&text).unwrap().events[0].line.clone().unwrap()
    };
    let listed = word("{ column = \"q\", values = { A = \"billing\" } }");
    assert_eq!(listed.choose(|_| Some("A")), Some("billing"));
    assert_eq!(listed.choose(|_| Some("B")), None);
    let verbatim = word("{ column = \"q\" }");
    assert_eq!(verbatim.choose(|_| Some(" billing ")), Some("billing"));
    assert_eq!(verbatim.choose(|_| None), None);
    assert_eq!(word("\"billing\"").choose(|_| None), Some("billing"));
}

const SMALLEST: &str = "source = \"crm\"\nformat = \"ndjson\"\nsubject = \"ticket.id\"\n\
                        [[events]]\ntype = \"contact.attempted\"\ntime = \"created\"\n";

#[test]
fn everything_a_map_can_say_is_read() {
    let map = parse_map(&read("tests/fixtures/map/everything.toml")).unwrap();
    assert_eq!(map.format, Format::Csv { delimiter: b';' });
    assert_eq!(map.zone.as_ref().unwrap().iana_name(), Some("Europe/Paris"));
    assert_eq!(
        map.time_format,
        TimeFormat::Pattern("%d/%m/%Y %H:%M:%S".into())
    );
    assert_eq!(
        map.covers,
        Covers::Days(vec![
            (date(2026, 1, 1), date(2026, 1, 11)),
            (date(2026, 1, 13), date(2026, 1, 14))
        ])
    );
    let moved = &map.events[0];
    assert_eq!(moved.time.plus_seconds, ["a", "b"]);
    assert!(moved.holds(|field| (field != "error").then_some("billing")));
    assert!(!moved.holds(|_| Some("billing")), "error is not empty");
    assert!(!moved.holds(|field| (field != "error").then_some("none")));
    let handle = (vec!["talk".to_owned(), "wrap".to_owned()], Unit::Millis);
    assert_eq!(map.events[1].handle, Some(handle));
    assert_eq!(map.events[4].score, Some(("nps".into(), "stars".into())));
    assert!(map.fields().contains("version"));
    assert_eq!(map.events[6].site.as_ref().unwrap().field(), Some("desk"));
    assert!(map.fields().contains("desk"));
}

/// In a broken file, `#!` is followed by parts of what must be said about its line.
#[test]
fn every_mistake_of_a_broken_map_is_reported_at_once_with_its_line() {
    for path in ["wrong_values", "wrong_volume", "empty_volume"] {
        tells_its_mistakes(&format!("tests/fixtures/map/{path}.toml"));
    }
}

fn tells_its_mistakes(path: &str) {
    let text = read(path);
    let mistakes = parse_map(&text).unwrap_err();
    let mut expected = 0;
    for (index, line) in text.lines().enumerate() {
        for part in line
            .split_once("#! ")
            .map_or("", |(_, parts)| parts)
            .split(" | ")
        {
            let here = |mistake: &&Mistake| mistake.line == index + 1;
            let mut told = mistakes.iter().filter(here).map(ToString::to_string);
            if part.is_empty() {
                assert_eq!(told.next(), None);
            } else {
                assert!(
                    told.any(|told| told.contains(part)),
                    "{part:?} in {mistakes:#?}"
                );
                expected += 1;
            }
        }
    }
    assert_eq!(expected, mistakes.len(), "{mistakes:#?}");
}

#[test]
fn a_map_of_counts_says_so() {
    let map = parse_map(&read("tests/fixtures/bank_volume/map.toml")).unwrap();
    let centre = parse_centre(&read("tests/fixtures/bank_volume/centre.toml")).unwrap();
    assert_eq!(map.misfits(&centre), Vec::<String>::new());
    let fields: Vec<&str> = map.fields().into_iter().collect();
    assert_eq!(fields, ["calls", "start_local"]);
    let rule = map.volume.unwrap();
    assert_eq!((rule.seconds, map.events.len()), (360, 0));
    let of_calls = parse_centre(&read("tests/fixtures/bank/centre.toml")).unwrap();
    let mut elsewhere = parse_map(&read("tests/fixtures/bank_volume/map.toml")).unwrap();
    elsewhere.source = "bank".into();
    assert_eq!(
        elsewhere.misfits(&of_calls),
        vec![
            "line \"calls\" is not in centre.toml; write one of: regular, english, prospects, \
             stocks, web, callback, other",
            "source \"bank\" may not send volume.counted; add it to `may` in centre.toml",
        ]
    );
}

#[test]
fn a_pattern_without_a_whole_instant_is_refused() {
    for pattern in [
        "%d/%m/%Y %H:%M:%S",
        "%Y%m%d %H%M",
        "%m/%d/%y %I:%M %p",
        "%b %d %Y %T",
    ] {
        assert!(is_pattern(pattern), "{pattern}");
    }
    for pattern in ["%d/%m/%Y", "%H:%M", "DD/MM/YYYY", "%q", "%Y-%m-%d %I:%M"] {
        assert!(!is_pattern(pattern), "{pattern}");
    }
}

proptest! {
    #[test]
    fn a_map_cut_anywhere_is_reported_and_not_feared(cut in any::<prop::sample::Index>()) {
        let text = read("tests/fixtures/map/everything.toml");
        if let Err(mistakes) = parse_map(&text[..cut.index(text.len())]) {
            prop_assert!(!mistakes.is_empty());
        }
    }
}
