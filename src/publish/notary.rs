//! Keeps the log of a running server: makes the first key, commits to days that closed and opens
//! them, signs a head over whatever was added, and checks day by day that nothing was altered.
//!
//! It works in the process that writes, so there is one of it. Each step leaves the log whole: what
//! a crash cut off is done at the next start.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::declared::Declared;
use super::key_files::KeyFolder;
use super::keys::{KeyPair, PublicKey, key_leaf};
use super::ledger::{Ledger, closes_ms};
use super::standing::{Standing, State};
use super::{canonical, days, head, integrity, leaf};
use crate::clock::Clock;
use crate::domain::event::Millis;
use crate::domain::log::NewLeaf;
use crate::domain::period::local_day;
use crate::store::Store;

/// How often it looks whether something was added.
const EVERY: Duration = Duration::from_secs(1);

/// Tells what was published of a day.
pub trait Records: Send + Sync + 'static {
    /// The published record of a closed day, with its `day`; decimals are strings.
    fn record(&self, day: Date) -> BoxFuture<'_, anyhow::Result<Value>>;
}

/// Where days begin and end, and what is known of them.
pub struct Days {
    /// The centre's zone.
    pub zone: TimeZone,
    /// Their records.
    pub records: Arc<dyn Records>,
}

/// Keeps the log.
pub struct Notary {
    store: Store,
    clock: Clock,
    keys: KeyFolder,
    days: Days,
    declared: Vec<Declared>,
    /// A long pause since the newest leaf is no mistake of the clock, as the operator says.
    is_after_pause: bool,
    state: watch::Sender<State>,
    ledger: watch::Sender<Ledger>,
    examined: Option<Date>,
    complaint: Option<String>,
}

impl Notary {
    /// The notary of a store; nothing is done before the first step.
    #[must_use]
    pub fn new(store: Store, clock: Clock, keys: KeyFolder, days: Days) -> Self {
        Self {
            store,
            clock,
            keys,
            days,
            declared: Vec::new(),
            is_after_pause: false,
            state: watch::Sender::new(State::default()),
            ledger: watch::Sender::new(Ledger::default()),
            examined: None,
            complaint: None,
        }
    }

    /// The same, putting on record what is declared.
    #[must_use]
    pub fn with_declared(mut self, declared: Vec<Declared>) -> Self {
        self.declared = declared;
        self
    }

    /// The same, believing the clock once however long nothing was added.
    #[must_use]
    pub fn after_pause(mut self, is_after_pause: bool) -> Self {
        self.is_after_pause = is_after_pause;
        self
    }

