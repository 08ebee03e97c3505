//! What is sent, and what should come of it.

const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const GOES_ON: u8 = 0x0;
const FINAL: u8 = 0x80;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

const MASKED: u8 = 0x80;
/// In place of a length: it follows in two bytes, or in eight.
const IN_TWO_BYTES: u8 = 0x7E;
const IN_EIGHT_BYTES: u8 = 0x7F;

const PROTOCOL: Outcome = Outcome::Closes(1002);
const NOT_TEXT: Outcome = Outcome::Closes(1007);
const TOO_BIG: Outcome = Outcome::Closes(1009);

/// As many bytes as a message may have.
const MOST: usize = 4_096;

/// What a client sends, and what should come of it.
#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub sent: Vec<u8>,
    /// Bytes written at once.
    pub piece: usize,
    /// The answers to pings, in order.
    pub pongs: Vec<Vec<u8>>,
    pub outcome: Outcome,
}

/// How it ends.
#[derive(Clone, Copy)]
pub enum Outcome {
    /// The connection is as good as before.
    Stays,
    /// The server says why, and closes in order.
    Closes(u16),
}

/// A frame as clients send it: its first byte, its payload under a mask.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => bytes.push(MASKED | short),
        (_, Ok(medium)) => {
            bytes.push(MASKED | IN_TWO_BYTES);
            bytes.extend(medium.to_be_bytes());
        }
        _ => {
            bytes.push(MASKED | IN_EIGHT_BYTES);
            bytes.extend(u64::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    let mask = [0xA5, 0x00, 0xFF, 0x3C];
    bytes.extend(mask);
    bytes.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

/// A message in frames of its parts.
fn in_parts(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let last = parts.len() - 1;
    let frames = parts.iter().enumerate().map(|(place, part)| {
        let opcode = if place == 0 { kind } else { GOES_ON };
        masked(
            if place == last {
                FINAL | opcode
            } else {
                opcode
            },
            part,
        )
    });
    frames.collect::<Vec<_>>().concat()
}

fn case(name: impl Into<String>, frames: &[Vec<u8>], outcome: Outcome) -> Case {
    Case {
        name: name.into(),
        sent: frames.concat(),
        piece: usize::MAX,
        pongs: Vec::new(),
        outcome,
    }
}

impl Case {
    fn ponged(mut self, pongs: &[&[u8]]) -> Self {
        self.pongs = pongs.iter().map(|pong| pong.to_vec()).collect();
        self
    }

    fn in_pieces(mut self, piece: usize) -> Self {
        self.piece = piece;
        self.name = format!("{}, {piece} bytes at a time", self.name);
        self
    }
}

/// Chapter 1: messages of every form of length.
pub fn framing() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in [TEXT, BINARY] {
        for length in [0, 125, 126, 127, 128, MOST - 1, MOST] {
            let message = masked(FINAL | kind, &vec![b'*'; length]);
            let name = format!("kind {kind} of {length} bytes");
            let whole = case(name, &[message], Outcome::Stays);
            cases.push(whole.clone().in_pieces(997));
            cases.push(whole);
        }
        let long = masked(FINAL | kind, &vec![b'*'; 65_536]);
        cases.push(case(format!("kind {kind}, too long"), &[long], TOO_BIG));
    }
    cases
}

/// Chapter 2.
pub fn pings_and_pongs() -> Vec<Case> {
    let binary = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF];
    let full = [0xFE; 125];
    let ten: Vec<Vec<u8>> = (0..10_u8).map(|n| vec![b'0' + n; 3]).collect();
    let pings: Vec<Vec<u8>> = ten.iter().map(|payload| masked(PING, payload)).collect();
    let answers: Vec<&[u8]> = ten.iter().map(Vec::as_slice).collect();
    let unasked = masked(PONG, b"unasked");
    vec![
        case("an empty ping", &[masked(PING, b"")], Outcome::Stays).ponged(&[b""]),
        case("a ping", &[masked(PING, b"hello")], Outcome::Stays).ponged(&[b"hello"]),
        case("a ping of bytes", &[masked(PING, &binary)], Outcome::Stays).ponged(&[&binary]),
        case("a full ping", &[masked(PING, &full)], Outcome::Stays).ponged(&[&full]),
        case("a ping too long", &[masked(PING, &[0xFE; 126])], PROTOCOL),
        case("a full ping", &[masked(PING, &full)], Outcome::Stays)
            .ponged(&[&full])
            .in_pieces(1),
        case(
            "an unasked, empty pong",
            &[masked(PONG, b"")],
            Outcome::Stays,
        ),
        case(
            "an unasked pong",
            std::slice::from_ref(&unasked),
            Outcome::Stays,
        ),
        case(
            "an unasked pong and a ping",
            &[unasked, masked(PING, b"x")],
            Outcome::Stays,
        )
        .ponged(&[b"x"]),
        case("ten pings", &pings, Outcome::Stays).ponged(&answers),
        case("ten pings", &pings, Outcome::Stays)
            .ponged(&answers)
            .in_pieces(1),
    ]
}

