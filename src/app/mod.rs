//! The parts put together: a store, the one writer, the live loop, the pages, one listener.

pub mod actions;
pub mod advised;
pub mod book;
pub mod data_signer;
pub mod day_record;
pub mod declared;
pub mod demand;
pub mod editions;
pub mod figures;
pub mod forecaster;
pub mod known;
pub mod log;
pub mod occasions;
mod putting;
pub mod rest_of_today;
pub mod settings;
pub mod waits;
pub mod weeks;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::middleware::{from_fn, map_response};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::desk::{self, Actions, Desk, Occasions};
use crate::domain::centre::Centre;
use crate::ingest::door::Door;
use crate::ingest::http::{self, IngestState, Patience};
use crate::ingest::keys::KeyMaker;
use crate::ingest::tail::Tail;
use crate::ingest::tokens::{TokenBook, Tokens};
use crate::ingest::webhooks::{self, Webhooks};
use crate::ingest::writer::{Foretelling, PastDay, Writer, WriterHandle};
use crate::live::feed;
use crate::live::hub::{Hub, Limits};
use crate::live::runner::{Live, Outlooks, Say, ShownSender};
use crate::publish::key_files::KeyFolder;
use crate::publish::notary::{Days, Notary};
use crate::publish::press::{Press, Sound};
use crate::server::{self, Deadlines};
use crate::site::{self, Site};
use crate::store::Store;
use crate::words::{Lang, verdict_sentence};
use book::Book;
use day_record::DayRecords;
use editions::WeekDrafter;
use figures::LiveFigures;
use forecaster::Forecaster;
use log::PublicLog;

/// How often the tokens in force are read again: one that was made or revoked holds by then.
pub const TOKENS_EVERY: Duration = Duration::from_secs(5);

/// Days of forecasts and scores that may wait to be written.
const FORETELLINGS_WAITING: usize = 4;

/// What a start may be told beyond the centre and its data.
pub struct Settings {
    /// Days of the past that are written while it already runs.
    pub past: mpsc::Receiver<PastDay>,
    /// Editions come out from when this is heard, or its sender is gone; at once without one.
    pub publishing: Option<oneshot::Receiver<()>>,
    /// How long connections are waited for.
    pub deadlines: Deadlines,
    /// How long senders are waited for.
    pub patience: Patience,
    /// Where the keys of the public log lie; none keeps no log. Beside an embedded database there
    /// always is one.
    pub keys: Option<PathBuf>,
    /// The clock is right, however long nothing was added to the public log.
    pub is_after_pause: bool,
}

impl Default for Settings {
    fn default() -> Self {
        // Nobody holds the other end: there is no past to come.
        let (_, past) = mpsc::channel(1);
        Self {
            past,
            publishing: None,
            deadlines: Deadlines::default(),
            patience: Patience::default(),
            keys: None,
            is_after_pause: false,
        }
    }
}

/// A running Quietline.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// Hands events to the writer.
    pub writer: WriterHandle,
    /// What may come in.
    pub door: Arc<Door>,
    /// The live feed.
    pub hub: Hub,
    /// The database.
    pub store: Store,
    stop: watch::Sender<bool>,
    serving: JoinHandle<anyhow::Result<()>>,
    tailing: Vec<JoinHandle<()>>,
    writing: JoinHandle<anyhow::Result<()>>,
    living: JoinHandle<()>,
    reading_tokens: JoinHandle<()>,
    forecasting: JoinHandle<()>,
    /// Those that keep what pages show up to date, keep the log and bring editions out.
    keeping: [JoinHandle<()>; 3],
}

impl App {
    /// Takes the lease, rebuilds the live state and begins to listen.
    ///
    /// # Errors
    /// If another process writes, the address is taken, or the database fails.
    pub async fn start(
        centre: Arc<Centre>,
        store: Store,
        clock: Clock,
        listener: TcpListener,
    ) -> anyhow::Result<Self> {
        Self::start_with(centre, store, clock, listener, Settings::default()).await
    }

