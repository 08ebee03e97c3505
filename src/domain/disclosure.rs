//! The only door from tallies to what is published: small numbers are withheld here, for pages,
//! API, charts and feeds alike.
//!
//! Everything is a function of the raw tables of the day, week or month a cell lies in, and of
//! the centre; never of the range that somebody asked for. So the same cell has the same value
//! everywhere.

#[cfg(test)]
mod attacker;
mod audit;
pub mod cells;
pub mod flow;
pub mod ratings;
pub mod short;
mod solve;
mod swap;
mod table;
#[cfg(test)]
mod tests;

use super::event::Millis;
use super::facts::{Group, LineFact};
use super::measures::{self, Basis, Kind, Measure, SHORT_OF_ABANDONED, TenCallers, Thresholds};
use super::published::{Mark, Point, Shown};
use super::tally::{Count, Tally, Waits};
use cells::Identity;
use short::Hidden;

/// Means and percentiles of fewer contacts than this are withheld.
pub const LEAST_FOR_A_MEAN: i64 = 10;

/// Complaints and surveys below this are withheld, whatever the centre withholds of other counts.
pub const LEAST_OF_FACTS: i64 = 10;

/// Counts of a measure from 1 up to, not including, this are small.
#[must_use]
pub fn limit(measure: &Measure, withhold_below: i64) -> i64 {
    if measure.tells.is_empty() {
        withhold_below
    } else {
        withhold_below.max(LEAST_OF_FACTS)
    }
}

/// The counts that are joined by identities, in the order in which companions are sought.
const FLOW: [Count; 14] = [
    Count::Attempts,
    Count::Refused,
    Count::LeftInMenu,
    Count::SelfServed,
    Count::Offered,
    Count::Answered,
    Count::Abandoned,
    Count::Deflected,
    Count::CallbacksRequested,
    Count::CallbacksKept,
    Count::CallbacksPending,
    Count::CallbacksFailed,
    Count::Lost,
    Count::Waiting,
];

/// `A = R + M + V + O`, `O = N + B + D + C + lost + waiting`, `C = kept + pending + failed`.
const FLOW_IDENTITIES: [(usize, &[usize]); 3] = [
    (0, &[1, 2, 3, 4]),
    (4, &[5, 6, 7, 8, 12, 13]),
    (8, &[9, 10, 11]),
];

fn flow_identities() -> Vec<Identity> {
    identities_of(&FLOW_IDENTITIES)
}

fn identities_of(identities: &[(usize, &[usize])]) -> Vec<Identity> {
    let identity = |(total, parts): &(usize, &[usize])| Identity {
        total: *total,
        parts: parts.to_vec(),
    };
    identities.iter().map(identity).collect()
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Count(Count),
    /// The denominator of the measure.
    Bottom,
    /// Its numerator.
    Top,
    /// Those of the denominator who are not in the numerator.
    Rest,
    /// What followed contacts.
    Facts(Group),
    /// What is in the first and not in the second.
    Beyond(Group, Group),
}

/// Complaints by how soon they were closed: opened = in time + not, in time = quick + not. All
/// measures of complaints opened are judged by this one table.
const COHORT: [Column; 5] = [
    Column::Facts(Group::Opened),
    Column::Facts(Group::ClosedInTime),
    Column::Beyond(Group::Opened, Group::ClosedInTime),
    Column::Facts(Group::ClosedQuickly),
    Column::Beyond(Group::ClosedInTime, Group::ClosedQuickly),
];
const COHORT_IDENTITIES: [(usize, &[usize]); 2] = [(0, &[1, 2]), (1, &[3, 4])];

/// Surveys: sent = answered + not.
const SURVEYS: [Column; 3] = [
    Column::Facts(Group::SurveysSent),
    Column::Facts(Group::SurveysAnswered),
    Column::Beyond(Group::SurveysSent, Group::SurveysAnswered),
];
const SURVEY_IDENTITIES: [(usize, &[usize]); 1] = [(0, &[1, 2])];

/// The columns whose cells decide what of a measure may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    columns: Vec<Column>,
    identities: Vec<Identity>,
}

