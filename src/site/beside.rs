//! A change of a threshold, read both ways, for `/history` and the API.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::Site;
use super::analysed::days_of;
use super::columns::point;
use super::error::Error;
use super::figures::SeriesAsk;
use super::history::{Scale, mark_sign, start_words, value_words};
use crate::domain::measures::Measure;
use crate::domain::period::Grain;
use crate::domain::published::{Point, Series};
use crate::domain::series::beside::{Beside, days_beside};
use crate::words::{Clock, Words};

/// No more changes than these are shown at once: the newest.
const MOST_CHANGES: usize = 4;

/// A change and the weeks after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The local day from which it holds.
    pub since: Date,
    /// Its weeks so far, the earliest first.
    pub weeks: Vec<Beside>,
}

/// The changes whose weeks lie in what is asked for, the newest first. `breaks` are the days of
/// all changes that touch it.
///
/// # Errors
/// When the figures cannot be had.
pub async fn changed(site: &Site, ask: &SeriesAsk, breaks: &[Date]) -> Result<Vec<Changed>, Error> {
    let (from, to) = days_of(site, ask);
    let is_near = |since: &&Date| {
        let days = days_beside(**since);
        days.start < to && from < days.end
    };
    let mut found = Vec::new();
    let Some(measure) = Measure::from_id(ask.measure) else {
        return Ok(found);
    };
    for since in breaks.iter().rev().filter(is_near).take(MOST_CHANGES) {
        let weeks = site.figures().beside(&ask.line, measure, *since).await?;
        if !weeks.is_empty() {
            found.push(Changed {
                since: *since,
                weeks,
            });
        }
    }
    Ok(found)
}

/// The same for programs.
#[must_use]
pub fn as_json(changes: &[Changed]) -> Value {
    let changes = changes.iter().map(|change| {
        let weeks = change.weeks.iter();
        let weeks = weeks
            .map(|week| json!({"as_judged": point(&week.now), "as_before": point(&week.before)}));
        json!({"since": change.since.to_string(), "weeks": weeks.collect::<Vec<_>>()})
    });
    Value::Array(changes.collect())
}

/// A change as a table.
pub struct Table {
    /// The day of the change, in words.
    pub since: String,
    /// Week; as it is judged; as before.
    pub rows: Vec<[String; 3]>,
}

/// The same as tables, in the scale of the series it belongs to.
#[must_use]
pub fn tables(changes: &[Changed], series: &Series, clock: Clock<'_>) -> Vec<Table> {
    let words = clock.words;
    let scale = Scale::of(series, false, false, words);
    let tables = changes.iter().map(|change| Table {
        since: words.long_date(change.since),
        rows: change
            .weeks
            .iter()
            .map(|week| {
                [
                    start_words(week.now.start_ms, Grain::Week, clock),
                    value_and_mark(&week.now, &scale, words),
                    value_and_mark(&week.before, &scale, words),
                ]
            })
            .collect(),
    });
    tables.collect()
}

fn value_and_mark(point: &Point, scale: &Scale, words: &Words) -> String {
    let value = value_words(point, scale, words);
    match mark_sign(point.mark) {
        "" => value,
        sign => format!("{value} {sign}"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::site::fixture;
    use crate::words::{EN, FR};

    #[tokio::test]
    async fn a_change_is_shown_with_its_weeks_while_they_are_near() {
        let site = fixture::site();
        let zone = site.centre().zone.clone();
        let start = |day: Date| crate::domain::period::day_start_ms(day, &zone);
        let ask = SeriesAsk {
            line: "billing".to_owned(),
            measure: "service_level",
            cause: None,
            channel: None,
            site: None,
            grain: Grain::Day,
            from_ms: start(date(2026, 11, 2)),
            to_ms: start(date(2026, 11, 9)),
        };
        let breaks = [date(2026, 3, 2), date(2026, 10, 5), date(2026, 12, 7)];
        let found = changed(&site, &ask, &breaks).await.unwrap();
        let days: Vec<Date> = found.iter().map(|change| change.since).collect();
        assert_eq!(days, [date(2026, 10, 5)]);
        let told = as_json(&found);
        assert_eq!(told[0]["since"], "2026-10-05");
        assert_eq!(told[0]["weeks"][0]["as_before"]["value"], 72.5);

        let series = site.figures().series(ask).await.unwrap();
        for words in [&EN, &FR] {
            let tables = tables(&found, &series, site.clock(words));
            assert_eq!(tables[0].since, words.long_date(date(2026, 10, 5)));
            assert_eq!(tables[0].rows.len(), 1);
            assert!(
                tables[0].rows[0][1].starts_with("91"),
                "{:?}",
                tables[0].rows
            );
        }
    }
}
