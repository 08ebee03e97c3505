//! A copy of the embedded database while it is in use, and what a copy is asked before it is
//! believed.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::BUSY_TIMEOUT;

/// SQLite's codes of a file that is none of its databases, and of one that is damaged.
const DAMAGED: [&str; 2] = ["11", "26"];

/// How closely a copy is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Each page; seconds for years.
    Quick,
    /// Also each index against its table.
    Whole,
}

/// Why a file is not taken for a copy of the database.
#[derive(Debug, thiserror::Error)]
pub enum NotACopy {
    /// It is cut short, altered, or something else.
    #[error("it is no whole database ({0}); take another backup")]
    Damaged(String),
    /// A database, but not of this program.
    #[error("it is a database of another program; name a file that `quietline backup` wrote")]
    Foreign,
    /// This program does not know its tables.
    #[error(
        "it was written by a newer quietline (its tables are of version {0}, this program knows \
         up to {1}); restore it with that one"
    )]
    Newer(i64, i64),
    /// The database could not be asked.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Copies the database of a folder into a file that is empty or not there. Nobody is kept from
/// writing meanwhile; what is committed after the beginning is not in the copy.
///
/// # Errors
/// If there is no database, or the copy cannot be written; then part of it may be there.
pub async fn copy_database(folder: &Path, into: &Path) -> sqlx::Result<()> {
    // No table is brought up to date: the server that uses them may be an older one.
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.join("quietline.db"))
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await?;
    let into = into.to_string_lossy().into_owned();
    let copied = sqlx::query("VACUUM INTO $1").bind(into);
    copied.execute(&mut connection).await?;
    connection.close().await
}

/// Brings what waits in the log of a database into its one file, so that the file may be replaced.
///
/// # Errors
/// If it cannot be read, or somebody else uses it.
pub async fn fold_log(database: &Path) -> sqlx::Result<()> {
    let mut connection = SqliteConnectOptions::new()
        .filename(database)
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await?;
    let fold = sqlx::query("PRAGMA journal_mode = DELETE");
    fold.execute(&mut connection).await?;
    connection.close().await
}

/// Looks at a copy that nobody uses: whether it is whole, ours, and not of a later version.
///
/// # Errors
/// Why it must not be used.
pub async fn look_at_copy(file: &Path, look: Look) -> Result<(), NotACopy> {
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(true)
        .connect()
        .await
        .map_err(as_damage)?;
    check_pages(&mut connection, look).await?;
    check_versions(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn check_pages(connection: &mut SqliteConnection, look: Look) -> Result<(), NotACopy> {
    let ask = match look {
        Look::Quick => "PRAGMA quick_check(1)",
        Look::Whole => "PRAGMA integrity_check(1)",
    };
    let said: String = sqlx::query_scalar(ask)
        .fetch_one(connection)
        .await
        .map_err(as_damage)?;
    if said == "ok" {
        Ok(())
    } else {
        Err(NotACopy::Damaged(said.replace('\n', " ")))
    }
}

async fn check_versions(connection: &mut SqliteConnection) -> Result<(), NotACopy> {
    const IS_OURS: &str = "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    const READ: &str =
        "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let is_ours: i64 = sqlx::query_scalar(IS_OURS)
        .fetch_one(&mut *connection)
        .await
        .map_err(as_damage)?;
    if is_ours == 0 {
        return Err(NotACopy::Foreign);
    }
    let done: Vec<(i64, Vec<u8>)> = sqlx::query_as(READ).fetch_all(connection).await?;
    let ours = sqlx::migrate!("migrations/sqlite");
    let known: BTreeMap<i64, &[u8]> = ours
        .iter()
        .map(|migration| (migration.version, migration.checksum.as_ref()))
        .collect();
    let newest = known.keys().last().copied().unwrap_or(0);
    for (version, checksum) in &done {
        match known.get(version) {
            None if *version > newest => return Err(NotACopy::Newer(*version, newest)),
            Some(ours) if *ours == checksum.as_slice() => {}
            _ => return Err(NotACopy::Foreign),
        }
    }
    if done.is_empty() {
        return Err(NotACopy::Foreign);
    }
    Ok(())
}

/// What SQLite says of a file that cannot be a database, as such.
fn as_damage(error: sqlx::Error) -> NotACopy {
    let code = match &error {
        sqlx::Error::Database(error) => error.code(),
        _ => None,
    };
    if code.is_some_and(|code| DAMAGED.contains(&code.as_ref())) {
        return NotACopy::Damaged(error.to_string());
    }
    error.into()
}
