//! A draft waits for the days of its week to be in the public log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use futures_util::future::BoxFuture;
use quietline::domain::edition::{Facts, IsoWeek, State};
use quietline::publish::press::{Drafter, Press};

use super::{DAY_MS, HOUR_MS, MadeUp, Room, first_week, releasing};
use crate::support::{Kind, fresh_db};

/// Days that enter the log when they are told to.
struct Days {
    figures: MadeUp,
    are_recorded: AtomicBool,
}

impl Drafter for Days {
    fn facts(&self, week: IsoWeek) -> BoxFuture<'_, anyhow::Result<Facts>> {
        self.figures.facts(week)
    }

    fn is_ready(&self, _: IsoWeek) -> bool {
        self.are_recorded.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn no_draft_is_made_before_its_days_are_in_the_log_and_a_slot_they_cost_is_missed() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let (week, due_ms) = first_week();
    let mut room = Room::open(&db, due_ms - DAY_MS).await;
    let days = Arc::new(Days {
        figures: MadeUp(AtomicI64::new(1_234)),
        are_recorded: AtomicBool::new(false),
    });
    let press = Press::open(
        room.store.clone(),
        Arc::new(releasing()),
        room.clock.clone(),
        Arc::clone(&days) as Arc<dyn Drafter>,
        Arc::new(|| true),
    );
    room.press = press.await.unwrap();
    let turn = room.press.turn().await.unwrap();
    assert_eq!((turn.drafts, turn.next_ms), (0, Some(due_ms - DAY_MS)));
    let shelf = room.turn_at(due_ms + HOUR_MS).await;
    assert_eq!(room.state(&shelf, week), State::Due);
    room.clock.set(due_ms + DAY_MS);
    assert!(room.press.turn().await.is_err(), "it says why");
    let shelf = room.press.refresh().await.unwrap();
    assert_eq!(room.state(&shelf, week), State::Missed);
    days.are_recorded.store(true, Ordering::Relaxed);
    let shelf = room.turn_at(due_ms + DAY_MS + HOUR_MS).await;
    assert_eq!(shelf.versions(week).len(), 1, "out, if late");
    assert_eq!(room.state(&shelf, week), State::Missed, "for ever");
}
