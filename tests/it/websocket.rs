//! The feed's WebSocket against clients that bend RFC 6455, in the production settings: the cases
//! of Autobahn's fuzzing client, chapters 1 to 7, 9 and 10, as far as they suit a server that never
//! echoes. What its clients expect to get back is here that the connection stays and answers pings.

use std::time::Duration;

use quietline::clock::Clock;
use rstest::rstest;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db};

mod cases;

use cases::{Case, Outcome, masked};

/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_mins(1);
/// What is asked of a connection that should have stayed.
const STILL_THERE: &[u8] = b"still there?";

/// What the server said, without the frames of the feed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    pongs: Vec<Vec<u8>>,
    /// The code of the close, after which the connection ended in order.
    close: Option<u16>,
}

/// A connection on which the handshake is done.
async fn shake_hands(app: &Spawned) -> BufReader<TcpStream> {
    let address = app.url("").replace("http://", "");
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let request = "GET /api/v1/live/ws HTTP/1.1\r\nhost: test\r\nconnection: Upgrade\r\n\
                   upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).await.unwrap(), 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

/// Sends all of it in pieces. A server that has heard enough may have closed before the end.
async fn send(stream: &mut BufReader<TcpStream>, bytes: &[u8], piece: usize) {
    for piece in bytes.chunks(piece) {
        if stream.write_all(piece).await.is_err() {
            return;
        }
    }
}

/// Reads until the server closes, or has answered the last question.
async fn hear(stream: &mut BufReader<TcpStream>, heard: &mut Heard) {
    while heard.pongs.last().is_none_or(|last| last != STILL_THERE) {
        let (opcode, payload) = read_frame(stream).await;
        match opcode {
            0x1 | 0x9 => {}
            0xA => heard.pongs.push(payload),
            0x8 => {
                heard.close = Some(u16::from_be_bytes(payload[..2].try_into().unwrap()));
                let mut rest = Vec::new();
                let ended = stream.read_to_end(&mut rest).await;
                ended.expect("an end in order, not a reset");
                assert!(rest.is_empty(), "after a close: {rest:x?}");
                return;
            }
            other => panic!("a frame of kind {other}"),
        }
    }
}

/// The kind of the next frame, and what it carries.
async fn read_frame(stream: &mut BufReader<TcpStream>) -> (u8, Vec<u8>) {
    let [first, second] = [stream.read_u8().await, stream.read_u8().await].map(Result::unwrap);
    assert_eq!(first & 0xF0, 0x80, "whole messages without extensions");
    let length = match second {
        126 => usize::from(stream.read_u16().await.unwrap()),
        127 => usize::try_from(stream.read_u64().await.unwrap()).unwrap(),
        short => usize::from(short),
    };
    assert!(second < 128, "a server does not mask");
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    (first & 0x0F, payload)
}

async fn try_case(app: &Spawned, case: &Case) {
    let mut stream = shake_hands(app).await;
    let mut heard = Heard::default();
    let mut wanted = Heard {
        pongs: case.pongs.clone(),
        close: None,
    };
    let mut sent = case.sent.clone();
    match case.outcome {
        Outcome::Stays => {
            sent.extend(masked(0x89, STILL_THERE));
            wanted.pongs.push(STILL_THERE.to_vec());
        }
        Outcome::Closes(code) => wanted.close = Some(code),
    }
    send(&mut stream, &sent, case.piece).await;
    hear(&mut stream, &mut heard).await;
    assert_eq!(heard, wanted, "{}", case.name);
}

#[rstest]
#[case::framing(cases::framing())]
#[case::pings_and_pongs(cases::pings_and_pongs())]
#[case::reserved_bits(cases::reserved_bits())]
#[case::opcodes(cases::opcodes())]
#[case::fragmentation(cases::fragmentation())]
#[case::utf8(cases::utf8())]
#[case::closes(cases::closes())]
#[case::limits(cases::limits())]
#[tokio::test]
async fn a_client_that_bends_the_protocol_is_told_so(#[case] cases: Vec<Case>) {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    for case in &cases {
        let tried = tokio::time::timeout(PATIENCE, try_case(&app, case)).await;
        assert!(tried.is_ok(), "no answer: {}", case.name);
    }
    app.stop().await;
}
