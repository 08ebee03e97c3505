//! The picture of an edition: contacts day by day, from its frozen facts.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;

use super::Found;
use crate::charts::{self, Form, Pane, Picture};
use crate::domain::edition::facts::Cell;
use crate::domain::measures::Measure;
use crate::domain::period::{Grain, Span};
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::site::Site;
use crate::site::api::AN_HOUR;
use crate::site::error::Error;
use crate::site::headers::PICTURE_POLICY;
use crate::site::page::Visitor;

/// 1.91 to 1 is what previews of links cut out.
const ALONE: (u32, u32) = (880, 460);
const INSIDE: (u32, u32) = (720, 240);

/// What is drawn.
const DRAWN: &str = "attempts";

const MARKS: [Mark; 7] = [
    Mark::Provisional,
    Mark::Revised,
    Mark::Break,
    Mark::Unreliable,
    Mark::Withheld,
    Mark::NoData,
    Mark::Closed,
];

fn picture(site: &Site, visitor: &Visitor, found: &Found, is_alone: bool) -> Option<Picture> {
    let words = visitor.words();
    let measure = Measure::from_id(DRAWN)?;
    let figure = found
        .facts
        .figure(DRAWN)
        .filter(|own| own.days.len() == 7)?;
    let zone = &site.centre().zone;
    let days = (0..7).map(|offset: i64| found.facts.from.saturating_add(offset.days()));
    let days: Vec<_> = days.collect();
    let points = days.iter().zip(&figure.days).map(|(day, cell)| {
        let span = Span::of_day(*day, zone);
        Point {
            start_ms: span.start_ms,
            end_ms: span.end_ms,
            value: shown(cell),
            n: cell.n,
            mark: MARKS.into_iter().find(|mark| cell.has_mark(*mark)),
        }
    });
    let breaks = found.facts.breaks.iter();
    let breaks = breaks.filter(|own| own.measure == figure.measure);
    let series = Series {
        breaks: breaks.map(|own| own.since).collect(),
        line: figure.line.clone(),
        measure: measure.id,
        grain: Grain::Day,
        zone: found.facts.zone.clone(),
        unit: measure.unit,
        version: figure.version,
        points: points.collect(),
    };
    let labels = days
        .iter()
        .map(|day| words.day_month_short(*day))
        .enumerate();
    let (width, height) = if is_alone { ALONE } else { INSIDE };
    let centre = site.centre().name.in_language(words.lang.code());
    let e = &words.edition;
    Some(Picture {
        width,
        height,
        id: "edition".to_owned(),
        title: format!("{centre}, {}: {}", found.version.week, e.chart_title),
        description: format!(
            "{}: {}",
            e.share_title,
            super::days_words(found.version.week, words)
        ),
        number_marks: (words.decimal_mark, words.thousands_mark),
        labels: labels.collect(),
        stands_alone: is_alone,
        panes: vec![Pane {
            unit: words.unit_contacts.to_owned(),
            is_count: true,
            ..Pane::of(series, Form::Bars)
        }],
        ..Picture::default()
    })
}

fn shown(cell: &Cell) -> Shown {
    let bound = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    cell.number()
        .map(Shown::Value)
        .or_else(|| bound(&cell.under).map(Shown::Under))
        .or_else(|| bound(&cell.at_least).map(Shown::AtLeast))
        .unwrap_or(Shown::None)
}

/// The picture within the page; none where the facts hold no days.
///
/// # Errors
/// When it cannot be drawn.
pub fn inside(site: &Site, visitor: &Visitor, found: &Found) -> Result<Option<String>, Error> {
    let picture = picture(site, visitor, found, false);
    let drawn = picture.map(|picture| charts::svg(&picture)).transpose();
    drawn.map_err(|error| Error::Failed(error.into()))
}

/// The picture on its own.
///
/// # Errors
/// When it cannot be drawn; without days there is none.
pub fn svg(site: &Site, visitor: &Visitor, found: &Found) -> Result<Response, Error> {
    let picture = picture(site, visitor, found, true).ok_or(Error::NoSuchPage)?;
    let text = charts::svg(&picture).map_err(|error| Error::Failed(error.into()))?;
    let mut response = kept("image/svg+xml", text.into_bytes());
    let policy = HeaderValue::from_static(PICTURE_POLICY);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// The same as PNG, to be shared.
///
/// # Errors
/// As of the SVG.
pub async fn png(site: &Site, visitor: &Visitor, found: &Found) -> Result<Response, Error> {
    let picture = picture(site, visitor, found, true).ok_or(Error::NoSuchPage)?;
    // Compressing pixels takes milliseconds: not on a thread that answers others.
    let drawn = tokio::task::spawn_blocking(move || charts::png(&picture)).await;
    let drawn = drawn.map_err(|error| anyhow::Error::new(error).context("drawing a PNG"))?;
    let bytes = drawn.map_err(|error| Error::Failed(error.into()))?;
    Ok(kept("image/png", bytes))
}

fn kept(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(AN_HOUR)),
    ];
    (headers, bytes).into_response()
}
