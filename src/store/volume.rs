//! Registers of counts from sources that know no contacts.

use std::collections::HashMap;

use jiff::civil::Date;
use sqlx::{AssertSqlSafe, FromRow};

use super::dialect::{Parameters, bulk_sizes, placeholders, replace_on_conflict};
use super::writer::Tx;
use super::{Store, WriteTx, read, write};
use crate::domain::centre::Channel;
use crate::domain::event::{Millis, Place};
use crate::domain::volume::{Register, RegisterKey};

/// Rows of one bulk statement; times ten columns it stays below every limit on parameters.
const ROWS_A_STATEMENT: usize = 64;

const KEY: &str = "start_ms, line, channel, source";
const VALUE: &str = "day, seconds, attempts, revision, at_ms, event";

/// A row as it is read.
#[derive(FromRow)]
struct Row {
    start_ms: Millis,
    line: String,
    channel: String,
    source: String,
    seconds: i64,
    attempts: i64,
    revision: i64,
    at_ms: Millis,
    event: String,
}

impl Row {
    fn register(self) -> sqlx::Result<(RegisterKey, Register)> {
        let channel = Channel::from_name(&self.channel).ok_or_else(|| {
            sqlx::Error::Decode(format!("unknown channel {}", self.channel).into())
        })?;
        let key = RegisterKey {
            start_ms: self.start_ms,
            place: Place {
                line: self.line,
                channel,
            },
            source: self.source,
        };
        let register = Register {
            revision: self.revision,
            at_ms: self.at_ms,
            event: self.event,
            attempts: self.attempts,
            seconds: self.seconds,
        };
        Ok((key, register))
    }
}

impl WriteTx<'_> {
    /// The registers of all spans that start at one of these instants.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn load_registers(
        &mut self,
        starts: Vec<Millis>,
    ) -> sqlx::Result<HashMap<RegisterKey, Register>> {
        let select = format!("SELECT {KEY}, {VALUE} FROM volume_counts WHERE start_ms");
        let rows: Vec<Row> = match &mut self.tx {
            Tx::Sqlite(tx) => {
                let list = serde_json::to_string(&starts)
                    .map_err(|error| sqlx::Error::Encode(error.into()))?;
                let sql = format!("{select} IN (SELECT value FROM json_each($1))");
                let query = sqlx::query_as(AssertSqlSafe(sql)).bind(list);
                query.fetch_all(&mut **tx).await?
            }
            Tx::Postgres(tx) => {
                let sql = format!("{select} = ANY($1)");
                let query = sqlx::query_as(AssertSqlSafe(sql)).bind(starts);
                query.fetch_all(&mut **tx).await?
            }
        };
        rows.into_iter().map(Row::register).collect()
    }

    /// Inserts or replaces registers, each with the local day in which it counts.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_registers(
        &mut self,
        registers: Vec<(RegisterKey, Date, Register)>,
    ) -> sqlx::Result<()> {
        let parameters = match self.tx {
            Tx::Sqlite(_) => Parameters::Plain,
            Tx::Postgres(_) => Parameters::Numbered,
        };
        let sizes = bulk_sizes(registers.len(), ROWS_A_STATEMENT);
        let mut registers = registers.into_iter();
        for size in sizes {
            let sql = format!(
                "INSERT INTO volume_counts ({KEY}, {VALUE}) VALUES {} {}",
                placeholders(parameters, size, 10),
                replace_on_conflict(KEY, VALUE),
            );
            let rows: Vec<_> = registers.by_ref().take(size).collect();
            write!(self, |db| {
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for (key, day, register) in rows {
                    query = query
                        .bind(key.start_ms)
                        .bind(key.place.line)
                        .bind(key.place.channel.name())
                        .bind(key.source)
                        .bind(day.to_string())
                        .bind(register.seconds)
                        .bind(register.attempts)
                        .bind(register.revision)
                        .bind(register.at_ms)
                        .bind(register.event);
                }
                query.execute(db).await?;
            });
        }
        Ok(())
    }

    /// All registers of a local day.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn registers_of_day(
        &mut self,
        day: Date,
    ) -> sqlx::Result<Vec<(RegisterKey, Register)>> {
        let sql = format!("SELECT {KEY}, {VALUE} FROM volume_counts WHERE day = $1");
        let rows: Vec<Row> = write!(self, |db| sqlx::query_as(AssertSqlSafe(sql))
            .bind(day.to_string())
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Row::register).collect()
    }
}

impl Store {
    /// Every line that is fed by counts with every length of their spans, seconds.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn counted_spans(&self) -> sqlx::Result<Vec<(String, i64)>> {
        // One look into the index for each pair; DISTINCT would walk through all registers.
        const NEXT: &str = "SELECT line, seconds FROM volume_counts \
             WHERE (line, seconds) > ($1, $2) ORDER BY line, seconds LIMIT 1";
        let mut spans: Vec<(String, i64)> = Vec::new();
        let mut last = (String::new(), 0);
        loop {
            let next: Option<(String, i64)> = read!(self, |db| sqlx::query_as(NEXT)
                .bind(&last.0)
                .bind(last.1)
                .fetch_optional(db)
                .await)?;
            let Some(next) = next else { return Ok(spans) };
            last.clone_from(&next);
            spans.push(next);
        }
    }
}
