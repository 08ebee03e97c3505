//! The description of the centre against the settings that were seen before.

use std::sync::Arc;

use anyhow::Context as _;

use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::period::local_day;
use crate::domain::settings::{Contradiction, agree};
use crate::store::Store;

/// Keeps what is new in a description, and gives the description what it says no more of: lines
/// that are gone. Only who holds the lease may call it.
///
/// # Errors
/// If the description would alter the past, with every remedy; or the database fails.
pub async fn keep(
    store: &Store,
    centre: Arc<Centre>,
    now_ms: Millis,
) -> anyhow::Result<Arc<Centre>> {
    let seen = store.settings_seen().await;
    let seen = seen.context("reading the settings that were seen")?;
    let today = local_day(now_ms, &centre.zone);
    let agreed = agree(&centre, &seen, today).map_err(|wrong| refusal(&wrong))?;
    if !agreed.new.is_empty() {
        let work = async {
            let mut tx = store.begin_desk().await?;
            tx.add_settings(&agreed.new, now_ms).await?;
            tx.commit().await
        };
        work.await.context("keeping the settings")?;
    }
    if agreed.former_lines.is_empty() {
        return Ok(centre);
    }
    Ok(Arc::new(Centre {
        former_lines: agreed.former_lines,
        ..Centre::clone(&centre)
    }))
}

/// Says whether a description could take the place of the one that holds. Writes nothing.
///
/// # Errors
/// As `keep`.
pub async fn examine(store: &Store, centre: &Centre, now_ms: Millis) -> anyhow::Result<()> {
    let seen = store.settings_seen().await;
    let seen = seen.context("reading the settings that were seen")?;
    let today = local_day(now_ms, &centre.zone);
    agree(centre, &seen, today).map_err(|wrong| refusal(&wrong))?;
    Ok(())
}

fn refusal(wrong: &[Contradiction]) -> anyhow::Error {
    let told: Vec<String> = wrong
        .iter()
        .map(|one| format!("centre.toml: {one}"))
        .collect();
    anyhow::anyhow!(told.join("\n"))
}
