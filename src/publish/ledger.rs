//! The log as a running server knows it: hashes, keys, heads and names, but not the leaves' texts.
//! Whatever is taken in is checked; the texts are read from the store when somebody asks. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::canonical::{self, NotCanonical};
use super::declared::Declared;
use super::head;
use super::keys::{PublicKey, origin, succeed};
use super::leaf::{self, RESERVED, Told};
use super::tree::{Tree, leaf_hash};
use crate::domain::event::Millis;
use crate::domain::log::{Hash, Kind, Leaf, SignedHead};
use crate::domain::period::{instant_ms, local_day};

/// A day is closed at this hour of the next local day.
const CLOSE_HOUR: i8 = 4;

/// While a server runs, something is added every day. What would be farther after the newest leaf
/// than this may be the mistake of a clock.
const LONGEST_PAUSE_MS: Millis = 15 * 86_400_000;

/// What is known of a log.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Over all leaves.
    pub tree: Tree,
    /// The keys, each with the number of its leaf.
    pub keys: Vec<(u64, PublicKey)>,
    /// The signed heads, the smallest first.
    pub heads: Vec<SignedHead>,
    /// Hashes (hexadecimal) of the texts that leaves name, each with the number of the first leaf.
    pub documents: BTreeMap<String, u64>,
    /// When the first leaf was made.
    pub first_ms: Option<Millis>,
    /// The latest instant at which a leaf was made.
    pub latest_ms: Option<Millis>,
    /// By subject: what was declared last, and the hash of what it says.
    declared: BTreeMap<String, (Kind, Hash)>,
    /// By kind and subject: the newest version of what was declared.
    versions: BTreeMap<(Kind, String), u32>,
    /// The last day that was committed to.
    pub committed: Option<Date>,
    /// Days that were committed to and are not opened.
    pub unopened: BTreeSet<Date>,
}

impl Ledger {
    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size() as u64
    }

    /// The newest head.
    #[must_use]
    pub fn newest(&self) -> Option<&SignedHead> {
        self.heads.last()
    }

    /// How many leaves are signed, and so may be shown.
    #[must_use]
    pub fn signed_size(&self) -> u64 {
        self.newest().map_or(0, |head| head.size)
    }

    /// The name of the log; empty as long as it has no key.
    #[must_use]
    pub fn origin(&self) -> String {
        let first = self.keys.first();
        first.map_or_else(String::new, |(_, key)| origin(&key.id()))
    }

    /// The key that signs a head of so many leaves.
    #[must_use]
    pub fn key_at(&self, size: u64) -> Option<PublicKey> {
        let in_force = self.keys.iter().rev().find(|(number, _)| *number < size);
        in_force.map(|(_, key)| *key)
    }

    /// Takes in the next leaf as it is stored.
    ///
    /// # Errors
    /// Says in which way it is not what was stored first.
    pub fn add(&mut self, stored: &Leaf) -> Result<(), String> {
        let number = stored.number;
        if number != self.size() {
            return Err(format!("leaf {} is missing", self.size()));
        }
        let hash = leaf_hash(&stored.bytes);
        if hash.as_slice() != stored.hash {
            return Err(format!("leaf {number} does not have its hash any more"));
        }
        let told = leaf::read(&stored.bytes).map_err(|error| format!("leaf {number}: {error}"))?;
        let is_same = told.kind.name() == stored.kind
            && told.subject == stored.subject
            && i64::from(told.version) == stored.version
            && told.at_ms == stored.at_ms;
        if !is_same {
            return Err(format!("leaf {number} is filed under another name"));
        }
        let day = told.subject.parse::<Date>();
        match (told.kind, day) {
            (Kind::Key, _) => {
                let key = succeed(&told, self.keys.last().map(|(_, key)| *key));
                let key = key.map_err(|error| format!("leaf {number}: {error}"))?;
                self.keys.push((number, key));
            }
            (Kind::DayCommitment, Ok(day)) => {
                self.committed = Some(day);
                self.unopened.insert(day);
            }
            (Kind::DayOpening, Ok(day)) => {
                self.unopened.remove(&day);
            }
            (Kind::Definition | Kind::Withdrawal, _) => {
                let said = said(&told).map_err(|error| format!("leaf {number}: {error}"))?;
                self.note_declared(&told, said);
            }
            _ => {}
        }
        self.latest_ms = self.latest_ms.max(Some(told.at_ms));
        for hash in told.documents.into_values() {
            self.documents.entry(hash).or_insert(number);
        }
        self.first_ms = self.first_ms.or(Some(told.at_ms));
        self.tree.push(hash);
        Ok(())
    }

    /// Takes in the next head.
    ///
    /// # Errors
    /// If the leaves do not add up to it or the key in force did not sign it.
    pub fn add_head(&mut self, head: SignedHead) -> Result<(), String> {
        let size = head.size;
        let key = self.key_at(size);
        let is_signed = key.is_some_and(|key| head::verify(&head, key));
        if !is_signed || head.origin != self.origin() || size <= self.signed_size() {
            return Err(format!("the head of {size} leaves was not signed by us"));
        }
        let root = usize::try_from(size)
            .ok()
            .and_then(|size| self.tree.root_at(size));
        if root != Some(head.root) {
            return Err(format!(
                "the first {size} leaves are not those that were signed"
            ));
        }
        self.heads.push(head);
        Ok(())
    }

    fn note_declared(&mut self, told: &Told, said: Hash) {
        let subject = told.subject.clone();
        self.declared.insert(subject.clone(), (told.kind, said));
        self.versions.insert((told.kind, subject), told.version);
    }

    /// What is to be added so that the log says what is declared, each with its version: what is new
    /// or says something else, and that what is declared no more was withdrawn.
    ///
    /// # Errors
    /// If a number in it is no integer.
    pub fn undeclared(&self, all: &[Declared]) -> Result<Vec<(Declared, u32)>, NotCanonical> {
        let mut missing = Vec::new();
        for own in all {
            let known = self.declared.get(&own.subject);
            if known != Some(&(own.kind, hash_of(&own.body)?)) {
                missing.push(own.clone());
            }
        }
        let is_declared = |subject: &str| all.iter().any(|own| own.subject == subject);
        let gone = self
            .declared
            .iter()
            .filter(|(subject, (kind, _))| *kind == Kind::Definition && !is_declared(subject));
        missing.extend(gone.map(|(subject, _)| Declared {
            kind: Kind::Withdrawal,
            subject: subject.clone(),
            body: Map::new(),
        }));
        let with_version = missing.into_iter().map(|own| {
            let newest = self.versions.get(&(own.kind, own.subject.clone()));
            let version = newest.map_or(1, |version| version + 1);
            (own, version)
        });
        Ok(with_version.collect())
    }

    /// The next day to commit to. The first one is the first that closed when the log was there:
    /// what was shown before cannot be promised any more. None without a leaf.
    #[must_use]
    pub fn next_day(&self, zone: &TimeZone) -> Option<Date> {
        if let Some(last) = self.committed {
            return last.checked_add(1.day()).ok();
        }
        let first_ms = self.first_ms?;
        let today = local_day(first_ms, zone);
        let yesterday = today.checked_sub(1.day()).ok()?;
        let is_over = closes_ms(yesterday, zone) <= first_ms;
        Some(if is_over { today } else { yesterday })
    }

    /// The first day whose record is not in the log: it may not be shown as closed.
    #[must_use]
    pub fn first_unrecorded(&self, zone: &TimeZone) -> Option<Date> {
        let waiting = self.unopened.first().copied();
        waiting.or_else(|| self.next_day(zone))
    }

    /// How long ago the newest leaf was made, milliseconds, if it is so long that the clock may be
    /// wrong.
    #[must_use]
    pub fn pause_ms(&self, now_ms: Millis) -> Option<Millis> {
        let pause_ms = now_ms - self.latest_ms?;
        (pause_ms > LONGEST_PAUSE_MS).then_some(pause_ms)
    }
}

