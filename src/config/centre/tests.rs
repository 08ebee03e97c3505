//! centre.toml: what is read from sound files, and what is said about broken ones.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::{Weekday, date, time};
use proptest::prelude::*;

use crate::domain::centre::Channel;
use crate::domain::event::EventKind;
use crate::domain::hours;
use crate::domain::tally::Count;

use super::*;

mod formats;

const SMALLEST: &str = "name = \"Water\"\nzone = \"Europe/London\"\nhours = \"8:00-18:00\"\n\
                        [[lines]]\nid = \"billing\"\nname = \"Billing\"\n";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn broken_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/centre");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 4);
    files
}

/// In a broken file, `#!` is followed by parts of what must be said about its line.
#[test]
fn every_mistake_of_a_broken_file_is_reported_at_once_with_its_line_and_no_other() {
    for path in broken_files() {
        let text = fs::read_to_string(&path).unwrap();
        let told: Vec<(usize, String)> = parse_centre(&text)
            .expect_err("the file has mistakes")
            .iter()
            .map(|mistake| (mistake.line, mistake.to_string()))
            .collect();
        let mut expected = 0;
        for (index, line) in text.lines().enumerate() {
            let here = index + 1;
            let Some((_, parts)) = line.split_once("#! ") else {
                continue;
            };
            for part in parts.split(" | ") {
                let said = told
                    .iter()
                    .any(|(line, said)| *line == here && said.contains(part.trim()));
                assert!(
                    said,
                    "{}:{here}: nobody says {part:?} in {told:#?}",
                    path.display()
                );
                expected += 1;
            }
        }
        let lines = |(line, _): &(usize, String)| {
            text.lines()
                .nth(line - 1)
                .is_some_and(|text| text.contains("#! "))
        };
        let surplus: Vec<_> = told.iter().filter(|told| !lines(told)).collect();
        assert!(surplus.is_empty(), "{}: {surplus:#?}", path.display());
        assert!(expected >= told.len(), "{}: {told:#?}", path.display());
    }
}

#[test]
fn a_mistake_names_file_line_value_and_remedy() {
    let text = format!("{SMALLEST}sla.threshold_secs = 25\n");
    let mistakes = parse_centre(&text).unwrap_err();
    assert_eq!(
        mistakes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        vec![
            "centre.toml:7: lines.billing.sla.threshold_secs is 25; it must be one of the \
             histogram bounds: 5 10 15 20 30 45 60 90 120 180 240 300 420 600 900 1200 1800 2700 \
             3600 7200 14400 28800 86400 172800 259200 432000 864000; write 20 or 30"
        ]
    );
}

#[test]
fn a_threshold_below_the_short_abandon_threshold_is_a_mistake_told_once() {
    let told = |text: &str| -> Vec<String> {
        let mistakes = parse_centre(text).err().unwrap_or_default();
        mistakes.iter().map(ToString::to_string).collect()
    };
    let line = |own: &str| format!("{SMALLEST}{own}");
    let remedy = |threshold, short| {
        format!(
            "write threshold_secs = {short} or more, or short_abandon_secs = {threshold} or less"
        )
    };
    assert_eq!(
        told(&line(
            "sla = { threshold_secs = 5, short_abandon_secs = 10 }\n"
        )),
        [format!(
            "centre.toml:7: lines.billing.sla.threshold_secs is 5, shorter than \
             short_abandon_secs, which is 10; {}",
            remedy(5, 10)
        )]
    );
    assert_eq!(
        told(&line("sla = { short_abandon_secs = 30 }\n")),
        [format!(
            "centre.toml:7: lines.billing.sla.short_abandon_secs is 30, longer than \
             threshold_secs, which is 20; {}",
            remedy(20, 30)
        )]
    );
    // At the top it is told there, and not again for each line that inherits it.
    let top = format!("sla = {{ threshold_secs = 5, short_abandon_secs = 60 }}\n{SMALLEST}");
    let all = told(&top);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].starts_with("centre.toml:1: sla.threshold_secs is 5"),
        "{all:?}"
    );
    assert_eq!(told(&line("sla = { threshold_secs = 5 }\n")), [""; 0]);
    // What is no bound at all is one mistake, not two.
    assert_eq!(told(&line("sla = { short_abandon_secs = 61 }\n")).len(), 1);
}

