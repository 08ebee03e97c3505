//! `/`: should I call now, and if not, when?

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::{self, Answer, LineRow};
use super::cache::{Key, Kind};
use super::error::Error;
use super::limits::{Limits, LimitsForm};
use super::page::{Page, Visitor, encoded};
use super::purpose::{self, PurposeLink};
use super::week::{self, WeekView};
use super::{Site, instant_ms, page};
use crate::domain::event::Millis;
use crate::domain::period;
use crate::live::frame::{LineNow, LineState, Now};
use crate::words::Words;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
    answer: Answer,
    lines: Vec<LineRow>,
    form: Option<LimitsForm>,
    purposes: Vec<PurposeLink>,
    week: Option<WeekView>,
    feed: String,
    /// Address of the part that changes, for the live script.
    fragment: String,
}

#[derive(Template)]
#[template(path = "fragment.html")]
struct Fragment {
    page: Page,
    answer: Answer,
    lines: Vec<LineRow>,
    /// Not a part that changes: somebody may be filling it in.
    form: Option<LimitsForm>,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = answer_with(&site, &visitor, &headers, Kind::Home, None).await;
    page::answer(&site, &visitor, result)
}

/// The part of it that changes with each tick.
pub async fn show_fragment(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Response {
    let kept = visitor.parameter("slot").as_deref().and_then(instant_ms);
    let result = answer_with(&site, &visitor, &headers, Kind::Fragment, kept).await;
    page::answer(&site, &visitor, result)
}

async fn answer_with(
    site: &Site,
    visitor: &Visitor,
    headers: &HeaderMap,
    kind: Kind,
    kept_ms: Option<Millis>,
) -> Result<Response, Error> {
    let now = site.figures().now().ok_or(Error::NotReady)?;
    let limits = Limits::of(visitor)?;
    let purpose = purpose::asked(site.centre(), visitor)?;
    let of_purpose = purpose.and_then(|at| purpose::line_of(site.centre(), at));
    let asked = of_purpose.map(str::to_owned);
    let asked = asked.or_else(|| visitor.parameter("line"));
    let line = asked.map(|id| place(site, &now, &id)).transpose()?;
    let at_ms = site.figures().at_ms();
    let index = line.or_else(|| first_open(&now)).ok_or(Error::NotReady)?;
    let kept = kept_ms.filter(|kept_ms| is_quiet(site, visitor, (&now, index), limits, *kept_ms));
    let key = Key {
        kind,
        lang: visitor.lang,
        lang_is_asked: visitor.lang_is_asked,
        line,
        // Only a slot that exists may become part of the key: strangers must not fill the cache.
        slot_ms: kept,
        limits,
        purpose,
    };
    let render = || async move {
        let text = match kind {
            Kind::Fragment => fragment(site, visitor, &now, index, key, at_ms)?,
            _ => home(site, visitor, &now, index, key, at_ms).await?,
        };
        Ok(text)
    };
    site.ticks().answer(key, at_ms, headers, render).await
}

async fn home(
    site: &Site,
    visitor: &Visitor,
    now: &Arc<Now>,
    index: usize,
    key: Key,
    at_ms: Millis,
) -> Result<String, Error> {
    let line = &now.lines[index];
    let page = Page::new(site, visitor, visitor.words().title_now);
    let asking = answer::asking(site, visitor.lang, at_ms);
    let purpose = key.purpose.map(|at| site.centre().purposes[at].id.clone());
    let asked_line = key.line.filter(|_| purpose.is_none());
    let line_id = asked_line.map(|_| ("line", line.id.clone()));
    let hidden = purpose.clone().map(|id| ("purpose", id)).or(line_id);
    let home = Home {
        answer: answer::compose(asking, &page, now, line, key.wishes()),
        lines: answer::list(asking, &page, now),
        form: Some(LimitsForm::new(
            &page,
            key.limits,
            hidden.into_iter().collect(),
        )),
        purposes: purpose::list(asking, &page, key.purpose, &key.limits.query()),
        week: usual_week(site, line, visitor.words(), at_ms).await,
        feed: feed_address(&page, &line.id),
        fragment: fragment_address(&page, &line.id, key.limits, purpose.as_deref()),
        page,
    };
    rendered(&home)
}

fn fragment(
    site: &Site,
    visitor: &Visitor,
    now: &Now,
    index: usize,
    key: Key,
    at_ms: Millis,
) -> Result<String, Error> {
    let line = &now.lines[index];
    let page = Page::new(site, visitor, visitor.words().title_now);
    let asking = answer::asking(site, visitor.lang, at_ms);
    rendered(&Fragment {
        answer: answer::compose(asking, &page, now, line, key.wishes()),
        lines: answer::list(asking, &page, now),
        form: None,
        page,
    })
}

/// The week's table; a week that cannot be had leaves the rest of the page alone.
pub async fn usual_week(
    site: &Site,
    line: &LineNow,
    words: &'static Words,
    at_ms: Millis,
) -> Option<WeekView> {
    let table = site.figures().week(&line.id).await;
    let table = table
        .inspect_err(|error| tracing::error!(%error, line = %line.id, "no usual week"))
        .ok()?;
    let local = period::civil(at_ms, &site.centre().zone);
    let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
    week::compose(&table, words, (weekday, local.time()))
}

/// Where the live script finds the part that changes.
pub fn fragment_address(page: &Page, line: &str, limits: Limits, purpose: Option<&str>) -> String {
    let limits = limits.query();
    let purpose = purpose.map_or_else(String::new, |id| format!("&purpose={}", encoded(id)));
    page.link(&format!("/fragment/now?line={line}{limits}{purpose}"))
}

/// The calendar of a line's quiet times.
pub fn feed_address(page: &Page, line: &str) -> String {
    page.link(&format!("/quiet.ics?line={line}"))
}

/// The text of a template.
///
/// # Errors
/// When it cannot be rendered, which is our fault.
pub fn rendered(template: &impl Template) -> Result<String, Error> {
    let text = template.render();
    text.map_err(|error| Error::Failed(anyhow::Error::new(error).context("rendering a page")))
}

/// The place of a line in the frame.
///
/// # Errors
/// When there is no such line.
pub fn place(site: &Site, now: &Now, id: &str) -> Result<usize, Error> {
    let line = site.line(id)?;
    let place = now.lines.iter().position(|known| known.id == line.id);
    place.ok_or(Error::NotReady)
}

/// The line shown first: the first one that is open, else the first.
#[must_use]
pub fn first_open(now: &Now) -> Option<usize> {
    let open = now
        .lines
        .iter()
        .position(|line| line.state != LineState::Closed);
    open.or_else(|| (!now.lines.is_empty()).then_some(0))
}

/// Whether an instant is one of the quiet times that the visitor may be told.
fn is_quiet(
    site: &Site,
    visitor: &Visitor,
    (now, index): (&Now, usize),
    limits: Limits,
    at_ms: Millis,
) -> bool {
    let line = &now.lines[index];
    let asking = answer::asking(site, visitor.lang, site.figures().at_ms());
    let narrowed = limits.narrow(asking, line);
    let line = narrowed.as_ref().map_or(line, |narrowed| &narrowed.line);
    line.next_quiet
        .iter()
        .any(|slot| instant_ms(&slot.start) == Some(at_ms))
}
