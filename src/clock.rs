//! The only reader of time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::event::Millis;

/// Tells the time: the system's, or a fixed one that tests move.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until it is set.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn fixed(at_ms: Millis) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at_ms)))
    }

    /// Milliseconds since 1970.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    pub fn now_ms(&self) -> Millis {
        match self {
            Self::System => chrono::Utc::now().timestamp_millis(),
            Self::Fixed(at_ms) => at_ms.load(Ordering::Relaxed),
        }
    }

    /// Moves a fixed clock; the machine's is left alone.
    pub fn set(&self, at_ms: Millis) {
        if let Self::Fixed(fixed) = self {
            fixed.store(at_ms, Ordering::Relaxed);
        }
    }
}
