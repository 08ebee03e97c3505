//! Small writes of the desk: a change and its row in the audit list, whole or not at all.
//!
//! They touch nothing that is counted, so they need no lease: the command line may make an account
//! while a server runs. SQLite lets one writer in at a time and the others wait.

use super::writer::Tx;
use super::{Db, Store, read, write};
use crate::domain::event::Millis;
use crate::domain::staff::{Act, Change};

/// A write of the desk; dropped without `commit` it did not happen.
#[derive(Debug)]
pub struct DeskTx {
    pub(super) tx: Tx<'static>,
}

impl Store {
    /// Begins a write of the desk.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn begin_desk(&self) -> sqlx::Result<DeskTx> {
        let tx = match &self.db {
            Db::Sqlite { pool, .. } => Tx::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres { pool, .. } => Tx::Postgres(pool.begin().await?),
        };
        Ok(DeskTx { tx })
    }

    /// The newest changes, at most `most`, numbered; with `before` only those of a lower number.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn audit(&self, before: Option<i64>, most: i64) -> sqlx::Result<Vec<(i64, Change)>> {
        const READ: &str = "SELECT id, at_ms, who, act, subject, before, after FROM audit \
             WHERE id < $1 ORDER BY id DESC LIMIT $2";
        type Row = (
            i64,
            i64,
            String,
            String,
            String,
            Option<String>,
            Option<String>,
        );
        let before = before.unwrap_or(i64::MAX);
        let rows: Vec<Row> = read!(self, |db| {
            let query = sqlx::query_as(READ).bind(before).bind(most);
            query.fetch_all(db).await?
        });
        let change = |(id, at_ms, who, act, subject, before, after): Row| {
            let unknown = || sqlx::Error::Decode(format!("unknown act {act}").into());
            let act = Act::from_name(&act).ok_or_else(unknown)?;
            let change = Change {
                at_ms,
                who,
                act,
                subject,
                before,
                after,
            };
            Ok((id, change))
        };
        rows.into_iter().map(change).collect()
    }
}

impl DeskTx {
    /// Adds a row to the audit list.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note(&mut self, change: &Change) -> sqlx::Result<()> {
        const NOTE: &str = "INSERT INTO audit (at_ms, who, act, subject, before, after) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        let Change { at_ms, who, .. } = change;
        let at_ms: Millis = *at_ms;
        write!(self, |db| {
            sqlx::query(NOTE)
                .bind(at_ms)
                .bind(who.as_str())
                .bind(change.act.name())
                .bind(change.subject.as_str())
                .bind(change.before.as_deref())
                .bind(change.after.as_deref())
                .execute(db)
                .await?;
            Ok(())
        })
    }

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
