//! Occasions, at hand for everybody who shows them: a visitor costs no query.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;

use crate::desk::Occasions;
use crate::store::Store;

/// The desk tells its own changes at once; those of another process are seen by then.
const EVERY: Duration = Duration::from_secs(5);

/// What is known at the start.
///
/// # Errors
/// If the database fails.
pub async fn first(store: &Store) -> anyhow::Result<watch::Sender<Occasions>> {
    Ok(watch::Sender::new(read(store).await?))
}

/// Reads them again and again.
pub async fn keep(store: Store, told: watch::Sender<Occasions>) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        match read(&store).await {
            Ok(occasions) => {
                told.send_if_modified(|known| {
                    let is_new = *known != occasions;
                    if is_new {
                        *known = occasions;
                    }
                    is_new
                });
            }
            Err(error) => tracing::warn!("the events stay as they are: {error:#}"),
        }
    }
}

async fn read(store: &Store) -> anyhow::Result<Occasions> {
    let occasions = store.occasions().await;
    Ok(Arc::new(occasions.context("reading the events")?))
}
