//! The counts of a day so far, for those who show several of them at once: the same values as the
//! series by day.

use super::cells::{Cells, Shape, close_day};
use super::{FLOW, flow_identities};
use crate::domain::centre::Centre;
use crate::domain::measures::Judged;
use crate::domain::tally::{Count, Tally};

/// The flow of contacts through the lines of a centre in one day.
#[derive(Clone, Debug)]
pub struct FlowOfDay {
    lines: Vec<String>,
    cells: Cells,
}

impl FlowOfDay {
    /// From the tallies of each line; a line may come several times.
    #[must_use]
    pub fn of<'t>(centre: &Centre, tallies: impl Iterator<Item = (&'t str, &'t Tally)>) -> Self {
        // In the order of the series, which decides between equal companions.
        let lines: Vec<String> = Judged::of_lines(centre)
            .into_keys()
            .map(str::to_owned)
            .collect();
        let shape = Shape {
            lines: lines.len() + 1,
            columns: FLOW.len(),
            identities: flow_identities(),
            withhold_below: centre.withhold_below,
            given: None,
        };
        let mut values = vec![0; shape.cells()];
        for (id, tally) in tallies {
            let line = lines.binary_search_by(|line| line.as_str().cmp(id));
            let start = line.unwrap_or(lines.len()) * FLOW.len();
            for (value, count) in values[start..].iter_mut().zip(FLOW) {
                *value += tally.count(count);
            }
        }
        Self {
            cells: close_day(values, &shape),
            lines,
        }
    }

    /// A count of a line, if it may be shown.
    #[must_use]
    pub fn count(&self, line: &str, count: Count) -> Option<i64> {
        let line = self.lines.iter().position(|id| id == line)?;
        let column = FLOW.iter().position(|flow| *flow == count)?;
        let cell = line * FLOW.len() + column;
        (!self.cells.withheld[cell]).then(|| self.cells.values[cell])
    }
}
