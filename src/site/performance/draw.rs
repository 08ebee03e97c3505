//! Pictures of the record, each with the table of its numbers.

use super::course::{Course, of_causes, of_purposes};
use super::range::Asked;
use super::record::{PURPOSES, Record};
use super::rows::{CauseRow, cause_name, range_words};
use crate::charts::{self, Columns, DrawingFailed, Form, Pane, Picture, columns_svg};
use crate::domain::analysis::known;
use crate::domain::period::{self, Grain};
use crate::domain::published::{Point, Series};
use crate::site::Site;
use crate::site::error::Error;
use crate::site::history::{Scale, mark_sign, measure_name, start_words, value_words};
use crate::words::Words;

const WIDE: (u32, u32) = (720, 260);
const NARROW: (u32, u32) = (336, 220);
const SMALL: (u32, u32) = (300, 130);

/// A picture with its table.
#[derive(Default)]
pub struct Drawn {
    /// The picture for desks and for phones.
    pub pictures: [String; 2],
    /// The days it is of.
    pub days: String,
    /// What its parts are called, in their order.
    pub names: Vec<String>,
    /// Start, and a value for each part.
    pub rows: Vec<(String, Vec<String>)>,
}

/// One cause over time.
pub struct Trend {
    /// Its name.
    pub name: String,
    /// The picture.
    pub picture: String,
}

/// Shares of the purposes over time; nothing for a line.
///
/// # Errors
/// When the figures cannot be had or drawn.
pub async fn purposes(site: &Site, asked: &Asked, words: &'static Words) -> Result<Drawn, Error> {
    if !asked.is_whole_centre() {
        return Ok(Drawn::default());
    }
    let p = &words.performance;
    let course = of_purposes(site, asked).await?;
    let names = PURPOSES.iter().map(|(_, count)| measure_name(count, words));
    let names: Vec<String> = names.chain([p.unclassified.to_owned()]).collect();
    let count = course
        .series
        .iter()
        .map(|series| series.points.len())
        .min()
        .unwrap_or(0);
    let parts = |index: usize| {
        let series = course.series.iter();
        series
            .map(|series| known(&series.points[index]))
            .collect::<Option<Vec<f64>>>()
    };
    let columns = Columns {
        title: p.purposes_over_time.to_owned(),
        description: format!("{} {}", p.purposes_chart, names.join(", ")),
        scale: percents(words),
        labels: labels(site, course.series.first(), words),
        columns: (0..count).map(parts).collect(),
        ..Columns::default()
    };
    Ok(Drawn {
        pictures: both(&columns, "purposes")?,
        rows: rows(site, &course, words),
        days: range_words(&course.days, words),
        names,
    })
}

/// Causes by how frequent they are, with the line that adds them up; nothing while any is withheld.
///
/// # Errors
/// When it cannot be drawn.
pub fn pareto(causes: &[CauseRow], words: &'static Words) -> Result<Option<[String; 2]>, Error> {
    let p = &words.performance;
    let percents_of = |index: usize| -> Option<Vec<f64>> {
        causes.iter().map(|cause| cause.percents[index]).collect()
    };
    let (Some(own), Some(added)) = (percents_of(0), percents_of(1)) else {
        return Ok(None);
    };
    if own.is_empty() {
        return Ok(None);
    }
    let names = causes.iter().map(|cause| cause.name.clone());
    let columns = Columns {
        title: p.causes_title.to_owned(),
        description: p.pareto_chart.to_owned(),
        scale: percents(words),
        labels: names.collect(),
        columns: own.into_iter().map(|percent| Some(vec![percent])).collect(),
        line: added.into_iter().map(Some).collect(),
        ..Columns::default()
    };
    both(&columns, "pareto").map(Some)
}

/// Each cause over the last months: a small picture each, and one table of all.
///
/// # Errors
/// When the figures cannot be had or drawn.
pub async fn trends(
    site: &Site,
    record: &Record,
    words: &'static Words,
) -> Result<(Vec<Trend>, Drawn), Error> {
    if record.causes.is_empty() {
        return Ok((Vec::new(), Drawn::default()));
    }
    let course = of_causes(site, &record.asked).await?;
    let causes = site.centre().causes.iter();
    let names: Vec<String> = causes
        .map(|cause| cause_name(site, &cause.id, words.lang))
        .collect();
    let mut trends = Vec::new();
    for (index, (series, name)) in course.series.iter().zip(&names).enumerate() {
        trends.push(Trend {
            picture: small(site, series, (index, name), words).map_err(failed)?,
            name: name.clone(),
        });
    }
    let drawn = Drawn {
        days: range_words(&course.days, words),
        rows: rows(site, &course, words),
        pictures: Default::default(),
        names,
    };
    Ok((trends, drawn))
}

fn small(
    site: &Site,
    series: &Series,
    (index, name): (usize, &str),
    words: &'static Words,
) -> Result<String, DrawingFailed> {
    let labels = labels(site, Some(series), words).into_iter().enumerate();
    charts::svg(&Picture {
        width: SMALL.0,
        height: SMALL.1,
        id: format!("cause-{index}"),
        title: format!("{}: {name}", words.performance.cause_trend),
        description: words.performance.trend_note.to_owned(),
        number_marks: (words.decimal_mark, words.thousands_mark),
        labels: labels.filter(|(_, label)| !label.is_empty()).collect(),
        panes: vec![Pane {
            unit: words.unit_complaints.to_owned(),
            is_count: true,
            ..Pane::of(series.clone(), Form::Bars)
        }],
        ..Picture::default()
    })
}

fn both(columns: &Columns, id: &str) -> Result<[String; 2], Error> {
    let draw = |size: (u32, u32), name: &str| {
        columns_svg(&Columns {
            size,
            id: format!("{id}-{name}"),
            ..columns.clone()
        })
        .map_err(failed)
    };
    Ok([draw(WIDE, "wide")?, draw(NARROW, "narrow")?])
}

fn failed(error: DrawingFailed) -> Error {
    Error::Failed(error.into())
}

fn percents(words: &Words) -> [String; 5] {
    [0.0, 25.0, 50.0, 75.0, 100.0]
        .map(|percent| words.with_unit(&words.number(percent, 0), words.unit_percent))
}

/// What stands below each column.
fn labels(site: &Site, series: Option<&Series>, words: &Words) -> Vec<String> {
    let Some(series) = series else {
        return Vec::new();
    };
    let points = series.points.iter();
    points
        .map(|point| {
            let day = period::local_day(point.start_ms, &site.centre().zone);
            match series.grain {
                Grain::Month => words.month_short(day).to_owned(),
                _ => words.day_month_short(day),
            }
        })
        .collect()
}

fn rows(site: &Site, course: &Course, words: &'static Words) -> Vec<(String, Vec<String>)> {
    let Some(first) = course.series.first() else {
        return Vec::new();
    };
    let value = |series: &Series, index: usize| {
        series
            .points
            .get(index)
            .map_or_else(String::new, |point: &Point| {
                let is_count = series.unit != "percent";
                let scale = Scale::of(series, is_count, false, words);
                let sign = mark_sign(point.mark);
                format!("{} {sign}", value_words(point, &scale, words))
                    .trim_end()
                    .to_owned()
            })
    };
    let points = first.points.iter().enumerate();
    points
        .map(|(index, point)| {
            let start = start_words(point.start_ms, first.grain, site.clock(words));
            let values = course.series.iter().map(|series| value(series, index));
            (start, values.collect())
        })
        .collect()
}
