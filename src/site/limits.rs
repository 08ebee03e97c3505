//! When a visitor can call: "not before 16:00, not after 19:00", on the centre's clock.

use jiff::civil::Time;

use super::answer::Asking;
use super::error::{Error, Why};
use super::page::{Page, Visitor};
use crate::domain::event::Millis;
use crate::domain::period;
use crate::live::frame::LineNow;
use crate::live::narrow::{Narrowed, narrow};
use crate::words::limits_sentence;

/// Half hours of a day.
const DAY: u8 = 48;

/// The half hours of the day in which a visitor can call: all from the first up to, not including,
/// the last, over midnight if that comes before the first. Rounded inward to half hours, so that
/// there are few different ones to keep pages of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    from_half: u8,
    until_half: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self::NONE
    }
}

impl Limits {
    /// At any time.
    pub const NONE: Self = Self {
        from_half: 0,
        until_half: DAY,
    };

    /// The limits of `?after=16:00&before=19:00`; what is missing or empty does not limit.
    ///
    /// # Errors
    /// Names the parameter that is no time of day, or `after` if they leave no half hour.
    pub fn of(visitor: &Visitor) -> Result<Self, Error> {
        let minutes = |name: &'static str| {
            let Some(text) = visitor.parameter(name) else {
                return Ok(None);
            };
            let read = minutes_of(&text);
            read.map(Some).ok_or_else(|| wrong(name, Why::BadTime))
        };
        let after = minutes("after")?.unwrap_or(0);
        // Not after midnight is the midnight that ends the day.
        let before = minutes("before")?.filter(|mins| *mins > 0);
        let mut limits = Self {
            from_half: u8::try_from(after.div_ceil(30)).unwrap_or(DAY),
            until_half: before.map_or(DAY, |mins| u8::try_from(mins / 30).unwrap_or(DAY)),
        };
        // "After 22:00, before 6:00" is the night; midnight both begins and ends a day.
        let is_night = before.is_some_and(|before| after > before);
        if is_night && limits.from_half == DAY {
            limits.from_half = 0;
        }
        if is_night && limits.until_half == 0 {
            limits.until_half = DAY;
        }
        if limits.from_half >= limits.until_half && !is_night {
            return Err(wrong("after", Why::OrderOfTimes));
        }
        Ok(limits)
    }

    /// Whether there are any.
    #[must_use]
    pub fn are_set(self) -> bool {
        self != Self::default()
    }

    /// Not before, not after.
    #[must_use]
    pub fn times(self) -> (Option<Time>, Option<Time>) {
        let time = |half: u8| {
            let hour = i8::try_from(half / 2).unwrap_or(0);
            Time::constant(hour, if half.is_multiple_of(2) { 0 } else { 30 }, 0, 0)
        };
        let after = (self.from_half > 0).then(|| time(self.from_half));
        let before = (self.until_half < DAY).then(|| time(self.until_half));
        (after, before)
    }

    /// The line for somebody with these limits; none if there are none.
    #[must_use]
    pub fn narrow(self, asking: Asking<'_>, line: &LineNow) -> Option<Narrowed> {
        let described = asking.centre.line(&line.id).filter(|_| self.are_set())?;
        let zone = &asking.centre.zone;
        let within = |at_ms: Millis| self.contains(period::civil(at_ms, zone).time());
        let ahead = asking.figures.ahead(&line.id);
        let now = (asking.at_ms, zone);
        Some(narrow(line, described.good_wait_mins, &ahead, within, now))
    }

    fn contains(self, time: Time) -> bool {
        let half = time.hour() * 2 + time.minute() / 30;
        let Ok(half) = u8::try_from(half) else {
            return false;
        };
        if self.from_half < self.until_half {
            (self.from_half..self.until_half).contains(&half)
        } else {
            half >= self.from_half || half < self.until_half
        }
    }

    /// Its part of an address: "&after=16:00&before=19:00".
    #[must_use]
    pub fn query(self) -> String {
        let (after, before) = self.texts();
        let pair = |name: &str, text: String| {
            if text.is_empty() {
                text
            } else {
                format!("&{name}={text}")
            }
        };
        pair("after", after) + &pair("before", before)
    }

    fn texts(self) -> (String, String) {
        let (after, before) = self.times();
        let text = |time: Option<Time>| {
            time.map_or_else(String::new, |time| {
                format!("{:02}:{:02}", time.hour(), time.minute())
            })
        };
        (text(after), text(before))
    }
}

fn wrong(name: &'static str, why: Why) -> Error {
    Error::BadParameter {
        name,
        why,
        known: Vec::new(),
    }
}

