//! `/api/v1/series` and `/api/v1/week`: exactly what the pages show, for programs.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::Site;
use super::cache::checksum;
use super::error::{Error, Why};
use super::figures::{Definition, SeriesAsk, WeekCell, WeekTable};
use super::page::Visitor;
use crate::domain::event::Millis;
use crate::domain::period::{self, Grain};
use crate::domain::published::{Point, Series, Shown};

/// An answer has at most this many points.
const MOST_POINTS: i64 = 5_000;
/// Without `from`, the series covers the last four weeks.
const DEFAULT_DAYS: i64 = 28;
const DAY_MS: Millis = 86_400_000;

/// A measure over time, as JSON or CSV.
pub async fn series(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&["line", "measure", "grain", "from", "to", "format"])?;
    let ask = read_ask(&site, &visitor)?;
    let format = visitor.parameter("format").unwrap_or_else(|| "json".into());
    let kind = match format.as_str() {
        "json" => "application/json",
        "csv" => "text/csv; charset=utf-8; header=present",
        _ => {
            let known = vec!["json".into(), "csv".into()];
            return Err(Error::BadParameter {
                name: "format",
                why: Why::UnknownFormat,
                known,
            });
        }
    };
    let series = site.figures().series(ask).await?;
    let body = if format == "csv" {
        as_csv(&series)?
    } else {
        as_json(&series).to_string()
    };
    let mut response = tagged(body, kind, &headers);
    if format == "csv" {
        let name = format!(
            "attachment; filename=\"{}-{}.csv\"",
            series.measure,
            series.grain.name()
        );
        if let Ok(name) = HeaderValue::from_str(&name) {
            response
                .headers_mut()
                .insert(header::CONTENT_DISPOSITION, name);
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
    let first = site.centre().lines.first().map(|line| line.id.clone());
    let line = visitor.parameter("line").or(first).unwrap_or_default();
    if site.centre().line(&line).is_none() {
        return Err(Error::BadParameter {
            name: "line",
            why: Why::UnknownLine,
            known: site.line_ids(),
        });
    }
    let week = site.figures().week(&line).await?;
    let body = week_json(&week, &site.centre().zone_name).to_string();
    Ok(tagged(body, "application/json", &headers))
}

/// Reads and checks what a series is asked for.
///
/// # Errors
/// Names the parameter that cannot be used, and the remedy.
pub fn read_ask(site: &Site, visitor: &Visitor) -> Result<SeriesAsk, Error> {
    let line = read_line(site, visitor)?;
    let definition = read_measure(site, visitor)?;
    let grain = match visitor.parameter("grain") {
        None => Grain::Day,
        Some(name) => Grain::from_name(&name).ok_or_else(|| Error::BadParameter {
            name: "grain",
            why: Why::UnknownGrain,
            known: Grain::ALL
                .iter()
                .map(|grain| grain.name().to_owned())
                .collect(),
        })?,
    };
    if grain.is_within_day() && !definition.within_day {
        let known = [Grain::Day, Grain::Week, Grain::Month].map(|grain| grain.name().to_owned());
        return Err(Error::BadParameter {
            name: "grain",
            why: Why::TooFine,
            known: known.into(),
        });
    }
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
        grain,
        from_ms,
        to_ms,
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

fn shortest_ms(grain: Grain) -> Millis {
    match grain {
        Grain::Interval => DAY_MS / 96,
        Grain::HalfHour => DAY_MS / 48,
        Grain::Hour => DAY_MS / 24,
        Grain::Day => DAY_MS,
        Grain::Week => 7 * DAY_MS,
        Grain::Month => 28 * DAY_MS,
    }
}

fn as_json(series: &Series) -> Value {
    json!({
        "line": series.line,
        "measure": series.measure,
        "grain": series.grain.name(),
        "zone": series.zone,
        "unit": series.unit,
        "definition": {"id": series.measure, "version": series.version},
        "points": series.points.iter().map(point_json).collect::<Vec<_>>(),
    })
}

fn point_json(point: &Point) -> Value {
    let mut object = Map::new();
    object.insert(
        "start".into(),
        json!(period::timestamp(point.start_ms).to_string()),
    );
    let value = match point.value {
        Shown::Value(value) => number(value),
        _ => Value::Null,
    };
    object.insert("value".into(), value);
    object.insert("n".into(), json!(point.n));
    object.insert(
        "mark".into(),
        json!(point.mark.map(crate::domain::published::Mark::letter)),
    );
    match point.value {
        Shown::Under(bound) => _ = object.insert("under".into(), number(bound)),
        Shown::AtLeast(bound) => _ = object.insert("at_least".into(), number(bound)),
        Shown::Value(_) | Shown::None => {}
    }
    Value::Object(object)
}

/// Counts as whole numbers, all else to the millionth: more digits would be noise of the machine.
fn number(value: f64) -> Value {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        return json!(rounded as i64);
    }
    json!(rounded)
}

fn as_csv(series: &Series) -> Result<String, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed =
        |error: csv::Error| Error::Failed(anyhow::Error::new(error).context("writing CSV"));
    writer
        .write_record(["start", "value", "n", "mark", "under", "at_least"])
        .map_err(failed)?;
    let bound = |bound: Option<f64>| bound.map_or_else(String::new, |b| number(b).to_string());
    for point in &series.points {
        let value = match point.value {
            Shown::Value(value) => number(value).to_string(),
            _ => String::new(),
        };
        let record = [
            period::timestamp(point.start_ms).to_string(),
            value,
            point.n.map_or_else(String::new, |n| n.to_string()),
            point
                .mark
                .map_or_else(String::new, |mark| mark.letter().to_owned()),
            bound(match point.value {
                Shown::Under(bound) => Some(bound),
                _ => None,
            }),
            bound(match point.value {
                Shown::AtLeast(bound) => Some(bound),
                _ => None,
            }),
        ];
        writer
            .write_record(record.map(|field| harmless(&field)))
            .map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| anyhow::anyhow!("writing CSV: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A field that a spreadsheet would take for a formula gets a quote in front; numbers do not.
fn harmless(field: &str) -> String {
    let is_formula =
        field.starts_with(['=', '+', '-', '@', '\t', '\r']) && field.parse::<f64>().is_err();
    if is_formula {
        format!("'{field}")
    } else {
        field.to_owned()
    }
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
                    "low_mins": wait.low_mins,
                    "high_mins": wait.high_mins,
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

/// A body with a weak tag, kept by caches for a minute; nothing is sent to who has it already.
fn tagged(body: String, kind: &'static str, request: &HeaderMap) -> Response {
    let tag = format!("W/\"{:x}\"", checksum(body.as_bytes()));
    let has_it = request
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok())
        .is_some_and(|known| {
            known
                .split(',')
                .any(|known| [tag.as_str(), "*"].contains(&known.trim()))
        });
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=60"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_without_a_fraction() {
        assert_eq!(number(31_359.0).to_string(), "31359");
        assert_eq!(number(81.904_761_904_761).to_string(), "81.904762");
    }

    #[test]
    fn a_spreadsheet_finds_no_formula() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@x"), "'@x");
        assert_eq!(harmless("-4.5"), "-4.5");
    }

    #[test]
    fn a_bound_is_not_a_value() {
        let point = Point {
            start_ms: 0,
            end_ms: 1,
            value: Shown::Under(12.5),
            n: Some(40),
            mark: None,
        };
        let json = point_json(&point);
        assert!(json["value"].is_null());
        assert_eq!(json["under"], 12.5);
        assert_eq!(json["start"], "1970-01-01T00:00:00Z");
    }
}
