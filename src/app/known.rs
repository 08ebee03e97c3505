//! What is known of which time, and how finely, as the store tells it.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::domain::centre::Centre;
use crate::domain::coverage::Coverage;
use crate::domain::event::Millis;
use crate::domain::volume::{FinestGrains, finest_grains};
use crate::store::Store;

/// What is known of which time, and how finely.
pub struct Known {
    /// What the sources covered, of all time.
    pub coverage: Coverage,
    /// Lines that are fed by counts, with their finest grain.
    pub finest: FinestGrains,
}

impl Known {
    /// Reads it; sources that were ever heard live are expected until now.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn read(store: &Store, centre: &Centre, now_ms: Millis) -> anyhow::Result<Self> {
        let spans = store.coverage(Millis::MIN, Millis::MAX).await;
        let spans = spans.context("reading the coverage")?;
        let extents = store.coverage_extents().await;
        let extents = extents.context("reading the coverage")?;
        let live = extents.into_iter().filter(|extent| extent.live);
        let until: BTreeMap<String, Millis> = live.map(|extent| (extent.source, now_ms)).collect();
        let counted = store.counted_spans().await;
        let counted = counted.context("reading the spans that are counted")?;
        Ok(Self {
            coverage: Coverage::new(centre, &spans, &until, now_ms),
            finest: finest_grains(counted),
        })
    }
}
