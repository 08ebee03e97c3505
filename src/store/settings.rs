//! Settings as they were seen. Rows are added, never altered.

use jiff::civil::Date;

use super::desk::DeskTx;
use super::forecasts::{from_json, to_json};
use super::{Store, read, write};
use crate::domain::event::Millis;
use crate::domain::settings::Seen;

impl Store {
    /// Every setting that was ever seen, the earliest seen first.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn settings_seen(&self) -> sqlx::Result<Vec<Seen>> {
        const READ: &str = "SELECT subject, valid_from, setting FROM settings ORDER BY id";
        let rows: Vec<(String, String, String)> =
            read!(self, |db| sqlx::query_as(READ).fetch_all(db).await?);
        let seen = |(subject, day, setting): (String, String, String)| {
            let day = (!day.is_empty()).then(|| day.parse::<Date>());
            let valid_from = day.transpose();
            Ok(Seen {
                subject: from_json(&subject)?,
                valid_from: valid_from.map_err(|error| sqlx::Error::Decode(error.into()))?,
                setting: from_json(&setting)?,
            })
        };
        rows.into_iter().map(seen).collect()
    }
}

impl DeskTx {
    /// Adds settings to those that were seen.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_settings(&mut self, seen: &[Seen], now_ms: Millis) -> sqlx::Result<()> {
        const ADD: &str = "INSERT INTO settings (seen_ms, subject, valid_from, setting) \
             VALUES ($1, $2, $3, $4)";
        for one in seen {
            let subject = to_json(&one.subject)?;
            let setting = to_json(&one.setting)?;
            let day = one
                .valid_from
                .map_or_else(String::new, |day| day.to_string());
            write!(self, |db| {
                sqlx::query(ADD)
                    .bind(now_ms)
                    .bind(subject)
                    .bind(day)
                    .bind(setting)
                    .execute(db)
                    .await?;
            });
        }
        Ok(())
    }
}
