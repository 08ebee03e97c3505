//! The page of all slots: what is out, what was missed, what is to come.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::{address, days_words, version_words, when};
use crate::domain::edition::{Shelf, Slot, State as Stands};
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::error::Error;
use crate::site::page::{Page, Visitor, answer};
use crate::words::{EditionWords, Words};

/// So much of a leaf hash is shown; the whole is on the edition's page.
const HASH_SHOWN: usize = 16;

#[derive(Template)]
#[template(path = "editions.html")]
struct List {
    page: Page,
    e: &'static EditionWords,
    next: Option<String>,
    past: Vec<Row>,
    coming: Vec<(String, String)>,
}

struct Row {
    week: String,
    days: String,
    due: String,
    state: String,
    class: &'static str,
    link: Option<String>,
    /// address, name, leaf, hash.
    versions: Vec<(String, String, u64, String)>,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = compose(&site, &visitor, &headers);
    answer(&site, &visitor, result)
}

fn compose(site: &Site, visitor: &Visitor, headers: &HeaderMap) -> Result<Response, Error> {
    let words = visitor.words();
    let shelf = site.figures().editions();
    let now_ms = site.figures().at_ms();
    let zone = &site.centre().zone;
    let slots = shelf.calendar.as_ref();
    let slots = slots.map_or_else(Vec::new, |calendar| calendar.slots(now_ms, zone));
    let (mut past, coming): (Vec<Slot>, Vec<Slot>) = slots
        .into_iter()
        .partition(|slot| shelf.state(slot, now_ms) != Stands::Due);
    past.reverse();
    let page = Page::new(site, visitor, words.edition.title);
    let text = List {
        e: &words.edition,
        next: coming.first().map(|slot| when(site, words, slot.due_ms)),
        past: past
            .iter()
            .map(|slot| row((site, &page), &shelf, slot, words))
            .collect(),
        coming: coming
            .iter()
            .map(|slot| (slot.week.to_string(), when(site, words, slot.due_ms)))
            .collect(),
        page,
    };
    let text = text.render();
    let text = text.map_err(|error| anyhow::Error::new(error).context("rendering a page"))?;
    Ok(tagged(text, "text/html; charset=utf-8", A_TICK, headers))
}

fn row((site, page): (&Site, &Page), shelf: &Shelf, slot: &Slot, words: &'static Words) -> Row {
    let state = shelf.state(slot, site.figures().at_ms());
    let versions = shelf.versions(slot.week);
    let due_ms = versions.first().map_or(slot.due_ms, |own| own.body.due_ms);
    let version = |own: &crate::domain::edition::Version| {
        let hash: String = own.hash.chars().take(HASH_SHOWN).collect();
        (
            page.link(&address(own)),
            version_words(own, words),
            own.leaf,
            hash,
        )
    };
    Row {
        week: slot.week.to_string(),
        days: days_words(slot.week, words),
        due: when(site, words, due_ms),
        state: words.edition.state(state),
        class: state.name(),
        link: (!versions.is_empty()).then(|| page.link(&format!("/editions/{}", slot.week))),
        versions: versions.iter().map(version).collect(),
    }
}
