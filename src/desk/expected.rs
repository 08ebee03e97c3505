//! What was expected of an occasion's days by a forecast that did not know of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::card::Issued;
use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::occasion::{Expected, Facts};
use crate::domain::period::local_day;
use crate::store::Store;

/// Forecasts reach no further ahead.
const REACH_DAYS: i64 = 14;

/// What the newest forecast said that was issued before anybody knew, and no later than the first
/// day, so that it had not seen what it shall be compared with. None where none reaches the end.
///
/// # Errors
/// If the database fails.
pub async fn expected(
    store: &Store,
    centre: &Centre,
    facts: &Facts,
    known_ms: Millis,
) -> sqlx::Result<Option<Expected>> {
    let days = days_of(centre, facts);
    let from = days.0.saturating_sub(REACH_DAYS.days());
    let mut issued = store
        .forecasts(from, days.0.saturating_add(1.day()))
        .await?;
    issued.retain(|issued| issued.issued_ms < known_ms);
    Ok(newest(&issued, centre, facts, days))
}

/// The first and last local day of an occasion.
fn days_of(centre: &Centre, facts: &Facts) -> (Date, Date) {
    let day = |at_ms| local_day(at_ms, &centre.zone);
    (day(facts.start_ms), day(facts.end_ms - 1))
}

fn newest(
    issued: &[Issued],
    centre: &Centre,
    facts: &Facts,
    (first, last): (Date, Date),
) -> Option<Expected> {
    let concerned = |line: &&str| {
        let lines = &facts.lines;
        lines.is_empty() || lines.iter().any(|own| own == line)
    };
    let lines = centre.lines.iter().map(|line| line.id.as_str());
    let lines: Vec<&str> = lines.filter(concerned).collect();
    let issue_days: BTreeSet<Date> = issued.iter().map(|issued| issued.day).collect();
    let of_day = |issue_day: Date| {
        let of_line = |line: &&str| {
            let mut own = issued.iter();
            let own = own.find(|own| own.day == issue_day && own.line == **line)?;
            Some(((*line).to_owned(), sums(own, centre, (first, last))?))
        };
        let lines: Option<BTreeMap<_, _>> = lines.iter().map(of_line).collect();
        lines.map(|lines| Expected {
            issued: issue_day,
            lines,
        })
    };
    issue_days.into_iter().rev().find_map(of_day)
}

/// Contacts expected on each day; none unless the forecast reaches the last one.
fn sums(
    issued: &Issued,
    centre: &Centre,
    (first, last): (Date, Date),
) -> Option<BTreeMap<Date, f64>> {
    let mut sums: BTreeMap<Date, f64> = BTreeMap::new();
    let mut reaches = first;
    for slot in &issued.slots {
        let day = local_day(slot.start_ms, &centre.zone);
        reaches = reaches.max(day);
        if (first..=last).contains(&day) {
            *sums.entry(day).or_default() += slot.contacts?.expected;
        }
    }
    for sum in sums.values_mut() {
        *sum = (*sum * 10.0).round() / 10.0;
    }
    (reaches >= last && !sums.is_empty()).then_some(sums)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::card::{Foretold, IssuedSlot};
    use crate::domain::occasion::{Kind, Origin, titled};
    use crate::domain::period::day_start_ms;
    use crate::domain::testing;

    /// A forecast of one contact more each day, in one slot at noon, for so many days.
    fn issued(centre: &Centre, line: &str, day: Date, reach: i64) -> Issued {
        let slot = |ahead: i64| {
            let own = day.saturating_add(ahead.days());
            let expected = 10.0 + f64::from(i32::try_from(ahead).expect("small"));
            IssuedSlot {
                start_ms: day_start_ms(own, &centre.zone) + 43_200_000,
                contacts: Some(Foretold::from((expected, 0.0, 99.0))),
                wait_secs: None,
            }
        };
        Issued {
            line: line.to_owned(),
            day,
            issued_ms: 0,
            model: "m".to_owned(),
            weeks: 8,
            is_guess: false,
            is_simpler: false,
            quiet_halves: Vec::new(),
            pace: None,
            carry: crate::domain::card::Carry::default(),
            slots: (0..reach).map(slot).collect(),
        }
    }

    fn facts(centre: &Centre, lines: &[&str], first: Date, days: i64) -> Facts {
        let start_ms = day_start_ms(first, &centre.zone);
        Facts {
            kind: Kind::Campaign,
            origin: Origin::Planned,
            title: titled(&[("en", "Letters")]),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            start_ms,
            end_ms: start_ms + days * 86_400_000,
        }
    }

    #[test]
    fn the_newest_forecast_that_reaches_the_end_for_every_line_is_taken() {
        let centre = testing::centre(&["billing", "moving"]);
        let (monday, tuesday) = (date(2026, 11, 2), date(2026, 11, 3));
        let all = [
            issued(&centre, "billing", monday, 14),
            issued(&centre, "moving", monday, 14),
            issued(&centre, "billing", tuesday, 14),
            issued(&centre, "moving", tuesday, 2),
        ];
        let found = |lines: &[&str]| {
            let own = facts(&centre, lines, date(2026, 11, 4), 2);
            let days = days_of(&centre, &own);
            newest(&all, &centre, &own, days)
        };
        let billing = found(&["billing"]).expect("a forecast");
        assert_eq!(billing.issued, tuesday);
        let days: Vec<f64> = billing.lines["billing"].values().copied().collect();
        assert_eq!(days, [11.0, 12.0]);
        let both = found(&[]).expect("a forecast");
        assert_eq!((both.issued, both.lines.len()), (monday, 2));
    }

    #[test]
    fn what_no_forecast_reaches_is_not_known() {
        let centre = testing::centre(&["billing"]);
        let all = [issued(&centre, "billing", date(2026, 11, 2), 14)];
        let own = facts(&centre, &[], date(2026, 11, 10), 7);
        let days = days_of(&centre, &own);
        assert_eq!(newest(&all, &centre, &own, days), None);
        assert_eq!(newest(&[], &centre, &own, days), None);
    }
}
