//! The editions of the demonstration: the last weeks, as an officer of the simulated centre would
//! have signed them. Each says that it is sample data.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::ToSpan;
use jiff::civil::Date;
use tokio::sync::{oneshot, watch};

use crate::app::actions;
use crate::app::book::Book;
use crate::app::editions::WeekDrafter;
use crate::app::figures::LiveFigures;
use crate::clock::Clock;
use crate::domain::centre::Centre;
use crate::domain::edition::{Facts, IsoWeek, Slot};
use crate::domain::event::Millis;
use crate::domain::period::days;
use crate::live::hub::{Hub, Limits};
use crate::publish::press::{Drafter, Press, Refused};
use crate::store::Store;

/// The account that signs; the centre's description gives it a name.
pub const OFFICER: &str = "officer";

/// Weeks with an edition.
pub const WEEKS: i64 = 8;

/// Of the planted weeks, counted from the first: nobody signed this one …
const UNSIGNED: usize = 2;
/// … this one was signed late …
const LATE: usize = 4;
/// … and this one was corrected.
const CORRECTED: usize = 5;

const HOUR_MS: Millis = 3_600_000;

/// How often the past is looked at, until it is all there.
const EVERY: Duration = Duration::from_secs(2);

/// What the officer wrote, in turn.
const COMMENTS: [&str; 3] = [
    "We took {answered} of {attempts} contacts. Thursday after 16:00 stays the quietest time.",
    "{service_level_customer} of those who wanted a person reached one in time. *We know that this is not enough* on Mondays.",
    "Half of the callers waited no longer than {wait_median}.\n\n- [Quiet times](/)\n- [What we promise](/method)",
];

/// A day of the first week that has an edition.
#[must_use]
pub fn since(today: Date) -> Date {
    today.saturating_sub(WEEKS.weeks())
}

/// Plants the editions and then says so, whatever came of it: the press goes on from there.
pub async fn plant_and_tell(
    (store, centre): (Store, Arc<Centre>),
    past: std::ops::Range<Date>,
    now_ms: Millis,
    planted: oneshot::Sender<()>,
) {
    if let Err(error) = plant(store, centre, past, now_ms).await {
        tracing::error!("planting editions: {error:#}");
    }
    // Nobody hears it if the demonstration has ended.
    let _ = planted.send(());
}

/// Waits until the past is written, then brings out the editions of the last weeks, each at its
/// time.
///
/// # Errors
/// If the database fails.
async fn plant(
    store: Store,
    centre: Arc<Centre>,
    past: std::ops::Range<Date>,
    now_ms: Millis,
) -> anyhow::Result<()> {
    wait_for(&store, &past).await?;
    let clock = Clock::fixed(now_ms);
    let drafter = Arc::new(LateImport {
        drafter: drafter(&centre, &store, &clock).await?,
        short: watch::Sender::new(None),
    });
    let press = Press::open(
        store,
        Arc::clone(&centre),
        clock.clone(),
        Arc::clone(&drafter) as Arc<dyn Drafter>,
        Arc::new(|| true),
    );
    let press = press.await?;
    let shelf = press.refresh().await?;
    let calendar = shelf
        .calendar
        .as_ref()
        .context("the demonstration has releases")?;
    let slots = calendar.closed(now_ms, &centre.zone);
    let over = slots
        .into_iter()
        .filter(|slot| slot.due_ms + 60 * HOUR_MS < now_ms);
    for (place, slot) in over.enumerate() {
        one(&press, &clock, &drafter, (place, &slot)).await?;
    }
    Ok(())
}

async fn one(
    press: &Press,
    clock: &Clock,
    drafter: &LateImport,
    (place, slot): (usize, &Slot),
) -> anyhow::Result<()> {
    let comment = COMMENTS[place % COMMENTS.len()];
    drafter
        .short
        .send_replace((place == CORRECTED).then_some(slot.week));
    clock.set(slot.due_ms - 20 * HOUR_MS);
    press.turn().await?;
    if place != UNSIGNED && place != LATE {
        done(press.sign(slot.week, OFFICER, comment).await)?;
    }
    clock.set(slot.due_ms);
    press.turn().await?;
    if place == LATE {
        clock.set(slot.due_ms + 50 * HOUR_MS);
        done(press.sign(slot.week, OFFICER, comment).await)?;
    }
    if place == CORRECTED {
        drafter.short.send_replace(None);
        clock.set(slot.due_ms + 30 * HOUR_MS);
        let reason = "Calls of Friday came in late from the telephony.";
        done(press.correct(slot.week, OFFICER, reason).await.map(|_| ()))?;
    }
    Ok(())
}

/// A comment whose figure is withheld in a week of the simulation is left out.
fn done(result: Result<(), Refused>) -> anyhow::Result<()> {
    match result {
        Err(Refused::Failed(error)) => Err(error),
        Err(refused) => {
            tracing::info!("the simulated officer: {refused}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn wait_for(store: &Store, past: &std::ops::Range<Date>) -> anyhow::Result<()> {
    let expected = days(past.start, past.end).count();
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let written = store.day_changes(past.start, past.end).await?;
        // On a holiday nobody may have called.
        if written.len() * 100 >= expected * 98 {
            return Ok(());
        }
    }
}

/// Figures at the instant of a clock that stands where the planted week was closed.
async fn drafter(
    centre: &Arc<Centre>,
    store: &Store,
    clock: &Clock,
) -> anyhow::Result<WeekDrafter> {
    let done = actions::first(store).await?;
    let hub = Hub::new(clock.clone(), Limits::default());
    let book = Arc::new(Book::new(store.clone(), Arc::clone(centre)));
    let (_, outlooks) = watch::channel(Arc::default());
    let figures = LiveFigures::new(
        Arc::clone(centre),
        store.clone(),
        clock.clone(),
        hub,
        outlooks,
        book,
    );
    let figures = figures.with_actions(done.subscribe());
    let figures = Arc::new(figures);
    Ok(WeekDrafter::new(Arc::clone(centre), figures, store.clone()))
}

/// Facts of which a part came in late, for the week that is corrected afterwards.
struct LateImport {
    drafter: WeekDrafter,
    short: watch::Sender<Option<IsoWeek>>,
}

impl Drafter for LateImport {
    fn facts(&self, week: IsoWeek) -> BoxFuture<'_, anyhow::Result<Facts>> {
        let is_short = *self.short.borrow() == Some(week);
        async move {
            let mut facts = self.drafter.facts(week).await?;
            if is_short {
                shorten(&mut facts);
            }
            Ok(facts)
        }
        .boxed()
    }
}

/// Takes a part of Friday out of the attempts.
fn shorten(facts: &mut Facts) {
    let attempts = facts
        .figures
        .iter_mut()
        .find(|own| own.measure == "attempts");
    let Some(attempts) = attempts else { return };
    let friday = attempts.days.get_mut(4);
    let late = friday.and_then(|cell| {
        let whole: i64 = cell.value.as_ref()?.parse().ok()?;
        let late = whole / 5;
        cell.value = Some((whole - late).to_string());
        cell.n = cell.n.map(|n| n - late);
        Some(late)
    });
    let week: Option<i64> = attempts
        .value
        .value
        .as_ref()
        .and_then(|text| text.parse().ok());
    if let (Some(late), Some(week)) = (late, week) {
        attempts.value.value = Some((week - late).to_string());
        attempts.value.n = attempts.value.n.map(|n| n - late);
    }
}
