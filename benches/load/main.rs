//! Load on the release binary, over 127.0.0.1 only, bounded in count and time.
//!
//! `cargo bench --bench load -- ingest [events] [senders]`,
//! `cargo bench --bench load -- listeners [count] [seconds]`,
//! `cargo bench --bench load -- storm [count]` and
//! `cargo bench --bench load -- backup [count]`; without a word all, with their defaults. Each
//! figure is printed beside its yardstick, measured in the same run.

mod backup;
mod ingest;
mod listeners;
#[path = "../support/postgres.rs"]
mod postgres;
mod process;
mod sample;
mod storm;
mod yardstick;

use anyhow::{Context as _, bail};

/// Events posted: some seconds of work.
const EVENTS: usize = 300_000;
/// Connections that post at the same time.
const SENDERS: usize = 16;
/// Connections that listen.
const LISTENERS: usize = 10_000;
/// Connections that say nothing, come back all at once, or never read.
const STORM: usize = 5_000;
/// Connections that listen while backups are made.
const AT_BACKUPS: usize = 2_000;
/// How long they listen.
const SECONDS: u64 = 30;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says `--bench` when it means to measure; `cargo test --benches` does not.
    if !args.iter().any(|arg| arg == "--bench") {
        println!(
            "load: nothing measured; use cargo bench --bench load -- ingest|listeners|storm|backup"
        );
        return Ok(());
    }
    let words: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(&words))
}

async fn run(words: &[&str]) -> anyhow::Result<()> {
    let number = |place: usize, usual: u64| -> anyhow::Result<u64> {
        words.get(place).map_or(Ok(usual), |word| {
            word.parse()
                .with_context(|| format!("{word} is not a number"))
        })
    };
    let count = |place, usual: usize| -> anyhow::Result<usize> {
        Ok(usize::try_from(number(place, u64::try_from(usual)?)?)?)
    };
    match words.first() {
        None => {
            ingest::run(EVENTS, SENDERS).await?;
            listeners::run(LISTENERS, SECONDS).await?;
            storm::run(STORM).await?;
            backup::run(AT_BACKUPS).await
        }
        Some(&"backup") => backup::run(count(1, AT_BACKUPS)?.min(10_000)).await,
        Some(&"storm") => storm::run(count(1, STORM)?.min(10_000)).await,
        Some(&"ingest") => ingest::run(count(1, EVENTS)?, count(2, SENDERS)?).await,
        Some(&"listeners") => {
            listeners::run(count(1, LISTENERS)?, number(2, SECONDS)?.min(120)).await
        }
        Some(other) => bail!("{other}: ingest, listeners, storm or backup"),
    }
}
