//! `quietline watch`: the live feed in a terminal.
//!
//! A client like any other: it knows the frames and the address, nothing of the server's inside.

use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::http::StatusCode;
use futures_util::StreamExt;
use rand::Rng;
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::frame::{Frame, LineNow, LineState, WaitRange};

/// Frames are a few kilobytes; the default of 128 KiB would stay empty.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// A frame of a centre with hundreds of lines is below this; anything larger is not a frame.
const MOST_FRAME_BYTES: usize = 4 * 1024 * 1024;
/// First and longest pause before connecting again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The WebSocket address of a server: its root or the address of the feed itself.
///
/// # Errors
/// If it is neither http, https, ws nor wss.
pub fn feed_address(url: &str) -> anyhow::Result<String> {
    let mut address = reqwest::Url::parse(url).with_context(|| format!("reading {url}"))?;
    let scheme = match address.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        other => bail!("{url} begins with {other}; it must be http or https"),
    };
    if address.path() == "/" {
        address.set_path("/api/v1/live/ws");
    }
    // `Url` refuses to turn http into ws in place, because only one of them is its own kind.
    let rest = address
        .as_str()
        .split_once("://")
        .map_or("", |(_, rest)| rest);
    Ok(format!("{scheme}://{rest}"))
}

/// What the viewer has seen, and so what a frame means to them.
#[derive(Debug, Default)]
pub struct Viewer {
    last: Option<(String, u64)>,
    /// Lines of the terminal that the last drawing took.
    drawn: usize,
    /// Draw over the last frame instead of below it.
    redraw: bool,
}

impl Viewer {
    /// `redraw` is for terminals; where output is piped every frame stays.
    #[must_use]
    pub fn new(redraw: bool) -> Self {
        Self {
            redraw,
            ..Self::default()
        }
    }

    /// What is to be said about the place of a frame in the feed, if anything.
    pub fn notice(&mut self, frame: &Frame) -> Option<String> {
        let last = self.last.replace((frame.epoch.clone(), frame.seq));
        let (epoch, seq) = last?;
        if epoch != frame.epoch {
            return Some("the server started anew".to_owned());
        }
        match frame.seq.saturating_sub(seq) {
            0 | 1 => None,
            2 => Some("1 frame was missed".to_owned()),
            step => Some(format!("{} frames were missed", step - 1)),
        }
    }

