//! Now: the state of the lines from committed events, and the feed of it.

pub mod frame;
pub mod watch;
