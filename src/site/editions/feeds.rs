//! Editions to subscribe to: releases as a calendar, what is out as Atom (RFC 4287).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::{address, days_words, names, version_words};
use crate::domain::edition::{Slot, Version};
use crate::domain::event::Millis;
use crate::domain::period::timestamp;
use crate::site::Site;
use crate::site::api::{A_MINUTE, tagged};
use crate::site::cache::checksum;
use crate::site::calendar::{Event, Feed, write};
use crate::site::page::{Visitor, absolute};
use crate::words::Words;

/// Releases are a week apart.
const EVERY_HOURS: u32 = 12;

/// How long a release stands in a calendar.
const SHOWN_MS: Millis = 15 * 60_000;

/// Entries of the feed, the newest first.
const MOST_ENTRIES: usize = 60;

/// `/editions.ics`: every slot, with what became of those that are over.
pub async fn calendar(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let words = visitor.words();
    let shelf = site.figures().editions();
    let now_ms = site.figures().at_ms();
    let zone = &site.centre().zone;
    let slots = shelf.calendar.as_ref();
    let slots = slots.map_or_else(Vec::new, |own| own.slots(now_ms, zone));
    let place = place(&site);
    let page = |week| absolute(&headers, &format!("/editions/{week}"));
    let event = |slot: &Slot| {
        let due_ms = shelf
            .versions(slot.week)
            .first()
            .map_or(slot.due_ms, |own| own.body.due_ms);
        let state = words.edition.state(shelf.state(slot, now_ms));
        Event {
            uid: format!("edition-{place:016x}-{}@quietline", slot.week),
            from_ms: due_ms,
            until_ms: due_ms + SHOWN_MS,
            summary: format!("{} {}: {state}", words.edition.week, slot.week),
            description: Some(format!(
                "{}\n{}",
                days_words(slot.week, words),
                page(slot.week)
            )),
            rings: false,
        }
    };
    let events: Vec<Event> = slots.iter().map(event).collect();
    let feed = Feed {
        name: title(&site, words),
        zone: site.centre().zone_name.clone(),
        every_hours: EVERY_HOURS,
    };
    // What is over is the newest thing it says: between two releases the text stays the same.
    let over = slots
        .iter()
        .flat_map(|slot| [slot.due_ms, slot.grace_until_ms]);
    let made_ms = over.filter(|at_ms| *at_ms <= now_ms).max().unwrap_or(0);
    let text = write(Some(&feed), &events, made_ms);
    tagged(text, "text/calendar; charset=utf-8", A_MINUTE, &headers)
}

/// `/editions.atom`: every version that is out.
pub async fn atom(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let words = visitor.words();
    let shelf = site.figures().editions();
    let mut versions: Vec<&Version> = shelf.weeks.values().flatten().collect();
    versions.sort_by_key(|own| std::cmp::Reverse(own.leaf));
    versions.truncate(MOST_ENTRIES);
    let updated_ms = versions.first().map_or(0, |own| own.at_ms);
    let place = place(&site);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
         <id>urn:quietline:{place:016x}:editions</id>\n<title>{}</title>\n\
         <updated>{}</updated>\n<link rel=\"self\" href=\"{}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n\
         <author><name>{}</name></author>\n",
        words.lang.code(),
        escaped(&title(&site, words)),
        timestamp(updated_ms),
        absolute(&headers, "/editions.atom"),
        absolute(&headers, "/editions"),
        escaped(site.centre().name.in_language(words.lang.code())),
    );
    for own in versions {
        let link = absolute(&headers, &address(own));
        text.push_str(&entry(own, words, (place, &link)));
    }
    text.push_str("</feed>\n");
    tagged(
        text,
        "application/atom+xml; charset=utf-8",
        A_MINUTE,
        &headers,
    )
}

fn entry(own: &Version, words: &Words, (place, link): (u64, &str)) -> String {
    let e = &words.edition;
    let signed = own.body.officer.as_ref().map_or_else(
        || {
            format!(
                "{} {}",
                e.not_signed_by,
                names(own.body.not_signed_by.iter(), words.lang)
            )
        },
        |by| format!("{} {}", e.signed_by, by.name.in_language(words.lang.code())),
    );
    let mut summary = format!("{}. {signed}.", days_words(own.week, words));
    if let Some(reason) = &own.body.reason {
        summary = format!("{summary} {}: {reason}", e.reason);
    }
    let title = format!("{} {}, {}", e.week, own.week, version_words(own, words));
    let at = timestamp(own.at_ms);
    format!(
        "<entry>\n<id>urn:quietline:{place:016x}:edition:{}:{}</id>\n<title>{}</title>\n\
         <published>{at}</published>\n<updated>{at}</updated>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n<summary>{}</summary>\n</entry>\n",
        own.week,
        own.version,
        escaped(&title),
        link,
        escaped(&summary),
    )
}

fn title(site: &Site, words: &Words) -> String {
    let centre = site.centre().name.in_language(words.lang.code());
    format!("{centre}: {}", words.edition.title)
}

/// Tells centres apart in whatever language their feeds are read.
fn place(site: &Site) -> u64 {
    checksum(
        Value::from(site.centre().name.in_language(""))
            .to_string()
            .as_bytes(),
    )
}

/// Names and reasons come from outside: they are text in XML, and nothing else.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => {}
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_cannot_end_its_element() {
        assert_eq!(
            escaped("a </title>&\u{0}\"b\""),
            "a &lt;/title&gt;&amp;&quot;b&quot;"
        );
    }
}
