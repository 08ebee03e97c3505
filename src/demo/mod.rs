//! A seeded, simulated contact centre: history and live calls of a fictional water supplier.
//!
//! For demonstrations, tests and load. It is a real queue, not noise: customers arrive by chance
//! about a daily and yearly shape, wait in turn for people who work in shifts, lose patience, are
//! turned away when the queue is full, ask to be called back, and are moved to another line. All
//! waits come out of that. It speaks like any other source: facts about contacts, heartbeats and
//! capacity reports. It knows the domain and nothing else of ours, and never reads the clock.
//!
//! Every day is drawn from (seed, day, line) alone, so any day can be made by itself and is the
//! same each time. The queues of a day start empty at midnight and are followed to their end.
//!
//! # The planted story
//!
//! What happens is told relative to the day the demonstration is started, `Sim::today`:
//!
//! - [`BURST_DAYS_AGO`] days ago a main burst at [`BURST_FROM_HOUR`] o'clock; the line for leaks
//!   was flooded for [`BURST_HOURS`] hours, with extra people only after the first of them.
//! - [`HELP_DAYS_AGO`] days ago the technical line got a guide for its people and one more of
//!   them: its calls became shorter, and so did its waits. Nothing else changed that day.
//! - [`FORM_DAYS_AGO`] days ago the calls of the line for moving became longer: a form that was
//!   meant to help. Its waits grew. Nothing else changed that day.
//! - Bills go out on the first weekday from the 6th of each month; the billing line feels it
//!   for three days.

pub mod actions;
mod aftermath;
pub mod chance;
pub mod feed;
pub mod floor;
pub mod herding;
pub mod history;
pub mod lines;
pub mod occasions;
pub mod roster;
pub mod shape;
pub mod simulate;
mod sites;
pub mod wire;
pub mod written;

#[cfg(test)]
mod plausible;
#[cfg(test)]
mod sample;

use jiff::civil::Date;

use crate::domain::centre::{Centre, Line};
use crate::domain::event::{Fact, Millis, Place};

pub use feed::{Feed, run_feed};
pub use history::{DayCells, history};
pub use simulate::simulate_day;
pub use wire::{Timeline, WireEvent, events_between};

use lines::Profile;

/// The id of the one source of the simulated centre, as its description names it.
pub const SOURCE: &str = "pbx";
/// The burst main happened this many days before today.
pub const BURST_DAYS_AGO: i64 = 74;
/// Local hour at which the main burst.
pub const BURST_FROM_HOUR: i8 = 14;
/// How long the line for leaks was flooded.
pub const BURST_HOURS: i8 = 6;
/// The technical line was improved this many days before today.
pub const HELP_DAYS_AGO: i64 = 40;
/// Calls about moving became longer this many days before today.
pub const FORM_DAYS_AGO: i64 = 48;
/// Every contact of a day has ended when this many more days are over (written ones last longest).
pub const SETTLED_AFTER_DAYS: i64 = 7;

/// The description of the simulated centre: the text of its centre.toml.
#[must_use]
pub fn centre_toml() -> &'static str {
    include_str!("demo.toml")
}

/// A simulated centre, ready to be asked for any day.
#[derive(Clone, Debug)]
pub struct Sim {
    /// Its description.
    pub centre: Centre,
    /// Another seed is another history.
    pub seed: u64,
    /// The local day on which the demonstration was started; the planted story hangs on it.
    pub today: Date,
    queues: Vec<Queue>,
}

/// One line and channel with its own people.
#[derive(Clone, Debug)]
pub struct Queue {
    profile: &'static Profile,
    place: Place,
    line: usize,
    /// Arrivals of an ordinary working day are this times the sum of the curve's weights.
    scale: f64,
    /// The mean of those weights over the quarters of an opening day.
    mean_weight: f64,
    always_open: bool,
}

impl Sim {
    /// A simulated centre; lines of the description that the simulation has no customers for
    /// stay silent.
    #[must_use]
    pub fn new(centre: Centre, seed: u64, today: Date) -> Self {
        let queues = lines::PROFILES
            .iter()
            .filter_map(|profile| Queue::find(profile, &centre))
            .collect();
        Self {
            centre,
            seed,
            today,
            queues,
        }
    }

    fn line_of(&self, queue: &Queue) -> &Line {
        &self.centre.lines[queue.line]
    }
}

impl Queue {
    fn find(profile: &'static Profile, centre: &Centre) -> Option<Self> {
        let line = centre.lines.iter().position(|l| l.id == profile.line)?;
        let weights = shape::ordinary_weights(profile, &centre.lines[line]);
        let sum: f64 = weights.iter().sum();
        let quarters = weights.len();
        (sum > 0.0).then(|| Self {
            profile,
            place: Place {
                line: profile.line.to_owned(),
                channel: profile.channel,
            },
            line,
            scale: profile.per_day / sum,
            mean_weight: sum / chance::float(quarters),
            always_open: quarters == 96 && !profile.channel.is_written(),
        })
    }
}

/// One simulated contact and everything that is ever said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimContact {
    /// The local day on which it counts.
    pub day: Date,
    /// Its number on that day.
    pub number: u32,
    /// What is said about it, in order of time.
    pub facts: Vec<(Millis, Fact)>,
}

impl SimContact {
    /// Its name as the source tells it.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("sim-{}-{}", self.day, self.number)
    }
}
