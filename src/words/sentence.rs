//! Sentences made of figures: the verdict, what it saves, what the week is like.

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Clock, Lang, Words, day_and_time};
use crate::domain::event::Millis;
use crate::live::frame::{LineNow, VerdictCode};

/// The verdict as the visitor reads it first. Unreadable or missing instants are left out of it
/// rather than guessed.
#[must_use]
pub fn verdict_sentence(lang: Lang, line: &LineNow, zone: &TimeZone, now_ms: Millis) -> String {
    let words = lang.words();
    let clock = Clock { words, zone };
    let when = |instant: &Option<String>| {
        instant_ms(instant.as_deref()).map(|at_ms| day_and_time(clock, at_ms, now_ms))
    };
    match line.verdict.code {
        VerdictCode::Good => good(words, line.phone.is_some()).to_owned(),
        VerdictCode::Busy => busy(words, when(&line.verdict.better_at)),
        VerdictCode::AsGoodAsItGets => as_good_as_it_gets(words).to_owned(),
        VerdictCode::Closed => closed(words, when(&line.opens_at)),
        VerdictCode::Delayed => {
            let seen = instant_ms(line.last_seen_at.as_deref()).map(|ms| clock.time(ms));
            format!("{}{}", delayed(words, seen), usual(words, line))
        }
        VerdictCode::NoData => {
            let seen = instant_ms(line.last_seen_at.as_deref())
                // A time of day alone would be misread as today's.
                .filter(|seen_ms| now_ms - seen_ms < 12 * 3_600_000)
                .map(|ms| clock.time(ms));
            format!("{}{}", no_data(words, seen), usual(words, line))
        }
    }
}

/// The verdict on a list of lines, where the line's range stands beside it.
#[must_use]
pub fn line_note(lang: Lang, line: &LineNow, zone: &TimeZone, now_ms: Millis) -> String {
    let words = lang.words();
    match line.verdict.code {
        VerdictCode::Good => words.good_now.to_owned(),
        VerdictCode::AsGoodAsItGets => words.busy_now.to_owned(),
        _ => verdict_sentence(lang, line, zone, now_ms),
    }
}

/// "saves about 15 min".
#[must_use]
pub fn saving_sentence(words: &Words, mins: i64) -> String {
    match words.lang {
        Lang::En => format!("saves about {mins}\u{a0}min"),
        Lang::Fr => format!("environ {mins}\u{a0}min gagnées"),
    }
}

/// The busy verdict for many at once: it names a window, so that they do not all come together.
#[must_use]
pub fn window_sentence(clock: Clock<'_>, window: (Millis, Millis), now_ms: Millis) -> String {
    let from = day_and_time(clock, window.0, now_ms);
    let to = clock.time(window.1);
    match clock.words.lang {
        Lang::En => format!("Busy now. Better {from}, until {to}."),
        Lang::Fr => format!("Forte attente. Mieux {from}, jusqu’à {to}."),
    }
}

/// "Mondays are busiest; Thursday after 16:00 is quietest." Weekdays count from Monday, 0–6.
/// Nothing when neither is known.
#[must_use]
pub fn week_sentence(
    words: &Words,
    busiest: &[usize],
    quietest: Option<(usize, Time)>,
) -> Option<String> {
    let busy = name_list(words, busiest).map(|days| match (words.lang, busiest.len()) {
        (Lang::En, _) => format!("{days} are busiest"),
        (Lang::Fr, 1) => format!("Le jour le plus chargé\u{a0}: {days}"),
        (Lang::Fr, _) => format!("Les jours les plus chargés\u{a0}: {days}"),
    });
    let quiet = quietest.and_then(|(weekday, from)| {
        let day = words.weekdays.get(weekday)?;
        let time = words.time(from);
        let is_whole_day = from == Time::midnight();
        Some(match (words.lang, is_whole_day) {
            (Lang::En, true) => format!("{day} is quietest"),
            (Lang::En, false) => format!("{day} after {time} is quietest"),
            (Lang::Fr, true) => format!("le plus calme\u{a0}: le {day}"),
            (Lang::Fr, false) => format!("le plus calme\u{a0}: le {day} après {time}"),
        })
    });
    match (busy, quiet) {
        (Some(busy), Some(quiet)) => Some(format!("{busy}; {quiet}.").replace(
            ';',
            // French sets a space before a semicolon.
            if words.lang == Lang::Fr {
                "\u{202f};"
            } else {
                ";"
            },
        )),
        (Some(one), None) | (None, Some(one)) => Some(format!("{}.", capitalised(&one))),
        (None, None) => None,
    }
}

