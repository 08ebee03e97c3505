//! `quietline replay`: calls of a file as if they happened now, sent to a running server.
//!
//! The plan (which event is due when) is pure; the loop only waits for it.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use indicatif::ProgressBar;
use jiff::civil::DateTime;

use super::mapping::Mapper;
use super::post::Poster;
use super::rows::{Next, RowReader};
use super::wire::WireEvent;
use crate::clock::Clock;
use crate::config::map::ImportMap;
use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::period::{civil, instant_ms, timestamp};

/// A source that sends nothing for a minute is called delayed; this keeps well within it.
const HEARTBEAT_MS: i64 = 15_000;
/// How often the log says how far it is.
const REPORT_MS: i64 = 60_000;
/// Events sent in one request: far below the server's limit.
const MOST_AT_ONCE: usize = 1_000;
/// Events due within so little time go in one request.
const TOGETHER_MS: i64 = 100;

/// The events of a file with the instants at which they are to be sent again.
#[derive(Debug)]
pub struct Plan {
    /// In the order in which they are due.
    events: std::collections::VecDeque<(Millis, WireEvent<'static>)>,
    from_ms: Millis,
    now_ms: Millis,
    speed: f64,
}

/// Contacts of a file, each with its events and their instants.
pub type Contacts = Vec<Vec<(Millis, WireEvent<'static>)>>;

impl Plan {
    /// Plans the contacts that start at `from_ms` or later, so that what happened then happens at
    /// `now_ms` and everything after it `speed` times as fast. Subjects and ids get the name of
    /// the run before them, so that a second run has contacts of its own.
    #[must_use]
    pub fn new(contacts: Contacts, from_ms: Millis, now_ms: Millis, speed: f64, run: &str) -> Self {
        let mut plan = Self {
            events: std::collections::VecDeque::new(),
            from_ms,
            now_ms,
            speed,
        };
        let starts = |events: &[(Millis, WireEvent<'_>)]| {
            let first = events.iter().map(|(at_ms, _)| *at_ms).min();
            first.is_some_and(|first| first >= from_ms)
        };
        let kept = contacts.into_iter().filter(|events| starts(events));
        let mut events: Vec<_> = kept
            .flatten()
            .map(|(at_ms, wire)| plan.shift(at_ms, wire, run))
            .collect();
        // A stable sort keeps the order of the map for events of one instant.
        events.sort_by_key(|(due_ms, _)| *due_ms);
        plan.events = events.into();
        plan
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "spans of a file are far below 2^52 milliseconds"
    )]
    fn shift(
        &self,
        at_ms: Millis,
        mut wire: WireEvent<'static>,
        run: &str,
    ) -> (Millis, WireEvent<'static>) {
        let after = (at_ms - self.from_ms) as f64 / self.speed;
        let due_ms = self.now_ms + after.round() as i64;
        let prefixed = |text: &str| format!("{run}/{text}").into();
        wire.time = Some(timestamp(due_ms).to_string().into());
        wire.id = wire.id.as_deref().map(prefixed);
        wire.subject = wire.subject.as_deref().map(prefixed);
        if let Some(data) = &mut wire.data {
            data.0.handle_ms = data.0.handle_ms.map(|ms| (ms as f64 / self.speed) as i64);
        }
        (due_ms, wire)
    }

    /// How many events are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.events.len()
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<Millis> {
        self.events.front().map(|(due_ms, _)| *due_ms)
    }

    /// Takes what is due at an instant, in order, at most `MOST_AT_ONCE`.
    pub fn take_due(&mut self, now_ms: Millis) -> Vec<WireEvent<'static>> {
        let due = self.events.iter().take(MOST_AT_ONCE);
        let count = due.take_while(|(due_ms, _)| *due_ms <= now_ms).count();
        self.events.drain(..count).map(|(_, wire)| wire).collect()
    }

    /// The instant in the file that an instant of the replay stands for.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "spans of a file are far below 2^52 milliseconds"
    )]
    pub fn file_time_ms(&self, now_ms: Millis) -> Millis {
        self.from_ms + ((now_ms - self.now_ms) as f64 * self.speed) as i64
    }
}