#[test]
fn six_lines_describe_a_centre() {
    let centre = parse_centre(SMALLEST).unwrap();
    assert_eq!(centre.name.in_language("en"), "Water");
    assert_eq!(centre.languages, ["en"]);
    assert_eq!(centre.zone.iana_name(), Some("Europe/London"));
    assert!(!centre.sample_data);
    assert_eq!(centre.retention_days, 30);
    assert_eq!(centre.lost_after_live_ms, 14_400_000);
    assert_eq!(centre.lost_after_written_ms, 5_184_000_000);
    assert_eq!(centre.withhold_below, 5);
    assert_eq!(centre.releases, None);
    let line = &centre.lines[0];
    assert_eq!(line.channels, [Channel::Voice]);
    assert_eq!(line.service.threshold_secs, 20);
    assert_eq!(line.service.short_abandon_secs, 5);
    assert!((line.service.target_percent - 80.0).abs() < 1e-9);
    assert_eq!(line.good_wait_mins, 5);
    assert_eq!(hours::periods_on(line, date(2026, 11, 22)).len(), 1);
}

#[test]
fn the_example_is_sound_and_says_what_it_shows() {
    let centre = parse_centre(&read("examples/centre.toml")).unwrap();
    assert_eq!(centre.lines.len(), 4);
    let billing = centre.line("billing").unwrap();
    assert_eq!(billing.name.in_language("fr"), "Facturation");
    assert_eq!(billing.service.promise_secs, 300);
    assert_eq!(billing.alternatives[0].line.as_deref(), Some("chat"));
    assert_eq!(billing.holidays.len(), 4);
    assert_eq!(hours::periods_on(billing, date(2026, 11, 21)).len(), 2);
    assert!(hours::periods_on(billing, date(2026, 11, 22)).is_empty());
    assert_eq!(
        hours::periods_on(billing, date(2026, 12, 24))[0].to,
        Some(time(13, 0, 0, 0))
    );
    assert!(hours::periods_on(billing, date(2026, 12, 25)).is_empty());
    let leaks = centre.line("leaks").unwrap();
    assert!(leaks.holidays.is_empty());
    assert_eq!(hours::periods_on(leaks, date(2026, 12, 25))[0].to, None);
    assert_eq!(leaks.service.promise_secs, 120);
    assert_eq!(
        leaks.service.threshold_secs, 20,
        "taken over from the centre"
    );
    let letters = centre.line("letters").unwrap();
    assert_eq!(
        letters.service.threshold_secs, 86_400,
        "letters are judged in days"
    );
    assert_eq!(centre.releases.as_ref().unwrap().weekday, Weekday::Thursday);
    let crm = centre.source("crm").unwrap();
    assert_eq!(crm.namespace, "calls");
    assert!(crm.may.contains(&EventKind::ComplaintClosed));
    assert!(
        crm.may.contains(&EventKind::Heartbeat),
        "a sign of life is always allowed"
    );
    assert!(!crm.may.contains(&EventKind::Offered));
    assert!(crm.reports.contains(&Count::PurposeIdea));
    assert!(!crm.reports.contains(&Count::Offered));
    let complaints = [EventKind::ComplaintOpened, EventKind::ComplaintClosed];
    assert_eq!(crm.tells, complaints);
}

#[test]
fn the_bank_opens_on_sunday_morning_and_saturday_night() {
    let centre = parse_centre(&read("tests/fixtures/bank/centre.toml")).unwrap();
    let line = centre.line("regular").unwrap();
    let zone = &centre.zone;
    let intervals = |day| hours::open_intervals(line, day, zone).len();
    assert_eq!(intervals(date(1999, 8, 1)), 17 * 4, "a Sunday");
    assert_eq!(intervals(date(1999, 8, 6)), 7 * 4, "a Friday");
    assert_eq!(intervals(date(1999, 8, 7)), 4 * 4, "a Saturday");
    assert_eq!(centre.lines.len(), 7);
    let bank = centre.source("bank").unwrap();
    assert_eq!(bank.prefix, "bank");
    assert!(!bank.reports.contains(&Count::Refused));
    assert_eq!(bank.tells, [], "it may send surveys, but reports none");
}

