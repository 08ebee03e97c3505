//! The first three seconds: a line's state as the words and shapes of `answer.html`. No markup here.

use super::page::{Page, encoded};
use super::strip::{self, Strip};
use super::{Site, forecasts, instant_ms, quiet};
use crate::domain::centre::{Alternative, Centre, Line};
use crate::domain::event::Millis;
use crate::domain::period;
use crate::live::frame::{LineNow, LineState, Now, Today, VerdictCode, WaitRange};
use crate::words::{
    Clock, Lang, Words, day_and_time, line_note, saving_sentence, verdict_sentence,
};

/// What `answer.html` shows.
pub struct Answer {
    /// Public name of the line.
    pub name: String,
    /// `good`, `busy`, `fair`, `closed`, `unknown`: picks colour and sign.
    pub kind: &'static str,
    /// The verdict.
    pub sentence: String,
    /// What follows it, said less loudly: the usual wait, where nothing is known of now.
    pub rest: String,
    /// "Open until 18:00".
    pub hours: Option<String>,
    /// Label and range of the first number.
    pub first: Option<(String, String)>,
    /// Label and range of the second number.
    pub second: Option<(String, String)>,
    /// "saves about 15 min".
    pub saving: Option<String>,
    /// Address and text of the one button.
    pub button: Option<Button>,
    /// Address and text of the lesser button.
    pub lesser: Option<Button>,
    /// Other channels whose wait is known.
    pub ways: Vec<Way>,
    /// Other channels of which no wait is measured.
    pub more_ways: Vec<Way>,
    /// "17:00, 17:30".
    pub also: Option<String>,
    /// The recommended half hour (RFC 3339), kept by an open page.
    pub slot: String,
    /// The instant that the sentence names (RFC 3339): the recommended time or the next opening.
    pub named_at: String,
    /// Today.
    pub strip: Strip,
    /// Label and value of what else is known.
    pub facts: Vec<(&'static str, String)>,
    /// "1,312 tried to reach us …".
    pub today: Option<(String, Vec<(String, &'static str)>)>,
    /// "our ranges were right 8 times out of 10 …".
    pub trust: Option<String>,
    /// Its instant: RFC 3339 and as the clock shows it.
    pub updated: (String, String),
}

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

/// A line on the list.
pub struct LineRow {
    /// Address of its page.
    pub link: String,
    /// Its public name.
    pub name: String,
    /// As in [`Answer`].
    pub kind: &'static str,
    /// Its verdict in short.
    pub note: String,
    /// The wait now, or the usual one.
    pub wait: Option<String>,
}

/// Who asks about when: what every sentence needs.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The centre.
    pub centre: &'a Centre,
    /// The language.
    pub lang: Lang,
    /// The instant.
    pub at_ms: Millis,
    /// The tick of pages, for the draw.
    pub tick: i64,
}

impl Asking<'_> {
    fn words(&self) -> &'static Words {
        self.lang.words()
    }

    fn clock(&self) -> Clock<'_> {
        Clock {
            words: self.words(),
            zone: &self.centre.zone,
        }
    }
}

/// The state that `line` would have if nothing has been heard for too long.
#[must_use]
pub fn believed(now: &Now, line: &LineNow, at_ms: Millis) -> LineNow {
    let mut line = line.clone();
    let stale = instant_ms(&now.stale_after).is_some_and(|stale_ms| at_ms > stale_ms);
    if stale && line.state != LineState::Closed {
        line.state = LineState::NoData;
        line.verdict.code = VerdictCode::NoData;
        line.last_seen_at = Some(now.as_of.clone());
        line.wait = None;
        line.waiting = None;
        line.waiting_below = None;
        line.longest_wait_secs = None;
        line.answered_last_half_hour = None;
    }
    line
}

