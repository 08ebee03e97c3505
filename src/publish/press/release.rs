//! Turns of the press: drafts of weeks that have closed, editions that are due, slots that were
//! missed.

use anyhow::Context as _;
use serde_json::{Map, json};

use super::{Press, frozen};
use crate::domain::centre::Text;
use crate::domain::edition::version::{Body, Signer};
use crate::domain::edition::{IsoWeek, Slot};
use crate::domain::event::Millis;
use crate::domain::log::{Appended, Kind};
use crate::domain::staff::Role;
use crate::publish::leaf;
use crate::store::DeskTx;
use crate::store::editions::{Draft, Signature};

/// What a turn did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Drafts made.
    pub drafts: usize,
    /// Editions brought out.
    pub editions: usize,
    /// Slots put on record as missed.
    pub missed: usize,
    /// When there is something to do again; none without a calendar.
    pub next_ms: Option<Millis>,
}

impl Press {
    /// Does what is due, the earliest week first. What fails stops the turn: a week never comes out
    /// before the one before it.
    ///
    /// # Errors
    /// What failed; everything before it is done.
    pub async fn turn(&self) -> anyhow::Result<Turn> {
        let _alone = self.inner.working.lock().await;
        let mut turn = Turn::default();
        let now_ms = self.now_ms();
        let out = self.refresh().await?;
        let Some(calendar) = &out.calendar else {
            return Ok(turn);
        };
        let zone = &self.centre().zone;
        let slots = calendar.slots(now_ms, zone);
        let instants = slots.iter().flat_map(|slot| [slot.closes_ms, slot.due_ms]);
        turn.next_ms = instants.filter(|at_ms| *at_ms > now_ms).min();
        if !self.is_sound() {
            turn.next_ms = Some(now_ms);
            return Ok(turn);
        }
        let drafts = self.store().drafts().await.context("reading the drafts")?;
        let mut worked = Ok(());
        for slot in calendar.closed(now_ms, zone) {
            if out.newest(slot.week).is_some() {
                continue;
            }
            let draft = drafts.iter().find(|own| own.week == slot.week).cloned();
            let is_in_time = now_ms < slot.grace_until_ms;
            if draft.is_none() && is_in_time && !self.inner.drafter.is_ready(slot.week) {
                turn.next_ms = Some(now_ms);
                break;
            }
            worked = self.work(&slot, draft, &mut turn).await;
            if worked.is_err() {
                break;
            }
        }
        if turn.editions + turn.missed > 0 {
            self.refresh().await?;
        }
        worked.map(|()| turn)
    }

