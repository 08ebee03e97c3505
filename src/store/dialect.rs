//! What must differ between the two databases, or is made from the list of counts.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::domain::tally::{Count, Waits};

/// The cells' own columns, counts first, then histograms.
pub(super) static CELL_COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let counts = Count::ALL.map(Count::name);
    let waits = Waits::ALL.map(Waits::column);
    [counts.as_slice(), waits.as_slice()].concat().join(", ")
});

/// Rows of a bulk statement come in powers of two, so that few statements are prepared.
pub(super) fn bulk_sizes(mut rows: usize, most: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if rows == 0 {
            return None;
        }
        let mut size = most;
        while size > rows {
            size /= 2;
        }
        rows -= size;
        Some(size)
    })
}

/// How a statement names its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameters {
    /// `?`. SQLite finds a named parameter by walking through all the others, so a bulk statement
    /// of `$1` … `$2304` would spend nearly all its time there.
    Plain,
    /// `$1`, `$2`, as PostgreSQL needs them.
    Numbered,
}

/// `(?, ?), (?, ?), …` or `($1, $2), ($3, $4), …`
pub(super) fn placeholders(parameters: Parameters, rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            text.push_str(if column == 0 { "" } else { ", " });
            match parameters {
                Parameters::Plain => text.push('?'),
                Parameters::Numbered => {
                    // Writing to a String cannot fail.
                    let _ = write!(text, "${}", row * columns + column + 1);
                }
            }
        }
        text.push(')');
    }
    text
}

/// `ON CONFLICT (keys) DO UPDATE SET column = excluded.column, …`
pub(super) fn replace_on_conflict(keys: &str, columns: &str) -> String {
    let sets: Vec<String> = columns
        .split(", ")
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!("ON CONFLICT ({keys}) DO UPDATE SET {}", sets.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_sizes_cover_every_row_once() {
        for rows in 0..300 {
            let sizes: Vec<usize> = bulk_sizes(rows, 64).collect();
            assert_eq!(sizes.iter().sum::<usize>(), rows);
            assert!(
                sizes
                    .iter()
                    .all(|size| size.is_power_of_two() && *size <= 64)
            );
        }
    }

    #[test]
    fn placeholders_number_on_through_the_rows() {
        assert_eq!(
            placeholders(Parameters::Numbered, 2, 2),
            "($1, $2), ($3, $4)"
        );
        assert_eq!(placeholders(Parameters::Plain, 2, 2), "(?, ?), (?, ?)");
    }
}
