//! Every formula of MEASURES.md, once: how a measure is derived from tallies when it is read.
//!
//! A measure is first reduced to a [`Basis`] for each line, with the thresholds of that line;
//! bases add over lines, intervals and days; only the last step divides. Nothing here knows
//! what may be shown: that is `disclosure`.

mod callers;
mod judged;
mod minutes;
mod past;
mod record;
mod table;
#[cfg(test)]
mod tests;

use std::ops::AddAssign;

use jiff::civil::Date;

use super::centre::ServiceLevel;
use super::coverage::Need;
use super::event::{EventKind, Millis};
use super::facts::site::AtSite;
use super::facts::{DayFact, Group, LineFact, Scale};
use super::period::Grain;
use super::tally::{Count, Histogram, Tally, Waits};

pub use callers::{TenCallers, Way, ten_callers, tenths, ways};
pub use judged::{Judged, breaks_of};
pub use minutes::{MINUTE_STEPS, MinutesRange, round_range};
pub use past::{PAST, Past};
pub use table::{MEASURES, SHORT_OF_ABANDONED};

/// "Long" is more than this, for every line.
pub const LONG_WAIT_SECS: i64 = 600;

/// "Soon" is no more than this, for every line.
pub const SOON_SECS: i64 = 120;

/// Whether a contact was solved comes in for so many days.
pub const RESOLUTION_SETTLES_DAYS: i64 = 7;

/// A time that a line promises or is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// T of the company's service level.
    ServiceLevel,
    /// s: hang-ups within it are "short".
    ShortAbandon,
    /// T' of the customer's service level.
    Promise,
    /// [`SOON_SECS`].
    Soon,
    /// [`LONG_WAIT_SECS`].
    LongWait,
}

/// The thresholds of one line, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// T.
    pub service_level_secs: i64,
    /// s.
    pub short_abandon_secs: i64,
    /// T'.
    pub promise_secs: i64,
}

/// Judges what is left of lines that the centre does not describe any more.
impl Default for Thresholds {
    fn default() -> Self {
        Self {
            service_level_secs: 20,
            short_abandon_secs: 5,
            promise_secs: 120,
        }
    }
}

impl From<&ServiceLevel> for Thresholds {
    fn from(service: &ServiceLevel) -> Self {
        Self {
            service_level_secs: service.threshold_secs,
            short_abandon_secs: service.short_abandon_secs,
            promise_secs: service.promise_secs,
        }
    }
}

impl Thresholds {
    fn secs(self, threshold: Threshold) -> i64 {
        match threshold {
            Threshold::ServiceLevel => self.service_level_secs,
            Threshold::ShortAbandon => self.short_abandon_secs,
            Threshold::Promise => self.promise_secs,
            Threshold::Soon => SOON_SECS,
            Threshold::LongWait => LONG_WAIT_SECS,
        }
    }
}

/// One summand of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// A count.
    Count(Count),
    /// Waits of at most a threshold.
    Within(Waits, Threshold),
    /// Waits of more than a threshold.
    Beyond(Waits, Threshold),
    /// What followed contacts.
    Facts(Group),
}

impl Term {
    /// `None` if the threshold is not a bound of the histogram.
    fn of(self, tally: &Tally, thresholds: Thresholds) -> Option<i64> {
        match self {
            Self::Count(count) => Some(tally.count(count)),
            Self::Within(waits, threshold) => tally.waits(waits).within(thresholds.secs(threshold)),
            Self::Beyond(waits, threshold) => {
                let waits = tally.waits(waits);
                Some(waits.total() - waits.within(thresholds.secs(threshold))?)
            }
            Self::Facts(_) => Some(0),
        }
    }
}

/// A number of contacts: a sum of terms minus others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Added.
    pub plus: &'static [Term],
    /// Taken away.
    pub minus: &'static [Term],
}

impl Quantity {
    fn of(self, tally: &Tally, thresholds: Thresholds) -> Option<i64> {
        let sum = |terms: &[Term]| {
            let terms = terms.iter();
            terms
                .map(|term| term.of(tally, thresholds))
                .sum::<Option<i64>>()
        };
        Some(sum(self.plus)? - sum(self.minus)?)
    }

    fn of_facts(self, facts: &[&LineFact]) -> i64 {
        let sum = |terms: &[Term]| {
            let groups = terms.iter().filter_map(|term| match term {
                Term::Facts(group) => Some(*group),
                _ => None,
            });
            groups.map(|group| group.count(facts)).sum::<i64>()
        };
        sum(self.plus) - sum(self.minus)
    }

    /// What followed contacts, among its terms.
    pub fn groups(self) -> impl Iterator<Item = Group> {
        let terms = self.plus.iter().chain(self.minus);
        terms.filter_map(|term| match term {
            Term::Facts(group) => Some(*group),
            _ => None,
        })
    }

