//! `/embed/now`: the verdict for a frame on a company's own site. No navigation, no script.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::answer::{self, Number};
use super::cache::{Key, Kind};
use super::error::Error;
use super::limits::Limits;
use super::page::{Page, Visitor, html};
use super::window::next_window;
use super::{Site, headers, home, instant_ms, small};
use crate::domain::event::Millis;
use crate::live::frame::{LineNow, LineState, Now, VerdictCode};

#[derive(Template)]
#[template(path = "embed.html")]
struct Embed {
    page: Page,
    /// Public name of the line; empty where there is none.
    name: String,
    kind: &'static str,
    sentence: String,
    first: Number,
    second: Number,
    /// Address of the full page.
    full: String,
    /// Its instant: RFC 3339 and as the clock shows it.
    updated: Option<(String, String)>,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = answer_with(&site, &visitor, &headers).await;
    headers::framed(result.unwrap_or_else(|error| refuse(&site, &visitor, &error)))
}

async fn answer_with(
    site: &Site,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let now = site.figures().now().ok_or(Error::NotReady)?;
    let asked = visitor.parameter("line");
    let line = asked.map(|id| home::place(site, &now, &id)).transpose()?;
    let index = line
        .or_else(|| home::first_open(&now))
        .ok_or(Error::NotReady)?;
    let at_ms = site.figures().at_ms();
    let key = Key {
        kind: Kind::Embed,
        lang: visitor.lang,
        lang_is_asked: visitor.lang_is_asked,
        line,
        slot_ms: None,
        limits: Limits::NONE,
        purpose: None,
    };
    let render = || async move { home::rendered(&compose(site, visitor, &now, index, at_ms)) };
    site.ticks().answer(key, at_ms, headers, render).await
}

fn compose(site: &Site, visitor: &Visitor, now: &Now, index: usize, at_ms: Millis) -> Embed {
    let page = Page::new(site, visitor, visitor.words().title_now);
    let asking = answer::asking(site, visitor.lang, at_ms);
    let line = answer::believed(now, &now.lines[index], at_ms);
    let (first, second) = numbers(asking, &line);
    let name = site.line_name(&line.id, visitor.lang).unwrap_or(&line.name);
    let as_of_ms = instant_ms(&now.as_of).unwrap_or(at_ms);
    Embed {
        name: name.to_owned(),
        kind: answer::kind(line.verdict.code),
        sentence: small::sentence(site, visitor.lang, &line, at_ms),
        first,
        second,
        full: page.link(&format!("/line/{}", line.id)),
        updated: Some((now.as_of.clone(), asking.clock().time(as_of_ms))),
        page,
    }
}

/// Now, and the window that the sentence names.
fn numbers(asking: answer::Asking<'_>, line: &LineNow) -> (Number, Number) {
    let clock = asking.clock();
    if line.state != LineState::Open || line.verdict.code != VerdictCode::Busy {
        return answer::numbers(line, clock, None, asking.at_ms);
    }
    let (first, _) = answer::numbers(line, clock, None, asking.at_ms);
    let second = next_window(line).map(|window| {
        let from = answer::short_when(clock, window.from_ms, asking.at_ms);
        let label = format!("{from}–{}", clock.time(window.until_ms));
        (label, clock.words.minutes_range(window.wait))
    });
    (first, second)
}

/// An error as small as the frame it stands in.
fn refuse(site: &Site, visitor: &Visitor, error: &Error) -> Response {
    error.log();
    let (title, _) = error.sentences(visitor.words());
    let remedy = error.remedy(visitor.words());
    let page = Page::new(site, visitor, title);
    let embed = Embed {
        name: String::new(),
        kind: "unknown",
        sentence: remedy.map_or(title, |(_, sentence, _)| sentence).to_owned(),
        first: None,
        second: None,
        full: page.link("/"),
        updated: None,
        page,
    };
    let mut response = html(&embed).unwrap_or_else(|_| title.into_response());
    error.mark(&mut response);
    response
}