impl Columns {
    /// The columns of a measure: its counts with all that are joined to them by an identity. The
    /// state of a count is the same whatever measure it is computed for.
    ///
    /// Numbers that depend on a threshold (answered within T) are no columns: they are never
    /// published themselves, and a share of them is a bound where they are small.
    #[must_use]
    pub fn of(measure: &Measure) -> Self {
        if measure.id == SHORT_OF_ABANDONED.id {
            return Self::of_short();
        }
        if let Some(group) = measure.groups().first() {
            return Self::of_facts(*group);
        }
        let counts = counts_of(measure);
        let mut columns = Vec::new();
        let mut identities = Vec::new();
        if counts.iter().any(|count| FLOW.contains(count)) {
            columns.extend(FLOW.map(Column::Count));
            identities.extend(flow_identities());
        }
        let alone = counts.iter().filter(|count| !FLOW.contains(count));
        columns.extend(alone.map(|count| Column::Count(*count)));
        // Counts that are published only as a share are protected as its numerator, its
        // denominator and the rest.
        let is_share = matches!(measure.kind, Kind::Share { .. });
        if is_share && counts.iter().any(|count| !FLOW.contains(count)) {
            let total = columns.len();
            columns.extend([Column::Bottom, Column::Top, Column::Rest]);
            let parts = vec![total + 1, total + 2];
            identities.push(Identity { total, parts });
        }
        Self {
            columns,
            identities,
        }
    }

    /// The column of a measure whose causes stand where lines stand otherwise.
    #[must_use]
    pub fn by_cause(measure: &Measure) -> Self {
        let groups = measure.groups().into_iter();
        Self {
            columns: groups.map(Column::Facts).collect(),
            identities: Vec::new(),
        }
    }

    fn of_facts(group: Group) -> Self {
        let (columns, identities): (&[Column], &[(usize, &[usize])]) = match group {
            Group::Opened | Group::ClosedInTime | Group::ClosedQuickly => {
                (&COHORT, &COHORT_IDENTITIES)
            }
            Group::SurveysSent | Group::SurveysAnswered => (&SURVEYS, &SURVEY_IDENTITIES),
            Group::Closed | Group::ClosedUnopened | Group::Scores(..) => {
                (&[Column::Facts(group)], &[])
            }
        };
        Self {
            columns: columns.to_vec(),
            identities: identities_of(identities),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Whether these are the columns of all measures of the flow of contacts, whatever they divide.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        self.columns.len() == FLOW.len() && self.columns[0] == Column::Count(FLOW[0])
    }

    /// How they add.
    #[must_use]
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// Adds what one tally, with its basis, has in each column.
    pub fn add_to(&self, values: &mut [i64], tally: &Tally, basis: &Basis) {
        for (value, column) in values.iter_mut().zip(&self.columns) {
            *value += match column {
                Column::Count(count) => tally.count(*count),
                Column::Bottom => basis.bottom,
                Column::Top => basis.top,
                Column::Rest => basis.bottom - basis.top,
                Column::Facts(_) | Column::Beyond(..) => 0,
            };
        }
    }

    /// Adds what followed the contacts of one line.
    pub fn add_facts_to(&self, values: &mut [i64], facts: &[&LineFact]) {
        for (value, column) in values.iter_mut().zip(&self.columns) {
            *value += match column {
                Column::Facts(group) => group.count(facts),
                Column::Beyond(whole, part) => whole.count(facts) - part.count(facts),
                _ => 0,
            };
        }
    }

    /// Where a measure that is a count has its own column.
    #[must_use]
    pub fn own_column(&self, measure: &Measure) -> Option<usize> {
        let own = match measure.kind {
            Kind::Count(count) => Column::Count(count),
            Kind::Facts(group) => Column::Facts(group),
            _ => return None,
        };
        self.columns.iter().position(|column| *column == own)
    }

    fn withholds(&self, withheld: &[bool], column: Column) -> bool {
        let mut states = self.columns.iter().zip(withheld);
        states.any(|(which, withheld)| *which == column && *withheld)
    }
}

/// The counts a measure is made of. A histogram stands for the counts of those it holds where
/// their number is shown beside the value.
fn counts_of(measure: &Measure) -> Vec<Count> {
    match measure.kind {
        Kind::Count(count) => vec![count],
        Kind::Share {
            numerator,
            denominator,
        } => numerator.counts().chain(denominator.counts()).collect(),
        Kind::Mean { of, .. } => vec![of],
        Kind::Percentile { waits, .. } => match waits {
            Waits::Answered => vec![Count::Answered],
            Waits::Abandoned => vec![Count::Abandoned],
            Waits::Customer => vec![Count::Answered, Count::CallbacksKept],
        },
        Kind::Backlog => vec![Count::Answered, Count::Abandoned],
        // By line there is none of these, or what followed contacts decides.
        Kind::Facts(_) | Kind::Rating { .. } | Kind::MeanScore(_) | Kind::PerThousand { .. } => {
            Vec::new()
        }
    }
}

/// What may be shown of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disclosed {
    /// The value.
    pub value: Shown,
    /// The denominator or the number of contacts behind it.
    pub n: Option<i64>,
    /// Whether something is withheld.
    pub is_withheld: bool,
}

