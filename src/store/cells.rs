//! Cells: tallies by interval and by local day.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, Row, Type};

use super::dialect::{CELL_COLUMNS, Parameters, bulk_sizes, placeholders, replace_on_conflict};
use super::writer::Tx;
use super::{Store, WriteTx, read, write};
use crate::domain::centre::Channel;
use crate::domain::event::{Millis, Place};
use crate::domain::period::{IntervalStart, Span};
use crate::domain::tally::{BINS, CellKey, Count, Histogram, Tally, Waits};

/// Rows of one bulk statement; times 36 columns it stays below every limit on parameters.
const ROWS_A_STATEMENT: usize = 64;

/// Columns of a row: three of its key, its counts and histograms, first and last change.
const COLUMNS: usize = 3 + Count::LEN + Waits::ALL.len() + 2;

static INTERVALS: LazyLock<Sql> = LazyLock::new(|| Sql::of("interval_cells", "start_secs"));
static DAYS: LazyLock<Sql> = LazyLock::new(|| Sql::of("day_cells", "day"));

/// The statements on one of the two tables.
struct Sql {
    insert: String,
    replace: String,
    by_range: String,
    by_list_sqlite: String,
    by_list_postgres: String,
}

impl Sql {
    fn of(table: &str, key: &str) -> Self {
        let columns = CELL_COLUMNS.as_str();
        // A row of four columns is read several times as fast as one of thirty-six.
        let select = format!(
            "SELECT {key}, line, channel, {TALLY}, first_ms FROM {table}",
            TALLY = *TALLY
        );
        Self {
            insert: format!(
                "INSERT INTO {table} ({key}, line, channel, {columns}, first_ms, changed_ms) VALUES"
            ),
            replace: replace_on_conflict(
                &format!("{key}, line, channel"),
                &format!("{columns}, changed_ms"),
            ),
            by_range: format!(
                "{select} WHERE {key} >= $1 AND {key} < $2 ORDER BY {key}, line, channel"
            ),
            by_list_sqlite: format!("{select} WHERE {key} IN (SELECT value FROM json_each($1))"),
            by_list_postgres: format!("{select} WHERE {key} = ANY($1)"),
        }
    }

    fn bulk(&self, parameters: Parameters, rows: usize) -> String {
        format!(
            "{} {} {}",
            self.insert,
            placeholders(parameters, rows, COLUMNS),
            self.replace
        )
    }
}

/// A tally as one text: its counts and histograms, separated by `;`.
static TALLY: LazyLock<String> =
    LazyLock::new(|| format!("concat_ws(';', {})", CELL_COLUMNS.as_str()));

/// A histogram as text: counts by bin, without the zeros at its end.
fn histogram_text(histogram: &Histogram) -> String {
    let used = histogram
        .0
        .iter()
        .rposition(|count| *count != 0)
        .map_or(0, |last| last + 1);
    let counts: Vec<String> = histogram.0[..used]
        .iter()
        .map(ToString::to_string)
        .collect();
    counts.join(",")
}

fn histogram_of(text: &str) -> sqlx::Result<Histogram> {
    let mut histogram = Histogram::default();
    if text.is_empty() {
        return Ok(histogram);
    }
    for (bin, count) in text.split(',').enumerate() {
        if bin >= BINS {
            return Err(sqlx::Error::Decode("a histogram with too many bins".into()));
        }
        histogram.0[bin] = count
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    }
    Ok(histogram)
}

/// Reads line, channel and tally: the columns after the key.
fn tally_of<'r, R>(row: &'r R) -> sqlx::Result<(Place, Tally)>
where
    R: Row,
    usize: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
{
    let channel: &str = row.try_get(2)?;
    let channel = Channel::from_name(channel)
        .ok_or_else(|| sqlx::Error::Decode(format!("unknown channel {channel}").into()))?;
    let line = row.try_get::<&str, _>(1)?.to_owned();
    let mut fields = row.try_get::<&str, _>(3)?.split(';');
    let mut next = || {
        let missing = || sqlx::Error::Decode("a tally with too few columns".into());
        fields.next().ok_or_else(missing)
    };
    let mut tally = Tally::default();
    for count in Count::ALL {
        let value = next()?.parse();
        tally.set(
            count,
            value.map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        );
    }
    for waits in Waits::ALL {
        *tally.waits_mut(waits) = histogram_of(next()?)?;
    }
    Ok((Place { line, channel }, tally))
}

