//! `quietline restore`: a backup becomes the database of a folder.
//!
//! The backup is copied into a folder of its own within the data, looked at, brought up to date
//! and compared with the public record it holds; only then it takes the database's name. Killed
//! before that, everything is as it was.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use super::CentreArgs;
use super::backup::{USE_PG_DUMP, beside, remove, sync_folder_of};
use crate::clock::Clock;
use crate::publish::integrity;
use crate::publish::key_files::KeyFolder;
use crate::publish::ledger::Ledger;
use crate::store::backup::{Look, fold_log, look_at_copy};
use crate::store::lease::lock_folder;
use crate::store::{Location, Store};

/// Flags of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Where the data go.
    #[command(flatten)]
    centre: CentreArgs,
    /// Replace a database that is there; it is kept beside the new one as quietline.db.replaced
    #[arg(long)]
    replace: bool,
    /// What `quietline backup` wrote
    file: PathBuf,
}

/// Restores a backup and says how far its record reaches.
pub(super) async fn run(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    ensure!(args.centre.database_url.is_none(), USE_PG_DUMP);
    let folder = &args.centre.data_dir;
    let database = folder.join("quietline.db");
    ensure!(
        args.replace || !database.exists(),
        "{} is there already; add --replace, or name another folder with --data-dir",
        database.display()
    );
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    // Held until we end: no server may start on what is being replaced.
    let lock = lock_folder(folder).context("trying the lock on the database")?;
    let _lock = lock.context("a server or an import uses this database; stop it first")?;
    let staging = folder.join("restoring");
    let doing = || format!("restoring {}", args.file.display());
    let prepared = prepare(&args.file, &staging).await.with_context(doing);
    if prepared.is_err() {
        // Of no use, and perhaps what filled the disk. If it stays, the next restore removes it.
        let _ = fs::remove_dir_all(&staging);
    }
    let record = prepared?;
    put_in_place(&staging, &database)
        .await
        .with_context(doing)?;
    println!(
        "{} is restored to {}",
        args.file.display(),
        database.display()
    );
    tell(&record, &args.centre.key_folder())?;
    Ok(ExitCode::SUCCESS)
}

/// The backup as a database that can be used, in a folder of its own.
async fn prepare(file: &Path, staging: &Path) -> anyhow::Result<Ledger> {
    // What a killed one left.
    if staging.exists() {
        fs::remove_dir_all(staging).context("removing what an earlier one left")?;
    }
    let wal = beside(file, "-wal");
    if wal.metadata().is_ok_and(|about| about.len() > 0) {
        bail!(
            "it is a database in use, of which {} is a part; name a file that `quietline backup` \
             wrote",
            wal.display()
        );
    }
    fs::create_dir(staging).context("making room")?;
    let copy = staging.join("quietline.db");
    copy_file(file, &copy)?;
    look_at_copy(&copy, Look::Whole).await?;
    let store = Store::open(&Location::Folder(staging.to_owned())).await?;
    let record = integrity::examine(&store).await;
    // Also folds everything into the one file.
    store.close().await;
    let record =
        record?.map_err(|what| anyhow::anyhow!("its public record was altered: {what}"))?;
    let is_folded = !beside(&copy, "-wal").exists();
    ensure!(is_folded, "somebody else uses {}", copy.display());
    File::open(&copy)?.sync_all()?;
    Ok(record)
}

fn copy_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut source = File::open(from).context("opening it")?;
    let mut copy = options.open(to)?;
    std::io::copy(&mut source, &mut copy).context("copying it")?;
    copy.sync_all()?;
    Ok(())
}

/// Gives the new database its name. The old one is under it until the new one is.
async fn put_in_place(staging: &Path, database: &Path) -> anyhow::Result<()> {
    let replaced = beside(database, ".replaced");
    if database.exists() {
        // A log of the old database would be taken for the new one's.
        if let Err(error) = fold_log(database).await {
            println!("The old database cannot be read ({error}); its log is kept beside it.");
        }
        let log = beside(database, "-wal");
        if log.exists() {
            fs::rename(&log, beside(&replaced, "-wal"))?;
        }
        remove(&beside(database, "-shm"))?;
        remove(&replaced)?;
        fs::hard_link(database, &replaced)?;
    }
    fs::rename(staging.join("quietline.db"), database)?;
    sync_folder_of(database)?;
    fs::remove_dir_all(staging)?;
    Ok(())
}

/// How far the record reaches, and whether it can go on here.
fn tell(record: &Ledger, keys: &Path) -> anyhow::Result<()> {
    let (Some(latest_ms), Some((_, key))) = (record.latest_ms, record.keys.last()) else {
        println!("Nothing was published in it yet.");
        return Ok(());
    };
    let latest = chrono::DateTime::from_timestamp_millis(latest_ms).unwrap_or_default();
    println!(
        "Its public record is what was signed and ends with leaf {} of {}. What was published \
         later is gone from here, and whoever kept it can show that: say so publicly.",
        record.size().saturating_sub(1),
        latest.format("%F %T UTC")
    );
    if KeyFolder::new(keys).load(&key.id())?.is_none() {
        println!(
            "The key that signs it, {}, is not in {}: bring it back there before the start.",
            key.id(),
            keys.display()
        );
    }
    if record.pause_ms(Clock::System.now_ms()).is_some() {
        println!("More than two weeks have passed: start with `serve --after-pause`.");
    }
    Ok(())
}
