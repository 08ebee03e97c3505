//! `quietline copy`: all data into another database, to move from one kind to the other.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::clock::Clock;
use crate::publish::integrity;
use crate::store::copy::copy_all;
use crate::store::{Location, Store};

/// Flags of `copy`.
#[derive(Debug, Args)]
pub struct CopyArgs {
    /// Folder of an embedded database, or <postgres://user@host/database>
    #[arg(
        long,
        env = "QUIETLINE_FROM",
        value_name = "PLACE",
        hide_env_values = true
    )]
    from: String,
    /// The same of an empty one
    #[arg(
        long,
        env = "QUIETLINE_TO",
        value_name = "PLACE",
        hide_env_values = true
    )]
    to: String,
}

/// Copies everything or nothing, and says how many rows there are.
pub(super) async fn run(args: CopyArgs) -> anyhow::Result<ExitCode> {
    let (from, to) = (place(&args.from)?, place(&args.to)?);
    ensure!(from != to, "--from and --to are the same database");
    if let Location::Folder(folder) = &from {
        ensure!(
            folder.join("quietline.db").is_file(),
            "there is no database in {}; correct --from",
            folder.display()
        );
    }
    let source = Store::open(&from).await.context("opening the source")?;
    let target = Store::open(&to).await.context("opening the target")?;
    let now_ms = Clock::System.now_ms();
    // Nobody writes to either while we copy.
    let lease = source.writer(now_ms).await.context("the source")?;
    let mut writer = target.writer(now_ms).await.context("the target")?;
    let copied = copy_all(&source, &mut writer).await?;
    drop((writer, lease));
    for (table, rows) in &copied {
        println!("{rows:>10} {table}");
    }
    match integrity::examine(&target).await? {
        Ok(record) => println!(
            "All rows are the same in both. The public record of {} leaves is what was signed.",
            record.size()
        ),
        Err(what) => bail!("copied as it is, but the public record was altered: {what}"),
    }
    println!(
        "The keys that sign it are not in the database: name their folder with --keys. Do not \
         start on the old database again: what comes in there would be missing here."
    );
    source.close().await;
    target.close().await;
    Ok(ExitCode::SUCCESS)
}

/// A folder, unless it is an address.
fn place(named: &str) -> anyhow::Result<Location> {
    if named.contains("://") {
        return Ok(Location::of_url(named)?);
    }
    Ok(Location::Folder(Path::new(named).to_owned()))
}
