//! `quietline backup`: a copy of the embedded database while it is in use.
//!
//! The copy is written beside its place, looked at, flushed to the disk and only then given its
//! name: a file of that name is whole. What a killed one leaves (`….part`) the next one uses.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use super::CentreArgs;
use crate::clock::Clock;
use crate::store::backup::{Look, copy_database, look_at_copy};

/// Flags of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Where the data are.
    #[command(flatten)]
    centre: CentreArgs,
    /// A file that is not there yet, or a folder, in which the file is named after the time
    into: PathBuf,
}

/// Said where a database server has tools of its own for this.
pub(super) const USE_PG_DUMP: &str = "a PostgreSQL database is backed up by its own tools: \
     `pg_dump --format=custom --file=quietline.dump --dbname=URL`, and back into an empty one by \
     `pg_restore --exit-on-error --single-transaction --no-owner --dbname=URL quietline.dump`";

/// Makes a backup and says what is not in it.
pub(super) async fn run(args: BackupArgs) -> anyhow::Result<ExitCode> {
    ensure!(args.centre.database_url.is_none(), USE_PG_DUMP);
    let folder = &args.centre.data_dir;
    ensure!(
        folder.join("quietline.db").is_file(),
        "there is no database in {}; name its folder with --data-dir",
        folder.display()
    );
    let file = name(&args.into);
    let started = Instant::now();
    write(folder, &file).await?;
    let size = file.metadata().map_or(0, |about| about.len());
    println!(
        "{} holds everything that was committed when it was begun ({} MB in {:.1} s)",
        file.display(),
        size.div_ceil(1_000_000),
        started.elapsed().as_secs_f64()
    );
    println!(
        "Not in it: the keys that sign the public record ({}). Keep a copy of them, and of the \
         description, in another place than the backups.",
        args.centre.key_folder().display()
    );
    Ok(ExitCode::SUCCESS)
}

/// The file that is meant: in a folder, one named after the time.
fn name(into: &Path) -> PathBuf {
    if !into.is_dir() {
        return into.to_owned();
    }
    let now = chrono::DateTime::from_timestamp_millis(Clock::System.now_ms());
    let now = now.unwrap_or_default().format("%Y%m%dT%H%M%SZ");
    into.join(format!("quietline-{now}.db"))
}

/// Writes the copy beside its place and moves it there when it is whole and on the disk.
async fn write(folder: &Path, file: &Path) -> anyhow::Result<()> {
    let doing = || format!("writing {}", file.display());
    ensure!(
        !file.exists(),
        "{} is there already; name another file, or a folder",
        file.display()
    );
    let part = beside(file, ".part");
    let held = take_part(&part).with_context(doing)?;
    if let Err(error) = fill(folder, &part, &held).await {
        // Of no use, and perhaps what filled the disk.
        for left in [&part, &beside(&part, "-journal")] {
            remove(left).with_context(doing)?;
        }
        return Err(error).with_context(doing);
    }
    fs::rename(&part, file).with_context(doing)?;
    sync_folder_of(file).with_context(doing)
}

/// Makes the empty file a copy that is whole and on the disk.
async fn fill(folder: &Path, part: &Path, held: &File) -> anyhow::Result<()> {
    copy_database(folder, part).await?;
    look_at_copy(part, Look::Quick).await?;
    held.sync_all()?;
    Ok(())
}

/// The empty file that becomes the copy, for us alone and readable by its owner only: secrets of
/// contacts and staff are in it.
fn take_part(part: &Path) -> anyhow::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let held = options.open(part)?;
    match held.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!("another backup is writing {}", part.display()),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    // What a killed one left.
    held.set_len(0)?;
    remove(&beside(part, "-journal"))?;
    Ok(held)
}

/// The path with something added to its name.
pub(super) fn beside(file: &Path, added: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(added);
    PathBuf::from(name)
}

/// Removes a file that need not be there.
pub(super) fn remove(file: &Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a name that was given in a folder as lasting as what it names.
pub(super) fn sync_folder_of(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
