//! `/editions`: the calendar of releases and every edition ever, missed ones too; each edition as a
//! page, as JSON, CSV and a picture; feeds of them.

mod data;
mod draw;
mod feeds;
mod list;
mod page;

pub use data::api;
pub use feeds::{atom, calendar};
pub use list::show;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::Site;
use super::error::Error;
use super::page::{Visitor, answer};
use crate::domain::edition::{Facts, IsoWeek, Shelf, Slot, State as Stands, Version};
use crate::words::{Lang, Words};

/// A version with what belongs to it.
struct Found {
    shelf: std::sync::Arc<Shelf>,
    version: Version,
    bytes: Vec<u8>,
    facts: Facts,
}

/// `/editions/2026-W46`, and the same as `.json`, `.csv`, `.svg` and `.png`.
pub async fn edition(
    State(site): State<Site>,
    visitor: Visitor,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let result = as_named(&site, &visitor, (&name, None), &headers).await;
    answer(&site, &visitor, result)
}

/// `/editions/2026-W46/v1`: a version, whatever came after it; in the same forms.
pub async fn version(
    State(site): State<Site>,
    visitor: Visitor,
    Path((week, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let result = as_named(&site, &visitor, (&name, Some(&week)), &headers).await;
    answer(&site, &visitor, result)
}

async fn as_named(
    site: &Site,
    visitor: &Visitor,
    (name, week): (&str, Option<&str>),
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let (stem, form) = name.split_once('.').unwrap_or((name, ""));
    let (week, version) = match week {
        None => (stem, None),
        Some(week) => {
            let number = stem
                .strip_prefix('v')
                .filter(|text| !text.starts_with(['0', '+']));
            let number = number.and_then(|text| text.parse::<u32>().ok());
            (week, Some(number.ok_or(Error::NoSuchPage)?))
        }
    };
    let week: IsoWeek = week.parse().map_err(|_| Error::NoSuchPage)?;
    let found = find(site, week, version).await?;
    match (form, found) {
        ("", Some(found)) => page::compose(site, visitor, &found, version.is_some(), headers),
        ("", None) => page::not_out(site, visitor, week, headers),
        ("json", Some(found)) => data::json(site, &found, headers),
        ("csv", Some(found)) => data::csv(&found, headers),
        ("svg", Some(found)) => draw::svg(site, visitor, &found),
        ("png", Some(found)) => draw::png(site, visitor, &found).await,
        _ => Err(Error::NoSuchPage),
    }
}

/// A version of a week, the newest without a number; none of a week that has none.
async fn find(site: &Site, week: IsoWeek, version: Option<u32>) -> Result<Option<Found>, Error> {
    let shelf = site.figures().editions();
    let own = match version {
        None => shelf.newest(week),
        Some(number) => {
            let own = shelf
                .versions(week)
                .iter()
                .find(|own| own.version == number);
            Some(own.ok_or(Error::NoSuchPage)?)
        }
    };
    let Some(own) = own.cloned() else {
        return Ok(None);
    };
    let bytes = site.figures().document(own.body.facts()).await?;
    let bytes = bytes.ok_or_else(|| anyhow::anyhow!("the facts of {week} are not kept"))?;
    let facts = serde_json::from_slice(&bytes).map_err(anyhow::Error::from)?;
    Ok(Some(Found {
        shelf,
        version: own,
        bytes,
        facts,
    }))
}

/// What became of the slot of a week, by its calendar.
fn state_of(site: &Site, shelf: &Shelf, week: IsoWeek) -> Option<(Slot, Stands)> {
    let slot = shelf.calendar.as_ref()?.slot(week, &site.centre().zone)?;
    Some((slot, shelf.state(&slot, site.figures().at_ms())))
}

/// "Monday 9 November 2026, 10:00".
fn when(site: &Site, words: &'static Words, at_ms: i64) -> String {
    let clock = site.clock(words);
    format!("{}, {}", clock.long_date(at_ms), clock.time(at_ms))
}

/// "9 November – 15 November 2026".
fn days_words(week: IsoWeek, words: &Words) -> String {
    let days = week.days();
    let last = days.end.yesterday().unwrap_or(days.end);
    format!(
        "{} – {} {}",
        words.day_month(days.start),
        words.day_month(last),
        last.year()
    )
}

/// The address of a version.
fn address(own: &Version) -> String {
    format!("/editions/{}/v{}", own.week, own.version)
}

/// "Version 2 (Correction)"; what is no correction but came later is a signature.
fn version_words(own: &Version, words: &Words) -> String {
    let e = &words.edition;
    if own.is_correction {
        format!("{} {} ({})", e.version, own.version, e.correction)
    } else if own.version > 1 {
        format!("{} {} ({})", e.version, own.version, e.late_signature)
    } else {
        format!("{} {}", e.version, own.version)
    }
}

/// Names in a language, with commas.
fn names<'t>(texts: impl Iterator<Item = &'t crate::domain::centre::Text>, lang: Lang) -> String {
    let names: Vec<&str> = texts.map(|text| text.in_language(lang.code())).collect();
    names.join(", ")
}
