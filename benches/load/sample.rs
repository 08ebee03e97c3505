//! Events of made-up calls, written as a sender writes them.

use quietline::domain::centre::Centre;
use quietline::domain::event::Millis;
use quietline::domain::period::timestamp;

/// Events in one request.
pub const BATCH: usize = 500;

/// How far apart the three events of a call are in the order in which they are sent.
#[derive(Clone, Copy, Debug)]
pub enum Spread {
    /// Mostly within one request, as in a backlog: 20 other calls begin meanwhile.
    Close,
    /// Always in three requests, as in live operation: 600 other calls begin meanwhile.
    Far,
}

impl Spread {
    fn calls_between(self) -> usize {
        match self {
            Self::Close => 20,
            Self::Far => 600,
        }
    }
}

/// Prepared requests of one sender, in the order in which they are sent.
pub fn bodies(
    centre: &Centre,
    sender: usize,
    events: usize,
    spread: Spread,
    now_ms: Millis,
) -> Vec<Vec<u8>> {
    let all = events_of(centre, sender, events, spread, now_ms);
    all.chunks(BATCH)
        .map(|events| format!("[{}]", events.join(",")).into_bytes())
        .collect()
}

/// Single events of one sender: calls begin evenly through the last eight hours.
pub fn events_of(
    centre: &Centre,
    sender: usize,
    events: usize,
    spread: Spread,
    now_ms: Millis,
) -> Vec<String> {
    const HOURS_MS: i64 = 8 * 3_600 * 1_000;
    let prefix = &centre.sources[0].prefix;
    let lag = spread.calls_between();
    let calls = events / 3 + 1;
    let step_ms = (HOURS_MS / i64::try_from(calls).unwrap_or(i64::MAX)).max(1);
    let start_ms = now_ms - HOURS_MS - 120_000;
    let one = |call: usize, what: &str, after_ms: i64| {
        let line = &centre.lines[(call * 7 + sender) % centre.lines.len()].id;
        let began_ms = start_ms + step_ms * i64::try_from(call).unwrap_or(0);
        let data = match what {
            "offered" => format!("{{\"line\":\"{line}\",\"channel\":\"voice\"}}"),
            "ended" => format!("{{\"handle_ms\":{}}}", 60_000 + call % 240_000),
            _ => "{}".to_owned(),
        };
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"call-{sender:02}-{call:07}/{what}\",\
             \"source\":\"{prefix}\",\"type\":\"org.quietline.contact.{what}.v1\",\
             \"time\":\"{}\",\"subject\":\"call-{sender:02}-{call:07}\",\"data\":{data}}}",
            timestamp(began_ms + after_ms),
        )
    };
    let mut written = Vec::with_capacity(events);
    for turn in 0..calls + 2 * lag {
        let waited_ms = i64::try_from(turn * 37 % 90_000).unwrap_or(0);
        if turn < calls {
            written.push(one(turn, "offered", 0));
        }
        if turn >= lag && turn - lag < calls {
            written.push(one(turn - lag, "answered", waited_ms));
        }
        if turn >= 2 * lag && turn - 2 * lag < calls {
            written.push(one(turn - 2 * lag, "ended", 100_000));
        }
    }
    written.truncate(events);
    written
}
