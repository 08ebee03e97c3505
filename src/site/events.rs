//! `/events`, `/api/v1/events` and `/events.ics`: what explains demand, and what it did.

mod api;
mod busy;
mod compare;
mod feed;

pub use api::show as api;
pub use compare::Memo;
pub use feed::show as feed;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::Date;

use super::Site;
use super::api::{A_TICK, tagged};
use super::error::Error;
use super::page::{Page, Visitor, answer};
use crate::domain::occasion::{Occasion, State as Stands};
use crate::words::{Clock, Words, span_words};
use compare::{Basis, Compared, compare};

/// The newest past events that a page lists; programs get all of them.
const PAST_ON_A_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "events.html")]
struct Events {
    page: Page,
    /// Title of the group, its rows.
    groups: Vec<(&'static str, Vec<Row>)>,
    has_comparison: bool,
}

struct Row {
    id: String,
    title: String,
    kind: &'static str,
    when: String,
    lines: String,
    notes: String,
    compared: Vec<ComparedRow>,
}

struct ComparedRow {
    line: String,
    expected: String,
    came: String,
    difference: String,
    basis: String,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = compose(&site, &visitor, &headers).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor, request: &HeaderMap) -> Result<Response, Error> {
    let words = visitor.words();
    let o = &words.occasion;
    let occasions = site.figures().occasions();
    let now_ms = site.figures().at_ms();
    let of = |stands: Stands| {
        occasions
            .iter()
            .filter(move |own| own.state(now_ms) == stands)
    };
    let past: Vec<&Occasion> = of(Stands::Past).rev().take(PAST_ON_A_PAGE).collect();
    let compared = compare(site, &past).await?;
    let past = past.into_iter().zip(compared);
    let past: Vec<Row> = past
        .map(|(own, compared)| row(site, own, &compared, words))
        .collect();
    let rows = |stands| of(stands).map(|own| row(site, own, &[], words)).collect();
    let cancelled = of(Stands::Cancelled).rev().take(PAST_ON_A_PAGE);
    let cancelled = cancelled.map(|own| row(site, own, &[], words)).collect();
    let page = Events {
        page: Page::new(site, visitor, o.title),
        has_comparison: past.iter().any(|row| !row.compared.is_empty()),
        groups: vec![
            (o.running, rows(Stands::Running)),
            (o.coming, rows(Stands::Coming)),
            (o.past, past),
            (o.cancelled_title, cancelled),
        ],
    };
    let text = page.render();
    let text = text.map_err(|error| anyhow::Error::new(error).context("rendering a page"))?;
    Ok(tagged(text, "text/html; charset=utf-8", A_TICK, request))
}

fn row(site: &Site, own: &Occasion, compared: &[Compared], words: &'static Words) -> Row {
    let o = &words.occasion;
    let clock = site.clock(words);
    Row {
        id: own.id.clone(),
        title: own.title(words.lang.code()).to_owned(),
        kind: o.kind(own.facts.kind),
        when: span_words(clock, own.span()),
        lines: lines(site, own, words),
        notes: notes(own, clock),
        compared: compared
            .iter()
            .map(|one| compared_row(site, one, words))
            .collect(),
    }
}

fn lines(site: &Site, own: &Occasion, words: &Words) -> String {
    let names = own.facts.lines.iter();
    let names = names.map(|id| site.line_name(id, words.lang).unwrap_or(id));
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        words.occasion.all_lines.to_owned()
    } else {
        names.join(", ")
    }
}

/// Planned or not, who entered it when, and whether only afterwards.
fn notes(own: &Occasion, clock: Clock<'_>) -> String {
    let o = &clock.words.occasion;
    let mut notes = vec![
        o.origin(own.facts.origin).to_owned(),
        format!(
            "{} {}, {}",
            o.entered_by,
            o.by(own.by.role),
            clock.long_date(own.entered_ms)
        ),
    ];
    if own.is_entered_afterwards() {
        notes.push(o.afterwards.to_owned());
    }
    if let Some(changed_ms) = own.changed_ms {
        notes.push(format!("{} {}", o.changed_on, clock.long_date(changed_ms)));
    }
    if own.is_changed_afterwards() {
        notes.push(o.changed_afterwards.to_owned());
    }
    if let Some(cancelled_ms) = own.cancelled_ms {
        notes.push(format!(
            "{} {}",
            o.cancelled_on,
            clock.long_date(cancelled_ms)
        ));
    }
    notes.join(" · ")
}

fn compared_row(site: &Site, one: &Compared, words: &Words) -> ComparedRow {
    let o = &words.occasion;
    let whole = || o.not_known.to_owned();
    let number = |value: Option<f64>| value.map_or_else(whole, |value| words.number(value, 0));
    let name = site.line_name(&one.line, words.lang);
    ComparedRow {
        line: name.unwrap_or(words.whole_centre).to_owned(),
        expected: number(one.expected),
        came: number(one.came),
        difference: one
            .share()
            .map_or_else(whole, |share| percent(share, words)),
        basis: basis_words(one.basis, words),
    }
}

/// "+12%", "−3%".
fn percent(share: f64, words: &Words) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    let number = words.number((share * 100.0).abs(), 0);
    words.with_unit(&format!("{sign}{number}"), words.unit_percent)
}

fn basis_words(basis: Basis, words: &Words) -> String {
    let o = &words.occasion;
    let day = |day: Date| words.long_date(day);
    match basis {
        Basis::Forecast(issued) => format!("{} {}", o.by_forecast, day(issued)),
        Basis::FourWeeks => o.by_four_weeks.to_owned(),
    }
}
