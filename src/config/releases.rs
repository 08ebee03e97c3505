//! The calendar of editions in centre.toml: `[releases]`, when they appear and who answers for them.

use std::collections::BTreeMap;

use jiff::civil::{Time, Weekday};

use crate::domain::centre::{ReleaseSchedule, Text};
use crate::domain::edition::release::CLOSES_AT;
use crate::domain::staff::is_account_name;

use super::centre::read_text;
use super::hours::read_date;
use super::reader::{Item, Table};
use super::words;

/// An edition that is not signed this long after its release counts as not signed.
const GRACE_HOURS: i64 = 24;

pub(super) fn read_releases(item: &Item, languages: &[String]) -> Option<ReleaseSchedule> {
    let table = item.table("[releases] with weekday and time")?;
    let weekday = table.needed("weekday", "\"thursday\"").and_then(|item| {
        let read = words::weekday(item.word()?);
        read.map_err(|wrong| item.wrong(format_args!("is wrong: {}", wrong.message), wrong.remedy))
            .ok()
    });
    let time = table
        .needed("time", "\"10:00\"")
        .and_then(|item| read_time(&item, weekday));
    let grace_hours = table
        .optional("grace_hours")
        .map_or(Some(GRACE_HOURS), |item| item.integer_in(1..=168));
    let since = table.optional("since").and_then(|item| read_date(&item));
    let from = table.optional("from").and_then(|item| read_date(&item));
    let officers = read_officers(&table, languages);
    table.finish();
    Some(ReleaseSchedule {
        weekday: weekday?,
        time: time?,
        grace_hours: grace_hours?,
        since,
        from,
        officers,
    })
}

fn read_time(item: &Item, weekday: Option<Weekday>) -> Option<Time> {
    let written = item.date_or_time()?;
    // A bare TOML time has seconds ("10:00:00"); a release has none.
    let text = written
        .strip_suffix(":00")
        .filter(|text| text.contains(':'));
    match words::clock(text.unwrap_or(&written)) {
        Ok(Some(time)) if weekday == Some(Weekday::Monday) && time <= CLOSES_AT => {
            item.wrong(
                "is on Monday before the week is closed at 4:00 and its draft is made",
                "write a later time or weekday",
            );
            None
        }
        Ok(Some(time)) => Some(time),
        Ok(None) => {
            item.wrong("is 24:00", "write 0:00 and the next weekday");
            None
        }
        Err(wrong) => {
            item.wrong(format_args!("is wrong: {}", wrong.message), wrong.remedy);
            None
        }
    }
}

/// `officers = { ada = "Ada Lovelace, Director of Customer Service" }`
fn read_officers(table: &Table, languages: &[String]) -> BTreeMap<String, Text> {
    let mut officers = BTreeMap::new();
    let named = table.optional("officers");
    let named = named.and_then(|item| item.table("officers = { ada = \"Ada Lovelace\" }"));
    for (account, item) in named.iter().flat_map(Table::all) {
        if !is_account_name(account) {
            item.wrong(
                "is named after no account",
                "write the name with which the officer signs in: a-z, 0-9, . - _ @",
            );
        } else if let Some(name) = read_text(&item, languages) {
            officers.insert(account.to_owned(), name);
        }
    }
    officers
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::parse_centre;
    use super::*;

    const TOP: &str = "name = \"Water\"\nzone = \"UTC\"\nhours = \"8:00-18:00\"\n\
        languages = [\"en\", \"fr\"]\n[[lines]]\nid = \"billing\"\nname = \"Billing\"\n[releases]\n";

    fn read(text: &str) -> Result<ReleaseSchedule, String> {
        let read = parse_centre(&format!("{TOP}{text}"));
        let read = read.map(|centre| centre.releases.expect("it is set"));
        read.map_err(|mistakes| mistakes[0].to_string())
    }

    #[test]
    fn officers_have_a_public_name_in_every_language() {
        let own = read(
            "weekday = \"thu\"\ntime = \"10:00\"\nsince = 2026-03-02\n\
             officers = { ada = { en = \"Ada, Director\", fr = \"Ada, directrice\" }, bob = \"Bob\" }\n",
        );
        let own = own.expect("sound");
        assert_eq!(own.since, Some(date(2026, 3, 2)));
        assert_eq!(own.officers["ada"].in_language("fr"), "Ada, directrice");
        assert_eq!(own.officers["bob"].in_language("fr"), "Bob");
    }

    #[test]
    fn a_release_before_its_draft_and_an_officer_without_account_are_refused() {
        let early = read("weekday = \"mon\"\ntime = \"4:00\"\n").expect_err("too early");
        assert!(early.contains("before the week is closed"), "{early}");
        assert!(read("weekday = \"mon\"\ntime = \"4:15\"\n").is_ok());
        let named = read("weekday = \"thu\"\ntime = \"10:00\"\nofficers = { \"Ada L\" = \"x\" }\n");
        let named = named.expect_err("no account");
        assert!(named.contains("named after no account"), "{named}");
    }
}
