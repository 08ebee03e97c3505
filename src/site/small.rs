//! The small answers: plain text, health, assets, and what does not exist.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::answer::{asking, believed};
use super::cache::rest_of_tick;
use super::error::Error;
use super::page::{Visitor, answer};
use super::window::next_window;
use super::{Site, home};
use crate::domain::event::Millis;
use crate::live::frame::{LineNow, VerdictCode};
use crate::words::{Lang, verdict_sentence, window_sentence};

/// `/now.txt`: one sentence a line, which a voice menu or a speaker can read out.
pub async fn now_txt(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = sentences(&site, &visitor);
    match result {
        Ok(text) => {
            let headers = [
                (
                    header::CONTENT_TYPE,
                    header::HeaderValue::from_static("text/plain; charset=utf-8"),
                ),
                (header::CACHE_CONTROL, rest_of_tick(site.figures().at_ms())),
                (
                    header::VARY,
                    header::HeaderValue::from_static("accept-language"),
                ),
            ];
            (headers, text).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn sentences(site: &Site, visitor: &Visitor) -> Result<String, Error> {
    let now = site.figures().now().ok_or(Error::NotReady)?;
    let at_ms = site.figures().at_ms();
    let asked = visitor.parameter("line");
    let only = asked.map(|id| home::place(site, &now, &id)).transpose()?;
    let lines = now.lines.iter().enumerate();
    let lines = lines.filter(|(index, _)| only.is_none_or(|only| only == *index));
    let sentence = |(_, line): (usize, &LineNow)| {
        let name = site
            .line_name(&line.id, visitor.lang)
            .unwrap_or(&line.name)
            .to_owned();
        format!(
            "{name}: {}\n",
            sentence(site, visitor.lang, &believed(&now, line, at_ms), at_ms)
        )
    };
    Ok(lines.map(sentence).collect())
}

/// What is read out may be heard by many, so it names a window, not one moment.
#[must_use]
pub fn sentence(site: &Site, lang: Lang, line: &LineNow, at_ms: Millis) -> String {
    let asking = asking(site, lang, at_ms);
    let window = (line.verdict.code == VerdictCode::Busy)
        .then(|| next_window(line))
        .flatten();
    window.map_or_else(
        || verdict_sentence(lang, line, &asking.centre.zone, at_ms),
        |window| {
            let window = (window.from_ms, window.until_ms);
            window_sentence(site.clock(lang.words()), window, at_ms)
        },
    )
}

/// `/healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `/readyz`: there are figures to show, and the public record is what was signed. What keeps
/// nothing but the press waiting is said, and is no reason to send visitors elsewhere.
pub async fn readyz(State(site): State<Site>) -> Response {
    if let Some(what) = site.figures().broken_record() {
        let text = format!("the public record was altered: {what}\n");
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    if site.figures().now().is_some() {
        let waits = site.figures().unpublished();
        let text = waits.map_or_else(
            || "ready\n".to_owned(),
            |what| format!("ready, but nothing is published: {what}\n"),
        );
        text.into_response()
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "5")],
            "not ready\n",
        )
            .into_response()
    }
}

/// `/robots.txt`: everything may be found; pictures of every view need not be crawled.
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /chart.svg\nDisallow: /chart.png\nDisallow: /fragment/\nDisallow: /embed/\n"
}

/// An embedded file.
pub async fn asset(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let found = site.assets().serve(&visitor.path, &headers);
    found.unwrap_or_else(|| answer(&site, &visitor, Err(Error::NoSuchPage)))
}

/// The answer for every address that does not exist.
pub async fn no_such_page(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response {
    refuse(&site, &uri, &headers, Error::NoSuchPage)
}

/// The answer for a method that an address does not have.
pub async fn method_not_allowed(
    State(site): State<Site>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    refuse(&site, &uri, &headers, Error::MethodNotAllowed)
}

/// Programs get a problem document, people a page.
fn refuse(site: &Site, uri: &Uri, headers: &HeaderMap, error: Error) -> Response {
    if ["/api/", "/ingest/"]
        .iter()
        .any(|start| uri.path().starts_with(start))
    {
        return error.into_response();
    }
    let visitor = Visitor::of(site, uri.path(), uri.query().unwrap_or_default(), headers);
    answer(site, &visitor, Err(error))
}
