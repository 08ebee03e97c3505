//! The public log of a running centre: its pages, the task that keeps it whole, and whether anything
//! may be published on it.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::data_signer::DataSigner;
use crate::clock::Clock;
use crate::publish::http::{self, Shown};
use crate::publish::key_files::KeyFolder;
use crate::publish::ledger::Ledger;
use crate::publish::notary::Notary;
use crate::publish::press::Sound;
use crate::publish::standing::Standing;
use crate::site;
use crate::site::data::Signer;
use crate::store::Store;

/// The log and what goes with it.
pub struct PublicLog {
    /// What is known of it; none where no log is kept.
    pub ledger: Option<watch::Receiver<Ledger>>,
    /// What in it is not what was signed, if anything is.
    pub broken: watch::Receiver<Option<String>>,
    /// Its pages, to be read by any site's pages.
    pub router: Router,
    /// Keeps it.
    pub keeping: JoinHandle<()>,
    /// How it stands; none where no log is kept.
    pub standing: Option<Standing>,
}

impl PublicLog {
    /// No log is kept.
    #[must_use]
    pub fn none() -> Self {
        Self {
            ledger: None,
            broken: watch::Sender::new(None).subscribe(),
            router: Router::new(),
            keeping: tokio::spawn(std::future::ready(())),
            standing: None,
        }
    }

    /// Reads the log and begins to keep it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep(notary: Notary, store: &Store) -> anyhow::Result<Self> {
        notary.begin().await?;
        let (ledger, standing) = (notary.ledger(), notary.standing());
        let shown = Shown {
            store: store.clone(),
            ledger: ledger.clone(),
        };
        let router = http::router(shown)
            .layer(map_response(site::open_to_all))
            .layer(map_response(site::secure));
        let broken = watch::Sender::new(None);
        Ok(Self {
            ledger: Some(ledger),
            broken: broken.subscribe(),
            router,
            keeping: tokio::spawn(run(notary, broken)),
            standing: Some(standing),
        })
    }

    /// Who signs checksums with the keys in a folder; nobody where no log is kept.
    #[must_use]
    pub fn signer(&self, keys: Option<&Path>, clock: &Clock) -> Option<Arc<dyn Signer>> {
        let (keys, ledger) = (KeyFolder::new(keys?), self.ledger.clone()?);
        Some(Arc::new(DataSigner::new(keys, ledger, self.sound(clock))))
    }

    /// Whether anything may be published: the log was checked, nothing in it was altered, its key is
    /// here, and the clock is not far ahead of it. Without a log there is nothing to ask.
    #[must_use]
    pub fn sound(&self, clock: &Clock) -> Sound {
        let (standing, ledger) = (self.standing.clone(), self.ledger.clone());
        let clock = clock.clone();
        Arc::new(move || {
            let is_sound = standing.as_ref().is_none_or(Standing::is_sound);
            let is_paused = ledger
                .as_ref()
                .is_some_and(|ledger| ledger.borrow().pause_ms(clock.now_ms()).is_some());
            is_sound && !is_paused
        })
    }
}

/// Keeps the log, and tells the pages when it is not what it was.
async fn run(notary: Notary, broken: watch::Sender<Option<String>>) {
    let mut standing = notary.standing();
    let telling = async move {
        while standing.changed().await {
            broken.send_replace(standing.broken());
        }
    };
    tokio::join!(notary.run(), telling);
}
