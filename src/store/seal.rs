//! Retention: days whose contacts are deleted and whose cells are frozen under a hash.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::str::FromStr;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::writer::Tx;
use super::{Db, Store, WriteTx, read, write};
use crate::domain::event::{Millis, Place};
use crate::domain::period::{IntervalStart, Span};
use crate::domain::tally::{CellKey, Count, Tally, Waits};

/// The cells of one local day at both grains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayCells {
    /// By line and channel.
    pub day: BTreeMap<Place, Tally>,
    /// By interval, line and channel.
    pub intervals: BTreeMap<(IntervalStart, Place), Tally>,
}

impl DayCells {
    /// The same from contributions; cells that came back to nothing are left out.
    #[must_use]
    pub fn from_cells(cells: &BTreeMap<CellKey, Tally>) -> Self {
        let mut day = Self::default();
        for (key, tally) in cells {
            *day.day.entry(key.place.clone()).or_default() += tally;
            let interval = (key.interval, key.place.clone());
            *day.intervals.entry(interval).or_default() += tally;
        }
        day.without_zeros()
    }

    /// A cell that came back to nothing is the same as no cell.
    #[must_use]
    pub fn without_zeros(mut self) -> Self {
        self.day.retain(|_, tally| !tally.is_zero());
        self.intervals.retain(|_, tally| !tally.is_zero());
        self
    }

    /// SHA-256 (hexadecimal) over a text with one line for each cell, in order.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        let mut line = String::new();
        for (place, tally) in &self.day {
            canonical(&mut line, "day", place, tally);
            hasher.update(&line);
        }
        for ((start, place), tally) in &self.intervals {
            canonical(&mut line, start.secs(), place, tally);
            hasher.update(&line);
        }
        hex::encode(hasher.finalize())
    }
}

/// A cell as one line; the buffer is used again, since a day has hundreds of them.
fn canonical(line: &mut String, start: impl Display, place: &Place, tally: &Tally) {
    line.clear();
    // Writing to a String cannot fail.
    let _ = std::write!(line, "{start} {} {}", place.line, place.channel.name());
    for count in Count::ALL {
        let _ = std::write!(line, " {}", tally.count(count));
    }
    for waits in Waits::ALL {
        let mut separator = ' ';
        for count in tally.waits(waits).0 {
            let _ = std::write!(line, "{separator}{count}");
            separator = ',';
        }
    }
    line.push('\n');
}

fn dates(rows: Vec<(String,)>) -> sqlx::Result<Vec<Date>> {
    let date = |(text,): (String,)| {
        Date::from_str(&text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    };
    rows.into_iter().map(date).collect()
}

impl WriteTx<'_> {
    /// Days all of whose contacts have ended and were last touched before an instant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn days_to_seal(&mut self, touched_before_ms: Millis) -> sqlx::Result<Vec<Date>> {
        const READ: &str = "SELECT day FROM contacts WHERE day <> '' GROUP BY day \
             HAVING MIN(settled) = 1 AND MAX(touched_ms) < $1 ORDER BY day";
        dates(write!(self, |db| sqlx::query_as(READ)
            .bind(touched_before_ms)
            .fetch_all(db)
            .await)?)
    }

    /// Freezes a day under the hash of its cells and deletes its contacts.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn seal_day(&mut self, day: Date, hash: &str, now_ms: Millis) -> sqlx::Result<()> {
        write!(self, |db| {
            sqlx::query("INSERT INTO sealed_days (day, sealed_ms, hash) VALUES ($1, $2, $3)")
                .bind(day.to_string())
                .bind(now_ms)
                .bind(hash)
                .execute(&mut *db)
                .await?;
            sqlx::query("DELETE FROM contacts WHERE day = $1")
                .bind(day.to_string())
                .execute(&mut *db)
                .await?;
        });
        Ok(())
    }

    /// Deletes facts whose contact never got a start. Says how many contacts that were.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn expire_orphans(&mut self, touched_before_ms: Millis) -> sqlx::Result<u64> {
        const EXPIRE: &str = "DELETE FROM contacts WHERE day = '' AND touched_ms < $1";
        write!(self, |db| {
            Ok(sqlx::query(EXPIRE)
                .bind(touched_before_ms)
                .execute(db)
                .await?
                .rows_affected())
        })
    }

    /// Days that have contacts, counts or cells, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn known_days(&mut self) -> sqlx::Result<Vec<Date>> {
        const READ: &str = "SELECT day FROM contacts WHERE day <> '' \
             UNION SELECT day FROM volume_counts UNION SELECT day FROM day_cells ORDER BY day";
        dates(write!(self, |db| sqlx::query_as(READ).fetch_all(db).await)?)
    }

    /// Sealed days and their hashes.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sealed_days(&mut self) -> sqlx::Result<BTreeMap<Date, String>> {
        by_day(write!(self, |db| sqlx::query_as(READ_SEALED)
            .fetch_all(db)
            .await)?)
    }

    /// The cells of a day whose instants are `span`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn cells_of_day(&mut self, day: Date, span: Span) -> sqlx::Result<DayCells> {
        let intervals = self.read_intervals(span).await?;
        let days = self.read_day(day).await?;
        Ok(DayCells {
            day: days,
            intervals,
        }
        .without_zeros())
    }
}

const READ_SEALED: &str = "SELECT day, hash FROM sealed_days";

fn by_day(rows: Vec<(String, String)>) -> sqlx::Result<BTreeMap<Date, String>> {
    rows.into_iter()
        .map(|(day, hash)| {
            let day = Date::from_str(&day).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok((day, hash))
        })
        .collect()
}

impl Store {
    /// Sealed days and their hashes.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sealed_days(&self) -> sqlx::Result<BTreeMap<Date, String>> {
        by_day(read!(self, |db| sqlx::query_as(READ_SEALED)
            .fetch_all(db)
            .await)?)
    }

    /// A view of everything as it is at one instant, whatever is written meanwhile.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn snapshot(&self) -> sqlx::Result<WriteTx<'static>> {
        let tx = match &self.db {
            Db::Sqlite { pool, .. } => Tx::Sqlite(pool.begin().await?),
            Db::Postgres { pool, .. } => Tx::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ")
                    .await?,
            ),
        };
        Ok(WriteTx { tx })
    }
}
