//! Complaints whose contact's day is sealed: a row of their own until they are over.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::contacts::{contact_of, key_text};
use super::writer::Tx;
use super::{WriteTx, write};
use crate::domain::contact::Contact;
use crate::domain::event::{ContactKey, Millis};
use crate::domain::facts::keep_until_ms;

/// Contacts that anything followed, or of which a site was told, by the names of their facts:
/// quicker than to read them all.
const FOLLOWED: &str = "(facts LIKE '%\"surveyed\":%' OR facts LIKE '%\"csat\":%' \
     OR facts LIKE '%\"nps\":%' OR facts LIKE '%\"ces\":%' OR facts LIKE '%\"complaint_%' \
     OR facts LIKE '%\"site\":%')";

impl WriteTx<'_> {
    /// Keeps complaints, each until it may go.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_complaints(
        &mut self,
        complaints: &[(ContactKey, Contact)],
    ) -> sqlx::Result<()> {
        const KEEP: &str = "\
            INSERT INTO complaints (key, keep_until_ms, facts) VALUES ($1, $2, $3) \
            ON CONFLICT (key) DO UPDATE SET keep_until_ms = excluded.keep_until_ms, \
                facts = excluded.facts";
        for (key, complaint) in complaints {
            let facts = serde_json::to_string(complaint)
                .map_err(|error| sqlx::Error::Encode(error.into()))?;
            write!(self, |db| sqlx::query(KEEP)
                .bind(key_text(*key))
                .bind(keep_until_ms(complaint))
                .bind(facts)
                .execute(db)
                .await
                .map(|_| ()))?;
        }
        Ok(())
    }

    /// The complaints of these keys, as far as they are kept.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn load_complaints(
        &mut self,
        keys: &[ContactKey],
    ) -> sqlx::Result<HashMap<ContactKey, Contact>> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let keys: Vec<String> = keys.iter().copied().map(key_text).collect();
        let rows: Vec<(String, String)> = match &mut self.tx {
            Tx::Sqlite(tx) => {
                let list = serde_json::to_string(&keys)
                    .map_err(|error| sqlx::Error::Encode(error.into()))?;
                sqlx::query_as(
                    "SELECT key, facts FROM complaints \
                     WHERE key IN (SELECT value FROM json_each($1))",
                )
                .bind(list)
                .fetch_all(&mut **tx)
                .await?
            }
            Tx::Postgres(tx) => {
                sqlx::query_as("SELECT key, facts FROM complaints WHERE key = ANY($1)")
                    .bind(keys)
                    .fetch_all(&mut **tx)
                    .await?
            }
        };
        rows.into_iter().map(contact_of).collect()
    }

    /// All complaints that are kept.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn complaints(&mut self) -> sqlx::Result<Vec<(ContactKey, Contact)>> {
        const READ: &str = "SELECT key, facts FROM complaints";
        let rows: Vec<(String, String)> =
            write!(self, |db| sqlx::query_as(READ).fetch_all(db).await)?;
        rows.into_iter().map(contact_of).collect()
    }

    /// Deletes the complaints that need not be kept any more, and says which.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn take_complaints_until(
        &mut self,
        now_ms: Millis,
    ) -> sqlx::Result<Vec<(ContactKey, Contact)>> {
        const TAKE: &str = "DELETE FROM complaints WHERE keep_until_ms <= $1 RETURNING key, facts";
        let rows: Vec<(String, String)> = write!(self, |db| sqlx::query_as(TAKE)
            .bind(now_ms)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(contact_of).collect()
    }

    /// The contacts of a local day that anything followed, or of which a site was told.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn followed_contacts(
        &mut self,
        day: jiff::civil::Date,
    ) -> sqlx::Result<Vec<(ContactKey, Contact)>> {
        let sql = format!("SELECT key, facts FROM contacts WHERE day = $1 AND {FOLLOWED}");
        let rows: Vec<(String, String)> =
            write!(self, |db| sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(day.to_string())
                .fetch_all(db)
                .await)?;
        rows.into_iter().map(contact_of).collect()
    }
}
