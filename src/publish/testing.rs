//! Made-up histories of a log, each with its own seed.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::keys::{KeyPair, key_leaf};
use super::record::{self, Files};
use super::tree::{Tree, leaf_hash};
use super::{canonical, days, head, leaf};
use crate::domain::event::Millis;
use crate::domain::log::{Kind, NewLeaf, SignedHead};

/// So many figures of [`History::of_ten_years`] are as long as the facts of the demonstration.
const REAL_FIGURES: usize = 600;

const WEEK_MS: Millis = 7 * 86_400_000;

/// A log that grows.
pub struct History {
    pub chance: StdRng,
    pub leaves: Vec<Vec<u8>>,
    pub heads: Vec<SignedHead>,
    pub documents: BTreeMap<String, Vec<u8>>,
    pub keys: Vec<KeyPair>,
    tree: Tree,
    at_ms: Millis,
    day: Date,
    week: Date,
}

impl History {
    /// A log with its first key.
    pub fn begin(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let key = KeyPair::of_secret(&chance.random());
        let mut history = Self {
            leaves: Vec::new(),
            heads: Vec::new(),
            documents: BTreeMap::new(),
            tree: Tree::default(),
            at_ms: 1_793_610_000_000 + i64::from(chance.random::<u16>()),
            day: date(2026, 11, 1),
            week: date(2026, 10, 26),
            keys: Vec::new(),
            chance,
        };
        let leaf = key_leaf(&key, None, history.at_ms).expect("a leaf");
        history.keys.push(key);
        history.append(&leaf);
        history.sign();
        history
    }

    /// An honest one of so many weeks: late signatures, corrections, missed slots, a clock that is
    /// set back, keys that change, days that wait to be opened.
    pub fn honest(seed: u64, weeks: usize) -> Self {
        let mut history = Self::begin(seed);
        for _ in 0..weeks {
            history.one_day();
            history.one_week();
            if history.chance.random_ratio(1, 5) {
                history.rotate();
            }
            if history.chance.random_ratio(1, 8) {
                history.at_ms -= 3_600_000;
            }
            history.sign();
        }
        history
    }

    /// 520 weeks in which nothing went wrong: an edition with facts as large as those of a real
    /// centre and, if they are to be there, its seven days.
    pub fn of_ten_years(has_days: bool) -> Self {
        let mut history = Self::begin(520);
        let figure = json!({"measure": "attempts", "days": vec!["1234"; 7], "value": "8638"});
        let figures = vec![figure; REAL_FIGURES];
        for _ in 0..520 {
            for _ in 0..if has_days { 7 } else { 0 } {
                history.one_day();
                history.sign();
            }
            let iso = history.week.iso_week_date();
            let week = format!("{:04}-W{:02}", iso.year(), iso.week());
            history.week = history.week.saturating_add(1.week());
            let facts = history.keep(&json!({"week": week, "figures": figures}));
            let body = json!({"comment": "Busy.", "documents": {"facts": facts}});
            history.tell(Kind::Edition, (&week, 1), &body);
            history.sign();
        }
        history
    }

    pub fn append(&mut self, leaf: &NewLeaf) {
        self.leaves.push(leaf.bytes.clone());
        self.tree.push(leaf.hash);
    }

    pub fn tell(&mut self, kind: Kind, name: (&str, u32), body: &Value) {
        let body: Map<String, Value> = body.as_object().expect("an object").clone();
        let leaf = leaf::compose(kind, name, self.at_ms, body).expect("a leaf");
        self.append(&leaf);
    }

    pub fn keep(&mut self, value: &Value) -> String {
        let bytes = canonical::to_bytes(value).expect("canonical");
        let hash = hex::encode(Sha256::digest(&bytes));
        self.documents.insert(hash.clone(), bytes);
        hash
    }

    pub fn sign(&mut self) {
        let size = self.tree.size();
        if self
            .heads
            .last()
            .is_some_and(|head| head.size == size as u64)
        {
            return;
        }
        let root = self.tree.root_at(size).expect("a root");
        let key = self.keys.last().expect("a key");
        let first = self.keys[0].id();
        self.at_ms += 1_000;
        self.heads
            .push(head::sign(key, &first, (size as u64, root), self.at_ms));
    }

    pub fn rotate(&mut self) {
        let key = KeyPair::of_secret(&self.chance.random());
        let leaf = key_leaf(&key, self.keys.last(), self.at_ms).expect("a leaf");
        self.append(&leaf);
        self.keys.push(key);
    }

    fn one_day(&mut self) {
        let day = self.day.to_string();
        self.day = self.day.saturating_add(1.day());
        let offered: u16 = self.chance.random();
        let hash = self.keep(&json!({"day": day, "offered": offered, "share": "0.5"}));
        let salt: [u8; 32] = self.chance.random();
        let promise = days::commitment(&salt, &self.documents[&hash]);
        let leaf = days::commitment_leaf(&day, &promise, self.at_ms).expect("a leaf");
        self.append(&leaf);
        self.sign();
        let opening = days::opening_leaf(&day, (&hex::encode(salt), &hash), self.at_ms);
        self.append(&opening.expect("a leaf"));
    }

    pub fn one_week(&mut self) {
        let iso = self.week.iso_week_date();
        let week = format!("{:04}-W{:02}", iso.year(), iso.week());
        self.week = self.week.saturating_add(1.week());
        self.at_ms += WEEK_MS;
        if self.chance.random_ratio(1, 6) {
            self.tell(Kind::MissedSlot, (&week, 1), &json!({}));
            if self.chance.random() {
                return;
            }
        }
        let offered: u16 = self.chance.random();
        let facts = self.keep(&json!({"week": week, "offered": offered}));
        let body = |hash: &str| json!({"comment": "Busy.", "documents": {"facts": hash}});
        self.tell(Kind::Edition, (&week, 1), &body(&facts));
        let mut version = 1;
        if self.chance.random_ratio(1, 4) {
            version += 1;
            self.tell(Kind::Edition, (&week, version), &body(&facts));
        }
        if self.chance.random_ratio(1, 4) {
            let facts = self.keep(&json!({"week": week, "offered": offered, "late": true}));
            self.tell(Kind::Correction, (&week, version + 1), &body(&facts));
        }
    }

    pub fn files(&self) -> Files {
        record::files(&self.leaves, &self.heads, &self.documents).expect("canonical")
    }

    /// The same with other leaves, signed again with the same keys: what a thief can do.
    pub fn rewritten(&self, leaves: &[Vec<u8>]) -> Files {
        let tree: Tree = leaves.iter().map(|bytes| leaf_hash(bytes)).collect();
        let first = self.keys[0].id();
        let heads: Vec<SignedHead> = self
            .heads
            .iter()
            .filter_map(|old| {
                let size = usize::try_from(old.size).ok()?.min(leaves.len());
                let key = self.keys.iter().find(|key| key.id() == old.key)?;
                let root = tree.root_at(size)?;
                Some(head::sign(key, &first, (size as u64, root), old.at_ms))
            })
            .collect();
        let mut heads = heads;
        heads.dedup_by_key(|head| head.size);
        record::files(leaves, &heads, &self.documents).expect("canonical")
    }
}
