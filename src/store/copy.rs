//! The whole of one database into another, empty one, of either kind.
//!
//! Everything happens in one transaction of the target, each table is read back in it, and its rows
//! are compared with those of the source: the copy is there whole and equal, or not at all.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, QueryBuilder, Row, Type};
use tokio::sync::mpsc;

use super::writer::Tx;
use super::{Store, StoreWriter, WriteTx, write};

/// What is copied, in an order in which no row names one that is not there yet. Who writes (`lease`)
/// is a matter of each database.
const TABLES: [&str; 34] = [
    "meta",
    "tokens",
    "contacts",
    "interval_cells",
    "day_cells",
    "sealed_days",
    "coverage",
    "ingest_counts",
    "capacity_reports",
    "volume_counts",
    "forecasts",
    "forecast_scores",
    "day_facts",
    "frozen_facts",
    "complaints",
    "accounts",
    "account_addresses",
    "staff_sessions",
    "staff_tokens",
    "occasions",
    "audit",
    "actions",
    "action_steps",
    "settings",
    "leaves",
    "heads",
    "documents",
    "day_salts",
    "release_rules",
    "edition_drafts",
    "edition_openings",
    "edition_signatures",
    "edition_versions",
    "marks",
];

/// Tables that number their rows themselves.
const NUMBERED: [&str; 2] = ["audit", "settings"];

/// Not copied.
const OWN: [&str; 2] = ["lease", "_sqlx_migrations"];

/// Values of one statement; below the limits of both databases.
const VALUES_A_STATEMENT: usize = 4_000;

