//! `quietline backtest --what volume`: contacts per half hour, a forecast a week.

use std::collections::BTreeMap;

use anyhow::bail;
use jiff::ToSpan;
use jiff::civil::Date;

use super::Backtest;
use super::report::{Row, number, percent, table, write_csv};
use crate::app::demand::{calendar, day_counts, is_fine_enough};
use crate::domain::period::days;
use crate::forecast::demand::calendar::{Calendar, DayCounts, DayPlan};
use crate::forecast::demand::naive::{Naive, naive};
use crate::forecast::demand::ranges::SHARE;
use crate::forecast::demand::rolling::Method;
use crate::forecast::demand::{Basis, DemandForecast, FEWEST_WEEKS, Lack, VERSION, forecast};
use crate::forecast::score::{self, Scored};

/// Days from one forecast to the next.
const WEEK: usize = 7;

/// The three that are compared, on half hours of which all of them said something.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// Our forecasts.
    pub ours: Vec<Scored>,
    /// The same half hour of the last week.
    pub last_week: Vec<Scored>,
    /// The mean of the same half hour in the last four weeks.
    pub last_four: Vec<Scored>,
}

/// What a backtest of one line found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Every half hour of opening time that was forecast.
    pub rows: Vec<Row>,
    /// Scores of the known ones, by the first of their month.
    pub by_month: BTreeMap<Date, Scores>,
    /// What each forecast was made from.
    pub bases: Vec<Basis>,
}

/// Scores the forecasts of these lines.
pub(super) fn run(backtest: &Backtest, lines: &[String]) -> anyhow::Result<()> {
    let mut sum = Outcome::default();
    for line in lines {
        match of_line(backtest, line) {
            Ok(outcome) => {
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
            Err(why) if lines.len() > 1 => println!("{line}: {why:#}\n"),
            Err(why) => return Err(why),
        }
    }
    if lines.len() > 1 && !sum.by_month.is_empty() {
        println!(
            "all lines, each half hour of each of them\n{}",
            scores_table(&sum)
        );
    }
    Ok(())
}

fn of_line(backtest: &Backtest, line: &str) -> anyhow::Result<Outcome> {
    if !is_fine_enough(&backtest.centre, line, &backtest.known) {
        bail!("counted in spans of whole hours or days: half hours are not known");
    }
    let calendar = calendar(&backtest.centre, line, &[]);
    let counts = day_counts(&backtest.centre, line, &backtest.records, &backtest.known);
    let outcome = roll(&calendar, &counts, backtest.from, backtest.to);
    if outcome.rows.is_empty() {
        bail!(
            "no forecast could be made from {} to {}: too little history before, or it is closed",
            backtest.from,
            backtest.to
        );
    }
    if outcome.by_month.is_empty() {
        bail!(
            "nothing is known of its opening time from {} to {}",
            backtest.from,
            backtest.to
        );
    }
    Ok(outcome)
}

/// Forecasts `[from, to)` week by week, each week from everything before it. `counts` are of
/// consecutive days.
#[must_use]
pub fn roll(calendar: &Calendar<'_>, counts: &[DayCounts], from: Date, to: Date) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(first) = counts.first().map(|counts| counts.day) else {
        return outcome;
    };
    let last = counts.len() + WEEK;
    let plans = calendar.plans(first, last);
    for origin in days(from, to).step_by(WEEK) {
        let before = counts.partition_point(|counts| counts.day < origin);
        let forecast = forecast(calendar, &counts[..before], origin);
        let end = origin.saturating_add(1.week()).min(to);
        outcome.take(&forecast, counts, &plans, before, end);
        outcome.bases.push(forecast.basis);
    }
    outcome
}

impl Outcome {
    /// Takes one forecast until `end`, made after the first `before` days.
    fn take(
        &mut self,
        forecast: &DemandForecast,
        counts: &[DayCounts],
        plans: &[DayPlan],
        before: usize,
        end: Date,
    ) {
        let mut slots = forecast.slots.iter().peekable();
        for (ahead, plan) in plans[before.min(plans.len())..]
            .iter()
            .take(WEEK)
            .enumerate()
        {
            if plan.day >= end {
                return;
            }
            let opponents = naive(&counts[..before], plans, plan, ahead + 1);
            let came = counts.get(before + ahead);
            for (half, planned) in plan.halves.iter().enumerate() {
                let Some(slot) = slots.next_if(|slot| slot.span == planned.span) else {
                    continue;
                };
                self.rows.push(Row {
                    start_ms: slot.span.start_ms,
                    expected: slot.expected,
                    low: slot.low,
                    high: slot.high,
                });
                let actual = came.and_then(|came| came.halves.get(half).copied().flatten());
                if let Some(actual) = actual {
                    let month = self.by_month.entry(plan.day.first_of_month()).or_default();
                    let scored = Scored {
                        actual,
                        expected: slot.expected,
                        low: slot.low,
                        high: slot.high,
                    };
                    month.add(scored, opponents[half]);
                }
            }
        }
    }

