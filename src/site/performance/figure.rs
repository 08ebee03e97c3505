//! One figure: its value over some days, and what it was before.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::range::{Asked, cells, days_for, earlier};
use crate::domain::analysis::{self, Change, known};
use crate::domain::centre::Channel;
use crate::domain::event::Millis;
use crate::domain::measures::{Kind, Measure, breaks_of};
use crate::domain::period::{self, Grain, Span};
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::site::Site;
use crate::site::error::Error;
use crate::site::figures::SeriesAsk;
use crate::site::page::encoded;
use crate::site::promises::{is_divided, target};

/// A measure over some days.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is measured.
    pub measure: &'static Measure,
    /// Complaints of this cause only.
    pub cause: Option<String>,
    /// Contacts of this channel only.
    pub channel: Option<Channel>,
    /// Contacts that this site answered only.
    pub site: Option<String>,
    /// Width of the parts it is put together of.
    pub grain: Grain,
    /// The days it is of; others than were asked for where it is not told of such days.
    pub days: Range<Date>,
    /// What is known of them.
    pub now: Pooled,
    /// The days before, and those of last year.
    pub earlier: [Versus; 2],
    /// The target, in the unit of the measure.
    pub target: Option<f64>,
}

/// Published cells put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    /// All of them as one.
    pub point: Point,
    /// How many there are.
    pub cells: usize,
    /// How many of them are withheld.
    pub withheld: usize,
    /// How many of them have no data.
    pub missing: usize,
    /// Days at the ends that are in no cell of the measure.
    pub left_out_days: i64,
}

/// A figure of other days.
#[derive(Clone, Debug)]
pub struct Versus {
    /// The days.
    pub days: Range<Date>,
    /// What is known of them.
    pub then: Pooled,
    /// What changed since, where that can be judged.
    pub change: Option<Change>,
}

/// What is asked for a figure.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is measured.
    pub measure: &'static Measure,
    /// Complaints of this cause only.
    pub cause: Option<String>,
    /// Contacts of this channel only.
    pub channel: Option<Channel>,
    /// Contacts that this site answered only.
    pub site: Option<String>,
    /// A coarser grain than the measure's own, because cells of it would be mostly withheld.
    pub finest: Grain,
}

impl Wanted {
    /// A measure by its id; none if it is not defined.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        let measure = Measure::from_id(id)?;
        Some(Self {
            measure,
            cause: None,
            channel: None,
            site: None,
            finest: measure.finest.max(Grain::Day),
        })
    }

    /// How many tried to reach us on a channel.
    #[must_use]
    pub fn of_channel(channel: Channel) -> Option<Self> {
        Some(Self {
            channel: Some(channel),
            ..Self::of("attempts")?
        })
    }

    /// A measure of those whom one site answered, or of what stands for one.
    #[must_use]
    pub fn of_site(id: &str, site: &str) -> Option<Self> {
        Some(Self {
            site: Some(site.to_owned()),
            ..Self::of(id)?
        })
    }

    /// The same of one cause of complaints. By the day nearly all of them would be withheld.
    #[must_use]
    pub fn of_cause(id: &str, cause: &str) -> Option<Self> {
        Some(Self {
            cause: Some(cause.to_owned()),
            finest: Grain::Week,
            ..Self::of(id)?
        })
    }
}

/// How figures of one grain are read: the days of now, before and last year, and of each the series
/// that are asked for, with their time.
#[derive(Clone)]
struct Plan {
    finest: Grain,
    grain: Grain,
    days: [Range<Date>; 3],
    series: [Vec<(Grain, Span)>; 3],
    told_days: [i64; 3],
}

impl Plan {
    fn of(zone: &TimeZone, asked: &Asked, finest: Grain) -> Self {
        let now = days_for(&asked.days, finest);
        let [before, last_year] = earlier(&now);
        let days = [now, before, last_year];
        let cells = days.each_ref().map(|days| cells(days, finest));
        let days_of = |cells: &Vec<(Grain, Range<Date>)>| {
            let days = cells.iter().map(|(_, range)| days_in(range));
            days.sum()
        };
        let spans = |cells: &Vec<(Grain, Range<Date>)>| {
            let span = |(grain, range): &(Grain, Range<Date>)| {
                let span = Span {
                    start_ms: period::day_start_ms(range.start, zone),
                    end_ms: period::day_start_ms(range.end, zone),
                };
                (*grain, span)
            };
            cells.iter().map(span).collect()
        };
        let grains = cells[0].iter().map(|(grain, _)| *grain);
        Self {
            finest,
            grain: grains.min().unwrap_or(finest),
            series: cells.each_ref().map(spans),
            told_days: cells.each_ref().map(days_of),
            days,
        }
    }