/// Chapter 3: bits that only extensions may set, alone, after a message, on controls.
pub fn reserved_bits() -> Vec<Case> {
    let fine = masked(FINAL | TEXT, b"fine");
    let mut cases = Vec::new();
    for bits in 1..8_u8 {
        for first in [FINAL | TEXT, FINAL | BINARY, PING, CLOSE] {
            let bent = masked(first | bits << 4, b"*");
            let ping = masked(PING, b"not read any more");
            let name = format!("{bits} reserved on {first:x}");
            let frames = [fine.clone(), bent, ping];
            cases.push(case(name.clone(), &frames[1..], PROTOCOL));
            cases.push(case(name.clone(), &frames, PROTOCOL));
            cases.push(case(name, &frames, PROTOCOL).in_pieces(1));
        }
    }
    cases
}

/// Chapter 4: kinds that mean nothing yet.
pub fn opcodes() -> Vec<Case> {
    let fine = masked(FINAL | TEXT, b"fine");
    let ping = masked(PING, b"not read any more");
    let mut cases = Vec::new();
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in [&b""[..], b"x"] {
            let unknown = masked(FINAL | opcode, payload);
            let name = format!("kind {opcode} with {} bytes", payload.len());
            let frames = [fine.clone(), unknown, ping.clone()];
            cases.push(case(name.clone(), &frames[1..], PROTOCOL));
            cases.push(case(name.clone(), &frames, PROTOCOL));
            cases.push(case(name, &frames, PROTOCOL).in_pieces(1));
        }
    }
    let mut unmasked = masked(FINAL | TEXT, b"");
    unmasked[1] &= 0x7F;
    cases.push(case("not masked", &[unmasked], PROTOCOL));
    cases
}

/// Chapter 5.
pub fn fragmentation() -> Vec<Case> {
    let first = masked(TEXT, b"one");
    let last = masked(FINAL | GOES_ON, b"three");
    let whole = masked(FINAL | TEXT, b"whole");
    let orphan = masked(GOES_ON, b"of nothing");
    let bent = |name: &str, frames: &[&Vec<u8>]| {
        let frames: Vec<Vec<u8>> = frames.iter().map(|frame| (*frame).clone()).collect();
        case(name, &frames, PROTOCOL)
    };
    let mut cases = vec![
        bent("a ping in parts", &[&masked(0x09, b"x"), &last]),
        bent("a pong in parts", &[&masked(0x0A, b"x"), &last]),
        bent("a close in parts", &[&masked(0x08, b""), &last]),
        bent("carries nothing on", &[&orphan, &whole]),
        bent("ends nothing", &[&last, &whole]),
        bent("a message within one", &[&first, &whole]),
        bent("carries on what has ended", &[&first, &last, &orphan]),
        bent("ends twice", &[&first, &last, &last, &whole]),
    ];
    cases.extend(whole_in_parts());
    cases
}

fn whole_in_parts() -> Vec<Case> {
    let ping = masked(PING, b"between");
    let [first, middle, last] = [
        masked(TEXT, b"one"),
        masked(GOES_ON, b"two"),
        masked(FINAL | GOES_ON, b"three"),
    ];
    let with_ping = [&first, &ping, &last].map(Vec::as_slice).concat();
    let with_pings = [&first, &ping, &middle, &ping, &last]
        .map(Vec::as_slice)
        .concat();
    let stays = [
        case("two parts", &[first, last], Outcome::Stays),
        case("a ping between", &[with_ping], Outcome::Stays).ponged(&[b"between"]),
        case("two pings between", &[with_pings], Outcome::Stays).ponged(&[b"between", b"between"]),
        case(
            "empty parts",
            &[in_parts(TEXT, &[b"", b"", b""])],
            Outcome::Stays,
        ),
        case(
            "many parts",
            &[in_parts(BINARY, &[&b"*"[..]; 40])],
            Outcome::Stays,
        ),
    ];
    let in_single_bytes = stays.clone().map(|case| case.in_pieces(1));
    stays.into_iter().chain(in_single_bytes).collect()
}

/// Chapter 6: texts whole, in two parts cut anywhere, and byte by byte.
pub fn utf8() -> Vec<Case> {
    let good: [&[u8]; 14] = [
        b"",
        "Hello-\u{b5}@\u{df}\u{f6}\u{e4}\u{fc}\u{e0}\u{e1}-UTF-8!!".as_bytes(),
        "\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5}".as_bytes(),
        b"\x00",
        b"\x7f",
        b"\xc2\x80",
        b"\xdf\xbf",
        b"\xe0\xa0\x80",
        b"\xed\x9f\xbf",
        b"\xee\x80\x80",
        b"\xef\xbf\xbd",
        b"\xef\xbf\xbf",
        b"\xf0\x90\x80\x80",
        b"\xf4\x8f\xbf\xbf",
    ];
    let bad: [&[u8]; 24] = [
        b"\x80",
        b"\xbf",
        b"\x80\xbf\x80\xbf",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xf0\x80\x80\xaf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf8\x80\x80\x80\xaf",
        b"\xfc\x80\x80\x80\x80\xaf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xfe",
        b"\xff",
        b"\xfe\xfe\xff\xff",
        b"\xc2",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
    ];
    let marked = good.iter().map(|text| (*text, Outcome::Stays));
    let marked = marked.chain(bad.iter().map(|text| (*text, NOT_TEXT)));
    marked
        .flat_map(|(text, outcome)| cut_anywhere(text, outcome))
        .collect()
}

