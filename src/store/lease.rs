//! One writer: the lock that makes a second process stop, and its message.
//!
//! SQLite: an operating system lock on a file beside the database. PostgreSQL: an advisory lock
//! of the writing connection itself. Both end with the process, so a restart never waits, and a
//! standby takes over the moment the holder is gone.

use std::fs::{File, TryLockError};
use std::path::Path;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};

use super::sqlite_writer_options;
use crate::domain::event::Millis;

/// The advisory lock's number: "quietlin" in ASCII.
const ADVISORY_LOCK: i64 = 0x7175_6965_746c_696e;

const RECORD: &str = "INSERT INTO lease (id, holder, since_ms) VALUES (1, $1, $2) \
     ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, since_ms = excluded.since_ms";

/// Why this process may not write.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another process writes.
    #[error(
        "another process writes to this database: {holder}. Stop it, or send events through it (import --to URL --token …)"
    )]
    Held {
        /// Who, and since when.
        holder: String,
    },
    /// The lock could not be tried.
    #[error("the lock on the database could not be tried: {0}")]
    Io(#[from] std::io::Error),
    /// The database could not be asked.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Who we are, for the message to a second one.
fn own_name() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = host.trim();
    let host = if host.is_empty() {
        "this machine"
    } else {
        host
    };
    format!("process {} on {host}", std::process::id())
}

fn since(at_ms: Millis) -> String {
    chrono::DateTime::from_timestamp_millis(at_ms).map_or_else(String::new, |at| at.to_rfc3339())
}

pub(super) async fn take_sqlite(
    folder: &Path,
    now_ms: Millis,
) -> Result<(SqliteConnection, File), LeaseError> {
    let taken = lock_folder(folder)?;
    let mut connection = sqlite_writer_options(folder).connect().await?;
    if let Some(lock) = taken {
        sqlx::query(RECORD)
            .bind(own_name())
            .bind(now_ms)
            .execute(&mut connection)
            .await?;
        return Ok((connection, lock));
    }
    let row: Option<(String, i64)> = sqlx::query_as("SELECT holder, since_ms FROM lease")
        .fetch_optional(&mut connection)
        .await?;
    Err(LeaseError::Held {
        holder: name_holder(row),
    })
}

/// The lock on an embedded database, for as long as the file is kept open; none if another process
/// holds it.
///
/// # Errors
/// If it cannot be tried.
pub fn lock_folder(folder: &Path) -> std::io::Result<Option<File>> {
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("quietline.lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

pub(super) async fn take_postgres(
    options: &PgConnectOptions,
    now_ms: Millis,
) -> Result<PgConnection, LeaseError> {
    let mut connection = PgConnection::connect_with(options).await?;
    let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(ADVISORY_LOCK)
        .fetch_one(&mut connection)
        .await?;
    if taken {
        sqlx::query(RECORD)
            .bind(own_name())
            .bind(now_ms)
            .execute(&mut connection)
            .await?;
        return Ok(connection);
    }
    let row: Option<(String, i64)> = sqlx::query_as("SELECT holder, since_ms FROM lease")
        .fetch_optional(&mut connection)
        .await?;
    Err(LeaseError::Held {
        holder: name_holder(row),
    })
}

/// Lets the next one write at once: a server notices a connection that is gone in its own time.
pub(super) async fn give_back_postgres(mut connection: PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(ADVISORY_LOCK)
        .execute(&mut connection)
        .await?;
    connection.close().await
}

fn name_holder(row: Option<(String, i64)>) -> String {
    row.map_or_else(
        || "it has not said who it is".to_owned(),
        |(holder, since_ms)| format!("{holder}, since {}", since(since_ms)),
    )
}
