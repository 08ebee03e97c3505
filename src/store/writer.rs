//! The one connection that writes, and its transactions.

use std::fs::File;
use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;
use sqlx::{
    ConnectOptions as _, Connection, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction,
};

use super::lease::{self, LeaseError};
use super::{Db, Store};
use crate::domain::event::Millis;

/// Holds the lease for as long as it lives.
#[derive(Debug)]
pub struct StoreWriter {
    connection: Writing,
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is one of them in a process"
)]
#[derive(Debug)]
enum Writing {
    Sqlite {
        connection: SqliteConnection,
        _lock: File,
        folder: PathBuf,
    },
    Postgres {
        connection: PgConnection,
        options: PgConnectOptions,
    },
}

/// A write that happens whole or not at all; dropped without `commit`, not at all.
#[derive(Debug)]
pub struct WriteTx<'c> {
    pub(super) tx: Tx<'c>,
}

#[derive(Debug)]
pub(super) enum Tx<'c> {
    Sqlite(Transaction<'c, Sqlite>),
    Postgres(Transaction<'c, Postgres>),
}

impl Store {
    /// Takes the lease and the writing connection.
    ///
    /// # Errors
    /// `LeaseError::Held` names the process that writes already.
    pub async fn writer(&self, now_ms: Millis) -> Result<StoreWriter, LeaseError> {
        let connection = match &self.db {
            Db::Sqlite { folder, .. } => {
                let (connection, lock) = lease::take_sqlite(folder, now_ms).await?;
                Writing::Sqlite {
                    connection,
                    _lock: lock,
                    folder: folder.clone(),
                }
            }
            Db::Postgres { options, .. } => {
                let connection = lease::take_postgres(options, now_ms).await?;
                Writing::Postgres {
                    connection,
                    options: options.clone(),
                }
            }
        };
        Ok(StoreWriter { connection })
    }
}

impl StoreWriter {
    /// Begins a write.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn begin(&mut self) -> sqlx::Result<WriteTx<'_>> {
        let tx = match &mut self.connection {
            Writing::Sqlite { connection, .. } => {
                // A transaction that was dropped is rolled back by sqlx's own thread: wait for it.
                connection.ping().await?;
                Tx::Sqlite(connection.begin_with("BEGIN IMMEDIATE").await?)
            }
            Writing::Postgres { connection, .. } => Tx::Postgres(connection.begin().await?),
        };
        Ok(WriteTx { tx })
    }

    /// Gives the lease back: whoever asks for it next has it.
    ///
    /// # Errors
    /// If the database cannot be told; the lease ends with the connection all the same.
    pub async fn give_back(self) -> sqlx::Result<()> {
        match self.connection {
            Writing::Sqlite { connection, .. } => connection.close().await,
            Writing::Postgres { connection, .. } => lease::give_back_postgres(connection).await,
        }
    }

    /// After a failed write: a connection that is known to be whole again. SQLite rolls back by
    /// itself when the disk is full, which sqlx does not notice; a server may have gone away, and
    /// the lease with it.
    ///
    /// # Errors
    /// If the database is not back, or another process took over meanwhile.
    pub async fn reconnect(&mut self, now_ms: Millis) -> Result<(), LeaseError> {
        match &mut self.connection {
            Writing::Sqlite {
                connection, folder, ..
            } => {
                *connection = super::sqlite_writer_options(folder).connect().await?;
            }
            Writing::Postgres {
                connection,
                options,
            } => {
                if connection.ping().await.is_err() {
                    *connection = lease::take_postgres(options, now_ms).await?;
                }
            }
        }
        Ok(())
    }
}

impl WriteTx<'_> {
    /// Makes the write durable.
    ///
    /// # Errors
    /// If the database cannot; then nothing was written.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self.tx {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx) => tx.commit().await,
        }
    }
}
