//! Editions for programs: the list, a version with its facts byte for byte, and the facts as a table.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Found, address, state_of};
use crate::domain::edition::facts::{Cell, Figure};
use crate::domain::edition::{Shelf, Slot, Version, bind, comment};
use crate::domain::event::Millis;
use crate::domain::period::timestamp;
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::error::Error;
use crate::site::page::Visitor;

/// `/api/v1/editions`: every slot from the first on, to those twelve months ahead.
pub async fn api(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&[])?;
    let shelf = site.figures().editions();
    let zone = &site.centre().zone;
    let slots = shelf.calendar.as_ref();
    let slots = slots.map_or_else(Vec::new, |own| own.slots(site.figures().at_ms(), zone));
    let slots: Vec<Value> = slots
        .iter()
        .map(|own| slot_json(&site, &shelf, own))
        .collect();
    let body = json!({"zone": site.centre().zone_name, "slots": slots}).to_string();
    Ok(tagged(body, "application/json", A_TICK, &headers))
}

fn instant(at_ms: Millis) -> String {
    timestamp(at_ms).to_string()
}

fn slot_json(site: &Site, shelf: &Shelf, slot: &Slot) -> Value {
    let state = shelf.state(slot, site.figures().at_ms());
    let days_late = match state {
        crate::domain::edition::State::SignedLate { days } => Some(days),
        _ => None,
    };
    let versions = shelf.versions(slot.week);
    let due_ms = versions.first().map_or(slot.due_ms, |own| own.body.due_ms);
    json!({
        "week": slot.week,
        "due": instant(due_ms),
        "grace_until": instant(slot.grace_until_ms - slot.due_ms + due_ms),
        "state": state.name(),
        "days_late": days_late,
        "versions": versions.iter().map(version_json).collect::<Vec<_>>(),
    })
}

fn version_json(own: &Version) -> Value {
    json!({
        "version": own.version,
        "kind": if own.is_correction { "correction" } else { "edition" },
        "published_at": instant(own.at_ms),
        "officer": own.body.officer.as_ref().map(|own| &own.name),
        "signed_at": own.body.signed_ms.map(instant),
        "facts_sha256": own.body.facts(),
        "leaf": {"number": own.leaf, "hash": own.hash},
        "address": address(own),
    })
}

/// A version with its facts exactly as they were hashed.
///
/// # Errors
/// When the bytes are no JSON, which is our fault.
pub fn json(site: &Site, found: &Found, headers: &HeaderMap) -> Result<Response, Error> {
    let own = &found.version;
    let text = String::from_utf8(found.bytes.clone()).map_err(anyhow::Error::from)?;
    let facts = RawValue::from_string(text).map_err(anyhow::Error::from)?;
    let state = state_of(site, &found.shelf, own.week).map(|(_, state)| state.name());
    let mut about = version_json(own);
    about["week"] = json!(own.week);
    about["state"] = json!(state);
    about["due_at"] = json!(instant(own.body.due_ms));
    about["late_secs"] = json!(own.body.late_secs);
    about["comment"] = json!(own.body.comment);
    about["comment_is_supported"] = json!(is_supported(found));
    about["not_signed_by"] = json!(own.body.not_signed_by);
    let seen = own.body.seen_by.iter();
    let seen = seen.map(|seen| json!({"name": seen.name, "at": instant(seen.at_ms)}));
    about["seen_by"] = seen.collect();
    about["corrected_by"] = json!(own.body.author.as_ref().map(|own| &own.name));
    about["reason"] = json!(own.body.reason);
    about["size_of_change"] = json!(own.body.size_of_change);
    about["sample_data"] = json!(own.body.is_sample);
    let newest = found.shelf.newest(own.week).map(|newest| newest.version);
    about["superseded_by"] = json!(newest.filter(|newest| *newest != own.version));
    let about = about.to_string();
    // The facts stand before the object's last brace, byte for byte.
    let open = about.strip_suffix('}').unwrap_or(&about);
    let body = format!("{open},\"facts\":{facts}}}");
    Ok(tagged(body, "application/json", A_TICK, headers))
}

fn is_supported(found: &Found) -> Option<bool> {
    let text = found.version.body.comment.as_deref()?;
    let blocks = comment::read(text).ok()?;
    let bound = bind::bind(blocks, &found.facts).ok()?;
    Some(bind::is_supported(&bound))
}

/// The facts as a table: a row for each value.
///
/// # Errors
/// When it cannot be written, which is our fault.
pub fn csv(found: &Found, headers: &HeaderMap) -> Result<Response, Error> {
    let failed =
        |error: csv::Error| Error::Failed(anyhow::Error::new(error).context("writing CSV"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = [
        "measure", "unit", "line", "cause", "of", "value", "under", "at_least", "n", "mark",
    ];
    writer.write_record(head).map_err(failed)?;
    let facts = &found.facts;
    for own in facts
        .figures
        .iter()
        .chain(&facts.lines)
        .chain(&facts.causes)
    {
        for row in rows(own) {
            writer.write_record(row).map_err(failed)?;
        }
    }
    let bytes = writer.into_inner();
    let bytes = bytes.map_err(|error| anyhow::anyhow!("writing CSV: {error}"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(tagged(text, "text/csv; charset=utf-8", A_TICK, headers))
}

/// Ids are plain and numbers are numbers: no field can begin a formula.
fn rows(own: &Figure) -> Vec<[String; 10]> {
    let row = |of: &str, cell: &Cell| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        [
            own.measure.clone(),
            own.unit.clone(),
            own.line.clone(),
            own.cause.clone().unwrap_or_default(),
            of.to_owned(),
            text(&cell.value),
            text(&cell.under),
            text(&cell.at_least),
            cell.n.map_or_else(String::new, |n| n.to_string()),
            text(&cell.mark),
        ]
    };
    let plain = |value: &Option<String>| Cell {
        value: value.clone(),
        ..Cell::default()
    };
    let mut rows = vec![row("week", &own.value)];
    let days = own.days.iter().enumerate();
    rows.extend(days.map(|(day, cell)| row(&format!("day_{}", day + 1), cell)));
    rows.push(row("week_before", &own.before));
    rows.push(row("last_year", &own.last_year));
    rows.push(row("four_weeks", &plain(&own.four_weeks)));
    rows.push(row("target", &plain(&own.target)));
    rows
}
