//! What follows contacts, by day: surveys and complaints (`domain::facts`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use super::cells::date_of;
use super::dialect::{Parameters, bulk_sizes, placeholders};
use super::writer::Tx;
use super::{Store, WriteTx, read, write};
use crate::domain::centre::Channel;
use crate::domain::event::{Millis, Place};
use crate::domain::facts::{DayFact, DayFacts, FactKey};

/// Rows of one bulk statement.
const ROWS_A_STATEMENT: usize = 64;

/// A change of the frozen part alone changes nothing that is shown.
const ADD: &str = "\
    ON CONFLICT (day, line, channel, name) DO UPDATE SET \
        value = day_facts.value + excluded.value, \
        frozen = day_facts.frozen + excluded.frozen, \
        changed_ms = CASE WHEN excluded.value = 0 THEN day_facts.changed_ms \
            ELSE excluded.changed_ms END";

/// A count as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptFact {
    /// The count.
    pub value: i64,
    /// The part of it whose contacts and complaints are deleted.
    pub frozen: i64,
}

/// A count of a line, whatever the channel, and when it last changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedFact {
    /// The local day.
    pub day: Date,
    /// Id of the line.
    pub line: String,
    /// What was counted.
    pub fact: DayFact,
    /// How often.
    pub value: i64,
    /// When that last changed.
    pub changed_ms: Millis,
}

fn fact_of(name: &str) -> sqlx::Result<DayFact> {
    let unknown = || sqlx::Error::Decode(format!("unknown fact {name}").into());
    DayFact::from_name(name).ok_or_else(unknown)
}

fn place_of(line: String, channel: &str) -> sqlx::Result<Place> {
    let unknown = || sqlx::Error::Decode(format!("unknown channel {channel}").into());
    let channel = Channel::from_name(channel).ok_or_else(unknown)?;
    Ok(Place { line, channel })
}

/// SHA-256 (hexadecimal) over a text with one line for each frozen count, in order; none if
/// nothing is frozen.
#[must_use]
pub fn hash_of_frozen(facts: &BTreeMap<FactKey, KeptFact>) -> Option<String> {
    let mut text = String::new();
    for (key, kept) in facts.iter().filter(|(_, kept)| kept.frozen != 0) {
        let Place { line, channel } = &key.place;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{line} {} {} {}",
            channel.name(),
            key.fact,
            kept.frozen
        );
    }
    (!text.is_empty()).then(|| hex::encode(Sha256::digest(&text)))
}

impl WriteTx<'_> {
    /// Adds to the counts.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_facts(&mut self, deltas: &DayFacts, now_ms: Millis) -> sqlx::Result<()> {
        let changed = deltas.iter().filter(|(_, delta)| **delta != 0);
        let value = |delta: &i64| KeptFact {
            value: *delta,
            frozen: 0,
        };
        let rows = changed.map(|(key, delta)| (key, value(delta))).collect();
        self.upsert_facts(rows, now_ms).await
    }

    /// Freezes parts of the counts: what counted them is about to be deleted.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn freeze_facts(&mut self, frozen: &DayFacts, now_ms: Millis) -> sqlx::Result<()> {
        let changed = frozen.iter().filter(|(_, part)| **part != 0);
        let part = |part: &i64| KeptFact {
            value: 0,
            frozen: *part,
        };
        let rows: Vec<_> = changed.map(|(key, frozen)| (key, part(frozen))).collect();
        let days: BTreeSet<Date> = rows.iter().map(|(key, _)| key.day).collect();
        self.upsert_facts(rows, now_ms).await?;
        for day in days {
            let hash = hash_of_frozen(&self.facts_of_day(day).await?);
            write!(self, |db| sqlx::query(
                "INSERT INTO frozen_facts (day, hash) VALUES ($1, $2) \
                 ON CONFLICT (day) DO UPDATE SET hash = excluded.hash"
            )
            .bind(day.to_string())
            .bind(hash)
            .execute(db)
            .await
            .map(|_| ()))?;
        }
        Ok(())
    }

    async fn upsert_facts(
        &mut self,
        rows: Vec<(&FactKey, KeptFact)>,
        now_ms: Millis,
    ) -> sqlx::Result<()> {
        let parameters = match self.tx {
            Tx::Sqlite(_) => Parameters::Plain,
            Tx::Postgres(_) => Parameters::Numbered,
        };
        let sizes = bulk_sizes(rows.len(), ROWS_A_STATEMENT);
        let mut rows = rows.into_iter();
        for size in sizes {
            let values = placeholders(parameters, size, 7);
            let sql = format!(
                "INSERT INTO day_facts (day, line, channel, name, value, frozen, changed_ms) \
                 VALUES {values} {ADD}"
            );
            let rows: Vec<_> = rows.by_ref().take(size).collect();
            write!(self, |db| {
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for (key, kept) in rows {
                    query = query
                        .bind(key.day.to_string())
                        .bind(key.place.line.clone())
                        .bind(key.place.channel.name())
                        .bind(key.fact.to_string())
                        .bind(kept.value)
                        .bind(kept.frozen)
                        .bind(now_ms);
                }
                query.execute(db).await?;
            });
        }
        Ok(())
    }

    /// The counts of a day; those that came back to nothing are there too.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn facts_of_day(&mut self, day: Date) -> sqlx::Result<BTreeMap<FactKey, KeptFact>> {
        const READ: &str =
            "SELECT line, channel, name, value, frozen FROM day_facts WHERE day = $1";
        let rows: Vec<(String, String, String, i64, i64)> =
            write!(self, |db| sqlx::query_as(READ)
                .bind(day.to_string())
                .fetch_all(db)
                .await)?;
        let read = |(line, channel, name, value, frozen): (String, String, String, i64, i64)| {
            let key = FactKey {
                day,
                place: place_of(line, &channel)?,
                fact: fact_of(&name)?,
            };
            Ok((key, KeptFact { value, frozen }))
        };
        rows.into_iter().map(read).collect()
    }

    /// The days that have counts, oldest first, each with the hash of what was frozen of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn days_of_facts(&mut self) -> sqlx::Result<BTreeMap<Date, Option<String>>> {
        const READ: &str = "SELECT f.day, z.hash FROM (SELECT DISTINCT day FROM day_facts) f \
             LEFT JOIN frozen_facts z ON z.day = f.day \
             UNION SELECT day, hash FROM frozen_facts";
        let rows: Vec<(String, Option<String>)> =
            write!(self, |db| sqlx::query_as(READ).fetch_all(db).await)?;
        let read = |(day, hash): (String, Option<String>)| Ok((date_of(&day)?, hash));
        rows.into_iter().map(read).collect()
    }
}

