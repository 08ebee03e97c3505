//! What programs need to know beside the figures: definitions, and what the columns of the CSV mean.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::csv::{BAND, COMPARE, MEAN, PLAIN};
use super::{AN_HOUR, read_measure, tagged};
use crate::domain::published::Mark;
use crate::site::Site;
use crate::site::analysed::{Compare, Overlays};
use crate::site::error::Error;
use crate::site::figures::Definition;
use crate::site::page::{Visitor, encoded};
use crate::site::promises;
use crate::words::Words;

/// Every measure with its formula and version, those that hold no more, what every line promises
/// and promised, and every mark.
pub async fn definitions(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Response {
    let words = visitor.words();
    let definitions = site.figures().definitions().iter();
    let definitions: Vec<Value> = definitions.map(|one| definition(one, words)).collect();
    let marks = [
        (Mark::Provisional, words.mark_p),
        (Mark::Revised, words.mark_r),
        (Mark::Break, words.mark_b),
        (Mark::Unreliable, words.mark_u),
        (Mark::Withheld, words.mark_c),
        (Mark::NoData, words.mark_x),
        (Mark::Closed, words.closed),
    ];
    let marks = marks.map(|(mark, meaning)| json!({"mark": mark.letter(), "meaning": meaning}));
    let body = json!({
        "definitions": definitions,
        "past": promises::past_json(visitor.lang),
        "thresholds": promises::as_json(&site, visitor.lang),
        "marks": marks,
    })
    .to_string();
    tagged(body, "application/json", AN_HOUR, &headers)
}

fn definition(definition: &Definition, words: &Words) -> Value {
    let named = words.measures.of(definition.id);
    json!({
        "id": definition.id,
        "name": named.map_or(definition.id, |named| named.name),
        "meaning": named.map_or(definition.meaning, |named| named.meaning),
        "formula": definition.formula,
        "unit": definition.unit,
        "version": definition.version,
        "since": definition.since,
        "is_count": definition.is_count,
        "within_day": definition.within_day,
        "finest": definition.finest.name(),
        "whole_centre_only": definition.whole_centre_only,
    })
}

/// Where the columns of an answer are described.
#[must_use]
pub fn metadata_address(measure: &str, compare: Option<&Compare>, overlays: Overlays) -> String {
    let mut address = format!("/api/v1/series.csv-metadata.json?measure={measure}");
    if let Some(compare) = compare {
        address += "&compare=";
        address += &encoded(&compare.value());
    }
    let overlays = overlays.value();
    if !overlays.is_empty() {
        address += "&overlay=";
        address += &overlays;
    }
    address
}

/// The columns of the CSV, as CSV on the Web.
pub async fn csv_metadata(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let measure = read_measure(&site, &visitor)?;
    let compare = Compare::read(&site, &visitor, "")?;
    let overlays = Overlays::read(&visitor)?;
    let mut columns: Vec<Value> = PLAIN.map(|name| column(name, measure)).into();
    if compare.is_some_and(|compare| compare != Compare::Target) {
        columns.extend(COMPARE.map(|name| column(name, measure)));
    }
    if overlays.mean7 {
        columns.push(column(MEAN, measure));
    }
    if overlays.band {
        columns.extend(BAND.map(|name| column(name, measure)));
    }
    let body = json!({
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dialect": {"header": true, "encoding": "utf-8"},
        "tableSchema": {"columns": columns, "primaryKey": "start"},
        "dc:title": measure.id,
        "dc:description": measure.formula,
    });
    let body = body.to_string();
    Ok(tagged(body, "application/csvm+json", AN_HOUR, &headers))
}

/// One column: its name, type, and what it says.
fn column(name: &str, measure: &Definition) -> Value {
    let unit = measure.unit;
    let (datatype, text) = match name {
        "start" => ("dateTimeStamp", "Start of the point, UTC".to_owned()),
        "value" => ("number", format!("{}, {unit}; empty where there is none, the mark says why", measure.id)),
        "n" => ("integer", "The denominator, or the number of contacts behind the value".to_owned()),
        "mark" => ("string", "p provisional, r revised, b break, u low reliability, c small number withheld, x no data, closed".to_owned()),
        "under" => ("number", format!("Small numbers: the value is under this, {unit}")),
        "at_least" => ("number", format!("Small numbers: the value is at least this, {unit}")),
        "compare_start" => ("dateTimeStamp", "Start of the point it is compared with, UTC".to_owned()),
        "compare_value" => ("number", format!("Its value, {unit}")),
        "compare_n" => ("integer", "Its denominator or number of contacts".to_owned()),
        "compare_mark" => ("string", "Its mark".to_owned()),
        "mean7" => ("number", format!("Mean of the day and the six before it (of percentiles the middle), at least four known, {unit}")),
        "band_low" => ("number", format!("20th percentile of the same weekday and time in the 8 weeks before, {unit}")),
        _ => ("number", format!("80th percentile of the same weekday and time in the 8 weeks before, {unit}")),
    };
    json!({
        "name": name,
        "titles": name,
        "datatype": datatype,
        "required": name == "start",
        "dc:description": text,
    })
}