    fn add(&mut self, other: &Self) {
        for (month, scores) in &other.by_month {
            self.by_month.entry(*month).or_default().append(scores);
        }
    }

    /// Scores of all months together.
    #[must_use]
    pub fn all(&self) -> Scores {
        let mut all = Scores::default();
        for scores in self.by_month.values() {
            all.append(scores);
        }
        all
    }
}

impl Scores {
    fn add(&mut self, ours: Scored, naive: Naive) {
        let (Some(last_week), Some(last_four)) = (naive.last_week, naive.last_four) else {
            return;
        };
        let of = |expected: f64| Scored { expected, ..ours };
        self.ours.push(ours);
        self.last_week.push(of(last_week));
        self.last_four.push(of(last_four));
    }

    fn append(&mut self, other: &Self) {
        self.ours.extend(&other.ours);
        self.last_week.extend(&other.last_week);
        self.last_four.extend(&other.last_four);
    }

    /// Only half hours with contacts.
    #[must_use]
    pub fn with_contacts(&self) -> Self {
        let only = |all: &[Scored]| {
            let with = all.iter().filter(|one| one.actual > 0.0);
            with.copied().collect()
        };
        Self {
            ours: only(&self.ours),
            last_week: only(&self.last_week),
            last_four: only(&self.last_four),
        }
    }
}

fn tell(line: &str, outcome: &Outcome) {
    println!("{line}: contacts per half hour of opening time, forecast week by week ({VERSION})");
    print!("{}", scores_table(outcome));
    println!(
        "  error: sum of |came − expected| ÷ sum of what came, in percent; ÷ 4 weeks: ours over that of the mean"
    );
    println!(
        "  of the same half hour in the last four weeks; in range: share within the 80 % range"
    );
    let short = outcome
        .bases
        .iter()
        .filter(|basis| matches!(basis.lack, Some(Lack::TooLittle { .. } | Lack::Nothing)));
    let short = short.count();
    if short > 0 {
        println!("  {short} of the forecasts had less than {FEWEST_WEEKS} weeks of history");
    }
    let naive = outcome
        .bases
        .iter()
        .filter(|basis| basis.method != Method::Model);
    let naive = naive.count();
    if naive > 0 {
        println!(
            "  {naive} of the forecasts were those of a plain mean, which had been better until then"
        );
    }
}

fn scores_table(outcome: &Outcome) -> String {
    let head = [
        "",
        "half hours",
        "contacts",
        "ours",
        "last week",
        "4 weeks",
        "÷ 4 weeks",
        "in range",
        "width",
        "pinball",
    ];
    let mut rows: Vec<Vec<String>> = outcome
        .by_month
        .iter()
        .map(|(month, scores)| row(&month.strftime("%Y-%m").to_string(), scores))
        .collect();
    let all = outcome.all();
    rows.push(row("all", &all));
    rows.push(row("with contacts", &all.with_contacts()));
    table(&head, &rows)
}

fn row(name: &str, scores: &Scores) -> Vec<String> {
    let error = |all: &[Scored]| score::weighted_percentage_error(all);
    let (ours, four) = (error(&scores.ours), error(&scores.last_four));
    // An empty sum of floats is −0.
    let contacts = 0.0 + scores.ours.iter().map(|one| one.actual).sum::<f64>();
    vec![
        name.to_owned(),
        scores.ours.len().to_string(),
        format!("{contacts:.0}"),
        percent(ours),
        percent(error(&scores.last_week)),
        percent(four),
        number(score::skill(ours, four).map(|skill| 1.0 - skill), 3),
        percent(score::coverage(&scores.ours)),
        number(score::mean_width(&scores.ours), 1),
        number(score::range_pinball(SHARE, &scores.ours), 3),
    ]
}
