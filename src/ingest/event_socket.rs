//! Listens to FreeSWITCH's event socket and hands what is said there to the writer.
//!
//! The socket says nothing twice: what happens while nobody listens is lost to us. So each
//! connection begins what is known anew, and time between two of them is not known, never zero.
//! Calls that lasted through such a time are learnt from their ends.

pub mod frames;
pub mod members;
mod wire;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{sleep, timeout};

use self::frames::{Broken, Frame};
use self::wire::{Stream, Wire};
use super::adapters::Said;
use super::adapters::freeswitch::CallCenter;
use super::door::{Door, Threshold};
use super::writer::{SubmitError, WriterHandle};
use crate::clock::Clock;
use crate::domain::batch::{Batch, Mark};
use crate::domain::centre::{FeedKind, Source};
use crate::domain::event::{Event, EventId, Millis, Signal};

/// A connection that is not there by then will not come.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// FreeSWITCH says every 20 s that it is there. One that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// After a connection that heard something, and doubled after each that did not.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Nobody waits longer for the next attempt.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What the writer did not take is handed to it again after this.
const HAND_AGAIN: Duration = Duration::from_secs(1);
/// Batches that may wait for the writer, each of what came at once; with more, the connection ends.
const BATCHES_WAITING: usize = 256;
/// How often a connection that says something is said to be alive.
const BEAT_EVERY_MS: Millis = 15_000;
/// Refused events that are told one by one for each connection; the others are counted.
const TOLD_REFUSALS: u64 = 5;

/// Why a connection ended, and what to do about it.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(
        "no connection: {0}; is FreeSWITCH running with mod_event_socket, and does \
         event_socket.conf.xml let it listen at this address and port?"
    )]
    Unreachable(io::Error),
    #[error(
        "FreeSWITCH refuses this machine; name its address in apply-inbound-acl of \
         event_socket.conf.xml"
    )]
    Denied,
    #[error(
        "the password is wrong; write that of event_socket.conf.xml into secret_file, on one line"
    )]
    WrongPassword,
    #[error(
        "mod_callcenter is not loaded; type \"load mod_callcenter\" in fs_cli, and name it in \
         modules.conf.xml"
    )]
    NoModule,
    #[error(
        "nothing was heard for {} s; FreeSWITCH says that it is there as often as \
         event-heartbeat-interval in switch.conf.xml tells, by default every 20 s",
        SILENCE.as_secs()
    )]
    Silent,
    #[error("FreeSWITCH closed the connection")]
    Closed,
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    #[error("what is said there is not an event socket's: {0}; is it the right port?")]
    Broken(#[from] Broken),
    #[error("what is said there is not an event socket's: {0:?}; is it the right port?")]
    Unexpected(String),
    #[error("the database is too slow: {BATCHES_WAITING} batches wait for it")]
    Behind,
    #[error("the server stops")]
    Stopped,
}

/// What became of the events since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// All of them: the sum of the rest.
    pub events: u64,
    /// Said something of a contact.
    pub told: u64,
    /// Said nothing that counts, by reason.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Could not be understood, or were turned away at the door.
    pub refused: u64,
}

/// Listens to the event socket of one source.
#[derive(Debug)]
pub struct Link {
    source: String,
    address: String,
    password: Password,
    door: Arc<Door>,
    writer: WriterHandle,
    clock: Clock,
    reader: CallCenter,
    silence: Duration,
    beat_ms: Option<Millis>,
    /// Read, but not handed on: too much waited.
    pending: Option<Batch>,
    account: Account,
    told_refusals: u64,
}

/// What FreeSWITCH asks for; never printed.
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// The password of a source that is listened to on an event socket; nothing for others.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn password_of(source: &Source) -> anyhow::Result<Option<Password>> {
    let feed = source.feed.as_ref();
    let feed = feed.filter(|feed| feed.kind == FeedKind::FreeSwitch);
    let Some(path) = feed.and_then(|feed| feed.secret_file.as_ref()) else {
        return Ok(None);
    };
    let password = read_password(path);
    let password = password.with_context(|| format!("reading the secret of source {}", source.id));
    password.map(Some)
}

fn read_password(path: &Path) -> anyhow::Result<Password> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let password = text.trim();
    ensure!(
        !password.is_empty() && !password.contains(['\r', '\n']),
        "{} does not hold one line with the password of event_socket.conf.xml",
        path.display()
    );
    Ok(Password(password.to_owned()))
}

