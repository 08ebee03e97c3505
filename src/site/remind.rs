//! `/remind.ics`: a calendar file for a quiet time. No address is asked for, nothing is kept.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::error::{Error, Why};
use super::page::{Visitor, answer};
use super::{Site, cache, instant_ms};
use crate::domain::centre::Line;
use crate::domain::event::Millis;
use crate::domain::period;
use crate::words::{Lang, Words};

/// Reminders reach this far ahead.
const FURTHEST_MS: Millis = 14 * 24 * 3_600_000;
/// A quiet slot lasts half an hour.
const SLOT_MS: Millis = 1_800_000;
/// RFC 5545: lines are folded before they are longer than this.
const LINE_OCTETS: usize = 75;

/// The file.
pub async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = compose(&site, &visitor);
    answer(&site, &visitor, result)
}

fn compose(site: &Site, visitor: &Visitor) -> Result<Response, Error> {
    let id = visitor.parameter("line").unwrap_or_default();
    let line = site.centre().line(&id).ok_or_else(|| Error::BadParameter {
        name: "line",
        why: Why::UnknownLine,
        known: site.line_ids(),
    })?;
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
    let text = calendar(line, centre, visitor.words(), at_ms, now_ms);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/calendar; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"reminder.ics\""),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}

fn calendar(line: &Line, centre: &str, words: &Words, at_ms: Millis, now_ms: Millis) -> String {
    let name = line.name.in_language(words.lang.code());
    let summary = match (words.lang, &line.phone) {
        (Lang::En, Some(phone)) => format!("Call {centre}, {name}: {phone}"),
        (Lang::Fr, Some(phone)) => format!("Appeler {centre}, {name} : {phone}"),
        (Lang::En, None) => format!("Contact {centre}, {name}"),
        (Lang::Fr, None) => format!("Contacter {centre}, {name}"),
    };
    let uid = cache::checksum(format!("{}/{at_ms}", line.id).as_bytes());
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Quietline//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid:016x}@quietline"),
        format!("DTSTAMP:{}", stamp(now_ms)),
        format!("DTSTART:{}", stamp(at_ms)),
        format!("DTEND:{}", stamp(at_ms + SLOT_MS)),
        format!("SUMMARY:{}", escaped(&summary)),
        "TRANSP:TRANSPARENT".to_owned(),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escaped(&summary)),
        "TRIGGER:PT0M".to_owned(),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

fn stamp(at_ms: Millis) -> String {
    period::timestamp(at_ms)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string()
}

/// Names come from outside: they must not be able to end the line they stand in.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => safe.extend(['\\', letter]),
            '\n' => safe.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

fn folded(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 4);
    let mut octets = 0;
    for letter in line.chars() {
        if octets + letter.len_utf8() > LINE_OCTETS {
            text.push_str("\r\n ");
            octets = 1;
        }
        octets += letter.len_utf8();
        text.push(letter);
    }
    text + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;
    use crate::words::FR;

    #[test]
    fn a_reminder_is_a_calendar_event_with_an_alarm() {
        let centre = fixture::centre();
        let text = calendar(
            &centre.lines[0],
            "Eaux; du Nord",
            &FR,
            fixture::NOW_MS,
            fixture::NOW_MS,
        );
        assert!(text.contains("\r\nDTSTART:20261120T133210Z\r\n"), "{text}");
        assert!(text.contains("Eaux\\; du Nord"));
        let lines_with = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(lines_with("BEGIN:"), lines_with("END:"));
        assert!(text.split("\r\n").all(|line| line.len() <= LINE_OCTETS));
    }

    #[test]
    fn a_name_cannot_add_lines_to_the_file() {
        assert_eq!(escaped("a\r\nATTENDEE:x\u{7},b"), "a\\nATTENDEE:x\\,b");
    }
}
