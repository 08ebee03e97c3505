//! A series as CSV: the same numbers, one row for each point.

use crate::domain::published::{Mark, Point, Shown};
use crate::site::analysed::{Analysed, Found};
use crate::site::columns::{instant, number};
use crate::site::error::Error;

/// Columns that are always there.
pub const PLAIN: [&str; 6] = ["start", "value", "n", "mark", "under", "at_least"];
/// Columns of a comparison.
pub const COMPARE: [&str; 4] = [
    "compare_start",
    "compare_value",
    "compare_n",
    "compare_mark",
];
/// The column of the mean.
pub const MEAN: &str = "mean7";
/// Columns of the band.
pub const BAND: [&str; 2] = ["band_low", "band_high"];

/// Writes all of it, with a head.
///
/// # Errors
/// When it cannot be written, which is our fault.
pub fn write(analysed: &Analysed) -> Result<String, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed =
        |error: csv::Error| Error::Failed(anyhow::Error::new(error).context("writing CSV"));
    let compare = analysed
        .compare
        .as_ref()
        .filter(|compare| compare.target.is_none());
    let compare = compare.map(|compare| &compare.points);
    let Found { mean7, band, .. } = &analysed.found;
    let mut head: Vec<&str> = PLAIN.into();
    head.extend(compare.iter().flat_map(|_| COMPARE));
    head.extend(mean7.iter().map(|_| MEAN));
    head.extend(band.iter().flat_map(|_| BAND));
    writer.write_record(&head).map_err(failed)?;
    for (index, point) in analysed.series.points.iter().enumerate() {
        let mut record = plain(point);
        if let Some(points) = compare {
            let other = points.get(index).and_then(Option::as_ref);
            let fields = other.map_or_else(|| vec![String::new(); PLAIN.len()], plain);
            record.extend(fields.into_iter().take(COMPARE.len()));
        }
        let at = |values: &[Option<f64>]| text(values.get(index).copied().flatten());
        record.extend(mean7.iter().map(|means| at(means)));
        record.extend(band.iter().flat_map(|band| [at(&band.low), at(&band.high)]));
        let record = record.iter().map(|field| harmless(field));
        writer.write_record(record).map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| anyhow::anyhow!("writing CSV: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The fields of [`PLAIN`].
fn plain(point: &Point) -> Vec<String> {
    let only = |value: Option<f64>| text(value);
    vec![
        instant(point.start_ms),
        only(match point.value {
            Shown::Value(value) => Some(value),
            _ => None,
        }),
        point.n.map_or_else(String::new, |n| n.to_string()),
        point.mark.map_or("", Mark::letter).to_owned(),
        only(match point.value {
            Shown::Under(bound) => Some(bound),
            _ => None,
        }),
        only(match point.value {
            Shown::AtLeast(bound) => Some(bound),
            _ => None,
        }),
    ]
}

fn text(value: Option<f64>) -> String {
    let finite = value.filter(|value| value.is_finite());
    finite.map_or_else(String::new, |value| number(value).to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_finds_no_formula() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@x"), "'@x");
        assert_eq!(harmless("-4.5"), "-4.5");
    }
}
