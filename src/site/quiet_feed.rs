//! `/quiet.ics`: the quiet times of a line in the next two weeks, as a calendar to subscribe to.

use std::cmp::Reverse;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;

use super::calendar::{self, Event, Feed};
use super::error::Error;
use super::page::{Visitor, answer};
use super::quiet::upper;
use super::window::{Window, windows};
use super::{Site, cache};
use crate::domain::centre::Line;
use crate::domain::period::{Span, days, local_day};
use crate::words::Lang;

/// So many days, today among them.
const DAYS: i64 = 14;
/// So many quiet times of a day at most: a calendar full of them says nothing.
const WINDOWS_A_DAY: usize = 3;
/// The usual week changes by the day; nobody needs to ask more often than this.
const EVERY_HOURS: u32 = 6;

/// The file.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = compose(&site, &visitor, &headers);
    answer(&site, &visitor, result)
}

fn compose(site: &Site, visitor: &Visitor, request: &HeaderMap) -> Result<Response, Error> {
    let id = visitor.parameter("line").unwrap_or_default();
    let line = site.line(&id)?;
    let text = feed(site, visitor.lang, line);
    let tag = format!("\"{:016x}\"", cache::checksum(text.as_bytes()));
    let tag = HeaderValue::from_str(&tag).map_err(|error| Error::Failed(error.into()))?;
    let is_known = request.get(header::IF_NONE_MATCH) == Some(&tag);
    let caching = [
        (header::ETAG, tag),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let disposition = (
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("inline; filename=\"quiet.ics\""),
    );
    Ok((caching, [calendar::KIND, disposition], text).into_response())
}

fn feed(site: &Site, lang: Lang, line: &Line) -> String {
    let centre = site.centre();
    let zone = &centre.zone;
    let today = local_day(site.figures().at_ms(), zone);
    let last = today.saturating_add(DAYS.days());
    let span = Span {
        start_ms: Span::of_day(today, zone).start_ms,
        end_ms: Span::of_day(last, zone).start_ms,
    };
    let ahead = site.figures().ahead(&line.id);
    let quiet = ahead.quiet_slots(line.good_wait_mins, span);
    let mut events = Vec::new();
    for day in days(today, last) {
        let of_day = Span::of_day(day, zone);
        let own: Vec<_> = quiet
            .iter()
            .filter(|slot| super::instant_ms(&slot.start).is_some_and(|at| of_day.contains(at)))
            .cloned()
            .collect();
        // Named by day and number, an event whose times move is moved, not doubled.
        let own = the_quietest(windows(&own)).into_iter().enumerate();
        events.extend(own.map(|(number, window)| {
            let name = centre.name.in_language(&centre.languages[0]);
            let place = cache::checksum(format!("{name}/{}", line.id).as_bytes());
            let uid = format!("{place:016x}-{day}-{number}@quietline");
            event(site, lang, line, uid, window)
        }));
    }
    let centre_name = centre.name.in_language(lang.code());
    let line_name = line.name.in_language(lang.code());
    let name = match lang {
        Lang::En => format!("Quiet times: {centre_name}, {line_name}"),
        Lang::Fr => format!("Moments calmes\u{a0}: {centre_name}, {line_name}"),
    };
    let feed = Feed {
        name,
        zone: centre.zone_name.clone(),
        every_hours: EVERY_HOURS,
    };
    // Made anew each day: between, the same text has the same tag.
    calendar::write(Some(&feed), &events, span.start_ms)
}

/// The windows of a day that a calendar holds, earliest first: those with the shortest waits, of
/// equal ones the longest, of those the earliest.
fn the_quietest(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_by_key(|window| {
        let length_ms = window.until_ms - window.from_ms;
        (upper(window.wait), Reverse(length_ms), window.from_ms)
    });
    windows.truncate(WINDOWS_A_DAY);
    windows.sort_by_key(|window| window.from_ms);
    windows
}

fn event(site: &Site, lang: Lang, line: &Line, uid: String, window: Window) -> Event {
    let name = line.name.in_language(lang.code());
    let range = lang.words().minutes_range(window.wait);
    let centre = site.centre().name.in_language(lang.code());
    let (summary, said) = match lang {
        Lang::En => (
            format!("Quiet: {centre}, {name} ({range})"),
            "Usual wait at this time; it is expected, not promised.",
        ),
        Lang::Fr => (
            format!("Calme\u{a0}: {centre}, {name} ({range})"),
            "Attente habituelle à cette heure\u{a0}; attendue, non promise.",
        ),
    };
    let description = match &line.phone {
        Some(phone) => format!("{said}\n{phone}"),
        None => said.to_owned(),
    };
    Event {
        uid,
        from_ms: window.from_ms,
        until_ms: window.until_ms,
        summary,
        description: Some(description),
        rings: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::frame::WaitRange;

    fn window(from_hour: i64, hours: i64, high_mins: i64) -> Window {
        Window {
            from_ms: from_hour * 3_600_000,
            until_ms: (from_hour + hours) * 3_600_000,
            wait: WaitRange {
                low_mins: 0,
                high_mins: Some(high_mins),
            },
        }
    }

    #[test]
    fn a_day_holds_the_three_quietest_windows_and_of_equal_ones_the_longest() {
        let (night, noon, evening) = (window(0, 5, 2), window(12, 1, 1), window(19, 2, 2));
        let all = vec![night, window(6, 1, 2), noon, window(15, 8, 5), evening];
        assert_eq!(the_quietest(all), [night, noon, evening]);
        assert_eq!(the_quietest(vec![noon]), [noon]);
    }
}
