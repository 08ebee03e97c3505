//! `quietline demo`: a simulated centre with a past and a present, in a folder that goes with it.

use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::ToSpan;
use jiff::civil::Date;
use tokio::sync::{mpsc, oneshot};

use super::DemoArgs;
use super::demo_editions::{self, OFFICER};
use crate::app::{App, Settings};
use crate::clock::Clock;
use crate::config::parse_centre;
use crate::demo::actions::actions;
use crate::demo::feed::{Feed, run_feed};
use crate::demo::occasions::{ACCOUNT, occasions};
use crate::demo::{self, Sim, history};
use crate::desk::{entered, password, registered, totp};
use crate::domain::action::Action;
use crate::domain::batch::Batch;
use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::period::{Span, day_start_ms, local_day};
use crate::domain::staff::Role;
use crate::ingest::body::{Framing, read_body};
use crate::ingest::door::Door;
use crate::ingest::writer::{PastDay, SubmitError, WriterHandle, write_sealed};
use crate::server::{listen, stop_signal};
use crate::store::coverage::CoverageKind;
use crate::store::users::Account;
use crate::store::{DeskTx, Location, Store, StoreWriter};

/// Years of history.
const YEARS: i64 = 2;

/// The newest part of it is there before the first page: what is usual is learned from it. The
/// older part is written while the site already answers.
const WEEKS_BEFORE_THE_FIRST_PAGE: i64 = 10;

/// Days of the past kept as contacts; the days before are sealed, as after retention.
const DAYS_AS_CONTACTS: i64 = demo::SETTLED_AFTER_DAYS;

/// Simulated days that may wait to be written.
const DAYS_AHEAD: usize = 30;

/// Runs the demonstration until the process is told to stop.
pub(super) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let clock = Clock::System;
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let listener = listen(args.listen).with_context(|| format!("listening on {}", args.listen))?;
    let mut centre = simulated_centre()?;
    let now_ms = clock.now_ms();
    let today = local_day(now_ms, &centre.zone);
    if let Some(releases) = &mut centre.releases {
        releases.since = Some(demo_editions::since(today));
    }
    let sim = Arc::new(Sim::new(centre.clone(), args.seed, today));
    let centre = Arc::new(centre);

    let store = open_in(folder.path()).await?;
    let first_live = today.saturating_sub(DAYS_AS_CONTACTS.days());
    let recent = first_live.saturating_sub(WEEKS_BEFORE_THE_FIRST_PAGE.weeks());
    let oldest = first_live.saturating_sub(YEARS.years());
    let mut writer = store.writer(now_ms).await?;
    write_recent(&mut writer, &sim, recent..first_live, now_ms).await?;
    cover(&mut writer, &centre, [oldest, first_live], now_ms).await?;
    drop(writer);
    let staff = staff(&store, &sim, oldest, now_ms).await?;

    let (send_older, older) = mpsc::channel(DAYS_AHEAD);
    let (planted, publishing) = oneshot::channel();
    let settings = Settings {
        past: older,
        publishing: Some(publishing),
        ..Settings::default()
    };
    let planting = (store.clone(), Arc::clone(&centre));
    let starting = (Arc::clone(&centre), store, clock.clone());
    let app = App::start_with(starting.0, starting.1, starting.2, listener, settings).await?;
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
    announce(app.address, &staff);
    simulate(&sim, oldest..recent, send_older);
    let planting = demo_editions::plant_and_tell(planting, oldest..first_live, now_ms, planted);
    tokio::spawn(planting);
    run_until_stopped(app, feed, take_in, clock).await
}

async fn open_in(folder: &Path) -> anyhow::Result<Store> {
    let store = Store::open(&Location::Folder(folder.to_owned())).await;
    store.context("opening the database")
}

fn simulated_centre() -> anyhow::Result<Centre> {
    let centre = parse_centre(demo::centre_toml());
    centre.map_err(|mistakes| anyhow::anyhow!("the demo's own centre: {mistakes:?}"))
}

fn announce(address: SocketAddr, staff: &Staff) {
    let Staff { password, secret } = staff;
    println!("A simulated contact centre (sample data) is at http://{address}");
    println!("Its desk is at http://{address}/desk: name {ACCOUNT}, password {password}");
    println!("Its officer: name {OFFICER}, the same password, second factor {secret}");
    println!("Stop it with Ctrl-C.");
}

