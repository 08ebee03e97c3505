//! `quietline backtest --what advice`: what would have been saved by calling when told to.
//!
//! Advice of a day is made from the days before it; the score is that of
//! [`crate::forecast::advice::trial`]. The CSV holds the mean waits that the advice was made from.

use anyhow::bail;

use super::Backtest;
use super::report::{Row, percent, table, write_csv};
use crate::app::demand::calendar;
use crate::app::waits::wait_days;
use crate::domain::card::Advised;
use crate::domain::period::days;
use crate::forecast::advice::trial::{Trial, Tried, choose, rules_of};
use crate::forecast::advice::{Adviser, Horizon};
use crate::forecast::demand::calendar::Calendar;
use crate::forecast::wait::{WaitDay, WaitModel};

/// Rules are compared on so many days before each day.
const TRIED_DAYS: usize = 14;

/// What happens within the horizon of a trial is known so many days later.
const KNOWN_AFTER: usize = 3;

/// What is asked: how long the caller is ready to wait before calling.
const HORIZONS: [(&str, Horizon); 2] = [
    ("within 12 opening hours", Horizon::OpeningHours(12)),
    ("within 48 hours", Horizon::Hours(48)),
];

/// The methods that are compared.
const METHODS: [(&str, Tried); 5] = [
    ("shortest expected", Tried::Shortest),
    ("quietest hour, if worth it", Tried::Rule(0)),
    ("quietest two hours, if worth it", Tried::Rule(1)),
    ("quietest hour, always", Tried::RuleAlways(0)),
    ("quietest two hours, always", Tried::RuleAlways(1)),
];

/// Scores by horizon: ours first, then the methods.
type Scores = [[Advised; METHODS.len() + 1]; HORIZONS.len()];

/// Scores the advice on these lines.
pub(super) fn run(backtest: &Backtest, lines: &[String]) -> anyhow::Result<()> {
    let mut sum = Scores::default();
    for line in lines {
        let calendar = calendar(&backtest.centre, line);
        let past = wait_days(&backtest.centre, line, &backtest.records, &backtest.known);
        let (scores, rows) = roll(backtest, &calendar, &past);
        if scores[0][0].callers <= 0.0 {
            let why = format!("{line}: no advice could be judged: no waits are known");
            if lines.len() == 1 {
                bail!(why);
            }
            println!("{why}\n");
            continue;
        }
        println!("{line}: saved by calling when told to");
        tell(&scores);
        tell_rules(&past, backtest);
        let path = backtest.csv_path(line);
        write_csv(&path, &rows, &backtest.centre.zone)?;
        println!("  {} half hours are in {}\n", rows.len(), path.display());
        for (mine, theirs) in sum.iter_mut().flatten().zip(scores.iter().flatten()) {
            *mine += theirs;
        }
    }
    if lines.len() > 1 {
        println!("all lines");
        tell(&sum);
    }
    println!(
        "  captured: of the saving possible to the best half hour in hindsight, all callers asked;"
    );
    println!(
        "  worse: of those advised, waited more than 15 s longer than had they called at once"
    );
    Ok(())
}

fn roll(backtest: &Backtest, calendar: &Calendar<'_>, past: &[WaitDay]) -> (Scores, Vec<Row>) {
    let position = |day| past.partition_point(|known| known.plan.day < day);
    let first = position(backtest.from);
    let tried_from = first.saturating_sub(TRIED_DAYS + KNOWN_AFTER);
    let trials: Vec<Trial> = (tried_from..past.len())
        .map(|at| Trial::of(calendar, past, at))
        .collect();
    let mut scores = Scores::default();
    let mut rows = Vec::new();
    for day in days(backtest.from, backtest.to) {
        let at = position(day);
        let Some(trial) = trials.get(at - tried_from) else {
            continue;
        };
        let known_until = (at + 1).saturating_sub(KNOWN_AFTER + tried_from);
        let known = &trials[known_until.saturating_sub(TRIED_DAYS)..known_until];
        let rules = rules_of(&past[..at]);
        for ((_, horizon), scores) in HORIZONS.iter().zip(&mut scores) {
            let ours = match choose(known, &rules, *horizon) {
                Adviser::Shortest => Tried::Shortest,
                Adviser::Rule(rule) => {
                    Tried::Rule(rules.iter().position(|known| *known == rule).unwrap_or(0))
                }
            };
            let methods = METHODS.iter().map(|(_, tried)| *tried);
            for (score, tried) in scores.iter_mut().zip(std::iter::once(ours).chain(methods)) {
                *score += &trial.score(tried, *horizon);
            }
        }
        let model = WaitModel::learn(&past[..at]);
        rows.extend(
            model
                .forecast(&calendar.plan(day))
                .into_iter()
                .filter_map(|slot| {
                    let waiting = slot.waiting?;
                    Some(Row {
                        start_ms: slot.span.start_ms,
                        expected: waiting.mean_secs,
                        low: waiting.low_secs,
                        high: waiting.high_secs,
                    })
                }),
        );
    }
    (scores, rows)
}

fn tell(scores: &Scores) {
    for ((name, _), scores) in HORIZONS.iter().zip(scores) {
        println!("  {name}");
        let names = std::iter::once("ours").chain(METHODS.iter().map(|(name, _)| *name));
        let rows: Vec<Vec<String>> = names
            .zip(scores)
            .map(|(name, score)| row(name, score))
            .collect();
        let head = [
            "",
            "callers",
            "possible s",
            "saved s",
            "captured",
            "advised",
            "worse",
        ];
        print!("{}", table(&head, &rows));
    }
}

fn row(name: &str, score: &Advised) -> Vec<String> {
    vec![
        name.to_owned(),
        format!("{:.0}", score.callers),
        format!("{:.0}", score.possible_secs),
        format!("{:.0}", score.saved_secs),
        percent(score.captured()),
        percent(score.advised_share()),
        percent(score.worse_share()),
    ]
}

/// The rules at the end, in words.
fn tell_rules(past: &[WaitDay], backtest: &Backtest) {
    let clock = |half: usize| format!("{:02}:{:02}", half / 2, half % 2 * 30);
    let known = past.partition_point(|known| known.plan.day < backtest.to);
    let Some(rule) = rules_of(&past[..known]).pop() else {
        return;
    };
    let hours = rule.halves().iter();
    let hours: Vec<String> = hours
        .map(|hour| format!("{}–{}", clock(hour.start), clock(hour.end)))
        .collect();
    println!(
        "  the quietest two hours of the clock: {}",
        hours.join(" and ")
    );
}