impl Disclosed {
    const WITHHELD: Self = Self {
        value: Shown::None,
        n: None,
        is_withheld: true,
    };

    fn open(value: Option<f64>, n: i64) -> Self {
        Self {
            value: value.map_or(Shown::None, Shown::Value),
            n: Some(n),
            is_withheld: false,
        }
    }
}

/// One cell of a measure, ready to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// What was counted.
    pub basis: &'a Basis,
    /// The state of each column; `None` where every count is exact.
    pub withheld: Option<&'a [bool]>,
    /// Those who hung up, where it must not be told how many did at once.
    pub hidden_short: Option<Hidden>,
    /// Length of its time.
    pub length_ms: Millis,
}

/// What of a cell may be shown.
#[must_use]
pub fn disclose(
    measure: &Measure,
    columns: &Columns,
    cell: &Cell,
    withhold_below: i64,
) -> Disclosed {
    let withheld = |count: Count| {
        let states = cell.withheld;
        states.is_some_and(|states| columns.withholds(states, Column::Count(count)))
    };
    let any_withheld = || counts_of(measure).into_iter().any(withheld);
    let basis = cell.basis;
    let value = || measure.value(basis, cell.length_ms);
    match measure.kind {
        Kind::Count(count) if withheld(count) => Disclosed::WITHHELD,
        Kind::Count(_) => Disclosed::open(value(), basis.top),
        Kind::Facts(group) => match cell.withheld {
            Some(states) if columns.withholds(states, Column::Facts(group)) => Disclosed::WITHHELD,
            _ => Disclosed::open(value(), basis.top),
        },
        Kind::Rating { .. } | Kind::MeanScore(_) => ratings::disclose(measure, cell),
        Kind::PerThousand { .. } => match cell.withheld {
            Some(_) => Disclosed::WITHHELD,
            None => Disclosed::open(value(), basis.bottom),
        },
        Kind::Share { .. } => match cell.withheld {
            Some(states) => match cell.hidden_short {
                Some(hidden) => {
                    let cell = (cell, states, hidden);
                    short::disclose(measure, columns, cell, withhold_below)
                }
                None => disclose_share(measure, columns, cell, states, withhold_below),
            },
            None => Disclosed::open(value(), basis.bottom),
        },
        Kind::Backlog if any_withheld() => Disclosed::WITHHELD,
        Kind::Mean { .. } | Kind::Percentile { .. } | Kind::Backlog => {
            let is_few = 0 < basis.bottom && basis.bottom < LEAST_FOR_A_MEAN;
            match (is_few, any_withheld()) {
                (true, _) => Disclosed::WITHHELD,
                (false, true) if basis.bottom == 0 => Disclosed::WITHHELD,
                (false, true) => Disclosed {
                    n: None,
                    ..Disclosed::open(value(), 0)
                },
                (false, false) => Disclosed::open(value(), basis.bottom),
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn disclose_share(
    measure: &Measure,
    columns: &Columns,
    cell: &Cell,
    states: &[bool],
    withhold_below: i64,
) -> Disclosed {
    let Kind::Share {
        numerator,
        denominator,
    } = measure.kind
    else {
        return Disclosed::WITHHELD;
    };
    let withholds = |column| columns.withholds(states, column);
    let is_small = |value: i64| 0 < value && value < withhold_below;
    let (top, bottom) = (cell.basis.top, cell.basis.bottom);
    let bottom_counts = denominator.counts().map(Column::Count);
    let bottom_facts = denominator.groups().map(Column::Facts);
    let mut bottom_columns = bottom_counts.chain(bottom_facts).chain([Column::Bottom]);
    if is_small(bottom) || bottom_columns.any(withholds) {
        return Disclosed::WITHHELD;
    }
    let bound = |value| Disclosed {
        value,
        n: Some(bottom),
        is_withheld: true,
    };
    let percent = |top: i64| 100.0 * top as f64 / bottom as f64;
    let top_counts = numerator.counts().map(Column::Count);
    let groups = || numerator.groups();
    let top_facts = groups().map(Column::Facts);
    // With the part, what is left of the whole is told too.
    let rest = groups().flat_map(|part| {
        denominator
            .groups()
            .map(move |whole| Column::Beyond(whole, part))
    });
    // Those who hung up later are, with those who did at once, all who hung up.
    let of_hang_ups = measure.id == "abandonment" || measure.id == "short_abandonment";
    let whole = of_hang_ups.then_some(Column::Count(Count::Abandoned));
    let top_columns = top_counts.chain(top_facts).chain(rest).chain(whole);
    let mut top_columns = top_columns.chain([Column::Top, Column::Rest]);
    if is_small(top) {
        bound(Shown::Under(percent(withhold_below)))
    } else if is_small(bottom - top) {
        bound(Shown::AtLeast(percent(bottom - withhold_below + 1)))
    } else if top_columns.any(withholds) {
        bound(Shown::None)
    } else {
        Disclosed::open(measure.value(cell.basis, cell.length_ms), bottom)
    }
}

/// The bound of a share as a number of contacts: "under **5** of 40", "at least **36** of 40".
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a share of a count is at most the count, or the limit of small numbers"
)]
pub fn bound_of(value: Shown, n: i64) -> Option<i64> {
    match value {
        Shown::Under(percent) | Shown::AtLeast(percent) => {
            Some((percent * n as f64 / 100.0).round() as i64)
        }
        Shown::Value(_) | Shown::None => None,
    }
}

/// A free range of a count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RangeTotal {
    /// The sum of its published cells.
    pub sum: f64,
    /// How many of its cells are withheld.
    pub withheld_cells: usize,
    /// How many have no data.
    pub missing_cells: usize,
}

/// Sums the published cells of a range of a count.
#[must_use]
pub fn range_total(points: &[Point]) -> RangeTotal {
    let mut total = RangeTotal::default();
    for point in points {
        match (point.value, point.mark) {
            (Shown::Value(value), _) => total.sum += value,
            (_, Some(Mark::Withheld)) => total.withheld_cells += 1,
            (_, Some(Mark::NoData)) => total.missing_cells += 1,
            _ => {}
        }
    }
    total
}

/// The ten callers of a tally. Where its counts are not exact (a line, or a part of a day), there
/// are no figures as long as one of the groups is small: ten figures of ten callers are counts.
#[must_use]
pub fn disclose_ten_callers(
    tally: &Tally,
    is_exact: bool,
    withhold_below: i64,
) -> Option<TenCallers> {
    let ten = measures::ten_callers(tally)?;
    let beside = [ten.self_served, ten.still_open, ten.unexplained];
    let mut counts = measures::ways(tally).into_iter().chain(beside);
    let any_small = counts.any(|count| 0 < count && count < withhold_below);
    (is_exact || !any_small).then_some(ten)
}

/// A measure of one tally at a grain where every count is exact: the whole centre by day, week or
/// month. Means and percentiles still need their ten contacts.
#[must_use]
pub fn disclose_exact(
    measure: &Measure,
    tally: &Tally,
    thresholds: Thresholds,
    length_ms: Millis,
) -> Disclosed {
    let basis = measure.basis(tally, thresholds);
    let cell = Cell {
        basis: &basis,
        withheld: None,
        hidden_short: None,
        length_ms,
    };
    disclose(measure, &Columns::of(measure), &cell, 0)
}
