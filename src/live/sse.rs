//! `/api/v1/live`: the feed as server-sent events, the same frames as over the WebSocket.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::watch;

use super::feed::{client_address, closed};
use super::hub::{Encoded, Hub, Permit};

/// Clients reconnect after a time drawn from this range, milliseconds, so that they do not all
/// come back at the same moment.
const RETRY_MS: std::ops::Range<u32> = 1_000..8_000;

/// One listener.
struct Listener {
    frames: watch::Receiver<Option<Arc<Encoded>>>,
    closing: watch::Receiver<bool>,
    greeted: bool,
    _permit: Permit,
}

/// Streams the newest frame whenever there is a newer one.
pub async fn stream_events(State(hub): State<Hub>, request: Request) -> Response {
    let Some(permit) = hub.admit(client_address(request.extensions())) else {
        return super::feed::too_many();
    };
    let mut frames = hub.follow();
    let newest = hub
        .newest()
        .map(|frame| format!("{}:{}", hub.epoch(), frame.seq));
    // Who already has the newest frame waits for the next one; everybody else gets it at once.
    if newest.as_deref() == last_event_id(request.headers()) && newest.is_some() {
        frames.mark_unchanged();
    } else {
        frames.mark_changed();
    }
    let listener = Listener {
        frames,
        closing: hub.follow_close(),
        greeted: false,
        _permit: permit,
    };
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
    ];
    let body = Body::from_stream(stream::unfold(listener, next_event));
    // Proxies that collect responses would hold the frames back.
    (headers, [("x-accel-buffering", "no")], body).into_response()
}

fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id")?.to_str().ok()
}

/// The next piece of the stream; it ends when the server goes away.
async fn next_event(mut listener: Listener) -> Option<(Result<Bytes, Infallible>, Listener)> {
    if !listener.greeted {
        listener.greeted = true;
        let retry = format!("retry: {}\n\n", rand::random_range(RETRY_MS));
        return Some((Ok(Bytes::from(retry)), listener));
    }
    loop {
        tokio::select! {
            () = closed(&mut listener.closing) => return None,
            changed = listener.frames.changed() => changed.ok()?,
        }
        let event = listener
            .frames
            .borrow_and_update()
            .as_ref()
            .map(|frame| frame.sse.clone());
        if let Some(event) = event {
            return Some((Ok(event), listener));
        }
    }
}