#[test]
fn the_first_language_stands_in_for_a_missing_text() {
    let text = SMALLEST.replace("zone", "languages = [\"fr\", \"en\"]\nzone")
        + "alternatives = [{ name = { fr = \"Écrire\" }, link = \"/ecrire\" }]\n";
    let centre = parse_centre(&text).unwrap();
    assert_eq!(
        centre.lines[0].alternatives[0].name.in_language("en"),
        "Écrire"
    );
    assert_eq!(centre.name.in_language("fr"), "Water");
}

#[test]
fn a_line_may_have_its_own_word_for_a_holiday() {
    let text = SMALLEST.replace(
        "[[lines]]",
        "holidays = [{ date = 2026-12-25, name = \"Christmas\" }]\n[[lines]]",
    ) + "holidays = [{ date = 2026-12-25, name = \"Christmas\", hours = \"9:00-10:00\" },\n\
         { date = 2026-12-23, name = \"Stocktaking\" }]\n";
    let line = &parse_centre(&text).unwrap().lines[0];
    assert_eq!(line.holidays.len(), 2);
    assert_eq!(line.holidays[0].date, date(2026, 12, 23));
    assert_eq!(hours::periods_on(line, date(2026, 12, 25)).len(), 1);
}

#[test]
fn a_release_time_may_be_written_with_and_without_marks() {
    for written in ["\"9:30\"", "09:30:00", "\"09:30\""] {
        let text = SMALLEST
            .replace("[[lines]]", "RELEASES\n[[lines]]")
            .replace(
                "RELEASES",
                &format!("releases = {{ weekday = \"thu\", time = {written} }}"),
            );
        let releases = parse_centre(&text).unwrap().releases.unwrap();
        assert_eq!(releases.time, time(9, 30, 0, 0), "{written}");
        assert_eq!(releases.grace_hours, 24);
    }
}

