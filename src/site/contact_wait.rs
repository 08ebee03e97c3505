//! `/.well-known/contact-wait.json`: the wait of every line, small and with few members, for
//! programs that know many centres: directories, assistants, maps.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Site;
use super::answer::believed;
use super::cache::rest_of_tick;
use super::error::Error;
use super::window::next_window;
use crate::domain::event::Millis;
use crate::live::frame::{LineNow, LineState, Now, VerdictCode, WaitRange};
use crate::live::publish::rfc3339;

/// The document. Members may be added, never changed or removed.
#[derive(Serialize)]
struct ContactWait<'a> {
    centre: &'a str,
    zone: &'a str,
    sample_data: bool,
    as_of: &'a str,
    stale_after: &'a str,
    lines: Vec<LineWait>,
}

/// A line.
#[derive(Serialize)]
struct LineWait {
    id: String,
    name: String,
    state: LineState,
    verdict: VerdictCode,
    /// Of somebody who joins now.
    wait: Option<WaitRange>,
    quiet: Option<QuietWindow>,
    opens_at: Option<String>,
}

/// The next quiet times that follow each other.
#[derive(Serialize)]
struct QuietWindow {
    from: String,
    until: String,
    wait: WaitRange,
}

/// The answer.
pub async fn show(State(site): State<Site>) -> Response {
    match compose(&site) {
        Ok(text) => {
            let headers = [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json"),
                ),
                (header::CACHE_CONTROL, rest_of_tick(site.figures().at_ms())),
            ];
            (headers, text).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn compose(site: &Site) -> Result<String, Error> {
    let now = site.figures().now().ok_or(Error::NotReady)?;
    let document = document(&now, site.figures().at_ms());
    serde_json::to_string(&document).map_err(|error| Error::Failed(error.into()))
}

fn document(now: &Now, at_ms: Millis) -> ContactWait<'_> {
    let line = |line: &LineNow| {
        let line = believed(now, line, at_ms);
        LineWait {
            state: line.state,
            verdict: line.verdict.code,
            wait: line.wait,
            quiet: next_window(&line).map(|window| QuietWindow {
                from: rfc3339(window.from_ms),
                until: rfc3339(window.until_ms),
                wait: window.wait,
            }),
            opens_at: line.opens_at,
            id: line.id,
            name: line.name,
        }
    };
    ContactWait {
        centre: &now.centre,
        zone: &now.zone,
        sample_data: now.sample_data,
        as_of: &now.as_of,
        stale_after: &now.stale_after,
        lines: now.lines.iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;

    #[test]
    fn five_busy_lines_take_less_than_two_thousand_bytes() {
        let mut now = fixture::now();
        now.lines = vec![fixture::busy_line(); 5];
        let text = serde_json::to_string(&document(&now, fixture::NOW_MS)).expect("JSON");
        assert!(text.len() < 2_000, "{} bytes", text.len());
    }

    #[test]
    fn what_is_stale_has_no_wait() {
        let now = fixture::now();
        let late = document(&now, fixture::NOW_MS + 31_000);
        assert!(late.lines[0].wait.is_none());
        assert_eq!(late.lines[0].state, LineState::NoData);
    }
}
