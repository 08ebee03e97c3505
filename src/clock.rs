//! The only reader of time. Everything else takes the instant as a parameter.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::event::Millis;

/// Where the present comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's own clock.
    #[default]
    System,
    /// A clock that stands still until it is set; for tests and replays.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at_ms`.
    #[must_use]
    pub fn fixed(at_ms: Millis) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at_ms)))
    }

    /// Milliseconds since 1970 UTC.
    #[must_use]
    pub fn now_ms(&self) -> Millis {
        match self {
            // A clock set before 1970 reads as 1970: no event can be that old.
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| {
                    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
                }),
            Self::Fixed(at_ms) => at_ms.load(Ordering::SeqCst),
        }
    }

    /// Moves a fixed clock; the system's clock is left alone.
    pub fn set(&self, at_ms: Millis) {
        if let Self::Fixed(kept) = self {
            kept.store(at_ms, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_fixed_clock_stands_still_for_all_its_holders_until_it_is_set() {
        let clock = Clock::fixed(1_000);
        let other = clock.clone();
        assert_eq!(other.now_ms(), 1_000);
        clock.set(2_000);
        assert_eq!(other.now_ms(), 2_000);
    }

    #[test]
    fn the_system_clock_is_past_2020() {
        assert!(Clock::System.now_ms() > 1_577_836_800_000);
    }
}
