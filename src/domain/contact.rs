//! A contact: the join of everything its sources said about it.
//!
//! Every fact is a register or a set that merges by taking a maximum of some total order, so
//! merging is commutative, associative and idempotent. Outcomes are computed, never merged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{ContactEvent, EventId, Fact, Millis, Place, Purpose, Score};

/// More entries than this in one set are the work of a broken source; the smallest are kept.
const MOST_ENTRIES: usize = 64;

/// One fact with what decides which of two reports of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    /// The higher one wins.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub revision: i64,
    /// Time of the event.
    #[serde(rename = "t")]
    pub at_ms: Millis,
    /// Name of the event; decides ties.
    #[serde(rename = "e")]
    pub event: EventId,
    /// What was said.
    #[serde(rename = "v")]
    pub value: T,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A fact, if it was ever told. Boxed: a contact has room for some twenty facts and few of them
/// are told, and contacts are moved about a lot on their way into the database.
pub type Kept<T> = Option<Box<Register<T>>>;

/// Which of two event times wins within a revision.
#[derive(Clone, Copy)]
enum Keep {
    /// Instants: a call is answered when it was first answered.
    Earliest,
    /// Everything else: the last word counts.
    Latest,
}

impl<T: Ord> Register<T> {
    fn beats(&self, other: &Self, keep: Keep) -> bool {
        let by_time = match keep {
            Keep::Earliest => other.at_ms.cmp(&self.at_ms),
            Keep::Latest => self.at_ms.cmp(&other.at_ms),
        };
        self.revision
            .cmp(&other.revision)
            .then(by_time)
            .then_with(|| self.event.cmp(&other.event))
            .then_with(|| self.value.cmp(&other.value))
            .is_gt()
    }
}

fn join_register<T: Ord>(mine: &mut Kept<T>, theirs: Register<T>, keep: Keep) -> bool {
    if mine.as_ref().is_some_and(|kept| !theirs.beats(kept, keep)) {
        return false;
    }
    *mine = Some(Box::new(theirs));
    true
}

/// What can happen to a contact several times: each event of the highest revision counts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct Repeated<T: Ord> {
    /// The revision the entries belong to.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub revision: i64,
    /// Instant and value by event.
    #[serde(rename = "m", with = "entries")]
    pub entries: BTreeMap<EventId, (Millis, T)>,
}

impl<T: Ord> Default for Repeated<T> {
    fn default() -> Self {
        Self {
            revision: 0,
            entries: BTreeMap::new(),
        }
    }
}

/// JSON has no keys but text: a set is written as a list.
mod entries {
    use super::{BTreeMap, Deserialize, EventId, Millis, Serialize};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer, T: Serialize + Ord>(
        map: &BTreeMap<EventId, (Millis, T)>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de> + Ord>(
        deserializer: D,
    ) -> Result<BTreeMap<EventId, (Millis, T)>, D::Error> {
        Vec::deserialize(deserializer).map(|list| list.into_iter().collect())
    }
}

impl<T: Ord> Repeated<T> {
    /// Nothing was said yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first instant, if there is any.
    #[must_use]
    pub fn first_at(&self) -> Option<Millis> {
        self.entries.values().map(|(at_ms, _)| *at_ms).min()
    }

    fn join(&mut self, revision: i64, event: &EventId, at_ms: Millis, value: T) -> bool {
        if !self.is_empty() && revision < self.revision {
            return false;
        }
        if self.is_empty() || revision > self.revision {
            self.entries.clear();
            self.revision = revision;
        }
        let entry = (at_ms, value);
        if self.entries.get(event).is_some_and(|kept| *kept <= entry) {
            return false;
        }
        self.entries.insert(event.clone(), entry);
        if self.entries.len() > MOST_ENTRIES
            && let Some((last, _)) = self.entries.pop_last()
        {
            return last != *event;
        }
        true
    }
}

/// Everything known about one contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    missing_docs,
    reason = "the fields are the facts of `Fact`, documented there"
)]
pub struct Contact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempted: Kept<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Kept<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_menu: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_served: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered: Kept<Place>,
    #[serde(skip_serializing_if = "Repeated::is_empty")]
    pub answered: Repeated<()>,
    /// The site of the earliest answer that told one; see [`Contact::answered_at_site`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Kept<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abandoned: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deflected: Kept<()>,
    #[serde(skip_serializing_if = "Repeated::is_empty")]
    pub transferred: Repeated<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Kept<()>,
    #[serde(skip_serializing_if = "Repeated::is_empty")]
    pub handled: Repeated<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_requested: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_kept: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_failed: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Kept<Purpose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Kept<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surveyed: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csat: Kept<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nps: Kept<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ces: Kept<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint_opened: Kept<String>,
    /// When the complaint was opened. Its cause is the last one told, its instant the earliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint_since: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint_closed: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Kept<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Kept<()>,
}

