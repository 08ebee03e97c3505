//! The feed over real sockets: a server on port 0, real clients, a clock that stands still.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::{Message, protocol::frame::coding::CloseCode};

use super::*;
use crate::clock::Clock;
use crate::live::frame::{Frame, Now};
use crate::live::hub::Limits;

const START_MS: i64 = 1_700_000_000_000;

/// A centre whose name tells the frames apart; `size` pads it.
fn now(name: &str, size: usize) -> Now {
    Now {
        centre: name.into(),
        zone: "UTC".into(),
        sample_data: true,
        as_of: "x".repeat(size),
        stale_after: String::new(),
        lines: Vec::new(),
    }
}

fn publish(hub: &Hub, name: &str, second: i64) {
    let at_ms = START_MS + second * 1_000;
    hub.clock().set(at_ms);
    assert!(hub.publish(now(name, 10), at_ms).expect("plain JSON"));
}

fn spawn_feed(limits: Limits) -> (Hub, SocketAddr) {
    let hub = Hub::new(Clock::fixed(START_MS), limits);
    let socket = TcpSocket::new_v4().expect("a socket");
    // Small buffers, as behind the real door: a slow reader is noticed soon.
    socket
        .set_send_buffer_size(16 * 1_024)
        .expect("a small buffer");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let listener = socket.listen(64).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let routes = router(hub.clone());
    tokio::spawn(async move {
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).await
    });
    (hub, address)
}

type Client = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>;

async fn connect(address: SocketAddr) -> Client {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .set_recv_buffer_size(16 * 1_024)
        .expect("a small buffer");
    let stream = socket.connect(address).await.expect("a connection");
    let url = format!("ws://{address}/api/v1/live/ws");
    let stream = tokio_tungstenite::MaybeTlsStream::Plain(stream);
    let (client, _) = tokio_tungstenite::client_async(url, stream)
        .await
        .expect("a handshake");
    client
}

async fn next_frame(client: &mut Client) -> Frame {
    let message = client.next().await.expect("a message").expect("no error");
    serde_json::from_str(message.to_text().expect("text")).expect("a frame")
}

/// Sends a request and reads until `enough` says so, or the server closes.
async fn read_until(address: SocketAddr, request: &str, enough: impl Fn(&str) -> bool) -> String {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut read = Vec::new();
    let mut piece = [0; 4_096];
    while !enough(&String::from_utf8_lossy(&read)) {
        match socket.read(&mut piece).await.expect("readable") {
            0 => break,
            length => read.extend(&piece[..length]),
        }
    }
    String::from_utf8(read).expect("text")
}

fn request(path: &str, header: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n")
}

#[tokio::test]
async fn a_client_gets_the_newest_frame_at_once_and_then_each_new_one() {
    let (hub, address) = spawn_feed(Limits::default());
    publish(&hub, "a", 0);
    let mut client = connect(address).await;
    let first = next_frame(&mut client).await;
    publish(&hub, "b", 1);
    let second = next_frame(&mut client).await;
    assert_eq!((first.seq, first.now.centre.as_str()), (1, "a"));
    assert_eq!((second.seq, second.now.centre.as_str()), (2, "b"));
    assert_eq!(
        (first.epoch.as_str(), second.epoch.as_str()),
        (hub.epoch(), hub.epoch())
    );
}

#[tokio::test]
async fn a_slow_reader_skips_to_the_newest_frame() {
    let (hub, address) = spawn_feed(Limits::default());
    publish(&hub, "first", 0);
    let mut client = connect(address).await;
    next_frame(&mut client).await;
    // A frame is larger than both buffers together: the server waits in the middle of one.
    for second in 1..=20 {
        let at_ms = START_MS + second * 1_000;
        let sent = hub.publish(now("big", 200_000), at_ms).expect("plain JSON");
        assert!(sent);
        tokio::task::yield_now().await;
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&21) {
        seen.push(next_frame(&mut client).await.seq);
    }
    assert!(seen.len() < 15, "nothing was skipped: {seen:?}");
    assert!(seen.is_sorted(), "{seen:?}");
}

