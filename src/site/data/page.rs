//! `/data`: what can be had, on which terms, and how to check it.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::describe::dataset_block;
use super::shelf::{Extent, names};
use super::version::{Change, history};
use crate::domain::centre::ALL_LINES;
use crate::site::Site;
use crate::site::error::Error;
use crate::site::page::{Page, Visitor, absolute, answer, html};
use crate::words::{Lang, Words};

/// Changes on the page; all of them are in `/data/changes.json`.
const MOST_CHANGES: usize = 12;
/// Days of one revision that are named.
const MOST_DAYS: usize = 6;

#[derive(Template)]
#[template(path = "data.html")]
struct Data {
    page: Page,
    /// Where this site is, as others must name it.
    base: String,
    licence: String,
    licence_link: String,
    contact: Option<(String, String)>,
    is_signed: bool,
    /// The data set for search engines (JSON-LD); empty before there is one.
    described: String,
    /// What there is; none before the first day is closed.
    there_is: Option<Contents>,
}

struct Contents {
    version: String,
    first: String,
    last: String,
    /// The newest first.
    years: Vec<i16>,
    files: Vec<File>,
    changes: Vec<ChangeView>,
}

/// The files of a line.
struct File {
    name: String,
    label: String,
}

struct ChangeView {
    on: String,
    text: String,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = compose(&site, &visitor, &headers).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor, headers: &HeaderMap) -> Result<Response, Error> {
    let words = visitor.words();
    let terms = &site.centre().open_data;
    let (described, there_is) = match Extent::read(site).await? {
        Some(extent) => (
            dataset_block(site, headers).await?,
            Some(contents(site, visitor, &extent).await?),
        ),
        None => (String::new(), None),
    };
    html(&Data {
        described,
        base: absolute(headers, ""),
        licence: terms.licence.clone(),
        licence_link: terms.licence_link.clone(),
        contact: terms.contact.as_ref().map(|link| {
            let plain = link.trim_start_matches("mailto:").to_owned();
            (link.clone(), plain)
        }),
        is_signed: site.signer().is_some_and(|own| own.key().is_some()),
        there_is,
        page: Page::new(site, visitor, words.data.title),
    })
}

async fn contents(site: &Site, visitor: &Visitor, extent: &Extent) -> Result<Contents, Error> {
    let words = visitor.words();
    let (version, changes) = history(site, extent).await?;
    let files = names(site).into_iter().map(|name| File {
        label: match site.line_name(&name, visitor.lang) {
            Some(line) if name != ALL_LINES => line.to_owned(),
            _ => words.whole_centre.to_owned(),
        },
        name,
    });
    let changes = changes.iter().take(MOST_CHANGES);
    Ok(Contents {
        version: version.to_string(),
        first: words.long_date(extent.days.start),
        last: words.long_date(extent.days.end.saturating_sub(1.day())),
        years: extent.years.iter().rev().copied().collect(),
        files: files.collect(),
        changes: changes.map(|change| change_view(change, words)).collect(),
    })
}

fn change_view(change: &Change, words: &Words) -> ChangeView {
    let text = match change {
        Change::Revised { days, .. } => {
            let named = days.iter().take(MOST_DAYS);
            let named: Vec<String> = named.map(Date::to_string).collect();
            let more = if days.len() > MOST_DAYS {
                format!(" {}", words.data.and_more)
            } else {
                String::new()
            };
            format!("{} {}{more}", words.data.revised, named.join(", "))
        }
        Change::Definition(past) => {
            let state = if past.is_withdrawn() {
                words.definition.withdrawn
            } else {
                words.definition.replaced
            };
            let name = words.measures.of(past.id).map_or(past.id, |own| own.name);
            let reason = match words.lang {
                Lang::En => past.reason.0,
                Lang::Fr => past.reason.1,
            };
            format!("{name} ({}): {state}. {reason}", past.version)
        }
    };
    ChangeView {
        on: words.long_date(change.on()),
        text,
    }
}
