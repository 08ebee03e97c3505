//! The usual week as a table of weekday × half hour, with its words.

use jiff::civil::Time;

use super::figures::{WeekCell, WeekRow, WeekTable};
use crate::live::frame::WaitRange;
use crate::words::{Words, week_sentence};

/// A line that is open longer is shown by whole hours: nobody reads 48 rows on a phone.
const MOST_ROWS: usize = 30;

/// The table as the template shows it.
pub struct WeekView {
    /// Short weekday, full weekday.
    pub weekdays: Vec<(&'static str, &'static str)>,
    /// One for each half hour.
    pub rows: Vec<RowView>,
    /// The week in one sentence.
    pub sentence: Option<String>,
    /// How many weeks it is made of.
    pub weeks: String,
    /// Whether it has minutes; else it only says how busy it is.
    pub has_waits: bool,
}

/// A half hour.
pub struct RowView {
    /// Its start.
    pub time: String,
    /// Begins a full hour: drawn with more air.
    pub is_hour: bool,
    /// One for each weekday shown.
    pub cells: Vec<CellView>,
}

/// One weekday and half hour.
pub struct CellView {
    /// Minutes, or the sign for none; how busy it is where nothing is known of waits.
    pub text: String,
    /// How busy it is beside minutes: 100 is the busiest slot of the week.
    pub index: Option<u8>,
    /// `q1` quiet … `q5` busy, `shut`, `few`, `missing`.
    pub class: &'static str,
    /// The sign in words, where there is one.
    pub label: Option<&'static str>,
    /// Now.
    pub is_now: bool,
}

/// Composes the table; `now` is the weekday (Monday 0) and local time. None if nothing is known.
#[must_use]
pub fn compose(week: &WeekTable, words: &'static Words, now: (usize, Time)) -> Option<WeekView> {
    let known = |cell: &WeekCell| matches!(cell, WeekCell::Usual { .. });
    if !week.rows.iter().any(|row| row.cells.iter().any(known)) {
        return None;
    }
    let has_wait = |cell: &WeekCell| matches!(cell, WeekCell::Usual { wait: Some(_), .. });
    let has_waits = week.rows.iter().any(|row| row.cells.iter().any(has_wait));
    let hourly;
    let rows = if week.rows.len() > MOST_ROWS {
        hourly = by_hour(&week.rows);
        &hourly
    } else {
        &week.rows
    };
    let row_mins = if week.rows.len() > MOST_ROWS { 60 } else { 30 };
    let current = Time::constant(now.1.hour(), now.1.minute() / row_mins * row_mins, 0, 0);
    let is_open = |weekday: &usize| {
        week.rows
            .iter()
            .any(|row| row.cells[*weekday] != WeekCell::Closed)
    };
    // A weekday without opening hours would only be an empty column on a narrow screen.
    let shown: Vec<usize> = (0..7).filter(is_open).collect();
    let rows = rows.iter().map(|row| RowView {
        time: words.short_time(row.start),
        is_hour: row.start.minute() == 0,
        cells: shown
            .iter()
            .map(|&weekday| {
                let is_now = weekday == now.0 && row.start == current;
                cell(row.cells[weekday], words, is_now)
            })
            .collect(),
    });
    Some(WeekView {
        weekdays: shown
            .iter()
            .map(|&day| (words.weekdays_short[day], words.weekdays[day]))
            .collect(),
        rows: rows.collect(),
        sentence: week_sentence(words, &week.busiest, week.quietest),
        weeks: words.count(week.weeks.into()),
        has_waits,
    })
}

/// Two half hours as one row. Its range holds both, so it promises no more than they do.
fn by_hour(rows: &[WeekRow]) -> Vec<WeekRow> {
    let mut hours: Vec<WeekRow> = Vec::with_capacity(rows.len() / 2 + 1);
    for row in rows {
        match hours.last_mut() {
            Some(hour) if hour.start.hour() == row.start.hour() => {
                for (cell, other) in hour.cells.iter_mut().zip(row.cells) {
                    *cell = joined(*cell, other);
                }
            }
            _ => hours.push(row.clone()),
        }
    }
    hours
}