pub(super) fn date_of(text: &str) -> sqlx::Result<Date> {
    Date::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

impl Store {
    /// Day cells of `[from, to)`, ordered by day, line and channel.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn day_cells(&self, from: Date, to: Date) -> sqlx::Result<Vec<(Date, Place, Tally)>> {
        read!(self, |db| {
            let rows = sqlx::query(AssertSqlSafe(DAYS.by_range.as_str()))
                .bind(from.to_string())
                .bind(to.to_string())
                .fetch_all(db)
                .await?;
            rows.iter()
                .map(|row| {
                    let (place, tally) = tally_of(row)?;
                    Ok((date_of(row.try_get(0)?)?, place, tally))
                })
                .collect()
        })
    }

    /// Interval cells of `[from, to)`, ordered by start, line and channel.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn interval_cells(
        &self,
        from: IntervalStart,
        to: IntervalStart,
    ) -> sqlx::Result<Vec<(IntervalStart, Place, Tally)>> {
        read!(self, |db| {
            let rows = sqlx::query(AssertSqlSafe(INTERVALS.by_range.as_str()))
                .bind(from.secs())
                .bind(to.secs())
                .fetch_all(db)
                .await?;
            rows.iter()
                .map(|row| {
                    let (place, tally) = tally_of(row)?;
                    let start = IntervalStart::containing(row.try_get::<i64, _>(0)? * 1_000);
                    Ok((start, place, tally))
                })
                .collect()
        })
    }

    /// The first and last local day with a cell.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn day_bounds(&self) -> sqlx::Result<Option<(Date, Date)>> {
        // Both in one SELECT, SQLite would walk through all days.
        const READ: &str = "SELECT (SELECT MIN(day) FROM day_cells), \
             (SELECT MAX(day) FROM day_cells)";
        let (first, last): (Option<String>, Option<String>) =
            read!(self, |db| sqlx::query_as(READ).fetch_one(db).await)?;
        match (first, last) {
            (Some(first), Some(last)) => Ok(Some((date_of(&first)?, date_of(&last)?))),
            _ => Ok(None),
        }
    }

    /// Days any of whose cells or facts changed at an instant or later; some of them several times.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn days_changed_since(&self, since_ms: Millis) -> sqlx::Result<Vec<Date>> {
        // With DISTINCT, SQLite would rather walk through all days in their order.
        const READ: &str = "SELECT day FROM day_cells WHERE changed_ms >= $1 \
             UNION ALL SELECT day FROM day_facts WHERE changed_ms >= $1";
        let rows: Vec<(String,)> = read!(self, |db| sqlx::query_as(READ)
            .bind(since_ms)
            .fetch_all(db)
            .await)?;
        rows.iter().map(|(day,)| date_of(day)).collect()
    }

    /// First and last change of the cells of each day of `[from, to)`: a day whose first count
    /// came before its close and that changed after it was revised.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn day_changes(
        &self,
        from: Date,
        to: Date,
    ) -> sqlx::Result<Vec<(Date, Millis, Millis)>> {
        const READ: &str = "SELECT day, MIN(first_ms), MAX(changed_ms) FROM day_cells \
             WHERE day >= $1 AND day < $2 GROUP BY day ORDER BY day";
        let rows: Vec<(String, i64, i64)> = read!(self, |db| {
            sqlx::query_as(READ)
                .bind(from.to_string())
                .bind(to.to_string())
                .fetch_all(db)
                .await
        })?;
        rows.into_iter()
            .map(|(day, first, last)| Ok((date_of(&day)?, first, last)))
            .collect()
    }
}

