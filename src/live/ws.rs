//! `/api/v1/live/ws`: the feed over a WebSocket.
//!
//! One small task for each connection; it owns no copy of a frame and no buffer but that of one
//! control frame.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::feed::{client_address, closed};
use super::hub::{Encoded, Hub, Permit};
use super::wire::{
    BUFFER_BYTES, Demand, GOING_AWAY, Incoming, frame_close, frame_ping, frame_pong,
};

/// A client that does not take a frame for this long is dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client that was told the end has so long, and may still send so much, before it is dropped.
const PARTING: Duration = Duration::from_secs(2);
const MOST_UNREAD_BYTES: usize = 1 << 20;

/// After this many frames, one a second, a ping keeps proxies from closing the connection.
const FRAMES_PER_PING: u32 = 25;

/// Lets a client in and hands it over to its task.
pub async fn upgrade(State(hub): State<Hub>, mut request: Request) -> Response {
    let Some(accept) = accept_key(request.headers()) else {
        let header = [(UPGRADE, "websocket"), (SEC_WEBSOCKET_VERSION, "13")];
        return (StatusCode::UPGRADE_REQUIRED, header).into_response();
    };
    let Some(on_upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(permit) = hub.admit(client_address(request.extensions())) else {
        return super::feed::too_many();
    };
    tokio::spawn(async move {
        // A client that goes away during the handshake is nobody's problem.
        if let Ok(upgraded) = on_upgrade.await {
            let _left = serve(TokioIo::new(upgraded), &hub, permit).await;
        }
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    *response.body_mut() = Body::empty();
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// The answer to a correct handshake; `None` if it is not one.
fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let names = |header, word: &str| {
        headers.get_all(header).iter().any(|value| {
            let list = value.to_str().unwrap_or_default();
            list.split(',')
                .any(|item| item.trim().eq_ignore_ascii_case(word))
        })
    };
    let version = headers.get(SEC_WEBSOCKET_VERSION)?;
    if !names(CONNECTION, "upgrade") || !names(UPGRADE, "websocket") || version != "13" {
        return None;
    }
    let key = headers.get(SEC_WEBSOCKET_KEY)?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok()
}

/// Sends the newest frame whenever there is a newer one, until either side ends it.
async fn serve(mut socket: TokioIo<Upgraded>, hub: &Hub, _permit: Permit) -> std::io::Result<()> {
    let mut frames = hub.follow();
    let mut closing = hub.follow_close();
    // The first frame is sent at once, not at the next second.
    frames.mark_changed();
    let mut incoming = Incoming::default();
    let mut piece = [0; BUFFER_BYTES];
    let mut since_ping = 0;
    loop {
        tokio::select! {
            () = closed(&mut closing) => {
                return write(&mut socket, &frame_close(GOING_AWAY)).await;
            }
            changed = frames.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let newest = newest_bytes(&mut frames);
                if let Some(frame) = newest {
                    write(&mut socket, &frame).await?;
                    since_ping += 1;
                }
                if since_ping >= FRAMES_PER_PING {
                    since_ping = 0;
                    write(&mut socket, &frame_ping()).await?;
                }
            }
            read = socket.read(&mut piece) => {
                let length = read?;
                if length == 0 {
                    return Ok(());
                }
                if answer(&mut socket, &mut incoming, &piece[..length]).await?.is_break() {
                    return part(&mut socket).await;
                }
            }
        }
    }
}

/// A handle on the bytes of the newest frame, so that no lock is held while they are written.
fn newest_bytes(frames: &mut watch::Receiver<Option<Arc<Encoded>>>) -> Option<Bytes> {
    let newest = frames.borrow_and_update();
    newest.as_ref().map(|frame| frame.ws.clone())
}

/// Answers pings and closes; breaks when the connection is over.
async fn answer(
    socket: &mut TokioIo<Upgraded>,
    incoming: &mut Incoming,
    piece: &[u8],
) -> std::io::Result<ControlFlow<()>> {
    let mut reply = Vec::new();
    let mut over = ControlFlow::Continue(());
    incoming.take(piece, |demand| {
        match demand {
            Demand::Pong(payload) => reply.extend(frame_pong(&payload)),
            Demand::Close(code) => {
                reply.extend(frame_close(code));
                over = ControlFlow::Break(());
            }
        }
        over
    });
    if !reply.is_empty() {
        write(socket, &reply).await?;
    }
    Ok(over)
}

/// Says nothing more and lets the client end it. Were the connection dropped while something that
/// the client sent is unread, it would be reset, and the reason for the close lost on the way.
async fn part(socket: &mut TokioIo<Upgraded>) -> std::io::Result<()> {
    let parting = async {
        socket.shutdown().await?;
        let mut rest = [0; BUFFER_BYTES];
        let mut unread = MOST_UNREAD_BYTES;
        while unread > 0 {
            let length = socket.read(&mut rest).await?;
            if length == 0 {
                break;
            }
            unread = unread.saturating_sub(length);
        }
        Ok(())
    };
    tokio::time::timeout(PARTING, parting).await?
}

/// Writes all of it, or fails when the client has not taken it in time.
async fn write(socket: &mut TokioIo<Upgraded>, bytes: &[u8]) -> std::io::Result<()> {
    let writing = async {
        socket.write_all(bytes).await?;
        socket.flush().await
    };
    tokio::time::timeout(PATIENCE, writing).await?
}
