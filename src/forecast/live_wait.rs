//! How long somebody who joins now will wait: learned from those who found the line as it is now.
//! Either those who are not answered at once are asked, or everybody ([`Callers`]); the latter is
//! what a visitor wants to know.
//!
//! Every contact of them leaves a sample: the state of its line and of the whole centre
//! when it joined ([`queue`]), and its wait. The forecast is the weighted median of the samples
//! most like the present state ([`memory`]), its range their first and last tenth, read as the
//! ranges of the last days turned out. Median of past waits in similar states: Ibrahim and Whitt
//! (2009) compare the simple estimators; nearest neighbours do better where lines share agents.
//!
//! It is not trusted blindly: beside it the median of three simple estimators, the usual wait of
//! the half hour and a constant are scored on the same callers, and the best of them is used
//! ([`Method`]).

mod book;
pub mod learner;
pub mod memory;
pub mod queue;
pub mod replay;

pub use learner::{Callers, Forecast, LiveWaits, Method};
pub use queue::{Features, Queues};
pub use replay::{Stay, replay, stay};

#[cfg(test)]
mod tests;
