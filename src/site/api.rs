//! `/api/v1/series` and `/api/v1/week`: exactly what the pages show, for programs.

mod csv;
mod describe;
mod part;

pub use describe::{csv_metadata, definitions};
pub use part::site_ids;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Site;
use super::analysed::{self, Analysed, Compare, Overlays, Wanted, analyse};
use super::beside::{self, Changed};
use super::cache::checksum;
use super::columns::{self, Form};
use super::error::{Error, Why};
use super::figures::{Definition, SeriesAsk, WeekCell, WeekTable};
use super::history::{compare_label, summary_words};
use super::page::Visitor;
use crate::domain::event::Millis;
use crate::domain::period::{self, Grain};

/// An answer has at most this many points.
pub const MOST_POINTS: i64 = 36_000;
/// What a series is asked for.
pub static SERIES_PARAMETERS: [&str; 12] = [
    "line", "measure", "cause", "channel", "site", "grain", "from", "to", "compare", "overlay",
    "format", "lang",
];
/// What decides which columns its CSV has.
pub static METADATA_PARAMETERS: [&str; 3] = ["measure", "compare", "overlay"];
/// The forms of a series.
pub const FORMATS: [&str; 3] = ["json", "csv", "columns"];
/// What only a new version of the program changes.
pub const AN_HOUR: &str = "public, max-age=3600";
/// A period of which every day is closed; a revision is seen the day after at the latest.
pub const A_DAY: &str = "public, max-age=86400";
/// A period that still counts: as long as a tick of the pages.
pub const A_TICK: &str = "public, max-age=5";
/// What is made anew every quarter of an hour.
pub const A_MINUTE: &str = "public, max-age=60";
/// A day is closed at this hour of the next one.
const CLOSE_HOUR: i8 = 4;
/// Without `from`, the series covers the last four weeks.
const DEFAULT_DAYS: i64 = 28;
const DAY_MS: Millis = 86_400_000;

/// A measure over time, as JSON or CSV.
pub async fn series(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&SERIES_PARAMETERS)?;
    let ask = read_ask(&site, &visitor)?;
    let format = visitor.parameter("format").unwrap_or_else(|| "json".into());
    let wanted = Wanted {
        compare: Compare::read(&site, &visitor, &ask.line)?,
        overlays: Overlays::read(&visitor)?,
    };
    let kind = match format.as_str() {
        "json" | "columns" => "application/json",
        "csv" => "text/csv; charset=utf-8; header=present",
        _ => {
            let known = FORMATS.map(str::to_owned).into();
            return Err(Error::BadParameter {
                name: "format",
                why: Why::UnknownFormat,
                known,
            });
        }
    };
    let series = site.figures().series(ask.clone()).await?;
    let analysed = analyse(&site, series, &ask, &wanted, visitor.lang).await?;
    let body = if format == "csv" {
        csv::write(&analysed)?
    } else {
        let changes = beside::changed(&site, &ask, &analysed.series.breaks).await?;
        as_json(&site, &visitor, &ask, (&analysed, &format), &changes)
    };
    let series = &analysed.series;
    let mut response = tagged(body, kind, keep_for(&site, ask.to_ms), &headers);
    // The summary is in words.
    let vary = HeaderValue::from_static("accept-language, accept-encoding");
    response.headers_mut().insert(header::VARY, vary);
    if format == "csv" {
        let part = ask.cause.iter().chain(&ask.site);
        let part = part.map(|part| format!("{part}-"));
        let name = format!(
            "attachment; filename=\"{}-{}{}.csv\"",
            series.measure,
            part.collect::<String>(),
            series.grain.name()
        );
        if let Ok(name) = HeaderValue::from_str(&name) {
            response
                .headers_mut()
                .insert(header::CONTENT_DISPOSITION, name);
        }
        let address =
            describe::metadata_address(series.measure, wanted.compare.as_ref(), wanted.overlays);
        let link = format!("<{address}>; rel=\"describedby\"; type=\"application/csvm+json\"");
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// The usual week of a line.
pub async fn week(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&["line"])?;
    let line = site.line_or_first(visitor.parameter("line").as_deref())?;
    let week = site.figures().week(&line.id).await?;
    let body = week_json(&week, &site.centre().zone_name).to_string();
    Ok(tagged(body, "application/json", A_MINUTE, &headers))
}

/// How long caches may keep what shows time up to `to_ms`.
#[must_use]
pub fn keep_for(site: &Site, to_ms: Millis) -> &'static str {
    if to_ms <= period::day_start_ms(first_open_day(site), &site.centre().zone) {
        A_DAY
    } else {
        A_TICK
    }
}

