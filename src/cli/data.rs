//! `quietline import` and `quietline rebuild`: what works on the data themselves.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;

use super::{CentreArgs, ImportArgs, LogFormat};
use crate::app;
use crate::clock::Clock;
use crate::config::{self, ImportMap};
use crate::domain::centre::{Centre, Feed, FeedKind, Source};
use crate::ingest::account::Account;
use crate::ingest::import::{import_files, progress_bar};
use crate::ingest::import_log::import_logs;
use crate::ingest::keys::KeyMaker;
use crate::ingest::post::Poster;
use crate::ingest::rebuild::{self, Findings};
use crate::ingest::sink::{HttpSink, SubmitBatches, WriterSink};
use crate::ingest::writer::{Writer, WriterHandle};
use crate::publish::integrity;
use crate::store::LeaseError;

/// How the files of an import are read.
enum Reading {
    Map(Box<ImportMap>),
    Log(Box<(Source, Feed)>),
}

impl Reading {
    fn of(args: &ImportArgs, centre: &Centre) -> anyhow::Result<Self> {
        if let Some(LogFormat::AsteriskQueueLog) = args.format {
            let source = log_source(args, centre)?;
            let feed = source.feed.clone().context("the source has no kind")?;
            return Ok(Self::Log(Box::new((source.clone(), feed))));
        }
        let path = args.map.as_ref().context("--map is missing")?;
        let map = config::read_map(path)?;
        let misfits = map.misfits(centre);
        if !misfits.is_empty() {
            bail!(
                "{} does not fit the centre:\n  {}",
                path.display(),
                misfits.join("\n  ")
            );
        }
        Ok(Self::Map(Box::new(map)))
    }

    fn source(&self) -> &str {
        match self {
            Self::Map(map) => &map.source,
            Self::Log(log) => &log.0.id,
        }
    }
}

/// The source whose queues the log names: the only one of its kind, or the one that is named.
fn log_source<'c>(args: &ImportArgs, centre: &'c Centre) -> anyhow::Result<&'c Source> {
    let is_log = |source: &&Source| {
        let feed = source.feed.as_ref();
        feed.is_some_and(|feed| feed.kind == FeedKind::QueueLog)
    };
    let logs: Vec<&Source> = centre.sources.iter().filter(is_log).collect();
    let ids: Vec<&str> = logs.iter().map(|source| source.id.as_str()).collect();
    let file = args.centre.config.display();
    match (&args.source, logs.as_slice()) {
        (_, []) => bail!("{file} has no source with kind = \"asterisk_queue_log\"; add one"),
        (None, [only]) => Ok(only),
        (None, _) => bail!(
            "{file} has several logs; add --source with one of: {}",
            ids.join(", ")
        ),
        (Some(id), _) => {
            let named = logs.iter().find(|source| source.id == *id);
            named.copied().with_context(|| {
                format!("{file} has no queue log {id:?}; it has: {}", ids.join(", "))
            })
        }
    }
}

/// Imports files and prints what became of every row.
pub(super) async fn import(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let centre = config::read_centre(&args.centre.config)?;
    let reading = Reading::of(&args, &centre)?;
    let account = match (&args.to, &args.token) {
        (Some(url), Some(token)) => {
            let mut sink = HttpSink {
                poster: Poster::new(url, token)?,
            };
            // The server makes the keys; ours are never used.
            let keys = KeyMaker::new(&[0; 32]);
            import_into(&args, &reading, &centre, &keys, &mut sink).await?
        }
        _ => import_here(&args, &reading, Arc::new(centre)).await?,
    };
    if args.json {
        println!(
            "{}",
            serde_json::to_string(&account).context("writing the account")?
        );
    } else {
        print!("{account}");
    }
    Ok(if account.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn import_here(
    args: &ImportArgs,
    reading: &Reading,
    centre: Arc<Centre>,
) -> anyhow::Result<Account> {
    let store = args.centre.open_store().await?;
    let keys = app::key_maker(&store).await?;
    // Nobody looks on: what was committed is dropped.
    let (sender, _) = mpsc::unbounded_channel();
    let writer = Writer::open(&store, Arc::clone(&centre), Clock::System, sender).await?;
    let (handle, waiting) = WriterHandle::channel();
    let task = tokio::spawn(writer.run(waiting));
    let mut sink = WriterSink {
        writer: handle,
        source: reading.source().to_owned(),
        zone: centre.zone.clone(),
        clock: Clock::System,
    };
    let account = import_into(args, reading, &centre, &keys, &mut sink).await;
    drop(sink);
    task.await.context("the writer panicked")??;
    store.close().await;
    account
}

async fn import_into(
    args: &ImportArgs,
    reading: &Reading,
    centre: &Centre,
    keys: &KeyMaker,
    sink: &mut impl SubmitBatches,
) -> anyhow::Result<Account> {
    let progress = progress_bar(&args.files);
    let now_ms = Clock::System.now_ms();
    match reading {
        Reading::Map(map) => {
            import_files(map, centre, keys, now_ms, &args.files, sink, &progress).await
        }
        Reading::Log(log) => {
            let log = (&log.0, &log.1);
            import_logs(log, centre, keys, now_ms, &args.files, sink, &progress).await
        }
    }
}

/// Checks that tallies are the sum over contacts and counts, or makes them so.
pub(super) async fn rebuild(args: &CentreArgs, check: bool) -> anyhow::Result<ExitCode> {
    let centre = config::read_centre(&args.config)?;
    if args.database_url.is_none() && !args.data_dir.join("quietline.db").exists() {
        bail!(
            "there is no database in {}; name its folder with --data-dir, or --database-url",
            args.data_dir.display()
        );
    }
    let store = args.open_store().await?;
    if !check {
        let now_ms = Clock::System.now_ms();
        let mut writer = store.writer(now_ms).await.map_err(explain_lease)?;
        let sealed = store
            .sealed_days()
            .await
            .context("reading the sealed days")?;
        let days = rebuild::rebuild(&mut writer, &sealed, &centre, now_ms).await;
        let days = days.context("writing the tallies anew")?;
        println!("{days} days were computed anew from their contacts and counts");
    }
    let findings = rebuild::check(&store, &centre)
        .await
        .context("checking the tallies")?;
    print_findings(&findings);
    let altered = integrity::examine(&store).await?.err();
    match &altered {
        Some(what) => println!("the public record was altered: {what}"),
        None => println!("the public record is what was signed"),
    }
    Ok(if findings.wrong.is_empty() && altered.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print_findings(findings: &Findings) {
    println!(
        "{} days recomputed from {} contacts and {} counts, {} sealed days checked by their hash, \
         {} counts of surveys, complaints and sites compared",
        findings.days_recomputed,
        findings.contacts,
        findings.counts,
        findings.days_sealed,
        findings.facts
    );
    for (day, what) in &findings.wrong {
        println!("{day}: {what}");
    }
    if findings.wrong.is_empty() {
        println!("all tallies agree");
    } else {
        println!("{} days do not agree", findings.wrong.len());
    }
}

fn explain_lease(error: LeaseError) -> anyhow::Error {
    anyhow::Error::new(error).context("rebuild needs the database for itself; --check does not")
}
