//! Small things an operator writes as a text: hours, weekdays, lengths of time, numbers to dial.
//!
//! Pure; an error is what is wrong and what to write, without file or line.

use jiff::civil::{Date, Time, Weekday};

use crate::domain::centre::Period;
use crate::domain::event::Millis;

/// What is wrong with a text, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) remedy: String,
}

impl Wrong {
    fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The short name of a weekday, as it is written.
pub(super) fn weekday_name(weekday: Weekday) -> &'static str {
    WEEKDAYS
        .iter()
        .find(|(_, day)| *day == weekday)
        .map_or("", |(name, _)| name)
}

/// A weekday from its first three letters or its whole English name.
pub(super) fn weekday(word: &str) -> Result<Weekday, Wrong> {
    let lower = word.trim().to_ascii_lowercase();
    WEEKDAYS
        .iter()
        .find(|(name, day)| lower == *name || lower == format!("{day:?}").to_ascii_lowercase())
        .map(|(_, day)| *day)
        .ok_or_else(|| {
            Wrong::new(
                format!("\"{}\" is not a weekday", word.trim()),
                "write mon, tue, wed, thu, fri, sat or sun",
            )
        })
}

/// Weekdays as in "mon-fri", "sat", "mon, wed, fri"; a range may go round the week ("sun-thu").
pub(super) fn weekdays(text: &str) -> Result<Vec<Weekday>, Wrong> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let Some((from, to)) = split_range(part) else {
            days.push(weekday(part)?);
            continue;
        };
        let (from, to) = (weekday(from)?, weekday(to)?);
        days.push(from);
        let mut day = from;
        while day != to {
            day = day.next();
            days.push(day);
        }
    }
    Ok(days)
}

/// Opening periods as in "9:00-12:00, 13:00-17:00"; "closed" is none.
pub(super) fn periods(text: &str) -> Result<Vec<Period>, Wrong> {
    if text.trim().eq_ignore_ascii_case("closed") {
        return Ok(Vec::new());
    }
    let mut periods = Vec::new();
    for part in text.split(',') {
        periods.push(period(part.trim())?);
    }
    periods.sort_unstable();
    for pair in periods.windows(2) {
        if pair[0].to.is_none_or(|to| to > pair[1].from) {
            return Err(Wrong::new(
                format!(
                    "\"{}\" and \"{}\" overlap",
                    tell_period(pair[0]),
                    tell_period(pair[1])
                ),
                "let each period end before the next begins",
            ));
        }
    }
    Ok(periods)
}

fn period(text: &str) -> Result<Period, Wrong> {
    let Some((from, to)) = split_range(text) else {
        return Err(Wrong::new(
            format!("\"{text}\" is not a period"),
            "write \"8:00-18:00\", several with commas between them, or \"closed\"",
        ));
    };
    let from = quarter(from)?
        .ok_or_else(|| Wrong::new("a period begins at 24:00", "let the next day begin at 0:00"))?;
    let to = quarter(to)?;
    if to.is_some_and(|to| to <= from) {
        return Err(Wrong::new(
            format!("\"{text}\" ends before it begins"),
            "write hours over midnight as two periods: until 24:00, and from 0:00 on the next day",
        ));
    }
    Ok(Period { from, to })
}

/// A time of the day on a quarter of an hour; `None` is 24:00.
fn quarter(text: &str) -> Result<Option<Time>, Wrong> {
    let Some(time) = clock(text)? else {
        return Ok(None);
    };
    if time.minute() % 15 != 0 {
        let before = time.minute() / 15 * 15;
        return Err(Wrong::new(
            format!("\"{text}\" is not on a quarter of an hour"),
            format!("write {}:{before:02}, or the quarter after it", time.hour()),
        ));
    }
    Ok(Some(time))
}

/// A time of the day as in "8:00" or "08:00"; `None` is 24:00.
pub(super) fn clock(text: &str) -> Result<Option<Time>, Wrong> {
    let text = text.trim();
    let wrong = || {
        Wrong::new(
            format!("\"{text}\" is not a time of the day"),
            "write hours and minutes, from 0:00 to 24:00",
        )
    };
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let digits = |part: &str, most: usize| {
        let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() <= most;
        plain.then(|| part.parse::<i8>().ok()).flatten()
    };
    let hour = digits(hour, 2).ok_or_else(wrong)?;
    let minute = digits(minute, 2)
        .filter(|_| minute.len() == 2)
        .ok_or_else(wrong)?;
    if (hour, minute) == (24, 0) {
        return Ok(None);
    }
    Time::new(hour, minute, 0, 0).map(Some).map_err(|_| wrong())
}

/// A day as in "2026-12-25", nothing less and nothing more.
pub(super) fn date(text: &str) -> Result<Date, Wrong> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    plain.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        Wrong::new(
            format!("\"{text}\" is not a day"),
            "write year-month-day, such as 2026-12-25",
        )
    })
}

/// The day after a day, unless it is the last of the calendar.
pub(super) fn day_after(day: Date) -> Result<Date, Wrong> {
    day.tomorrow().map_err(|_| {
        Wrong::new(
            format!("after {day} there is no day"),
            "write an earlier day",
        )
    })
}

/// A length of time as in "90m", "4h", "60d", in milliseconds.
pub(super) fn duration_ms(text: &str) -> Result<Millis, Wrong> {
    let wrong = || {
        Wrong::new(
            format!("\"{text}\" is not a length of time"),
            "write a whole number with m, h or d: \"90m\", \"4h\", \"60d\"",
        )
    };
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return Err(wrong()),
    };
    let number = text[..text.len() - 1].trim_end();
    // At most six digits: a thousand years of hours still fit into milliseconds.
    if number.is_empty() || number.len() > 6 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: i64 = number.parse().map_err(|_| wrong())?;
    if number == 0 {
        return Err(wrong());
    }
    Ok(number * minutes * 60_000)
}

