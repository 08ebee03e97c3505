//! `/remind.ics`: a calendar file for a quiet time. No address is asked for, nothing is kept.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::calendar::Event;
use super::error::{Error, Why};
use super::page::{Visitor, answer};
use super::{Site, cache, calendar, instant_ms};
use crate::domain::centre::Line;
use crate::domain::event::Millis;
use crate::words::{Lang, Words};

/// Reminders reach this far ahead.
const FURTHEST_MS: Millis = 14 * 24 * 3_600_000;
/// A quiet slot lasts half an hour.
const SLOT_MS: Millis = 1_800_000;

/// The file.
pub async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = compose(&site, &visitor);
    answer(&site, &visitor, result)
}

fn compose(site: &Site, visitor: &Visitor) -> Result<Response, Error> {
    let id = visitor.parameter("line").unwrap_or_default();
    let line = site.line(&id)?;
    let now_ms = site.figures().at_ms();
    let at_ms = visitor
        .parameter("at")
        .as_deref()
        .and_then(instant_ms)
        .filter(|at_ms| (now_ms - SLOT_MS..now_ms + FURTHEST_MS).contains(at_ms))
        .ok_or(Error::BadParameter {
            name: "at",
            why: Why::BadReminder,
            known: Vec::new(),
        })?;
    let centre = site.centre().name.in_language(visitor.lang.code());
    let event = reminder(line, centre, visitor.words(), at_ms);
    let text = calendar::write(None, &[event], now_ms);
    let headers = [
        calendar::KIND,
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"reminder.ics\""),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}

fn reminder(line: &Line, centre: &str, words: &Words, at_ms: Millis) -> Event {
    let name = line.name.in_language(words.lang.code());
    let summary = match (words.lang, &line.phone) {
        (Lang::En, Some(phone)) => format!("Call {centre}, {name}: {phone}"),
        (Lang::Fr, Some(phone)) => format!("Appeler {centre}, {name} : {phone}"),
        (Lang::En, None) => format!("Contact {centre}, {name}"),
        (Lang::Fr, None) => format!("Contacter {centre}, {name}"),
    };
    let uid = cache::checksum(format!("{}/{at_ms}", line.id).as_bytes());
    Event {
        uid: format!("{uid:016x}@quietline"),
        from_ms: at_ms,
        until_ms: at_ms + SLOT_MS,
        summary,
        description: None,
        rings: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;
    use crate::words::FR;

    #[test]
    fn a_reminder_is_a_calendar_event_with_an_alarm() {
        let line = &fixture::centre().lines[0];
        let event = reminder(line, "Eaux; du Nord", &FR, fixture::NOW_MS);
        let text = calendar::write(None, &[event], fixture::NOW_MS);
        assert!(text.contains("\r\nDTSTART:20261120T133210Z\r\n"), "{text}");
        assert!(text.contains("Eaux\\; du Nord"));
        assert!(text.contains("\r\nBEGIN:VALARM\r\n"));
    }
}
