//! `quietline backtest --what wait`: waits per half hour, a forecast every night for the next day.
//!
//! Judged are single calls, out of the histograms of each half hour; inside a bin they are taken
//! to lie evenly. Those who gave up are judged by how long they did wait.

use anyhow::bail;
use jiff::civil::Date;

use super::Backtest;
use super::report::{Row, number, percent, table, write_csv};
use crate::app::demand::calendar;
use crate::app::waits::wait_days;
use crate::domain::period::days;
use crate::forecast::demand::calendar::Calendar;
use crate::forecast::wait::mix::{Mix, bounds_secs};
use crate::forecast::wait::{Basis, HalfWaits, WaitDay, WaitModel};

/// The opponents' names, in their order.
const OPPONENTS: [&str; 3] = ["last week", "last 4 weeks", "slot means"];

/// The weeks an opponent looks back.
const WEEKS: usize = 4;

/// How ranges and medians did on single calls.
#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    number: f64,
    below: f64,
    above: f64,
    missed_secs: f64,
    width_secs: f64,
}

/// A range and a median, seconds.
#[derive(Clone, Copy, Debug)]
struct Said {
    median: f64,
    low: f64,
    high: f64,
}

/// What a backtest of one line found.
#[derive(Default)]
struct Outcome {
    rows: Vec<Row>,
    ours: Calls,
    opponents: [Calls; OPPONENTS.len()],
    /// Ours, on the calls of which each opponent said something.
    against: [Calls; OPPONENTS.len()],
    first: Option<Basis>,
}

/// Scores the forecasts of these lines.
pub(super) fn run(backtest: &Backtest, lines: &[String]) -> anyhow::Result<()> {
    let mut sum = Outcome::default();
    for line in lines {
        let calendar = calendar(&backtest.centre, line);
        let past = wait_days(&backtest.centre, line, &backtest.records, &backtest.known);
        let outcome = roll(&calendar, &past, backtest.from, backtest.to);
        if outcome.ours.number <= 0.0 {
            let (from, to) = (backtest.from, backtest.to);
            let why = format!("{line}: no wait from {from} to {to} could be forecast and judged");
            if lines.len() == 1 {
                bail!(why);
            }
            println!("{why}\n");
            continue;
        }
        tell(line, &outcome);
        let path = backtest.csv_path(line);
        write_csv(&path, &outcome.rows, &backtest.centre.zone)?;
        println!(
            "  {} half hours are in {}\n",
            outcome.rows.len(),
            path.display()
        );
        sum.add(&outcome);
    }
    if lines.len() > 1 && sum.ours.number > 0.0 {
        println!("all lines\n{}", scores_table(&sum));
    }
    Ok(())
}

/// Forecasts each day of `[from, to)` from the days before it. `past` are consecutive days.
fn roll(calendar: &Calendar<'_>, past: &[WaitDay], from: Date, to: Date) -> Outcome {
    let mut outcome = Outcome::default();
    for day in days(from, to) {
        let before = past.partition_point(|known| known.plan.day < day);
        let model = WaitModel::learn(&past[..before]);
        outcome.first.get_or_insert(model.basis());
        let plan = calendar.plan(day);
        let came = past.get(before);
        let mut slots = model.forecast(&plan).into_iter().peekable();
        for (at, half) in plan.halves.iter().enumerate() {
            let Some(slot) = slots.next_if(|slot| slot.span == half.span) else {
                continue;
            };
            let Some(waiting) = slot.waiting else {
                continue;
            };
            outcome.rows.push(Row {
                start_ms: slot.span.start_ms,
                expected: waiting.mean_secs,
                low: waiting.low_secs,
                high: waiting.high_secs,
            });
            let ours = Said {
                median: waiting.median_secs,
                low: waiting.low_secs,
                high: waiting.high_secs,
            };
            let came = came.and_then(|came| came.halves.get(at).copied().flatten());
            if let Some(came) = came.filter(|came| came.callers() > 0) {
                outcome.judge(&came, ours, opponents(&past[..before], half.index));
            }
        }
    }
    outcome
}

