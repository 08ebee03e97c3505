//! `/api/v1/performance`: exactly what the page shows, for programs.

use std::ops::Range;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::callers::{Ten, ten};
use super::conserved::{Checked, Verdict, check};
use super::course::{Course, of_causes, of_purposes};
use super::figure::{Figure, Pooled, Versus, data_address, last_of};
use super::range::{Asked, PARAMETERS};
use super::record::{
    COMPLAINTS, FLOW, PURPOSES, Record, SATISFACTION, SIDES, Spread, UNCLASSIFIED, WAITS,
};
use super::rows::backlogs;
use crate::domain::analysis::interval;
use crate::domain::published::{Mark, Shown};
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::columns::{self, Form};
use crate::site::error::Error;
use crate::site::page::Visitor;

/// The record as JSON.
pub async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&PARAMETERS)?;
    let asked = Asked::read(&site, &visitor).await?;
    let record = Record::read(&site, asked).await?;
    let mut body = as_json(&site, &record);
    if record.asked.is_whole_centre() {
        let purposes = of_purposes(&site, &record.asked).await?;
        let causes = of_causes(&site, &record.asked).await?;
        body["charts"] = json!({
            "purposes": course(&purposes),
            "complaints_by_cause": course(&causes),
        });
    }
    let body = body.to_string();
    Ok(tagged(body, "application/json", A_TICK, &headers))
}

/// The record.
#[must_use]
pub fn as_json(site: &Site, record: &Record) -> Value {
    let list = |ids: &[&str]| -> Value {
        record
            .figures(ids)
            .map(|one| figure(&record.asked, one))
            .collect()
    };
    let purposes: Vec<&str> = PURPOSES
        .iter()
        .flat_map(|(share, count)| [*share, *count])
        .chain([UNCLASSIFIED])
        .collect();
    let causes = record.causes.iter().map(|(cause, both)| {
        let both = both.iter().map(|one| figure(&record.asked, one));
        json!({"cause": cause, "figures": both.collect::<Vec<_>>()})
    });
    let backlogs = backlogs(site, &record.asked).into_iter();
    let received = record.received;
    json!({
        "period": record.asked.choice.name(),
        "line": record.asked.line,
        "zone": site.centre().zone_name,
        "from": record.asked.days.start,
        "to": record.asked.last(),
        "is_running": record.asked.is_running(),
        "service_levels": list(&SIDES),
        "ten_callers": ten(record).as_ref().map(ten_json),
        "waits": list(&WAITS),
        "contacts": list(&FLOW),
        "purposes": list(&purposes),
        "channels": record.channels.iter().map(|one| figure(&record.asked, one)).collect::<Vec<_>>(),
        "complaints": list(&COMPLAINTS),
        "complaints_by_cause": causes.collect::<Vec<_>>(),
        "satisfaction": list(&SATISFACTION),
        "answers": record.spreads.iter().map(spread).collect::<Vec<_>>(),
        "backlog": backlogs.map(|backlog| json!({
            "line": backlog.line,
            "waiting": backlog.waiting,
            "waiting_below": backlog.waiting_below,
            "answering_messages_of": backlog.oldest,
        })).collect::<Vec<_>>(),
        "conservation": check(record).iter().map(checked).collect::<Vec<_>>(),
        "events": {
            "received": received.received,
            "counted": received.counted,
            "duplicate": received.duplicate,
            "orphaned": received.orphaned,
            "rejected": received.rejected,
        },
    })
}

fn figure(asked: &Asked, figure: &Figure) -> Value {
    let measure = figure.measure;
    let [before, last_year] = &figure.earlier;
    let mut body = pooled(&figure.now, &figure.days);
    body["measure"] = json!(measure.id);
    body["unit"] = json!(measure.unit);
    body["version"] = json!(measure.version);
    body["target"] = json!(figure.target);
    body["interval"] = json!(interval(&measure.kind, &figure.now.point));
    body["before"] = versus(before);
    body["last_year"] = versus(last_year);
    if let Some(cause) = &figure.cause {
        body["cause"] = json!(cause);
    }
    if let Some(channel) = figure.channel {
        body["channel"] = json!(channel.name());
    }
    body["data"] = json!(data_address(asked, figure));
    body
}

/// The series that a picture is drawn from.
fn course(course: &Course) -> Value {
    let parts = course.parts.iter().zip(&course.series);
    let series = parts.map(|(part, series)| {
        let mut one = columns::series(series, Form::Points);
        one.insert("part".into(), json!(part));
        Value::Object(one)
    });
    json!({
        "from": course.days.start,
        "to": last_of(&course.days),
        "series": series.collect::<Vec<_>>(),
    })
}

fn versus(versus: &Versus) -> Value {
    let mut body = pooled(&versus.then, &versus.days);
    body["change"] = json!(versus.change.map(crate::domain::analysis::Change::name));
    body
}

fn pooled(pooled: &Pooled, days: &Range<Date>) -> Value {
    let point = &pooled.point;
    let (value, under, at_least) = match point.value {
        Shown::Value(value) if value.is_finite() => (Some(value), None, None),
        Shown::Under(value) => (None, Some(value), None),
        Shown::AtLeast(value) => (None, None, Some(value)),
        Shown::Value(_) | Shown::None => (None, None, None),
    };
    json!({
        "from": days.start,
        "to": last_of(days),
        "value": value,
        "under": under,
        "at_least": at_least,
        "n": point.n,
        "mark": point.mark.map(Mark::letter),
        "cells": pooled.cells,
        "withheld_cells": pooled.withheld,
        "missing_cells": pooled.missing,
        "left_out_days": pooled.left_out_days,
    })
}

fn ten_json(ten: &Ten) -> Value {
    let ways = ten.ways.iter().map(|(went, callers, figures)| {
        json!({"way": went.name(), "callers": callers, "of_ten": figures})
    });
    let [self_served, still_open, unexplained] = ten.beside;
    json!({
        "of": ten.of,
        "ways": ways.collect::<Vec<_>>(),
        "self_served": self_served,
        "still_open": still_open,
        "unexplained": unexplained,
    })
}

fn spread(spread: &Spread) -> Value {
    let shares = spread.shares.as_ref().map(|shares| {
        let shares = shares.iter().map(|share| {
            json!({
                "from": share.scores.start(),
                "to": share.scores.end(),
                "answers": share.answers,
                "percent": share.percent,
            })
        });
        shares.collect::<Vec<_>>()
    });
    json!({
        "question": spread.scale.name(),
        "from": spread.days.start,
        "to": last_of(&spread.days),
        "scores": shares,
    })
}

fn checked(checked: &Checked) -> Value {
    let off = match checked.verdict {
        Verdict::Off(off) => Some(off),
        _ => None,
    };
    json!({
        "total": checked.total,
        "parts": checked.parts,
        "unreported": checked.unreported,
        "state": checked.verdict.name(),
        "difference": off,
    })
}