async fn run_until_stopped(
    app: App,
    feed: Feed,
    take_in: TakeIn,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let (stop, mut stopped) = tokio::sync::watch::channel(());
    let now = clock.clone();
    let feeding = tokio::spawn(run_feed(
        feed,
        move || now.now_ms(),
        move |piece| {
            let (take_in, now_ms) = (take_in.clone(), clock.now_ms());
            async move { take_in.take(piece, now_ms).await }
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

/// Simulates days on threads of their own and sends them in no particular order.
fn simulate(sim: &Arc<Sim>, days: Range<Date>, send: mpsc::Sender<PastDay>) {
    let sim = Arc::clone(sim);
    tokio::task::spawn_blocking(move || {
        history::history(&sim, days.start, days.end, |cells| {
            let day = PastDay {
                day: cells.day,
                cells: cells.intervals,
                facts: cells.facts,
            };
            // Nobody takes any more: the demonstration has ended.
            let _ = send.blocking_send(day);
        });
    });
}

async fn write_recent(
    writer: &mut StoreWriter,
    sim: &Arc<Sim>,
    days: Range<Date>,
    now_ms: Millis,
) -> anyhow::Result<()> {
    let (send, mut simulated) = mpsc::channel(DAYS_AHEAD);
    simulate(sim, days, send);
    let mut days = Vec::with_capacity(DAYS_AHEAD);
    while simulated.recv_many(&mut days, DAYS_AHEAD).await > 0 {
        write_sealed(writer, &days, now_ms).await?;
        days.clear();
    }
    Ok(())
}

/// With what the desk is entered.
struct Staff {
    password: String,
    /// Of the officer's second factor, base32.
    secret: String,
}

/// An editor and an officer to look at the desk with, and what they would have entered until now.
/// Password and second factor are made anew at each start, returned to be printed, and known
/// nowhere else.
async fn staff(store: &Store, sim: &Sim, oldest: Date, now_ms: Millis) -> anyhow::Result<Staff> {
    let password = hex::encode(rand::random::<[u8; 8]>());
    let secret = totp::new_secret();
    let editor = Account {
        name: ACCOUNT.to_owned(),
        role: Role::Editor,
        password: password::hash(&password)?,
        totp_secret: None,
        created_ms: now_ms,
        disabled_ms: None,
    };
    let officer = Account {
        name: OFFICER.to_owned(),
        role: Role::Officer,
        totp_secret: Some(secret.clone()),
        ..editor.clone()
    };
    let mut tx = store.begin_desk().await.context("making an account")?;
    for account in [editor, officer] {
        let added = tx.add_account(&account).await;
        added.context("making an account")?;
    }
    let end = sim.today.saturating_add(1.year());
    for occasion in occasions(sim, oldest..end) {
        let put = tx.put_occasion(&occasion).await;
        put.context("entering events")?;
        let noted = tx.note(&entered(&occasion)).await;
        noted.context("entering events")?;
    }
    for action in actions(sim) {
        register(&mut tx, &action).await?;
    }
    tx.commit().await.context("entering events")?;
    Ok(Staff { password, secret })
}

async fn register(tx: &mut DeskTx, action: &Action) -> anyhow::Result<()> {
    tx.add_action(action).await.context("registering actions")?;
    let noted = tx.note(&registered(action)).await;
    noted.context("registering actions")?;
    for (number, step) in action.steps.iter().enumerate() {
        let added = tx.add_step(&action.id, number, step).await;
        added.context("registering actions")?;
    }
    Ok(())
}

/// The past is covered like an import, the last days by signs of life.
async fn cover(
    writer: &mut StoreWriter,
    centre: &Centre,
    [oldest, first_live]: [Date; 2],
    now_ms: Millis,
) -> anyhow::Result<()> {
    let start = |day| day_start_ms(day, &centre.zone);
    let past = Span {
        start_ms: start(oldest),
        end_ms: start(first_live),
    };
    let live = Span {
        start_ms: start(first_live),
        end_ms: now_ms,
    };
    let mut tx = writer.begin().await.context("covering history")?;
    tx.cover(demo::SOURCE, CoverageKind::Import, past)
        .await
        .context("covering history")?;
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
            mark: None,
            events: reading.admitted,
            covers: Vec::new(),
        };
        self.writer.submit_patiently(batch).await.map(|_| ())
    }
}
