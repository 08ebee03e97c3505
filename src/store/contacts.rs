//! Rows of contacts: the joined facts of unsealed days.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::dialect::{Parameters, bulk_sizes, placeholders, replace_on_conflict};
use super::writer::Tx;
use super::{Store, WriteTx, read, write};
use crate::domain::contact::Contact;
use crate::domain::event::{ContactKey, Millis};

/// Rows of one bulk statement on SQLite: beyond this a statement gains nothing.
const ROWS_A_STATEMENT: usize = 128;

const COLUMNS: &str = "day, start_ms, settled, touched_ms, facts";

static REPLACE: LazyLock<String> = LazyLock::new(|| replace_on_conflict("key", COLUMNS));

/// For rows that keep their day and start. SQLite rewrites the index of every column a statement
/// names, whether its value changes or not.
static REPLACE_IN_PLACE: LazyLock<String> =
    LazyLock::new(|| replace_on_conflict("key", "settled, touched_ms, facts"));

const UPSERT_POSTGRES: &str = "\
    INSERT INTO contacts (key, day, start_ms, settled, touched_ms, facts) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], \
        $6::text[]) \
    ON CONFLICT (key) DO UPDATE SET day = excluded.day, start_ms = excluded.start_ms, \
        settled = excluded.settled, touched_ms = excluded.touched_ms, facts = excluded.facts";

/// A contact as it is kept.
#[derive(Clone, Debug)]
pub struct ContactRow {
    /// Its key.
    pub key: ContactKey,
    /// The local day in which it counts; `None` while its start is unknown.
    pub day: Option<Date>,
    /// The instant in which it counts; the time of its first event while its start is unknown.
    pub start_ms: Millis,
    /// Nothing more is expected of it.
    pub settled: bool,
    /// When an event last changed it.
    pub touched_ms: Millis,
    /// `Contact` as JSON.
    pub facts: String,
    /// A row of this key stands with the same day and start.
    pub is_in_place: bool,
}

/// The key as it is written: hexadecimal.
#[must_use]
pub fn key_text(key: ContactKey) -> String {
    hex::encode(key.0)
}

fn key_of(text: &str) -> sqlx::Result<ContactKey> {
    let mut key = [0; 16];
    hex::decode_to_slice(text, &mut key).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(ContactKey(key))
}

fn day_text(day: Option<Date>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}

pub(super) fn contact_of((key, facts): (String, String)) -> sqlx::Result<(ContactKey, Contact)> {
    let contact =
        serde_json::from_str(&facts).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok((key_of(&key)?, contact))
}

