//! Backups of a year, one after the other, and what they do to the feed of who listens meanwhile.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::ToSpan as _;
use jiff::civil::{DateTime, date};
use quietline::clock::Clock;
use tempfile::TempDir;
use tokio::process::Command;

use super::listeners::{Receipt, connect_all, listen, report};
use super::process::Server;

const MAP: &str = include_str!("../../tests/fixtures/bank/map.toml");
/// Calls on each day of the year.
const CALLS_A_DAY: i64 = 1_200;
const DAYS: i64 = 365;
/// How long is listened alone, beside backups, and alone again.
const PHASE: Duration = Duration::from_secs(15);
/// Frames before everybody is settled are not counted.
const SETTLE: Duration = Duration::from_secs(3);

/// Fills a database with a year, lets so many listen, makes backups, and prints.
pub async fn run(count: usize) -> anyhow::Result<()> {
    let folder = TempDir::new_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    let server = Server::start(folder.path(), None)?;
    drop(server);
    import_year(folder.path()).await?;
    let server = Server::start(folder.path(), None)?;
    let streams = connect_all(server.address, count).await?;
    let from = tokio::time::Instant::now() + SETTLE;
    let until = from + 3 * PHASE;
    let start_ms = Clock::System.now_ms() + i64::try_from(SETTLE.as_millis())?;
    let listening: Vec<_> = streams
        .into_iter()
        .map(|stream| tokio::spawn(listen(stream, from, until)))
        .collect();
    tokio::time::sleep_until(from + PHASE).await;
    let backups = back_up_until(folder.path(), from + 2 * PHASE).await?;
    let mut receipts: Vec<Receipt> = Vec::new();
    for task in listening {
        let heard = task.await??;
        ensure!(!heard.ended_early, "the server ended a listener");
        receipts.extend(heard.receipts);
    }
    println!("backups of {} MB: {}", backups.megabytes, backups.words);
    let phase_ms = i64::try_from(PHASE.as_millis())?;
    let second_ms = start_ms + phase_ms;
    for (words, span) in [
        ("alone", start_ms..second_ms),
        ("beside backups", second_ms..backups.ended_ms),
        ("alone again", backups.quiet_ms..i64::MAX),
    ] {
        let within = |receipt: &&Receipt| span.contains(&receipt.as_of_ms);
        let some: Vec<Receipt> = receipts.iter().filter(within).copied().collect();
        println!("{words}:");
        report(&some, count)?;
    }
    Ok(())
}

/// Writes calls of a year as the bank's files have them, and imports them.
async fn import_year(folder: &Path) -> anyhow::Result<()> {
    let mut rows = "arrival_local,vru_line,call_id,priority,type,vru_s,queue_start_local,\
                    queue_exit_local,wait_s,outcome,service_start_local,service_exit_local,talk_s\n"
        .to_owned();
    let first = date(2025, 11, 1).at(7, 0, 0, 0);
    for call in 0..DAYS * CALLS_A_DAY {
        let (day, number) = (call / CALLS_A_DAY, call % CALLS_A_DAY);
        // Through ten hours of each day.
        let came = first
            .checked_add(day.days())?
            .checked_add((number * 30).seconds())?;
        row(&mut rows, call, came)?;
    }
    let paths = ["year.csv", "map.toml"].map(|name| folder.join(name));
    let [year, map] = &paths;
    std::fs::write(year, rows)?;
    std::fs::write(map, MAP)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    command
        .arg("import")
        .arg("--config")
        .arg(folder.join("centre.toml"));
    command
        .arg("--data-dir")
        .arg(folder)
        .arg("--map")
        .arg(map)
        .arg(year);
    let began = Instant::now();
    let done = command.stdout(Stdio::null()).status().await?;
    ensure!(done.success(), "the import failed");
    let calls = DAYS * CALLS_A_DAY;
    println!(
        "a year of {calls} calls imported in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One call: two of three are answered after a wait.
fn row(rows: &mut String, call: i64, came: DateTime) -> anyhow::Result<()> {
    let kinds = ["PS", "PE", "NW", "NE", "IN"];
    let kind = kinds[usize::try_from(call)? % kinds.len()];
    let wait = call * 7 % 300;
    let talk = call * 11 % 600;
    let queued = came.checked_add(6.seconds())?;
    let taken = queued.checked_add(wait.seconds())?;
    write!(
        rows,
        "{came},AA0101,{call},0,{kind},6,{queued},{taken},{wait},"
    )?;
    if call % 3 == 0 {
        writeln!(rows, "HANG,,,")?;
    } else {
        let ended = taken.checked_add(talk.seconds())?;
        writeln!(rows, "AGENT,{taken},{ended},{talk}")?;
    }
    Ok(())
}

struct Backups {
    megabytes: u64,
    /// How long each took, and a bare copy of the file with a flush.
    words: String,
    ended_ms: i64,
    /// When the copy had ended, too.
    quiet_ms: i64,
}

/// One backup after the other until then.
async fn back_up_until(folder: &Path, until: tokio::time::Instant) -> anyhow::Result<Backups> {
    let target = folder.join("backups");
    std::fs::create_dir_all(&target)?;
    let newest = target.join("newest.db");
    let mut words = String::new();
    while tokio::time::Instant::now() < until {
        if newest.exists() {
            std::fs::remove_file(&newest)?;
        }
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
        command
            .arg("backup")
            .arg("--data-dir")
            .arg(folder)
            .arg(&newest);
        let done = command.stdout(Stdio::null()).status().await?;
        ensure!(done.success(), "a backup failed");
        write!(words, "{:.2} s, ", began.elapsed().as_secs_f64())?;
    }
    let ended_ms = Clock::System.now_ms();
    let bytes = std::fs::metadata(&newest)?.len();
    let copy = target.join("copy");
    let began = Instant::now();
    std::fs::copy(&newest, &copy)?;
    std::fs::File::open(&copy)?.sync_all()?;
    write!(
        words,
        "a bare copy with a flush {:.2} s",
        began.elapsed().as_secs_f64()
    )?;
    Ok(Backups {
        megabytes: bytes / 1_000_000,
        words,
        ended_ms,
        quiet_ms: Clock::System.now_ms(),
    })
}