/// What is to be replayed, and how.
#[derive(Debug)]
pub struct Replay<'a> {
    /// How the rows of the file are read.
    pub map: &'a ImportMap,
    /// The centre of the server.
    pub centre: &'a Centre,
    /// The file.
    pub file: &'a Path,
    /// Local time in the file at which to begin; by default its first row.
    pub from: Option<DateTime>,
    /// How many times as fast.
    pub speed: f64,
    /// Where to.
    pub poster: Poster,
    /// Tells when events are due.
    pub clock: Clock,
}

/// Reads the file and sends it until it is over or `stop` is; tells `out` how far it is.
///
/// # Errors
/// If the file cannot be read, the server refuses, or nothing can be written.
pub async fn replay(
    replay: Replay<'_>,
    out: &mut (impl Write + Send),
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    ensure!(
        replay.speed.is_finite() && replay.speed > 0.0,
        "the speed must be a number above 0"
    );
    let contacts = read_contacts(replay.map, replay.centre, replay.file)?;
    let zone = replay.map.zone.as_ref().unwrap_or(&replay.centre.zone);
    let first = contacts.iter().flatten().map(|(at_ms, _)| *at_ms).min();
    let from_ms = replay.from.map(|from| instant_ms(from, zone)).or(first);
    let from_ms = from_ms.with_context(|| format!("{} has no calls", replay.file.display()))?;
    let now_ms = replay.clock.now_ms();
    let run = format!("replay-{now_ms:x}");
    let plan = Plan::new(contacts, from_ms, now_ms, replay.speed, &run);
    ensure!(
        plan.left() > 0,
        "no call of the file starts at or after --from"
    );
    let source = replay.centre.source(&replay.map.source);
    let mut sending = Sending {
        poster: replay.poster,
        source: source.map_or("", |source| &source.prefix).to_owned(),
        run,
        plan,
        sent: 0,
        refused: 0,
    };
    tokio::select! {
        done = sending.run(&replay.clock, out) => done?,
        () = stop => {}
    }
    let (sent, refused) = (sending.sent, sending.refused);
    writeln!(out, "{sent} events sent, {refused} refused")?;
    Ok(())
}

fn read_contacts(map: &ImportMap, centre: &Centre, file: &Path) -> anyhow::Result<Contacts> {
    ensure!(
        map.volume.is_none(),
        "the rows of {} are counts; only contacts can be played again",
        file.display()
    );
    let mut mapper = Mapper::new(map, centre)?;
    let mut reader = RowReader::open(file, map, &ProgressBar::hidden())?;
    let mut contacts = Contacts::new();
    loop {
        match reader.next_row() {
            // Import is where rows are accounted for; here a bad one is just not played.
            Next::Refused(..) => {}
            Next::End | Next::Broken(..) => return Ok(contacts),
            Next::Row(_, row) => {
                if let (_, Ok(mapped)) = mapper.map_row(&row) {
                    contacts.push(mapped.events);
                }
            }
        }
    }
}

struct Sending {
    poster: Poster,
    source: String,
    run: String,
    plan: Plan,
    sent: usize,
    refused: usize,
}

impl Sending {
    async fn run(&mut self, clock: &Clock, out: &mut (impl Write + Send)) -> anyhow::Result<()> {
        let mut heartbeat_ms = clock.now_ms();
        let mut report_ms = heartbeat_ms + REPORT_MS;
        while let Some(due_ms) = self.plan.next_due_ms() {
            let now_ms = clock.now_ms();
            let mut events = self.plan.take_due(now_ms);
            if now_ms >= heartbeat_ms {
                events.push(self.heartbeat(now_ms));
                heartbeat_ms = now_ms + HEARTBEAT_MS;
            }
            if !events.is_empty() {
                self.send(&events).await?;
                continue;
            }
            if now_ms >= report_ms {
                writeln!(out, "{}", self.report(now_ms))?;
                report_ms = now_ms + REPORT_MS;
            }
            let wake_ms = due_ms.min(heartbeat_ms).min(report_ms);
            let wait_ms = (wake_ms - now_ms).max(TOGETHER_MS);
            tokio::time::sleep(Duration::from_millis(wait_ms.unsigned_abs())).await;
        }
        Ok(())
    }