    /// The text of a frame, with what moves the cursor where that is wanted.
    pub fn draw(&mut self, frame: &Frame) -> String {
        let notice = self.notice(frame);
        let mut text = String::new();
        if let Some(notice) = notice {
            self.clear(&mut text);
            let _ = writeln!(text, "-- {notice}");
        }
        self.clear(&mut text);
        let lines = describe(frame);
        self.drawn = lines.len();
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// Says something that stays.
    pub fn say(&mut self, words: &str) -> String {
        let mut text = String::new();
        self.clear(&mut text);
        let _ = writeln!(text, "-- {}", printable(words));
        text
    }

    fn clear(&mut self, text: &mut String) {
        if self.redraw && self.drawn > 0 {
            let _ = write!(text, "\x1b[{}A\x1b[J", self.drawn);
        }
        self.drawn = 0;
    }
}

/// One line of text for the centre and one for each of its lines.
fn describe(frame: &Frame) -> Vec<String> {
    let now = &frame.now;
    let sample = if now.sample_data {
        "  (sample data)"
    } else {
        ""
    };
    let head = format!("{}  {}{sample}", now.as_of, now.centre);
    let width = now.lines.iter().map(|line| line.name.chars().count()).max();
    let width = width.unwrap_or(0);
    let lines = now.lines.iter().map(|line| describe_line(line, width));
    std::iter::once(head)
        .chain(lines)
        .map(|line| printable(&line))
        .collect()
}

fn describe_line(line: &LineNow, width: usize) -> String {
    let state = match line.state {
        LineState::Open => "open",
        LineState::Closed => "closed",
        LineState::Delayed => "delayed",
        LineState::NoData => "no data",
    };
    let wait = line.wait.as_ref().or(line.typical.as_ref());
    let wait = wait.map_or_else(|| "–".to_owned(), describe_range);
    let waiting = match (line.waiting, line.waiting_below) {
        (Some(waiting), _) => format!("{waiting} waiting"),
        (None, Some(below)) => format!("fewer than {below} waiting"),
        (None, None) => String::new(),
    };
    format!(
        "  {:width$}  {state:8} {wait:>10}  {waiting:22} {}",
        line.name, line.verdict.text
    )
    .trim_end()
    .to_owned()
}

fn describe_range(range: &WaitRange) -> String {
    match range.high_mins {
        Some(high) => format!("{}–{high} min", range.low_mins),
        None => format!("{}+ min", range.low_mins),
    }
}

/// Names come from a server that may not be ours: nothing in them may steer the terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// How long to wait before the `tries`th try: anything up to a time that doubles (full jitter),
/// so that viewers cut off together do not come back together.
fn pause(tries: u32, share: f64) -> Duration {
    let doubled = FIRST_PAUSE * 2u32.saturating_pow(tries.min(8));
    doubled.min(LONGEST_PAUSE).mul_f64(share)
}

/// Shows the feed until `stop` is over, and connects again whenever it breaks.
///
/// # Errors
/// If the address is none, the server has no feed, or nothing can be written.
pub async fn watch(
    url: &str,
    out: &mut (impl Write + Send),
    redraw: bool,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    // Somebody else in this process may have chosen a provider already; then that one holds.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = feed_address(url)?;
    let mut viewer = Viewer::new(redraw);
    tokio::select! {
        done = follow(&address, &mut viewer, out) => done,
        () = stop => Ok(()),
    }
}

async fn follow(
    address: &str,
    viewer: &mut Viewer,
    out: &mut (impl Write + Send),
) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        let why = match show_connection(address, viewer, out, &mut tries).await {
            Ok(()) => "the server closed the feed".to_owned(),
            // Waiting does not help against a server that has no feed at this address.
            Err(Broken::Ours(error)) => return Err(error),
            Err(Broken::Feed(why)) => why,
        };
        let wait = pause(tries, rand::rng().random_range(0.0..1.0));
        tries += 1;
        let secs = wait.as_secs_f64();
        out.write_all(
            viewer
                .say(&format!("{why}; again in {secs:.0} s"))
                .as_bytes(),
        )?;
        out.flush()?;
        tokio::time::sleep(wait).await;
    }
}

enum Broken {
    /// Trying again may help.
    Feed(String),
    /// It does not.
    Ours(anyhow::Error),
}

/// Whether an answer that is no feed may be one later: a server that is busy or starts says so.
/// Any other answer, a page among them, means that the feed is not at this address.
fn may_pass(status: StatusCode) -> bool {
    let asks_to_wait = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT];
    status.is_server_error() || asks_to_wait.contains(&status)
}

