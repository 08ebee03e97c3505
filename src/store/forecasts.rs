//! Forecasts as they were issued, and their scores.

use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Store, WriteTx, read, write};
use crate::domain::card::{Issued, Score};

/// Of which forecasts a score is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScoreKey {
    /// The local day that was forecast.
    pub day: Date,
    /// Id of the line.
    pub line: String,
    /// Issued so many days before; [`SHOWN`] for the ranges that were shown to those who called.
    pub lead: i64,
}

/// The lead of the ranges that were shown to those who called.
pub const SHOWN: i64 = -1;

impl WriteTx<'_> {
    /// Keeps a forecast. What was issued is never altered: a second one of the same day is not
    /// kept. False then.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_forecast(&mut self, issued: &Issued) -> sqlx::Result<bool> {
        const KEEP: &str = "INSERT INTO forecasts (line, day, issued_ms, facts) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (line, day) DO NOTHING";
        let facts = to_json(issued)?;
        write!(self, |db| {
            let done = sqlx::query(KEEP)
                .bind(issued.line.as_str())
                .bind(issued.day.to_string())
                .bind(issued.issued_ms)
                .bind(facts)
                .execute(db)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Deletes the forecasts that were issued before a day: all their slots are scored.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_forecasts(&mut self, before: Date) -> sqlx::Result<()> {
        const FORGET: &str = "DELETE FROM forecasts WHERE day < $1";
        write!(self, |db| {
            sqlx::query(FORGET)
                .bind(before.to_string())
                .execute(db)
                .await?;
            Ok(())
        })
    }

    /// Writes a score, in place of an earlier one: late events change what came.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_score(&mut self, key: &ScoreKey, score: &Score) -> sqlx::Result<()> {
        const PUT: &str = "INSERT INTO forecast_scores (day, line, lead, facts) \
             VALUES ($1, $2, $3, $4) \
             ON CONFLICT (day, line, lead) DO UPDATE SET facts = excluded.facts";
        let facts = to_json(score)?;
        write!(self, |db| {
            sqlx::query(PUT)
                .bind(key.day.to_string())
                .bind(key.line.as_str())
                .bind(key.lead)
                .bind(facts)
                .execute(db)
                .await?;
            Ok(())
        })
    }
}

impl Store {
    /// The forecasts issued from `from` to before `to`, by day and line.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn forecasts(&self, from: Date, to: Date) -> sqlx::Result<Vec<Issued>> {
        const READ: &str =
            "SELECT facts FROM forecasts WHERE day >= $1 AND day < $2 ORDER BY day, line";
        let (from, to) = (from.to_string(), to.to_string());
        let rows: Vec<String> = read!(self, |db| {
            let query = sqlx::query_scalar(READ).bind(from).bind(to);
            query.fetch_all(db).await?
        });
        rows.iter().map(|facts| from_json(facts)).collect()
    }

    /// The scores of the days from `from` to before `to`, by day, line and lead.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn scores(&self, from: Date, to: Date) -> sqlx::Result<Vec<(ScoreKey, Score)>> {
        const READ: &str = "SELECT day, line, lead, facts FROM forecast_scores \
             WHERE day >= $1 AND day < $2 ORDER BY day, line, lead";
        let (from, to) = (from.to_string(), to.to_string());
        let rows: Vec<(String, String, i64, String)> = read!(self, |db| {
            sqlx::query_as(READ)
                .bind(from)
                .bind(to)
                .fetch_all(db)
                .await?
        });
        let scored = |(day, line, lead, facts): (String, String, i64, String)| {
            let day = day.parse();
            let day = day.map_err(|error: jiff::Error| sqlx::Error::Decode(error.into()))?;
            Ok((ScoreKey { day, line, lead }, from_json(&facts)?))
        };
        rows.into_iter().map(scored).collect()
    }
}

pub(super) fn to_json(value: &impl Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> sqlx::Result<T> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}
