//! The press: makes drafts when weeks close, brings editions out when they are due, puts missed
//! slots on record, and takes signatures and corrections.
//!
//! Whatever goes out, goes out in one transaction with its leaf: a process that is killed leaves an
//! edition whole or not at all, and two of them on one database make one.

mod calendar;
mod release;
mod shelf;
mod sign;

pub use release::Turn;
pub use sign::Opened;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::centre::{Centre, Text};
use crate::domain::edition::comment::Fault;
use crate::domain::edition::version::Signer;
use crate::domain::edition::{Facts, IsoWeek, Shelf};
use crate::domain::event::Millis;
use crate::publish::canonical;
use crate::store::Store;

/// Makes the facts of a week that is closed.
pub trait Drafter: Send + Sync + 'static {
    /// The facts, from published values, as they are now.
    fn facts(&self, week: IsoWeek) -> BoxFuture<'_, anyhow::Result<Facts>>;

    /// Whether all days of a closed week may be shown as closed; they soon will be if not.
    fn is_ready(&self, week: IsoWeek) -> bool {
        let _ = week;
        true
    }
}

/// Whether the record is sound; nothing is published on one that was tampered with.
pub type Sound = Arc<dyn Fn() -> bool + Send + Sync>;

/// Why a signature or a correction is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The week is not closed, or has no slot.
    #[error("the week has no draft")]
    NoDraft,
    /// It is signed.
    #[error("the week is signed")]
    Signed {
        /// By whom.
        name: Text,
        /// When.
        at_ms: Millis,
    },
    /// Only what is out can be corrected.
    #[error("the week is not out")]
    NotOut,
    /// A correction that changes nothing.
    #[error("nothing has changed")]
    Unchanged,
    /// A correction without a reason, or with one that is too long.
    #[error("no reason")]
    NoReason,
    /// The comment cannot be taken.
    #[error("the comment: {0:?}")]
    Comment(Vec<Fault>),
    /// The record was tampered with.
    #[error("the record is not sound")]
    Unsound,
    /// Our fault.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// The press of a centre. Cheap to clone.
#[derive(Clone)]
pub struct Press {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    centre: Arc<Centre>,
    clock: Clock,
    drafter: Arc<dyn Drafter>,
    is_sound: Sound,
    shelf: watch::Sender<Arc<Shelf>>,
    /// One at a time within a process; the database keeps several apart.
    working: tokio::sync::Mutex<()>,
}

impl Press {
    /// A press with what is already out on its shelf.
    ///
    /// # Errors
    /// If the database fails or a leaf cannot be read.
    pub async fn open(
        store: Store,
        centre: Arc<Centre>,
        clock: Clock,
        drafter: Arc<dyn Drafter>,
        is_sound: Sound,
    ) -> anyhow::Result<Self> {
        let press = Self {
            inner: Arc::new(Inner {
                store,
                centre,
                clock,
                drafter,
                is_sound,
                shelf: watch::Sender::new(Arc::default()),
                working: tokio::sync::Mutex::default(),
            }),
        };
        press.refresh().await?;
        Ok(press)
    }

    /// What is out, kept up to date.
    #[must_use]
    pub fn shelf(&self) -> watch::Receiver<Arc<Shelf>> {
        self.inner.shelf.subscribe()
    }

    /// Whoever signs, by the public name that the centre gives the account.
    #[must_use]
    pub fn signer(&self, account: &str) -> Signer {
        let releases = self.centre().releases.as_ref();
        let named = releases.and_then(|own| own.officers.get(account)).cloned();
        let plain = || {
            let languages = self.centre().languages.iter();
            Text(
                languages
                    .map(|own| (own.clone(), account.to_owned()))
                    .collect(),
            )
        };
        Signer {
            account: account.to_owned(),
            name: named.unwrap_or_else(plain),
        }
    }

    /// The facts of a hash; none if there are none.
    ///
    /// # Errors
    /// If the database fails or they cannot be read.
    pub async fn facts(&self, hash: &str) -> anyhow::Result<Option<Facts>> {
        let bytes = self.store().document(hash).await?;
        let facts = bytes.map(|bytes| serde_json::from_slice(&bytes));
        Ok(facts.transpose()?)
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn centre(&self) -> &Centre {
        &self.inner.centre
    }

    fn now_ms(&self) -> Millis {
        self.inner.clock.now_ms()
    }

    /// Whether anything may be published now.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        (self.inner.is_sound)()
    }
}

/// The one text of facts, and its SHA-256 in hexadecimal.
///
/// # Errors
/// If a number in them is no integer.
pub fn frozen(facts: &Facts) -> anyhow::Result<(Vec<u8>, String)> {
    let bytes = canonical::to_bytes(&serde_json::to_value(facts)?)?;
    let hash = hex::encode(Sha256::digest(&bytes));
    Ok((bytes, hash))
}
