//! The real calls of a real centre: imported by the program, read back over its API.

use std::path::{Path, PathBuf};
use std::process::Command;

use quietline::domain::period::Grain;
use quietline::domain::tally::{Count, Tally};
use quietline::store::{Location, Store};
use serde_json::Value;
use tempfile::TempDir;

/// Columns of the last table of MEASURES.md.
const COUNTS: [Count; 5] = [
    Count::Attempts,
    Count::LeftInMenu,
    Count::Offered,
    Count::Answered,
    Count::Abandoned,
];
const JANUARY: [i64; 5] = [31_359, 1_198, 30_161, 27_060, 3_101];
const AUGUST: [i64; 5] = [41_768, 3_057, 38_711, 31_402, 7_309];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The recorded calls, or nothing, said aloud, where they are not at hand.
pub fn calls() -> Option<[PathBuf; 2]> {
    let folder = root().join("../shared/data");
    let files = ["bank_calls_1999-01.csv.gz", "bank_calls_1999-08.csv.gz"];
    let files = files.map(|file| folder.join(file));
    if files.iter().all(|file| file.exists()) {
        return Some(files);
    }
    eprintln!("SKIPPED: the recorded calls are not at ../shared/data");
    None
}

/// The description of the centre.
pub fn centre_file() -> PathBuf {
    root().join("tests/fixtures/bank/centre.toml")
}

pub fn import(data: &Path, files: &[PathBuf]) -> Value {
    let bank = root().join("tests/fixtures/bank");
    let done = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["import", "--json", "--config"])
        .arg(bank.join("centre.toml"))
        .arg("--data-dir")
        .arg(data)
        .arg("--map")
        .arg(bank.join("map.toml"))
        .args(files)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    serde_json::from_slice(&done.stdout).unwrap()
}

#[tokio::test]
async fn two_real_months_give_the_known_sums_and_a_second_import_changes_nothing() {
    let Some(files) = calls() else { return };
    let data = TempDir::new().unwrap();
    let account = import(data.path(), &files);
    assert_eq!(account["rows"], 73_677);
    assert_eq!(account["imported"], 73_127);
    assert_eq!(account["not_a_contact"], 550);
    assert_eq!(account["refused"], serde_json::json!([]));
    let before = months(data.path()).await;
    assert_eq!(before, [JANUARY, AUGUST]);

    let again = import(data.path(), &files);
    assert_eq!(
        (&again["imported"], &again["duplicate"]),
        (&0.into(), &73_127.into())
    );
    assert_eq!(months(data.path()).await, before);
}

async fn months(data: &Path) -> [[i64; 5]; 2] {
    let store = Store::open(&Location::Folder(data.to_owned()))
        .await
        .unwrap();
    let mut sums = [[0; 5]; 2];
    for (month, sums) in [1, 8].into_iter().zip(&mut sums) {
        let first = jiff::civil::date(1999, month, 1);
        let cells = store
            .day_cells(first, Grain::Month.next_first_day(first))
            .await
            .unwrap();
        let total: Tally = cells.into_iter().map(|(_, _, tally)| tally).sum();
        *sums = COUNTS.map(|count| total.count(count));
    }
    store.close().await;
    sums
}