/// Whether a text can be dialled: digits with the usual signs between them.
pub(super) fn is_dialable(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plus = text.chars().filter(|c| *c == '+').count();
    (2..=20).contains(&digits)
        && text.len() <= 40
        && (plus == 0 || (plus == 1 && text.starts_with('+')))
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "+ -()./".contains(c))
}

/// Whether a text may stand as a link on a public page. `javascript:` and the like may not.
pub(super) fn is_link(text: &str) -> bool {
    let plain = !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "\"<>\\".contains(c));
    let lower = text.to_ascii_lowercase();
    let leads = ["https://", "mailto:", "tel:"].iter().any(|scheme| {
        lower
            .strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    });
    let path = text.starts_with('/') && !text.starts_with("//");
    plain && text.len() <= 2_000 && (leads || path)
}

/// Whether a text is an id: it stands in addresses, columns and JSON.
pub(super) fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

/// A period as it is written.
pub(super) fn tell_period(period: Period) -> String {
    let clock = |time: Time| format!("{}:{:02}", time.hour(), time.minute());
    let to = period.to.map_or_else(|| "24:00".to_owned(), clock);
    format!("{}-{to}", clock(period.from))
}

/// Both sides of a hyphen or a dash.
fn split_range(text: &str) -> Option<(&str, &str)> {
    let (from, to) = text.split_once(['-', '–'])?;
    Some((from.trim(), to.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match periods(text) {
            Ok(periods) => periods
                .into_iter()
                .map(tell_period)
                .collect::<Vec<_>>()
                .join(" "),
            Err(wrong) => wrong.message,
        }
    }

    #[test]
    fn periods_are_read_in_any_order_and_with_any_dash() {
        assert_eq!(told("13:00–17:00,08:00 - 12:00"), "8:00-12:00 13:00-17:00");
        assert_eq!(told("0:00-24:00"), "0:00-24:00");
        assert_eq!(told("8:00-12:00, 12:00-18:00"), "8:00-12:00 12:00-18:00");
        assert_eq!(periods("Closed"), Ok(vec![]));
    }

    #[test]
    fn impossible_periods_are_refused_with_their_reason() {
        assert_eq!(
            told("8:00-12:00, 11:45-18:00"),
            "\"8:00-12:00\" and \"11:45-18:00\" overlap"
        );
        assert_eq!(
            told("8:00-24:00, 20:00-21:00"),
            "\"8:00-24:00\" and \"20:00-21:00\" overlap"
        );
        assert_eq!(told("18:00-8:00"), "\"18:00-8:00\" ends before it begins");
        assert_eq!(told("8:00-8:00"), "\"8:00-8:00\" ends before it begins");
        assert_eq!(told("8:10-9:00"), "\"8:10\" is not on a quarter of an hour");
        assert_eq!(told("24:00-24:00"), "a period begins at 24:00");
        assert_eq!(told("8-18"), "\"8\" is not a time of the day");
        assert_eq!(told("8:00-25:00"), "\"25:00\" is not a time of the day");
        assert_eq!(told("8:00-24:15"), "\"24:15\" is not a time of the day");
        assert_eq!(told("8:5-9:00"), "\"8:5\" is not a time of the day");
        assert_eq!(told("+8:00-9:00"), "\"+8:00\" is not a time of the day");
        assert_eq!(told("8:00"), "\"8:00\" is not a period");
        assert_eq!(told(""), "\"\" is not a period");
    }

    #[test]
    fn weekdays_may_go_round_the_week() {
        use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
        let working = vec![Sunday, Monday, Tuesday, Wednesday, Thursday];
        assert_eq!(weekdays("sun-thu"), Ok(working));
        assert_eq!(weekdays("Mon, friday"), Ok(vec![Monday, Friday]));
        assert_eq!(weekdays("sat-sun"), Ok(vec![Saturday, Sunday]));
        assert_eq!(weekdays("mon-mon"), Ok(vec![Monday]));
        assert_eq!(
            weekdays("mon-fry").unwrap_err().message,
            "\"fry\" is not a weekday"
        );
    }

    #[test]
    fn lengths_of_time_have_a_unit() {
        assert_eq!(duration_ms("4h"), Ok(4 * 3_600_000));
        assert_eq!(duration_ms("60d"), Ok(60 * 86_400_000));
        assert_eq!(duration_ms(" 90 m"), Ok(90 * 60_000));
        for wrong in [
            "", "4", "h", "0h", "-4h", "4.5h", "4 weeks", "9999999d", "4é",
        ] {
            assert!(duration_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_harmless_links_are_links() {
        for link in [
            "https://a.example/chat?x=1",
            "mailto:a@b.example",
            "tel:+441632",
            "/chat",
        ] {
            assert!(is_link(link), "{link}");
        }
        for link in [
            "javascript:alert(1)",
            "http://a.example",
            "//evil.example",
            "https://",
            "data:text/html,x",
            "chat",
            "https://a.example/\"onclick",
            "https://a b",
        ] {
            assert!(!is_link(link), "{link}");
        }
    }

    #[test]
    fn numbers_to_dial_are_digits_with_signs() {
        for phone in ["+44 1632 960 101", "(0)1-23/45", "101", "3900"] {
            assert!(is_dialable(phone), "{phone}");
        }
        for phone in ["call us", "1", "44+1632", "+", "0900-CALL", "+44\n1632"] {
            assert!(!is_dialable(phone), "{phone}");
        }
    }
}