    /// The same with settings of its own.
    ///
    /// # Errors
    /// As `start`.
    pub async fn start_with(
        centre: Arc<Centre>,
        store: Store,
        clock: Clock,
        listener: TcpListener,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let address = listener
            .local_addr()
            .context("asking for the own address")?;
        let (sender, committed) = mpsc::unbounded_channel();
        let writer = Writer::open(&store, Arc::clone(&centre), clock.clone(), sender).await?;
        let centre = settings::keep(&store, centre, clock.now_ms()).await?;
        let (handle, waiting) = WriterHandle::channel();
        let (keep, foretelling) = mpsc::channel(FORETELLINGS_WAITING);
        let writer = writer.with_past(settings.past);
        let task = tokio::spawn(writer.with_foretelling(foretelling).run(waiting));
        let book = Arc::new(Book::new(store.clone(), Arc::clone(&centre)));
        let forecaster = Forecaster::new(&centre, &store, &clock, &book, keep.clone());
        let foresights = forecaster.foresights();
        let forecasting = tokio::spawn(forecaster.run());

        let hub = Hub::new(clock.clone(), Limits::default());
        let say = say(&centre, clock.clone());
        let live = Live::start(store.clone(), Arc::clone(&centre), hub.clone(), say).await;
        let live = live
            .context("rebuilding the live state")?
            .with_foresights(foresights)
            .with_shown(keep_shown(keep));
        let outlooks = live.outlooks();
        let living = tokio::spawn(live.run(committed));

        let tokens = Tokens::new(read_tokens(&store).await?);
        let reading_tokens = tokio::spawn(keep_reading_tokens(store.clone(), tokens.clone()));
        let door = Arc::new(Door::new(&centre, key_maker(&store).await?));
        let tailing = tails(&centre, &store, &door, &handle, &clock).await?;
        let state = IngestState {
            door: Arc::clone(&door),
            tokens,
            writer: handle.clone(),
            clock: clock.clone(),
            patience: settings.patience,
        };
        let publishing = (settings.publishing, clock.clone());
        let keys = (settings.keys, settings.is_after_pause);
        let told = (hub.clone(), outlooks, keys);
        let webhooks = webhooks::router(Webhooks::new(state.clone(), &centre)?);
        let (pages, [reading, log], press) = pages(centre, &store, clock, told, book).await?;
        let publishing = editions::keep(press, publishing.1, publishing.0);
        let router = http::router(state).merge(webhooks).merge(pages);
        let (stop, stopped) = watch::channel(false);
        let serving = server::serve(listener, router, settings.deadlines, until(stopped));
        Ok(Self {
            address,
            writer: handle,
            door,
            hub,
            store,
            stop,
            serving: tokio::spawn(serving),
            tailing,
            writing: task,
            living,
            reading_tokens,
            forecasting,
            keeping: [reading, log, tokio::spawn(publishing)],
        })
    }

    /// Runs until `stop` is ready or a part fails, then stops in order: nobody new is let in,
    /// what is under way is finished, what was taken in is durable.
    ///
    /// # Errors
    /// What failed.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = stop => {}
            ended = &mut self.writing => {
                ended.context("the writer panicked")?.context("the writer stopped")?;
            }
            ended = &mut self.serving => {
                ended.context("the server panicked")?.context("the server stopped")?;
            }
        }
        self.stop().await
    }

    /// Stops in order.
    ///
    /// # Errors
    /// What failed on the way.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.hub.close();
        self.stop.send_replace(true);
        if !self.serving.is_finished() {
            self.serving.await.context("the server panicked")??;
        }
        // What they have read is written with how far they read: they may stop anywhere.
        for tailing in &self.tailing {
            tailing.abort();
        }
        self.reading_tokens.abort();
        self.forecasting.abort();
        for task in &self.keeping {
            task.abort();
        }
        drop(self.writer);
        if !self.writing.is_finished() {
            self.writing.await.context("the writer panicked")??;
        }
        self.living.await.context("the live loop panicked")?;
        self.store.close().await;
        Ok(())
    }
}

/// Begins to read the logs of telephone systems that are files here.
async fn tails(
    centre: &Centre,
    store: &Store,
    door: &Arc<Door>,
    writer: &WriterHandle,
    clock: &Clock,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let mut tasks = Vec::new();
    for source in &centre.sources {
        let mark = store.mark(&source.id).await;
        let mark = mark.context("reading how far logs are read")?;
        let tail = Tail::of(
            source,
            mark,
            Arc::clone(door),
            writer.clone(),
            clock.clone(),
        );
        tasks.extend(tail.map(|tail| tokio::spawn(tail.run())));
    }
    Ok(tasks)
}