    /// Reads the log, so that what it holds is known before anything is shown. What is wrong with
    /// it is found by the first step.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begin(&self) -> anyhow::Result<()> {
        let _ = self.read_on().await?;
        Ok(())
    }

    /// How the record stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::new(self.state.subscribe())
    }

    /// What is known of the log.
    #[must_use]
    pub fn ledger(&self) -> watch::Receiver<Ledger> {
        self.ledger.subscribe()
    }

    /// Keeps the log until it is dropped.
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let said = self.step().await.err().map(|error| format!("{error:#}"));
            if let Some(said) = said
                .as_ref()
                .filter(|own| self.complaint.as_ref() != Some(*own))
            {
                tracing::error!("the public log: {said}");
            }
            self.complaint = said;
        }
    }

    /// Does whatever is to be done now.
    ///
    /// # Errors
    /// If the database, a key or the record of a day fails; the next step tries again.
    pub async fn step(&mut self) -> anyhow::Result<()> {
        self.look().await?;
        if matches!(*self.state.borrow(), State::Broken(_)) {
            return Ok(());
        }
        let now_ms = self.clock.now_ms();
        if self.is_paused(now_ms) {
            return Ok(());
        }
        if self.ledger.borrow().size() == 0 {
            let key = self.keys.make()?;
            self.append(&key_leaf(&key, None, now_ms)?).await?;
        }
        if !self.sign().await? {
            return Ok(());
        }
        self.state.send_if_modified(|state| {
            let is_new = *state != State::Sound;
            *state = State::Sound;
            is_new
        });
        self.declare().await?;
        self.commit_to_days().await?;
        self.sign().await?;
        self.open_days().await?;
        self.sign().await?;
        self.is_after_pause = false;
        Ok(())
    }

    /// Whether the clock is not believed: it is far after the newest leaf, and nobody said that
    /// there was a pause. It comes right by itself, or somebody says so.
    fn is_paused(&self, now_ms: Millis) -> bool {
        let pause_ms = self.ledger.borrow().pause_ms(now_ms);
        let Some(pause_ms) = pause_ms.filter(|_| !self.is_after_pause) else {
            return false;
        };
        let what = format!(
            "nothing was added to the public log for {} days by the clock of this machine. Set the \
             clock right; or, if it is right, start once with --after-pause",
            pause_ms / 86_400_000
        );
        let paused = State::LongPause(what.clone());
        if self.state.send_replace(paused.clone()) != paused {
            tracing::error!("nothing is published: {what}");
        }
        true
    }

    /// Puts on record what is declared and does not stand there.
    async fn declare(&self) -> anyhow::Result<()> {
        let missing = self.ledger.borrow().undeclared(&self.declared)?;
        if missing.is_empty() {
            return Ok(());
        }
        let doing = "putting definitions on record";
        let mut tx = self.store.begin_desk().await.context(doing)?;
        for (own, version) in missing {
            let name = (own.subject.as_str(), version);
            let leaf = leaf::compose(own.kind, name, self.clock.now_ms(), own.body)?;
            tx.append_leaf(&leaf).await.context(doing)?;
        }
        tx.commit().await.context(doing)?;
        self.take_in().await
    }

    /// Reads what was added; once a day everything.
    async fn look(&mut self) -> anyhow::Result<()> {
        let today = local_day(self.clock.now_ms(), &self.days.zone);
        let found = if self.examined == Some(today) {
            self.read_on().await?
        } else {
            let examined = integrity::examine(&self.store).await?;
            self.examined = Some(today);
            examined.map(|ledger| {
                self.ledger.send_replace(ledger);
                // What was found altered was put right.
                self.state.send_if_modified(|state| {
                    let was_broken = matches!(state, State::Broken(_));
                    if was_broken {
                        *state = State::Unchecked;
                    }
                    was_broken
                });
            })
        };
        if let Err(what) = found {
            let broken = State::Broken(what.clone());
            if self.state.send_replace(broken) != State::Broken(what.clone()) {
                tracing::error!("the public log was altered, nothing is published: {what}");
            }
        }
        Ok(())
    }

    async fn read_on(&self) -> anyhow::Result<Result<(), String>> {
        if matches!(*self.state.borrow(), State::Broken(_)) {
            return Ok(Ok(()));
        }
        let known = self.ledger.borrow().size();
        let size = self.store.log_size().await;
        let size = size.context("asking for the size of the log")?;
        let signed = self.ledger.borrow().signed_size();
        if size == known && signed == size {
            return Ok(Ok(()));
        }
        let mut ledger = self.ledger.borrow().clone();
        let found = integrity::read_on(&self.store, &mut ledger).await?;
        self.ledger.send_replace(ledger);
        Ok(found)
    }

    async fn append(&self, leaf: &NewLeaf) -> anyhow::Result<()> {
        let appended = self.store.append_leaf(leaf).await;
        appended.with_context(|| format!("adding {} {}", leaf.kind.name(), leaf.subject))?;
        self.take_in().await
    }

    async fn take_in(&self) -> anyhow::Result<()> {
        self.read_on().await?.map_err(|what| anyhow!(what))
    }

    /// Signs a head over what is not covered by one yet. False if the key is not here.
    async fn sign(&self) -> anyhow::Result<bool> {
        let unsigned = {
            let ledger = self.ledger.borrow();
            let size = ledger.size();
            let root = ledger.tree.root_at(ledger.tree.size());
            let key = ledger.key_at(size).map(PublicKey::id);
            let first = ledger.keys.first().map(|(_, key)| key.id());
            let needed = size > ledger.signed_size();
            needed.then_some((size, root, key, first))
        };
        let Some((size, root, key, first)) = unsigned else {
            return Ok(true);
        };
        let (root, id) = (root.context("the root")?, key.context("a key in force")?);
        let Some(key) = self.load(&id)? else {
            return Ok(false);
        };
        let first = first.context("the first key")?;
        let now_ms = self.clock.now_ms();
        let signed = head::sign(&key, &first, (size, root), now_ms);
        let kept = self.store.keep_head(&signed).await;
        kept.context("keeping a signed head")?;
        self.take_in().await?;
        Ok(true)
    }

    fn load(&self, id: &str) -> anyhow::Result<Option<KeyPair>> {
        let key = self.keys.load(id)?;
        if key.is_none() {
            let file = self.keys.file(id).display().to_string();
            let missing = State::KeyMissing(file.clone());
            if self.state.send_replace(missing.clone()) != missing {
                tracing::error!(
                    "nothing is published: the key that signs is missing. Bring back {file}"
                );
            }
        }
        Ok(key)
    }

    /// Commits to each day that closed since the last one.
    async fn commit_to_days(&self) -> anyhow::Result<()> {
        while let Some(day) = self.day_due() {
            let record = self.days.records.record(day).await;
            let record = record.with_context(|| format!("reading the record of {day}"))?;
            let bytes = canonical::to_bytes(&record)?;
            let document = hex::encode(Sha256::digest(&bytes));
            let salt: [u8; 32] = rand::random();
            let day = day.to_string();
            let promise = days::commitment(&salt, &bytes);
            let leaf = days::commitment_leaf(&day, &promise, self.clock.now_ms())?;
            let doing = || format!("committing to {day}");
            let mut tx = self.store.begin_desk().await.with_context(doing)?;
            let kept = tx.keep_document(&document, &bytes).await;
            kept.with_context(doing)?;
            if tx.append_leaf(&leaf).await.with_context(doing)?.is_new {
                let kept = tx.keep_salt(&day, &hex::encode(salt), &document).await;
                kept.with_context(doing)?;
            }
            tx.commit().await.with_context(doing)?;
            self.take_in().await?;
        }
        Ok(())
    }

    /// The next day to commit to, if it has closed.
    fn day_due(&self) -> Option<Date> {
        let zone = &self.days.zone;
        let day = self.ledger.borrow().next_day(zone)?;
        (closes_ms(day, zone) <= self.clock.now_ms()).then_some(day)
    }

    /// Opens each day whose commitment is under a signed head.
    async fn open_days(&self) -> anyhow::Result<()> {
        let unopened = self.ledger.borrow().unopened.clone();
        let Some(first) = unopened.first() else {
            return Ok(());
        };
        let salts = self.store.day_salts(&first.to_string()).await;
        let salts = salts.context("reading the salts of days")?;
        for (day, salt, document) in salts {
            if day.parse().is_ok_and(|own: Date| unopened.contains(&own)) {
                let secret = (salt.as_str(), document.as_str());
                let leaf = days::opening_leaf(&day, secret, self.clock.now_ms())?;
                self.append(&leaf).await?;
            }
        }
        Ok(())
    }
}
