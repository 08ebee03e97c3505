//! What is out, as the log tells it.

use anyhow::Context as _;
use std::sync::Arc;

use super::Press;
use crate::domain::edition::version::Body;
use crate::domain::edition::{IsoWeek, Shelf, Version};
use crate::domain::log::{Kind, Leaf};
use crate::publish::leaf;

impl Press {
    /// Reads what is new in the log and tells everybody.
    ///
    /// # Errors
    /// If the database fails or a leaf cannot be read.
    pub async fn refresh(&self) -> anyhow::Result<Arc<Shelf>> {
        let known = Arc::clone(&self.inner.shelf.borrow());
        let versions = known.weeks.values().flatten().map(|own| own.leaf + 1);
        let leaves = self
            .store()
            .edition_leaves(versions.max().unwrap_or(0))
            .await;
        let leaves = leaves.context("reading the editions in the log")?;
        let mut told = Shelf::clone(&known);
        told.calendar = self.calendar().await?;
        for own in &leaves {
            put(&mut told, own).with_context(|| format!("reading leaf {}", own.number))?;
        }
        let told = Arc::new(told);
        self.inner.shelf.send_if_modified(|shelf| {
            let is_new = **shelf != *told;
            *shelf = Arc::clone(&told);
            is_new
        });
        Ok(told)
    }
}

/// Puts a leaf on its place; one that is there already changes nothing.
fn put(shelf: &mut Shelf, own: &Leaf) -> anyhow::Result<()> {
    let told = leaf::read(&own.bytes)?;
    let week: IsoWeek = told.subject.parse()?;
    if told.kind == Kind::MissedSlot {
        shelf.missed.entry(week).or_insert(told.at_ms);
        return Ok(());
    }
    let body: Body = serde_json::from_value(told.members.into())?;
    let versions = shelf.weeks.entry(week).or_default();
    if versions.iter().all(|there| there.leaf != own.number) {
        versions.push(Version {
            week,
            version: told.version,
            at_ms: told.at_ms,
            is_correction: told.kind == Kind::Correction,
            leaf: own.number,
            hash: hex::encode(&own.hash),
            body,
        });
    }
    Ok(())
}
