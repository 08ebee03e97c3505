//! How far the growing files of sources are read.

use super::{Store, WriteTx, read, write};
use crate::domain::batch::Mark;

impl WriteTx<'_> {
    /// Keeps how far a source's file is read, with what was read from it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_mark(&mut self, source: &str, mark: &Mark) -> sqlx::Result<()> {
        const KEEP: &str = "INSERT INTO marks (source, file, read_bytes, line_ms, read_ms) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (source) DO UPDATE SET \
                 file = excluded.file, read_bytes = excluded.read_bytes, \
                 line_ms = excluded.line_ms, read_ms = excluded.read_ms";
        write!(self, |db| {
            sqlx::query(KEEP)
                .bind(source)
                .bind(&mark.file)
                .bind(mark.offset)
                .bind(mark.line_ms)
                .bind(mark.read_ms)
                .execute(db)
                .await?;
        });
        Ok(())
    }
}

impl Store {
    /// How far a source's file is read, if any of it ever was.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mark(&self, source: &str) -> sqlx::Result<Option<Mark>> {
        const READ: &str = "SELECT file, read_bytes, line_ms, read_ms FROM marks WHERE source = $1";
        let row: Option<(String, i64, i64, i64)> = read!(self, |db| sqlx::query_as(READ)
            .bind(source)
            .fetch_optional(db)
            .await)?;
        let mark = |(file, offset, line_ms, read_ms)| Mark {
            file,
            offset,
            line_ms,
            read_ms,
            after_gap: false,
        };
        Ok(row.map(mark))
    }
}
