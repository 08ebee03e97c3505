//! `quietline backtest --what live`: the wait of everybody who joined and was not answered at once,
//! forecast from what was known when they joined.
//!
//! Those who gave up are judged by how long they did wait: they would have waited longer.

use std::collections::HashMap;

use anyhow::bail;

use super::Backtest;
use super::report::{Row, number, percent, table, write_csv};
use crate::domain::event::Millis;
use crate::domain::period::day_start_ms;
use crate::domain::series::WHOLE_CENTRE;
use crate::forecast::demand::calendar::{HALVES, half_of_clock};
use crate::forecast::live_wait::learner::METHOD;
use crate::forecast::live_wait::replay::{Told, replay_judging};
use crate::forecast::live_wait::{Callers, Method, Stay};
use crate::forecast::score::{self, Scored};

/// The learner judges its methods by callers of this long before the first that is scored.
const WARM_UP_MS: Millis = 3 * 86_400_000;

/// What the forecasts of one line came to.
#[derive(Default)]
struct Outcome {
    rows: Vec<Row>,
    ours: Vec<Scored>,
    /// Ours, of those who were answered.
    answered: Vec<Scored>,
    /// What each method alone would have said, with what we said to the same callers.
    methods: [Vec<(Scored, Scored)>; Method::ALL.len()],
    used: HashMap<Method, usize>,
}

/// Scores the forecasts of these lines.
pub(super) fn run(backtest: &Backtest, lines: &[String]) -> anyhow::Result<()> {
    let is_whole = lines.len() == 1 && lines[0] == WHOLE_CENTRE;
    let mut stays = backtest.stays.clone();
    if is_whole {
        for stay in &mut stays {
            WHOLE_CENTRE.clone_into(&mut stay.line);
        }
    }
    let mut outcomes = judge(backtest, &stays);
    let mut sum = Outcome::default();
    for line in lines {
        let outcome = outcomes.remove(line).unwrap_or_default();
        if outcome.ours.is_empty() {
            let why = format!("{line}: nobody who had to wait could be judged");
            if lines.len() == 1 {
                bail!(why);
            }
            println!("{why}\n");
            continue;
        }
        println!("{line}: wait of those who join and are not answered at once ({METHOD})");
        print!("{}", scores_table(&outcome));
        let path = backtest.csv_path(line);
        write_csv(&path, &outcome.rows, &backtest.centre.zone)?;
        println!("  {} calls are in {}\n", outcome.rows.len(), path.display());
        sum.add(outcome);
    }
    if lines.len() > 1 && !sum.ours.is_empty() {
        println!("all lines\n{}", scores_table(&sum));
    }
    println!(
        "  error: mean absolute error, seconds; ours ÷ it: on the same callers; used: callers told by it"
    );
    Ok(())
}

fn judge(backtest: &Backtest, stays: &[Stay]) -> HashMap<String, Outcome> {
    let zone = &backtest.centre.zone;
    let from_ms = day_start_ms(backtest.from, zone);
    let usual = usual_waits(stays, from_ms, backtest);
    let usual_secs = |line: &str, at_ms: Millis| {
        let halves = usual.get(line)?;
        halves[half_of_clock(at_ms, zone)]
    };
    let mut outcomes: HashMap<String, Outcome> = HashMap::new();
    let _rebuilt = replay_judging(
        Callers::Waited,
        stays,
        from_ms - WARM_UP_MS,
        usual_secs,
        |stay, told| {
            let waited = stay
                .left
                .map(|(left_ms, answered)| (left_ms - stay.joined_ms, answered));
            if let Some((wait_ms, answered)) = waited.filter(|(wait_ms, _)| *wait_ms > 0)
                && stay.joined_ms >= from_ms
            {
                let outcome = outcomes.entry(stay.line.clone()).or_default();
                outcome.take(stay.joined_ms, secs(wait_ms), answered, told);
            }
        },
    );
    outcomes
}