/// Composes the answer for one line.
#[must_use]
pub fn compose(
    asking: Asking<'_>,
    page: &Page,
    now: &Now,
    line: &LineNow,
    kept: Option<Millis>,
) -> Answer {
    let words = asking.words();
    let clock = asking.clock();
    let (line, others) = quiet::named(&believed(now, line, asking.at_ms), asking.tick, kept);
    let described = asking.centre.line(&line.id);
    let better_ms = line.verdict.better_at.as_deref().and_then(instant_ms);
    let closes = line.closes_at.as_deref().and_then(instant_ms);
    let (first, second) = numbers(&line, clock, better_ms, asking.at_ms);
    let (ways, more_ways) =
        described.map_or_else(Default::default, |line| ways(asking, page, now, line));
    let (button, lesser) = buttons(&line, page, better_ms, clock, asking.at_ms);
    let also: Vec<String> = others
        .iter()
        .filter_map(|slot| instant_ms(&slot.start))
        .map(|at_ms| short_when(clock, at_ms, asking.at_ms))
        .collect();
    let zone = &asking.centre.zone;
    let sentence = verdict_sentence(asking.lang, &line, zone, asking.at_ms);
    let (sentence, rest) = loud_and_rest(sentence, line.verdict.code);
    let as_of_ms = instant_ms(&now.as_of).unwrap_or(asking.at_ms);
    Answer {
        name: line_name(described, &line, asking.lang),
        kind: kind(line.verdict.code),
        sentence,
        rest,
        hours: closes
            .filter(|_| line.state != LineState::Closed)
            .map(|at_ms| format!("{} {}", words.closes_at, closing_time(clock, at_ms))),
        first,
        second,
        saving: line
            .verdict
            .saves_mins
            .filter(|mins| *mins > 0)
            .map(|mins| saving_sentence(words, mins)),
        button,
        lesser,
        ways,
        more_ways,
        also: (!also.is_empty()).then(|| also.join(", ")),
        slot: line.verdict.better_at.clone().unwrap_or_default(),
        named_at: named_at(&line),
        strip: strip::draw(&line.strip, better_ms, clock),
        facts: facts(&line, words),
        today: today(&line.today, clock),
        trust: line
            .ranges_right
            .map(|share| forecasts::trust(asking.lang, share)),
        updated: (now.as_of.clone(), clock.time_with_seconds(as_of_ms)),
    }
}

/// The list of lines with their verdicts.
#[must_use]
pub fn list(asking: Asking<'_>, page: &Page, now: &Now) -> Vec<LineRow> {
    let row = |line: &LineNow| {
        let (line, _) = quiet::named(&believed(now, line, asking.at_ms), asking.tick, None);
        LineRow {
            link: page.link(&format!("/line/{}", line.id)),
            name: line_name(asking.centre.line(&line.id), &line, asking.lang),
            kind: kind(line.verdict.code),
            note: line_note(asking.lang, &line, &asking.centre.zone, asking.at_ms),
            wait: line.wait.map(|range| asking.words().minutes_range(range)),
        }
    };
    now.lines.iter().map(row).collect()
}

/// The instant, centre and language of a page.
#[must_use]
pub fn asking(site: &Site, lang: Lang, at_ms: Millis) -> Asking<'_> {
    Asking {
        centre: site.centre(),
        lang,
        at_ms,
        tick: super::cache::tick_of(at_ms),
    }
}

fn line_name(described: Option<&Line>, line: &LineNow, lang: Lang) -> String {
    described.map_or_else(
        || line.name.clone(),
        |line| line.name.in_language(lang.code()).to_owned(),
    )
}

/// Where nothing is known of now, only that is said loudly; the usual wait follows it.
fn loud_and_rest(sentence: String, code: VerdictCode) -> (String, String) {
    if !matches!(code, VerdictCode::Delayed | VerdictCode::NoData) {
        return (sentence, String::new());
    }
    match sentence.split_once(". ") {
        Some((loud, rest)) => (format!("{loud}."), rest.to_owned()),
        None => (sentence, String::new()),
    }
}

fn kind(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::Good => "good",
        VerdictCode::Busy => "busy",
        VerdictCode::AsGoodAsItGets => "fair",
        VerdictCode::Closed => "closed",
        VerdictCode::Delayed | VerdictCode::NoData => "unknown",
    }
}

type Number = Option<(String, String)>;

fn numbers(
    line: &LineNow,
    clock: Clock<'_>,
    better_ms: Option<Millis>,
    at_ms: Millis,
) -> (Number, Number) {
    let words = clock.words;
    let say = |label: String, range: Option<WaitRange>| {
        range.map(|range| (label, words.minutes_range(range)))
    };
    let then = better_ms.map(|better_ms| short_when(clock, better_ms, at_ms));
    let second = then.and_then(|then| say(then, line.verdict.better_wait));
    match line.state {
        LineState::Open => (say(words.now.to_owned(), line.wait), second),
        LineState::Closed => {
            let opens_ms = line.opens_at.as_deref().and_then(instant_ms);
            let label = opens_ms.map_or_else(
                || words.usually.to_owned(),
                |ms| short_when(clock, ms, at_ms),
            );
            if better_ms == opens_ms {
                (say(label, line.verdict.better_wait.or(line.typical)), None)
            } else {
                (say(label, line.typical), second)
            }
        }
        // The sentence already gives the usual range; a number beside it would look measured.
        LineState::Delayed | LineState::NoData => (None, None),
    }
}

fn named_at(line: &LineNow) -> String {
    let named = match line.verdict.code {
        VerdictCode::Busy => &line.verdict.better_at,
        VerdictCode::Closed => &line.opens_at,
        _ => &None,
    };
    named.clone().unwrap_or_default()
}

