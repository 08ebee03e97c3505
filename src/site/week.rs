//! The usual week as a table of weekday × half hour, with its words.

use jiff::civil::Time;

use super::figures::{WeekCell, WeekTable};
use crate::words::{Words, week_sentence};

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
    /// Minutes, or the sign for none.
    pub text: String,
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
    let is_open = |weekday: &usize| {
        week.rows
            .iter()
            .any(|row| row.cells[*weekday] != WeekCell::Closed)
    };
    // A weekday without opening hours would only be an empty column on a narrow screen.
    let shown: Vec<usize> = (0..7).filter(is_open).collect();
    let rows = week.rows.iter().map(|row| RowView {
        time: words.short_time(row.start),
        is_hour: row.start.minute() == 0,
        cells: shown
            .iter()
            .map(|&weekday| {
                let is_now = weekday == now.0 && is_same_half_hour(row.start, now.1);
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
    })
}

fn is_same_half_hour(start: Time, now: Time) -> bool {
    start.hour() == now.hour() && start.minute() / 30 == now.minute() / 30
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
            (words.minutes_range_bare(wait), class, None)
        }
    };
    CellView {
        text,
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
    fn a_week_of_which_nothing_is_known_is_not_a_table() {
        assert!(compose(&WeekTable::default(), &EN, (0, time(8, 0, 0, 0))).is_none());
    }
}