/// The first day that is not closed yet, or whose record is not public yet.
#[must_use]
pub fn first_open_day(site: &Site) -> Date {
    let zone = &site.centre().zone;
    let now_ms = site.figures().at_ms();
    let today = period::local_day(now_ms, zone);
    let close = today.to_datetime(jiff::civil::Time::constant(CLOSE_HOUR, 0, 0, 0));
    let is_yesterday_closed = now_ms >= period::instant_ms(close, zone);
    let days_open = i64::from(!is_yesterday_closed);
    let first_open = today.saturating_sub(jiff::Span::new().days(days_open));
    let unrecorded = site.figures().first_unrecorded();
    unrecorded.map_or(first_open, |day| day.min(first_open))
}

/// Reads and checks what a series is asked for.
///
/// # Errors
/// Names the parameter that cannot be used, and the remedy.
pub fn read_ask(site: &Site, visitor: &Visitor) -> Result<SeriesAsk, Error> {
    let line = read_line(site, visitor)?;
    let definition = read_measure(site, visitor)?;
    fits_line(definition, &line)?;
    let cause = part::read_cause(site, visitor, definition, &line)?;
    let grain = match visitor.parameter("grain") {
        None => Grain::Day.max(definition.finest),
        Some(name) => Grain::from_name(&name).ok_or_else(|| Error::BadParameter {
            name: "grain",
            why: Why::UnknownGrain,
            known: Grain::ALL
                .iter()
                .map(|grain| grain.name().to_owned())
                .collect(),
        })?,
    };
    if grain < definition.finest {
        let known = grains_from(definition.finest);
        return Err(Error::BadParameter {
            name: "grain",
            why: Why::TooFine,
            known: known.iter().map(|grain| grain.name().to_owned()).collect(),
        });
    }
    let channel = part::read_channel(site, visitor, definition, (&line, grain))?;
    let of_site = part::read_site(site, visitor, definition, (&line, grain))?;
    let zone = &site.centre().zone;
    let tomorrow =
        period::local_day(site.figures().at_ms(), zone).saturating_add(jiff::Span::new().days(1));
    let to_ms =
        read_instant(site, visitor, "to")?.unwrap_or_else(|| period::day_start_ms(tomorrow, zone));
    let default_from =
        period::local_day(to_ms, zone).saturating_sub(jiff::Span::new().days(DEFAULT_DAYS));
    let from_ms = read_instant(site, visitor, "from")?
        .unwrap_or_else(|| period::day_start_ms(default_from, zone));
    if from_ms >= to_ms {
        return Err(Error::BadParameter {
            name: "from",
            why: Why::OrderOfRange,
            known: Vec::new(),
        });
    }
    if (to_ms - from_ms) / shortest_ms(grain) > MOST_POINTS {
        return Err(Error::BadParameter {
            name: "from",
            why: Why::TooManyPoints,
            known: Vec::new(),
        });
    }
    Ok(SeriesAsk {
        line,
        measure: definition.id,
        cause,
        channel,
        site: of_site,
        grain,
        from_ms,
        to_ms,
    })
}

/// The grains a measure exists for, from the narrowest.
#[must_use]
pub fn grains_from(finest: Grain) -> Vec<Grain> {
    let grains = Grain::ALL.into_iter();
    grains.filter(|grain| *grain >= finest).collect()
}

/// The line asked for; for a measure that exists for all lines together only, those.
///
/// # Errors
/// When there is no such line.
pub fn line_for(site: &Site, visitor: &Visitor, measure: &Definition) -> Result<String, Error> {
    let line = read_line(site, visitor)?;
    let is_whole = measure.whole_centre_only;
    Ok(if is_whole { "*".to_owned() } else { line })
}

/// Some measures exist for all lines together only.
///
/// # Errors
/// When it is one of them and a line is asked for.
fn fits_line(definition: &Definition, line: &str) -> Result<(), Error> {
    if line == "*" || !definition.whole_centre_only {
        return Ok(());
    }
    Err(Error::BadParameter {
        name: "line",
        why: Why::WholeCentreOnly,
        known: vec!["*".to_owned()],
    })
}

/// The line asked for; `*` and none are the whole centre.
///
/// # Errors
/// When there is no such line.
pub fn read_line(site: &Site, visitor: &Visitor) -> Result<String, Error> {
    let line = visitor.parameter("line").unwrap_or_else(|| "*".into());
    if line == "*" || site.centre().line(&line).is_some() {
        return Ok(line);
    }
    let known = std::iter::once("*".to_owned())
        .chain(site.line_ids())
        .collect();
    Err(Error::BadParameter {
        name: "line",
        why: Why::UnknownLine,
        known,
    })
}

