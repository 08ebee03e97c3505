//! `/api/v1/events`: what the page lists, for programs.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::compare::{Basis, Compared, compare, lines_of};
use crate::domain::event::Millis;
use crate::domain::occasion::Occasion;
use crate::domain::period::timestamp;
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::error::{Error, Why};
use crate::site::page::Visitor;

/// Comparisons are made for the newest past events only: each reads a month of days.
const COMPARED: usize = 50;

/// The list, the earliest first.
pub async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&["line"])?;
    let line = line(&site, &visitor)?;
    let occasions = site.figures().occasions();
    let concerned = occasions.iter().filter(|own| own.concerns(&line));
    let concerned: Vec<_> = concerned.collect();
    let now_ms = site.figures().at_ms();
    let over = concerned.iter().rev().copied();
    let over = over.filter(|own| !lines_of(&site, own, now_ms).is_empty());
    let over: Vec<_> = over.take(COMPARED).collect();
    let compared = compare(&site, &over).await?;
    let rows_of = |own: &Occasion| {
        let place = over.iter().position(|other| other.id == own.id);
        place.map_or(&[][..], |place| &compared[place])
    };
    let events = concerned.into_iter();
    let events: Vec<Value> = events
        .map(|own| as_json(&site, own, rows_of(own)))
        .collect();
    let body = json!({"zone": site.centre().zone_name, "events": events});
    Ok(tagged(
        body.to_string(),
        "application/json",
        A_TICK,
        &headers,
    ))
}

fn line(site: &Site, visitor: &Visitor) -> Result<String, Error> {
    let line = visitor.parameter("line").unwrap_or_else(|| "*".to_owned());
    if line == "*" || site.centre().line(&line).is_some() {
        return Ok(line);
    }
    let known = std::iter::once("*".to_owned()).chain(site.line_ids());
    Err(Error::BadParameter {
        name: "line",
        why: Why::UnknownLine,
        known: known.collect(),
    })
}

/// An occasion as everybody may know it: the role of who entered it, never the name.
fn as_json(site: &Site, own: &Occasion, compared: &[Compared]) -> Value {
    let facts = &own.facts;
    let instant = |at_ms: Millis| timestamp(at_ms).to_string();
    let lines = if facts.lines.is_empty() {
        vec!["*".to_owned()]
    } else {
        facts.lines.clone()
    };
    json!({
        "id": own.id,
        "kind": facts.kind.name(),
        "origin": facts.origin.name(),
        "state": own.state(site.figures().at_ms()).name(),
        "title": facts.title,
        "lines": lines,
        "start": instant(facts.start_ms),
        "end": instant(facts.end_ms),
        "entered_at": instant(own.entered_ms),
        "entered_by": own.by.role.name(),
        "entered_afterwards": own.is_entered_afterwards(),
        "changed_at": own.changed_ms.map(instant),
        "cancelled_at": own.cancelled_ms.map(instant),
        "compared": compared.iter().map(compared_json).collect::<Vec<_>>(),
    })
}

fn compared_json(one: &Compared) -> Value {
    let issued = match one.basis {
        Basis::Forecast(issued) => Some(issued.to_string()),
        Basis::FourWeeks => None,
    };
    json!({
        "line": one.line,
        "expected": one.expected.map(f64::round),
        "came": one.came,
        "basis": one.basis.name(),
        "forecast_issued": issued,
    })
}
