//! What a running centre shows: the live feed, the pages of everybody and of the staff, the log.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::middleware::{from_fn, map_request, map_response};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::book::Book;
use super::day_record::DayRecords;
use super::editions::WeekDrafter;
use super::figures::LiveFigures;
use super::log::PublicLog;
use super::parts::Base;
use super::{actions, declared, occasions};
use crate::clock::Clock;
use crate::desk::{self, Actions, Desk, Occasions};
use crate::domain::centre::Centre;
use crate::live::feed;
use crate::live::runner::Outlooks;
use crate::publish::key_files::KeyFolder;
use crate::publish::notary::{Days, Notary};
use crate::publish::press::{Press, Sound};
use crate::publish::standing::Standing;
use crate::site::{self, Site};
use crate::store::Store;

/// Where the keys of the public log lie, and whether a long pause is believed.
pub(super) struct Keys {
    pub(super) folder: Option<PathBuf>,
    pub(super) is_after_pause: bool,
}

/// The pages, and the tasks that keep them told of occasions and actions and the log whole.
pub(super) struct Pages {
    pub(super) router: Router,
    pub(super) reading: JoinHandle<()>,
    pub(super) log: JoinHandle<()>,
    pub(super) press: Press,
    pub(super) standing: Option<Standing>,
}

/// Opens them.
pub(super) async fn open(
    centre: Arc<Centre>,
    base: &Base,
    outlooks: watch::Receiver<Arc<Outlooks>>,
    keys: Keys,
    book: Arc<Book>,
) -> anyhow::Result<Pages> {
    let (store, clock, hub) = (&base.store, base.clock.clone(), base.hub.clone());
    let (told, done, reading) = keep_entered(store).await?;
    let figures = || {
        let (centre, store, clock) = (Arc::clone(&centre), store.clone(), clock.clone());
        let (hub, outlooks, book) = (hub.clone(), outlooks.clone(), Arc::clone(&book));
        let figures = LiveFigures::new(centre, store, clock, hub, outlooks, book);
        let figures = figures.with_occasions(told.subscribe());
        figures.with_actions(done.subscribe())
    };
    let mut log = PublicLog::none();
    let beside = || store.folder().map(|folder| folder.join("keys"));
    let folder = keys.folder.or_else(beside);
    if let Some(folder) = &folder {
        // A day is committed to as it will be shown, before it is shown so.
        let records = DayRecords::new(Arc::clone(&centre), Arc::new(figures()));
        let days = Days {
            zone: centre.zone.clone(),
            records: Arc::new(records),
        };
        let notary = Notary::new(store.clone(), clock.clone(), KeyFolder::new(folder), days);
        let notary = notary.with_declared(declared::declared(&centre));
        log = PublicLog::keep(notary.after_pause(keys.is_after_pause), store).await?;
    }
    let figures = figures().with_standing(log.standing.clone());
    let figures = Arc::new(match &log.ledger {
        Some(ledger) => figures.with_log(ledger.clone()),
        None => figures,
    });
    let press = press(&centre, store, &clock, (&figures, log.sound(&clock))).await?;
    let signer = log.signer(folder.as_deref(), &clock);
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
    let pages = named(site::router(site), base);
    Ok(Pages {
        router: router
            .merge(staff)
            .merge(pages)
            .layer(from_fn(site::preflight)),
        reading,
        log: log.keeping,
        press,
        standing: log.standing,
    })
}

/// Pages, and what is signed with its address, under the address that the public knows, where one
/// is set.
pub(super) fn named(pages: Router, base: &Base) -> Router {
    match base.public_url.clone() {
        None => pages,
        Some(public) => pages.layer(map_request(move |request| {
            std::future::ready(public.name(request))
        })),
    }
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
