//! What lines promise and promised, with the days: for `/method` and the API.

use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Site;
use crate::domain::centre::{Centre, ServiceChange, ServiceLevel, Text};
use crate::domain::event::Millis;
use crate::domain::measures::{PAST, Past};
use crate::domain::period;
use crate::words::{Lang, Words};

/// What a line promised for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Id of the line.
    pub line: String,
    /// Its name; its id where the line is no more.
    pub name: String,
    /// The local day from which it held; none from the beginning.
    pub since: Option<Date>,
    /// The local day from which it did not; none while it holds.
    pub until: Option<Date>,
    /// What held.
    pub service: ServiceLevel,
    /// Why it was changed; empty for the first.
    pub reason: String,
}

/// Everything that lines ever promised, line by line, the earliest first.
#[must_use]
pub fn held(site: &Site, lang: Lang) -> Vec<Held> {
    let code = lang.code();
    let centre = site.centre();
    let lines = centre.lines.iter().map(|line| {
        let name = line.name.in_language(code).to_owned();
        of_line((&line.id, name), &line.service, &line.changes, code)
    });
    let former = centre.former_lines.iter();
    let former = former.map(|line| {
        of_line(
            (&line.id, line.id.clone()),
            &line.service,
            &line.changes,
            code,
        )
    });
    lines.chain(former).flatten().collect()
}

fn of_line(
    (id, name): (&str, String),
    first: &ServiceLevel,
    changes: &[ServiceChange],
    code: &str,
) -> Vec<Held> {
    let nothing = Text::default();
    let starts = changes
        .iter()
        .map(|change| (Some(change.valid_from), &change.service, &change.reason));
    let starts: Vec<_> = std::iter::once((None, first, &nothing))
        .chain(starts)
        .collect();
    let held = starts
        .iter()
        .enumerate()
        .map(|(at, (since, service, reason))| Held {
            line: id.to_owned(),
            name: name.clone(),
            since: *since,
            until: starts.get(at + 1).and_then(|(next, ..)| *next),
            service: (*service).clone(),
            reason: reason.in_language(code).to_owned(),
        });
    held.collect()
}

/// The same for programs.
#[must_use]
pub fn as_json(site: &Site, lang: Lang) -> Value {
    let held = held(site, lang).into_iter().map(|held| {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        json!({
            "line": held.line,
            "since": day(held.since),
            "until": day(held.until),
            "target_percent": held.service.target_percent,
            "threshold_secs": held.service.threshold_secs,
            "short_abandon_secs": held.service.short_abandon_secs,
            "promise_percent": held.service.promise_percent,
            "promise_secs": held.service.promise_secs,
            "reason": held.reason,
        })
    });
    Value::Array(held.collect())
}

/// Whether a change of thresholds lies between the start of one time and the end of a later one:
/// then they cannot be compared.
#[must_use]
pub fn is_divided(breaks: &[Date], (then_ms, now_ms): (Millis, Millis), zone: &TimeZone) -> bool {
    let mut starts = breaks.iter().map(|day| period::day_start_ms(*day, zone));
    starts.any(|at_ms| then_ms < at_ms && at_ms < now_ms)
}

/// The target of a measure on some days: of a line the highest that held, so that a target that
/// is lowered in the middle of a week does not judge the week. The whole centre has one if all its
/// lines have the same.
#[must_use]
pub fn target(site: &Site, line: &str, measure: &str, days: &Range<Date>) -> Option<f64> {
    target_of(site.centre(), line, measure, days)
}

/// The same of a centre.
#[must_use]
pub fn target_of(centre: &Centre, line: &str, measure: &str, days: &Range<Date>) -> Option<f64> {
    let of = |service: &ServiceLevel| match measure {
        "service_level" => Some(service.target_percent),
        "service_level_customer" => Some(service.promise_percent),
        _ => None,
    };
    let lines = centre.lines.iter();
    let mut targets = lines
        .filter(|own| line == "*" || own.id == line)
        .map(|own| own.services_in(days).filter_map(of).reduce(f64::max));
    let first = targets.next()??;
    targets
        .all(|other| other.is_some_and(|other| (other - first).abs() < 1e-9))
        .then_some(first)
}

/// A definition that holds no more, as `/method` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastView {
    /// Id of the measure.
    pub id: &'static str,
    /// Its public name.
    pub name: String,
    /// Version of the definition.
    pub version: u32,
    /// The formula.
    pub formula: &'static str,
    /// The days on which it began and ended to hold, in words.
    pub since: String,
    /// The first day on which it did not hold.
    pub until: String,
    /// "withdrawn" or "replaced".
    pub state: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// All definitions that hold no more.
#[must_use]
pub fn past(words: &Words) -> Vec<PastView> {
    past_of(PAST, words)
}

fn past_of(past: &[Past], words: &Words) -> Vec<PastView> {
    let past = past.iter().map(|past| {
        let named = words.measures.of(past.id);
        let d = &words.definition;
        PastView {
            id: past.id,
            name: named.map_or_else(|| past.id.to_owned(), |named| named.name.to_owned()),
            version: past.version,
            formula: past.formula,
            since: words.long_date(past.since),
            until: words.long_date(past.until),
            state: if past.is_withdrawn() {
                d.withdrawn
            } else {
                d.replaced
            },
            reason: reason_of(past.reason, words.lang),
        }
    });
    past.collect()
}

/// The same for programs.
#[must_use]
pub fn past_json(lang: Lang) -> Value {
    let past = PAST.iter().map(|past| {
        json!({
            "id": past.id,
            "version": past.version,
            "formula": past.formula,
            "since": past.since.to_string(),
            "until": past.until.to_string(),
            "withdrawn": past.is_withdrawn(),
            "reason": reason_of(past.reason, lang),
        })
    });
    Value::Array(past.collect())
}

fn reason_of((english, french): (&'static str, &'static str), lang: Lang) -> &'static str {
    match lang {
        Lang::En => english,
        Lang::Fr => french,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::words::{EN, FR};

    #[test]
    fn a_measure_that_was_withdrawn_stays_with_its_days_and_the_reason() {
        let withdrawn = Past {
            id: "answered_by_machine",
            until: date(2027, 3, 1),
            reason: ("Nobody believed it.", "Personne n’y croyait."),
            ..PAST[0]
        };
        for (words, state, reason) in [
            (&EN, EN.definition.withdrawn, "Nobody believed it."),
            (&FR, FR.definition.withdrawn, "Personne n’y croyait."),
        ] {
            let told = past_of(&[withdrawn, PAST[0]], words);
            assert_eq!((told[0].state, told[0].reason), (state, reason));
            assert_eq!(told[0].name, "answered_by_machine");
            assert_eq!(told[0].until, words.long_date(date(2027, 3, 1)));
            assert_eq!(told[1].state, words.definition.replaced);
        }
    }
}