/// The live feed, the pages of everybody and of the staff, the public log, and the tasks that keep
/// them told of occasions and actions and the log whole.
async fn pages(
    centre: Arc<Centre>,
    store: &Store,
    clock: Clock,
    (hub, outlooks, (keys, is_after_pause)): (
        Hub,
        watch::Receiver<Arc<Outlooks>>,
        (Option<PathBuf>, bool),
    ),
    book: Arc<Book>,
) -> anyhow::Result<(Router, [JoinHandle<()>; 2], Press)> {
    let (told, done, reading) = keep_entered(store).await?;
    let figures = || {
        let (centre, store, clock) = (Arc::clone(&centre), store.clone(), clock.clone());
        let (hub, outlooks, book) = (hub.clone(), outlooks.clone(), Arc::clone(&book));
        let figures = LiveFigures::new(centre, store, clock, hub, outlooks, book);
        let figures = figures.with_occasions(told.subscribe());
        figures.with_actions(done.subscribe())
    };
    let mut log = PublicLog::none();
    let keys = keys.or_else(|| store.folder().map(|folder| folder.join("keys")));
    if let Some(keys) = &keys {
        // A day is committed to as it will be shown, before it is shown so.
        let records = DayRecords::new(Arc::clone(&centre), Arc::new(figures()));
        let days = Days {
            zone: centre.zone.clone(),
            records: Arc::new(records),
        };
        let notary = Notary::new(store.clone(), clock.clone(), KeyFolder::new(keys), days);
        let notary = notary.with_declared(declared::declared(&centre));
        log = PublicLog::keep(notary.after_pause(is_after_pause), store).await?;
    }
    let figures = figures().with_broken_record(log.broken.clone());
    let figures = Arc::new(match &log.ledger {
        Some(ledger) => figures.with_log(ledger.clone()),
        None => figures,
    });
    let press = press(&centre, store, &clock, (&figures, log.sound(&clock))).await?;
    let signer = log.signer(keys.as_deref(), &clock);
    let site = Site::signed_by(Arc::clone(&centre), figures, signer);
    let styles = site.desk_styles();
    let desk = Desk::open(
        centre,
        store.clone(),
        clock,
        styles,
        (told, done),
        log.broken,
    )
    .await?;
    let desk = desk.with_press(press.clone());
    let staff = desk::router(desk).layer(map_response(site::secure));
    let router = feed::router(hub).merge(log.router);
    let router = router.merge(staff).merge(site::router(site));
    let router = router.layer(from_fn(site::preflight));
    Ok((router, [reading, log.keeping], press))
}

/// What the desk keeps, and the task that reads again what other processes entered.
async fn keep_entered(
    store: &Store,
) -> anyhow::Result<(
    watch::Sender<Occasions>,
    watch::Sender<Actions>,
    JoinHandle<()>,
)> {
    let told = occasions::first(store).await?;
    let done = actions::first(store).await?;
    let keep_told = occasions::keep(store.clone(), told.clone());
    let keep_done = actions::keep(store.clone(), done.clone());
    let reading = tokio::spawn(async move {
        tokio::join!(keep_told, keep_done);
    });
    Ok((told, done, reading))
}

/// The press, of whose editions the figures know, and which makes them of the figures. It stands
/// still while the record is not what it was.
async fn press(
    centre: &Arc<Centre>,
    store: &Store,
    clock: &Clock,
    (figures, is_sound): (&Arc<LiveFigures>, Sound),
) -> anyhow::Result<Press> {
    let published = Arc::clone(figures);
    let drafter = WeekDrafter::new(Arc::clone(centre), published, store.clone());
    let drafter = Arc::new(drafter);
    let (store, centre) = (store.clone(), Arc::clone(centre));
    let press = Press::open(store, centre, clock.clone(), drafter, is_sound).await;
    let press = press.context("reading the editions")?;
    figures.set_press(press.clone());
    Ok(press)
}

/// Takes the scores of what was shown and hands them to the writer.
fn keep_shown(keep: mpsc::Sender<Foretelling>) -> ShownSender {
    let (sender, mut shown) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(scores) = shown.recv().await {
            let told = Foretelling {
                scores,
                ..Foretelling::default()
            };
            // The writer has stopped, and the server with it.
            if keep.send(told).await.is_err() {
                return;
            }
        }
    });
    sender
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody is left who could stop us: the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// The sentence of a verdict in the centre's first language.
fn say(centre: &Centre, clock: Clock) -> Say {
    let lang = centre
        .languages
        .first()
        .and_then(|code| Lang::from_code(code))
        .unwrap_or(Lang::En);
    let zone = centre.zone.clone();
    Box::new(move |_, line| verdict_sentence(lang, line, &zone, clock.now_ms()))
}

/// The keys of contacts, under the installation's own secret.
///
/// # Errors
/// If the database fails or the secret in it is damaged.
pub async fn key_maker(store: &Store) -> anyhow::Result<KeyMaker> {
    let made = || hex::encode(rand::random::<[u8; 32]>());
    let secret = store
        .meta_or("contact_key_secret", made)
        .await
        .context("reading the secret")?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(&secret, &mut bytes)
        .context("the secret of the contact keys is damaged")?;
    Ok(KeyMaker::new(&bytes))
}

async fn read_tokens(store: &Store) -> anyhow::Result<TokenBook> {
    let tokens = store.tokens().await.context("reading the tokens")?;
    let mut book = TokenBook::default();
    for (hash, source) in tokens {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&hash, &mut bytes).context("a token's hash is damaged")?;
        book.by_hash.insert(bytes, source);
    }
    Ok(book)
}

async fn keep_reading_tokens(store: Store, tokens: Tokens) {
    let mut ticks = tokio::time::interval(TOKENS_EVERY);
    loop {
        ticks.tick().await;
        match read_tokens(&store).await {
            Ok(book) => tokens.replace(book),
            Err(error) => tracing::warn!("the tokens in force stay as they are: {error:#}"),
        }
    }
}
