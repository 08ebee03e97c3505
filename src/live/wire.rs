//! The server's side of the WebSocket wire (RFC 6455), no more than a feed needs.
//!
//! Why not the ready-made one: it copies every frame into a buffer of each connection and keeps
//! it. Here the frame is framed once, and all connections write the same bytes. What clients send
//! is read only for pings and closes; everything else is thrown away. Pure: bytes in, bytes out.

use std::ops::ControlFlow;

/// Clients need not send anything; a longer message is refused.
pub const MOST_MESSAGE_BYTES: u64 = 4 * 1_024;

/// A control frame at most: head, mask, payload.
pub const BUFFER_BYTES: usize = 2 + 4 + MOST_CONTROL_BYTES;

const MOST_CONTROL_BYTES: usize = 125;

/// The server is going away, as when it restarts.
pub const GOING_AWAY: u16 = 1001;
/// The client broke the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// The client sent too much.
pub const TOO_BIG: u16 = 1009;

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CONTINUATION: u8 = 0x0;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// A text message as it goes over the wire.
#[must_use]
pub fn frame_text(text: &str) -> Vec<u8> {
    frame(TEXT, text.as_bytes())
}

/// An empty ping.
#[must_use]
pub fn frame_ping() -> Vec<u8> {
    frame(PING, &[])
}

/// The answer to a ping.
#[must_use]
pub fn frame_pong(payload: &[u8]) -> Vec<u8> {
    frame(PONG, payload)
}

/// A close with its code.
#[must_use]
pub fn frame_close(code: u16) -> Vec<u8> {
    frame(CLOSE, &code.to_be_bytes())
}

fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 10);
    bytes.push(FINAL | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short <= 125 => bytes.push(short),
        (_, Ok(medium)) => {
            bytes.push(126);
            bytes.extend(medium.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// What a client wants to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// A ping: answer it with its payload.
    Pong(Vec<u8>),
    /// The end: answer with this code, then close.
    Close(u16),
}

/// Reads what a client sends, in pieces of any size, keeping at most one control frame.
#[derive(Debug)]
pub struct Incoming {
    kept: [u8; BUFFER_BYTES],
    length: usize,
    /// Bytes of a data message that are still to be thrown away.
    skip: u64,
    /// Size so far of the message that is being thrown away.
    message: u64,
}

impl Default for Incoming {
    fn default() -> Self {
        Self {
            kept: [0; BUFFER_BYTES],
            length: 0,
            skip: 0,
            message: 0,
        }
    }
}

/// The head of a frame.
struct Head {
    fin: bool,
    opcode: u8,
    bytes: usize,
    payload: u64,
}

impl Incoming {
    /// Takes in a piece; calls `demand` for each demand in it, until that breaks.
    pub fn take(&mut self, mut piece: &[u8], mut demand: impl FnMut(Demand) -> ControlFlow<()>) {
        while !piece.is_empty() {
            let skipped = usize::try_from(self.skip)
                .unwrap_or(usize::MAX)
                .min(piece.len());
            self.skip -= skipped as u64;
            piece = &piece[skipped..];
            let Some((first, rest)) = piece.split_first() else {
                return;
            };
            self.kept[self.length] = *first;
            self.length += 1;
            piece = rest;
            if let Some(wanted) = self.finish_frame()
                && demand(wanted).is_break()
            {
                return;
            }
        }
    }

    /// Whether the kept bytes are a whole control frame or the head of a data frame, and what
    /// that demands. The bytes kept never exceed the buffer: longer frames are refused or skipped.
    fn finish_frame(&mut self) -> Option<Demand> {
        let head = match read_head(&self.kept[..self.length]) {
            Ok(head) => head?,
            Err(code) => return Some(self.refuse(code)),
        };
        if head.opcode < CLOSE {
            self.length = 0;
            self.skip = head.payload;
            self.message = self.message.saturating_add(head.payload);
            if self.message > MOST_MESSAGE_BYTES {
                return Some(self.refuse(TOO_BIG));
            }
            if head.fin {
                self.message = 0;
            }
            return None;
        }
        let whole = head.bytes + usize::try_from(head.payload).unwrap_or(usize::MAX);
        if self.length < whole {
            return None;
        }
        self.length = 0;
        let mask = &self.kept[head.bytes - 4..head.bytes];
        let masked = &self.kept[head.bytes..whole];
        let payload: Vec<u8> = masked
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        match head.opcode {
            PING => Some(Demand::Pong(payload)),
            CLOSE => Some(Demand::Close(close_code(&payload))),
            _ => None,
        }
    }

    fn refuse(&mut self, code: u16) -> Demand {
        self.length = 0;
        Demand::Close(code)
    }
}

/// The head of the frame that begins with `bytes`; `None` if more bytes are needed, or the code of
/// what is wrong with it.
fn read_head(bytes: &[u8]) -> Result<Option<Head>, u16> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    let fin = first & FINAL != 0;
    let opcode = first & 0x0F;
    let reserved = first & 0x70 != 0;
    let known = matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
    let short = second & 0x7F;
    let control = opcode >= CLOSE;
    if reserved || !known || second & MASKED == 0 || (control && (!fin || short > 125)) {
        return Err(PROTOCOL_ERROR);
    }
    let wide = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    if rest.len() < wide + 4 {
        return Ok(None);
    }
    let payload = if wide == 0 {
        u64::from(short)
    } else {
        rest[..wide]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    Ok(Some(Head {
        fin,
        opcode,
        bytes: 2 + wide + 4,
        payload,
    }))
}

/// The code to close with: the client's own, or "normal" where it gave none.
fn close_code(payload: &[u8]) -> u16 {
    match payload {
        [] => 1000,
        [high, low, ..] => u16::from_be_bytes([*high, *low]),
        [_] => PROTOCOL_ERROR,
    }
}

#[cfg(test)]
mod tests {
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

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_are_read_without_fault(bytes in prop::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600) {
            let cut = cut.min(bytes.len());
            let whole = demands(&[&bytes]);
            let pieces = demands(&[&bytes[..cut], &bytes[cut..]]);
            prop_assert_eq!(whole, pieces);
        }
    }
}
