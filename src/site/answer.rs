//! The first three seconds: a line's state as the words and shapes of `answer.html`. No markup here.

use super::facts::{facts, today};
use super::figures::Figures;
use super::limits::Limits;
use super::page::Page;
use super::purpose::{self, PurposeView};
use super::strip::{self, Strip};
use super::ways::{Button, Way, buttons, ways};
use super::{Site, forecasts, instant_ms, quiet};
use crate::domain::centre::{Centre, Line};
use crate::domain::event::Millis;
use crate::domain::period;
use crate::live::frame::{LineNow, LineState, Now, VerdictCode, WaitRange};
use crate::words::{Clock, Lang, Words, limits_note, line_note, saving_sentence, verdict_sentence};

/// What `answer.html` shows.
pub struct Answer {
    /// Public name of the line.
    pub name: String,
    /// What the visitor has said it is about.
    pub purpose: Option<PurposeView>,
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

impl Answer {
    /// Address and text of the quicker way, where what it is about has one.
    #[must_use]
    pub fn online(&self) -> Option<&(String, &'static str)> {
        self.purpose.as_ref()?.online.as_ref()
    }
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
    /// What is known.
    pub figures: &'a dyn Figures,
}

/// What a visitor has asked for beside a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// The quiet time that was named before and stays named.
    pub kept_ms: Option<Millis>,
    /// When they can call.
    pub limits: Limits,
    /// The place of what it is about, among the centre's purposes.
    pub purpose: Option<usize>,
}

impl Asking<'_> {
    /// The strings of the language.
    #[must_use]
    pub fn words(&self) -> &'static Words {
        self.lang.words()
    }

    /// Language and zone.
    #[must_use]
    pub fn clock(&self) -> Clock<'_> {
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
    wishes: Wishes,
) -> Answer {
    let words = asking.words();
    let clock = asking.clock();
    let line = believed(now, line, asking.at_ms);
    let limits = wishes.limits;
    let narrowed = limits.narrow(asking, &line);
    let (line, others) = narrowed.as_ref().map_or_else(
        || quiet::named(&line, asking.tick, wishes.kept_ms),
        |narrowed| quiet::named_within(narrowed, asking.tick, wishes.kept_ms),
    );
    let described = asking.centre.line(&line.id);
    let better_ms = line.verdict.better_at.as_deref().and_then(instant_ms);
    let closes = line.closes_at.as_deref().and_then(instant_ms);
    let (first, second) = numbers(&line, clock, better_ms, asking.at_ms);
    let (ways, more_ways) =
        described.map_or_else(Default::default, |line| ways(asking, page, now, line));
    let instant = (clock, asking.at_ms);
    let (button, lesser) = buttons(&line, page, better_ms, limits.are_set(), instant);
    let also: Vec<String> = others
        .iter()
        .filter_map(|slot| instant_ms(&slot.start))
        .map(|at_ms| short_when(clock, at_ms, asking.at_ms))
        .collect();
    let note = narrowed
        .as_ref()
        .and_then(|narrowed| limits_note(clock, &line, narrowed, limits.times(), asking.at_ms));
    let (sentence, rest) = say(asking, &line, note);
    let as_of_ms = instant_ms(&now.as_of).unwrap_or(asking.at_ms);
    Answer {
        name: line_name(described, &line, asking.lang),
        purpose: wishes
            .purpose
            .and_then(|place| purpose::view(asking, page, place)),
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
        figures: site.figures(),
    }
}

/// The public name of a line in a language.
#[must_use]
pub fn line_name(described: Option<&Line>, line: &LineNow, lang: Lang) -> String {
    described.map_or_else(
        || line.name.clone(),
        |line| line.name.in_language(lang.code()).to_owned(),
    )
}

/// What is said loudly, and what follows it: the usual wait where nothing is known of now, and what
/// the visitor's limits leave.
fn say(asking: Asking<'_>, line: &LineNow, note: Option<String>) -> (String, String) {
    let sentence =
        |line: &LineNow| verdict_sentence(asking.lang, line, &asking.centre.zone, asking.at_ms);
    let Some(note) = note else {
        return loud_and_rest(sentence(line), line.verdict.code);
    };
    let mut of_now = line.clone();
    of_now.verdict.better_at = None;
    if of_now.verdict.code == VerdictCode::AsGoodAsItGets {
        of_now.verdict.code = VerdictCode::Busy;
    }
    let (loud, rest) = loud_and_rest(sentence(&of_now), of_now.verdict.code);
    (loud, format!("{rest} {note}").trim().to_owned())
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

/// The class of a verdict: colour and sign.
#[must_use]
pub fn kind(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::Good => "good",
        VerdictCode::Busy => "busy",
        VerdictCode::AsGoodAsItGets => "fair",
        VerdictCode::Closed => "closed",
        VerdictCode::Delayed | VerdictCode::NoData => "unknown",
    }
}

/// Label and range.
pub type Number = Option<(String, String)>;

/// The two numbers: now, and the time that is named.
#[must_use]
pub fn numbers(
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

/// "16:30" today, "Mon 8:00" on other days.
#[must_use]
pub fn short_when(clock: Clock<'_>, at_ms: Millis, now_ms: Millis) -> String {
    let day = period::local_day(at_ms, clock.zone);
    let time = clock.time(at_ms);
    if day == period::local_day(now_ms, clock.zone) {
        time
    } else {
        format!("{} {time}", clock.words.weekday_short(day))
    }
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
}