/// The range of the same half hour a week ago, of the last four weeks, and of the means of the half
/// hour on the last days: a range of means is no range of calls.
fn opponents(before: &[WaitDay], index: usize) -> [Option<Said>; OPPONENTS.len()] {
    let weeks = (1..=WEEKS).map(|week| {
        let day = before
            .len()
            .checked_sub(7 * week)
            .and_then(|at| before.get(at));
        let waits = day.and_then(|day| day.half(index));
        waits.map_or_else(Mix::default, HalfWaits::seen)
    });
    let weeks: Vec<Mix> = weeks.collect();
    let mut all = Mix::default();
    for week in &weeks {
        all.add(week, 1.0);
    }
    let lately = before.iter().rev().take(7 * WEEKS);
    let means = lately.filter_map(|day| day.half(index)?.mean_secs());
    let mut means: Vec<f64> = means.collect();
    means.sort_by(f64::total_cmp);
    [
        weeks.first().and_then(range_of),
        range_of(&all),
        range_of_means(&means),
    ]
}

fn range_of(mix: &Mix) -> Option<Said> {
    (mix.total() > 0.0).then(|| Said {
        median: mix.quantile_secs(0.5),
        low: mix.quantile_secs(0.1),
        high: mix.quantile_secs(0.9),
    })
}

fn range_of_means(sorted: &[f64]) -> Option<Said> {
    let at = |tenths: usize| {
        sorted
            .get(sorted.len().saturating_sub(1) * tenths / 10)
            .copied()
    };
    Some(Said {
        median: at(5)?,
        low: at(1)?,
        high: at(9)?,
    })
}

impl Outcome {
    fn judge(&mut self, came: &HalfWaits, ours: Said, opponents: [Option<Said>; OPPONENTS.len()]) {
        let seen = came.seen();
        self.ours.judge(&seen, ours);
        for (at, theirs) in opponents.into_iter().enumerate() {
            if let Some(theirs) = theirs {
                self.opponents[at].judge(&seen, theirs);
                self.against[at].judge(&seen, ours);
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.ours.add(&other.ours);
        for at in 0..OPPONENTS.len() {
            self.opponents[at].add(&other.opponents[at]);
            self.against[at].add(&other.against[at]);
        }
    }
}

impl Calls {
    fn judge(&mut self, seen: &Mix, said: Said) {
        for (bin, calls) in seen.0.iter().enumerate().filter(|(_, calls)| **calls > 0.0) {
            let (lower, upper) = bounds_secs(bin);
            // The first bin holds mostly those who did not wait at all.
            let (lower, upper) = if bin == 0 { (0.0, 0.0) } else { (lower, upper) };
            self.number += calls;
            self.below += calls * share_before(lower, upper, said.low, lower < said.low);
            let within = share_before(lower, upper, said.high, lower <= said.high);
            self.above += calls * (1.0 - within);
            self.missed_secs += calls * (f64::midpoint(lower, upper) - said.median).abs();
            self.width_secs += calls * (said.high - said.low);
        }
    }

    fn add(&mut self, other: &Self) {
        self.number += other.number;
        self.below += other.below;
        self.above += other.above;
        self.missed_secs += other.missed_secs;
        self.width_secs += other.width_secs;
    }

    fn row(&self, name: &str) -> Vec<String> {
        let share = |part: f64| (self.number > 0.0).then(|| part / self.number);
        vec![
            name.to_owned(),
            format!("{:.0}", self.number),
            percent(share(self.number - self.below - self.above)),
            percent(share(self.below)),
            percent(share(self.above)),
            number(share(self.width_secs), 0),
            number(share(self.missed_secs), 1),
        ]
    }
}

/// The share of what lies evenly between two bounds that lies before a wait; what lies on one point
/// does or does not.
fn share_before(lower: f64, upper: f64, wait: f64, point_does: bool) -> f64 {
    if upper > lower {
        ((wait - lower) / (upper - lower)).clamp(0.0, 1.0)
    } else if point_does {
        1.0
    } else {
        0.0
    }
}

fn tell(line: &str, outcome: &Outcome) {
    let method = outcome.first.as_ref().map_or("", Basis::method);
    println!("{line}: waits per half hour, forecast every night (first: {method})");
    print!("{}", scores_table(outcome));
    println!(
        "  in range: share of single calls within the 80 % range; width and miss of the median in seconds"
    );
    if let Some(basis) = outcome.first.filter(|basis| !basis.is_enough()) {
        println!(
            "  the first forecast had only {} days with waits",
            basis.days
        );
    }
}

fn scores_table(outcome: &Outcome) -> String {
    let head = ["", "calls", "in range", "below", "above", "width", "miss"];
    let mut rows = vec![outcome.ours.row("ours")];
    for (at, name) in OPPONENTS.into_iter().enumerate() {
        rows.push(outcome.opponents[at].row(name));
        rows.push(outcome.against[at].row("  ours against it"));
    }
    table(&head, &rows)
}
