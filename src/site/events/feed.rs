//! `/events.ics`: when many may contact us, as a calendar to subscribe to: the events that run and
//! come, and the days on which the forecast expects clearly more than usual. What is cancelled
//! leaves it.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::busy::{BusyDay, busy_days};
use super::{lines, notes, percent};
use crate::domain::occasion::{Occasion, State as Stands};
use crate::domain::period::{Span, day_start_ms, local_day};
use crate::site::api::{AN_HOUR, tagged};
use crate::site::calendar::{self, Event, Feed};
use crate::site::error::Error;
use crate::site::page::{Visitor, answer};
use crate::site::{Site, cache};
use crate::words::Words;

/// Events are entered by day; nobody needs to ask more often than this.
const EVERY_HOURS: u32 = 6;

/// The file.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = compose(&site, &visitor, &headers).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor, request: &HeaderMap) -> Result<Response, Error> {
    let words = visitor.words();
    let occasions = site.figures().occasions();
    let now_ms = site.figures().at_ms();
    let is_ahead = |own: &&Occasion| matches!(own.state(now_ms), Stands::Coming | Stands::Running);
    let own = occasions.iter().filter(is_ahead);
    let mut events: Vec<Event> = own.map(|own| event(site, own, words)).collect();
    let busy = busy_days(site).await?;
    events.extend(busy.iter().map(|own| busy_day(site, *own, words)));
    let centre = site.centre();
    let name = centre.name.in_language(visitor.lang.code());
    let feed = Feed {
        name: format!("{name}: {}", words.occasion.title),
        zone: centre.zone_name.clone(),
        every_hours: EVERY_HOURS,
    };
    // Made anew each day and by each change: between, the same text has the same tag.
    let changes = occasions.iter().map(Occasion::known_ms);
    let today_ms = day_start_ms(local_day(now_ms, &centre.zone), &centre.zone);
    let made_ms = changes
        .filter(|at_ms| *at_ms <= now_ms)
        .fold(today_ms, i64::max);
    let text = calendar::write(Some(&feed), &events, made_ms);
    let mut response = tagged(text, "text/calendar; charset=utf-8", AN_HOUR, request);
    let disposition = HeaderValue::from_static("inline; filename=\"events.ics\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}

fn busy_day(site: &Site, own: BusyDay, words: &'static Words) -> Event {
    let zone = &site.centre().zone;
    let centre = site.centre().name.in_language(words.lang.code());
    // Named by the centre and the day in whatever language, it is moved and not doubled.
    let place = cache::checksum(site.centre().name.in_language("").as_bytes());
    let span = Span::of_day(own.day, zone);
    Event {
        uid: format!("busy-{place:016x}-{}@quietline", own.day),
        from_ms: span.start_ms,
        until_ms: span.end_ms,
        summary: format!(
            "{}: {centre} ({})",
            words.occasion.busy_day,
            percent(own.more, words)
        ),
        description: Some(words.occasion.busy_note.to_owned()),
        rings: false,
    }
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
