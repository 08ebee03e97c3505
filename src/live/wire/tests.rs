use super::*;
use proptest::prelude::*;

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = frame(0, payload);
    bytes[0] = first;
    bytes[1] |= MASKED;
    let head = bytes.len() - payload.len();
    let mask = [7, 13, 42, 99];
    bytes.splice(head..head, mask);
    for (byte, mask) in bytes[head + 4..].iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    bytes
}

fn demands(pieces: &[&[u8]]) -> Vec<Demand> {
    let mut incoming = Incoming::default();
    let mut found = Vec::new();
    for piece in pieces {
        incoming.take(piece, |demand| {
            found.push(demand);
            ControlFlow::Continue(())
        });
    }
    found
}

#[test]
fn lengths_are_written_in_the_shortest_of_three_forms() {
    assert_eq!(frame_text("hi"), [0x81, 2, b'h', b'i']);
    assert_eq!(frame_text(&"x".repeat(126))[..4], [0x81, 126, 0, 126]);
    let long = frame_text(&"x".repeat(70_000));
    assert_eq!(long[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
    assert_eq!(frame_close(GOING_AWAY), [0x88, 2, 3, 0xE9]);
}

#[test]
fn pings_are_answered_with_their_payload_and_closes_with_their_code() {
    let ping = masked(FINAL | PING, b"are you there");
    let close = masked(FINAL | CLOSE, &1000_u16.to_be_bytes());
    let wanted = [Demand::Pong(b"are you there".to_vec()), Demand::Close(1000)];
    assert_eq!(demands(&[&ping, &close]), wanted);
    assert_eq!(
        demands(&[&masked(FINAL | CLOSE, &[])]),
        [Demand::Close(1000)]
    );
}

#[test]
fn what_clients_say_is_thrown_away_until_it_is_too_much() {
    let chat = masked(FINAL | TEXT, &[b'x'; 4_096]);
    let ping = masked(FINAL | PING, b"");
    assert_eq!(demands(&[&chat, &chat, &ping]), [Demand::Pong(Vec::new())]);
    let long = masked(FINAL | TEXT, &[b'x'; 4_097]);
    assert_eq!(demands(&[&long])[0], Demand::Close(TOO_BIG));
    let part = masked(TEXT, &[b'x'; 3_000]);
    let more = masked(CONTINUATION, &[b'x'; 3_000]);
    assert_eq!(demands(&[&part, &more])[0], Demand::Close(TOO_BIG));
}

#[test]
fn unmasked_reserved_and_oversized_control_frames_are_errors() {
    let mut unmasked = masked(FINAL | PING, b"");
    unmasked[1] = 0;
    let reserved = masked(FINAL | 0x40 | TEXT, b"");
    let unknown = masked(FINAL | 0x3, b"");
    let fragment = masked(PING, b"");
    let long = masked(FINAL | PING, &[0; 126]);
    for bytes in [unmasked, reserved, unknown, fragment, long] {
        assert_eq!(
            demands(&[&bytes])[0],
            Demand::Close(PROTOCOL_ERROR),
            "{bytes:?}"
        );
    }
}

#[test]
fn messages_are_begun_and_carried_on_in_order() {
    let text = masked(FINAL | TEXT, b"x");
    let part = masked(TEXT, b"x");
    let more = masked(FINAL | CONTINUATION, b"x");
    let ping = masked(FINAL | PING, b"");
    let answer = Demand::Pong(Vec::new());
    let refused = Demand::Close(PROTOCOL_ERROR);
    assert_eq!(
        demands(&[&part, &ping, &more, &text, &ping]),
        [answer.clone(), answer]
    );
    assert_eq!(demands(&[&more, &ping]), std::slice::from_ref(&refused));
    assert_eq!(demands(&[&part, &text, &ping]), [refused]);
}

#[test]
fn a_text_is_utf8_over_all_its_frames() {
    let euro = "\u{20ac}".as_bytes();
    let begun = masked(TEXT, &euro[..1]);
    let ended = masked(FINAL | CONTINUATION, &euro[1..]);
    assert_eq!(demands(&[&begun, &ended]), []);
    let cut = masked(FINAL | CONTINUATION, &euro[1..2]);
    assert_eq!(demands(&[&begun, &cut]), [Demand::Close(NOT_TEXT)]);
    let nothing = masked(FINAL | CONTINUATION, &[]);
    assert_eq!(demands(&[&begun, &nothing]), [Demand::Close(NOT_TEXT)]);
    let binary = masked(FINAL | BINARY, &euro[..1]);
    assert_eq!(demands(&[&binary]), []);
}

#[test]
fn a_close_is_answered_with_its_code_if_that_may_be_sent() {
    let answered = |payload: &[u8]| demands(&[&masked(FINAL | CLOSE, payload)]);
    for code in [1000, 1003, 1007, 1014, 3000, 4999_u16] {
        assert_eq!(answered(&code.to_be_bytes()), [Demand::Close(code)]);
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535_u16] {
        let refused = [Demand::Close(PROTOCOL_ERROR)];
        assert_eq!(answered(&code.to_be_bytes()), refused, "{code}");
    }
    assert_eq!(answered(&[3]), [Demand::Close(PROTOCOL_ERROR)]);
    assert_eq!(answered(&[3, 0xE8, 0xFF]), [Demand::Close(NOT_TEXT)]);
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_are_read_without_fault(bytes in prop::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600) {
        let cut = cut.min(bytes.len());
        let whole = demands(&[&bytes]);
        let pieces = demands(&[&bytes[..cut], &bytes[cut..]]);
        prop_assert_eq!(whole, pieces);
    }
}