impl Link {
    /// For a source that has an event socket; nothing for others.
    ///
    /// # Errors
    /// If its password cannot be read.
    pub fn of(
        source: &Source,
        door: Arc<Door>,
        writer: WriterHandle,
        clock: Clock,
    ) -> anyhow::Result<Option<Self>> {
        let Some(password) = password_of(source)? else {
            return Ok(None);
        };
        let Some(feed) = source.feed.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            source: source.id.clone(),
            address: feed.address.clone().unwrap_or_default(),
            password,
            door,
            writer,
            clock,
            reader: CallCenter::new(feed, &source.prefix),
            silence: SILENCE,
            beat_ms: None,
            pending: None,
            account: Account::default(),
            told_refusals: 0,
        }))
    }

    /// Listens for as long as the writer works.
    pub async fn run(self) {
        let (hand, handed) = mpsc::channel(BATCHES_WAITING);
        let writer = self.writer.clone();
        tokio::select! {
            () = self.keep_listening(hand) => {}
            () = hand_over(writer, handed, HAND_AGAIN) => {}
        }
    }

    async fn keep_listening(mut self, hand: mpsc::Sender<Batch>) {
        let mut pause = FIRST_PAUSE;
        let mut told = String::new();
        loop {
            let trouble = self.listen(&hand).await;
            if matches!(trouble, Trouble::Stopped) {
                return;
            }
            if self.beat_ms.take().is_some() {
                pause = FIRST_PAUSE;
                told.clear();
            }
            // The same trouble again and again is told once.
            let trouble = trouble.to_string();
            if told != trouble {
                tracing::error!(
                    "{} at {}: {trouble}. Until it is heard again, nothing is known",
                    self.source,
                    self.address
                );
                told = trouble;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One connection from its beginning to its end.
    async fn listen(&mut self, hand: &mpsc::Sender<Batch>) -> Trouble {
        let connected = timeout(CONNECT_WITHIN, TcpStream::connect(&self.address)).await;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Trouble::Unreachable(error),
            Err(_) => return Trouble::Unreachable(io::ErrorKind::TimedOut.into()),
        };
        let mut wire = Wire::new(stream);
        let Err(trouble) = self.converse(&mut wire, hand).await;
        if self.beat_ms.is_some() {
            tracing::info!("{}: {:?}", self.source, self.account);
        }
        trouble
    }

    async fn converse(
        &mut self,
        wire: &mut Wire<impl Stream>,
        hand: &mpsc::Sender<Batch>,
    ) -> Result<std::convert::Infallible, Trouble> {
        wire.begin(&self.password).await?;
        self.begin(hand)?;
        self.ask_who_waits(wire, hand).await?;
        loop {
            let mut frames = vec![wire.next(self.silence).await?];
            while let Some(frame) = wire.frames.take()? {
                frames.push(frame);
            }
            self.hear(&frames, hand)?;
        }
    }

    /// What is known begins anew. What is left from before goes first.
    fn begin(&mut self, hand: &mpsc::Sender<Batch>) -> Result<(), Trouble> {
        if let Some(batch) = self.pending.take() {
            self.hand_on(batch, hand)?;
        }
        let now_ms = self.clock.now_ms();
        let mut batch = self.batch(now_ms);
        batch.events.push(self.beat(now_ms));
        batch.mark = Some(Mark {
            file: self.address.clone(),
            offset: 0,
            line_ms: 0,
            read_ms: now_ms,
            after_gap: true,
        });
        self.hand_on(batch, hand)?;
        self.beat_ms = Some(now_ms);
        self.told_refusals = 0;
        tracing::info!("{} is heard at {}", self.source, self.address);
        Ok(())
    }

    /// Whoever waited before and stands in the queue no longer has left it while nobody listened;
    /// how, nobody will say. What happens meanwhile is heard after that.
    async fn ask_who_waits(
        &mut self,
        wire: &mut Wire<impl Stream>,
        hand: &mpsc::Sender<Batch>,
    ) -> Result<(), Trouble> {
        let now_ms = self.clock.now_ms();
        let mut batch = self.batch(now_ms);
        let door = Arc::clone(&self.door);
        for queue in self.reader.waited_in() {
            let Some(question) = members::question(&queue) else {
                continue;
            };
            let answer = wire.ask(&question, "api/response").await?;
            let Some(there) = members::read_sessions(&answer.body) else {
                tracing::warn!("{}: it does not say who waits in {queue}", self.source);
                continue;
            };
            let gone = self.reader.forget_others(&queue, &there, now_ms);
            if let Some(threshold) = door.open_to(&self.source, now_ms) {
                let admitted = gone.iter().filter_map(|event| threshold.admit(event).ok());
                batch.events.extend(admitted);
            }
        }
        if !batch.events.is_empty() {
            self.hand_on(batch, hand)?;
        }
        let early = wire.take_early();
        if early.is_empty() {
            Ok(())
        } else {
            self.hear(&early, hand)
        }
    }

    fn hear(&mut self, frames: &[Frame], hand: &mpsc::Sender<Batch>) -> Result<(), Trouble> {
        let now_ms = self.clock.now_ms();
        let mut batch = self.batch(now_ms);
        let door = Arc::clone(&self.door);
        let Some(threshold) = door.open_to(&self.source, now_ms) else {
            return Ok(());
        };
        let mut is_over = false;
        for frame in frames {
            match frame.kind.as_str() {
                "text/event-plain" => self.read(&frame.body, threshold, &mut batch),
                "text/disconnect-notice" => is_over = true,
                _ => {}
            }
        }
        let is_due = |beat_ms| now_ms - beat_ms >= BEAT_EVERY_MS;
        if self.beat_ms.is_none_or(is_due) {
            batch.events.push(self.beat(now_ms));
            self.beat_ms = Some(now_ms);
        }
        if !batch.events.is_empty() || batch.rejected > 0 {
            self.hand_on(batch, hand)?;
        }
        if is_over {
            return Err(Trouble::Closed);
        }
        Ok(())
    }

    fn read(&mut self, event: &[u8], threshold: Threshold<'_>, batch: &mut Batch) {
        self.account.events += 1;
        let admitted = match self.reader.read(event) {
            Said::Ignored(reason) => {
                *self.account.ignored.entry(reason).or_default() += 1;
                return;
            }
            Said::Refused(reason) => Err(reason),
            Said::Events(events) => {
                let events = events.iter().map(|event| threshold.admit(event));
                let events: Result<Vec<Event>, _> = events.collect();
                events.map_err(|refusal| format!("{}: {}", refusal.reason.word(), refusal.detail))
            }
        };
        match admitted {
            Ok(events) => {
                self.account.told += 1;
                batch.events.extend(events);
            }
            Err(reason) => {
                self.account.refused += 1;
                batch.rejected += 1;
                self.told_refusals += 1;
                if self.told_refusals <= TOLD_REFUSALS {
                    tracing::warn!("{}: an event was refused: {reason}", self.source);
                }
            }
        }
    }

    fn batch(&self, now_ms: Millis) -> Batch {
        Batch {
            source: self.source.clone(),
            received_ms: now_ms,
            events: Vec::new(),
            covers: Vec::new(),
            rejected: 0,
            mark: None,
        }
    }

    fn beat(&self, now_ms: Millis) -> Event {
        Event::Signal {
            event: EventId {
                id: format!("beat-{now_ms}"),
                source: self.source.clone(),
            },
            at_ms: now_ms,
            revision: 0,
            signal: Signal::Heartbeat,
        }
    }

    /// A batch for which there is no place waits for the next connection.
    fn hand_on(&mut self, batch: Batch, hand: &mpsc::Sender<Batch>) -> Result<(), Trouble> {
        match hand.try_send(batch) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(batch)) => {
                self.pending = Some(batch);
                Err(Trouble::Behind)
            }
            Err(TrySendError::Closed(_)) => Err(Trouble::Stopped),
        }
    }
}

/// Hands batches to the writer in their order, each until it is taken.
async fn hand_over(writer: WriterHandle, mut handed: mpsc::Receiver<Batch>, pause: Duration) {
    while let Some(batch) = handed.recv().await {
        let mut told = false;
        loop {
            match writer.submit_patiently(batch.clone()).await {
                Ok(_) => break,
                Err(SubmitError::Stopped) => return,
                Err(error) if !std::mem::replace(&mut told, true) => {
                    tracing::error!("what {} said waits: {error}", batch.source);
                }
                Err(_) => {}
            }
            sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests;
