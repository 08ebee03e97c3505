//! `quietline token`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::{CentreArgs, TokenCommand};
use crate::app::TOKENS_EVERY;
use crate::clock::Clock;
use crate::config;
use crate::ingest::tokens::hash_token;
use crate::store::Store;

pub(super) async fn run(command: TokenCommand) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Create { centre, source } => create(&centre, &source).await,
        TokenCommand::Revoke { centre, source } => revoke(&centre, &source).await,
    }
}

async fn create(args: &CentreArgs, source: &str) -> anyhow::Result<ExitCode> {
    let store = open(args, source).await?;
    let random: [u8; 32] = rand::random();
    let token = format!("qln_{}", hex::encode(random));
    let hash = hex::encode(hash_token(&token));
    store
        .add_token(&hash, source, Clock::System.now_ms())
        .await
        .context("keeping the token")?;
    eprintln!("Token of source {source}; it is not kept anywhere, so keep it well:");
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

async fn revoke(args: &CentreArgs, source: &str) -> anyhow::Result<ExitCode> {
    let store = open(args, source).await?;
    let now_ms = Clock::System.now_ms();
    let revoked = store
        .revoke_tokens(source, now_ms)
        .await
        .context("revoking tokens")?;
    println!(
        "{revoked} tokens of source {source} revoked; a running server knows within {} seconds",
        TOKENS_EVERY.as_secs()
    );
    Ok(ExitCode::SUCCESS)
}

async fn open(args: &CentreArgs, source: &str) -> anyhow::Result<Store> {
    let centre = config::read_centre(&args.config)?;
    if centre.source(source).is_none() {
        let known: Vec<&str> = centre
            .sources
            .iter()
            .map(|source| source.id.as_str())
            .collect();
        bail!(
            "{} has no source {source:?}; it has: {}",
            args.config.display(),
            known.join(", ")
        );
    }
    args.open_store().await
}
