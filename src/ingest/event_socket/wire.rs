//! A connection to an event socket: what is asked there, and what is said.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::frames::{Frame, Frames};
use super::{CONNECT_WITHIN, Password, Trouble};

/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;
/// So much is told of what nobody expected.
const MOST_TOLD: usize = 80;
/// Events that may come before the answer to a question.
const MOST_EARLY: usize = 10_000;

const ASK_FOR_THE_MODULE: &str = "api module_exists mod_callcenter";
/// After `CUSTOM` there are names of subclasses only.
const ASK_FOR_EVENTS: &str = "event plain HEARTBEAT CUSTOM callcenter::info";

/// A connection, or what stands for one in tests.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection.
pub(super) struct Wire<S> {
    stream: S,
    pub(super) frames: Frames,
    chunk: Vec<u8>,
    /// Events that came before the answer to a question.
    early: Vec<Frame>,
}

impl<S: Stream> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            frames: Frames::default(),
            chunk: vec![0; READ_BYTES],
            early: Vec::new(),
        }
    }

    /// Says who we are and what we want to hear.
    pub(super) async fn begin(&mut self, Password(password): &Password) -> Result<(), Trouble> {
        let greeting = self.next(CONNECT_WITHIN).await?;
        if greeting.kind != "auth/request" {
            return Err(unexpected(&greeting.kind));
        }
        let auth = format!("auth {password}");
        let accepted = self.ask(&auth, "command/reply").await?;
        if !accepted.reply.starts_with("+OK") {
            return Err(Trouble::WrongPassword);
        }
        let module = self.ask(ASK_FOR_THE_MODULE, "api/response").await?;
        if module.body.trim_ascii() == b"false" {
            return Err(Trouble::NoModule);
        }
        let heard = self.ask(ASK_FOR_EVENTS, "command/reply").await?;
        if !heard.reply.starts_with("+OK") {
            return Err(unexpected(&heard.reply));
        }
        Ok(())
    }

    /// Asks, and waits for the answer of this kind. Events that come before it are kept.
    pub(super) async fn ask(&mut self, command: &str, kind: &str) -> Result<Frame, Trouble> {
        let command = format!("{command}\n\n");
        self.stream.write_all(command.as_bytes()).await?;
        loop {
            let answer = self.next(CONNECT_WITHIN).await?;
            if answer.kind == kind {
                return Ok(answer);
            }
            if answer.kind != "text/event-plain" || self.early.len() >= MOST_EARLY {
                return Err(unexpected(&answer.kind));
            }
            self.early.push(answer);
        }
    }

    /// The events that came before the answers to questions.
    pub(super) fn take_early(&mut self) -> Vec<Frame> {
        std::mem::take(&mut self.early)
    }

    /// The next message, if it comes in time.
    pub(super) async fn next(&mut self, within: Duration) -> Result<Frame, Trouble> {
        loop {
            if let Some(frame) = self.frames.take()? {
                return match frame.kind.as_str() {
                    "text/rude-rejection" | "rude/rejection" => Err(Trouble::Denied),
                    _ => Ok(frame),
                };
            }
            let read = timeout(within, self.stream.read(&mut self.chunk)).await;
            match read.map_err(|_| Trouble::Silent)?? {
                0 => return Err(Trouble::Closed),
                length => self.frames.push(&self.chunk[..length]),
            }
        }
    }
}

fn unexpected(said: &str) -> Trouble {
    Trouble::Unexpected(said.chars().take(MOST_TOLD).collect())
}