impl WriteTx<'_> {
    pub(super) async fn read_day(&mut self, day: Date) -> sqlx::Result<BTreeMap<Place, Tally>> {
        let next = day.saturating_add(1.day());
        write!(self, |db| {
            let rows = sqlx::query(AssertSqlSafe(DAYS.by_range.as_str()))
                .bind(day.to_string())
                .bind(next.to_string())
                .fetch_all(db)
                .await?;
            rows.iter().map(tally_of).collect()
        })
    }

    pub(super) async fn read_intervals(
        &mut self,
        span: Span,
    ) -> sqlx::Result<BTreeMap<(IntervalStart, Place), Tally>> {
        write!(self, |db| {
            let rows = sqlx::query(AssertSqlSafe(INTERVALS.by_range.as_str()))
                .bind(span.start_ms.div_euclid(1_000))
                .bind(span.end_ms.div_euclid(1_000))
                .fetch_all(db)
                .await?;
            rows.iter()
                .map(|row| {
                    let (place, tally) = tally_of(row)?;
                    let start = IntervalStart::containing(row.try_get::<i64, _>(0)? * 1_000);
                    Ok(((start, place), tally))
                })
                .collect()
        })
    }
}

/// A cell as it stands, with the instant of its first count.
type Standing<K> = BTreeMap<(K, Place), (Tally, Millis)>;