/// When a day is closed.
#[must_use]
pub fn closes_ms(day: Date, zone: &TimeZone) -> Millis {
    let next = day.saturating_add(1.day());
    instant_ms(next.to_datetime(Time::constant(CLOSE_HOUR, 0, 0, 0)), zone)
}

/// The hash of what a leaf says besides what every leaf does.
fn said(told: &Told) -> Result<Hash, NotCanonical> {
    let own = told.members.iter();
    let own = own.filter(|(name, _)| !RESERVED.contains(&name.as_str()));
    hash_of(
        &own.map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

fn hash_of(body: &Map<String, Value>) -> Result<Hash, NotCanonical> {
    let bytes = canonical::to_bytes(&Value::Object(body.clone()))?;
    Ok(Sha256::digest(&bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DAY_MS: Millis = 86_400_000;

    fn declared(kind: Kind, subject: &str, says: &str) -> Declared {
        let body = json!({"formula": says});
        Declared {
            kind,
            subject: subject.to_owned(),
            body: body.as_object().cloned().unwrap_or_default(),
        }
    }

    /// Puts what is missing into the log and tells it.
    fn declare(ledger: &mut Ledger, all: &[Declared], at_ms: Millis) -> Vec<String> {
        let mut told = Vec::new();
        for (own, version) in ledger.undeclared(all).expect("canonical") {
            told.push(format!("{} {} {version}", own.kind.name(), own.subject));
            let (name, body) = ((own.subject.as_str(), version), own.body);
            let new = leaf::compose(own.kind, name, at_ms, body).expect("a leaf");
            let stored = Leaf {
                number: ledger.size(),
                kind: new.kind.name().to_owned(),
                subject: new.subject,
                version: new.version.into(),
                at_ms,
                bytes: new.bytes,
                hash: new.hash.to_vec(),
            };
            ledger.add(&stored).expect("it is whole");
        }
        told
    }

    #[test]
    fn what_is_declared_enters_the_log_once_and_again_when_it_says_something_else() {
        let mut ledger = Ledger::default();
        let old = [
            declared(Kind::Definition, "measure/a", "A"),
            declared(Kind::Definition, "line/b", "20 s"),
        ];
        let told = declare(&mut ledger, &old, 0);
        assert_eq!(told, ["definition measure/a 1", "definition line/b 1"]);
        assert!(declare(&mut ledger, &old, 1).is_empty());
        let new = [declared(Kind::Definition, "measure/a", "A + B")];
        let told = declare(&mut ledger, &new, 2);
        assert_eq!(told, ["definition measure/a 2", "withdrawal line/b 1"]);
        assert!(declare(&mut ledger, &new, 3).is_empty());
        let told = declare(&mut ledger, &old, 4);
        assert_eq!(told, ["definition measure/a 3", "definition line/b 2"]);
    }

    #[test]
    fn a_long_pause_is_told_by_the_latest_leaf_not_by_the_last() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.pause_ms(DAY_MS), None, "there is nothing yet");
        let of = |says: &str| [declared(Kind::Definition, "measure/a", says)];
        declare(&mut ledger, &of("A"), 10 * DAY_MS);
        declare(&mut ledger, &of("B"), 2 * DAY_MS);
        assert_eq!(ledger.pause_ms(0), None, "a clock that was set back");
        assert_eq!(ledger.pause_ms(25 * DAY_MS), None);
        assert_eq!(ledger.pause_ms(26 * DAY_MS), Some(16 * DAY_MS));
    }
}
