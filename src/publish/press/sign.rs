//! What an officer does: opens a draft, signs it, corrects what is out.

use anyhow::Context as _;

use super::release::{put, signer};
use super::{Press, Refused, frozen};
use crate::domain::edition::version::{Seen, Version, size_of_change};
use crate::domain::edition::{Facts, IsoWeek, Shelf, bind, comment};
use crate::domain::log::Kind;
use crate::store::editions::Signature;

/// The longest reason of a correction, characters.
pub const MOST_REASON: usize = 400;

/// A draft and how it stands.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The facts.
    pub facts: Facts,
    /// Their SHA-256, hexadecimal.
    pub hash: String,
    /// The signature, if there is one.
    pub signature: Option<Signature>,
    /// Who saw it before it came out.
    pub seen_by: Vec<Seen>,
}

impl Press {
    /// Opens the newest facts of a week. Before they are out, whoever does is put on the list.
    ///
    /// # Errors
    /// `NoDraft`, or if the database fails.
    pub async fn open_draft(&self, week: IsoWeek, account: &str) -> Result<Opened, Refused> {
        let draft = self.store().draft(week).await?.ok_or(Refused::NoDraft)?;
        let out = self.refresh().await?;
        let newest = out.newest(week).map(|own| own.body.facts().to_owned());
        if newest.is_none() {
            let seen = Seen {
                name: self.signer(account).name,
                at_ms: self.now_ms(),
            };
            let mut tx = self.store().begin_desk().await?;
            tx.note_opening(week, account, &seen).await?;
            tx.commit().await?;
        }
        let hash = newest.unwrap_or(draft.facts);
        let facts = self.facts(&hash).await?;
        Ok(Opened {
            facts: facts.context("the facts are not among the documents")?,
            hash,
            signature: self.store().signature(week).await?,
            seen_by: self.store().openings(week).await?,
        })
    }

    /// Whether a comment can be taken, and what of it the figures do not support.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_comment(text: &str, facts: &Facts) -> Result<Vec<comment::Block>, Refused> {
        let blocks = comment::read(text).and_then(|blocks| bind::bind(blocks, facts));
        blocks.map_err(Refused::Comment)
    }

    /// Signs the facts of a week with or without a comment. Before they are due the signature goes
    /// out with them, afterwards as a version of its own.
    ///
    /// # Errors
    /// Why it is not taken; nothing was kept.
    pub async fn sign(&self, week: IsoWeek, account: &str, text: &str) -> Result<(), Refused> {
        if !self.is_sound() {
            return Err(Refused::Unsound);
        }
        let opened = self.open_draft(week, account).await?;
        Self::read_comment(text, &opened.facts)?;
        let _alone = self.inner.working.lock().await;
        let out = self.refresh().await?;
        let own = Signature {
            week,
            account: account.to_owned(),
            name: self.signer(account).name,
            comment: Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            signed_ms: self.now_ms(),
        };
        let mut tx = self.store().begin_desk().await?;
        tx.lock_editions().await?;
        if let Some(there) = tx.signature(week).await? {
            return Err(Refused::Signed {
                name: there.name,
                at_ms: there.signed_ms,
            });
        }
        let is_kept = tx.add_signature(&own).await?;
        if !is_kept {
            return Err(Refused::Failed(anyhow::anyhow!(
                "somebody else signed {week}"
            )));
        }
        let count = tx.version_count(week).await?;
        if count > 0 {
            let mut body = newest_of(&out, week, count)?.body.clone();
            body.comment.clone_from(&own.comment);
            body.officer = Some(signer(&own));
            body.signed_ms = Some(own.signed_ms);
            body.not_signed_by = Vec::new();
            body.reason = None;
            body.author = None;
            body.size_of_change = None;
            put(
                &mut tx,
                (Kind::Edition, week, count + 1),
                &body,
                own.signed_ms,
            )
            .await?;
        }
        tx.commit().await?;
        self.refresh().await?;
        tracing::info!(%week, account, "an edition was signed");
        Ok(())
    }

    /// Makes the facts of a week anew, as they are published now, and brings them out as a
    /// correction with its reason and size.
    ///
    /// # Errors
    /// Why it is not taken; nothing was kept.
    pub async fn correct(
        &self,
        week: IsoWeek,
        account: &str,
        reason: &str,
    ) -> Result<Version, Refused> {
        if !self.is_sound() {
            return Err(Refused::Unsound);
        }
        let reason = reason.trim();
        let is_plain = comment::read(reason).is_ok();
        if reason.is_empty() || reason.chars().count() > MOST_REASON || !is_plain {
            return Err(Refused::NoReason);
        }
        let facts = self.inner.drafter.facts(week).await?;
        let (bytes, hash) = frozen(&facts)?;
        let _alone = self.inner.working.lock().await;
        let out = self.refresh().await?;
        let mut tx = self.store().begin_desk().await?;
        tx.lock_editions().await?;
        let count = tx.version_count(week).await?;
        if count == 0 {
            return Err(Refused::NotOut);
        }
        let mut body = newest_of(&out, week, count)?.body.clone();
        if body.facts() == hash {
            return Err(Refused::Unchanged);
        }
        let before = self.facts(body.facts()).await?;
        let before = before.context("the facts before are not among the documents")?;
        body.documents.insert("facts".to_owned(), hash.clone());
        body.reason = Some(reason.to_owned());
        body.author = Some(self.signer(account));
        body.size_of_change = Some(size_of_change(&before, &facts));
        tx.keep_document(&hash, &bytes).await?;
        put(
            &mut tx,
            (Kind::Correction, week, count + 1),
            &body,
            self.now_ms(),
        )
        .await?;
        tx.commit().await?;
        let out = self.refresh().await?;
        Ok(newest_of(&out, week, count + 1)?.clone())
    }
}

/// The newest version, if it is the one that the database says.
fn newest_of(shelf: &Shelf, week: IsoWeek, count: u32) -> anyhow::Result<&Version> {
    let newest = shelf.newest(week).filter(|own| own.version == count);
    newest.with_context(|| format!("the versions of {week} are not those of the log"))
}