fn joined(a: WeekCell, b: WeekCell) -> WeekCell {
    match (a, b) {
        (
            WeekCell::Usual { wait, busy_index },
            WeekCell::Usual {
                wait: other,
                busy_index: other_index,
            },
        ) => WeekCell::Usual {
            wait: wait.zip(other).map(|(wait, other)| WaitRange {
                low_mins: wait.low_mins.min(other.low_mins),
                // "More than 60" is more than any number.
                high_mins: wait.high_mins.zip(other.high_mins).map(|(a, b)| a.max(b)),
            }),
            busy_index: busy_index.max(other_index),
        },
        (usual @ WeekCell::Usual { .. }, _) | (_, usual @ WeekCell::Usual { .. }) => usual,
        (WeekCell::FewCalls, _) | (_, WeekCell::FewCalls) => WeekCell::FewCalls,
        (WeekCell::NoData, _) | (_, WeekCell::NoData) => WeekCell::NoData,
        (WeekCell::Closed, WeekCell::Closed) => WeekCell::Closed,
    }
}

fn cell(cell: WeekCell, words: &'static Words, is_now: bool) -> CellView {
    let (text, class, label) = match cell {
        WeekCell::Closed => (String::new(), "shut", Some(words.closed)),
        WeekCell::NoData => ("×".to_owned(), "missing", Some(words.no_data)),
        WeekCell::FewCalls => ("·".to_owned(), "few", Some(words.few_calls)),
        WeekCell::Usual { wait, busy_index } => {
            let class = match busy_index {
                0..20 => "q1",
                20..40 => "q2",
                40..60 => "q3",
                60..80 => "q4",
                _ => "q5",
            };
            let text = wait.map_or_else(
                || busy_index.to_string(),
                |wait| words.minutes_range_bare(wait),
            );
            (text, class, None)
        }
    };
    let index = match cell {
        WeekCell::Usual { wait, busy_index } => wait.map(|_| busy_index),
        _ => None,
    };
    CellView {
        text,
        index,
        class,
        label,
        is_now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;
    use crate::words::EN;
    use jiff::civil::time;

    #[test]
    fn a_day_that_is_never_open_has_no_column() {
        let view =
            compose(&fixture::week("billing"), &EN, (4, time(14, 32, 0, 0))).expect("a table");
        assert_eq!(view.weekdays.len(), 6);
        assert_eq!(view.rows[0].time, "8:00");
        assert_eq!(view.rows[0].cells[5].class, "shut");
        let now: Vec<_> = view
            .rows
            .iter()
            .flat_map(|row| &row.cells)
            .filter(|cell| cell.is_now)
            .collect();
        assert_eq!(now.len(), 1);
    }

    #[test]
    fn a_line_that_is_always_open_is_shown_by_hours_that_hold_both_halves() {
        let usual = |low_mins, high_mins, busy_index| WeekCell::Usual {
            wait: Some(WaitRange {
                low_mins,
                high_mins,
            }),
            busy_index,
        };
        let row = |half: i8| WeekRow {
            start: time(half / 2, half % 2 * 30, 0, 0),
            cells: [if half % 2 == 0 {
                usual(1, Some(5), 10)
            } else {
                usual(2, Some(10), 30)
            }; 7],
        };
        let week = WeekTable {
            rows: (0..48).map(row).collect(),
            ..WeekTable::default()
        };
        let view = compose(&week, &EN, (4, time(14, 32, 0, 0))).expect("a table");
        assert_eq!(view.rows.len(), 24);
        assert_eq!(
            (
                view.rows[14].cells[4].text.as_str(),
                view.rows[14].cells[4].is_now
            ),
            ("1–10", true)
        );
        assert_eq!(
            joined(usual(1, None, 1), usual(0, Some(5), 2)),
            usual(0, None, 2)
        );
    }

    #[test]
    fn a_week_of_counts_says_how_busy_it_is_and_no_minutes() {
        let busy = WeekCell::Usual {
            wait: None,
            busy_index: 54,
        };
        let week = WeekTable {
            rows: vec![WeekRow {
                start: time(9, 0, 0, 0),
                cells: [busy; 7],
            }],
            ..WeekTable::default()
        };
        let view = compose(&week, &EN, (4, time(14, 32, 0, 0))).expect("a table");
        let cell = &view.rows[0].cells[0];
        assert_eq!(
            (cell.text.as_str(), cell.index, cell.class),
            ("54", None, "q3")
        );
        assert!(!view.has_waits);
    }

    #[test]
    fn a_week_of_which_nothing_is_known_is_not_a_table() {
        assert!(compose(&WeekTable::default(), &EN, (0, time(8, 0, 0, 0))).is_none());
    }
}
