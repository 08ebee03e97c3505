//! The messages of `FreeSWITCH`'s event socket: headers, an empty line, and as many bytes as
//! `Content-Length` says. Pure, and bounded: no length is believed beyond what a message may have.

/// Longest headers of a message. Events stand in its body.
pub const MOST_HEAD_BYTES: usize = 16 * 1024;
/// Longest body. An event with all variables of a channel has some tens of kilobytes.
pub const MOST_BODY_BYTES: usize = 1024 * 1024;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its `Content-Type`.
    pub kind: String,
    /// Its `Reply-Text`, if it answers a command.
    pub reply: String,
    /// What follows the headers.
    pub body: Vec<u8>,
}

/// Why what comes is no message. Nothing after it can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// No empty line for too long.
    #[error("headers of more than {MOST_HEAD_BYTES} bytes")]
    LongHead,
    /// A length beyond all measure, or none.
    #[error("a Content-Length that is no number up to {MOST_BODY_BYTES}")]
    Length,
}

/// Cuts what comes in into messages.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: Vec<u8>,
}

impl Frames {
    /// More has come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes that wait for the rest of their message.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// The next message that is there whole.
    ///
    /// # Errors
    /// If what came is no message; the connection is then of no more use.
    pub fn take(&mut self) -> Result<Option<Frame>, Broken> {
        let blank = self.buffer.iter().take_while(|byte| **byte == b'\n');
        self.buffer.drain(..blank.count());
        let text = &self.buffer;
        let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") else {
            // The first half of the empty line may be there.
            return if text.len() > MOST_HEAD_BYTES + 1 {
                Err(Broken::LongHead)
            } else {
                Ok(None)
            };
        };
        if end > MOST_HEAD_BYTES {
            return Err(Broken::LongHead);
        }
        let (mut frame, length) = read_head(&text[..end])?;
        let Some(body) = text[end + 2..].get(..length) else {
            return Ok(None);
        };
        frame.body = body.to_vec();
        self.buffer.drain(..end + 2 + length);
        Ok(Some(frame))
    }
}

/// What the headers say, and the length of the body.
fn read_head(head: &[u8]) -> Result<(Frame, usize), Broken> {
    let mut frame = Frame::default();
    let mut length = 0;
    for line in head.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match name {
            "Content-Type" => value.clone_into(&mut frame.kind),
            "Reply-Text" => value.clone_into(&mut frame.reply),
            "Content-Length" => {
                let read = value.parse().ok();
                length = read
                    .filter(|length| *length <= MOST_BODY_BYTES)
                    .ok_or(Broken::Length)?;
            }
            _ => {}
        }
    }
    Ok((frame, length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPOKEN: &[u8] = b"Content-Type: auth/request\n\n\
        Content-Type: command/reply\nReply-Text: +OK accepted\n\n\
        Content-Length: 5\nContent-Type: api/response\n\ntrue\n\
        Content-Length: 22\nContent-Type: text/event-plain\n\nEvent-Name: HEARTBEAT\n";

    fn all(frames: &mut Frames) -> Vec<Frame> {
        std::iter::from_fn(|| frames.take().unwrap()).collect()
    }

    #[test]
    fn messages_come_whole_however_they_are_cut() {
        let mut whole = Frames::default();
        whole.push(SPOKEN);
        let wanted = all(&mut whole);
        let kinds: Vec<&str> = wanted.iter().map(|frame| frame.kind.as_str()).collect();
        let told = [
            "auth/request",
            "command/reply",
            "api/response",
            "text/event-plain",
        ];
        assert_eq!(kinds, told);
        assert_eq!(wanted[1].reply, "+OK accepted");
        assert_eq!(wanted[2].body, b"true\n");
        assert_eq!(wanted[3].body, b"Event-Name: HEARTBEAT\n");
        assert_eq!(whole.waiting(), 0);
        let mut bytes = Frames::default();
        let mut cut = Vec::new();
        for byte in SPOKEN {
            bytes.push(&[*byte]);
            cut.extend(all(&mut bytes));
        }
        assert_eq!(cut, wanted);
    }

    #[test]
    fn lengths_that_are_none_or_beyond_measure_are_broken() {
        for length in ["1048577", "99999999999999999999999", "-1", "x", ""] {
            let mut frames = Frames::default();
            frames.push(format!("Content-Length: {length}\n\n").as_bytes());
            assert_eq!(frames.take(), Err(Broken::Length), "{length}");
        }
        let mut frames = Frames::default();
        frames.push(b"Content-Length: 1048576\n\n");
        assert_eq!(frames.take(), Ok(None));
    }

    #[test]
    fn headers_without_an_end_are_broken() {
        let mut frames = Frames::default();
        frames.push(&[b'x'; MOST_HEAD_BYTES]);
        assert_eq!(frames.take(), Ok(None));
        frames.push(b"y");
        assert_eq!(frames.take(), Ok(None));
        frames.push(b"z");
        assert_eq!(frames.take(), Err(Broken::LongHead));
        let mut frames = Frames::default();
        for _ in 0..3 * MOST_HEAD_BYTES {
            frames.push(b"\n");
            assert_eq!(frames.take(), Ok(None));
        }
        assert_eq!(frames.waiting(), 0);
    }

    #[test]
    fn a_header_without_a_colon_is_left_out() {
        // So did old versions write the length of their refusal.
        let mut frames = Frames::default();
        frames.push(b"Content-Type: rude/rejection\nContent-Length 24\n\nAccess Denied");
        assert_eq!(frames.take().unwrap().unwrap().kind, "rude/rejection");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(pieces in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..60), 0..20,
        )) {
            let mut frames = Frames::default();
            for piece in pieces {
                frames.push(&piece);
                while let Ok(Some(frame)) = frames.take() {
                    prop_assert!(frame.body.len() <= MOST_BODY_BYTES);
                }
            }
        }

        #[test]
        fn cuts_change_nothing(cuts in proptest::collection::vec(0..SPOKEN.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.extend([0, SPOKEN.len()]);
            cuts.sort_unstable();
            let mut frames = Frames::default();
            let mut taken = 0;
            for ends in cuts.windows(2) {
                frames.push(&SPOKEN[ends[0]..ends[1]]);
                taken += all(&mut frames).len();
            }
            prop_assert_eq!(taken, 4);
        }
    }
}
