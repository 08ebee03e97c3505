//! The hub: one frame a second at most, encoded once, shared by everybody who listens.
//!
//! A listener holds at most the newest frame: who reads slowly skips, nobody queues. Knows nothing
//! of lines or calls; it takes a finished body and hands out bytes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use tokio::sync::watch;

use super::frame::Now;
use super::wire;
use crate::clock::Clock;
use crate::domain::event::Millis;

/// Pages and caches keep what they were given for one tick of this length.
pub const TICK_MS: i64 = 5_000;

/// How many may listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All together.
    pub overall: usize,
    /// From one address (IPv6: one /64). Generous, because many people share one. The machine
    /// itself is exempt: behind a proxy that names no client everybody comes from there.
    pub per_address: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            overall: 20_000,
            per_address: 200,
        }
    }
}

/// One frame in every form in which it is sent.
#[derive(Debug)]
pub struct Encoded {
    /// Its place in the feed.
    pub seq: u64,
    /// The instant it describes.
    pub at_ms: Millis,
    /// What it says, for pages.
    pub now: Arc<Now>,
    /// A whole WebSocket message.
    pub ws: Bytes,
    /// A whole server-sent event.
    pub sse: Bytes,
    /// The body of `/api/v1/now`: this frame, or an earlier one of the same tick.
    pub tick: Arc<TickBody>,
}

/// What `/api/v1/now` answers during one tick.
#[derive(Debug)]
pub struct TickBody {
    /// `at_ms / TICK_MS` of its frame.
    pub tick: i64,
    /// Weak entity tag.
    pub etag: String,
    /// JSON.
    pub json: Bytes,
}

/// Shared by the one who publishes and all who listen; cloning it clones a handle.
#[derive(Clone, Debug)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    epoch: String,
    seq: AtomicU64,
    newest: watch::Sender<Option<Arc<Encoded>>>,
    closing: watch::Sender<bool>,
    limits: Limits,
    listening: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

impl Hub {
    /// A hub without a frame yet. Its epoch is drawn at random.
    #[must_use]
    pub fn new(clock: Clock, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            clock,
            epoch: format!("{:016x}", rand::random::<u64>()),
            seq: AtomicU64::new(0),
            newest: watch::Sender::new(None),
            closing: watch::Sender::new(false),
            limits,
            listening: AtomicUsize::new(0),
            by_address: Mutex::new(HashMap::new()),
        }))
    }

    /// Sends a frame to everybody. False, and nothing is sent, if the second already had one.
    ///
    /// # Errors
    /// If the body cannot be written as JSON.
    pub fn publish(&self, now: Now, at_ms: Millis) -> serde_json::Result<bool> {
        let before = self.newest();
        let second = at_ms.div_euclid(1_000);
        if before
            .as_ref()
            .is_some_and(|frame| frame.at_ms.div_euclid(1_000) == second)
        {
            return Ok(false);
        }
        let body = serde_json::to_string(&now)?;
        let seq = self.0.seq.fetch_add(1, Ordering::Relaxed) + 1;
        let epoch = &self.0.epoch;
        // The frame is the body with its place in front: encoded once, not twice.
        let fields = body.strip_prefix('{').unwrap_or_default();
        let frame = format!("{{\"epoch\":\"{epoch}\",\"seq\":{seq},{fields}");
        let tick = at_ms.div_euclid(TICK_MS);
        let tick_body = before
            .map(|frame| Arc::clone(&frame.tick))
            .filter(|body| body.tick == tick)
            .unwrap_or_else(|| {
                Arc::new(TickBody {
                    tick,
                    etag: format!("W/\"{epoch}-{seq}\""),
                    json: Bytes::from(body),
                })
            });
        self.0.newest.send_replace(Some(Arc::new(Encoded {
            seq,
            at_ms,
            now: Arc::new(now),
            ws: Bytes::from(wire::frame_text(&frame)),
            sse: Bytes::from(format!("id: {epoch}:{seq}\ndata: {frame}\n\n")),
            tick: tick_body,
        })));
        Ok(true)
    }

    /// The newest frame, if there is one yet.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<Encoded>> {
        self.0.newest.borrow().clone()
    }

    /// Follows the newest frame.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Option<Arc<Encoded>>> {
        self.0.newest.subscribe()
    }

    /// Follows the end: becomes true when the server goes away.
    #[must_use]
    pub fn follow_close(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// Tells every listener that the server goes away.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// The name of this run of the server.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.0.epoch
    }

    /// The clock of the feed.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// How many listen.
    #[must_use]
    pub fn listening(&self) -> usize {
        self.0.listening.load(Ordering::Relaxed)
    }

    /// Lets a listener in, unless too many are there. It leaves when the permit is dropped.
    #[must_use]
    pub fn admit(&self, address: Option<IpAddr>) -> Option<Permit> {
        let inner = &self.0;
        let overall = inner.listening.fetch_add(1, Ordering::Relaxed);
        // Made first, so that its drop undoes the count if one of the limits is reached.
        let mut permit = Permit {
            hub: self.clone(),
            address: None,
        };
        if overall >= inner.limits.overall {
            return None;
        }
        if let Some(address) = address.map(neighbourhood).filter(|ip| !ip.is_loopback()) {
            let mut by_address = inner
                .by_address
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let count = by_address.entry(address).or_default();
            if *count >= inner.limits.per_address {
                return None;
            }
            *count += 1;
            permit.address = Some(address);
        }
        Some(permit)
    }
}