/// Minutes of the day of "16:00", "8:30" or "16:00:00"; 24:00 is its end. Seconds are cut off.
fn minutes_of(text: &str) -> Option<u16> {
    let mut parts = text.split(':');
    let mut number = |most: u16, lengths: std::ops::RangeInclusive<usize>| {
        let part = parts.next()?;
        let is_plain = lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let value: u16 = part.parse().ok().filter(|_| is_plain)?;
        (value <= most).then_some(value)
    };
    let (hour, minute) = (number(24, 1..=2)?, number(59, 2..=2)?);
    let has_seconds = text.matches(':').count() == 2;
    if has_seconds {
        number(59, 2..=2)?;
    }
    let mins = hour * 60 + minute;
    (parts.next().is_none() && mins <= 24 * 60).then_some(mins)
}

/// The form in which a visitor says when they can call.
pub struct LimitsForm {
    /// What it says while it is shut.
    pub summary: String,
    /// What goes with it: name and value.
    pub hidden: Vec<(&'static str, String)>,
    /// Not before, "16:00" or nothing.
    pub after: String,
    /// Not after.
    pub before: String,
    /// The same page without limits, if there are any.
    pub clear: Option<String>,
}

impl LimitsForm {
    /// The form of a page; `hidden` is what its address says besides.
    #[must_use]
    pub fn new(page: &Page, limits: Limits, hidden: Vec<(&'static str, String)>) -> Self {
        let words = page.w;
        let (after, before) = limits.texts();
        let summary = if limits.are_set() {
            limits_sentence(words, limits.times())
        } else {
            words.limits_summary.to_owned()
        };
        let rest: Vec<String> = hidden
            .iter()
            .map(|(name, value)| format!("{name}={}", super::page::encoded(value)))
            .collect();
        let joint = if rest.is_empty() { "" } else { "?" };
        let plain = format!("{}{joint}{}", page.path, rest.join("&"));
        Self {
            summary,
            clear: limits.are_set().then(|| page.link(&plain)),
            hidden: page.language_asked().into_iter().chain(hidden).collect(),
            after,
            before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer;
    use super::super::fixture::{self, site};
    use super::*;
    use crate::words::Lang;
    use axum::http::HeaderMap;
    use proptest::prelude::*;

    fn read(query: &str) -> Result<Limits, Error> {
        Limits::of(&Visitor::of(&site(), "/", query, &HeaderMap::new()))
    }

    #[test]
    fn limits_are_rounded_inward_to_half_hours() {
        let limits = read("after=16:10&before=18:50").expect("limits");
        assert_eq!(limits.query(), "&after=16:30&before=18:30");
        assert_eq!(read("after=&before=").expect("none"), Limits::default());
        assert_eq!(
            read("after=0:00&before=24:00").expect("none"),
            Limits::default()
        );
        assert_eq!(read("before=00:00").expect("none"), Limits::default());
        assert_eq!(
            read("after=8%3A30:00").expect("one").query(),
            "&after=08:30"
        );
    }

    #[test]
    fn the_night_goes_over_midnight() {
        let night = read("after=22:00&before=6:00").expect("a night");
        assert_eq!(night.query(), "&after=22:00&before=06:00");
        let within = |hour| night.contains(Time::constant(hour, 0, 0, 0));
        assert!(within(23) && within(0) && within(5));
        assert!(!within(6) && !within(12) && !within(21));
        let morning = read("after=23:45&before=6:00").expect("from midnight on");
        assert_eq!(morning.query(), "&before=06:00");
        let evening = read("after=22:00&before=0:10").expect("until midnight");
        assert_eq!(evening.query(), "&after=22:00");
    }

    #[test]
    fn what_is_no_time_or_leaves_none_is_refused_by_name() {
        for (query, name) in [
            ("after=late", "after"),
            ("before=25:00", "before"),
            ("before=24:01", "before"),
            ("after=16", "after"),
            ("after=16:0", "after"),
            ("after=%2B4:00", "after"),
            ("after=1:00:00:00", "after"),
            ("after=16:30&before=16:30", "after"),
            ("after=16:10&before=16:40", "after"),
            ("after=23:45", "after"),
        ] {
            match read(query) {
                Err(Error::BadParameter { name: told, .. }) => assert_eq!(told, name, "{query}"),
                other => panic!("{query}: {other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_the_named_time_lies_within(from in 0_u8..48, length in 1_u8..48) {
            let limits = Limits { from_half: from, until_half: (from + length - 1) % DAY + 1 };
            let site = site();
            let asking = answer::asking(&site, Lang::En, fixture::NOW_MS);
            for line in &fixture::now().lines {
                let Some(narrowed) = limits.narrow(asking, line) else { continue };
                let slots = narrowed.line.next_quiet.iter().map(|slot| slot.start.as_str());
                for start in slots.chain(narrowed.line.verdict.better_at.as_deref()) {
                    let at_ms = super::super::instant_ms(start).expect("an instant");
                    let local = period::civil(at_ms, &asking.centre.zone);
                    prop_assert!(limits.contains(local.time()), "{local} {limits:?}");
                    prop_assert!(at_ms > fixture::NOW_MS);
                }
            }
        }
    }
}
