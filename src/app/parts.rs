//! What a running centre consists of besides its address: everything that knows the description.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::book::Book;
use super::forecaster::Forecaster;
use super::pages::{self, Keys};
use super::{PublicUrl, TOKENS_EVERY, editions, key_maker, settings};
use crate::clock::Clock;
use crate::domain::centre::Centre;
use crate::ingest::door::Door;
use crate::ingest::event_socket::{self, Link};
use crate::ingest::http::{self, IngestState, Patience};
use crate::ingest::tail::Tail;
use crate::ingest::tokens::{TokenBook, Tokens};
use crate::ingest::webhooks::{self, Webhooks};
use crate::ingest::writer::{Foretelling, PastDay, Waiting, Writer, WriterHandle};
use crate::live::hub::Hub;
use crate::live::runner::{Live, Say, ShownSender};
use crate::publish::standing::Standing;
use crate::store::Store;
use crate::words::{Lang, verdict_sentence};

/// Days of forecasts and scores that may wait to be written.
const FORETELLINGS_WAITING: usize = 4;

/// What stays when the description is read anew.
#[derive(Clone)]
pub(super) struct Base {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) hub: Hub,
    pub(super) writer: WriterHandle,
    pub(super) patience: Patience,
    pub(super) keys: Option<PathBuf>,
    pub(super) public_url: Option<PublicUrl>,
}

/// What only a first start is told.
pub(super) struct First {
    pub(super) past: mpsc::Receiver<PastDay>,
    pub(super) publishing: Option<oneshot::Receiver<()>>,
    pub(super) is_after_pause: bool,
}

impl First {
    /// Nothing of it.
    pub(super) fn nothing() -> Self {
        // Nobody holds the other end: there is no past to come.
        let (_, past) = mpsc::channel(1);
        Self {
            past,
            publishing: None,
            is_after_pause: false,
        }
    }
}

/// The tasks of a centre.
pub(super) struct Parts {
    pub(super) door: Arc<Door>,
    pub(super) standing: Option<Standing>,
    pub(super) writing: JoinHandle<anyhow::Result<Waiting>>,
    relief: Arc<Notify>,
    tailing: Vec<JoinHandle<()>>,
    living: JoinHandle<()>,
    reading_tokens: JoinHandle<()>,
    forecasting: JoinHandle<()>,
    /// Those that keep what pages show up to date, keep the log and bring editions out.
    keeping: [JoinHandle<()>; 3],
}

impl Parts {
    /// Takes the lease, rebuilds the live state and begins to take in what waits.
    pub(super) async fn start(
        base: &Base,
        centre: Arc<Centre>,
        queue: Waiting,
        first: First,
    ) -> anyhow::Result<(Self, Router)> {
        let Base { store, clock, .. } = base;
        let (sender, committed) = mpsc::unbounded_channel();
        let writer = Writer::open(store, Arc::clone(&centre), clock.clone(), sender).await?;
        let centre = settings::keep(store, centre, clock.now_ms()).await?;
        let (keep, foretelling) = mpsc::channel(FORETELLINGS_WAITING);
        let writer = writer.with_past(first.past).with_foretelling(foretelling);
        let relief = Arc::new(Notify::new());
        let writing = tokio::spawn(writer.run_until_relieved(queue, Arc::clone(&relief)));
        let book = Arc::new(Book::new(store.clone(), Arc::clone(&centre)));
        let forecaster = Forecaster::new(&centre, store, clock, &book, keep.clone());
        let foresights = forecaster.foresights();
        let forecasting = tokio::spawn(forecaster.run());

        let say = say(&centre, clock.clone());
        let live = Live::start(store.clone(), Arc::clone(&centre), base.hub.clone(), say).await;
        let live = live
            .context("rebuilding the live state")?
            .with_foresights(foresights)
            .with_shown(keep_shown(keep));
        let outlooks = live.outlooks();
        let living = tokio::spawn(live.run(committed));

        let (state, signed) = entrance(base, &centre).await?;
        let door = Arc::clone(&state.door);
        let tokens = keep_reading_tokens(store.clone(), state.tokens.clone());
        let reading_tokens = tokio::spawn(tokens);
        let signed = pages::named(webhooks::router(signed), base);
        let taking_in = http::router(state).merge(signed);
        let mut tailing = tails(&centre, base, &door).await?;
        tailing.extend(links(&centre, base, &door)?);
        let keys = Keys {
            folder: base.keys.clone(),
            is_after_pause: first.is_after_pause,
        };
        let pages = pages::open(centre, base, outlooks, keys, book).await?;
        let publishing = editions::keep(pages.press, clock.clone(), first.publishing);
        let parts = Self {
            door,
            standing: pages.standing,
            writing,
            relief,
            tailing,
            living,
            reading_tokens,
            forecasting,
            keeping: [pages.reading, pages.log, tokio::spawn(publishing)],
        };
        Ok((parts, taking_in.merge(pages.router)))
    }

