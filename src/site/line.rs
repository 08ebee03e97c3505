//! `/line/{id}`: the same answer for one line, and what stands behind it: hours, holidays, promise.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::{self, Answer, LineRow};
use super::cache::{Key, Kind};
use super::error::Error;
use super::limits::{Limits, LimitsForm};
use super::page::{Page, Visitor};
use super::week::WeekView;
use super::{Site, home, page};
use crate::domain::centre::{Channel, Line, Period, ServiceLevel};
use crate::domain::event::Millis;
use crate::domain::period;
use crate::live::frame::Now;
use crate::words::{Lang, Words};

/// Holidays further away than this are not announced yet.
const HOLIDAYS_AHEAD_DAYS: i32 = 100;

#[derive(Template)]
#[template(path = "line.html")]
struct LinePage {
    page: Page,
    answer: Answer,
    lines: Vec<LineRow>,
    form: Option<LimitsForm>,
    week: Option<WeekView>,
    feed: String,
    fragment: String,
    /// Weekday and its hours.
    hours: Vec<(&'static str, String)>,
    /// Date, name, hours.
    holidays: Vec<(String, String, String)>,
    promise: String,
    target: String,
    phone: Option<String>,
    channels: String,
}

/// The page.
pub async fn show(
    State(site): State<Site>,
    Path(id): Path<String>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Response {
    let result = answer_with(&site, &visitor, &headers, &id).await;
    page::answer(&site, &visitor, result)
}

async fn answer_with(
    site: &Site,
    visitor: &Visitor,
    headers: &HeaderMap,
    id: &str,
) -> Result<Response, Error> {
    let no_such_line = || Error::NoSuchLine {
        known: site.line_ids(),
    };
    let line = site.centre().line(id).ok_or_else(no_such_line)?;
    let now = site.figures().now().ok_or(Error::NotReady)?;
    let index = home::place(site, &now, id).map_err(|_| no_such_line())?;
    let at_ms = site.figures().at_ms();
    let key = Key {
        kind: Kind::Line,
        lang: visitor.lang,
        lang_is_asked: visitor.lang_is_asked,
        line: Some(index),
        slot_ms: None,
        limits: Limits::of(visitor)?,
        purpose: None,
    };
    let render = || async move { render(site, visitor, (line, index), &now, key, at_ms).await };
    site.ticks().answer(key, at_ms, headers, render).await
}

async fn render(
    site: &Site,
    visitor: &Visitor,
    (line, index): (&Line, usize),
    now: &Now,
    key: Key,
    at_ms: Millis,
) -> Result<String, Error> {
    let words = visitor.words();
    let code = visitor.lang.code();
    let page = Page::new(site, visitor, line.name.in_language(code));
    let asking = answer::asking(site, visitor.lang, at_ms);
    let today = period::local_day(at_ms, &site.centre().zone);
    let channels: Vec<_> = line
        .channels
        .iter()
        .map(|channel| channel_word(*channel, words))
        .collect();
    home::rendered(&LinePage {
        answer: answer::compose(asking, &page, now, &now.lines[index], key.wishes()),
        lines: answer::list(asking, &page, now),
        week: home::usual_week(site, &now.lines[index], words, at_ms).await,
        form: Some(LimitsForm::new(&page, key.limits, Vec::new())),
        feed: home::feed_address(&page, &line.id),
        fragment: home::fragment_address(&page, &line.id, key.limits, None),
        hours: week_hours(line, words),
        holidays: holidays(line, site, words, at_ms),
        promise: promise(line.service_on(today), words),
        target: target(line.service_on(today), words),
        phone: line.phone.clone(),
        channels: channels.join(", "),
        page,
    })
}

/// The public name of a channel.
pub fn channel_word(channel: Channel, words: &Words) -> &'static str {
    match channel {
        Channel::Voice => words.channel_voice,
        Channel::Chat => words.channel_chat,
        Channel::Email => words.channel_email,
        Channel::Message => words.channel_message,
    }
}

fn week_hours(line: &Line, words: &Words) -> Vec<(&'static str, String)> {
    let days = words.weekdays.into_iter().zip(&line.hours.0);
    days.map(|(day, periods)| (day, periods_in_words(periods, words)))
        .collect()
}

fn periods_in_words(periods: &[Period], words: &Words) -> String {
    if periods.is_empty() {
        return words.opening_hours_closed.to_owned();
    }
    let one = |period: &Period| {
        let to = period
            .to
            .map_or_else(|| words.to_midnight.to_owned(), |to| words.time(to));
        format!("{}–{to}", words.time(period.from))
    };
    periods.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn holidays(
    line: &Line,
    site: &Site,
    words: &Words,
    at_ms: Millis,
) -> Vec<(String, String, String)> {
    let today = period::local_day(at_ms, &site.centre().zone);
    let ahead = |date: jiff::civil::Date| {
        let days = today.until(date).map_or(-1, |span| span.get_days());
        (0..=HOLIDAYS_AHEAD_DAYS).contains(&days)
    };
    let mut coming: Vec<_> = line
        .holidays
        .iter()
        .filter(|holiday| ahead(holiday.date))
        .collect();
    coming.sort_by_key(|holiday| holiday.date);
    let row = |holiday: &&crate::domain::centre::Holiday| {
        let name = holiday.name.in_language(words.lang.code()).to_owned();
        (
            words.long_date(holiday.date),
            name,
            periods_in_words(&holiday.hours, words),
        )
    };
    coming.iter().map(row).collect()
}

fn promise(service: &ServiceLevel, words: &Words) -> String {
    let percent = percent(service.promise_percent, words);
    let within = duration(service.promise_secs);
    match words.lang {
        Lang::En => format!("{percent} of you reach a person within {within} of the first ring."),
        Lang::Fr => format!(
            "{percent} d’entre vous parlent à quelqu’un dans les {within} qui suivent la première sonnerie."
        ),
    }
}

fn target(service: &ServiceLevel, words: &Words) -> String {
    let percent = percent(service.target_percent, words);
    let within = duration(service.threshold_secs);
    let short = duration(service.short_abandon_secs);
    match words.lang {
        Lang::En => {
            format!("{percent} answered within {within}; hang-ups within {short} left out.")
        }
        Lang::Fr => format!(
            "{percent} de réponses en {within} ; sans les raccrochages en moins de {short}."
        ),
    }
}

fn percent(value: f64, words: &Words) -> String {
    let decimals = usize::from(value.fract() != 0.0);
    words.with_unit(&words.number(value, decimals), words.unit_percent)
}

/// Seconds, or minutes when they are whole.
fn duration(secs: i64) -> String {
    if secs >= 60 && secs % 60 == 0 {
        format!("{}\u{a0}min", secs / 60)
    } else {
        format!("{secs}\u{a0}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;
    use crate::words::{EN, FR};

    #[test]
    fn hours_are_written_as_the_language_writes_times() {
        let centre = fixture::centre();
        let hours = week_hours(&centre.lines[0], &EN);
        assert_eq!(hours[0], ("Monday", "8:00–12:30, 13:00–18:00".to_owned()));
        assert_eq!(hours[6], ("Sunday", "closed".to_owned()));
        assert_eq!(week_hours(&centre.lines[0], &FR)[5].1, "9\u{a0}h–13\u{a0}h");
    }

    #[test]
    fn promises_name_their_thresholds() {
        let service = &fixture::centre().lines[0].service;
        assert_eq!(
            target(service, &EN),
            "80% answered within 20\u{a0}s; hang-ups within 5\u{a0}s left out."
        );
        assert!(promise(service, &FR).contains("5\u{a0}min"));
    }
}