/// The measure asked for; without one, the first of all.
///
/// # Errors
/// When there is no such measure.
pub fn read_measure<'a>(site: &'a Site, visitor: &Visitor) -> Result<&'a Definition, Error> {
    let definitions = site.figures().definitions();
    let asked = visitor.parameter("measure");
    let found = match &asked {
        None => definitions.first(),
        Some(id) => definitions.iter().find(|definition| definition.id == id),
    };
    found.ok_or_else(|| Error::BadParameter {
        name: "measure",
        why: Why::UnknownMeasure,
        known: definitions
            .iter()
            .map(|definition| definition.id.to_owned())
            .collect(),
    })
}

fn read_instant(
    site: &Site,
    visitor: &Visitor,
    name: &'static str,
) -> Result<Option<Millis>, Error> {
    let Some(text) = visitor.parameter(name) else {
        return Ok(None);
    };
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        return Ok(Some(period::day_start_ms(day, &site.centre().zone)));
    }
    // A plus sign that was not encoded arrives as a blank.
    let instant = super::instant_ms(&text.replace(' ', "+"));
    let bad = Error::BadParameter {
        name,
        why: Why::BadInstant,
        known: Vec::new(),
    };
    instant.map(Some).ok_or(bad)
}

/// The shortest a point of a grain can be.
#[must_use]
pub fn shortest_ms(grain: Grain) -> Millis {
    match grain {
        Grain::Interval => DAY_MS / 96,
        Grain::HalfHour => DAY_MS / 48,
        Grain::Hour => DAY_MS / 24,
        Grain::Day => DAY_MS,
        Grain::Week => 7 * DAY_MS,
        Grain::Month => 28 * DAY_MS,
    }
}

fn as_json(
    site: &Site,
    visitor: &Visitor,
    ask: &SeriesAsk,
    (analysed, format): (&Analysed, &str),
    changes: &[Changed],
) -> String {
    let (from, to) = analysed::days_of(site, ask);
    let days = (from, to.saturating_sub(jiff::Span::new().days(1)));
    let text = summary_words(site, analysed, days, visitor.lang);
    let compare = analysed.compare.as_ref();
    let label = compare.map_or_else(String::new, |compare| {
        compare_label(site, compare, visitor.lang)
    });
    let form = if format == "columns" {
        Form::Columns
    } else {
        Form::Points
    };
    let mut body = columns::analysed(analysed, form, &text, &label);
    if let Some(cause) = &ask.cause {
        body["cause"] = json!(cause);
    }
    if let Some(channel) = ask.channel {
        body["channel"] = json!(channel.name());
    }
    if let Some(of_site) = &ask.site {
        body["site"] = json!(of_site);
    }
    if !changes.is_empty() {
        body["beside"] = beside::as_json(changes);
    }
    body.to_string()
}

fn week_json(week: &WeekTable, zone: &str) -> Value {
    let rows = week.rows.iter().map(|row| {
        let cells = row.cells.iter().enumerate().map(|(day, cell)| {
            let weekday = day + 1;
            match cell {
                WeekCell::Closed => json!({"weekday": weekday, "mark": "closed"}),
                WeekCell::NoData => json!({"weekday": weekday, "mark": "x"}),
                WeekCell::FewCalls => json!({"weekday": weekday, "mark": "c"}),
                WeekCell::Usual { wait, busy_index } => json!({
                    "weekday": weekday,
                    "low_mins": wait.map(|wait| wait.low_mins),
                    "high_mins": wait.map(|wait| wait.high_mins),
                    "busy_index": busy_index,
                }),
            }
        });
        let start = format!("{:02}:{:02}", row.start.hour(), row.start.minute());
        json!({"start": start, "cells": cells.collect::<Vec<_>>()})
    });
    json!({
        "line": week.line,
        "zone": zone,
        "unit": "minutes",
        "weeks": week.weeks,
        "rows": rows.collect::<Vec<_>>(),
        "busiest": week.busiest.iter().map(|day| day + 1).collect::<Vec<_>>(),
        "quietest": week.quietest.map(|(day, from)| json!({
            "weekday": day + 1,
            "after": format!("{:02}:{:02}", from.hour(), from.minute()),
        })),
    })
}

/// A body with a weak tag; nothing is sent to who has it already.
pub fn tagged(
    body: String,
    kind: &'static str,
    keep: &'static str,
    request: &HeaderMap,
) -> Response {
    let tag = format!("W/\"{:x}\"", checksum(body.as_bytes()));
    let has_it = has_tag(request, &tag);
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Whether who asks has what bears a tag.
#[must_use]
pub fn has_tag(request: &HeaderMap, tag: &str) -> bool {
    let known = request.get(header::IF_NONE_MATCH);
    let known = known.and_then(|known| known.to_str().ok());
    known.is_some_and(|known| {
        known
            .split(',')
            .any(|known| [tag, "*"].contains(&known.trim()))
    })
}