fn name_list(words: &Words, weekdays: &[usize]) -> Option<String> {
    let names: Vec<&str> = weekdays
        .iter()
        .filter_map(|weekday| words.weekdays_every.get(*weekday).copied())
        .collect();
    let (last, before) = names.split_last()?;
    if before.is_empty() {
        return Some((*last).to_owned());
    }
    let and = match words.lang {
        Lang::En => "and",
        Lang::Fr => "et",
    };
    Some(format!("{} {and} {last}", before.join(", ")))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn good(words: &Words, has_phone: bool) -> &'static str {
    match (words.lang, has_phone) {
        (Lang::En, true) => "Good time to call.",
        (Lang::En, false) => "Good time to get in touch.",
        (Lang::Fr, true) => "C’est le bon moment pour appeler.",
        (Lang::Fr, false) => "C’est le bon moment pour nous contacter.",
    }
}

fn busy(words: &Words, better: Option<String>) -> String {
    match (words.lang, better) {
        (Lang::En, Some(at)) => format!("Busy now. Better {at}."),
        (Lang::En, None) => "Busy now.".to_owned(),
        (Lang::Fr, Some(at)) => format!("Forte attente. Mieux {at}."),
        (Lang::Fr, None) => "Forte attente.".to_owned(),
    }
}

fn as_good_as_it_gets(words: &Words) -> &'static str {
    match words.lang {
        Lang::En => "About as good as it gets today.",
        Lang::Fr => "Pas de meilleur moment aujourd’hui.",
    }
}

fn closed(words: &Words, opens: Option<String>) -> String {
    match (words.lang, opens) {
        (Lang::En, Some(at)) => format!("Closed. Opens {at}."),
        (Lang::En, None) => "Closed.".to_owned(),
        (Lang::Fr, Some(at)) => format!("Fermé. Ouvre {at}."),
        (Lang::Fr, None) => "Fermé.".to_owned(),
    }
}

fn delayed(words: &Words, seen: Option<String>) -> String {
    match (words.lang, seen) {
        (Lang::En, Some(at)) => format!("Live data is late. Last heard at {at}."),
        (Lang::En, None) => "Live data is late.".to_owned(),
        (Lang::Fr, Some(at)) => format!("Données en retard. Dernières reçues à {at}."),
        (Lang::Fr, None) => "Données en retard.".to_owned(),
    }
}

fn no_data(words: &Words, seen: Option<String>) -> String {
    match (words.lang, seen) {
        (Lang::En, Some(at)) => format!("No live data since {at}."),
        (Lang::En, None) => "No live data.".to_owned(),
        (Lang::Fr, Some(at)) => format!("Pas de données depuis {at}."),
        (Lang::Fr, None) => "Pas de données en direct.".to_owned(),
    }
}

fn usual(words: &Words, line: &LineNow) -> String {
    line.typical.map_or_else(String::new, |range| {
        let range = words.minutes_range(range);
        match words.lang {
            Lang::En => format!(" Usually {range} at this hour."),
            Lang::Fr => format!(" D’habitude {range} à cette heure."),
        }
    })
}

