//! Numbers, dates and times as each language writes them. Pure: the zone and the instant come in.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::{Lang, Words};
use crate::domain::event::Millis;
use crate::domain::period;

/// A language and a zone: what is needed to write an instant.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    /// The language.
    pub words: &'static Words,
    /// The centre's zone.
    pub zone: &'a TimeZone,
}

impl Clock<'_> {
    /// The time of day of an instant: "16:30", "16 h 30".
    #[must_use]
    pub fn time(&self, at_ms: Millis) -> String {
        self.words.time(period::civil(at_ms, self.zone).time())
    }

    /// With seconds: "14:32:10" in every language, as clocks show it.
    #[must_use]
    pub fn time_with_seconds(&self, at_ms: Millis) -> String {
        let at = period::civil(at_ms, self.zone);
        format!("{}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }

    /// "Monday 4 August 2025".
    #[must_use]
    pub fn long_date(&self, at_ms: Millis) -> String {
        self.words.long_date(period::local_day(at_ms, self.zone))
    }
}

/// The words for an instant to come, seen from `now_ms`: today only its time ("at 16:30"), then
/// "tomorrow at 8:00", within the week "Monday 8:00", later with its date.
#[must_use]
pub fn day_and_time(clock: Clock<'_>, at_ms: Millis, now_ms: Millis) -> String {
    let at: DateTime = period::civil(at_ms, clock.zone);
    let today = period::local_day(now_ms, clock.zone);
    let days_ahead = today
        .until(at.date())
        .map_or(0, |span| i64::from(span.get_days()));
    let words = clock.words;
    let time = words.time(at.time());
    let weekday = words.weekday(at.date());
    match (days_ahead, words.lang) {
        (0, Lang::En) => format!("at {time}"),
        (0, Lang::Fr) => format!("à {time}"),
        (1, Lang::En) => format!("tomorrow at {time}"),
        (1, Lang::Fr) => format!("demain à {time}"),
        (2..=6, Lang::En) => format!("{weekday} {time}"),
        (2..=6, Lang::Fr) => format!("{weekday} à {time}"),
        (_, Lang::En) => format!("{} at {time}", words.day_month(at.date())),
        (_, Lang::Fr) => format!("le {} à {time}", words.day_month(at.date())),
    }
}

impl Words {
    /// A time of day: "8:00", "8 h", "16 h 30".
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        match (self.lang, time.minute()) {
            (Lang::En, minute) => format!("{}:{minute:02}", time.hour()),
            (Lang::Fr, 0) => format!("{}\u{a0}h", time.hour()),
            (Lang::Fr, minute) => format!("{}\u{a0}h\u{a0}{minute:02}", time.hour()),
        }
    }

    /// A number and its unit, which never part: "12 s", in English "80%", in French "80 %".
    #[must_use]
    pub fn with_unit(&self, number: &str, unit: &str) -> String {
        match (self.lang, unit) {
            (Lang::En, "%") => format!("{number}%"),
            _ => format!("{number}\u{a0}{unit}"),
        }
    }

    /// A time of day for an axis or a table: always "16:30".
    #[must_use]
    pub fn short_time(&self, time: Time) -> String {
        format!("{}:{:02}", time.hour(), time.minute())
    }

    /// The weekday of a day.
    #[must_use]
    pub fn weekday(&self, day: Date) -> &'static str {
        self.weekdays[monday_offset(day)]
    }

    /// The short weekday of a day.
    #[must_use]
    pub fn weekday_short(&self, day: Date) -> &'static str {
        self.weekdays_short[monday_offset(day)]
    }

    fn month(&self, day: Date) -> &'static str {
        self.months[month_offset(day)]
    }

    /// "4 August", "1er août".
    #[must_use]
    pub fn day_month(&self, day: Date) -> String {
        format!("{} {}", self.day_of_month(day), self.month(day))
    }

    /// "4 Aug".
    #[must_use]
    pub fn day_month_short(&self, day: Date) -> String {
        let month = self.months_short[month_offset(day)];
        format!("{} {month}", self.day_of_month(day))
    }

    /// "Aug".
    #[must_use]
    pub fn month_short(&self, day: Date) -> &'static str {
        self.months_short[month_offset(day)]
    }

    /// "August 2025".
    #[must_use]
    pub fn month_year(&self, day: Date) -> String {
        format!("{} {}", self.month(day), day.year())
    }

    /// "Monday 4 August 2025".
    #[must_use]
    pub fn long_date(&self, day: Date) -> String {
        format!(
            "{} {} {}",
            self.weekday(day),
            self.day_month(day),
            day.year()
        )
    }

    fn day_of_month(&self, day: Date) -> String {
        match (self.lang, day.day()) {
            (Lang::Fr, 1) => "1er".to_owned(),
            (_, number) => number.to_string(),
        }
    }

    /// A number with `decimals` digits after the mark and groups of three before it.
    #[must_use]
    pub fn number(&self, value: f64, decimals: usize) -> String {
        let plain = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut text = String::with_capacity(plain.len() + 6);
        // A value that rounds to nought has no sign.
        if value < 0.0 && plain.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
            text.push('−');
        }
        for (index, digit) in whole.chars().enumerate() {
            let left = whole.len() - index;
            if index > 0 && left % 3 == 0 {
                text.push(self.thousands_mark);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(self.decimal_mark);
            text.push_str(fraction);
        }
        text
    }

    /// A whole number.
    #[must_use]
    pub fn count(&self, value: i64) -> String {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of contacts are far below 2^52"
        )]
        self.number(value as f64, 0)
    }
}

fn monday_offset(day: Date) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)
}

fn month_offset(day: Date) -> usize {
    usize::try_from(day.month() - 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::{EN, FR};
    use super::*;
    use jiff::civil::date;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Paris").expect("the zone is known")
    }

    fn at(text: &str) -> Millis {
        text.parse::<jiff::Timestamp>()
            .expect("an instant")
            .as_millisecond()
    }

    #[test]
    fn numbers_are_grouped_and_marked_as_the_language_does() {
        assert_eq!(EN.number(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(FR.number(1_234.5, 1), "1\u{202f}234,5");
        assert_eq!(EN.count(999), "999");
        assert_eq!(EN.number(-0.04, 1), "0.0");
        assert_eq!(EN.number(-1234.0, 0), "−1,234");
    }

    #[test]
    fn the_first_of_a_month_is_an_ordinal_in_french() {
        assert_eq!(FR.long_date(date(2026, 8, 1)), "samedi 1er août 2026");
        assert_eq!(EN.long_date(date(2026, 8, 1)), "Saturday 1 August 2026");
    }

    #[test]
    fn a_coming_instant_is_named_by_how_far_it_is() {
        let zone = zone();
        let now = at("2026-11-20T09:00:00Z");
        let en = Clock {
            words: &EN,
            zone: &zone,
        };
        let fr = Clock {
            words: &FR,
            zone: &zone,
        };
        let say = |clock, text| day_and_time(clock, at(text), now);
        assert_eq!(say(en, "2026-11-20T15:30:00Z"), "at 16:30");
        assert_eq!(say(fr, "2026-11-20T15:30:00Z"), "à 16\u{a0}h\u{a0}30");
        assert_eq!(say(en, "2026-11-21T07:00:00Z"), "tomorrow at 8:00");
        assert_eq!(say(en, "2026-11-23T07:00:00Z"), "Monday 8:00");
        assert_eq!(say(fr, "2026-11-23T07:00:00Z"), "lundi à 8\u{a0}h");
        assert_eq!(say(en, "2026-12-04T07:00:00Z"), "4 December at 8:00");
    }
}
