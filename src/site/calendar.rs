//! Calendar files (RFC 5545): events, folded and escaped. Instants are written in UTC, which is right
//! in every zone and needs no table of its clock changes.

use axum::http::{HeaderName, HeaderValue, header};

use crate::domain::event::Millis;
use crate::domain::period;

/// Lines are folded before they are longer than this.
const LINE_OCTETS: usize = 75;

/// What a calendar file is.
pub const KIND: (HeaderName, HeaderValue) = (
    header::CONTENT_TYPE,
    HeaderValue::from_static("text/calendar; charset=utf-8"),
);

/// An event.
pub struct Event {
    /// Names it for ever: a later one with the same replaces it.
    pub uid: String,
    /// Where it begins.
    pub from_ms: Millis,
    /// Where it ends.
    pub until_ms: Millis,
    /// Its title.
    pub summary: String,
    /// What else there is to know.
    pub description: Option<String>,
    /// Whether it rings when it begins.
    pub rings: bool,
}

/// A calendar that programs ask for again and again.
pub struct Feed {
    /// What it is called in a list of calendars.
    pub name: String,
    /// IANA name of the zone in which it is meant.
    pub zone: String,
    /// It changes about so often.
    pub every_hours: u32,
}

/// The text of a calendar; `feed` only if it is to be asked for again. `made_ms` is when what it
/// says was made.
#[must_use]
pub fn write(feed: Option<&Feed>, events: &[Event], made_ms: Millis) -> String {
    let mut lines: Vec<String> = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Quietline//EN"]
        .map(str::to_owned)
        .into();
    if let Some(feed) = feed {
        let (name, hours) = (escaped(&feed.name), feed.every_hours);
        lines.extend([
            "METHOD:PUBLISH".to_owned(),
            format!("NAME:{name}"),
            format!("X-WR-CALNAME:{name}"),
            format!("X-WR-TIMEZONE:{}", escaped(&feed.zone)),
            format!("REFRESH-INTERVAL;VALUE=DURATION:PT{hours}H"),
            format!("X-PUBLISHED-TTL:PT{hours}H"),
        ]);
    }
    for event in events {
        lines.extend(lines_of(event, made_ms));
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

fn lines_of(event: &Event, made_ms: Millis) -> Vec<String> {
    let summary = escaped(&event.summary);
    let mut lines = vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", escaped(&event.uid)),
        format!("DTSTAMP:{}", stamp(made_ms)),
        format!("DTSTART:{}", stamp(event.from_ms)),
        format!("DTEND:{}", stamp(event.until_ms)),
        format!("SUMMARY:{summary}"),
    ];
    let description = event.description.as_deref();
    lines.extend(description.map(|text| format!("DESCRIPTION:{}", escaped(text))));
    // It is a hint, not an appointment: it keeps nobody's time occupied.
    lines.push("TRANSP:TRANSPARENT".to_owned());
    if event.rings {
        lines.extend([
            "BEGIN:VALARM".to_owned(),
            "ACTION:DISPLAY".to_owned(),
            format!("DESCRIPTION:{summary}"),
            "TRIGGER:PT0M".to_owned(),
            "END:VALARM".to_owned(),
        ]);
    }
    lines.push("END:VEVENT".to_owned());
    lines
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
    use proptest::prelude::*;

    fn event(summary: &str) -> Event {
        Event {
            uid: "1@quietline".to_owned(),
            from_ms: 1_795_181_530_000,
            until_ms: 1_795_183_330_000,
            summary: summary.to_owned(),
            description: None,
            rings: true,
        }
    }

    #[test]
    fn a_name_cannot_add_lines_to_the_file() {
        assert_eq!(escaped("a\r\nATTENDEE:x\u{7},b"), "a\\nATTENDEE:x\\,b");
    }

    proptest! {
        #[test]
        fn whatever_a_name_is_the_file_stays_whole(name in any::<String>()) {
            let text = write(None, &[event(&name)], 0);
            prop_assert!(text.ends_with("END:VCALENDAR\r\n"));
            prop_assert!(text.split("\r\n").all(|line| line.len() <= LINE_OCTETS));
            let unfolded = text.replace("\r\n ", "");
            let plain = write(None, &[event("Quiet")], 0);
            prop_assert_eq!(unfolded.lines().count(), plain.lines().count());
            let count = |start: &str| unfolded.split("\r\n").filter(|line| line.starts_with(start)).count();
            prop_assert_eq!((count("BEGIN:"), count("END:")), (3, 3));
        }
    }
}