/// How a contact went. The order of the variants is the order that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Reached after asking to be called back.
    CallbackKept,
    /// Reached a person.
    Answered,
    /// Asked to be called back; it failed for good.
    CallbackFailed,
    /// Asked to be called back; not yet.
    CallbackPending,
    /// Moved out of the queue by us, without a person.
    Deflected,
    /// Hung up while waiting.
    Abandoned,
    /// Served by the menu.
    SelfServed,
    /// Turned away by us.
    Refused,
    /// Hung up before queueing.
    LeftInMenu,
    /// No end is known and none will come, or it ended without a reason: unexplained.
    Lost,
    /// Still waiting.
    Waiting,
}

impl Contact {
    /// Takes one event in. False if it changed nothing: a duplicate.
    pub fn merge(&mut self, event: ContactEvent) -> bool {
        use Keep::{Earliest, Latest};
        let ContactEvent {
            event: id,
            at_ms,
            revision,
            fact,
            ..
        } = event;
        macro_rules! join {
            ($field:ident, $value:expr, $keep:expr) => {
                join_register(
                    &mut self.$field,
                    Register {
                        revision,
                        at_ms,
                        event: id,
                        value: $value,
                    },
                    $keep,
                )
            };
        }
        match fact {
            Fact::Attempted(place) => join!(attempted, place, Earliest),
            Fact::Refused(place) => join!(refused, place, Earliest),
            Fact::Offered(place) => join!(offered, place, Earliest),
            Fact::LeftMenu => join!(left_menu, (), Earliest),
            Fact::SelfServed => join!(self_served, (), Earliest),
            Fact::Abandoned => join!(abandoned, (), Earliest),
            Fact::Deflected => join!(deflected, (), Earliest),
            Fact::CallbackRequested => join!(callback_requested, (), Earliest),
            Fact::CallbackKept => join!(callback_kept, (), Earliest),
            Fact::CallbackFailed => join!(callback_failed, (), Earliest),
            Fact::Surveyed => join!(surveyed, (), Earliest),
            Fact::ComplaintClosed => join!(complaint_closed, (), Earliest),
            Fact::Lost => join!(lost, (), Earliest),
            Fact::Withdrawn => join!(withdrawn, (), Earliest),
            Fact::ComplaintOpened(cause) => {
                let since = self.complain_since(revision, at_ms, id.clone());
                let cause = join!(complaint_opened, cause, Latest);
                since || cause
            }
            Fact::Classified(purpose) => join!(purpose, purpose, Latest),
            Fact::Resolved(resolved) => join!(resolved, resolved, Latest),
            Fact::Scored(Score::Csat(score)) => join!(csat, score, Latest),
            Fact::Scored(Score::Nps(score)) => join!(nps, score, Latest),
            Fact::Scored(Score::Ces(score)) => join!(ces, score, Latest),
            Fact::Answered => self.answered.join(revision, &id, at_ms, ()),
            Fact::AnsweredAt(site) => {
                let answered = self.answered.join(revision, &id, at_ms, ());
                join!(site, site, Earliest) || answered
            }
            Fact::Transferred(place) => self.transferred.join(revision, &id, at_ms, place),
            Fact::Ended { handle_ms } => {
                let handled =
                    handle_ms.is_some_and(|ms| self.handled.join(revision, &id, at_ms, ms));
                let ended = join!(ended, (), Earliest);
                handled || ended
            }
        }
    }

    fn complain_since(&mut self, revision: i64, at_ms: Millis, event: EventId) -> bool {
        let opened = Register {
            revision,
            at_ms,
            event,
            value: (),
        };
        join_register(&mut self.complaint_since, opened, Keep::Earliest)
    }

    /// When a complaint was opened, and its cause.
    #[must_use]
    pub fn complaint(&self) -> Option<(Millis, &str)> {
        let cause = self.complaint_opened.as_ref()?;
        let since = self.complaint_since.as_ref();
        Some((since.map_or(cause.at_ms, |since| since.at_ms), &cause.value))
    }

    /// Whether a complaint was opened or closed.
    #[must_use]
    pub fn has_complaint(&self) -> bool {
        self.complaint_opened.is_some() || self.complaint_closed.is_some()
    }

