//! What belongs to editions beside the log: the rules of the calendar, drafts, who saw them, and
//! signatures. Rows are added, never altered; whoever comes second changes nothing.

use jiff::civil::{Date, Time, Weekday};

use super::desk::DeskTx;
use super::forecasts::{from_json, to_json};
use super::writer::Tx;
use super::{Store, read, write};
use crate::domain::centre::Text;
use crate::domain::edition::version::Seen;
use crate::domain::edition::{IsoWeek, Rule};
use crate::domain::event::Millis;
use crate::domain::log::Leaf;

/// A draft: the facts of a week, frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The week.
    pub week: IsoWeek,
    /// SHA-256 of the facts, hexadecimal: they are among the documents.
    pub facts: String,
    /// When it was made.
    pub made_ms: Millis,
}

/// A signature under the facts of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The week.
    pub week: IsoWeek,
    /// The account.
    pub account: String,
    /// The public name.
    pub name: Text,
    /// The comment as it was typed.
    pub comment: Option<String>,
    /// When.
    pub signed_ms: Millis,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what} cannot be read").into())
}

fn week_of(text: &str) -> sqlx::Result<IsoWeek> {
    text.parse().map_err(|_| unreadable("a week"))
}

const READ_SIGNATURE: &str =
    "SELECT account, name, comment, signed_ms FROM edition_signatures WHERE week = $1";

type SignatureRow = (String, String, Option<String>, i64);

fn signature(week: IsoWeek, row: SignatureRow) -> sqlx::Result<Signature> {
    let (account, name, comment, signed_ms) = row;
    Ok(Signature {
        week,
        account,
        name: from_json(&name)?,
        comment,
        signed_ms,
    })
}

type RuleRow = (String, String, i64, i64, i64);

fn rule((since, from, weekday, minute, grace_hours): RuleRow) -> sqlx::Result<(IsoWeek, Rule)> {
    let weekday = i8::try_from(weekday).ok();
    let weekday = weekday.and_then(|day| Weekday::from_monday_zero_offset(day).ok());
    let hour = i8::try_from(minute / 60).ok();
    let time = hour.zip(i8::try_from(minute % 60).ok());
    let time = time.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
    let rule = Rule {
        from: from.parse().map_err(|_| unreadable("the day of a rule"))?,
        weekday: weekday.ok_or_else(|| unreadable("the weekday of a rule"))?,
        time: time.ok_or_else(|| unreadable("the time of a rule"))?,
        grace_hours,
    };
    Ok((week_of(&since)?, rule))
}