impl WriteTx<'_> {
    /// Adds tallies to their interval and day cells.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_to_cells(
        &mut self,
        deltas: &BTreeMap<CellKey, Tally>,
        now_ms: Millis,
    ) -> sqlx::Result<()> {
        let mut intervals: BTreeMap<(i64, Place), Tally> = BTreeMap::new();
        let mut days: BTreeMap<(String, Place), Tally> = BTreeMap::new();
        for (key, delta) in deltas.iter().filter(|(_, delta)| !delta.is_zero()) {
            *intervals
                .entry((key.interval.secs(), key.place.clone()))
                .or_default() += delta;
            *days
                .entry((key.day.to_string(), key.place.clone()))
                .or_default() += delta;
        }
        let starts: BTreeSet<i64> = intervals.keys().map(|(start, _)| *start).collect();
        let standing = self
            .standing(&INTERVALS, starts.into_iter().collect())
            .await?;
        self.save_cells(&INTERVALS, sum(intervals, standing, now_ms), now_ms)
            .await?;
        let dates: BTreeSet<String> = days.keys().map(|(day, _)| day.clone()).collect();
        let standing = self.standing(&DAYS, dates.into_iter().collect()).await?;
        self.save_cells(&DAYS, sum(days, standing, now_ms), now_ms)
            .await
    }

    /// Writes cells as they are given: for a sealed history and for a rebuild.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_cells(
        &mut self,
        cells: &BTreeMap<CellKey, Tally>,
        now_ms: Millis,
    ) -> sqlx::Result<()> {
        let mut intervals: Standing<i64> = BTreeMap::new();
        let mut days: Standing<String> = BTreeMap::new();
        for (key, tally) in cells {
            let interval = (key.interval.secs(), key.place.clone());
            intervals
                .entry(interval)
                .or_insert((Tally::default(), now_ms))
                .0 += tally;
            let day = (key.day.to_string(), key.place.clone());
            days.entry(day).or_insert((Tally::default(), now_ms)).0 += tally;
        }
        self.save_cells(&INTERVALS, intervals, now_ms).await?;
        self.save_cells(&DAYS, days, now_ms).await
    }

    /// Deletes the cells of a day, for a rebuild.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn clear_cells(
        &mut self,
        day: Date,
        from: IntervalStart,
        to: IntervalStart,
    ) -> sqlx::Result<()> {
        write!(self, |db| {
            sqlx::query("DELETE FROM day_cells WHERE day = $1")
                .bind(day.to_string())
                .execute(&mut *db)
                .await?;
            sqlx::query("DELETE FROM interval_cells WHERE start_secs >= $1 AND start_secs < $2")
                .bind(from.secs())
                .bind(to.secs())
                .execute(&mut *db)
                .await?;
        });
        Ok(())
    }

    /// The cells of these intervals or days as they stand.
    async fn standing<K>(&mut self, sql: &'static Sql, keys: Vec<K>) -> sqlx::Result<Standing<K>>
    where
        K: Ord + serde::Serialize + Send,
        K: for<'r> Decode<'r, sqlx::Sqlite> + Type<sqlx::Sqlite>,
        K: for<'r> Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>,
        Vec<K>: for<'q> sqlx::Encode<'q, sqlx::Postgres> + Type<sqlx::Postgres>,
    {
        let mut standing = BTreeMap::new();
        macro_rules! collect {
            ($rows:expr) => {
                for row in &$rows {
                    let (place, tally) = tally_of(row)?;
                    let first_ms = row.try_get("first_ms")?;
                    standing.insert((row.try_get(0)?, place), (tally, first_ms));
                }
            };
        }
        match &mut self.tx {
            Tx::Sqlite(tx) => {
                let list = serde_json::to_string(&keys)
                    .map_err(|error| sqlx::Error::Encode(error.into()))?;
                let query = sqlx::query(AssertSqlSafe(sql.by_list_sqlite.as_str())).bind(list);
                collect!(query.fetch_all(&mut **tx).await?);
            }
            Tx::Postgres(tx) => {
                let query = sqlx::query(AssertSqlSafe(sql.by_list_postgres.as_str())).bind(keys);
                collect!(query.fetch_all(&mut **tx).await?);
            }
        }
        Ok(standing)
    }

    async fn save_cells<K>(
        &mut self,
        sql: &'static Sql,
        cells: Standing<K>,
        now_ms: Millis,
    ) -> sqlx::Result<()>
    where
        K: Send + 'static,
        K: for<'q> sqlx::Encode<'q, sqlx::Sqlite> + Type<sqlx::Sqlite>,
        K: for<'q> sqlx::Encode<'q, sqlx::Postgres> + Type<sqlx::Postgres>,
    {
        let sizes = bulk_sizes(cells.len(), ROWS_A_STATEMENT);
        let parameters = match self.tx {
            Tx::Sqlite(_) => Parameters::Plain,
            Tx::Postgres(_) => Parameters::Numbered,
        };
        let mut cells = cells.into_iter();
        for size in sizes {
            let rows: Vec<_> = cells.by_ref().take(size).collect();
            write!(self, |db| {
                let mut query = sqlx::query(AssertSqlSafe(sql.bulk(parameters, size)));
                for ((key, place), (tally, first_ms)) in rows {
                    query = query.bind(key).bind(place.line).bind(place.channel.name());
                    for count in Count::ALL {
                        query = query.bind(tally.count(count));
                    }
                    for waits in Waits::ALL {
                        query = query.bind(histogram_text(tally.waits(waits)));
                    }
                    query = query.bind(first_ms).bind(now_ms);
                }
                query.execute(db).await?;
            });
        }
        Ok(())
    }
}

fn sum<K: Ord>(
    deltas: BTreeMap<(K, Place), Tally>,
    mut standing: Standing<K>,
    now_ms: Millis,
) -> Standing<K> {
    deltas
        .into_iter()
        .map(|(key, delta)| {
            let (mut tally, first_ms) = standing.remove(&key).unwrap_or((Tally::default(), now_ms));
            tally += &delta;
            (key, (tally, first_ms))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_reads_back_as_it_was_written() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram_text(&histogram), "");
        for wait_ms in [0, 7_000, 7_000, 700_000_000, i64::MAX] {
            histogram.record(wait_ms);
        }
        let text = histogram_text(&histogram);
        assert_eq!(histogram_of(&text).unwrap(), histogram);
        histogram.0[BINS - 1] = 0;
        assert!(!histogram_text(&histogram).ends_with(",0"));
        assert!(histogram_of("1,x").is_err());
    }
}
