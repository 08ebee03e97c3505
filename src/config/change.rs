//! The changes of centre.toml: `[[changes]]`, what lines promise from a later day on. What stands
//! at the lines stays as it was: earlier days are judged by it.

use jiff::civil::Date;

use crate::domain::centre::{Line, ServiceChange, Text};

use super::centre::read_text;
use super::hours::read_date;
use super::line::ServiceDefaults;
use super::mistake::suggest;
use super::purpose::line_ids;
use super::reader::{Item, Table};

/// Adds every change to the lines it names.
pub(super) fn read_changes(top: &Table, languages: &[String], lines: &mut [Line]) {
    let Some(item) = top.optional("changes") else {
        return;
    };
    for entry in item.one_or_more() {
        let Some(mut table) = entry.table("[[changes]]") else {
            continue;
        };
        let item = table.needed("valid_from", "2026-03-02");
        let valid_from = item.as_ref().and_then(read_date);
        if let Some(day) = valid_from {
            table.rename(format!("changes.{day}"));
        }
        let reason = table
            .needed("reason", "\"Why, for the public\"")
            .and_then(|item| read_text(&item, languages));
        let sla = table.needed("sla", "{ threshold_secs = 30 }");
        let read = sla.as_ref().map(|item| ServiceDefaults::read_change(item));
        let named = table.needed("lines", "[\"billing\"]");
        let named = named.map(|item| read_lines(&item, lines, &line_ids(top)));
        table.finish();
        let (Some(day), Some(reason), Some(sla), Some(own)) = (valid_from, reason, sla, read)
        else {
            continue;
        };
        let whole = (&sla, own);
        for place in named.unwrap_or_default() {
            if let Some(item) = &item {
                change(&mut lines[place], (item, day), whole, &reason);
            }
        }
    }
}

/// The places of the lines that a change is about. What is wrong with a line itself is told where
/// lines are read.
fn read_lines(item: &Item, lines: &[Line], written: &[&str]) -> Vec<usize> {
    let mut places = Vec::new();
    let words = item.words();
    if item.one_or_more().is_empty() {
        item.wrong("is empty", "write the ids of one or more lines");
    }
    for (entry, word) in words {
        match lines.iter().position(|line| line.id == word) {
            None if !written.contains(&word) => entry.dangling(
                format_args!("is \"{word}\", which is no line of this centre"),
                suggest(word, written),
            ),
            None => {}
            Some(place) if places.contains(&place) => {
                entry.wrong(format_args!("is \"{word}\" again"), "write each line once");
            }
            Some(place) => places.push(place),
        }
    }
    places
}