async fn save_on_sqlite(
    tx: &mut SqliteConnection,
    rows: Vec<ContactRow>,
    replace: &str,
) -> sqlx::Result<()> {
    let mut rows = rows.into_iter();
    for size in bulk_sizes(rows.len(), ROWS_A_STATEMENT) {
        let sql = format!(
            "INSERT INTO contacts (key, {COLUMNS}) VALUES {} {replace}",
            placeholders(Parameters::Plain, size, 6),
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in rows.by_ref().take(size) {
            query = query
                .bind(key_text(row.key))
                .bind(day_text(row.day))
                .bind(row.start_ms)
                .bind(i64::from(row.settled))
                .bind(row.touched_ms)
                .bind(row.facts);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

impl WriteTx<'_> {
    /// All contacts of a local day.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn contacts_of_day(&mut self, day: Date) -> sqlx::Result<Vec<Contact>> {
        const READ: &str = "SELECT key, facts FROM contacts WHERE day = $1";
        let rows: Vec<(String, String)> = write!(self, |db| sqlx::query_as(READ)
            .bind(day.to_string())
            .fetch_all(db)
            .await)?;
        rows.into_iter()
            .map(|row| contact_of(row).map(|(_, contact)| contact))
            .collect()
    }

    /// The contacts of these keys, as far as they are known.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn load_contacts(
        &mut self,
        keys: &[ContactKey],
    ) -> sqlx::Result<HashMap<ContactKey, Contact>> {
        let keys: Vec<String> = keys.iter().copied().map(key_text).collect();
        let rows: Vec<(String, String)> = match &mut self.tx {
            Tx::Sqlite(tx) => {
                let list = serde_json::to_string(&keys)
                    .map_err(|error| sqlx::Error::Encode(error.into()))?;
                sqlx::query_as(
                    "SELECT key, facts FROM contacts \
                     WHERE key IN (SELECT value FROM json_each($1))",
                )
                .bind(list)
                .fetch_all(&mut **tx)
                .await?
            }
            Tx::Postgres(tx) => {
                sqlx::query_as("SELECT key, facts FROM contacts WHERE key = ANY($1)")
                    .bind(keys)
                    .fetch_all(&mut **tx)
                    .await?
            }
        };
        rows.into_iter().map(contact_of).collect()
    }

    /// Inserts or replaces rows.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_contacts(&mut self, mut rows: Vec<ContactRow>) -> sqlx::Result<()> {
        // Sorted, so that pages are met in their order.
        rows.sort_unstable_by_key(|row| row.key);
        match &mut self.tx {
            Tx::Sqlite(tx) => {
                let (in_place, moved): (Vec<_>, Vec<_>) =
                    rows.into_iter().partition(|row| row.is_in_place);
                save_on_sqlite(tx, moved, &REPLACE).await?;
                save_on_sqlite(tx, in_place, &REPLACE_IN_PLACE).await?;
            }
            Tx::Postgres(tx) => {
                let column = |value: fn(&ContactRow) -> i64| -> Vec<i64> {
                    rows.iter().map(value).collect()
                };
                sqlx::query(UPSERT_POSTGRES)
                    .bind(rows.iter().map(|row| key_text(row.key)).collect::<Vec<_>>())
                    .bind(rows.iter().map(|row| day_text(row.day)).collect::<Vec<_>>())
                    .bind(column(|row| row.start_ms))
                    .bind(column(|row| i64::from(row.settled)))
                    .bind(column(|row| row.touched_ms))
                    .bind(rows.into_iter().map(|row| row.facts).collect::<Vec<_>>())
                    .execute(&mut **tx)
                    .await?;
            }
        }
        Ok(())
    }

    /// Contacts without an end whose start lies at an instant or before.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn open_contacts_before(
        &mut self,
        before_ms: Millis,
    ) -> sqlx::Result<Vec<(ContactKey, Contact)>> {
        const READ: &str = "SELECT key, facts FROM contacts \
             WHERE settled = 0 AND day <> '' AND start_ms <= $1 ORDER BY start_ms LIMIT 10000";
        let rows: Vec<(String, String)> = write!(self, |db| sqlx::query_as(READ)
            .bind(before_ms)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(contact_of).collect()
    }
}

impl Store {
    /// What the live state is rebuilt from: contacts still open, and all that started since.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn contacts_since(
        &self,
        from_ms: Millis,
    ) -> sqlx::Result<Vec<(ContactKey, Contact)>> {
        const READ: &str = "SELECT key, facts FROM contacts WHERE settled = 0 OR start_ms >= $1";
        let rows: Vec<(String, String)> = read!(self, |db| sqlx::query_as(READ)
            .bind(from_ms)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(contact_of).collect()
    }

    /// The contacts that started in `[from, to)`, as far as their rows are still kept.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn contacts_between(
        &self,
        from_ms: Millis,
        to_ms: Millis,
    ) -> sqlx::Result<Vec<(ContactKey, Contact)>> {
        const READ: &str =
            "SELECT key, facts FROM contacts WHERE start_ms >= $1 AND start_ms < $2 AND day <> ''";
        let rows: Vec<(String, String)> = read!(self, |db| sqlx::query_as(READ)
            .bind(from_ms)
            .bind(to_ms)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(contact_of).collect()
    }

    /// How many contacts are kept without a start.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn orphans(&self) -> sqlx::Result<i64> {
        const READ: &str = "SELECT COUNT(*) FROM contacts WHERE day = ''";
        read!(self, |db| sqlx::query_scalar(READ).fetch_one(db).await)
    }
}