#[tokio::test]
async fn a_ping_is_answered_and_a_shutdown_says_so() {
    let (hub, address) = spawn_feed(Limits::default());
    let mut client = connect(address).await;
    futures_util::SinkExt::send(&mut client, Message::Ping("hello".into()))
        .await
        .expect("sent");
    let pong = client.next().await.expect("a message").expect("no error");
    assert_eq!(pong, Message::Pong("hello".into()));
    hub.close();
    let close = client.next().await.expect("a message").expect("no error");
    let Message::Close(Some(reason)) = close else {
        panic!("{close:?} is not a close");
    };
    assert_eq!(reason.code, CloseCode::Away);
}

#[tokio::test]
async fn who_leaves_makes_room() {
    let limits = Limits {
        overall: 1,
        per_address: 1,
    };
    let (hub, address) = spawn_feed(limits);
    let mut client = connect(address).await;
    let refused = read_until(address, &request("/api/v1/live", ""), |text| {
        text.contains("\r\n\r\n")
    })
    .await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after: 30"), "{refused}");
    client.close(None).await.expect("closed");
    while client.next().await.is_some() {}
    let left = async {
        while hub.listening() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), left)
        .await
        .expect("the place is free again");
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_told_how() {
    let (_hub, address) = spawn_feed(Limits::default());
    let answer = read_until(address, &request("/api/v1/live/ws", ""), |text| {
        text.contains("\r\n\r\n")
    })
    .await;
    assert!(answer.starts_with("HTTP/1.1 426"), "{answer}");
}

#[tokio::test]
async fn events_carry_the_same_frames_and_go_on_where_a_client_left() {
    let (hub, address) = spawn_feed(Limits::default());
    publish(&hub, "a", 0);
    let stream = read_until(address, &request("/api/v1/live", ""), |text| {
        text.contains("\"a\"") && text.ends_with("\r\n")
    })
    .await;
    assert!(
        stream.contains("content-type: text/event-stream"),
        "{stream}"
    );
    assert!(
        stream.contains(&format!("id: {}:1\n", hub.epoch())),
        "{stream}"
    );
    let data = stream
        .lines()
        .find_map(|line| line.strip_prefix("data: "))
        .expect("data");
    let mut client = connect(address).await;
    let frame: Frame = serde_json::from_str(data).expect("a frame");
    assert_eq!(frame, next_frame(&mut client).await);

    let known = format!("Last-Event-ID: {}:1\r\n", hub.epoch());
    let request = request("/api/v1/live", &known);
    let resumed = read_until(address, &request, |text| {
        // The head has arrived, so the listener is in: now something new happens.
        if text.contains("retry: ") && hub.newest().is_some_and(|frame| frame.seq == 1) {
            publish(&hub, "b", 1);
        }
        text.contains("data: ") && text.ends_with("\r\n")
    });
    let resumed = resumed.await;
    assert!(!resumed.contains("\"centre\":\"a\""), "{resumed}");
    assert!(resumed.contains("\"centre\":\"b\""), "{resumed}");
}

#[tokio::test]
async fn now_is_one_answer_for_a_tick_and_not_sent_again_to_who_has_it() {
    let (hub, address) = spawn_feed(Limits::default());
    let get = |header: String| async move {
        let request = request("/api/v1/now", &format!("Connection: close\r\n{header}"));
        read_until(address, &request, |_| false).await
    };
    assert!(get(String::new()).await.starts_with("HTTP/1.1 503"));
    publish(&hub, "a", 0);
    let first = get(String::new()).await;
    assert!(
        first.contains("cache-control: public, max-age=5"),
        "{first}"
    );
    publish(&hub, "b", 4);
    let same = get(String::new()).await;
    assert!(same.contains("max-age=1"), "{same}");
    let body = |answer: &str| answer.split("\r\n\r\n").nth(1).map(str::to_owned);
    assert_eq!(body(&first), body(&same));
    let etag = first
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .expect("an etag")
        .to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    let known = get(format!("If-None-Match: \"other\", {etag}\r\n")).await;
    assert!(known.starts_with("HTTP/1.1 304"), "{known}");
    publish(&hub, "c", 5);
    let next = get(format!("If-None-Match: {etag}\r\n")).await;
    assert!(next.starts_with("HTTP/1.1 200"), "{next}");
    let now: Now = serde_json::from_str(&body(&next).expect("a body")).expect("a body");
    assert_eq!(now.centre, "c");
}
