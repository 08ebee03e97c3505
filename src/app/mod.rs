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
pub mod gauges;
pub mod known;
pub mod log;
mod merged;
pub mod occasions;
mod pages;
mod parts;
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
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::domain::centre::Centre;
use crate::ingest::door::Door;
use crate::ingest::http::Patience;
use crate::ingest::keys::KeyMaker;
use crate::ingest::writer::{PastDay, WriterHandle};
use crate::live::hub::{Hub, Limits};
use crate::meter;
use crate::publish::standing::Standing;
use crate::server::{self, Deadlines};
pub use crate::site::public_url::PublicUrl;
use crate::store::Store;
use gauges::Gauges;
use parts::{Base, First, Parts};

/// How often the tokens in force are read again: one that was made or revoked holds by then.
pub const TOKENS_EVERY: Duration = Duration::from_secs(5);

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
    /// The address by which everybody else knows the site (`https://calls.example.org`); without
    /// one, what each request names.
    pub public_url: Option<PublicUrl>,
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
            public_url: None,
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
    base: Base,
    zone: String,
    stop: watch::Sender<bool>,
    serving: JoinHandle<anyhow::Result<()>>,
    /// What answers requests; another one takes over without a connection being closed.
    router: watch::Sender<Router>,
    standing: watch::Sender<Option<Standing>>,
    parts: Parts,
    /// Answers on the operations port, if there is one.
    watched: Option<JoinHandle<anyhow::Result<()>>>,
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
        let (writer, waiting) = WriterHandle::channel();
        let hub = Hub::new(clock.clone(), Limits::default());
        let base = Base {
            store: store.clone(),
            clock,
            hub: hub.clone(),
            writer: writer.clone(),
            patience: settings.patience,
            keys: settings.keys,
            public_url: settings.public_url,
        };
        let first = First {
            past: settings.past,
            publishing: settings.publishing,
            is_after_pause: settings.is_after_pause,
        };
        let zone = centre.zone_name.clone();
        let (parts, router) = Parts::start(&base, centre, waiting, first).await?;
        let (router, routers) = watch::channel(counted(router));
        let (stop, stopped) = watch::channel(false);
        let serving = server::serve(listener, routers, settings.deadlines, until(stopped));
        Ok(Self {
            address,
            writer,
            door: Arc::clone(&parts.door),
            hub,
            store,
            base,
            zone,
            stop,
            serving: tokio::spawn(serving),
            router,
            standing: watch::Sender::new(parts.standing.clone()),
            parts,
            watched: None,
        })
    }

    /// Answers `/metrics` on a port of its own, which strangers must not reach.
    pub fn watch_over(&mut self, listener: TcpListener) {
        let router = gauges::router(Gauges {
            store: self.store.clone(),
            clock: self.base.clock.clone(),
            hub: self.hub.clone(),
            writer: self.writer.clone(),
            standing: self.standing.subscribe(),
        });
        let (_, routers) = watch::channel(router);
        let for_ever = std::future::pending();
        let serving = server::serve(listener, routers, Deadlines::default(), for_ever);
        self.watched = Some(tokio::spawn(serving));
    }

    /// Runs until `stop` is ready or a part fails, then stops in order: nobody new is let in,
    /// what is under way is finished, what was taken in is durable.
    ///
    /// # Errors
    /// What failed.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        // Nobody holds the other end: the description stays.
        let (_, changes) = mpsc::channel(1);
        self.run_until_with(stop, changes).await
    }

    /// The same, with descriptions that take the place of the first as they come.
    ///
    /// # Errors
    /// What failed.
    pub async fn run_until_with(
        mut self,
        stop: impl Future<Output = ()>,
        mut changes: mpsc::Receiver<Centre>,
    ) -> anyhow::Result<()> {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                ended = &mut self.parts.writing => {
                    ended.context("the writer panicked")?.context("the writer stopped")?;
                    break;
                }
                ended = &mut self.serving => {
                    ended.context("the server panicked")?.context("the server stopped")?;
                    break;
                }
                Some(centre) = changes.recv() => match self.reload(Arc::new(centre)).await? {
                    Ok(()) => tracing::info!("the new description holds"),
                    Err(refused) => tracing::error!("the old description stays: {refused:#}"),
                },
            }
        }
        self.stop().await
    }

    /// Goes on by another description. Whoever listens or is connected stays so; events that come
    /// meanwhile wait and are answered after. What is refused changes nothing, and is the inner
    /// error.
    ///
    /// # Errors
    /// If a part fails; then nothing goes on.
    pub async fn reload(&mut self, centre: Arc<Centre>) -> anyhow::Result<anyhow::Result<()>> {
        if centre.zone_name != self.zone {
            return Ok(Err(anyhow::anyhow!(
                "centre.toml: zone is {}, the days were cut in {}; set it back",
                centre.zone_name,
                self.zone
            )));
        }
        let now_ms = self.base.clock.now_ms();
        if let Err(refused) = settings::examine(&self.store, &centre, now_ms).await {
            return Ok(Err(refused));
        }
        if let Err(refused) = parts::examine(&self.base, &centre).await {
            return Ok(Err(refused));
        }
        let waiting = self.parts.relieve().await?;
        let (parts, router) = Parts::start(&self.base, centre, waiting, First::nothing()).await?;
        self.door = Arc::clone(&parts.door);
        self.standing.send_replace(parts.standing.clone());
        self.parts = parts;
        drop(self.router.send_replace(counted(router)));
        Ok(Ok(()))
    }

    /// Stops in order.
    ///
    /// # Errors
    /// What failed on the way.
    pub async fn stop(self) -> anyhow::Result<()> {
        if let Some(watched) = &self.watched {
            watched.abort();
        }
        self.hub.close();
        self.stop.send_replace(true);
        if !self.serving.is_finished() {
            self.serving.await.context("the server panicked")??;
        }
        // With the last handle of the writer it ends.
        drop((self.router, self.writer, self.base));
        self.parts.finish().await?;
        self.store.close().await;
        Ok(())
    }
}

/// The same, with what it answers counted.
fn counted(router: Router) -> Router {
    router.layer(axum::middleware::from_fn(meter::count_request))
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody is left who could stop us: the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
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
