//! Instants as senders write them: RFC 3339, always with an offset.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::door::{Reason, Refusal};
use crate::domain::event::Millis;

/// Reads an instant; anything finer than a millisecond is cut off.
///
/// # Errors
/// `time_without_offset` for a bare wall-clock time, `invalid_time` for anything else.
pub fn read_instant(field: &str, text: &str) -> Result<Millis, Refusal> {
    // jiff reads more than RFC 3339 (weeks, names of zones, times without minutes). What starts
    // like a date and ends like an offset is left to it, the rest is not.
    if looks_like_rfc3339(text.as_bytes())
        && let Ok(instant) = text.parse::<Timestamp>()
    {
        return Ok(instant.as_millisecond());
    }
    let shown: String = text.chars().take(40).collect();
    let has_zone = text.contains(['Z', 'z', '+', '[']) || text.matches('-').count() > 2;
    if text.len() < 64 && !has_zone && text.parse::<DateTime>().is_ok() {
        return Err(Refusal::new(
            Reason::TimeWithoutOffset,
            format!("{field} {shown:?} has no offset; write Z or +01:00 at its end"),
        ));
    }
    Err(Refusal::new(
        Reason::InvalidTime,
        format!("{field} {shown:?} is not an RFC 3339 time such as 2026-08-07T09:30:00Z"),
    ))
}

fn looks_like_rfc3339(text: &[u8]) -> bool {
    let digits = |range: std::ops::Range<usize>| text[range].iter().all(u8::is_ascii_digit);
    (20..=40).contains(&text.len())
        && digits(0..4)
        && text[4] == b'-'
        && text[7] == b'-'
        && matches!(text[10], b'T' | b't' | b' ')
        && text[13] == b':'
        && text[16] == b':'
        && digits(17..19)
        && (matches!(text.last(), Some(b'Z' | b'z'))
            || (text[text.len() - 3] == b':' && matches!(text[text.len() - 6], b'+' | b'-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_any_offset() {
        for text in [
            "2026-08-07T09:30:00Z",
            "2026-08-07t09:30:00z",
            "2026-08-07T11:30:00+02:00",
            "2026-08-07T05:30:00.000-04:00",
            "2026-08-07T09:30:00.000999999Z",
        ] {
            assert_eq!(read_instant("time", text), Ok(1_786_095_000_000), "{text}");
        }
    }

    #[test]
    fn a_wall_clock_time_is_not_an_instant() {
        for text in ["2026-08-07T09:30:00", "2026-08-07 09:30", "2026-08-07"] {
            let refusal = read_instant("time", text).unwrap_err();
            assert_eq!(refusal.reason, Reason::TimeWithoutOffset, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "yesterday",
            "2026-02-30T09:30:00Z",
            "2026-08-07T25:30:00Z",
            "2026-08-07T09:30:00Z[Europe/Zurich]",
            "20260807T093000Z",
            "-002026-08-07T09:30:00Z",
            "2026-08-07T09:30:00+0200",
            "1786095000",
            "ééééééééééééé",
            "",
        ] {
            let refusal = read_instant("time", text).unwrap_err();
            assert_eq!(refusal.reason, Reason::InvalidTime, "{text}");
        }
    }
}