impl Store {
    /// The first week with a slot and all rules, in the order in which they were recorded; none
    /// while there is no rule.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn release_rules(&self) -> sqlx::Result<Option<(IsoWeek, Vec<Rule>)>> {
        const READ: &str = "SELECT since, from_day, weekday, minute, grace_hours \
             FROM release_rules ORDER BY number";
        let rows: Vec<RuleRow> = read!(self, |db| sqlx::query_as(READ).fetch_all(db).await?);
        let all: Vec<(IsoWeek, Rule)> = rows.into_iter().map(rule).collect::<sqlx::Result<_>>()?;
        let since = all.first().map(|(since, _)| *since);
        Ok(since.map(|since| (since, all.into_iter().map(|(_, rule)| rule).collect())))
    }

    /// All drafts, the earliest week first.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn drafts(&self) -> sqlx::Result<Vec<Draft>> {
        const READ: &str = "SELECT week, facts, made_ms FROM edition_drafts ORDER BY week";
        let rows: Vec<(String, String, i64)> =
            read!(self, |db| sqlx::query_as(READ).fetch_all(db).await?);
        let draft = |(week, facts, made_ms): (String, String, i64)| {
            Ok(Draft {
                week: week_of(&week)?,
                facts,
                made_ms,
            })
        };
        rows.into_iter().map(draft).collect()
    }

    /// The draft of a week.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub async fn draft(&self, week: IsoWeek) -> sqlx::Result<Option<Draft>> {
        const READ: &str = "SELECT facts, made_ms FROM edition_drafts WHERE week = $1";
        let row: Option<(String, i64)> = read!(self, |db| {
            let query = sqlx::query_as(READ).bind(week.to_string());
            query.fetch_optional(db).await?
        });
        Ok(row.map(|(facts, made_ms)| Draft {
            week,
            facts,
            made_ms,
        }))
    }

    /// The signature of a week.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub async fn signature(&self, week: IsoWeek) -> sqlx::Result<Option<Signature>> {
        let row: Option<SignatureRow> = read!(self, |db| {
            let query = sqlx::query_as(READ_SIGNATURE).bind(week.to_string());
            query.fetch_optional(db).await?
        });
        row.map(|row| signature(week, row)).transpose()
    }

    /// Who saw the draft of a week, the first first.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn openings(&self, week: IsoWeek) -> sqlx::Result<Vec<Seen>> {
        const READ: &str = "SELECT name, at_ms FROM edition_openings WHERE week = $1 \
             ORDER BY at_ms, account";
        let rows: Vec<(String, i64)> = read!(self, |db| {
            let query = sqlx::query_as(READ).bind(week.to_string());
            query.fetch_all(db).await?
        });
        let seen = |(name, at_ms): (String, i64)| {
            Ok(Seen {
                name: from_json(&name)?,
                at_ms,
            })
        };
        rows.into_iter().map(seen).collect()
    }

    /// Leaves of editions, corrections and missed slots from a number on, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn edition_leaves(&self, from: u64) -> sqlx::Result<Vec<Leaf>> {
        const READ: &str = "SELECT number, kind, subject, version, at_ms, bytes, hash FROM leaves \
             WHERE number >= $1 AND kind IN ('edition', 'correction', 'missed_slot') \
             ORDER BY number";
        type Row = (i64, String, String, i64, i64, Vec<u8>, Vec<u8>);
        let from = i64::try_from(from).map_err(|_| unreadable("a number"))?;
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(READ).bind(from).fetch_all(db).await?
        });
        let leaf = |(number, kind, subject, version, at_ms, bytes, hash): Row| {
            Ok(Leaf {
                number: u64::try_from(number).map_err(|_| unreadable("a number"))?,
                kind,
                subject,
                version,
                at_ms,
                bytes,
                hash,
            })
        };
        rows.into_iter().map(leaf).collect()
    }
}

impl DeskTx {
    /// Waits for whoever publishes or signs, and keeps others out until this write ends. SQLite lets
    /// one writer in anyway.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lock_editions(&mut self) -> sqlx::Result<()> {
        if let Tx::Postgres(tx) = &mut self.tx {
            const LOCK: &str = "LOCK TABLE edition_versions IN SHARE ROW EXCLUSIVE MODE";
            sqlx::query(LOCK).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// How many versions of a week are out.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn version_count(&mut self, week: IsoWeek) -> sqlx::Result<u32> {
        const READ: &str = "SELECT COUNT(*) FROM edition_versions WHERE week = $1";
        let count: i64 = write!(self, |db| {
            let query = sqlx::query_scalar(READ).bind(week.to_string());
            query.fetch_one(db).await?
        });
        u32::try_from(count).map_err(|_| unreadable("a number"))
    }

