//! Facts of the installation and the tokens of its sources.

use super::{Store, read};
use crate::domain::event::Millis;

impl Store {
    /// The value of a name; `make` provides it the first time.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn meta_or(&self, name: &str, make: impl FnOnce() -> String) -> sqlx::Result<String> {
        const KEEP: &str =
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        const READ: &str = "SELECT value FROM meta WHERE name = $1";
        let value = make();
        read!(self, |db| {
            sqlx::query(KEEP).bind(name).bind(value).execute(db).await?;
            sqlx::query_scalar(READ).bind(name).fetch_one(db).await
        })
    }

    /// Records a token by its hash (hexadecimal SHA-256).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_token(&self, hash: &str, source: &str, now_ms: Millis) -> sqlx::Result<()> {
        const ADD: &str = "INSERT INTO tokens (hash, source, created_ms) VALUES ($1, $2, $3)";
        read!(self, |db| {
            sqlx::query(ADD)
                .bind(hash)
                .bind(source)
                .bind(now_ms)
                .execute(db)
                .await?;
            Ok(())
        })
    }

    /// Revokes all tokens of a source and says how many there were.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke_tokens(&self, source: &str, now_ms: Millis) -> sqlx::Result<u64> {
        const REVOKE: &str =
            "UPDATE tokens SET revoked_ms = $2 WHERE source = $1 AND revoked_ms IS NULL";
        read!(self, |db| {
            let done = sqlx::query(REVOKE)
                .bind(source)
                .bind(now_ms)
                .execute(db)
                .await?;
            Ok(done.rows_affected())
        })
    }

    /// All valid tokens: hash (hexadecimal) and source.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tokens(&self) -> sqlx::Result<Vec<(String, String)>> {
        const READ: &str = "SELECT hash, source FROM tokens WHERE revoked_ms IS NULL";
        read!(self, |db| sqlx::query_as(READ).fetch_all(db).await)
    }
}