    async fn send(&mut self, events: &[WireEvent<'_>]) -> anyhow::Result<()> {
        let sent = self.poster.post(events, &[]).await?;
        self.sent += sent.accepted;
        self.refused += sent.rejected.len();
        if let Some(first) = sent.rejected.first() {
            eprintln!("refused: {}: {}", first.reason, first.detail);
        }
        Ok(())
    }

    fn heartbeat(&self, now_ms: Millis) -> WireEvent<'static> {
        WireEvent {
            specversion: Some("1.0".into()),
            id: Some(format!("{}/heartbeat/{now_ms}", self.run).into()),
            source: Some(self.source.clone().into()),
            kind: Some("org.quietline.source.heartbeat.v1".into()),
            time: Some(timestamp(now_ms).to_string().into()),
            ..WireEvent::default()
        }
    }

    fn report(&self, now_ms: Millis) -> String {
        let utc = jiff::tz::TimeZone::UTC;
        format!(
            "{:.16}Z  {} events sent, {} refused, {} to come; the file is at {:.16}Z",
            civil(now_ms, &utc).to_string(),
            self.sent,
            self.refused,
            self.plan.left(),
            civil(self.plan.file_time_ms(now_ms), &utc).to_string(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(subject: &'static str, times: &[Millis]) -> Vec<(Millis, WireEvent<'static>)> {
        let event = |(place, at_ms): (usize, &Millis)| {
            let wire = WireEvent {
                id: Some(format!("{subject}/{place}").into()),
                subject: Some(subject.into()),
                ..WireEvent::default()
            };
            (*at_ms, wire)
        };
        times.iter().enumerate().map(event).collect()
    }

    fn ids(events: &[WireEvent<'_>]) -> Vec<String> {
        let id = |event: &WireEvent<'_>| event.id.as_deref().unwrap().to_owned();
        events.iter().map(id).collect()
    }

    #[test]
    fn events_are_due_in_order_and_as_much_faster_as_asked() {
        let contacts = vec![
            contact("a", &[1_000, 61_000, 121_000]),
            contact("b", &[31_000, 41_000]),
        ];
        let mut plan = Plan::new(contacts, 1_000, 1_000_000, 10.0, "run");
        assert_eq!(plan.next_due_ms(), Some(1_000_000));
        assert_eq!(ids(&plan.take_due(999_999)), Vec::<String>::new());
        assert_eq!(ids(&plan.take_due(1_000_000)), ["run/a/0"]);
        assert_eq!(plan.next_due_ms(), Some(1_003_000));
        let due = plan.take_due(1_006_000);
        assert_eq!(ids(&due), ["run/b/0", "run/b/1", "run/a/1"]);
        assert_eq!(due[2].time.as_deref(), Some("1970-01-01T00:16:46Z"));
        assert_eq!(due[2].subject.as_deref(), Some("run/a"));
        assert_eq!(plan.file_time_ms(1_006_000), 61_000);
        assert_eq!(plan.left(), 1);
    }

    #[test]
    fn calls_under_way_at_the_start_are_left_out() {
        let contacts = vec![contact("old", &[1_000, 90_000]), contact("new", &[60_000])];
        let mut plan = Plan::new(contacts, 50_000, 0, 1.0, "run");
        assert_eq!(plan.next_due_ms(), Some(10_000));
        assert_eq!(ids(&plan.take_due(i64::MAX)), ["run/new/0"]);
        assert_eq!(plan.next_due_ms(), None);
    }

    #[test]
    fn what_comes_at_once_is_sent_in_portions() {
        let contacts = (0..1_500).map(|_| contact("x", &[5])).collect();
        let mut plan = Plan::new(contacts, 0, 0, 1.0, "run");
        assert_eq!(plan.take_due(10).len(), MOST_AT_ONCE);
        assert_eq!(plan.take_due(10).len(), 500);
    }
}
