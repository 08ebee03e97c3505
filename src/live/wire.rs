//! The server's side of the WebSocket wire (RFC 6455), no more than a feed needs.
//!
//! Why not the ready-made one: it copies every frame into a buffer of each connection and keeps
//! it. Here the frame is framed once, and all connections write the same bytes. What clients send
//! is read for pings and closes, and held to the protocol; everything else is thrown away. Pure:
//! bytes in, bytes out.

use std::ops::ControlFlow;

use text::Utf8;

mod text;

/// Clients need not send anything; a longer message is refused.
pub const MOST_MESSAGE_BYTES: u64 = 4 * 1_024;

/// A control frame at most: head, mask, payload.
pub const BUFFER_BYTES: usize = 2 + 4 + MOST_CONTROL_BYTES;

const MOST_CONTROL_BYTES: usize = 125;

/// The server is going away, as when it restarts.
pub const GOING_AWAY: u16 = 1001;
/// The client broke the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// The client sent a text that is not UTF-8.
pub const NOT_TEXT: u16 = 1007;
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

/// Reads what a client sends, in pieces of any size, keeping at most one control frame. After a
/// close nothing more is read.
#[derive(Debug)]
pub struct Incoming {
    kept: [u8; BUFFER_BYTES],
    length: usize,
    /// The message that is being thrown away.
    message: Option<Message>,
    is_over: bool,
}

/// A data message, of which only this is known.
#[derive(Debug)]
struct Message {
    /// Its size as far as its frames have been announced.
    bytes: u64,
    /// What it says must be UTF-8, if it is text.
    text: Option<Utf8>,
    /// Of the frame under way: whether it is the last, what is still to come, how it is masked.
    is_last: bool,
    left: u64,
    mask: [u8; 4],
}

impl Default for Incoming {
    fn default() -> Self {
        Self {
            kept: [0; BUFFER_BYTES],
            length: 0,
            message: None,
            is_over: false,
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
        while !piece.is_empty() && !self.is_over {
            let left = self.message.as_ref().map_or(0, |message| message.left);
            let wanted = if left > 0 {
                let passed = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
                let (data, rest) = piece.split_at(passed);
                piece = rest;
                self.pass(data)
            } else {
                self.kept[self.length] = piece[0];
                self.length += 1;
                piece = &piece[1..];
                self.finish_frame()
            };
            let Some(wanted) = wanted.unwrap_or_else(|code| Some(Demand::Close(code))) else {
                continue;
            };
            self.is_over = matches!(wanted, Demand::Close(_));
            if demand(wanted).is_break() {
                return;
            }
        }
    }

    /// Throws away some of what the frame under way says.
    fn pass(&mut self, data: &[u8]) -> Result<Option<Demand>, u16> {
        let Some(message) = &mut self.message else {
            return Ok(None);
        };
        message.left -= data.len() as u64;
        for byte in data {
            let clear = byte ^ message.mask[0];
            message.mask.rotate_left(1);
            if let Some(text) = &mut message.text
                && !text.take(clear)
            {
                return Err(NOT_TEXT);
            }
        }
        self.finish_message()
    }

    /// Forgets a message that is whole.
    fn finish_message(&mut self) -> Result<Option<Demand>, u16> {
        if let Some(message) = &self.message
            && message.left == 0
            && message.is_last
        {
            let is_whole = message.text.as_ref().is_none_or(Utf8::is_whole);
            self.message = None;
            return if is_whole { Ok(None) } else { Err(NOT_TEXT) };
        }
        Ok(None)
    }

    /// Whether the kept bytes are a whole control frame or the head of a data frame, and what
    /// that demands. The bytes kept never exceed the buffer: longer frames are refused or skipped.
    fn finish_frame(&mut self) -> Result<Option<Demand>, u16> {
        let Some(head) = read_head(&self.kept[..self.length])? else {
            return Ok(None);
        };
        if head.opcode < CLOSE {
            self.length = 0;
            self.begin(&head)?;
            return self.finish_message();
        }
        let whole = head.bytes + usize::try_from(head.payload).unwrap_or(usize::MAX);
        if self.length < whole {
            return Ok(None);
        }
        self.length = 0;
        let mask = &self.kept[head.bytes - 4..head.bytes];
        let masked = &self.kept[head.bytes..whole];
        let payload: Vec<u8> = masked
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        Ok(match head.opcode {
            PING => Some(Demand::Pong(payload)),
            CLOSE => Some(Demand::Close(close_code(&payload))),
            _ => None,
        })
    }

    /// A frame of data begins: the first of a message, or one that carries it on.
    fn begin(&mut self, head: &Head) -> Result<(), u16> {
        let mut message = match (self.message.take(), head.opcode) {
            (Some(message), CONTINUATION) => message,
            (None, TEXT | BINARY) => Message {
                bytes: 0,
                text: (head.opcode == TEXT).then(Utf8::default),
                is_last: false,
                left: 0,
                mask: [0; 4],
            },
            _ => return Err(PROTOCOL_ERROR),
        };
        message.bytes = message.bytes.saturating_add(head.payload);
        if message.bytes > MOST_MESSAGE_BYTES {
            return Err(TOO_BIG);
        }
        message.is_last = head.fin;
        message.left = head.payload;
        message
            .mask
            .copy_from_slice(&self.kept[head.bytes - 4..head.bytes]);
        self.message = Some(message);
        Ok(())
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

/// The code to answer a close with: the client's own, "normal" where it gave none, or what is
/// wrong with it. Codes below 3000 must be registered ones that may stand on the wire.
fn close_code(payload: &[u8]) -> u16 {
    let (code, reason) = match payload {
        [] => return 1000,
        [_] => return PROTOCOL_ERROR,
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    match code {
        _ if str::from_utf8(reason).is_err() => NOT_TEXT,
        1000..=1003 | 1007..=1014 | 3000..=4999 => code,
        _ => PROTOCOL_ERROR,
    }
}

#[cfg(test)]
mod tests;
