//! The files of open data, made when somebody asks and kept until what they are made of changes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use sha2::{Digest as _, Sha256};

use super::piece::{Piece, gzip};
use super::table::{self, WHOLE};
use crate::domain::centre::ALL_LINES;
use crate::domain::event::Millis;
use crate::domain::period::days;
use crate::site::Site;
use crate::site::api::first_open_day;
use crate::site::error::Error;

/// So long after its end a day may still settle: complaints stay open for 100 days at most.
const SETTLES_DAYS: i32 = 120;
/// A file is made anew after this long at the latest: what sources say they covered may change
/// although nothing was counted.
const KEPT_FOR_MS: Millis = 3_600_000;

/// What is known of open data as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The days in it: from the first with data to the last that is closed.
    pub days: Range<Date>,
    /// Their years, the earliest first.
    pub years: Vec<i16>,
}

impl Extent {
    /// As it is now; none before the first day is closed.
    ///
    /// # Errors
    /// If the figures fail.
    pub async fn read(site: &Site) -> Result<Option<Self>, Error> {
        let Some(first) = site.figures().first_day().await? else {
            return Ok(None);
        };
        let end = first_open_day(site);
        let Ok(last) = end.yesterday() else {
            return Ok(None);
        };
        Ok((first < end).then(|| Self {
            days: first..end,
            years: (first.year()..=last.year()).collect(),
        }))
    }

    /// The days of a year in it.
    #[must_use]
    pub fn of_year(&self, year: i16) -> Range<Date> {
        let start = date(year, 1, 1).max(self.days.start);
        let end = start.last_of_year().saturating_add(1.day());
        start..end.min(self.days.end)
    }

    /// Whether nothing is added to a year any more.
    #[must_use]
    pub fn is_over(&self, year: i16) -> bool {
        year < self.days.end.year()
    }
}

/// The names of files without their endings: all lines together first.
#[must_use]
pub fn names(site: &Site) -> Vec<String> {
    let lines = site.line_ids().into_iter();
    std::iter::once(ALL_LINES.to_owned()).chain(lines).collect()
}

/// The line that a file is of.
fn line_of(name: &str) -> &str {
    if name == ALL_LINES { WHOLE } else { name }
}

/// A year of a line.
pub struct Kept {
    /// The rows of the CSV, without its head.
    pub rows: Piece,
    /// The JSON.
    pub json: Piece,
    /// SHA-256 of the CSV with its head, and of the JSON.
    pub hashes: [[u8; 32]; 2],
    made_of: Stamp,
    made_ms: Millis,
}

/// What a file depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    days: Range<Date>,
    /// Days settle until then.
    settled: Date,
    newest_ms: Option<Millis>,
}

impl Stamp {
    async fn read(site: &Site, days: Range<Date>, extent: &Extent) -> Result<Self, Error> {
        let changes = site.figures().changes(days.clone()).await?;
        let settled = days.end.saturating_add(SETTLES_DAYS.days());
        Ok(Self {
            settled: extent.days.end.min(settled),
            newest_ms: changes.newest_ms,
            days,
        })
    }
}

/// The files that were made.
#[derive(Default)]
pub struct Shelf {
    kept: Mutex<HashMap<(i16, String), Arc<Kept>>>,
    /// Held while one is made: a year of all measures keeps a processor busy.
    making: tokio::sync::Mutex<()>,
}

impl Shelf {
    /// The file of a year of a line, as it is now.
    ///
    /// # Errors
    /// If the figures fail.
    pub async fn file(
        &self,
        site: &Site,
        extent: &Extent,
        (year, name): (i16, &str),
    ) -> Result<Arc<Kept>, Error> {
        let stamp = Stamp::read(site, extent.of_year(year), extent).await?;
        self.made_of(site, &stamp, (year, name)).await
    }

    /// Every file there is, with its year and name, the earliest year first.
    ///
    /// # Errors
    /// If the figures fail.
    pub async fn all(
        &self,
        site: &Site,
        extent: &Extent,
    ) -> Result<Vec<(i16, String, Arc<Kept>)>, Error> {
        let mut all = Vec::new();
        for year in &extent.years {
            let stamp = Stamp::read(site, extent.of_year(*year), extent).await?;
            for name in names(site) {
                let kept = self.made_of(site, &stamp, (*year, &name)).await?;
                all.push((*year, name, kept));
            }
        }
        Ok(all)
    }

    async fn made_of(
        &self,
        site: &Site,
        stamp: &Stamp,
        (year, name): (i16, &str),
    ) -> Result<Arc<Kept>, Error> {
        let now_ms = site.figures().at_ms();
        if let Some(kept) = self.find((year, name), stamp, now_ms) {
            return Ok(kept);
        }
        let _only_maker = self.making.lock().await;
        if let Some(kept) = self.find((year, name), stamp, now_ms) {
            return Ok(kept);
        }
        let kept = Arc::new(make(site, line_of(name), stamp.clone(), now_ms).await?);
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((year, name.to_owned()), Arc::clone(&kept));
        Ok(kept)
    }

    fn find(&self, (year, name): (i16, &str), stamp: &Stamp, now_ms: Millis) -> Option<Arc<Kept>> {
        let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get(&(year, name.to_owned()))?;
        let age_ms = now_ms - kept.made_ms;
        let is_new = kept.made_of == *stamp && (0..KEPT_FOR_MS).contains(&age_ms);
        is_new.then(|| Arc::clone(kept))
    }
}

/// The gzip file of the CSV of several years, as parts that follow each other.
///
/// # Errors
/// Never in practice.
pub fn joined<'a>(files: impl Iterator<Item = &'a Kept>) -> std::io::Result<Vec<Bytes>> {
    let head = Piece::of(table::head().as_bytes())?;
    let rows = files.map(|kept| &kept.rows);
    Ok(gzip(
        &std::iter::once(&head).chain(rows).collect::<Vec<_>>(),
    ))
}

async fn make(site: &Site, line: &str, stamp: Stamp, made_ms: Millis) -> Result<Kept, Error> {
    let asks = table::asks(site, line, &stamp.days);
    let series = site.figures().several(asks).await?;
    let (site, line) = (site.clone(), line.to_owned());
    // A few megabytes are written and compressed.
    let work = move || {
        let days: Vec<Date> = days(stamp.days.start, stamp.days.end).collect();
        let rows = table::csv(&site, &series)?;
        let json = table::json(&site, &line, &days, &series).to_string();
        let failed = |error: std::io::Error| anyhow::Error::new(error).context("compressing");
        let csv_hash = Sha256::new()
            .chain_update(table::head())
            .chain_update(&rows);
        Ok::<_, Error>(Kept {
            rows: Piece::of(&rows).map_err(failed)?,
            hashes: [csv_hash.finalize().into(), Sha256::digest(&json).into()],
            json: Piece::of(json.as_bytes()).map_err(failed)?,
            made_of: stamp,
            made_ms,
        })
    };
    let made = tokio::task::spawn_blocking(work).await;
    made.map_err(|error| Error::Failed(anyhow::Error::new(error).context("making a file")))?
}
