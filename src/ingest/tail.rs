//! Reads the growing log of a telephone system into the writer, as it grows.
//!
//! What was read and how far it was read are written in one transaction, and the names of events
//! follow from where they stand: after any stop, reading goes on with nothing lost or told twice.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::adapters::Said;
use super::adapters::asterisk::{self, QueueLog};
use super::door::{Door, EARLIEST_MS, Threshold};
use super::follow::{Follower, Next, Piece, Position};
use super::writer::{SubmitError, WriterHandle};
use crate::clock::Clock;
use crate::domain::batch::{Batch, Mark};
use crate::domain::centre::{Feed, FeedKind, Source};
use crate::domain::event::{Event, EventId, Millis, Signal};
use crate::domain::period::Span;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a quiet log is said to be alive; silence for 60 s would be *delayed*.
const BEAT_EVERY_MS: Millis = 20_000;
/// Reading that fell behind by more than this says which time it caught up with.
const BEHIND_MS: Millis = 60_000;
/// So much of what was read before is read again after a start: whose calls wait.
const REREAD_BYTES: u64 = 1024 * 1024;
/// Refused lines that are told one by one after each look; the others are counted.
const TOLD_REFUSALS: usize = 5;

/// What became of the lines that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// All of them: the sum of the rest.
    pub lines: u64,
    /// Said something of a contact.
    pub told: u64,
    /// Said nothing that counts, by reason.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Could not be understood, or were turned away at the door.
    pub refused: u64,
}

/// Tails the log of one source.
#[derive(Debug)]
pub struct Tail {
    source: String,
    door: Arc<Door>,
    writer: WriterHandle,
    clock: Clock,
    log: QueueLog,
    path: PathBuf,
    /// Open once the file could be looked for.
    follower: Option<Follower>,
    mark: Option<Mark>,
    /// Up to here everything is read that was ever written.
    whole_until: Option<Millis>,
    after_gap: bool,
    beat_ms: Option<Millis>,
    /// Read, but not taken in yet.
    pending: Option<Batch>,
    account: Account,
    is_said: bool,
    /// Nothing to read, and that was said.
    is_missing: bool,
}

/// The writer has stopped: nothing more is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// What a piece of a log says.
struct Heard {
    events: Vec<Event>,
    account: Account,
    first_ms: Option<Millis>,
    refusals: Vec<String>,
}

impl Tail {
    /// For a source whose log is a file here; nothing for others.
    #[must_use]
    pub fn of(
        source: &Source,
        mark: Option<Mark>,
        door: Arc<Door>,
        writer: WriterHandle,
        clock: Clock,
    ) -> Option<Self> {
        let feed: &Feed = source.feed.as_ref()?;
        let path = feed.path.clone()?;
        if feed.kind != FeedKind::QueueLog {
            return None;
        }
        Some(Self {
            source: source.id.clone(),
            door,
            writer,
            clock,
            log: QueueLog::new(feed.clone(), &source.prefix),
            path,
            follower: None,
            whole_until: mark.as_ref().map(|mark| mark.read_ms),
            mark,
            after_gap: false,
            beat_ms: None,
            pending: None,
            account: Account::default(),
            is_said: false,
            is_missing: false,
        })
    }

