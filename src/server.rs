//! Accepts connections: limits, deadlines and small buffers for everybody, a gentle stop.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Connections at once: 20,000 listeners of the feed and room for everybody else.
const CONNECTIONS: usize = 22_000;

/// Connections that the kernel keeps until we take them, if it may keep that many. Thousands of
/// listeners come back at the same moment after a break; those it turns away wait for seconds.
const WAITING_CONNECTIONS: u32 = 8_192;

/// Longest request head, bytes.
const HEAD_BYTES: usize = 16 * 1_024;

/// The kernel keeps this much for a reader that does not read; by default it would be megabytes.
const SEND_BUFFER_BYTES: usize = 16 * 1_024;

/// How long others are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// A connection that has not sent a whole request head by then is closed.
    pub head: Duration,
    /// A stop waits so long for requests under way.
    pub stop: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(15),
            stop: Duration::from_secs(10),
        }
    }
}

/// Listens on an address; within the runtime.
///
/// # Errors
/// If the address is another's, or not ours to use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A new start need not wait until the kernel has forgotten the connections of the last one.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_CONNECTIONS)
}

/// Serves until `stop` is ready, then finishes what is under way. Each request is answered by the
/// router of its time: another one may take over while connections stay.
///
/// # Errors
/// Never for a single connection; if the listener itself fails.
pub async fn serve(
    listener: TcpListener,
    routers: watch::Receiver<axum::Router>,
    deadlines: Deadlines,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        // Nobody is accepted without a place: the others wait in the kernel's queue.
        let accepting = async {
            let place = Arc::clone(&places).acquire_owned().await;
            let place = place.context("counting connections")?;
            anyhow::Ok((place, listener.accept().await))
        };
        let (place, accepted) = tokio::select! {
            accepted = accepting => accepted?,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, or a client gone already: the next may succeed.
                tracing::warn!("accepting a connection: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        prepare(&stream);
        let (routers, stopped) = (routers.clone(), stopped.clone());
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            if let Err(error) = answer(stream, peer, routers, deadlines.head, stopped).await {
                tracing::debug!("a connection ended early: {error}");
            }
            drop(place);
        });
    }
    drop(stopping);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(deadlines.stop, ended).await.is_err() {
        tracing::info!(
            "{} requests were still under way after {:?}",
            connections.len(),
            deadlines.stop
        );
        connections.shutdown().await;
    }
    Ok(())
}

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    routers: watch::Receiver<axum::Router>,
    head_within: Duration,
    mut stopped: watch::Receiver<()>,
) -> hyper::Result<()> {
    let service = tower::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = routers.borrow().clone();
        router.oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        ended = &mut connection => return ended,
        // The sender is dropped when the server stops.
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

fn prepare(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    let small = socket.set_send_buffer_size(SEND_BUFFER_BYTES);
    if let Err(error) = small.and_then(|()| stream.set_nodelay(true)) {
        tracing::debug!("a connection keeps its buffers: {error}");
    }
}

/// Ready when the process is asked to stop (SIGTERM, Ctrl-C).
pub async fn stop_signal() {
    let mut terminate =
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                tracing::error!("SIGTERM cannot be heard: {error}");
                return std::future::pending().await;
            }
        };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