    /// The counts among its terms.
    pub fn counts(self) -> impl Iterator<Item = Count> {
        let terms = self.plus.iter().chain(self.minus);
        terms.filter_map(|term| match term {
            Term::Count(count) => Some(*count),
            _ => None,
        })
    }

    /// Whether it is made of counts only, without a threshold.
    #[must_use]
    pub fn is_counts_only(self) -> bool {
        let mut terms = self.plus.iter().chain(self.minus);
        terms.all(|term| matches!(term, Term::Count(_)))
    }
}

/// How a measure is derived.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A count itself.
    Count(Count),
    /// A share in percent. Nothing in the denominator: no value.
    Share {
        /// Those it is true of.
        numerator: Quantity,
        /// Everyone it could be true of.
        denominator: Quantity,
    },
    /// A mean in seconds of a sum of milliseconds.
    Mean {
        /// The sum.
        sum: Count,
        /// How many it is of.
        of: Count,
    },
    /// The wait in seconds that a share of contacts did not exceed.
    Percentile {
        /// The waits.
        waits: Waits,
        /// 0–1.
        share: f64,
    },
    /// Waits added up, divided by the length of time (Little): how many waited on average.
    Backlog,
    /// A count of what followed contacts.
    Facts(Group),
    /// A share in percent of the answers to a question, or a difference of two.
    Rating {
        /// Those it is true of, less those it is not.
        numerator: Quantity,
        /// Everyone who answered.
        of: Scale,
    },
    /// The mean score of the answers to a question.
    MeanScore(Scale),
    /// A number for every thousand of others.
    PerThousand {
        /// What is counted.
        numerator: Quantity,
        /// Of whom there are a thousand.
        denominator: Quantity,
    },
}

/// One definition. A change of its meaning is a new version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Its name in URLs, JSON and CSV.
    pub id: &'static str,
    /// Its public name in English; other languages have it under [`Measure::name_key`].
    pub name: &'static str,
    /// "contacts", "complaints", "surveys", "percent", "seconds", "points" or
    /// `per_thousand`.
    pub unit: &'static str,
    /// The formula in the letters of MEASURES.md.
    pub formula: &'static str,
    /// The formula in words.
    pub words: &'static str,
    /// Version of the definition.
    pub version: u32,
    /// Since when this version holds.
    pub since: Date,
    /// How it is derived.
    pub kind: Kind,
    /// Without these counts it means nothing: they decide whether it is covered.
    pub needs: &'static [Count],
    /// The same for events that are not counted in tallies.
    pub tells: &'static [EventKind],
    /// The narrowest points for which it is published.
    pub finest: Grain,
    /// Its parts by line would give away numbers that are withheld.
    pub whole_centre_only: bool,
}

/// What a measure needs of a tally: additive, so the last step alone divides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// The count, the numerator, or the sum of milliseconds.
    pub top: i64,
    /// The count, the denominator, or how many contacts are behind the value.
    pub bottom: i64,
    /// The waits of a percentile.
    pub waits: Histogram,
    /// A threshold was not a bound of the histograms: there is no value.
    pub is_unreadable: bool,
}

impl AddAssign<&Basis> for Basis {
    fn add_assign(&mut self, other: &Basis) {
        self.top += other.top;
        self.bottom += other.bottom;
        for (mine, theirs) in self.waits.0.iter_mut().zip(other.waits.0) {
            *mine += theirs;
        }
        self.is_unreadable |= other.is_unreadable;
    }
}