    /// What became of the lines since the start.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Looks at the file for as long as the writer works.
    pub async fn run(mut self) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = String::new();
        loop {
            looks.tick().await;
            match self.look().await {
                Ok(Ok(())) => told.clear(),
                Ok(Err(error)) => {
                    // The same trouble once a second is told once.
                    let error = error.to_string();
                    if told != error {
                        tracing::error!("reading {}: {error}", self.path.display());
                        told = error;
                    }
                }
                Err(Stopped) => return,
            }
        }
    }

    /// Reads all there is now and waits until it is durable.
    ///
    /// # Errors
    /// Outer: the writer has stopped. Inner: the file cannot be read, or the batch not be taken
    /// in; the next look goes on there.
    pub async fn look(&mut self) -> Result<io::Result<()>, Stopped> {
        loop {
            if let Err(trouble) = self.send().await? {
                return Ok(Err(trouble));
            }
            match self.read_on() {
                Ok(true) => {}
                Ok(false) => break,
                Err(trouble) => return Ok(Err(trouble)),
            }
            // A long backlog lets others work.
            tokio::task::yield_now().await;
        }
        self.send().await
    }

    /// Hands what waits to the writer; it stays if it is not taken.
    async fn send(&mut self) -> Result<io::Result<()>, Stopped> {
        let Some(batch) = &self.pending else {
            return Ok(Ok(()));
        };
        match self.writer.submit_patiently(batch.clone()).await {
            Ok(_) => {
                self.mark.clone_from(&batch.mark);
                self.pending = None;
                Ok(Ok(()))
            }
            Err(SubmitError::Stopped) => Err(Stopped),
            Err(error) => Ok(Err(io::Error::other(error))),
        }
    }

    /// Reads the next piece; false at the end of what is there.
    fn read_on(&mut self) -> io::Result<bool> {
        if self.follower.is_none() {
            self.open()?;
        }
        let Some(follower) = &mut self.follower else {
            return Ok(false);
        };
        match follower.read_on()? {
            Next::Lines(piece) => self.hear(&piece),
            Next::TooLong => {
                tracing::warn!("{}: a line without an end was dropped", self.path.display());
                self.account.lines += 1;
                self.account.refused += 1;
            }
            Next::Gap => self.note_gap("was emptied while it was read (copytruncate?)"),
            Next::End => {
                self.is_missing = false;
                self.beat();
                return Ok(false);
            }
            Next::Nothing => {
                if !std::mem::replace(&mut self.is_missing, true) {
                    tracing::warn!("{} is not there, or empty", self.path.display());
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn open(&mut self) -> io::Result<()> {
        let from = self.mark.as_ref().map(|mark| {
            let position = Position {
                file: mark.file.clone(),
                offset: u64::try_from(mark.offset).unwrap_or(0),
            };
            (position, mark.line_ms)
        });
        let (follower, is_missing) = Follower::start(&self.path, asterisk::time_of, from)?;
        if is_missing {
            self.note_gap("is not the file that was read before, and that is gone");
        }
        for line in lines(&follower.just_before(REREAD_BYTES)?) {
            // Known already; only who waits is learnt from it.
            let _ = self.log.read(line, "");
        }
        self.follower = Some(follower);
        Ok(())
    }

    fn note_gap(&mut self, what: &str) {
        tracing::warn!(
            "{} {what}: lines may be missing; until now nothing is known for certain",
            self.path.display()
        );
        self.after_gap = true;
        self.whole_until = None;
    }

    fn hear(&mut self, piece: &Piece) {
        let now_ms = self.clock.now_ms();
        let Some(threshold) = self.door.open_to(&self.source, now_ms) else {
            return;
        };
        let heard = listen(&mut self.log, threshold, piece);
        for refusal in heard.refusals.iter().take(TOLD_REFUSALS) {
            tracing::warn!("{} {refusal}", self.path.display());
        }
        if self.whole_until.is_none() {
            let known = heard
                .first_ms
                .filter(|first| (EARLIEST_MS..=now_ms).contains(first));
            self.whole_until = known;
        }
        let rejected = i64::try_from(heard.account.refused).unwrap_or(i64::MAX);
        self.account.add(heard.account);
        self.pending = Some(Batch {
            source: self.source.clone(),
            received_ms: now_ms,
            events: heard.events,
            covers: Vec::new(),
            rejected,
            mark: self.mark_now(self.whole_until.unwrap_or(now_ms)),
        });
    }

    /// Everything is read: the source is alive, and the time until now is covered.
    fn beat(&mut self) {
        let now_ms = self.clock.now_ms();
        let is_due = self
            .beat_ms
            .is_none_or(|beat_ms| now_ms - beat_ms >= BEAT_EVERY_MS);
        if !is_due && !self.after_gap {
            return;
        }
        self.tell_account();
        let caught_up = self.whole_until.filter(|from| now_ms - from > BEHIND_MS);
        let covers = caught_up.map(|start_ms| Span {
            start_ms,
            end_ms: now_ms,
        });
        let mark = self.mark_now(now_ms);
        self.whole_until = Some(now_ms);
        self.beat_ms = Some(now_ms);
        self.after_gap = false;
        let event = EventId {
            id: format!("beat-{now_ms}"),
            source: self.source.clone(),
        };
        self.pending = Some(Batch {
            source: self.source.clone(),
            received_ms: now_ms,
            events: vec![Event::Signal {
                event,
                at_ms: now_ms,
                revision: 0,
                signal: Signal::Heartbeat,
            }],
            covers: covers.into_iter().collect(),
            rejected: 0,
            mark,
        });
    }

    fn mark_now(&self, read_ms: Millis) -> Option<Mark> {
        let follower = self.follower.as_ref()?;
        let position = follower.position()?;
        Some(Mark {
            file: position.file,
            offset: i64::try_from(position.offset).unwrap_or(i64::MAX),
            line_ms: follower.line_ms,
            read_ms,
            after_gap: self.after_gap,
        })
    }

    /// Says once, when the backlog is read, what became of its lines.
    fn tell_account(&mut self) {
        if !std::mem::replace(&mut self.is_said, true) {
            tracing::info!("{}: {:?}", self.path.display(), self.account);
        }
    }
}

impl Account {
    fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.told += other.told;
        self.refused += other.refused;
        for (reason, number) in other.ignored {
            *self.ignored.entry(reason).or_default() += number;
        }
    }
}

/// The lines of a piece, without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter(move |_| !bytes.is_empty())
}

/// The name of the events of a line: equal lines are two events, a line read twice is one.
#[must_use]
pub fn event_name(file: &str, offset: u64) -> String {
    format!("{file}:{offset}")
}

fn listen(log: &mut QueueLog, threshold: Threshold<'_>, piece: &Piece) -> Heard {
    let mut heard = Heard {
        events: Vec::new(),
        account: Account::default(),
        first_ms: None,
        refusals: Vec::new(),
    };
    let mut offset = piece.offset;
    for line in lines(&piece.bytes) {
        let read = log.read(line, &event_name(&piece.file, offset));
        heard.first_ms = heard.first_ms.or(read.at_ms);
        heard.account.lines += 1;
        let admitted = match read.said {
            Said::Ignored(reason) => {
                *heard.account.ignored.entry(reason).or_default() += 1;
                Ok(())
            }
            Said::Refused(reason) => Err(reason),
            Said::Events(events) => {
                let admitted: Result<Vec<Event>, _> =
                    events.iter().map(|event| threshold.admit(event)).collect();
                let refused = |refusal: super::door::Refusal| {
                    format!("{}: {}", refusal.reason.word(), refusal.detail)
                };
                admitted.map_err(refused).map(|events| {
                    heard.account.told += 1;
                    heard.events.extend(events);
                })
            }
        };
        if let Err(reason) = admitted {
            heard.account.refused += 1;
            heard.refusals.push(format!("at byte {offset}: {reason}"));
        }
        offset += u64::try_from(line.len()).unwrap_or(u64::MAX) + 1;
    }
    heard
}

#[cfg(test)]
mod tests;