#[test]
fn a_zone_may_be_written_in_any_case_but_must_be_a_place() {
    let with = |zone: &str| parse_centre(&SMALLEST.replace("Europe/London", zone));
    assert_eq!(with("europe/london").unwrap().zone_name, "Europe/London");
    for wrong in [
        "Etc/Unknown",
        "London",
        "+01:00",
        "GMT+1",
        "../../etc/passwd",
    ] {
        assert!(with(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_file_may_come_from_windows() {
    let text = format!("\u{feff}{}", SMALLEST.replace('\n', "\r\n"));
    assert_eq!(parse_centre(&text).unwrap().lines.len(), 1);
    let mistakes = parse_centre(&text.replace("id = ", "ident = ")).unwrap_err();
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
    assert_eq!(
        lines,
        [4, 5],
        "the missing id at its table, the unknown key in its line"
    );
}

#[test]
fn nothing_that_a_source_does_not_send_is_reported_as_zero() {
    let with = |may: &str| {
        let text = format!("{SMALLEST}[[sources]]\nid = \"pbx\"\nmay = {may}\n");
        parse_centre(&text).unwrap().sources[0].reports.clone()
    };
    assert_eq!(with("\"*\""), Count::ALL);
    let offered = [Count::Offered, Count::Answered, Count::Lost, Count::Waiting];
    let mut reports = with("[\"contact.offered\", \"contact.answered\"]");
    reports.retain(|count| *count != Count::WaitAnsweredMsSum);
    assert_eq!(reports, offered);
    assert_eq!(with("[\"capacity.reported\"]"), []);
}

#[test]
fn surveys_and_complaints_are_reported_if_they_stand_among_the_counts_or_nothing_does() {
    let read = |settings: &str| {
        let text = format!("{SMALLEST}[[sources]]\nid = \"crm\"\n{settings}\n");
        parse_centre(&text).map(|centre| centre.sources[0].tells.clone())
    };
    let all = "may = [\"contact.*\", \"complaint.*\"]";
    assert_eq!(read(all).unwrap().len(), 4);
    assert_eq!(
        read(&format!("{all}\nreports = [\"answered\"]")).unwrap(),
        []
    );
    let surveys = read(&format!("{all}\nreports = [\"answered\", \"surveys\"]"));
    assert_eq!(surveys.unwrap(), [EventKind::Surveyed, EventKind::Scored]);
    let told = |settings: &str| read(settings).unwrap_err()[0].to_string();
    let silent = told("may = [\"contact.*\"]\nreports = [\"complaints\"]");
    assert!(
        silent.contains("add \"complaint.opened\" to may"),
        "{silent}"
    );
    let twice = told(&format!("{all}\nreports = [\"surveys\", \"surveys\"]"));
    assert!(twice.contains("is \"surveys\" again"), "{twice}");
}

#[test]
fn counts_and_contacts_do_not_mix_in_one_centre() {
    const COUNTS: &str = "may = [\"volume.counted\"]";
    let with = |sources: &[(&str, &str)]| {
        let entry = |(id, says): &(&str, &str)| format!("[[sources]]\nid = \"{id}\"\n{says}\n");
        let sources: String = sources.iter().map(entry).collect();
        parse_centre(&format!("{SMALLEST}{sources}"))
    };
    let sound = with(&[
        ("a", COUNTS),
        ("b", COUNTS),
        ("crm", "may = \"complaint.*\""),
    ]);
    let sound = sound.unwrap();
    assert_eq!(sound.sources[0].reports, [Count::Attempts]);
    let everything = with(&[("pbx", "may = \"*\"")]).unwrap();
    assert!(!everything.sources[0].may.contains(&EventKind::Volume));

    let told = |sources: &[(&str, &str)]| -> Vec<String> {
        let mistakes = with(sources).unwrap_err();
        mistakes.iter().map(ToString::to_string).collect()
    };
    let mixed = told(&[("pbx", "may = \"contact.*\""), ("a", COUNTS)]);
    assert_eq!(mixed.len(), 1, "{mixed:?}");
    assert!(
        mixed[0].contains("sources.a.may mixes counts and contacts: \"a\" counts")
            && mixed[0].contains("\"pbx\" reports contacts"),
        "{mixed:?}"
    );
    let in_one = told(&[("pbx", "may = [\"contact.offered\", \"volume.counted\"]")]);
    assert!(in_one[0].contains("sources.pbx.may mixes"), "{in_one:?}");
    let reports = told(&[("a", &format!("{COUNTS}\nreports = [\"answered\"]"))]);
    assert!(
        reports[0].contains("\"answered\", which volume.counted does not tell"),
        "{reports:?}"
    );
}

#[test]
fn a_clock_off_the_quarter_is_not_a_zone_for_intervals() {
    let zone = |secs| TimeZone::fixed(jiff::tz::Offset::from_seconds(secs).unwrap());
    assert!(has_quarter_offsets(&zone(5 * 3_600 + 2_700)));
    assert!(!has_quarter_offsets(&zone(5 * 3_600 + 1_200)));
    for name in [
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/Caracas",
        "Africa/Casablanca",
    ] {
        assert!(has_quarter_offsets(&TimeZone::get(name).unwrap()), "{name}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z\\[\\]{}=\"'\n,.0-9 #é-]{0,200}") {
        let _read = parse_centre(&text);
    }

    #[test]
    fn a_file_cut_anywhere_is_reported_and_not_feared(cut in any::<prop::sample::Index>()) {
        let text = read("examples/centre.toml");
        let mut cut = cut.index(text.len());
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        if let Err(mistakes) = parse_centre(&text[..cut]) {
            let last = text[..cut].lines().count() + 1;
            prop_assert!(!mistakes.is_empty());
            prop_assert!(mistakes.iter().all(|mistake| (1..=last).contains(&mistake.line)));
        }
    }
}
