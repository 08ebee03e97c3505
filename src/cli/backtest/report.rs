//! How a backtest is told: aligned tables on the terminal, forecasts as CSV.

use std::path::Path;

use anyhow::Context as _;
use jiff::tz::TimeZone;

use crate::domain::event::Millis;
use crate::domain::period::{civil, instant_ms, timestamp};

/// One forecast as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Start of the slot.
    pub start_ms: Millis,
    /// What was expected.
    pub expected: f64,
    /// Lower end of the 80 % range.
    pub low: f64,
    /// Upper end of the 80 % range.
    pub high: f64,
}

/// Writes `slot_start_local,expected,lo80,hi80`.
///
/// # Errors
/// If the file cannot be written.
pub fn write_csv(path: &Path, rows: &[Row], zone: &TimeZone) -> anyhow::Result<()> {
    let line = |row: &Row| {
        let start = local_start(row.start_ms, zone);
        let (expected, low, high) = (row.expected, row.low, row.high);
        format!("{start},{expected:.3},{low:.3},{high:.3}\n")
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    let text = format!("slot_start_local,expected,lo80,hi80\n{}", lines.concat());
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

/// `2026-10-25T01:30`, with seconds if it has any; with its offset where the clock shows that time
/// twice.
fn local_start(at_ms: Millis, zone: &TimeZone) -> String {
    let local = civil(at_ms, zone);
    let format = if at_ms.rem_euclid(60_000) == 0 {
        "%Y-%m-%dT%H:%M"
    } else {
        "%Y-%m-%dT%H:%M:%S"
    };
    let text = local.strftime(format).to_string();
    let is_twice = zone.to_ambiguous_timestamp(local).is_ambiguous();
    if is_twice && instant_ms(local, zone) <= at_ms {
        let offset = zone.to_offset(timestamp(at_ms)).seconds();
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.abs() / 60;
        return format!("{text}{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    }
    text
}

/// A table with aligned columns; the first is to the left, the others to the right.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            0 => format!("  {cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        });
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    all.into_iter().map(line).collect()
}

/// A number with so many decimals, or a dash where there is none.
#[must_use]
pub fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

/// A share as a percentage with one decimal.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;

    #[test]
    fn a_time_that_occurs_twice_is_written_with_its_offset() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let summer_ms = instant_ms(datetime(2026, 10, 25, 1, 30, 0, 0), &zone);
        assert_eq!(local_start(summer_ms, &zone), "2026-10-25T01:30+01:00");
        let winter_ms = summer_ms + 3_600_000;
        assert_eq!(local_start(winter_ms, &zone), "2026-10-25T01:30+00:00");
        assert_eq!(
            local_start(winter_ms + 3_600_000, &zone),
            "2026-10-25T02:30"
        );
        let call = local_start(summer_ms + 7 * 3_600_000 + 12_345, &zone);
        assert_eq!(call, "2026-10-25T07:30:12");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [
            vec!["June".to_owned(), "9".to_owned(), percent(Some(0.5))],
            vec!["all".to_owned(), "1000".to_owned(), percent(None)],
        ];
        let text = table(&["", "slots", "within"], &rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "        slots  within",
                "  June      9  50.0 %",
                "  all    1000       –"
            ]
        );
    }
}