/// What is read of a day and line at once: name, count and last change of each of its facts,
/// separated by `=`, one after another with a space between. A row for each would cost more than
/// all the rest.
const OF_LINE: &str = "string_agg(concat_ws('=', name, value, changed_ms), ' ')";

/// Reads the facts of a line as [`OF_LINE`] puts them; those of several channels are added.
fn facts_of_line(text: &str) -> sqlx::Result<BTreeMap<DayFact, (i64, Millis)>> {
    let wrong = || sqlx::Error::Decode(format!("not a fact: {text}").into());
    let mut facts: BTreeMap<DayFact, (i64, Millis)> = BTreeMap::new();
    for part in text.split(' ') {
        let mut fields = part.split('=');
        let name = fields.next().ok_or_else(wrong)?;
        let mut number = || fields.next()?.parse::<i64>().ok();
        let (value, changed_ms) = number().zip(number()).ok_or_else(wrong)?;
        let counted = facts.entry(fact_of(name)?).or_insert((0, changed_ms));
        counted.0 += value;
        counted.1 = counted.1.max(changed_ms);
    }
    Ok(facts)
}

impl Store {
    /// The last change of any count of the days `[from, to)`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn newest_fact(&self, from: Date, to: Date) -> sqlx::Result<Option<Millis>> {
        const READ: &str = "SELECT MAX(changed_ms) FROM day_facts WHERE day >= $1 AND day < $2";
        let (newest_ms,): (Option<i64>,) = read!(self, |db| {
            sqlx::query_as(READ)
                .bind(from.to_string())
                .bind(to.to_string())
                .fetch_one(db)
                .await
        })?;
        Ok(newest_ms)
    }

    /// The counts of the days `[from, to)`, ordered by day and line; also those that came back to
    /// nothing.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn day_facts(&self, from: Date, to: Date) -> sqlx::Result<Vec<CountedFact>> {
        let sql = format!(
            "SELECT day, line, {OF_LINE} FROM day_facts WHERE day >= $1 AND day < $2 \
             GROUP BY day, line ORDER BY day, line"
        );
        let rows: Vec<(String, String, String)> = read!(self, |db| {
            sqlx::query_as(AssertSqlSafe(sql))
                .bind(from.to_string())
                .bind(to.to_string())
                .fetch_all(db)
                .await
        })?;
        let mut counted = Vec::new();
        for (day, line, facts) in rows {
            let day = date_of(&day)?;
            let facts = facts_of_line(&facts)?.into_iter();
            counted.extend(facts.map(|(fact, (value, changed_ms))| CountedFact {
                day,
                line: line.clone(),
                fact,
                value,
                changed_ms,
            }));
        }
        Ok(counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_several_channels_are_added() {
        let text = "csat:4=2=10 complaints_opened:other=1=30 csat:4=3=20";
        let facts = facts_of_line(text).unwrap();
        assert_eq!(facts[&DayFact::from_name("csat:4").unwrap()], (5, 20));
        assert_eq!(facts.len(), 2);
        for wrong in ["", "csat:4", "csat:4=1", "csat:9=1=1", "csat:4=x=1"] {
            assert!(facts_of_line(wrong).is_err(), "{wrong}");
        }
    }
}