    /// What is asked for one figure.
    fn asks(&self, asked: &Asked, wanted: &Wanted) -> impl Iterator<Item = SeriesAsk> {
        self.series.iter().flatten().map(|(grain, span)| SeriesAsk {
            line: asked.line.clone(),
            measure: wanted.measure.id,
            cause: wanted.cause.clone(),
            channel: wanted.channel,
            site: wanted.site.clone(),
            grain: *grain,
            from_ms: span.start_ms,
            to_ms: span.end_ms,
        })
    }

    /// Puts the figure together from its series, the next ones of all.
    fn figure(
        self,
        site: &Site,
        (asked, wanted): (&Asked, &Wanted),
        series: &mut impl Iterator<Item = Series>,
    ) -> Figure {
        let zone = &site.centre().zone;
        let [now, then, last_year] = [0, 1, 2].map(|index| {
            let days = &self.days[index];
            let parts = series.by_ref().take(self.series[index].len());
            let points: Vec<Point> = parts.flat_map(|series| series.points).collect();
            let span = (
                period::day_start_ms(days.start, zone),
                period::day_start_ms(days.end, zone),
            );
            Pooled {
                left_out_days: days_in(days) - self.told_days[index],
                ..pool(&wanted.measure.kind, &points, span)
            }
        });
        let now_ms = site.figures().at_ms();
        let breaks = breaks_of(&asked.line, wanted.measure, site.centre());
        let breaks = Vec::from_iter(breaks);
        let versus = |then: Pooled, days: &Range<Date>| Versus {
            change: if is_divided(&breaks, (then.point.start_ms, now.point.end_ms), zone) {
                None
            } else {
                change(wanted.measure, &now, &then, now_ms)
            },
            then,
            days: days.clone(),
        };
        Figure {
            measure: wanted.measure,
            cause: wanted.cause.clone(),
            channel: wanted.channel,
            site: wanted.site.clone(),
            grain: self.grain,
            target: target(site, &asked.line, wanted.measure.id, &self.days[0]),
            earlier: [
                versus(then, &self.days[1]),
                versus(last_year, &self.days[2]),
            ],
            days: self.days[0].clone(),
            now,
        }
    }
}

/// Reads figures and what they were before, all at once.
///
/// # Errors
/// When the figures cannot be had.
pub async fn figures(site: &Site, asked: &Asked, wanted: &[Wanted]) -> Result<Vec<Figure>, Error> {
    let zone = &site.centre().zone;
    let mut known: Vec<Plan> = Vec::new();
    let mut asks = Vec::new();
    let mut plans = Vec::with_capacity(wanted.len());
    for own in wanted {
        let place = known.iter().position(|plan| plan.finest == own.finest);
        let place = place.unwrap_or_else(|| {
            known.push(Plan::of(zone, asked, own.finest));
            known.len() - 1
        });
        asks.extend(known[place].asks(asked, own));
        plans.push((place, own));
    }
    let mut series = site.figures().several(asks).await?.into_iter();
    let figures = plans.into_iter().map(|(place, own)| {
        let plan = known[place].clone();
        plan.figure(site, (asked, own), &mut series)
    });
    Ok(figures.collect())
}

fn days_in(days: &Range<Date>) -> i64 {
    days.end.duration_since(days.start).as_hours() / 24
}

/// What changed. Counts of which not as many days are left out are not compared.
#[must_use]
pub fn change(measure: &Measure, now: &Pooled, then: &Pooled, now_ms: Millis) -> Option<Change> {
    if measure.is_count() && now.left_out_days != then.left_out_days {
        return None;
    }
    analysis::change(&measure.kind, &now.point, &then.point, now_ms)
}

