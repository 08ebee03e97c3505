//! What a visitor can do about a verdict: call, be reminded, take another way.

use super::answer::{Asking, believed};
use super::instant_ms;
use super::page::{Page, encoded};
use crate::domain::centre::{Alternative, Line};
use crate::domain::event::Millis;
use crate::domain::period;
use crate::live::frame::{LineNow, LineState, Now, VerdictCode};
use crate::words::{Clock, day_and_time};

/// Something to do.
pub struct Button {
    /// Where it leads.
    pub address: String,
    /// What it does.
    pub text: String,
    /// The number that it dials; narrow screens leave it out of the lesser button.
    pub number: Option<String>,
}

/// Another way to get the same thing.
pub struct Way {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Its wait, if it is measured.
    pub wait: Option<String>,
}

/// The one button and the lesser one. Whoever has limits is not sent to the opening: they may not
/// be able to call then.
pub fn buttons(
    line: &LineNow,
    page: &Page,
    better_ms: Option<Millis>,
    has_limits: bool,
    (clock, now_ms): (Clock<'_>, Millis),
) -> (Option<Button>, Option<Button>) {
    let words = clock.words;
    let call = |text: &str| {
        let phone = line.phone.as_deref()?;
        Some(Button {
            address: telephone(phone),
            text: text.to_owned(),
            number: Some(phone.to_owned()),
        })
    };
    let opens_ms = line.opens_at.as_deref().and_then(instant_ms);
    let opens_ms = opens_ms.filter(|_| line.verdict.code == VerdictCode::Closed && !has_limits);
    let remind_ms = better_ms.or(opens_ms);
    let remind = remind_ms.map(|at_ms| {
        let at = encoded(&period::timestamp(at_ms).to_string());
        Button {
            address: page.link(&format!("/remind.ics?line={}&at={at}", line.id)),
            text: format!(
                "{} {}",
                words.remind_me_at,
                day_and_time(clock, at_ms, now_ms)
            ),
            number: None,
        }
    });
    match (line.verdict.code, remind) {
        (VerdictCode::Closed, remind) => (remind, None),
        (VerdictCode::Good, Some(remind)) => (Some(remind), call(words.call)),
        (_, Some(remind)) => (Some(remind), call(words.call_anyway)),
        (_, None) => (call(words.call), None),
    }
}

/// A `tel:` address: digits and a leading plus only.
fn telephone(phone: &str) -> String {
    let digits = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+');
    digits.fold("tel:".to_owned(), |mut address, digit| {
        address.push(digit);
        address
    })
}

/// The description comes from outside: an address that could run a script is not linked.
#[must_use]
pub fn is_safe(link: &str) -> bool {
    let starts = ["https:", "http:", "mailto:", "tel:", "/"];
    starts.iter().any(|start| link.starts_with(start))
}

/// A link of the description; our own pages keep the language that was asked for.
#[must_use]
pub fn address_of(page: &Page, link: &str) -> String {
    if link.starts_with('/') {
        page.link(link)
    } else {
        link.to_owned()
    }
}

/// The other ways of a line: those with a measured wait, and the rest.
pub fn ways(asking: Asking<'_>, page: &Page, now: &Now, line: &Line) -> (Vec<Way>, Vec<Way>) {
    let words = asking.words();
    let way = |alternative: &Alternative| {
        let measured = now
            .lines
            .iter()
            .find(|line| Some(&line.id) == alternative.line.as_ref());
        let measured = measured.map(|line| believed(now, line, asking.at_ms));
        let wait = measured.and_then(|line| match line.state {
            LineState::Closed => Some(words.closed.to_owned()),
            _ => line.wait.map(|range| words.minutes_range(range)),
        });
        Way {
            name: alternative.name.in_language(asking.lang.code()).to_owned(),
            address: address_of(page, &alternative.link),
            wait,
        }
    };
    let safe = line
        .alternatives
        .iter()
        .filter(|alternative| is_safe(&alternative.link));
    safe.map(way).partition(|way| way.wait.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_dialled_without_its_spaces() {
        assert_eq!(telephone("+33 (0)1.99"), "tel:+330199");
    }
}