/// The median wait of those who had to wait, of each line and half hour of the clock, before the
/// first day that is judged.
fn usual_waits(
    stays: &[Stay],
    until_ms: Millis,
    backtest: &Backtest,
) -> HashMap<String, [Option<f64>; HALVES]> {
    let mut waits: HashMap<&str, Vec<Vec<f64>>> = HashMap::new();
    for stay in stays {
        let left = stay
            .left
            .filter(|(left_ms, _)| *left_ms < until_ms && *left_ms > stay.joined_ms);
        if let Some((left_ms, _)) = left {
            let halves = waits
                .entry(&stay.line)
                .or_insert_with(|| vec![Vec::new(); HALVES]);
            let half = half_of_clock(stay.joined_ms, &backtest.centre.zone);
            halves[half].push(secs(left_ms - stay.joined_ms));
        }
    }
    let median = |mut waits: Vec<f64>| {
        waits.sort_by(f64::total_cmp);
        waits.get(waits.len() / 2).copied()
    };
    let of_line = |(line, halves): (&str, Vec<Vec<f64>>)| {
        let mut medians = [None; HALVES];
        for (slot, waits) in medians.iter_mut().zip(halves) {
            *slot = median(waits);
        }
        (line.to_owned(), medians)
    };
    waits.into_iter().map(of_line).collect()
}

impl Outcome {
    fn take(&mut self, joined_ms: Millis, actual: f64, answered: bool, told: &Told) {
        let Some(forecast) = told.forecast else {
            return;
        };
        self.rows.push(Row {
            start_ms: joined_ms,
            expected: forecast.expected_secs,
            low: forecast.low_secs,
            high: forecast.high_secs,
        });
        let ours = Scored {
            actual,
            expected: forecast.expected_secs,
            low: forecast.low_secs,
            high: forecast.high_secs,
        };
        self.ours.push(ours);
        if answered {
            self.answered.push(ours);
        }
        *self.used.entry(forecast.method).or_default() += 1;
        for method in Method::ALL {
            if let Some(expected) = told.said_secs[method as usize] {
                self.methods[method as usize].push((Scored { expected, ..ours }, ours));
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.ours.extend(other.ours);
        self.answered.extend(other.answered);
        for (mine, theirs) in self.methods.iter_mut().zip(other.methods) {
            mine.extend(theirs);
        }
        for (method, calls) in other.used {
            *self.used.entry(method).or_default() += calls;
        }
    }
}

fn scores_table(outcome: &Outcome) -> String {
    let head = [
        "",
        "calls",
        "error",
        "ours ÷ it",
        "in range",
        "width",
        "used",
    ];
    let ours = |name: &str, all: &[Scored]| {
        vec![
            name.to_owned(),
            all.len().to_string(),
            number(score::mean_absolute_error(all), 1),
            String::new(),
            percent(score::coverage(all)),
            number(score::mean_width(all), 0),
            String::new(),
        ]
    };
    let mut rows = vec![
        ours("ours", &outcome.ours),
        ours("ours, answered", &outcome.answered),
    ];
    for method in Method::ALL {
        let pairs = &outcome.methods[method as usize];
        let theirs = score::mean_absolute_error(pairs.iter().map(|(theirs, _)| theirs));
        let same = score::mean_absolute_error(pairs.iter().map(|(_, ours)| ours));
        let ratio = score::skill(same, theirs).map(|skill| 1.0 - skill);
        rows.push(vec![
            name_of(method).to_owned(),
            pairs.len().to_string(),
            number(theirs, 1),
            number(ratio, 3),
            String::new(),
            String::new(),
            outcome.used.get(&method).copied().unwrap_or(0).to_string(),
        ]);
    }
    table(&head, &rows)
}

fn name_of(method: Method) -> &'static str {
    match method {
        Method::Similar => "similar states",
        Method::MedianOfThree => "median of three",
        Method::Slot => "half hour",
        Method::Constant => "constant",
    }
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
fn secs(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
