//! A year of a line: every daily measure of every closed day, as CSV and JSON.
//!
//! The CSV is long: a row for each day and measure. A measure that is added or withdrawn adds or
//! removes rows and never moves a column, and every value has its mark beside it; one call of a
//! statistics program turns it on its side.

use std::ops::Range;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::domain::period::{self, Grain};
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::site::Site;
use crate::site::columns::number;
use crate::site::error::Error;
use crate::site::figures::{Definition, SeriesAsk};

/// The whole centre, in the column `line` and in the API.
pub const WHOLE: &str = "*";

/// The columns of the CSV.
pub const COLUMNS: [&str; 9] = [
    "date", "line", "measure", "unit", "value", "n", "mark", "under", "at_least",
];

/// The measures that are told of single days of a line.
pub fn measures<'a>(site: &'a Site, line: &str) -> impl Iterator<Item = &'a Definition> {
    let is_whole = line == WHOLE;
    let all = site.figures().definitions().iter();
    all.filter(move |own| own.finest <= Grain::Day && (is_whole || !own.whole_centre_only))
}

/// Asks for a line on some local days.
#[must_use]
pub fn asks(site: &Site, line: &str, days: &Range<Date>) -> Vec<SeriesAsk> {
    let zone = &site.centre().zone;
    let ask = |own: &Definition| SeriesAsk {
        line: line.to_owned(),
        measure: own.id,
        cause: None,
        channel: None,
        site: None,
        grain: Grain::Day,
        from_ms: period::day_start_ms(days.start, zone),
        to_ms: period::day_start_ms(days.end, zone),
    };
    measures(site, line).map(ask).collect()
}

/// The first line of every CSV.
#[must_use]
pub fn head() -> String {
    COLUMNS.join(",") + "\n"
}

/// The rows, by day and within it in the order of the definitions, without a head.
///
/// # Errors
/// When they cannot be written, which is our fault.
pub fn csv(site: &Site, series: &[Series]) -> Result<Vec<u8>, Error> {
    let zone = &site.centre().zone;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed =
        |error: csv::Error| Error::Failed(anyhow::Error::new(error).context("writing CSV"));
    let longest = series.iter().map(|own| own.points.len()).max().unwrap_or(0);
    for index in 0..longest {
        for own in series {
            let Some(point) = own.points.get(index) else {
                continue;
            };
            let day = period::local_day(point.start_ms, zone).to_string();
            let [value, under, at_least] = shown(point.value);
            let n = point.n.map_or_else(String::new, |n| n.to_string());
            let mark = point.mark.map_or("", Mark::letter);
            let row = [
                &day,
                &own.line,
                own.measure,
                own.unit,
                &value,
                &n,
                mark,
                &under,
                &at_least,
            ];
            writer.write_record(row).map_err(failed)?;
        }
    }
    let bytes = writer.into_inner();
    Ok(bytes.map_err(|error| anyhow::anyhow!("writing CSV: {error}"))?)
}

/// Value and bounds as the CSV writes them; what there is not is empty.
fn shown(value: Shown) -> [String; 3] {
    let text = |value: f64| {
        let finite = value.is_finite().then(|| number(value).to_string());
        finite.unwrap_or_default()
    };
    match value {
        Shown::Value(own) => [text(own), String::new(), String::new()],
        Shown::Under(own) => [String::new(), text(own), String::new()],
        Shown::AtLeast(own) => [String::new(), String::new(), text(own)],
        Shown::None => Default::default(),
    }
}

/// The same as JSON: the days, and for each measure lists that are as long as they are.
#[must_use]
pub fn json(site: &Site, line: &str, days: &[Date], series: &[Series]) -> Value {
    let centre = site.centre();
    let measures = series.iter();
    let measures = measures.map(|own| (own.measure.to_owned(), measure(own)));
    json!({
        "line": line,
        "zone": centre.zone_name,
        "licence": centre.open_data.licence_link,
        "days": days.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "measures": measures.collect::<Map<_, _>>(),
    })
}

fn measure(own: &Series) -> Value {
    let list = |of: &dyn Fn(&Point) -> Value| own.points.iter().map(of).collect::<Vec<_>>();
    let bounds = |of: &dyn Fn(Shown) -> Option<f64>| {
        let bounds = own.points.iter().enumerate();
        let bounds = bounds.filter_map(|(at, point)| Some((at.to_string(), of(point.value)?)));
        bounds
            .map(|(at, bound)| (at, number(bound)))
            .collect::<Map<_, _>>()
    };
    json!({
        "unit": own.unit,
        "version": own.version,
        "value": list(&|point| match point.value {
            Shown::Value(value) => number(value),
            _ => Value::Null,
        }),
        "n": list(&|point| json!(point.n)),
        "mark": list(&|point| json!(point.mark.map(Mark::letter))),
        "under": bounds(&|value| match value {
            Shown::Under(bound) => Some(bound),
            _ => None,
        }),
        "at_least": bounds(&|value| match value {
            Shown::AtLeast(bound) => Some(bound),
            _ => None,
        }),
    })
}