/// Where the series of a figure is told, as JSON: each of its parts.
#[must_use]
pub fn data_address(asked: &Asked, figure: &Figure) -> String {
    let mut address = format!(
        "/api/v1/series?measure={}&grain={}&from={}&to={}",
        figure.measure.id,
        figure.grain.name(),
        figure.days.start,
        figure.days.end
    );
    let line = (!asked.is_whole_centre()).then_some(asked.line.as_str());
    let channel = figure.channel.map(Channel::name);
    let parts = [
        ("line", line),
        ("cause", figure.cause.as_deref()),
        ("channel", channel),
        ("site", figure.site.as_deref()),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            address.extend(["&", name, "=", &encoded(value)]);
        }
    }
    address
}

/// Puts cells together. A single one stays what it is; counts are added; shares and means are
/// those of all contacts together. Percentiles do not add up and have no value then.
#[must_use]
pub fn pool(kind: &Kind, points: &[Point], (start_ms, end_ms): (Millis, Millis)) -> Pooled {
    let marked = |mark: Mark| {
        let marked = points.iter().filter(|point| point.mark == Some(mark));
        marked.count()
    };
    let (withheld, missing) = (marked(Mark::Withheld), marked(Mark::NoData));
    let point = match points {
        [only] => only.clone(),
        several => together(kind, several, (withheld, missing), (start_ms, end_ms)),
    };
    Pooled {
        point,
        cells: points.len(),
        withheld,
        missing,
        left_out_days: 0,
    }
}

fn together(
    kind: &Kind,
    points: &[Point],
    (withheld, missing): (usize, usize),
    (start_ms, end_ms): (Millis, Millis),
) -> Point {
    let is_count = matches!(kind, Kind::Count(_) | Kind::Facts(_));
    let (value, n) = match kind {
        _ if is_count => sum(points),
        Kind::Percentile { .. } | Kind::Backlog => (None, None),
        _ => ratio(kind, points),
    };
    let is_part = is_count && withheld > 0;
    Point {
        start_ms,
        end_ms,
        value: match value {
            Some(value) if is_part => Shown::AtLeast(value),
            Some(value) => Shown::Value(value),
            None => Shown::None,
        },
        n: n.filter(|_| !is_part),
        mark: mark_of(points, (withheld, missing)),
    }
}

/// The mark that matters most of all of them.
fn mark_of(points: &[Point], (withheld, missing): (usize, usize)) -> Option<Mark> {
    let is_closed = |point: &Point| point.mark == Some(Mark::Closed);
    if !points.is_empty() && points.iter().all(is_closed) {
        return Some(Mark::Closed);
    }
    if missing > 0
        && missing + points.iter().filter(|point| is_closed(point)).count() == points.len()
    {
        return Some(Mark::NoData);
    }
    if withheld > 0 {
        return Some(Mark::Withheld);
    }
    if missing > 0 {
        return Some(Mark::Unreliable);
    }
    let order = [
        Mark::Unreliable,
        Mark::Break,
        Mark::Provisional,
        Mark::Revised,
    ];
    let mut marks = order.into_iter();
    marks.find(|mark| points.iter().any(|point| point.mark == Some(*mark)))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts of contacts are far below 2^52"
)]
fn sum(points: &[Point]) -> (Option<f64>, Option<i64>) {
    let values = points.iter().filter_map(|point| match point.value {
        Shown::Value(value) | Shown::AtLeast(value) => Some(value),
        Shown::Under(_) | Shown::None => None,
    });
    let total = values.fold(None, |sum: Option<f64>, value| {
        Some(sum.unwrap_or(0.0) + value)
    });
    (total, total.map(|total| total as i64))
}

/// Numerators added up over denominators added up. Numerators that are whole numbers are made so
/// again, so that the quotient is exact to the last digit.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn ratio(kind: &Kind, points: &[Point]) -> (Option<f64>, Option<i64>) {
    let whole = match kind {
        Kind::Share { .. } | Kind::Rating { .. } => 100.0,
        Kind::PerThousand { .. } => 1_000.0,
        Kind::Mean { .. } => 0.001,
        _ => 1.0,
    };
    let told = points.iter().filter_map(|point| {
        let n = point.n.filter(|n| *n > 0)?;
        Some(((known(point)? * n as f64 / whole).round(), n))
    });
    let (top, bottom) = told.fold((0.0, 0), |(top, bottom), (one, n)| (top + one, bottom + n));
    if bottom > 0 {
        (Some(whole * top / bottom as f64), Some(bottom))
    } else {
        (None, None)
    }
}

/// The last of some days.
#[must_use]
pub fn last_of(days: &Range<Date>) -> Date {
    days.end.saturating_sub(1.day())
}
