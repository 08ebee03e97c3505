//! The live feed of the simulated centre: each second what has happened since the last one.
//!
//! It speaks NDJSON to whoever it is given and knows neither the door nor the clock.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::Sim;
use super::wire::{Timeline, WireEvent, signals_between};
use crate::domain::event::Millis;

/// Events in one piece; a long stretch, as after a pause, is told in several.
const EVENTS_PER_PIECE: usize = 1_000;
/// How often the feed speaks.
const TICK: Duration = Duration::from_secs(1);

/// A stretch of the feed, not yet acknowledged.
#[derive(Debug)]
pub struct Feed {
    sim: Arc<Sim>,
    timeline: Timeline,
    /// Everything before it was told and acknowledged.
    told_ms: Millis,
}

impl Feed {
    /// A feed that begins at `from_ms` and tells of contacts of `first_day` and later ones.
    #[must_use]
    pub fn new(sim: Arc<Sim>, first_day: Date, from_ms: Millis) -> Self {
        Self {
            sim,
            timeline: Timeline::starting(first_day),
            told_ms: from_ms,
        }
    }

    /// What happened since the last acknowledgement and before `now_ms`, as pieces of NDJSON.
    pub fn due(&mut self, now_ms: Millis) -> Vec<Vec<u8>> {
        let (sim, from_ms) = (&self.sim, self.told_ms);
        let mut events = self.timeline.contact_events(sim, from_ms, now_ms);
        events.extend(signals_between(sim, from_ms, now_ms));
        events.sort_by_key(|event| event.at_ms);
        events.chunks(EVENTS_PER_PIECE).map(ndjson).collect()
    }

    /// Everything before `now_ms` has arrived; it is not told again.
    pub fn acknowledge(&mut self, now_ms: Millis) {
        self.told_ms = self.told_ms.max(now_ms);
    }
}

/// Events as lines of JSON.
#[must_use]
pub fn ndjson(events: &[WireEvent]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(events.len() * 300);
    for event in events {
        // Text and numbers always become JSON; an error could only be one of memory.
        if serde_json::to_writer(&mut lines, event).is_ok() {
            lines.push(b'\n');
        }
    }
    lines
}

/// Tells each second what happened since, until `stop` is ready. What could not be sent is told
/// again with the next second: whoever receives it knows duplicates by their ids.
pub async fn run_feed<Sent, Failed>(
    mut feed: Feed,
    clock: impl Fn() -> Millis,
    mut send: impl FnMut(Vec<u8>) -> Sent,
    stop: impl Future<Output = ()>,
) where
    Sent: Future<Output = Result<(), Failed>>,
    Failed: std::fmt::Display,
{
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return,
            _ = ticks.tick() => {}
        }
        let now_ms = clock();
        // A new day takes some milliseconds to simulate, which the other tasks need not feel.
        let told = tokio::task::spawn_blocking(move || {
            let pieces = feed.due(now_ms);
            (feed, pieces)
        });
        let Ok((kept, pieces)) = told.await else {
            tracing::error!("the simulated feed stopped: a day could not be simulated");
            return;
        };
        feed = kept;
        if send_all(pieces, &mut send).await {
            feed.acknowledge(now_ms);
        }
    }
}

async fn send_all<Sent, Failed>(
    pieces: Vec<Vec<u8>>,
    send: &mut impl FnMut(Vec<u8>) -> Sent,
) -> bool
where
    Sent: Future<Output = Result<(), Failed>>,
    Failed: std::fmt::Display,
{
    for piece in pieces {
        if let Err(failed) = send(piece).await {
            tracing::warn!(%failed, "the simulated feed could not be delivered; trying again");
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::{events_between, sample};
    use super::*;
    use crate::domain::period::instant_ms;
    use jiff::civil::datetime;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn feed_at_ten() -> (Feed, Millis) {
        let sim = sample::sim();
        let ten_ms = instant_ms(datetime(2026, 5, 18, 10, 0, 0, 0), &sim.centre.zone);
        let first_day = jiff::civil::date(2026, 5, 11);
        (Feed::new(Arc::new(sim), first_day, ten_ms), ten_ms)
    }

    #[test]
    fn what_was_not_acknowledged_is_told_again_and_nothing_is_told_twice_after_it() {
        let (mut feed, ten_ms) = feed_at_ten();
        let once = feed.due(ten_ms + 30_000);
        assert_eq!(once, feed.due(ten_ms + 30_000));
        feed.acknowledge(ten_ms + 30_000);
        assert!(feed.due(ten_ms + 30_000).is_empty());
        let mut told = once.concat();
        told.extend(feed.due(ten_ms + 60_000).concat());
        let sim = sample::sim();
        assert_eq!(told, ndjson(&events_between(&sim, ten_ms, ten_ms + 60_000)));
    }

    #[test]
    fn a_long_stretch_is_told_in_pieces_of_whole_lines() {
        let (mut feed, ten_ms) = feed_at_ten();
        let pieces = feed.due(ten_ms + 3_600_000);
        assert!(pieces.len() > 1);
        for piece in pieces {
            let lines = piece.split(|byte| *byte == b'\n').filter(|l| !l.is_empty());
            let lines: Vec<_> = lines.collect();
            assert!(lines.len() <= EVENTS_PER_PIECE);
            for line in lines {
                assert!(serde_json::from_slice::<serde_json::Value>(line).is_ok());
            }
        }
    }

    #[tokio::test]
    async fn a_failed_delivery_is_repeated_with_the_next_second() {
        let (feed, ten_ms) = feed_at_ten();
        let now_ms = AtomicI64::new(ten_ms);
        let arrived = Mutex::new(Vec::new());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let mut stop = Some(stop);
        let send = |piece: Vec<u8>| {
            arrived.lock().unwrap().push(piece);
            let first = arrived.lock().unwrap().len() == 1;
            if !first {
                drop(stop.take());
            }
            async move { if first { Err("door closed") } else { Ok(()) } }
        };
        let clock = || now_ms.fetch_add(20_000, Ordering::Relaxed) + 20_000;
        let stop = async { drop(stopped.await) };
        run_feed(feed, clock, send, stop).await;
        let arrived = arrived.into_inner().unwrap();
        assert_eq!(arrived.len(), 2);
        assert!(arrived[1].starts_with(&arrived[0]));
    }
}
