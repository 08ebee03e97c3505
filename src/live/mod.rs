//! Now: the state of the lines from committed events, and the feed of it.
//!
//! Batches that were committed → `state` → `publish` (with `ahead`, `learning`, `estimate` and `verdict`) → `frame` →
//! `hub` → `ws`, `sse` and `/api/v1/now` (`feed`). Knows nothing of pages.

pub mod ahead;
pub mod estimate;
pub mod feed;
pub mod frame;
pub mod hub;
pub mod learning;
pub mod narrow;
pub mod outlook;
pub mod publish;
pub mod runner;
pub mod shown;
pub mod sse;
pub mod state;
pub mod verdict;
pub mod watch;
pub mod wire;
pub mod ws;