    /// Whether any question of a survey was answered.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.csat.is_some() || self.nps.is_some() || self.ces.is_some()
    }

    /// Whether the start is known: without it nothing is counted (an orphan).
    #[must_use]
    pub fn has_start(&self) -> bool {
        self.offered.is_some() || self.attempted.is_some() || self.refused.is_some()
    }

    /// The instant and place in which it counts: its first offer, else its attempt, else its
    /// refusal. `None` for an orphan.
    #[must_use]
    pub fn start(&self) -> Option<(Millis, &Place)> {
        [&self.offered, &self.attempted, &self.refused]
            .into_iter()
            .flatten()
            .map(|register| (register.at_ms, &register.value))
            .next()
    }

    /// When the customer first rang.
    #[must_use]
    pub fn first_ring_ms(&self) -> Option<Millis> {
        self.attempted
            .as_ref()
            .map(|register| register.at_ms)
            .or_else(|| self.start().map(|(at_ms, _)| at_ms))
    }

    /// How it went. Meaningless, but defined, for an orphan.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let asked = self.callback_requested.as_ref().map(|asked| asked.at_ms);
        let reached_after = asked.is_some_and(|asked| {
            let mut answers = self.answered.entries.values();
            answers.any(|(at_ms, ())| *at_ms >= asked)
        });
        if self.callback_kept.is_some() || reached_after {
            Outcome::CallbackKept
        } else if !self.answered.is_empty() {
            Outcome::Answered
        } else if self.callback_failed.is_some() {
            Outcome::CallbackFailed
        } else if asked.is_some() {
            Outcome::CallbackPending
        } else if self.is_deflected() {
            Outcome::Deflected
        } else if self.abandoned.is_some() {
            Outcome::Abandoned
        } else {
            self.outcome_without_a_wait()
        }
    }

    /// Moved out of the queue by us, and to no other line since: whoever is moved on is
    /// transferred, never deflected.
    fn is_deflected(&self) -> bool {
        self.deflected.as_ref().is_some_and(|out| {
            let mut moves = self.transferred.entries.values();
            moves.all(|(at_ms, _)| *at_ms <= out.at_ms)
        })
    }

    fn outcome_without_a_wait(&self) -> Outcome {
        if self.self_served.is_some() {
            Outcome::SelfServed
        } else if self.refused.is_some() {
            Outcome::Refused
        } else if self.left_menu.is_some() {
            Outcome::LeftInMenu
        } else if self.lost.is_some() || self.ended.is_some() {
            Outcome::Lost
        } else {
            Outcome::Waiting
        }
    }

    /// Reached a person at this instant: the call-back if there was one, else the first answer.
    #[must_use]
    pub fn reached_ms(&self) -> Option<Millis> {
        if self.outcome() != Outcome::CallbackKept {
            return self.answered.first_at();
        }
        let asked = self
            .callback_requested
            .as_ref()
            .map_or(Millis::MIN, |r| r.at_ms);
        let answers = self.answered.entries.values().map(|(at_ms, ())| *at_ms);
        let after = answers.filter(|at_ms| *at_ms >= asked);
        after
            .chain(self.callback_kept.as_ref().map(|r| r.at_ms))
            .min()
    }

    /// The site that answered first. `None` where the first answer told none, also where a later
    /// one did, or where a correction of the answers told none.
    #[must_use]
    pub fn answered_at_site(&self) -> Option<&str> {
        let site = self.site.as_ref()?;
        let is_first =
            site.revision == self.answered.revision && site.at_ms <= self.answered.first_at()?;
        is_first.then_some(&site.value)
    }

    /// Nothing more is expected of it: it may be deleted with its day.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let open = matches!(self.outcome(), Outcome::Waiting | Outcome::CallbackPending);
        self.withdrawn.is_some() || self.lost.is_some() || (self.has_start() && !open)
    }

    /// Where it stands while it waits: the line of the last transfer, else of its offer.
    /// `None` if it does not wait for a person now.
    #[must_use]
    pub fn waits_at(&self) -> Option<&Place> {
        if self.withdrawn.is_some() || self.outcome() != Outcome::Waiting {
            return None;
        }
        let offered = self.offered.as_ref()?;
        Some(self.moved_to(Millis::MAX).unwrap_or(&offered.value))
    }

    /// Where the last transfer up to an instant took it; of transfers at one instant, that of the
    /// larger event id.
    #[must_use]
    pub fn moved_to(&self, until_ms: Millis) -> Option<&Place> {
        let moves = self.transferred.entries.iter();
        moves
            .filter(|(_, (at_ms, _))| *at_ms <= until_ms)
            .max_by_key(|(event, (at_ms, _))| (*at_ms, *event))
            .map(|(_, (_, place))| place)
    }

    /// Time spent waiting again after a person had answered, milliseconds: from each transfer
    /// after the first answer to the next answer.
    #[must_use]
    pub fn rewait_ms(&self) -> i64 {
        let Some(first) = self.answered.first_at() else {
            return 0;
        };
        let transfers = self.transferred.entries.values().map(|(at_ms, _)| *at_ms);
        transfers
            .filter(|at_ms| *at_ms >= first)
            .filter_map(|from| {
                let answers = self.answered.entries.values().map(|(at_ms, ())| *at_ms);
                answers
                    .filter(|at_ms| *at_ms > from)
                    .min()
                    .map(|to| to - from)
            })
            .sum()
    }
}
