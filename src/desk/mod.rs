//! The desk: staff sign in, enter what explains demand, register what they do about it, sign
//! editions, and read who changed what.
//!
//! Knows the store, the domain and the words; nothing of the public pages but the addresses of their
//! style sheets. Every page works without JavaScript and is kept by no cache.

mod actions;
mod api;
mod editions;
mod events;
mod expected;
mod guard;
mod home;
mod lockout;
mod login;
mod page;
pub mod password;
mod session;
mod sign;
pub mod token;
pub mod totp;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::sync::{Semaphore, watch};
use tower_http::timeout::TimeoutLayer;

use crate::clock::Clock;
use crate::domain::action::Action;
use crate::domain::centre::Centre;
use crate::domain::occasion::Occasion;
use crate::publish::press::Press;
use crate::store::Store;
use crate::words::Lang;
pub use actions::registered;
pub use events::entered;
use lockout::Lockout;

/// The largest form.
const MOST_BYTES: usize = 64 * 1_024;

/// A form that takes longer to come, or an answer to make, is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Passwords checked at once: each takes 19 MiB and a processor.
const CHECKED_AT_ONCE: usize = 2;

/// Those waiting to be checked; whoever comes on top is told to come back.
const WAITING_TO_BE_CHECKED: usize = 32;

/// All occasions, kept up to date for everybody who shows them.
pub type Occasions = Arc<Vec<Occasion>>;

/// All actions, the same.
pub type Actions = Arc<Vec<Action>>;

/// What the desk needs. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    centre: Arc<Centre>,
    clock: Clock,
    /// Addresses of the style sheets.
    styles: [String; 2],
    languages: Vec<Lang>,
    occasions: watch::Sender<Occasions>,
    actions: watch::Sender<Actions>,
    /// What in the public record is not what was signed, if anything is.
    broken: watch::Receiver<Option<String>>,
    lockout: Lockout,
    /// Under which addresses are kept.
    address_key: [u8; 32],
    checking: Semaphore,
    waiting: Semaphore,
    /// The press on which officers sign; set once, before anybody comes.
    press: OnceLock<Press>,
}

impl Desk {
    /// The desk of a centre; `told` hears of every change of occasions and actions, `broken` tells
    /// what in the public record is not what was signed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn open(
        centre: Arc<Centre>,
        store: Store,
        clock: Clock,
        styles: [String; 2],
        (occasions, actions): (watch::Sender<Occasions>, watch::Sender<Actions>),
        broken: watch::Receiver<Option<String>>,
    ) -> anyhow::Result<Self> {
        let made = || hex::encode(rand::random::<[u8; 32]>());
        let secret = store.meta_or("staff_address_secret", made).await;
        let secret = secret.context("reading the secret of addresses")?;
        let mut address_key = [0; 32];
        hex::decode_to_slice(&secret, &mut address_key)
            .context("the secret of the staff's addresses is damaged")?;
        let codes = centre.languages.iter();
        let mut languages: Vec<Lang> = codes.filter_map(|code| Lang::from_code(code)).collect();
        if languages.is_empty() {
            languages.push(Lang::En);
        }
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                centre,
                clock,
                styles,
                languages,
                occasions,
                actions,
                broken,
                lockout: Lockout::default(),
                address_key,
                checking: Semaphore::new(CHECKED_AT_ONCE),
                waiting: Semaphore::new(WAITING_TO_BE_CHECKED),
                press: OnceLock::new(),
            }),
        })
    }

    /// The same with a press on which officers sign; the first one stays.
    #[must_use]
    pub fn with_press(self, press: Press) -> Self {
        let _ = self.inner.press.set(press);
        self
    }

    /// The press.
    fn press(&self) -> anyhow::Result<&Press> {
        let press = self.inner.press.get();
        press.context("the desk has no press")
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn centre(&self) -> &Centre {
        &self.inner.centre
    }

    fn now_ms(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    /// Reads the occasions again and tells them to everybody.
    async fn tell_occasions(&self) -> anyhow::Result<()> {
        let occasions = self.store().occasions().await;
        let occasions = Arc::new(occasions.context("reading the events")?);
        self.inner.occasions.send_replace(occasions);
        Ok(())
    }

    /// Reads the actions again and tells them to everybody.
    async fn tell_actions(&self) -> anyhow::Result<()> {
        let actions = self.store().actions().await;
        let actions = Arc::new(actions.context("reading the actions")?);
        self.inner.actions.send_replace(actions);
        Ok(())
    }
}

/// The pages of the staff, and what their programs send.
pub fn router(desk: Desk) -> Router {
    Router::new()
        .route("/desk", get(home::show))
        .route("/desk/login", post(login::login).get(home::to_desk))
        .route("/desk/code", post(login::code).get(home::to_desk))
        .route("/desk/logout", post(login::logout).get(home::to_desk))
        .route("/desk/events", post(events::enter).get(home::to_desk))
        .route("/desk/events/new", get(events::show_new))
        .route("/desk/events/{id}", get(events::show).post(events::change))
        .route(
            "/desk/events/{id}/cancel",
            post(events::cancel).get(home::to_desk),
        )
        .route("/desk/actions", post(actions::register).get(home::to_desk))
        .route("/desk/actions/new", get(actions::show_new))
        .route("/desk/actions/{id}", get(actions::show).post(actions::step))
        .route("/desk/editions", get(editions::list))
        .route("/desk/editions/{week}", get(editions::show))
        .route(
            "/desk/editions/{week}/preview",
            post(editions::preview).get(home::to_desk),
        )
        .route(
            "/desk/editions/{week}/sign",
            post(editions::sign).get(home::to_desk),
        )
        .route(
            "/desk/editions/{week}/correct",
            post(editions::correct).get(home::to_desk),
        )
        .route("/api/v1/staff/events", post(api::events::enter))
        .route(
            "/api/v1/staff/events/{id}/cancel",
            post(api::events::cancel),
        )
        .route("/api/v1/staff/actions", post(api::actions::register))
        .route("/api/v1/staff/actions/{id}/steps", post(api::actions::step))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .layer(axum::middleware::map_response(keep_to_ourselves))
        .with_state(desk)
}

/// Nobody keeps what the staff sees. Browsers leave the origin out of a form's request where no
/// referrer may be sent, and the forms are checked by it: within the site it may.
async fn keep_to_ourselves(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let within_the_site = HeaderValue::from_static("same-origin");
    headers.insert(header::REFERRER_POLICY, within_the_site);
    response
}
