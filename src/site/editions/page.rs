//! The page of an edition.

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;

use super::{Found, address, days_words, draw, names, state_of, version_words, when};
use crate::domain::edition::version::{Body, Size};
use crate::domain::edition::{IsoWeek, State as Stands, Version, bind, comment};
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::error::Error;
use crate::site::page::{Page, Visitor, absolute};
use crate::words::{
    BlockView, EditionView, EditionWords, Told, Words, cell_words, comment_view, edition_view,
    record_sentence,
};

#[derive(Template)]
#[template(path = "edition.html")]
struct Edition {
    page: Page,
    e: &'static EditionWords,
    days: String,
    sentence: String,
    is_sample: bool,
    superseded: Option<(String, String)>,
    late: Option<String>,
    correction: Option<Correction>,
    blocks: Vec<BlockView>,
    has_unsupported: bool,
    signature: String,
    picture: Option<String>,
    view: EditionView,
    seen: Vec<String>,
    proof: Vec<(&'static str, String)>,
    /// address, name, whether it is this one.
    versions: Vec<(String, String, bool)>,
    json: String,
    csv: String,
    svg: String,
    png: String,
    /// The picture as other sites name it.
    share_picture: String,
}

struct Correction {
    by: String,
    reason: String,
    size: String,
}

#[derive(Template)]
#[template(path = "edition_slot.html")]
struct NotOut {
    page: Page,
    e: &'static EditionWords,
    days: String,
    state: String,
    due: String,
}

/// A slot of which nothing is out: it says so, and when it was due.
///
/// # Errors
/// Without a slot there is no page.
pub fn not_out(
    site: &Site,
    visitor: &Visitor,
    week: IsoWeek,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let words = visitor.words();
    let shelf = site.figures().editions();
    let (slot, state) = state_of(site, &shelf, week).ok_or(Error::NoSuchPage)?;
    let page = NotOut {
        page: Page::new(site, visitor, format!("{} {week}", words.edition.week)),
        e: &words.edition,
        days: days_words(week, words),
        state: words.edition.state(state),
        due: when(site, words, slot.due_ms),
    };
    rendered(&page, headers)
}

fn rendered(page: &impl Template, headers: &HeaderMap) -> Result<Response, Error> {
    let text = page.render();
    let text = text.map_err(|error| anyhow::Error::new(error).context("rendering a page"))?;
    Ok(tagged(text, "text/html; charset=utf-8", A_TICK, headers))
}

/// An edition that is out.
///
/// # Errors
/// When it cannot be drawn or rendered.
pub fn compose(
    site: &Site,
    visitor: &Visitor,
    found: &Found,
    is_fixed: bool,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let words = visitor.words();
    let e = &words.edition;
    let own = &found.version;
    let page = Page::new(site, visitor, format!("{} {}", e.week, own.week));
    let newest = found.shelf.newest(own.week);
    let newest = newest.filter(|newest| newest.version != own.version);
    let blocks = comment_of(found, words);
    let base = if is_fixed {
        address(own)
    } else {
        format!("/editions/{}", own.week)
    };
    let document = Edition {
        e,
        days: days_words(own.week, words),
        sentence: sentence(found, words),
        is_sample: own.body.is_sample,
        superseded: newest.map(|newest| {
            let link = page.link(&format!("/editions/{}", own.week));
            (link, version_words(newest, words))
        }),
        late: late(own, words),
        correction: correction(site, own, words),
        has_unsupported: blocks.iter().any(is_unsupported),
        blocks,
        signature: signature(site, found, words),
        picture: draw::inside(site, visitor, found)?,
        view: edition_view(words, site.centre(), &found.facts),
        seen: seen(site, own, words),
        proof: vec![
            (e.released_at, when(site, words, own.at_ms)),
            (e.leaf, own.leaf.to_string()),
            (e.hash, own.hash.clone()),
            (e.facts_hash, own.body.facts().to_owned()),
        ],
        versions: versions((site, &page), found, words),
        json: format!("{base}.json"),
        csv: format!("{base}.csv"),
        svg: page.link(&format!("{base}.svg")),
        share_picture: absolute(headers, &page.link(&format!("{base}.png"))),
        png: page.link(&format!("{base}.png")),
        page,
    };
    rendered(&document, headers)
}

fn is_unsupported(block: &BlockView) -> bool {
    block.items.iter().flatten().any(|own| own.is_unsupported)
}

/// How long after its minute it came out, from a minute on.
fn late(own: &Version, words: &Words) -> Option<String> {
    (own.body.late_secs >= 60).then(|| {
        let minutes = words.count(own.body.late_secs / 60);
        words.with_unit(&minutes, words.unit_minutes)
    })
}

fn seen(site: &Site, own: &Version, words: &'static Words) -> Vec<String> {
    let seen = own.body.seen_by.iter().map(|seen| {
        let name = seen.name.in_language(words.lang.code());
        format!("{name}, {}", when(site, words, seen.at_ms))
    });
    seen.collect()
}

fn versions(
    (site, page): (&Site, &Page),
    found: &Found,
    words: &'static Words,
) -> Vec<(String, String, bool)> {
    let own = &found.version;
    let versions = found.shelf.versions(own.week).iter().map(|other| {
        let at = when(site, words, other.at_ms);
        let name = format!("{}, {at}", version_words(other, words));
        (
            page.link(&address(other)),
            name,
            other.version == own.version,
        )
    });
    versions.collect()
}

/// The comment, held against the figures of this version: a correction may take a number its
/// support.
fn comment_of(found: &Found, words: &Words) -> Vec<BlockView> {
    let text = found.version.body.comment.as_deref().unwrap_or_default();
    let Ok(blocks) = comment::read(text) else {
        return Vec::new();
    };
    match bind::bind(blocks.clone(), &found.facts) {
        Ok(bound) => comment_view(words, &found.facts, &bound),
        // A figure in braces has lost its value: the braces stay to be seen.
        Err(_) => comment_view(words, &found.facts, &blocks),
    }
}

fn sentence(found: &Found, words: &Words) -> String {
    let said = |id: &str| {
        let own = found.facts.figure(id)?;
        own.value.value.as_ref()?;
        Some(cell_words(words, &own.unit, &own.value))
    };
    let told = Told {
        days: days_words(found.version.week, words),
        is_running: false,
        attempts: said("attempts"),
        customer: said("service_level_customer"),
        company: said("service_level"),
    };
    record_sentence(words, &told)
}

/// Who signed when, or who did not.
fn signature(site: &Site, found: &Found, words: &'static Words) -> String {
    let e = &words.edition;
    let own = &found.version;
    let Body {
        officer,
        signed_ms,
        not_signed_by,
        ..
    } = &own.body;
    let state = state_of(site, &found.shelf, own.week);
    if let (Some(officer), Some(signed_ms)) = (officer, signed_ms) {
        let name = officer.name.in_language(words.lang.code());
        let signed = format!("{} {name}, {}", e.signed_by, when(site, words, *signed_ms));
        return match state {
            Some((_, late @ Stands::SignedLate { .. })) => format!("{signed} ({})", e.state(late)),
            _ => signed,
        };
    }
    if let Some((slot, Stands::Unsigned)) = state {
        return format!(
            "{} {}.",
            e.not_signed_yet,
            when(site, words, slot.grace_until_ms)
        );
    }
    let nobody = names(not_signed_by.iter(), words.lang);
    let nobody = if nobody.is_empty() {
        e.nobody_named.to_owned()
    } else {
        nobody
    };
    format!("{} {nobody}.", e.not_signed_by)
}

fn correction(site: &Site, own: &Version, words: &Words) -> Option<Correction> {
    let reason = own.body.reason.clone()?;
    let by = own.body.author.as_ref();
    Some(Correction {
        by: by.map_or_else(String::new, |by| {
            by.name.in_language(words.lang.code()).to_owned()
        }),
        reason,
        size: own
            .body
            .size_of_change
            .as_ref()
            .map_or_else(String::new, |change| size_words(site, change, words)),
    })
}

fn size_words(site: &Site, change: &Size, words: &Words) -> String {
    let e = &words.edition;
    let mut said = format!(
        "{} {}; {} {}",
        e.figures_changed,
        words.count(change.figures),
        e.days_changed,
        words.count(change.days)
    );
    if let Some(largest) = &change.largest {
        let none = || words.no_value.to_owned();
        let name = crate::site::history::measure_name(&largest.measure, words);
        let line = site.line_name(&largest.line, words.lang);
        let line = line.map_or_else(String::new, |line| format!(" ({line})"));
        let (before, after) = (largest.before.clone(), largest.after.clone());
        let (before, after) = (before.unwrap_or_else(none), after.unwrap_or_else(none));
        said = format!(
            "{said}; {}: {name}{line} {before} → {after}",
            e.largest_change
        );
    }
    said
}