fn instant_ms(text: Option<&str>) -> Option<Millis> {
    let instant = text?.parse::<jiff::Timestamp>().ok()?;
    Some(instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::super::{EN, FR};
    use super::*;
    use crate::live::frame::{LineState, Today, Verdict, WaitRange};
    use jiff::civil::time;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").expect("the zone is known")
    }

    fn line(code: VerdictCode) -> LineNow {
        LineNow {
            id: "billing".into(),
            name: "Billing".into(),
            phone: Some("+33 1 00 00 00 00".into()),
            state: LineState::Open,
            opens_at: Some("2026-11-23T07:00:00Z".into()),
            closes_at: None,
            last_seen_at: Some("2026-11-20T13:10:00Z".into()),
            waiting: None,
            waiting_below: Some(5),
            longest_wait_secs: None,
            answered_last_half_hour: None,
            staffed_at_least: None,
            wait: None,
            typical: Some(WaitRange {
                low_mins: 5,
                high_mins: Some(10),
            }),
            verdict: Verdict {
                code,
                better_at: Some("2026-11-20T15:30:00Z".into()),
                better_wait: None,
                saves_mins: Some(15),
                text: String::new(),
            },
            next_quiet: Vec::new(),
            ranges_right: None,
            today: Today::default(),
            strip: Vec::new(),
        }
    }

    fn say(lang: Lang, line: &LineNow) -> String {
        // 14:32 in Paris, a Friday.
        let now = "2026-11-20T13:32:00Z"
            .parse::<jiff::Timestamp>()
            .expect("an instant");
        verdict_sentence(lang, line, &paris(), now.as_millisecond())
    }

    #[test]
    fn each_verdict_is_the_sentence_of_the_plan() {
        let en = |code| say(Lang::En, &line(code));
        assert_eq!(en(VerdictCode::Good), "Good time to call.");
        assert_eq!(en(VerdictCode::Busy), "Busy now. Better at 16:30.");
        assert_eq!(
            en(VerdictCode::AsGoodAsItGets),
            "About as good as it gets today."
        );
        assert_eq!(en(VerdictCode::Closed), "Closed. Opens Monday 8:00.");
        assert_eq!(
            en(VerdictCode::NoData),
            "No live data since 14:10. Usually 5–10\u{a0}min at this hour."
        );
        assert!(en(VerdictCode::Delayed).starts_with("Live data is late. Last heard at 14:10."));
    }

    #[test]
    fn each_verdict_is_said_in_french() {
        let fr = |code| say(Lang::Fr, &line(code));
        assert_eq!(
            fr(VerdictCode::Busy),
            "Forte attente. Mieux à 16\u{a0}h\u{a0}30."
        );
        assert_eq!(fr(VerdictCode::Closed), "Fermé. Ouvre lundi à 8\u{a0}h.");
        assert_eq!(
            fr(VerdictCode::NoData),
            "Pas de données depuis 14\u{a0}h\u{a0}10. D’habitude 5–10\u{a0}min à cette heure."
        );
    }

    #[test]
    fn what_is_unknown_is_left_out_of_the_sentence() {
        let mut unknown = line(VerdictCode::NoData);
        unknown.last_seen_at = Some("not an instant".into());
        unknown.typical = None;
        assert_eq!(say(Lang::En, &unknown), "No live data.");
        let mut long_ago = line(VerdictCode::NoData);
        long_ago.last_seen_at = Some("2026-11-01T13:10:00Z".into());
        assert!(say(Lang::En, &long_ago).starts_with("No live data. Usually"));
    }

    #[test]
    fn a_line_without_a_phone_is_not_called() {
        let mut chat = line(VerdictCode::Good);
        chat.phone = None;
        assert_eq!(say(Lang::En, &chat), "Good time to get in touch.");
    }

    #[test]
    fn the_week_is_said_in_one_sentence() {
        let quiet = Some((3, time(16, 0, 0, 0)));
        assert_eq!(
            week_sentence(&EN, &[0], quiet).as_deref(),
            Some("Mondays are busiest; Thursday after 16:00 is quietest.")
        );
        assert_eq!(
            week_sentence(&FR, &[0, 1], quiet).as_deref(),
            Some(
                "Les jours les plus chargés\u{a0}: lundi et mardi\u{202f}; le plus calme\u{a0}: \
                 le jeudi après 16\u{a0}h."
            )
        );
        assert_eq!(week_sentence(&EN, &[], None), None);
        let all_day = Some((6, Time::midnight()));
        assert_eq!(
            week_sentence(&EN, &[], all_day).as_deref(),
            Some("Sunday is quietest.")
        );
    }
}