fn cut_anywhere(text: &[u8], outcome: Outcome) -> Vec<Case> {
    let text = &[b"abc", text].concat();
    let whole = case(format!("{text:x?}"), &[in_parts(TEXT, &[text])], outcome);
    let bytes: Vec<&[u8]> = text.chunks(1).collect();
    let mut cases = vec![
        whole.clone().in_pieces(1),
        whole,
        case(
            format!("{text:x?}, each byte a frame"),
            &[in_parts(TEXT, &bytes)],
            outcome,
        ),
        case(
            format!("{text:x?} as bytes"),
            &[in_parts(BINARY, &[text])],
            Outcome::Stays,
        ),
    ];
    for cut in 1..text.len() {
        let (one, other) = text.split_at(cut);
        let name = format!("{one:x?} + {other:x?}");
        cases.push(case(name, &[in_parts(TEXT, &[one, other])], outcome));
    }
    cases
}

/// Chapter 7: closes, in order and out of it. Nothing is read after one.
pub fn closes() -> Vec<Case> {
    let close = |payload: &[u8]| masked(CLOSE, payload);
    let because = |code: u16, reason: &[u8]| close(&[&code.to_be_bytes(), reason].concat());
    let fine = masked(FINAL | TEXT, b"fine");
    let ping = masked(PING, b"too late");
    let part = masked(TEXT, b"one");
    let normal = Outcome::Closes(1000);
    let mut cases = vec![
        case(
            "after a message",
            &[fine.clone(), because(1000, b"")],
            normal,
        ),
        case("twice", &[because(1000, b""), because(1000, b"")], normal),
        case(
            "and then a ping",
            &[because(1000, b""), ping.clone()],
            normal,
        ),
        case(
            "and then a text",
            &[because(1000, b""), fine.clone()],
            normal,
        ),
        case(
            "within a message",
            &[part.clone(), because(1000, b""), fine],
            normal,
        ),
        case("without a word", &[close(b"")], normal),
        case("half a code", &[close(b"\x03")], PROTOCOL),
        case("with a reason", &[because(1000, b"bye")], normal),
        case("with a long reason", &[because(1000, &[b'*'; 123])], normal),
        case(
            "with one too long",
            &[because(1000, &[b'*'; 124])],
            PROTOCOL,
        ),
        case(
            "with a reason that is no text",
            &[because(1000, b"\xce\xba\xe1\xbd")],
            NOT_TEXT,
        ),
        case(
            "byte by byte",
            &[because(1001, b"bye"), ping],
            Outcome::Closes(1001),
        )
        .in_pieces(1),
    ];
    cases.extend(codes());
    cases
}

/// Closes with codes that may stand on the wire, and with others.
fn codes() -> Vec<Case> {
    let because = |code: u16, reason: &[u8]| masked(CLOSE, &[&code.to_be_bytes(), reason].concat());
    let mut cases = Vec::new();
    for code in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        let name = format!("with {code}");
        cases.push(case(name, &[because(code, b"")], Outcome::Closes(code)));
    }
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        let name = format!("with {code}");
        cases.push(case(name.clone(), &[because(code, b"")], PROTOCOL));
        cases.push(case(name, &[because(code, b"a reason")], PROTOCOL));
    }
    cases
}

/// Chapters 9 and 10: far more than a listener has to say is refused at once, however it comes;
/// much that is small is read to its end.
pub fn limits() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in [TEXT, BINARY] {
        for kib in [64, 256, 1_024] {
            let bytes = vec![b'*'; kib * 1_024];
            let whole = case(
                format!("{kib} KiB of kind {kind}"),
                &[masked(FINAL | kind, &bytes)],
                TOO_BIG,
            );
            cases.push(whole.clone().in_pieces(1_024));
            cases.push(whole);
        }
        for part in [64, 1_024, 1_300] {
            let bytes = vec![b'*'; 65_536];
            let parts: Vec<&[u8]> = bytes.chunks(part).collect();
            let name = format!("64 KiB of kind {kind} in parts of {part}");
            cases.push(case(name, &[in_parts(kind, &parts)], TOO_BIG));
        }
        for length in [0, 16, 64, 256, 1_024, MOST] {
            let message = masked(FINAL | kind, &vec![b'*'; length]);
            let thousand = vec![message; 1_000];
            let name = format!("a thousand messages of kind {kind}, {length} bytes each");
            cases.push(case(name, &thousand, Outcome::Stays));
        }
    }
    // A length that no memory holds, and one that sets the bit that must not be set.
    for length in [[0x00, 0xFF], [0xFF, 0xFF]] {
        let mut head = vec![FINAL | BINARY, MASKED | IN_EIGHT_BYTES];
        head.extend(length);
        head.extend([0xFF; 6]);
        head.extend([0; 4]);
        cases.push(case(format!("a length of {length:x?}…"), &[head], TOO_BIG));
    }
    cases
}
