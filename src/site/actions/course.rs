//! The days behind a verdict: a picture of both segments, and the same numbers as a table.

use jiff::civil::Date;

use super::judge::Segments;
use super::look::{self, Writer};
use crate::charts::{self, Form, Pane, Picture};
use crate::domain::action::Action;
use crate::domain::impact::{Impact, Means, Windows};
use crate::domain::measures::Measure;
use crate::domain::period::local_day;
use crate::domain::published::{Point, Series};
use crate::site::Site;
use crate::site::error::Error;
use crate::site::history::{mark_sign, value_words};
use crate::words::Words;

const WIDE: (u32, u32) = (720, 420);
const NARROW: (u32, u32) = (336, 380);

/// Labels stand below every so many days.
const LABEL_EVERY: usize = 7;

/// The picture for desks and for phones, and the table.
pub struct Drawn {
    /// Both pictures.
    pub pictures: [String; 2],
    /// Day, window, and the value of each segment.
    pub rows: Vec<[String; 4]>,
}

/// What is drawn.
pub struct Told<'a> {
    /// The action.
    pub own: &'a Action,
    /// Its days.
    pub segments: &'a Segments,
    /// Its effect, if there is a verdict.
    pub impact: Option<&'a Impact>,
    /// Days on which known events and other actions begin, with their names.
    pub flags: &'a [(Date, String)],
}

/// Draws both segments under each other.
///
/// # Errors
/// When the drawing library refuses.
pub fn draw(site: &Site, told: &Told<'_>, words: &'static Words) -> Result<Drawn, Error> {
    let writer = Writer::of(told.own, Some(told.segments), words);
    let both = [&told.segments.treated, &told.segments.comparison];
    let names = [
        look::segment(site, told.own, words),
        look::comparison(site, told.own, words),
    ];
    let means = told
        .impact
        .map(|impact| [impact.treated, impact.comparison]);
    let panes = both.iter().zip(&names).enumerate();
    let panes: Vec<Pane> = panes
        .map(|(index, (series, name))| Pane {
            divisor: writer.scale.divisor,
            unit: format!("{name}, {}", writer.scale.axis),
            is_count: Measure::from_id(series.measure).is_some_and(Measure::is_count),
            mean: means.map_or_else(Vec::new, |means| {
                mean_line(site, told.own, series, means[index])
            }),
            ..Pane::of((*series).clone(), Form::Line)
        })
        .collect();
    let picture = |size: (u32, u32), id: &str| {
        charts::svg(&Picture {
            width: size.0,
            height: size.1,
            id: id.to_owned(),
            title: format!("{}: {}", words.action.chart, look::figure(told.own, words)),
            description: words.action.chart_note.to_owned(),
            number_marks: (words.decimal_mark, words.thousands_mark),
            labels: labels(site, both[0], words),
            flags: flags(site, told, both[0]),
            panes: panes.clone(),
            ..Picture::default()
        })
        .map_err(|error| Error::Failed(error.into()))
    };
    Ok(Drawn {
        pictures: [picture(WIDE, "days-wide")?, picture(NARROW, "days-narrow")?],
        rows: rows(site, told, &writer, words),
    })
}

/// The means of the two windows, over their days.
fn mean_line(site: &Site, own: &Action, series: &Series, means: Means) -> Vec<Option<f64>> {
    let windows = Windows::around(own.facts.start);
    let points = series.points.iter().map(|point| {
        let day = day_of(site, point);
        if windows.before.contains(&day) {
            Some(means.before)
        } else {
            windows.after.contains(&day).then_some(means.after)
        }
    });
    points.collect()
}

fn day_of(site: &Site, point: &Point) -> Date {
    local_day(point.start_ms, &site.centre().zone)
}

fn labels(site: &Site, series: &Series, words: &Words) -> Vec<(usize, String)> {
    let points = series.points.iter().enumerate().step_by(LABEL_EVERY);
    points
        .map(|(index, point)| (index, words.day_month_short(day_of(site, point))))
        .collect()
}

fn flags(site: &Site, told: &Told<'_>, series: &Series) -> Vec<(usize, String)> {
    let start = (told.own.facts.start, words_of_start(told.own));
    let all = std::iter::once(&start).chain(told.flags);
    let place = |day: Date| {
        let mut points = series.points.iter();
        points.position(|point| day_of(site, point) == day)
    };
    all.filter_map(|(day, text)| Some((place(*day)?, text.clone())))
        .collect()
}

fn words_of_start(own: &Action) -> String {
    own.facts.start.to_string()
}

fn rows(site: &Site, told: &Told<'_>, writer: &Writer, words: &'static Words) -> Vec<[String; 4]> {
    let a = &words.action;
    let windows = Windows::around(told.own.facts.start);
    let value = |point: Option<&Point>| {
        point.map_or_else(
            || words.no_value.to_owned(),
            |point| {
                let value = value_words(point, &writer.scale, words);
                format!("{value} {}", mark_sign(point.mark))
                    .trim_end()
                    .to_owned()
            },
        )
    };
    let comparison = &told.segments.comparison;
    let points = told.segments.treated.points.iter().enumerate();
    points
        .map(|(index, point)| {
            let day = day_of(site, point);
            let window = if windows.before.contains(&day) {
                a.window_before
            } else if windows.after.contains(&day) {
                a.window_after
            } else {
                a.window_settling
            };
            let weekday = words.weekday_short(day);
            [
                format!("{weekday} {} {}", words.day_month_short(day), day.year()),
                window.to_owned(),
                value(Some(point)),
                value(comparison.points.get(index)),
            ]
        })
        .collect()
}