/// "18:00", and the end of the day by its name: "until 0:00" reads like the past.
fn closing_time(clock: Clock<'_>, at_ms: Millis) -> String {
    if period::civil(at_ms, clock.zone).time() == jiff::civil::Time::midnight() {
        clock.words.midnight.to_owned()
    } else {
        clock.time(at_ms)
    }
}

/// "16:30" today, "Monday 8:00" on other days.
fn short_when(clock: Clock<'_>, at_ms: Millis, now_ms: Millis) -> String {
    let day = period::local_day(at_ms, clock.zone);
    let time = clock.time(at_ms);
    if day == period::local_day(now_ms, clock.zone) {
        time
    } else {
        format!("{} {time}", clock.words.weekday_short(day))
    }
}

fn buttons(
    line: &LineNow,
    page: &Page,
    better_ms: Option<Millis>,
    clock: Clock<'_>,
    now_ms: Millis,
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
    let remind_ms = match line.verdict.code {
        VerdictCode::Busy => better_ms,
        VerdictCode::Closed => better_ms.or_else(|| line.opens_at.as_deref().and_then(instant_ms)),
        _ => None,
    };
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

/// The other ways of a line: those with a measured wait, and the rest.
fn ways(asking: Asking<'_>, page: &Page, now: &Now, line: &Line) -> (Vec<Way>, Vec<Way>) {
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
        let is_ours = alternative.link.starts_with('/');
        Way {
            name: alternative.name.in_language(asking.lang.code()).to_owned(),
            address: if is_ours {
                page.link(&alternative.link)
            } else {
                alternative.link.clone()
            },
            wait,
        }
    };
    // The description comes from outside: an address that could run a script is not linked.
    let is_safe = |link: &str| {
        let starts = ["https:", "http:", "mailto:", "tel:", "/"];
        starts.iter().any(|start| link.starts_with(start))
    };
    let safe = line
        .alternatives
        .iter()
        .filter(|alternative| is_safe(&alternative.link));
    safe.map(way).partition(|way| way.wait.is_some())
}

fn facts(line: &LineNow, words: &'static Words) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if matches!(line.state, LineState::Closed | LineState::NoData) {
        return facts;
    }
    match (line.waiting, line.waiting_below) {
        (Some(waiting), _) => facts.push((words.waiting_now, words.count(waiting))),
        (None, Some(below)) if line.state == LineState::Open => {
            facts.push((
                words.waiting_now,
                format!("{} {below}", words.waiting_fewer),
            ));
        }
        _ => {}
    }
    if let Some(secs) = line.longest_wait_secs {
        let mins = (secs + 59) / 60;
        facts.push((
            words.longest_wait,
            format!("{mins}\u{a0}{}", words.minutes_short),
        ));
    }
    if let Some(answered) = line.answered_last_half_hour {
        facts.push((words.answered_half_hour, words.count(answered)));
    }
    // "At least 0" says nothing.
    if let Some(staffed) = line.staffed_at_least.filter(|staffed| *staffed > 0) {
        facts.push((words.staffed, words.count(staffed)));
    }
    facts
}

fn today(today: &Today, clock: Clock<'_>) -> Option<(String, Vec<(String, &'static str)>)> {
    let words = clock.words;
    let until_ms = today.until.as_deref().and_then(instant_ms)?;
    let counts: Vec<_> = [
        (today.attempts, words.attempts_word),
        (today.answered, words.answered_word),
        (today.abandoned, words.abandoned_word),
    ]
    .into_iter()
    .filter_map(|(count, word)| Some((words.count(count?), word)))
    .collect();
    let until = format!(
        "{}, {} {}",
        words.today_so_far,
        words.until,
        clock.time(until_ms)
    );
    (!counts.is_empty()).then_some((until, counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;

    #[test]
    fn figures_of_a_stale_frame_are_not_told_as_now() {
        let now = fixture::now();
        let late = fixture::NOW_MS + 31_000;
        let line = believed(&now, &now.lines[0], late);
        assert_eq!(line.verdict.code, VerdictCode::NoData);
        assert_eq!((line.wait, line.waiting), (None, None));
        assert_eq!(believed(&now, &now.lines[0], fixture::NOW_MS), now.lines[0]);
        let closed = believed(&now, &now.lines[1], late);
        assert_eq!(
            closed.verdict.code,
            VerdictCode::Closed,
            "closed stays closed"
        );
    }

    #[test]
    fn a_phone_number_is_dialled_without_its_spaces() {
        assert_eq!(telephone("+33 (0)1.99"), "tel:+330199");
    }
}
