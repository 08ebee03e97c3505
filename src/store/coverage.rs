//! Coverage: for which time a source is known to have reported.

use super::{Store, WriteTx, read, write};
use crate::domain::event::Millis;
use crate::domain::period::Span;

/// How a stretch of time came to be covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageKind {
    /// By signs of life.
    Live,
    /// By an import, whole local days.
    Import,
}

impl CoverageKind {
    fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Import => "import",
        }
    }
}

/// First and last instant that a source covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Id of the source.
    pub source: String,
    /// By signs of life, or imported.
    pub live: bool,
    /// From its first coverage to its last.
    pub span: Span,
}

impl WriteTx<'_> {
    /// Adds a span, or moves the end of the one that starts at the same instant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn cover(
        &mut self,
        source: &str,
        kind: CoverageKind,
        span: Span,
    ) -> sqlx::Result<()> {
        const COVER: &str = "INSERT INTO coverage (source, kind, from_ms, to_ms) \
             VALUES ($1, $2, $3, $4) \
             ON CONFLICT (source, kind, from_ms) DO UPDATE SET to_ms = excluded.to_ms \
             WHERE coverage.to_ms < excluded.to_ms";
        write!(self, |db| {
            sqlx::query(COVER)
                .bind(source)
                .bind(kind.name())
                .bind(span.start_ms)
                .bind(span.end_ms)
                .execute(db)
                .await?;
        });
        Ok(())
    }
}

impl Store {
    /// Spans that overlap `[from_ms, to_ms)`, by source and start.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn coverage(
        &self,
        from_ms: Millis,
        to_ms: Millis,
    ) -> sqlx::Result<Vec<(String, Span)>> {
        const READ: &str = "SELECT source, from_ms, to_ms FROM coverage \
             WHERE from_ms < $2 AND to_ms > $1 ORDER BY source, from_ms";
        let rows: Vec<(String, i64, i64)> = read!(self, |db| {
            sqlx::query_as(READ)
                .bind(from_ms)
                .bind(to_ms)
                .fetch_all(db)
                .await
        })?;
        let span = |(source, start_ms, end_ms)| (source, Span { start_ms, end_ms });
        Ok(rows.into_iter().map(span).collect())
    }

    /// From when to when each source was heard, live and by import.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn coverage_extents(&self) -> sqlx::Result<Vec<Extent>> {
        const READ: &str = "SELECT source, kind, MIN(from_ms), MAX(to_ms) FROM coverage \
             GROUP BY source, kind ORDER BY source, kind";
        let rows: Vec<(String, String, i64, i64)> =
            read!(self, |db| sqlx::query_as(READ).fetch_all(db).await)?;
        let extent = |(source, kind, start_ms, end_ms): (_, String, _, _)| Extent {
            source,
            live: kind == CoverageKind::Live.name(),
            span: Span { start_ms, end_ms },
        };
        Ok(rows.into_iter().map(extent).collect())
    }

    /// The newest live span of each source, to be continued by its next sign of life.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn last_live_spans(&self) -> sqlx::Result<Vec<(String, Span)>> {
        const READ: &str = "SELECT source, from_ms, to_ms FROM coverage AS c \
             WHERE kind = 'live' AND from_ms = (SELECT MAX(from_ms) FROM coverage AS d \
                 WHERE d.kind = 'live' AND d.source = c.source)";
        let rows: Vec<(String, i64, i64)> =
            read!(self, |db| sqlx::query_as(READ).fetch_all(db).await)?;
        let span = |(source, start_ms, end_ms)| (source, Span { start_ms, end_ms });
        Ok(rows.into_iter().map(span).collect())
    }
}
