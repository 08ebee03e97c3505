//! What sources say about themselves, and the account of what came in.

use super::{Store, WriteTx, read, write};
use crate::domain::event::Millis;

/// What was received from one source on one UTC day, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestCount {
    /// Everything that came in: the sum of the rest.
    pub received: i64,
    /// Changed a contact, or recorded a signal.
    pub counted: i64,
    /// Changed nothing.
    pub duplicate: i64,
    /// Kept without the start of their contact.
    pub orphaned: i64,
    /// Refused.
    pub rejected: i64,
}

impl WriteTx<'_> {
    /// Records how many people were logged in. False if that was known.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn report_capacity(
        &mut self,
        source: &str,
        line: &str,
        at_ms: Millis,
        staffed: i64,
    ) -> sqlx::Result<bool> {
        const REPORT: &str = "INSERT INTO capacity_reports (source, line, at_ms, staffed) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (source, line, at_ms) DO UPDATE \
             SET staffed = excluded.staffed WHERE capacity_reports.staffed < excluded.staffed";
        write!(self, |db| {
            let done = sqlx::query(REPORT)
                .bind(source)
                .bind(line)
                .bind(at_ms)
                .bind(staffed)
                .execute(db)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Adds to the account of a source.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_ingest_count(
        &mut self,
        day: &str,
        source: &str,
        count: &IngestCount,
    ) -> sqlx::Result<()> {
        const ADD: &str = "INSERT INTO ingest_counts \
             (day, source, received, counted, duplicate, orphaned, rejected) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (day, source) DO UPDATE SET \
                 received = ingest_counts.received + excluded.received, \
                 counted = ingest_counts.counted + excluded.counted, \
                 duplicate = ingest_counts.duplicate + excluded.duplicate, \
                 orphaned = ingest_counts.orphaned + excluded.orphaned, \
                 rejected = ingest_counts.rejected + excluded.rejected";
        write!(self, |db| {
            sqlx::query(ADD)
                .bind(day)
                .bind(source)
                .bind(count.received)
                .bind(count.counted)
                .bind(count.duplicate)
                .bind(count.orphaned)
                .bind(count.rejected)
                .execute(db)
                .await?;
        });
        Ok(())
    }
}

impl Store {
    /// What came in from each source in all, and what became of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ingest_counts(&self) -> sqlx::Result<Vec<(String, IngestCount)>> {
        const READ: &str = "SELECT source, CAST(SUM(received) AS BIGINT), \
             CAST(SUM(counted) AS BIGINT), CAST(SUM(duplicate) AS BIGINT), \
             CAST(SUM(orphaned) AS BIGINT), CAST(SUM(rejected) AS BIGINT) \
             FROM ingest_counts GROUP BY source ORDER BY source";
        let rows: Vec<(String, i64, i64, i64, i64, i64)> =
            read!(self, |db| sqlx::query_as(READ).fetch_all(db).await)?;
        Ok(rows
            .into_iter()
            .map(
                |(source, received, counted, duplicate, orphaned, rejected)| {
                    (
                        source,
                        IngestCount {
                            received,
                            counted,
                            duplicate,
                            orphaned,
                            rejected,
                        },
                    )
                },
            )
            .collect())
    }

    /// What came in from all sources on the UTC days before one (`2026-11-22`).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ingest_count_before(&self, day: &str) -> sqlx::Result<IngestCount> {
        const READ: &str = "SELECT CAST(COALESCE(SUM(received), 0) AS BIGINT), \
             CAST(COALESCE(SUM(counted), 0) AS BIGINT), \
             CAST(COALESCE(SUM(duplicate), 0) AS BIGINT), \
             CAST(COALESCE(SUM(orphaned), 0) AS BIGINT), \
             CAST(COALESCE(SUM(rejected), 0) AS BIGINT) FROM ingest_counts WHERE day < $1";
        let row: (i64, i64, i64, i64, i64) = read!(self, |db| sqlx::query_as(READ)
            .bind(day)
            .fetch_one(db)
            .await)?;
        let (received, counted, duplicate, orphaned, rejected) = row;
        Ok(IngestCount {
            received,
            counted,
            duplicate,
            orphaned,
            rejected,
        })
    }

    /// Capacity reports since an instant, earliest first: source, line, instant, people.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn capacity_since(
        &self,
        from_ms: Millis,
    ) -> sqlx::Result<Vec<(String, String, Millis, i64)>> {
        const READ: &str = "SELECT source, line, at_ms, staffed FROM capacity_reports \
             WHERE at_ms >= $1 ORDER BY at_ms";
        read!(self, |db| sqlx::query_as(READ)
            .bind(from_ms)
            .fetch_all(db)
            .await)
    }
}
