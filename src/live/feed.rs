//! The addresses of the feed: `/api/v1/live/ws`, `/api/v1/live`, `/api/v1/now`.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER,
};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::watch;
use tower_http::set_header::SetResponseHeaderLayer;

use super::hub::{Hub, TICK_MS};
use super::{sse, ws};

/// The address of the client where an outer layer knows better than the connection: put into the
/// extensions of the request by whoever trusts a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The three routes.
pub fn router(hub: Hub) -> Router {
    Router::new()
        .route("/api/v1/live/ws", get(ws::upgrade))
        .route("/api/v1/live", get(sse::stream_events))
        .route("/api/v1/now", get(answer_now))
        // The figures are public: the pages of any site may read them.
        .layer(SetResponseHeaderLayer::overriding(
            ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ))
        .with_state(hub)
}

/// The state of every line; the same answer for a whole tick.
async fn answer_now(State(hub): State<Hub>, headers: HeaderMap) -> Response {
    let Some(frame) = hub.newest() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response();
    };
    let tick = &frame.tick;
    let caching = [
        (ETAG, tick.etag.clone()),
        (CACHE_CONTROL, keep_until_tick_ends(hub.clock().now_ms())),
    ];
    if headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|tags| names_tag(tags.to_str().unwrap_or_default(), &tick.etag))
    {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let body = [(CONTENT_TYPE, "application/json")];
    (caching, body, tick.json.clone()).into_response()
}

/// Caches may keep an answer for the rest of its tick, in whole seconds, and no longer.
fn keep_until_tick_ends(now_ms: i64) -> String {
    let left_ms = TICK_MS - now_ms.rem_euclid(TICK_MS);
    format!("public, max-age={}", left_ms / 1_000)
}

/// Whether a list of entity tags names this one; weak and strong are compared alike.
fn names_tag(list: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|tag| opaque(tag) == opaque(etag))
}

/// Whom a request counts for.
pub(super) fn client_address(extensions: &Extensions) -> Option<IpAddr> {
    let told = extensions.get::<ClientAddress>().map(|client| client.0);
    told.or_else(|| {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(peer.ip())
    })
}

/// Ends when the server goes away.
pub(super) async fn closed(closing: &mut watch::Receiver<bool>) {
    // The hub outlives its listeners; should it not, that is an end too.
    let _gone = closing.wait_for(|closed| *closed).await.is_err();
}

/// The answer to a listener for whom there is no room.
pub(super) fn too_many() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "30")]).into_response()
}

#[cfg(test)]
mod tests;
