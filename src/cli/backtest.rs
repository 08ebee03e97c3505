//! `quietline backtest`: what rolling weekly forecasts would have said, scored against what came.
//!
//! This file finds the data, the lines and the days, and writes tables and CSV; each kind of
//! forecast has a file of its own. Reads only: it takes no lease and may run beside a server.

mod advice;
mod live;
pub mod report;
pub mod volume;
mod wait;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use jiff::ToSpan;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::CentreArgs;
use crate::app::book::Book;
use crate::app::known::Known;
use crate::clock::Clock;
use crate::config;
use crate::domain::centre::Centre;
use crate::domain::event::ContactKey;
use crate::domain::period::{Span, days};
use crate::domain::record::DayRecord;
use crate::domain::series::{Needs, WHOLE_CENTRE};
use crate::forecast::live_wait::{Stay, stay};
use crate::store::Store;

/// What can be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Contacts per half hour
    Volume,
    /// Waits per half hour
    Wait,
    /// The wait of somebody who joins now
    Live,
    /// What was saved by those who called when they were told to
    Advice,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Wait => "wait",
            Self::Live => "live",
            Self::Advice => "advice",
        }
    }
}

/// Flags of `backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// Description and data.
    #[command(flatten)]
    centre: CentreArgs,
    /// What is forecast
    #[arg(long, value_enum)]
    what: What,
    /// First local day that is forecast; a new forecast is made every seven days from it
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The local day after the last one
    #[arg(long, value_name = "DATE")]
    to: Date,
    /// A line, or * for the whole centre; by default every line
    #[arg(long, value_name = "ID")]
    line: Option<String>,
    /// Where the forecasts are written; by default backtest-WHAT-LINE.csv in this folder
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// What a backtest works on.
pub(super) struct Backtest {
    /// The centre.
    pub centre: Arc<Centre>,
    /// What was counted: every day from the first to the last of the asked ones, with intervals.
    pub records: Vec<Arc<DayRecord>>,
    /// What is known of which time.
    pub known: Known,
    /// The time in queues of single contacts, from some weeks before on; only where it is needed.
    pub stays: Vec<Stay>,
    /// First day that is forecast.
    pub from: Date,
    /// The day after the last one.
    pub to: Date,
    what: What,
    csv: Option<PathBuf>,
}

impl Backtest {
    /// Where the forecasts of a line are written.
    pub fn csv_path(&self, line: &str) -> PathBuf {
        let line = if line == WHOLE_CENTRE { "all" } else { line };
        let usual = || PathBuf::from(format!("backtest-{}-{line}.csv", self.what.name()));
        self.csv.clone().unwrap_or_else(usual)
    }
}

/// Scores forecasts and prints how good they were.
pub(super) async fn run(args: BacktestArgs) -> anyhow::Result<ExitCode> {
    if args.from >= args.to {
        bail!("--from {} is not before --to {}", args.from, args.to);
    }
    let centre = Arc::new(config::read_centre(&args.centre.config)?);
    let lines = lines_of(&centre, args.line.as_deref())?;
    if args.csv.is_some() && lines.len() > 1 {
        bail!(
            "--csv names one file, but there are {} lines: choose one with --line",
            lines.len()
        );
    }
    let backtest = read(&args, centre).await?;
    match args.what {
        What::Volume => volume::run(&backtest, &lines)?,
        What::Wait => wait::run(&backtest, &lines)?,
        What::Live => live::run(&backtest, &lines)?,
        What::Advice => advice::run(&backtest, &lines)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn lines_of(centre: &Centre, asked: Option<&str>) -> anyhow::Result<Vec<String>> {
    let all = || centre.lines.iter().map(|line| line.id.clone());
    match asked {
        None => Ok(all().collect()),
        Some(line) if line == WHOLE_CENTRE || centre.line(line).is_some() => {
            Ok(vec![line.to_owned()])
        }
        Some(line) => {
            let known: Vec<String> = all().collect();
            bail!(
                "there is no line {line:?}; there are: {} (and * for the whole centre)",
                known.join(", ")
            )
        }
    }
}

async fn read(args: &BacktestArgs, centre: Arc<Centre>) -> anyhow::Result<Backtest> {
    let folder = &args.centre.data_dir;
    if args.centre.database_url.is_none() && !folder.join("quietline.db").exists() {
        bail!(
            "there is no database in {}; name its folder with --data-dir, or --database-url",
            folder.display()
        );
    }
    let store = args.centre.open_store().await?;
    let now_ms = Clock::System.now_ms();
    let known = Known::read(&store, &centre, now_ms).await?;
    let first = first_day(&store, args).await?;
    let all = first..args.to;
    let needs = Needs {
        intervals: all.clone(),
        days: all,
    };
    let records = Book::new(store.clone(), Arc::clone(&centre))
        .records(&needs, now_ms)
        .await
        .context("reading what was counted")?;
    let stays = match args.what {
        What::Live => read_stays(&store, args, &centre).await?,
        _ => Vec::new(),
    };
    store.close().await;
    Ok(Backtest {
        centre,
        records,
        known,
        stays,
        from: args.from,
        to: args.to,
        what: args.what,
        csv: args.csv.clone(),
    })
}

/// The live wait is learned from the contacts of so many days, as when a server starts.
const LIVE_DAYS: i64 = 30;

/// The stays day by day, since the rows of weeks take a lot of memory.
async fn read_stays(
    store: &Store,
    args: &BacktestArgs,
    centre: &Centre,
) -> anyhow::Result<Vec<Stay>> {
    let first = args.from.saturating_sub(LIVE_DAYS.days());
    let mut stays = Vec::new();
    for day in days(first, args.to) {
        let span = Span::of_day(day, &centre.zone);
        let contacts = store.contacts_between(span.start_ms, span.end_ms).await;
        let contacts = contacts.with_context(|| format!("reading the contacts of {day}"))?;
        stays.extend(
            contacts
                .iter()
                .filter_map(|(key, contact)| stay(*key, contact)),
        );
    }
    draw_keys(&mut stays);
    if stays.is_empty() {
        bail!(
            "no contact from {} to {} is kept: rows of single contacts are deleted after {} days",
            args.from,
            args.to,
            centre.retention_days
        );
    }
    Ok(stays)
}

/// Who moves first within one instant is drawn from what happened alone, so that the same calls give
/// the same figures in every database: keys are secret and differ.
fn draw_keys(stays: &mut [Stay]) {
    let content = |stay: &Stay| (stay.joined_ms, stay.left, stay.line.clone());
    stays.sort_by_cached_key(content);
    let mut alike = 0_u32;
    for at in 0..stays.len() {
        let is_alike = at > 0 && content(&stays[at - 1]) == content(&stays[at]);
        alike = if is_alike { alike + 1 } else { 0 };
        let told = format!("{:?} {alike}", content(&stays[at]));
        let mut key = [0; 16];
        key.copy_from_slice(&Sha256::digest(told)[..16]);
        stays[at].key = ContactKey(key);
    }
}

/// The first day with data; an error that says which days there are, if none of them is asked for.
async fn first_day(store: &Store, args: &BacktestArgs) -> anyhow::Result<Date> {
    let bounds = store.day_bounds().await;
    let Some((first, last)) = bounds.context("reading which days there are")? else {
        bail!("nothing has been counted yet: there is nothing to score");
    };
    let (from, to) = (args.from, args.to);
    if to <= first || last < from {
        bail!("no data from {from} to {to}: the first day is {first}, the last {last}");
    }
    if from <= first {
        bail!("no history before {from}: the first day with data is {first}");
    }
    Ok(first)
}