    /// The signature of a week, as this write sees it.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub async fn signature(&mut self, week: IsoWeek) -> sqlx::Result<Option<Signature>> {
        let row: Option<SignatureRow> = write!(self, |db| {
            let query = sqlx::query_as(READ_SIGNATURE).bind(week.to_string());
            query.fetch_optional(db).await?
        });
        row.map(|row| signature(week, row)).transpose()
    }

    /// Adds a rule of the calendar with its number; false if another one has that number.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_release_rule(
        &mut self,
        number: usize,
        (since, rule): (IsoWeek, &Rule),
        now_ms: Millis,
    ) -> sqlx::Result<bool> {
        const FIND: &str = "SELECT number FROM release_rules WHERE number = $1";
        const ADD: &str = "INSERT INTO release_rules \
             (number, since, from_day, weekday, minute, grace_hours, recorded_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let number = i64::try_from(number).map_err(|_| unreadable("a number"))?;
        let minute = i64::from(rule.time.hour()) * 60 + i64::from(rule.time.minute());
        let from: Date = rule.from;
        write!(self, |db| {
            let found: Option<i64> = sqlx::query_scalar(FIND)
                .bind(number)
                .fetch_optional(&mut *db)
                .await?;
            if found.is_some() {
                return Ok(false);
            }
            let add = sqlx::query(ADD).bind(number).bind(since.to_string());
            let add = add.bind(from.to_string());
            let add = add.bind(i64::from(rule.weekday.to_monday_zero_offset()));
            let add = add.bind(minute).bind(rule.grace_hours).bind(now_ms);
            Ok(add.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Keeps the draft of a week, whose facts are among the documents; false if it has one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_draft(&mut self, draft: &Draft) -> sqlx::Result<bool> {
        const FIND: &str = "SELECT made_ms FROM edition_drafts WHERE week = $1";
        const ADD: &str = "INSERT INTO edition_drafts (week, facts, made_ms) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING";
        let week = draft.week.to_string();
        write!(self, |db| {
            let found: Option<i64> = sqlx::query_scalar(FIND)
                .bind(week.as_str())
                .fetch_optional(&mut *db)
                .await?;
            if found.is_some() {
                return Ok(false);
            }
            let add = sqlx::query(ADD).bind(week.as_str());
            let add = add.bind(draft.facts.as_str()).bind(draft.made_ms);
            Ok(add.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Notes that somebody saw a draft; the first time counts.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_opening(
        &mut self,
        week: IsoWeek,
        account: &str,
        seen: &Seen,
    ) -> sqlx::Result<()> {
        const FIND: &str = "SELECT at_ms FROM edition_openings WHERE week = $1 AND account = $2";
        const ADD: &str = "INSERT INTO edition_openings (week, account, name, at_ms) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let (week, name) = (week.to_string(), to_json(&seen.name)?);
        write!(self, |db| {
            let find = sqlx::query_scalar(FIND).bind(week.as_str()).bind(account);
            let found: Option<i64> = find.fetch_optional(&mut *db).await?;
            if found.is_none() {
                let add = sqlx::query(ADD).bind(week.as_str()).bind(account);
                add.bind(name).bind(seen.at_ms).execute(db).await?;
            }
            Ok(())
        })
    }

    /// Keeps a signature; false if the week has one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_signature(&mut self, own: &Signature) -> sqlx::Result<bool> {
        const FIND: &str = "SELECT signed_ms FROM edition_signatures WHERE week = $1";
        const ADD: &str = "INSERT INTO edition_signatures (week, account, name, comment, signed_ms) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let (week, name) = (own.week.to_string(), to_json(&own.name)?);
        write!(self, |db| {
            let found: Option<i64> = sqlx::query_scalar(FIND)
                .bind(week.as_str())
                .fetch_optional(&mut *db)
                .await?;
            if found.is_some() {
                return Ok(false);
            }
            let add = sqlx::query(ADD).bind(week.as_str());
            let add = add.bind(own.account.as_str()).bind(name);
            let add = add.bind(own.comment.as_deref()).bind(own.signed_ms);
            Ok(add.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Puts a version on the list, with its leaf; false if the week has a version of this number.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_version(
        &mut self,
        (week, version): (IsoWeek, u32),
        leaf: u64,
    ) -> sqlx::Result<bool> {
        const FIND: &str = "SELECT leaf FROM edition_versions WHERE week = $1 AND version = $2";
        const ADD: &str = "INSERT INTO edition_versions (week, version, leaf) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING";
        let (week, version) = (week.to_string(), i64::from(version));
        let leaf = i64::try_from(leaf).map_err(|_| unreadable("a number"))?;
        write!(self, |db| {
            let find = sqlx::query_scalar(FIND).bind(week.as_str()).bind(version);
            let found: Option<i64> = find.fetch_optional(&mut *db).await?;
            if found.is_some() {
                return Ok(false);
            }
            let add = sqlx::query(ADD).bind(week.as_str()).bind(version);
            Ok(add.bind(leaf).execute(db).await?.rows_affected() > 0)
        })
    }
}
