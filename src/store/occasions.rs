//! Occasions: what explains demand.

use super::desk::DeskTx;
use super::forecasts::{from_json, to_json};
use super::{Store, read, write};
use crate::domain::occasion::Occasion;

impl Store {
    /// All occasions, the earliest first, cancelled ones too.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn occasions(&self) -> sqlx::Result<Vec<Occasion>> {
        const READ: &str = "SELECT facts FROM occasions ORDER BY start_ms, id";
        let rows: Vec<String> = read!(self, |db| sqlx::query_scalar(READ).fetch_all(db).await?);
        rows.iter().map(|facts| from_json(facts)).collect()
    }
}

impl DeskTx {
    /// The occasion of an id, which nobody else changes until this write ends.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub async fn occasion(&mut self, id: &str) -> sqlx::Result<Option<Occasion>> {
        // PostgreSQL must be told; of SQLite's writes there is one at a time.
        const READ: &str = "UPDATE occasions SET facts = facts WHERE id = $1 RETURNING facts";
        let row: Option<String> = write!(self, |db| {
            let query = sqlx::query_scalar(READ).bind(id);
            query.fetch_optional(db).await?
        });
        row.map(|facts| from_json(&facts)).transpose()
    }

    /// Writes an occasion, in place of the one of the same id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_occasion(&mut self, occasion: &Occasion) -> sqlx::Result<()> {
        const PUT: &str = "INSERT INTO occasions (id, start_ms, end_ms, facts) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET \
             start_ms = excluded.start_ms, end_ms = excluded.end_ms, facts = excluded.facts";
        let facts = to_json(occasion)?;
        write!(self, |db| {
            sqlx::query(PUT)
                .bind(occasion.id.as_str())
                .bind(occasion.facts.start_ms)
                .bind(occasion.facts.end_ms)
                .bind(facts)
                .execute(db)
                .await?;
            Ok(())
        })
    }
}