/// Chunks of rows that may be on their way.
const CHUNKS_WAITING: usize = 4;

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something is in the target.
    #[error("the target is not empty (its table {0} has rows); name a new database")]
    NotEmpty(&'static str),
    /// A table or column that this program does not know.
    #[error("the source has {0}, which this program does not know; use the newest quietline")]
    Unknown(String),
    /// What was written is not what was read.
    #[error("the rows of {0} are not the same in the target; nothing was kept")]
    Differs(&'static str),
    /// The database failed.
    #[error("copying {0}: {1}")]
    Database(&'static str, sqlx::Error),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Bytes,
}

/// What a row holds in a column.
#[derive(Clone, Debug)]
enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

type Values = Vec<Value>;

/// A table's columns, the same in both databases.
#[derive(Debug)]
struct Table {
    name: &'static str,
    columns: Vec<(String, Kind)>,
}

/// Rows in whatever order: their number and the sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hashes: [u64; 4],
}

/// Copies all tables and says how many rows each has. The writer is the target's.
///
/// # Errors
/// Why nothing was copied.
pub async fn copy_all(
    from: &Store,
    to: &mut StoreWriter,
) -> Result<Vec<(&'static str, u64)>, CopyError> {
    let mut source = from.snapshot().await.map_err(of("the source"))?;
    let mut target = to.begin().await.map_err(of("the target"))?;
    for table in tables(&mut source).await.map_err(of("the source"))? {
        if !is_known(&table) {
            return Err(CopyError::Unknown(format!("a table {table}")));
        }
    }
    for name in TABLES {
        let is_empty = count(&mut target, name).await.map_err(of(name))? == 0;
        if !is_empty {
            return Err(CopyError::NotEmpty(name));
        }
    }
    let mut copied = Vec::new();
    for name in TABLES {
        let columns = columns(&mut source, name).await.map_err(of(name))?;
        let table = Table { name, columns };
        let sent = table.copy(&mut source, &mut target).await;
        let sent = sent.map_err(of(name))?;
        let kept = table.sum(&mut target).await.map_err(of(name))?;
        if sent != kept {
            return Err(CopyError::Differs(name));
        }
        copied.push((name, kept.rows));
    }
    for name in NUMBERED {
        go_on_numbering(&mut target, name).await.map_err(of(name))?;
    }
    target.commit().await.map_err(of("the target"))?;
    Ok(copied)
}

fn of(name: &'static str) -> impl Fn(sqlx::Error) -> CopyError {
    move |error| CopyError::Database(name, error)
}

fn is_known(table: &str) -> bool {
    TABLES.contains(&table) || OWN.contains(&table)
}

async fn tables(tx: &mut WriteTx<'_>) -> sqlx::Result<BTreeSet<String>> {
    let sql = match &tx.tx {
        Tx::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Tx::Postgres(_) => {
            "SELECT table_name::text FROM information_schema.tables \
             WHERE table_schema = current_schema()"
        }
    };
    let names: Vec<String> = write!(tx, |db| sqlx::query_scalar(sql).fetch_all(db).await?);
    Ok(names.into_iter().collect())
}

async fn columns(tx: &mut WriteTx<'_>, table: &str) -> sqlx::Result<Vec<(String, Kind)>> {
    let sql = match &tx.tx {
        Tx::Sqlite(_) => "SELECT name, lower(type) FROM pragma_table_info($1) ORDER BY cid",
        Tx::Postgres(_) => {
            "SELECT column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    };
    let named: Vec<(String, String)> = write!(tx, |db| {
        sqlx::query_as(sql).bind(table).fetch_all(db).await?
    });
    let columns = named.into_iter().map(|(name, kind)| {
        let kind = match kind.as_str() {
            "bigint" | "integer" => Kind::Integer,
            "text" => Kind::Text,
            "blob" | "bytea" => Kind::Bytes,
            other => return Err(sqlx::Error::Decode(format!("a column {other}").into())),
        };
        Ok((name, kind))
    });
    columns.collect()
}

async fn count(tx: &mut WriteTx<'_>, table: &str) -> sqlx::Result<i64> {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    write!(tx, |db| {
        let counted = sqlx::query_scalar(AssertSqlSafe(sql));
        counted.fetch_one(db).await
    })
}

/// The next row of a table that numbers them itself comes after those that were copied. SQLite sees
/// to it by itself.
async fn go_on_numbering(tx: &mut WriteTx<'_>, table: &str) -> sqlx::Result<()> {
    let Tx::Postgres(tx) = &mut tx.tx else {
        return Ok(());
    };
    let sql = format!(
        "SELECT setval(pg_get_serial_sequence('{table}', 'id'), COALESCE(MAX(id), 0) + 1, false) \
         FROM {table}"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(&mut **tx).await?;
    Ok(())
}

impl Table {
    /// Reads all rows here and writes them there; the sum is of what was read.
    async fn copy(&self, from: &mut WriteTx<'_>, to: &mut WriteTx<'_>) -> sqlx::Result<Sum> {
        let (sender, mut chunks) = mpsc::channel::<Vec<Values>>(CHUNKS_WAITING);
        let reading = self.read(from, sender);
        let writing = async {
            let mut sum = Sum::default();
            while let Some(chunk) = chunks.recv().await {
                sum.add_all(&chunk);
                self.write(to, chunk).await?;
            }
            Ok(sum)
        };
        // Whoever fails first takes the other one with it.
        let ((), sum) = tokio::try_join!(reading, writing)?;
        Ok(sum)
    }

    /// The sum of all rows as they are.
    async fn sum(&self, tx: &mut WriteTx<'_>) -> sqlx::Result<Sum> {
        let (sender, mut chunks) = mpsc::channel::<Vec<Values>>(CHUNKS_WAITING);
        let adding = async {
            let mut sum = Sum::default();
            while let Some(chunk) = chunks.recv().await {
                sum.add_all(&chunk);
            }
            Ok(sum)
        };
        let ((), sum) = tokio::try_join!(self.read(tx, sender), adding)?;
        Ok(sum)
    }

    fn rows_a_chunk(&self) -> usize {
        (VALUES_A_STATEMENT / self.columns.len().max(1)).max(1)
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    async fn read(
        &self,
        tx: &mut WriteTx<'_>,
        sender: mpsc::Sender<Vec<Values>>,
    ) -> sqlx::Result<()> {
        let sql = format!("SELECT {} FROM {}", self.names(), self.name);
        write!(tx, |db| {
            let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(db);
            let mut chunk = Vec::new();
            while let Some(row) = rows.try_next().await? {
                chunk.push(values(&row, &self.columns)?);
                if chunk.len() == self.rows_a_chunk()
                    && sender.send(std::mem::take(&mut chunk)).await.is_err()
                {
                    // Writing has failed and says why.
                    return Ok(());
                }
            }
            if !chunk.is_empty() {
                let _ = sender.send(chunk).await;
            }
        });
        Ok(())
    }

    async fn write(&self, tx: &mut WriteTx<'_>, rows: Vec<Values>) -> sqlx::Result<()> {
        // Numbers that a table gives itself are copied too.
        let given = match &tx.tx {
            Tx::Sqlite(_) => "",
            Tx::Postgres(_) => "OVERRIDING SYSTEM VALUE ",
        };
        let sql = format!("INSERT INTO {} ({}) {given}", self.name, self.names());
        write!(tx, |db| {
            let mut insert = QueryBuilder::new(sql);
            insert.push_values(rows, |mut row, values| {
                for value in values {
                    match value {
                        Value::Integer(value) => row.push_bind(value),
                        Value::Text(value) => row.push_bind(value),
                        Value::Bytes(value) => row.push_bind(value),
                    };
                }
            });
            insert.build().execute(db).await.map(|_| ())
        })
    }
}

fn values<'r, R: Row>(row: &'r R, columns: &[(String, Kind)]) -> sqlx::Result<Values>
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = |(index, (_, kind)): (usize, &(String, Kind))| match kind {
        Kind::Integer => row.try_get(index).map(Value::Integer),
        Kind::Text => row.try_get(index).map(Value::Text),
        Kind::Bytes => row.try_get(index).map(Value::Bytes),
    };
    columns.iter().enumerate().map(value).collect()
}

impl Sum {
    fn add_all(&mut self, rows: &[Values]) {
        for row in rows {
            self.add(row);
        }
    }

    fn add(&mut self, row: &Values) {
        let mut hash = Sha256::new();
        for value in row {
            let number;
            let bytes: Option<&[u8]> = match value {
                Value::Integer(value) => {
                    number = value.map(i64::to_be_bytes);
                    number.as_ref().map(<[u8; 8]>::as_slice)
                }
                Value::Text(value) => value.as_deref().map(str::as_bytes),
                Value::Bytes(value) => value.as_deref(),
            };
            // Nothing is not the same as an empty text.
            let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
            hash.update(length.to_be_bytes());
            hash.update(bytes.unwrap_or_default());
        }
        let hash = hash.finalize();
        for (sum, part) in self.hashes.iter_mut().zip(hash.chunks_exact(8)) {
            let part = part
                .iter()
                .fold(0, |part: u64, byte| part << 8 | u64::from(*byte));
            *sum = sum.wrapping_add(part);
        }
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[Values]) -> Sum {
        let mut sum = Sum::default();
        sum.add_all(rows);
        sum
    }

    #[test]
    fn the_sum_of_rows_does_not_depend_on_their_order_but_on_each_value() {
        let text = |text: &str| Value::Text(Some(text.to_owned()));
        let (a, b) = (vec![text("ab"), text("c")], vec![text("a"), text("bc")]);
        let both = sum(&[a.clone(), b.clone()]);
        assert_eq!(both, sum(&[b.clone(), a.clone()]));
        let one = |row: &Values| sum(std::slice::from_ref(row));
        assert_ne!(one(&a), one(&b));
        assert_ne!(both, sum(&[a.clone(), a.clone()]));
        assert_ne!(both, sum(&[a.clone(), b, a]));
        assert_ne!(sum(&[vec![Value::Text(None)]]), sum(&[vec![text("")]]));
        let number = |value: i64| vec![Value::Integer(Some(value))];
        assert_ne!(sum(&[number(1)]), sum(&[number(2)]));
    }
}
