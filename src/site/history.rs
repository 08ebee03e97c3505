//! `/history`: a measure of a line over a day, week, month or year. Which view it is; how it looks is `history_view`.

use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;

use super::error::{Error, Why};
use super::figures::{Definition, SeriesAsk};
use super::page::{Visitor, answer};
use super::{Site, api, history_view};
use crate::domain::event::Millis;
use crate::domain::period::{self, Grain};
use crate::domain::published::{Mark, Point, Series, Shown};

/// The finest grain is offered at which this share of the points is not withheld (TRUST.md).
const LEAST_SHOWN_PERCENT: usize = 80;

/// How much time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// A local day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

impl Range {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The word in URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The first day of the range that contains `day`, and the first after it.
    #[must_use]
    pub fn days(self, day: Date) -> (Date, Date) {
        match self {
            Self::Day => (day, day.saturating_add(1.day())),
            Self::Week => (Grain::Week.first_day(day), Grain::Week.next_first_day(day)),
            Self::Month => (day.first_of_month(), Grain::Month.next_first_day(day)),
            Self::Year => {
                let first = day.first_of_year();
                (first, first.saturating_add(1.year()))
            }
        }
    }

    /// Grains in which it may be shown, finest first.
    fn grains(self) -> &'static [Grain] {
        match self {
            Self::Day => &[Grain::HalfHour, Grain::Hour, Grain::Day],
            Self::Week => &[Grain::Hour, Grain::Day],
            Self::Month => &[Grain::Day, Grain::Week],
            Self::Year => &[Grain::Week, Grain::Month],
        }
    }
}

/// What is looked at.
pub struct View<'a> {
    /// Id of a line, or `*`.
    pub line: String,
    /// The measure.
    pub definition: &'a Definition,
    /// How much time.
    pub range: Range,
    /// The day asked for.
    pub day: Date,
    /// The local day it is.
    pub today: Date,
    /// First day shown.
    pub from: Date,
    /// First day not shown.
    pub to: Date,
    /// A finer grain would have hidden too much.
    pub is_coarser: bool,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = compose(&site, &visitor).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor) -> Result<Response, Error> {
    let mut view = read(site, visitor)?;
    let series = load(site, &mut view).await?;
    let first_day = site.figures().first_day().await?;
    history_view::page(site, visitor, &view, &series, first_day)
}

/// Reads and checks the parameters.
///
/// # Errors
/// Names the one that cannot be used, and the remedy.
pub fn read<'a>(site: &'a Site, visitor: &Visitor) -> Result<View<'a>, Error> {
    let line = api::read_line(site, visitor)?;
    let definition = api::read_measure(site, visitor)?;
    let range = match visitor.parameter("range") {
        None => Range::Month,
        Some(name) => Range::ALL
            .into_iter()
            .find(|range| range.name() == name)
            .ok_or_else(|| {
                let known = Range::ALL
                    .iter()
                    .map(|range| range.name().to_owned())
                    .collect();
                Error::BadParameter {
                    name: "range",
                    why: Why::UnknownRange,
                    known,
                }
            })?,
    };
    let today = period::local_day(site.figures().at_ms(), &site.centre().zone);
    let day = match visitor.parameter("date") {
        None => today,
        Some(text) => text
            .parse::<Date>()
            .ok()
            .filter(|day| (1900..=2200).contains(&day.year()))
            .ok_or(Error::BadParameter {
                name: "date",
                why: Why::BadInstant,
                known: Vec::new(),
            })?,
    };
    let (from, to) = range.days(day);
    Ok(View {
        line,
        definition,
        range,
        day,
        today,
        from,
        to,
        is_coarser: false,
    })
}