    /// Ends everything but the writing.
    fn stop_around(&self) {
        // What they have read is written with how far they read: they may stop anywhere. So may
        // those that listen: whoever listens next says that something may be missing.
        for tailing in &self.tailing {
            tailing.abort();
        }
        self.reading_tokens.abort();
        self.forecasting.abort();
        for task in &self.keeping {
            task.abort();
        }
    }

    /// Ends everything; what waits to be written is given back.
    pub(super) async fn relieve(&mut self) -> anyhow::Result<Waiting> {
        self.stop_around();
        self.relief.notify_one();
        let written = (&mut self.writing).await;
        let waiting = written.context("the writer panicked")??;
        (&mut self.living).await.context("the live loop panicked")?;
        Ok(waiting)
    }

    /// Ends everything after what waits is written: the last handle of the writer must be gone.
    pub(super) async fn finish(self) -> anyhow::Result<()> {
        self.stop_around();
        if !self.writing.is_finished() {
            self.writing.await.context("the writer panicked")??;
        }
        self.living.await.context("the live loop panicked")
    }
}

/// Says whether events could come in by a description. Changes nothing.
pub(super) async fn examine(base: &Base, centre: &Centre) -> anyhow::Result<()> {
    entrance(base, centre).await.map(|_| ())
}

/// Who may say what, and those telephone systems that sign it.
async fn entrance(base: &Base, centre: &Centre) -> anyhow::Result<(IngestState, Webhooks)> {
    let tokens = Tokens::new(read_tokens(&base.store).await?);
    let door = Arc::new(Door::new(centre, key_maker(&base.store).await?));
    let state = IngestState {
        door,
        tokens,
        writer: base.writer.clone(),
        clock: base.clock.clone(),
        patience: base.patience,
    };
    let webhooks = Webhooks::new(state.clone(), centre)?;
    for source in &centre.sources {
        event_socket::password_of(source)?;
    }
    Ok((state, webhooks))
}

/// Begins to read the logs of telephone systems that are files here.
async fn tails(
    centre: &Centre,
    base: &Base,
    door: &Arc<Door>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let mut tasks = Vec::new();
    for source in &centre.sources {
        let mark = base.store.mark(&source.id).await;
        let mark = mark.context("reading how far logs are read")?;
        let tail = Tail::of(
            source,
            mark,
            Arc::clone(door),
            base.writer.clone(),
            base.clock.clone(),
        );
        tasks.extend(tail.map(|tail| tokio::spawn(tail.run())));
    }
    Ok(tasks)
}

/// Begins to listen to telephone systems that are asked for what happens.
fn links(centre: &Centre, base: &Base, door: &Arc<Door>) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let mut tasks = Vec::new();
    for source in &centre.sources {
        let (writer, clock) = (base.writer.clone(), base.clock.clone());
        let link = Link::of(source, Arc::clone(door), writer, clock)?;
        tasks.extend(link.map(|link| tokio::spawn(link.run())));
    }
    Ok(tasks)
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
