//! How good forecasts of waits and advice are on the real calls of a real centre: learned from the
//! first three weeks of a month, judged on the rest, by the program's own `backtest`.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::bank;

const MONTHS: [(&str, &str); 2] = [("1999-01-22", "1999-02-01"), ("1999-08-22", "1999-09-01")];

/// What `backtest` prints.
fn backtest(data: &Path, what: &str, (from, to): (&str, &str), line: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    command.current_dir(data);
    command.args(["backtest", "--what", what, "--from", from, "--to", to]);
    command.arg("--config").arg(bank::centre_file());
    command.arg("--data-dir").arg(data);
    if let Some(line) = line {
        command.args(["--line", line]);
    }
    let done = command.output().unwrap();
    let told = String::from_utf8(done.stdout).unwrap();
    let why = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{why}");
    eprintln!("{told}");
    told
}

/// The numbers of the first row of a name, after a text; "%" and dashes left out.
fn numbers(told: &str, after: &str, name: &str) -> Vec<f64> {
    let from = told
        .find(after)
        .unwrap_or_else(|| panic!("no {after:?} in {told}"));
    let mut lines = told[from..].lines().map(str::trim_start);
    let row = lines.find(|line| line.starts_with(&format!("{name}  ")));
    let row = row.unwrap_or_else(|| panic!("no row {name:?} in {told}"));
    let words = row[name.len()..].split_whitespace();
    words.filter_map(|word| word.parse().ok()).collect()
}

fn rows_of(data: &Path, csv: &str) -> usize {
    let text = std::fs::read_to_string(data.join(csv)).unwrap();
    assert!(text.starts_with("slot_start_local,expected,lo80,hi80\n"));
    for row in text.lines().skip(1) {
        let values: Vec<f64> = row.split(',').skip(1).map(|v| v.parse().unwrap()).collect();
        assert!(0.0 <= values[1] && values[1] <= values[2], "{row}");
    }
    text.lines().count() - 1
}

#[test]
fn waits_and_advice_meet_the_bars_on_two_real_months() {
    let Some(files) = bank::calls() else { return };
    let data = TempDir::new().unwrap();
    bank::import(data.path(), &files);
    ranges_hold_single_calls(data.path());
    advice_saves_what_it_should(data.path());
    live_waits_are_better_than_simple_ones(data.path());
}

/// Four in five single calls fall into the range; no more than that do into ranges of slot means.
fn ranges_hold_single_calls(data: &Path) {
    let (mut calls, mut within) = (0.0, 0.0);
    for month in MONTHS {
        let told = backtest(data, "wait", month, Some("*"));
        let ours = numbers(&told, "*: waits", "ours");
        calls += ours[0];
        within += ours[0] * ours[1];
        assert!(rows_of(data, "backtest-wait-all.csv") > 200);
        let last_week = numbers(&told, "*: waits", "last week");
        let against = numbers(&told, "last week", "ours against it");
        assert!(against[5] < last_week[5], "the median is nearer: {told}");
    }
    let coverage = within / calls;
    assert!((78.0..=84.0).contains(&coverage), "{coverage} % of calls");
}

fn advice_saves_what_it_should(data: &Path) {
    let told = MONTHS.map(|month| backtest(data, "advice", month, Some("*")));
    for (horizon, least_captured, most_worse) in [
        ("within 12 opening hours", 0.50, 0.10),
        ("within 48 hours", 0.78, 0.03),
    ] {
        // Callers, possible, saved, captured, advised, worse; the last three in percent.
        let sums = |name: &str| {
            let mut sums = [0.0; 4];
            for told in &told {
                let row = numbers(told, horizon, name);
                let advised = row[0] * row[4] / 100.0;
                let parts = [row[1], row[2], advised, advised * row[5] / 100.0];
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part;
                }
            }
            sums
        };
        let [possible, saved, advised, worse] = sums("ours");
        assert!(
            saved / possible >= least_captured,
            "{horizon}: {}",
            saved / possible
        );
        assert!(
            worse / advised <= most_worse,
            "{horizon}: {}",
            worse / advised
        );
        for rule in ["quietest hour, always", "quietest two hours, always"] {
            let [possible, rule_saved, ..] = sums(rule);
            assert!(
                saved > rule_saved,
                "{horizon}: {rule} {}",
                rule_saved / possible
            );
        }
    }
}

fn live_waits_are_better_than_simple_ones(data: &Path) {
    let told = backtest(data, "live", MONTHS[1], None);
    let ours = numbers(&told, "all lines", "ours");
    assert!((78.0..=82.0).contains(&ours[2]), "{}% in range", ours[2]);
    let ratio = |name: &str| numbers(&told, "all lines", name)[2];
    assert!(
        ratio("median of three") <= 0.80,
        "{}",
        ratio("median of three")
    );
    assert!(ratio("half hour") <= 1.0, "{}", ratio("half hour"));
    assert!(ratio("constant") <= 1.0, "{}", ratio("constant"));
    assert!(rows_of(data, "backtest-live-regular.csv") > 1_000);
}
