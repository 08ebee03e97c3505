//! All SQL, and nothing but SQL: takes and returns domain types, on SQLite and PostgreSQL.
//!
//! `Store` reads and can be cloned; `StoreWriter` is the one that writes contacts and cells: it
//! owns the connection that holds the lease, so whoever loses the lease cannot write. `DeskTx` is a
//! small write of the staff, which touches nothing that is counted.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

pub mod actions;
pub mod backup;
pub mod cells;
pub mod complaints;
pub mod contacts;
pub mod copy;
pub mod coverage;
pub mod desk;
mod dialect;
pub mod editions;
pub mod facts;
pub mod forecasts;
pub mod lease;
pub mod location;
pub mod log;
pub mod marks;
pub mod meta;
pub mod occasions;
pub mod seal;
pub mod settings;
pub mod signals;
pub mod users;
pub mod volume;
pub mod writer;

pub use desk::DeskTx;
pub use lease::LeaseError;
pub use location::{Location, OpenError};
pub use writer::{StoreWriter, WriteTx};

/// Connections that read at the same time; a visitor costs no query, so few are needed.
const READERS: u32 = 4;

/// How long a statement waits for another process's short write (a token, a backup).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Compiles `$body` once for each driver, with `$db` bound to its pool of readers.
macro_rules! read {
    ($store:expr, |$db:ident| $body:expr) => {
        match &$store.db {
            $crate::store::Db::Sqlite { pool: $db, .. } => $body,
            $crate::store::Db::Postgres { pool: $db, .. } => $body,
        }
    };
}
pub(crate) use read;

/// Compiles `$body` once for each driver, with `$db` bound to the connection of a transaction.
macro_rules! write {
    ($tx:expr, |$db:ident| $body:expr) => {
        match &mut $tx.tx {
            $crate::store::writer::Tx::Sqlite(tx) => {
                let $db = &mut **tx;
                $body
            }
            $crate::store::writer::Tx::Postgres(tx) => {
                let $db = &mut **tx;
                $body
            }
        }
    };
}
pub(crate) use write;

/// The reading side. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: Db,
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is one of them in a process"
)]
#[derive(Clone, Debug)]
pub(crate) enum Db {
    Sqlite {
        pool: SqlitePool,
        folder: PathBuf,
    },
    Postgres {
        pool: PgPool,
        options: PgConnectOptions,
    },
}

impl Store {
    /// Opens the database, creates it if it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// If the folder or server cannot be reached or a migration fails.
    pub async fn open(location: &Location) -> Result<Self, OpenError> {
        match location {
            Location::Folder(folder) => Self::open_sqlite(folder).await,
            Location::Postgres(url) => Self::open_postgres(url).await,
        }
    }

    async fn open_sqlite(folder: &Path) -> Result<Self, OpenError> {
        location::make_writable(folder)?;
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(sqlite_options(folder))
            .await?;
        let migrated = sqlx::migrate!("migrations/sqlite").run(&pool).await;
        migrated.map_err(sqlx::Error::from)?;
        let folder = folder.to_owned();
        Ok(Self {
            db: Db::Sqlite { pool, folder },
        })
    }

    async fn open_postgres(url: &str) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url)?;
        location::await_answer(&options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("migrations/postgres")
            .run(&pool)
            .await
            .map_err(sqlx::Error::from)?;
        Ok(Self {
            db: Db::Postgres { pool, options },
        })
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> sqlx::Result<()> {
        read!(self, |db| sqlx::query("SELECT 1")
            .execute(db)
            .await
            .map(|_| ()))
    }

    /// What the database takes on its disk.
    ///
    /// # Errors
    /// If it cannot be asked.
    pub async fn size_bytes(&self) -> sqlx::Result<u64> {
        match &self.db {
            Db::Sqlite { folder, .. } => {
                let size = |name: &str| {
                    let about = std::fs::metadata(folder.join(name));
                    about.map_or(0, |about| about.len())
                };
                Ok(size("quietline.db") + size("quietline.db-wal"))
            }
            Db::Postgres { pool, .. } => {
                let ask = sqlx::query_scalar("SELECT pg_database_size(current_database())");
                let bytes: i64 = ask.fetch_one(pool).await?;
                Ok(u64::try_from(bytes).unwrap_or(0))
            }
        }
    }

    /// The folder of the embedded database; none of a server.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.db {
            Db::Sqlite { folder, .. } => Some(folder),
            Db::Postgres { .. } => None,
        }
    }

    /// Closes all connections; for an orderly stop.
    pub async fn close(&self) {
        read!(self, |db| db.close().await);
    }
}

/// Options of every SQLite connection: durable commits, and deleted rows are overwritten.
pub(crate) fn sqlite_options(folder: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join("quietline.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("secure_delete", "ON")
        .statement_cache_capacity(200)
}

/// Options of the connection that writes.
pub(crate) fn sqlite_writer_options(folder: &Path) -> SqliteConnectOptions {
    sqlite_options(folder)
        // 64 MiB each. A call's row is written once for each of its events: what stays in memory
        // need not be read again, and pages go to the database file once for several commits.
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "16384")
}

/// Whether a write failed because the disk is full.
#[must_use]
pub fn is_disk_full(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return matches!(error, sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull);
    };
    // SQLITE_FULL is 13; PostgreSQL's disk_full is 53100.
    error
        .code()
        .is_some_and(|code| code == "13" || code == "53100")
}