impl Measure {
    /// The measure of an id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.id == id)
    }

    /// The key of its public name in the language files.
    #[must_use]
    pub fn name_key(&self) -> String {
        format!("measure.{}", self.id)
    }

    /// Whether it is a count: counts add up over time.
    #[must_use]
    pub const fn is_count(&self) -> bool {
        matches!(self.kind, Kind::Count(_) | Kind::Facts(_))
    }

    /// Whether it is also counted by the cause of a complaint.
    #[must_use]
    pub const fn is_by_cause(&self) -> bool {
        matches!(self.kind, Kind::Facts(Group::Opened | Group::Closed))
    }

    /// Whether it is also counted by channel.
    #[must_use]
    pub const fn is_by_channel(&self) -> bool {
        matches!(self.kind, Kind::Count(Count::Attempts))
    }

    /// What of a site's answers it is made of: its numerator, or count, and its denominator. Only
    /// some measures are counted by site.
    #[must_use]
    pub fn by_site(&self) -> Option<(AtSite, AtSite)> {
        match self.id {
            "answered" => Some((AtSite::Answered, AtSite::Answered)),
            "answered_soon" => Some((AtSite::Soon, AtSite::Answered)),
            "resolution" => Some((AtSite::Resolved, AtSite::ResolutionKnown)),
            _ => None,
        }
    }

    /// What followed contacts, if it is made of that.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        match self.kind {
            Kind::Facts(group) => vec![group],
            Kind::Rating { of, .. } | Kind::MeanScore(of) => vec![Group::answers(of)],
            Kind::Share {
                numerator,
                denominator,
            }
            | Kind::PerThousand {
                numerator,
                denominator,
            } => numerator.groups().chain(denominator.groups()).collect(),
            _ => Vec::new(),
        }
    }

    /// For so many days after a day it is still expected to change: it is provisional.
    #[must_use]
    pub fn settles_days(&self) -> i64 {
        let groups = self.groups().into_iter().map(Group::settles_days);
        let resolution = self.needs.contains(&Count::ResolutionKnown);
        let days = groups.chain(resolution.then_some(RESOLUTION_SETTLES_DAYS));
        days.max().unwrap_or(0)
    }

    /// Everything that has to be reported for it to mean anything.
    pub fn all_needs(&self) -> impl Iterator<Item = Need> {
        let counts = self.needs.iter().map(|count| Need::Count(*count));
        counts.chain(self.tells.iter().map(|kind| Need::Events(*kind)))
    }

    /// What it needs of the facts of one line. Together with that of its tally it is the whole.
    #[must_use]
    pub fn basis_of_facts(&self, facts: &[&LineFact]) -> Basis {
        let (top, bottom) = match self.kind {
            Kind::Facts(group) => (group.count(facts), group.count(facts)),
            Kind::Share {
                numerator,
                denominator,
            }
            | Kind::PerThousand {
                numerator,
                denominator,
            } => (numerator.of_facts(facts), denominator.of_facts(facts)),
            Kind::Rating { numerator, of } => {
                (numerator.of_facts(facts), Group::answers(of).count(facts))
            }
            Kind::MeanScore(scale) => {
                let sum = facts.iter().map(|counted| match counted.fact {
                    DayFact::Scored(of, score) if of == scale => i64::from(score) * counted.value,
                    _ => 0,
                });
                (sum.sum(), Group::answers(scale).count(facts))
            }
            _ => (0, 0),
        };
        Basis {
            top,
            bottom,
            ..Basis::default()
        }
    }

    /// What it needs of the tally of one line.
    #[must_use]
    pub fn basis(&self, tally: &Tally, thresholds: Thresholds) -> Basis {
        let (top, bottom) = match self.kind {
            Kind::Count(count) => (Some(tally.count(count)), Some(tally.count(count))),
            Kind::Share {
                numerator,
                denominator,
            }
            | Kind::PerThousand {
                numerator,
                denominator,
            } => (
                numerator.of(tally, thresholds),
                denominator.of(tally, thresholds),
            ),
            Kind::Mean { sum, of } => (Some(tally.count(sum)), Some(tally.count(of))),
            Kind::Percentile { waits, .. } => (Some(0), Some(tally.waits(waits).total())),
            Kind::Backlog => (
                Some(
                    tally.count(Count::WaitAnsweredMsSum) + tally.count(Count::WaitAbandonedMsSum),
                ),
                Some(tally.count(Count::Answered) + tally.count(Count::Abandoned)),
            ),
            Kind::Facts(_) | Kind::Rating { .. } | Kind::MeanScore(_) => (Some(0), Some(0)),
        };
        let waits = match self.kind {
            Kind::Percentile { waits, .. } => *tally.waits(waits),
            _ => Histogram::default(),
        };
        Basis {
            top: top.unwrap_or(0),
            bottom: bottom.unwrap_or(0),
            waits,
            is_unreadable: top.is_none() || bottom.is_none(),
        }
    }

    /// The value of a basis that was counted over `length_ms`. `None` where there is no basis.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn value(&self, basis: &Basis, length_ms: Millis) -> Option<f64> {
        if basis.is_unreadable {
            return None;
        }
        let divide = |top: i64, bottom: i64| (bottom > 0).then(|| top as f64 / bottom as f64);
        match self.kind {
            Kind::Count(_) | Kind::Facts(_) => Some(basis.top as f64),
            Kind::Share { .. } | Kind::Rating { .. } => divide(100 * basis.top, basis.bottom),
            Kind::PerThousand { .. } => divide(1_000 * basis.top, basis.bottom),
            Kind::MeanScore(_) => divide(basis.top, basis.bottom),
            Kind::Mean { .. } => divide(basis.top, basis.bottom).map(|ms| ms / 1_000.0),
            Kind::Percentile { share, .. } => basis.waits.percentile_secs(share),
            Kind::Backlog => divide(basis.top, length_ms),
        }
    }

    /// The value of one line's tally, raw: for those who compute, never for those who show.
    #[must_use]
    pub fn value_of(
        &self,
        tally: &Tally,
        thresholds: Thresholds,
        length_ms: Millis,
    ) -> Option<f64> {
        self.value(&self.basis(tally, thresholds), length_ms)
    }
}
