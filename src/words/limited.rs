//! What is said to somebody who can call at some times only.

use jiff::civil::Time;

use super::{Clock, Lang, Words, day_and_time};
use crate::domain::event::Millis;
use crate::live::frame::{LineNow, VerdictCode};
use crate::live::narrow::{Found, Narrowed};

/// Not before, not after; at least one is there.
pub type Times = (Option<Time>, Option<Time>);

/// "I can only call between 16:00 and 19:00": what the visitor says.
#[must_use]
pub fn limits_sentence(words: &Words, times: Times) -> String {
    let phrase = limits_phrase(words, times);
    match words.lang {
        Lang::En => format!("I can only call {phrase}"),
        // Every phrase begins with a vowel.
        Lang::Fr => format!("Je ne peux appeler qu’{phrase}"),
    }
}

/// "between 16:00 and 19:00", "after 16:00", "before 19:00".
fn limits_phrase(words: &Words, (after, before): Times) -> String {
    let after = after.map(|time| words.time(time));
    let before = before.map(|time| words.time(time));
    match (words.lang, after, before) {
        (Lang::En, Some(after), Some(before)) => format!("between {after} and {before}"),
        (Lang::En, Some(after), None) => format!("after {after}"),
        (Lang::En, None, Some(before)) => format!("before {before}"),
        (Lang::Fr, Some(after), Some(before)) => format!("entre {after} et {before}"),
        (Lang::Fr, Some(after), None) => format!("après {after}"),
        (Lang::Fr, None, Some(before)) => format!("avant {before}"),
        (Lang::En, None, None) => "at any time".to_owned(),
        (Lang::Fr, None, None) => "à toute heure".to_owned(),
    }
}

/// What the limits leave, said after what is true of now; nothing where the verdict says it all.
/// `line` is the narrowed line with the time that is named.
#[must_use]
pub fn limits_note(
    clock: Clock<'_>,
    line: &LineNow,
    narrowed: &Narrowed,
    times: Times,
    now_ms: Millis,
) -> Option<String> {
    let verdict = &line.verdict;
    let named = verdict.better_at.as_deref();
    let named = named.and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let is_better = verdict.code == VerdictCode::Busy && verdict.saves_mins > Some(0);
    let phrase = limits_phrase(clock.words, times);
    let lang = clock.words.lang;
    let note = match (narrowed.found, named) {
        (Found::Time, Some(_)) if is_better => return None,
        (Found::Time, None) => return None,
        (Found::Time, Some(at)) => {
            let when = day_and_time(clock, at.as_millisecond(), now_ms);
            match lang {
                Lang::En => format!("{phrase}, best {when}."),
                Lang::Fr => format!("{phrase}, le mieux est {when}."),
            }
        }
        (Found::NothingBetter, _) => match lang {
            Lang::En => format!("no better time {phrase}."),
            Lang::Fr => format!("pas de meilleur moment {phrase}."),
        },
        (Found::NotOpen, _) => match lang {
            Lang::En => format!("not open {phrase} in the next two weeks."),
            Lang::Fr => format!("pas ouvert {phrase} dans les deux semaines à venir."),
        },
        (Found::Unknown, _) => match lang {
            Lang::En => format!("open {phrase}, but the usual waits are not known yet."),
            Lang::Fr => format!("ouvert {phrase}, mais l’attente habituelle n’est pas connue."),
        },
    };
    Some(capitalised(&note))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::{EN, FR};
    use super::*;
    use jiff::civil::time;

    #[test]
    fn limits_are_said_as_people_say_them() {
        let (four, seven) = (Some(time(16, 0, 0, 0)), Some(time(19, 30, 0, 0)));
        assert_eq!(limits_phrase(&EN, (four, seven)), "between 16:00 and 19:30");
        assert_eq!(limits_phrase(&EN, (four, None)), "after 16:00");
        assert_eq!(limits_phrase(&FR, (None, seven)), "avant 19\u{a0}h\u{a0}30");
        assert_eq!(
            limits_phrase(&FR, (four, seven)),
            "entre 16\u{a0}h et 19\u{a0}h\u{a0}30"
        );
        assert_eq!(
            limits_sentence(&FR, (four, None)),
            "Je ne peux appeler qu’après 16\u{a0}h"
        );
    }
}