/// Loads the series in the finest grain at which enough of it may be shown.
///
/// # Errors
/// When the figures cannot be had.
pub async fn load(site: &Site, view: &mut View<'_>) -> Result<Series, Error> {
    let grains = view.range.grains().iter().copied();
    let grains = grains.filter(|grain| view.definition.within_day || !grain.is_within_day());
    let grains: Vec<Grain> = grains.collect();
    let mut series = None;
    for (index, grain) in grains.iter().enumerate() {
        let loaded = site.figures().series(ask(site, view, *grain)).await?;
        let enough = shows_enough(&loaded);
        series = Some(loaded);
        view.is_coarser = index > 0;
        if enough {
            break;
        }
    }
    let mut series =
        series.ok_or_else(|| Error::Failed(anyhow::anyhow!("a range without a grain")))?;
    if view.range == Range::Day {
        leave_out_closed_ends(&mut series);
    }
    Ok(series)
}

/// A day is shown from its opening to its closing: the night would only make the bars narrow.
fn leave_out_closed_ends(series: &mut Series) {
    let is_closed = |point: &Point| point.mark == Some(Mark::Closed) && point.value == Shown::None;
    let Some(first) = series.points.iter().position(|point| !is_closed(point)) else {
        return;
    };
    let last = series
        .points
        .iter()
        .rposition(|point| !is_closed(point))
        .unwrap_or(first);
    series.points.truncate(last + 1);
    series.points.drain(..first);
}

fn ask(site: &Site, view: &View<'_>, grain: Grain) -> SeriesAsk {
    let zone = &site.centre().zone;
    let start = |day: Date| -> Millis { period::day_start_ms(day, zone) };
    SeriesAsk {
        line: view.line.clone(),
        measure: view.definition.id,
        grain,
        // A year by weeks begins with the week that contains its first day.
        from_ms: start(grain.first_day(view.from)),
        to_ms: start(view.to),
    }
}

fn shows_enough(series: &Series) -> bool {
    let is_told = |mark: Option<Mark>| !matches!(mark, Some(Mark::Closed | Mark::NoData));
    let told = series
        .points
        .iter()
        .filter(|point| is_told(point.mark))
        .count();
    let withheld = series
        .points
        .iter()
        .filter(|point| point.mark == Some(Mark::Withheld))
        .count();
    (told - withheld) * 100 >= told * LEAST_SHOWN_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_range_contains_its_day() {
        let day = date(2026, 11, 22);
        assert_eq!(
            Range::Week.days(day),
            (date(2026, 11, 16), date(2026, 11, 23))
        );
        assert_eq!(
            Range::Month.days(day),
            (date(2026, 11, 1), date(2026, 12, 1))
        );
        assert_eq!(Range::Year.days(day), (date(2026, 1, 1), date(2027, 1, 1)));
        for range in Range::ALL {
            let (from, to) = range.days(day);
            assert!(from <= day && day < to);
        }
    }

    fn marked(marks: &[Option<Mark>]) -> Series {
        let point = |mark: &Option<Mark>| Point {
            start_ms: 0,
            end_ms: 1,
            value: Shown::None,
            n: None,
            mark: *mark,
        };
        Series {
            line: "*".into(),
            measure: "attempts",
            grain: Grain::Hour,
            zone: "UTC".into(),
            unit: "contacts",
            version: 1,
            points: marks.iter().map(point).collect(),
        }
    }

    #[test]
    fn a_day_is_shown_without_its_nights_but_with_its_lunch_hour() {
        let shut = Some(Mark::Closed);
        let mut day = marked(&[shut, shut, None, shut, Some(Mark::NoData), shut]);
        leave_out_closed_ends(&mut day);
        let marks: Vec<_> = day.points.iter().map(|point| point.mark).collect();
        assert_eq!(marks, [None, shut, Some(Mark::NoData)]);
        let mut holiday = marked(&[shut, shut]);
        leave_out_closed_ends(&mut holiday);
        assert_eq!(
            holiday.points.len(),
            2,
            "a day that is closed is shown as closed"
        );
    }

    #[test]
    fn a_grain_that_withholds_more_than_a_fifth_shows_too_little() {
        let series = |withheld: usize| {
            let marks: Vec<_> = (0..10)
                .map(|at| (at < withheld).then_some(Mark::Withheld))
                .collect();
            marked(&marks)
        };
        assert!(shows_enough(&series(2)));
        assert!(!shows_enough(&series(3)));
    }
}
