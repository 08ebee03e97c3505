//! The log as a running server knows it: hashes, keys, heads and names, but not the leaves' texts.
//! Whatever is taken in is checked; the texts are read from the store when somebody asks. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::head;
use super::keys::{PublicKey, origin, succeed};
use super::leaf;
use super::tree::{Tree, leaf_hash};
use crate::domain::event::Millis;
use crate::domain::log::{Kind, Leaf, SignedHead};

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
            _ => {}
        }
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
}
