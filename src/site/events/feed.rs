//! `/events.ics`: the events that run and come, which is when many may contact us, as a calendar
//! to subscribe to. Cancelled ones leave it.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::{lines, notes};
use crate::domain::occasion::{Occasion, State as Stands};
use crate::site::Site;
use crate::site::api::{AN_HOUR, tagged};
use crate::site::calendar::{self, Event, Feed};
use crate::site::page::Visitor;
use crate::words::Words;

/// Events are entered by day; nobody needs to ask more often than this.
const EVERY_HOURS: u32 = 6;

/// The file.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let words = visitor.words();
    let occasions = site.figures().occasions();
    let now_ms = site.figures().at_ms();
    let is_ahead = |own: &&Occasion| matches!(own.state(now_ms), Stands::Coming | Stands::Running);
    let own = occasions.iter().filter(is_ahead);
    let events: Vec<Event> = own.map(|own| event(&site, own, words)).collect();
    let centre = site.centre();
    let feed = Feed {
        name: format!(
            "{}: {}",
            centre.name.in_language(visitor.lang.code()),
            words.occasion.title
        ),
        zone: centre.zone_name.clone(),
        every_hours: EVERY_HOURS,
    };
    // Between two changes the same text has the same tag.
    let made_ms = occasions.iter().map(Occasion::known_ms).max();
    let text = calendar::write(Some(&feed), &events, made_ms.unwrap_or(0));
    let mut response = tagged(text, "text/calendar; charset=utf-8", AN_HOUR, &headers);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::VARY, "accept-language, accept-encoding"),
        (
            header::CONTENT_DISPOSITION,
            "inline; filename=\"events.ics\"",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn event(site: &Site, own: &Occasion, words: &'static Words) -> Event {
    let title = own.title(words.lang.code());
    let kind = words.occasion.kind(own.facts.kind);
    let clock = site.clock(words);
    Event {
        uid: format!("{}@quietline", own.id),
        from_ms: own.facts.start_ms,
        until_ms: own.facts.end_ms,
        summary: format!("{title} ({kind})"),
        description: Some(format!(
            "{}\n{}",
            lines(site, own, words),
            notes(own, clock)
        )),
        rings: false,
    }
}
