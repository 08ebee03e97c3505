//! Now: the state of the lines from committed events, and the feed of it.

pub mod estimate;
pub mod frame;
pub mod publish;
pub mod state;
pub mod verdict;