    async fn work(&self, slot: &Slot, draft: Option<Draft>, turn: &mut Turn) -> anyhow::Result<()> {
        let draft = match draft {
            Some(draft) => Ok(draft),
            None => self
                .make_draft(slot.week)
                .await
                .inspect(|_| turn.drafts += 1),
        };
        let now_ms = self.now_ms();
        if now_ms < slot.due_ms {
            return draft.map(|_| ());
        }
        let is_late = now_ms >= slot.grace_until_ms;
        match draft {
            Ok(draft) => self.release(slot, &draft, turn).await,
            Err(error) if is_late => {
                // What cannot be made cannot come out, but that it was missed can be said.
                let mut tx = self.store().begin_desk().await?;
                let appended = self.miss(&mut tx, slot, now_ms).await?;
                tx.commit().await?;
                turn.missed += usize::from(appended.is_new);
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes and keeps the draft of a week; the one that is there if somebody was faster.
    async fn make_draft(&self, week: IsoWeek) -> anyhow::Result<Draft> {
        let is_ready = self.inner.drafter.is_ready(week);
        anyhow::ensure!(is_ready, "days of {week} are not in the public log yet");
        let facts = self.inner.drafter.facts(week).await;
        let facts = facts.with_context(|| format!("making the draft of {week}"))?;
        let (bytes, hash) = frozen(&facts)?;
        let draft = Draft {
            week,
            facts: hash,
            made_ms: self.now_ms(),
        };
        let mut tx = self.store().begin_desk().await?;
        tx.keep_document(&draft.facts, &bytes).await?;
        if tx.add_draft(&draft).await? {
            tx.commit().await.context("keeping a draft")?;
            return Ok(draft);
        }
        drop(tx);
        let there = self.store().draft(week).await?;
        there.context("a draft that is there cannot be read")
    }

    /// Brings an edition out: its first version, and that the slot was missed if it is too late.
    async fn release(&self, slot: &Slot, draft: &Draft, turn: &mut Turn) -> anyhow::Result<()> {
        let seen_by = self.store().openings(slot.week).await?;
        let mut tx = self.store().begin_desk().await?;
        tx.lock_editions().await?;
        if tx.version_count(slot.week).await? > 0 {
            return Ok(());
        }
        let now_ms = self.now_ms();
        let signature = tx.signature(slot.week).await?;
        let signature = self.valid(signature).await?;
        let missed = if now_ms >= slot.grace_until_ms {
            self.miss(&mut tx, slot, now_ms).await?.is_new
        } else {
            false
        };
        let body = Body {
            documents: [("facts".to_owned(), draft.facts.clone())].into(),
            due_ms: slot.due_ms,
            late_secs: (now_ms - slot.due_ms) / 1_000,
            comment: signature.as_ref().and_then(|own| own.comment.clone()),
            officer: signature.as_ref().map(signer),
            signed_ms: signature.as_ref().map(|own| own.signed_ms),
            not_signed_by: if signature.is_some() {
                Vec::new()
            } else {
                self.officers()
            },
            seen_by,
            author: None,
            reason: None,
            size_of_change: None,
            is_sample: self.centre().sample_data,
        };
        put(&mut tx, (Kind::Edition, slot.week, 1), &body, now_ms).await?;
        tx.commit().await.context("bringing an edition out")?;
        tracing::info!(week = %slot.week, "an edition is out");
        turn.editions += 1;
        turn.missed += usize::from(missed);
        Ok(())
    }

    async fn miss(&self, tx: &mut DeskTx, slot: &Slot, now_ms: Millis) -> anyhow::Result<Appended> {
        let mut members = Map::new();
        members.insert("due_ms".to_owned(), json!(slot.due_ms));
        members.insert("grace_until_ms".to_owned(), json!(slot.grace_until_ms));
        let subject = slot.week.to_string();
        let missed = leaf::compose(Kind::MissedSlot, (&subject, 1), now_ms, members)?;
        let appended = tx.append_leaf(&missed).await;
        appended.context("putting a missed slot on record")
    }

    /// A signature of somebody who may still sign.
    async fn valid(&self, signature: Option<Signature>) -> anyhow::Result<Option<Signature>> {
        let Some(own) = signature else {
            return Ok(None);
        };
        let account = self.store().account(&own.account).await?;
        let may_sign =
            account.is_some_and(|own| own.disabled_ms.is_none() && own.role == Role::Officer);
        if !may_sign {
            tracing::warn!(week = %own.week, "the officer who signed is no officer any more");
        }
        Ok(may_sign.then_some(own))
    }

    /// The public names of those who could sign.
    fn officers(&self) -> Vec<Text> {
        let releases = self.centre().releases.as_ref();
        releases.map_or_else(Vec::new, |own| own.officers.values().cloned().collect())
    }
}

pub(super) fn signer(own: &Signature) -> Signer {
    Signer {
        account: own.account.clone(),
        name: own.name.clone(),
    }
}

/// Puts a version into the log and on the list of the week.
pub(super) async fn put(
    tx: &mut DeskTx,
    (kind, week, version): (Kind, IsoWeek, u32),
    body: &Body,
    now_ms: Millis,
) -> anyhow::Result<()> {
    let subject = week.to_string();
    let new = leaf::compose(kind, (&subject, version), now_ms, body.members())?;
    let appended = tx.append_leaf(&new).await.context("adding to the log")?;
    anyhow::ensure!(
        appended.is_new,
        "version {version} of {week} is out already"
    );
    let is_first = tx.add_version((week, version), appended.number).await?;
    anyhow::ensure!(
        is_first,
        "version {version} of {week} is on the list already"
    );
    Ok(())
}