async fn show_connection(
    address: &str,
    viewer: &mut Viewer,
    out: &mut (impl Write + Send),
    tries: &mut u32,
) -> Result<(), Broken> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MOST_FRAME_BYTES))
        .max_frame_size(Some(MOST_FRAME_BYTES));
    let connected = connect_async_with_config(address, Some(config), true).await;
    let (mut feed, _) = connected.map_err(|error| match error {
        Error::Http(response) if !may_pass(response.status()) => {
            let status = response.status();
            Broken::Ours(anyhow::anyhow!("{address} is not a live feed: {status}"))
        }
        error => Broken::Feed(error.to_string()),
    })?;
    while let Some(message) = feed.next().await {
        let Message::Text(text) = message.map_err(|error| Broken::Feed(error.to_string()))? else {
            continue;
        };
        let frame: Frame = serde_json::from_str(&text)
            .with_context(|| format!("{address} sent something that is no frame"))
            .map_err(Broken::Ours)?;
        *tries = 0;
        let drawn = viewer.draw(&frame);
        let written = out.write_all(drawn.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Broken::Ours(error.into()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::frame::{Now, Today, Verdict, VerdictCode};

    fn frame(epoch: &str, seq: u64) -> Frame {
        let line = LineNow {
            id: "billing".to_owned(),
            name: "Bill\u{1b}[2Jing".to_owned(),
            phone: None,
            state: LineState::Open,
            opens_at: None,
            closes_at: None,
            last_seen_at: None,
            waiting: None,
            waiting_below: Some(5),
            longest_wait_secs: None,
            answered_last_half_hour: None,
            staffed_at_least: None,
            wait: Some(WaitRange {
                low_mins: 10,
                high_mins: Some(20),
            }),
            typical: None,
            verdict: Verdict {
                code: VerdictCode::Busy,
                better_at: None,
                better_wait: None,
                saves_mins: None,
                text: "Busy now. Better at 16:30.".to_owned(),
            },
            next_quiet: Vec::new(),
            ranges_right: None,
            today: Today::default(),
            strip: Vec::new(),
        };
        Frame {
            epoch: epoch.to_owned(),
            seq,
            now: Now {
                centre: "Test water".to_owned(),
                zone: "UTC".to_owned(),
                sample_data: true,
                as_of: "2026-08-07T09:30:00Z".to_owned(),
                stale_after: "2026-08-07T09:30:05Z".to_owned(),
                lines: vec![line],
            },
        }
    }

    #[test]
    fn a_frame_is_one_line_for_each_line_of_the_centre() {
        let text = Viewer::new(false).draw(&frame("a", 1));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "2026-08-07T09:30:00Z  Test water  (sample data)");
        let words: Vec<&str> = lines[1].split_whitespace().collect();
        let expected = "Bill[2Jing open 10–20 min fewer than 5 waiting Busy now. Better at 16:30.";
        assert_eq!(words.join(" "), expected);
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_terminal_is_drawn_over_and_a_pipe_is_not() {
        let mut terminal = Viewer::new(true);
        assert!(!terminal.draw(&frame("a", 1)).contains('\x1b'));
        assert!(
            terminal
                .draw(&frame("a", 2))
                .starts_with("\x1b[2A\x1b[J2026")
        );
        let mut pipe = Viewer::new(false);
        pipe.draw(&frame("a", 1));
        assert!(!pipe.draw(&frame("a", 2)).contains('\x1b'));
    }

    #[test]
    fn missed_frames_and_a_new_epoch_are_told() {
        let mut viewer = Viewer::new(false);
        assert_eq!(viewer.notice(&frame("a", 7)), None);
        assert_eq!(viewer.notice(&frame("a", 8)), None);
        assert_eq!(
            viewer.notice(&frame("a", 10)).unwrap(),
            "1 frame was missed"
        );
        assert_eq!(
            viewer.notice(&frame("a", 20)).unwrap(),
            "9 frames were missed"
        );
        assert_eq!(
            viewer.notice(&frame("b", 1)).unwrap(),
            "the server started anew"
        );
        assert!(
            viewer
                .draw(&frame("b", 5))
                .starts_with("-- 3 frames were missed\n2026")
        );
    }

    #[test]
    fn the_address_of_the_feed_follows_from_that_of_the_server() {
        let address = |url| feed_address(url).unwrap();
        assert_eq!(address("http://a:8080"), "ws://a:8080/api/v1/live/ws");
        assert_eq!(address("https://a/"), "wss://a/api/v1/live/ws");
        assert_eq!(address("wss://a/other/ws"), "wss://a/other/ws");
        assert!(feed_address("ftp://a").is_err());
        assert!(feed_address("a:8080").is_err());
    }

    #[test]
    fn only_a_server_that_asks_to_wait_is_waited_for() {
        for passing in [500, 502, 503, 429, 408] {
            assert!(
                may_pass(StatusCode::from_u16(passing).unwrap()),
                "{passing}"
            );
        }
        for lasting in [200, 301, 400, 404, 426] {
            assert!(
                !may_pass(StatusCode::from_u16(lasting).unwrap()),
                "{lasting}"
            );
        }
    }

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        assert_eq!(pause(0, 1.0), Duration::from_secs(1));
        assert_eq!(pause(3, 0.5), Duration::from_secs(4));
        assert_eq!(pause(1_000, 1.0), LONGEST_PAUSE);
        assert_eq!(pause(5, 0.0), Duration::ZERO);
    }
}
