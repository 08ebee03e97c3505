//! `quietline demo`: a simulated centre with a past and a present, in a folder that goes with it.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::ToSpan;
use jiff::civil::Date;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::DemoArgs;
use crate::app::App;
use crate::clock::Clock;
use crate::config::parse_centre;
use crate::demo::feed::{Feed, run_feed};
use crate::demo::{self, Sim, history};
use crate::domain::batch::Batch;
use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::period::{Span, day_start_ms, local_day};
use crate::ingest::body::{Framing, read_body};
use crate::ingest::door::Door;
use crate::ingest::writer::{SubmitError, WriterHandle};
use crate::server::stop_signal;
use crate::store::coverage::CoverageKind;
use crate::store::seal::DayCells;
use crate::store::{Location, Store, StoreWriter};

/// Years of history.
const YEARS: i64 = 2;

/// Days of a past kept as contacts, so that the live part has something to learn from. The days
/// before are sealed, as after retention.
const DAYS_AS_CONTACTS: i64 = demo::SETTLED_AFTER_DAYS;

/// Sealed days written in one transaction.
const DAYS_A_COMMIT: usize = 120;

/// Runs the demonstration until the process is told to stop.
pub(super) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let clock = Clock::System;
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("listening on {}", args.listen))?;
    let centre = parse_centre(demo::centre_toml());
    let centre =
        centre.map_err(|mistakes| anyhow::anyhow!("the demo's own centre: {mistakes:?}"))?;
    let now_ms = clock.now_ms();
    let today = local_day(now_ms, &centre.zone);
    let sim = Arc::new(Sim::new(centre.clone(), args.seed, today));
    let centre = Arc::new(centre);

    let store = Store::open(&Location::Folder(folder.path().to_owned())).await;
    let store = store.context("opening the database")?;
    let first_live = today.saturating_sub(DAYS_AS_CONTACTS.days());
    let mut writer = store.writer(now_ms).await?;
    write_history(&mut writer, &sim, &centre, first_live, now_ms).await?;
    drop(writer);

    let app = App::start(Arc::clone(&centre), store, clock.clone(), listener).await?;
    let mut feed = Feed::new(
        Arc::clone(&sim),
        first_live,
        day_start_ms(first_live, &centre.zone),
    );
    let take_in = TakeIn {
        door: Arc::clone(&app.door),
        writer: app.writer.clone(),
    };
    for piece in feed.due(now_ms) {
        take_in
            .take(piece, now_ms)
            .await
            .context("taking in the last days")?;
    }
    feed.acknowledge(now_ms);
    println!(
        "A simulated contact centre (sample data) is at http://{}",
        app.address
    );
    println!("Stop it with Ctrl-C.");

    let (stop, mut stopped) = tokio::sync::watch::channel(());
    let feeding = tokio::spawn(run_feed(
        feed,
        move || clock.now_ms(),
        move |piece| {
            let take_in = take_in.clone();
            async move { take_in.take(piece, Clock::System.now_ms()).await }
        },
        async move {
            // The sender is dropped when the demonstration ends.
            let _ = stopped.changed().await;
        },
    ));
    let stopping = async move {
        stop_signal().await;
        drop(stop);
        if let Err(error) = feeding.await {
            tracing::error!("the simulated feed: {error}");
        }
    };
    app.run_until(stopping).await?;
    Ok(ExitCode::SUCCESS)
}

async fn write_history(
    writer: &mut StoreWriter,
    sim: &Arc<Sim>,
    centre: &Centre,
    until: Date,
    now_ms: Millis,
) -> anyhow::Result<()> {
    let from = until.saturating_sub(YEARS.years());
    let (send, mut receive) = mpsc::channel(DAYS_A_COMMIT);
    let simulated = Arc::clone(sim);
    let simulating = tokio::task::spawn_blocking(move || {
        history::history(&simulated, from, until, |day| {
            // Nobody takes any more: the writing below has failed and says why.
            let _ = send.blocking_send(day);
        });
    });
    let mut days = Vec::with_capacity(DAYS_A_COMMIT);
    while receive.recv_many(&mut days, DAYS_A_COMMIT).await > 0 {
        let mut tx = writer.begin().await.context("writing history")?;
        for day in days.drain(..) {
            tx.put_cells(&day.intervals, now_ms)
                .await
                .context("writing history")?;
            let sealed = DayCells::from_cells(&day.intervals);
            tx.seal_day(day.day, &sealed.hash(), now_ms)
                .await
                .context("sealing history")?;
        }
        tx.commit().await.context("writing history")?;
    }
    simulating.await.context("simulating history")?;
    let mut tx = writer.begin().await.context("covering history")?;
    let end_ms = day_start_ms(until, &centre.zone);
    let span = Span {
        start_ms: day_start_ms(from, &centre.zone),
        end_ms,
    };
    tx.cover(demo::SOURCE, CoverageKind::Import, span)
        .await
        .context("covering history")?;
    let live = Span {
        start_ms: end_ms,
        end_ms: now_ms,
    };
    tx.cover(demo::SOURCE, CoverageKind::Live, live)
        .await
        .context("covering history")?;
    tx.commit().await.context("covering history")
}

/// The way of a real source: through the door, to the writer.
#[derive(Clone)]
struct TakeIn {
    door: Arc<Door>,
    writer: WriterHandle,
}

impl TakeIn {
    async fn take(&self, piece: Vec<u8>, now_ms: Millis) -> Result<(), SubmitError> {
        let threshold = self
            .door
            .open_to(demo::SOURCE, now_ms)
            .ok_or(SubmitError::Stopped)?;
        let reading = read_body(Framing::Lines, &piece, threshold)
            .map_err(|error| SubmitError::Failed(format!("{error:?}")))?;
        let batch = Batch {
            source: demo::SOURCE.to_owned(),
            received_ms: now_ms,
            rejected: i64::try_from(reading.rejected.len()).unwrap_or(i64::MAX),
            events: reading.admitted,
            covers: Vec::new(),
        };
        self.writer.submit_patiently(batch).await.map(|_| ())
    }
}