/// Adds one change to a line: after those it has, and different from what holds.
fn change(
    line: &mut Line,
    (item, valid_from): (&Item, Date),
    (sla, own): (&Item, ServiceDefaults),
    reason: &Text,
) {
    let id = &line.id;
    let last = line.changes.last();
    if let Some(before) = last.filter(|last| last.valid_from >= valid_from) {
        let before = before.valid_from;
        item.wrong(
            format_args!(
                "is not after {before}, from which another change of the line \"{id}\" holds"
            ),
            "write the changes of a line in the order of their days, one for each day",
        );
        return;
    }
    let held = last.map_or(&line.service, |last| &last.service);
    // What could not be read is told by itself.
    if own.is_empty()
        && sla
            .table("sla = { … }")
            .is_none_or(|table| !table.all().is_empty())
    {
        return;
    }
    let service = own.over(held);
    if service == *held {
        sla.wrong(
            format_args!("changes nothing of the line \"{id}\": all of it holds already"),
            "leave the line out, or write what is different from that day on",
        );
        return;
    }
    if service.threshold_secs < service.short_abandon_secs {
        let (threshold, short) = (service.threshold_secs, service.short_abandon_secs);
        sla.wrong(
            format_args!(
                "leaves the line \"{id}\" with threshold_secs = {threshold}, shorter than \
                 short_abandon_secs, which is {short}"
            ),
            "change both, or write a longer threshold_secs",
        );
        return;
    }
    line.changes.push(ServiceChange {
        valid_from,
        service,
        reason: reason.clone(),
    });
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::parse_centre;
    use super::*;

    const TOP: &str = "name = \"Water\"\nzone = \"UTC\"\nhours = \"8:00-18:00\"\n\
        languages = [\"en\", \"fr\"]\n[[lines]]\nid = \"billing\"\nname = \"Billing\"\n\
        [[lines]]\nid = \"letters\"\nname = \"Letters\"\nchannels = \"email\"\n";

    /// A change that begins in line 12 of the file.
    fn with(day: &str, lines: &str, sla: &str) -> String {
        format!(
            "[[changes]]\nvalid_from = {day}\nlines = {lines}\nsla = {sla}\n\
             reason = {{ en = \"Fewer people\", fr = \"Moins de monde\" }}\n"
        )
    }

    fn read(changes: &str) -> Result<Vec<Line>, Vec<String>> {
        let read = parse_centre(&format!("{TOP}{changes}"));
        read.map(|centre| centre.lines)
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    fn mistake(changes: &str) -> String {
        let mistakes = read(changes).expect_err("it is wrong");
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        mistakes.concat()
    }

    #[test]
    fn a_change_holds_from_its_day_on_and_says_only_what_differs() {
        // The 4th of March 2026 is a Wednesday: the week is divided.
        let wednesday = with("2026-03-04", "\"billing\"", "{ threshold_secs = 30 }");
        let later = with(
            "2026-06-01",
            "[\"billing\", \"letters\"]",
            "{ target_percent = 70 }",
        );
        let lines = read(&format!("{wednesday}{later}")).expect("sound");
        let on = |line: usize, day| lines[line].service_on(day);
        assert_eq!(on(0, date(2026, 3, 3)).threshold_secs, 20);
        assert_eq!(on(0, date(2026, 3, 4)).threshold_secs, 30);
        let last = on(0, date(2026, 6, 1));
        assert_eq!(
            (last.threshold_secs, last.target_percent.to_bits()),
            (30, 70_f64.to_bits())
        );
        assert_eq!(on(1, date(2026, 6, 1)).threshold_secs, 86_400);
        let days = date(2026, 3, 2)..date(2026, 3, 9);
        let both: Vec<i64> = lines[0]
            .services_in(&days)
            .map(|held| held.threshold_secs)
            .collect();
        assert_eq!(both, [20, 30]);
        assert_eq!(
            lines[0].changes[0].reason.in_language("fr"),
            "Moins de monde"
        );
    }

    #[test]
    fn a_change_before_the_previous_one_is_told_with_its_line() {
        let first = with("2026-03-04", "\"billing\"", "{ threshold_secs = 30 }");
        let second = with("2026-03-03", "\"billing\"", "{ threshold_secs = 60 }");
        let told = mistake(&format!("{first}{second}"));
        assert!(
            told.contains("centre.toml:18: changes[2].valid_from"),
            "{told}"
        );
        assert!(told.contains("is not after 2026-03-04"), "{told}");
    }

    #[test]
    fn a_change_that_changes_nothing_or_makes_no_sense_is_told() {
        let same = mistake(&with(
            "2026-03-04",
            "\"billing\"",
            "{ threshold_secs = 20 }",
        ));
        assert!(
            same.contains("changes nothing of the line \"billing\""),
            "{same}"
        );
        let short = mistake(&with(
            "2026-03-04",
            "\"billing\"",
            "{ short_abandon_secs = 30 }",
        ));
        assert!(
            short.contains("shorter than short_abandon_secs, which is 30"),
            "{short}"
        );
        let bound = mistake(&with(
            "2026-03-04",
            "\"billing\"",
            "{ threshold_secs = 25 }",
        ));
        assert!(
            bound.contains("centre.toml:15:") && bound.contains("write 20 or 30"),
            "{bound}"
        );
    }

    #[test]
    fn a_change_of_no_line_without_a_day_or_a_reason_is_told() {
        let unknown = mistake(&with("2026-03-04", "\"biling\"", "{ threshold_secs = 30 }"));
        assert!(unknown.contains("did you mean \"billing\"?"), "{unknown}");
        let day = mistake(&with("\"soon\"", "\"billing\"", "{ threshold_secs = 30 }"));
        assert!(day.contains("is \"soon\", which is no day"), "{day}");
        let nothing = read("[[changes]]\n").expect_err("it is wrong");
        assert_eq!(nothing.len(), 4, "{nothing:?}");
    }
}
