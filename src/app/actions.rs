//! Actions, at hand for everybody who shows them: a visitor costs no query.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;

use crate::desk::Actions;
use crate::store::Store;

/// The desk tells its own changes at once; those of another process are seen by then.
const EVERY: Duration = Duration::from_secs(5);

/// What is known at the start.
///
/// # Errors
/// If the database fails.
pub async fn first(store: &Store) -> anyhow::Result<watch::Sender<Actions>> {
    Ok(watch::Sender::new(read(store).await?))
}

/// Reads them again and again.
pub async fn keep(store: Store, told: watch::Sender<Actions>) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        match read(&store).await {
            Ok(actions) => {
                told.send_if_modified(|known| {
                    let is_new = *known != actions;
                    if is_new {
                        *known = actions;
                    }
                    is_new
                });
            }
            Err(error) => tracing::warn!("the actions stay as they are: {error:#}"),
        }
    }
}

async fn read(store: &Store) -> anyhow::Result<Actions> {
    let actions = store.actions().await;
    Ok(Arc::new(actions.context("reading the actions")?))
}
