//! How purposes and causes went over time: series for pictures and tables.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::range::Asked;
use super::record::{PURPOSES, UNCLASSIFIED};
use crate::domain::period::{self, Grain};
use crate::domain::published::Series;
use crate::domain::series::WHOLE_CENTRE;
use crate::site::Site;
use crate::site::error::Error;
use crate::site::figures::SeriesAsk;

/// Fewer days than this say nothing about a course: so many more are shown before them.
const FEW_DAYS: i64 = 14;
const DAYS_BACK: i64 = 28;
/// Up to so many days are shown by day, and by week.
const BY_DAY: i64 = 31;
const BY_WEEK: i64 = 184;
/// Causes are shown for so many months.
const MONTHS: i32 = 12;

/// Series of the same times.
pub struct Course {
    /// The days they are of.
    pub days: Range<Date>,
    /// What each is of: the id of its measure or of its cause.
    pub parts: Vec<String>,
    /// One for each purpose or cause, in their order.
    pub series: Vec<Series>,
}

/// The shares of the purposes, those without one last.
///
/// # Errors
/// When the figures cannot be had.
pub async fn of_purposes(site: &Site, asked: &Asked) -> Result<Course, Error> {
    let length = asked.days.end.duration_since(asked.days.start).as_hours() / 24;
    let days = if length < FEW_DAYS {
        let end = asked.days.end.min(asked.today.saturating_add(1.day()));
        end.saturating_sub(DAYS_BACK.days())..end
    } else {
        asked.days.clone()
    };
    let grain = if length <= BY_DAY {
        Grain::Day
    } else if length <= BY_WEEK {
        Grain::Week
    } else {
        Grain::Month
    };
    let ids = PURPOSES.iter().map(|(share, _)| *share);
    let asks = ids.chain([UNCLASSIFIED]).map(|measure| (measure, None));
    course(site, days, grain, asks).await
}

/// Complaints opened by cause, in the centre's order, by month until the one asked for.
///
/// # Errors
/// When the figures cannot be had.
pub async fn of_causes(site: &Site, asked: &Asked) -> Result<Course, Error> {
    let end = Grain::Month.next_first_day(asked.last().min(asked.today));
    let days = end.saturating_sub(MONTHS.months())..end;
    let causes = site.centre().causes.iter();
    let asks = causes.map(|cause| ("complaints_opened", Some(cause.id.clone())));
    course(site, days, Grain::Month, asks).await
}

async fn course(
    site: &Site,
    days: Range<Date>,
    grain: Grain,
    asks: impl Iterator<Item = (&'static str, Option<String>)>,
) -> Result<Course, Error> {
    let zone = &site.centre().zone;
    let asks: Vec<_> = asks.collect();
    let parts = asks.iter().map(|(measure, cause)| {
        let part = cause.clone();
        part.unwrap_or_else(|| (*measure).to_owned())
    });
    let parts = parts.collect();
    let asks = asks.into_iter().map(|(measure, cause)| SeriesAsk {
        line: WHOLE_CENTRE.to_owned(),
        measure,
        cause,
        channel: None,
        grain,
        from_ms: period::day_start_ms(days.start, zone),
        to_ms: period::day_start_ms(days.end, zone),
    });
    let series = site.figures().several(asks.collect()).await?;
    Ok(Course {
        days,
        parts,
        series,
    })
}