/// IPv4 as it is, also when written as IPv6; of IPv6 the network of 64 bits, which is one customer.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64))
        }
        ip => ip,
    }
}

/// The right to listen.
#[derive(Debug)]
pub struct Permit {
    hub: Hub,
    address: Option<IpAddr>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let inner = &self.hub.0;
        inner.listening.fetch_sub(1, Ordering::Relaxed);
        let Some(address) = self.address else {
            return;
        };
        let mut by_address = inner
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::frame::Frame;

    const START_MS: i64 = 1_700_000_000_000;

    fn now(as_of: &str) -> Now {
        Now {
            centre: "Water".into(),
            zone: "UTC".into(),
            sample_data: true,
            as_of: as_of.into(),
            stale_after: as_of.into(),
            lines: Vec::new(),
        }
    }

    fn hub(limits: Limits) -> Hub {
        Hub::new(Clock::fixed(START_MS), limits)
    }

    #[test]
    fn a_frame_is_the_body_with_its_epoch_and_number() {
        let hub = hub(Limits::default());
        assert!(hub.publish(now("a"), START_MS).expect("plain JSON"));
        let encoded = hub.newest().expect("a frame");
        let sse = String::from_utf8(encoded.sse.to_vec()).expect("text");
        let data = sse.lines().find_map(|line| line.strip_prefix("data: "));
        let frame: Frame = serde_json::from_str(data.expect("data")).expect("a frame");
        assert_eq!((frame.epoch.as_str(), frame.seq), (hub.epoch(), 1));
        assert_eq!(frame.now, now("a"));
        assert!(encoded.ws.ends_with(data.expect("data").as_bytes()));
        let body: Now = serde_json::from_slice(&encoded.tick.json).expect("a body");
        assert_eq!(body, now("a"));
    }

    #[test]
    fn a_second_has_one_frame_and_a_tick_one_body() {
        let hub = hub(Limits::default());
        let publish = |text, at_ms| hub.publish(now(text), at_ms).expect("plain JSON");
        assert!(publish("a", START_MS));
        assert!(!publish("b", START_MS + 999));
        assert!(publish("c", START_MS + 1_000));
        let frame = hub.newest().expect("a frame");
        assert_eq!((frame.seq, frame.now.as_of.as_str()), (2, "c"));
        let first = frame.tick.etag.clone();
        assert!(publish("d", START_MS + TICK_MS));
        assert_ne!(hub.newest().expect("a frame").tick.etag, first);
    }

    #[test]
    fn too_many_listeners_are_turned_away_until_one_leaves() {
        let hub = hub(Limits {
            overall: 3,
            per_address: 1,
        });
        let one = "192.0.2.1".parse().ok();
        let same = "::ffff:192.0.2.1".parse().ok();
        let local = "127.0.0.1".parse().ok();
        let held = hub.admit(one).expect("room");
        assert!(hub.admit(same).is_none());
        let _local = (
            hub.admit(local).expect("room"),
            hub.admit(local).expect("room"),
        );
        assert_eq!(hub.listening(), 3);
        drop(held);
        assert!(hub.admit(one).is_some());
        assert!(hub.0.by_address.lock().expect("no panic").is_empty());
        let network = |text: &str| neighbourhood(text.parse().expect("an address"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2:3"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    }
}
