//! The press at work on both databases: on time, late, missed, signed, corrected, and by two at once.

mod anyone;
mod killed;
mod officer;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::civil::{Weekday, date, time};
use quietline::clock::Clock;
use quietline::domain::centre::{Centre, ReleaseSchedule, Text};
use quietline::domain::edition::compare::{Read, facts};
use quietline::domain::edition::{Facts, IsoWeek, Shelf, State};
use quietline::domain::event::Millis;
use quietline::domain::measures::Measure;
use quietline::domain::published::{Point, Shown};
use quietline::domain::staff::Role;
use quietline::publish::press::{Drafter, Press, Refused};
use quietline::store::Store;
use quietline::store::users::Account;
use rstest::rstest;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::support::{Kind, TestDb, centre, fresh_db};

const HOUR_MS: Millis = 3_600_000;
const DAY_MS: Millis = 24 * HOUR_MS;

/// The figures of a test: what changes when it is told to.
pub struct MadeUp(pub AtomicI64);

impl Drafter for MadeUp {
    fn facts(&self, week: IsoWeek) -> BoxFuture<'_, anyhow::Result<Facts>> {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let value = self.0.load(Ordering::Relaxed) as f64;
        let read = Read {
            measure: Measure::from_id("attempts").unwrap(),
            line: "*".to_owned(),
            cause: None,
            weeks: vec![Point {
                start_ms: 0,
                end_ms: 1,
                value: Shown::Value(value),
                n: None,
                mark: None,
            }],
            last_year: None,
            days: Vec::new(),
            target: None,
            breaks: Vec::new(),
        };
        std::future::ready(Ok(facts(week, "Europe/Paris", &[read], 10))).boxed()
    }
}

/// The small centre with releases on Thursday at 10:00, a day of grace, since week 44 of 2026.
pub fn releasing() -> Centre {
    let name = |text: &str| Text([("en".to_owned(), text.to_owned())].into());
    Centre {
        releases: Some(ReleaseSchedule {
            weekday: Weekday::Thursday,
            time: time(10, 0, 0, 0),
            grace_hours: 24,
            since: Some(date(2026, 10, 26)),
            from: None,
            officers: [("ada".to_owned(), name("Ada, Director"))].into(),
        }),
        ..Centre::clone(&centre())
    }
}

/// Week 44 of 2026 and when it is due: Thursday 5 November, 10:00 in Paris.
pub fn first_week() -> (IsoWeek, Millis) {
    ("2026-W44".parse().unwrap(), 1_793_869_200_000)
}

struct Room {
    store: Store,
    clock: Clock,
    figures: Arc<MadeUp>,
    press: Press,
}

impl Room {
    async fn open(db: &TestDb, now_ms: Millis) -> Self {
        Self::of(db, now_ms, releasing()).await
    }

    async fn of(db: &TestDb, now_ms: Millis, centre: Centre) -> Self {
        let store = Store::open(&db.location).await.unwrap();
        let clock = Clock::fixed(now_ms);
        let figures = Arc::new(MadeUp(AtomicI64::new(1_234)));
        let press = Press::open(
            store.clone(),
            Arc::new(centre),
            clock.clone(),
            Arc::clone(&figures) as Arc<dyn Drafter>,
            Arc::new(|| true),
        );
        Self {
            press: press.await.unwrap(),
            store,
            clock,
            figures,
        }
    }

    async fn hire(&self, name: &str) {
        let account = Account {
            name: name.to_owned(),
            role: Role::Officer,
            password: "$argon2id$".to_owned(),
            totp_secret: Some("GEZDGNBV".to_owned()),
            created_ms: 0,
            disabled_ms: None,
        };
        let mut tx = self.store.begin_desk().await.unwrap();
        assert!(tx.add_account(&account).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Lets it become a time and turns the press.
    async fn turn_at(&self, now_ms: Millis) -> Arc<Shelf> {
        self.clock.set(now_ms);
        self.press.turn().await.unwrap();
        self.press.refresh().await.unwrap()
    }

    fn state(&self, known: &Shelf, week: IsoWeek) -> State {
        let calendar = known.calendar.as_ref().unwrap();
        let slot = calendar.slot(week, &centre().zone).unwrap();
        known.state(&slot, self.clock.now_ms())
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_draft_is_frozen_when_the_week_closes_and_comes_out_signed_at_its_second(
    #[case] kind: Kind,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let closes_ms = due_ms - 3 * DAY_MS - 6 * HOUR_MS;
    let room = Room::open(&db, closes_ms - 1).await;
    room.hire("ada").await;
    assert_eq!(room.press.turn().await.unwrap().drafts, 0, "it is Sunday");
    let refused = room.press.open_draft(week, "ada").await;
    assert!(matches!(refused, Err(Refused::NoDraft)));
    let shelf = room.turn_at(closes_ms).await;
    assert_eq!(room.state(&shelf, week), State::Due);
    room.figures.0.store(9_999, Ordering::Relaxed);
    let opened = room.press.open_draft(week, "ada").await.unwrap();
    assert_eq!(opened.facts.figures[0].value.value.as_deref(), Some("1234"));
    room.press
        .sign(week, "ada", "All {attempts} of them.")
        .await
        .unwrap();
    let shelf = room.turn_at(due_ms - 1).await;
    assert!(shelf.newest(week).is_none(), "not a moment early");
    let shelf = room.turn_at(due_ms).await;
    assert_eq!(room.state(&shelf, week), State::Published);
    let own = shelf.newest(week).unwrap();
    assert_eq!((own.version, own.body.facts()), (1, opened.hash.as_str()));
    assert_eq!(own.body.comment.as_deref(), Some("All {attempts} of them."));
    assert_eq!(own.body.seen_by[0].name.in_language("en"), "Ada, Director");
    assert_eq!(own.body.late_secs, 0);
    let again = room.press.sign(week, "ada", "").await;
    assert!(matches!(again, Err(Refused::Signed { .. })), "{again:?}");
    // A clock that is set back or forward brings nothing out twice.
    for now_ms in [0, due_ms - DAY_MS, due_ms, due_ms + HOUR_MS] {
        let shelf = room.turn_at(now_ms).await;
        assert_eq!(shelf.versions(week).len(), 1);
        assert_eq!(room.state(&shelf, week), State::Published);
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn facts_come_out_unsigned_and_a_signature_four_days_late_says_so_for_ever(
    #[case] kind: Kind,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let room = Room::open(&db, due_ms).await;
    room.hire("ada").await;
    let shelf = room.turn_at(due_ms).await;
    assert_eq!(room.state(&shelf, week), State::Unsigned);
    let own = shelf.newest(week).unwrap();
    assert_eq!(own.body.not_signed_by[0].in_language("en"), "Ada, Director");
    let shelf = room.turn_at(due_ms + DAY_MS).await;
    assert_eq!(room.state(&shelf, week), State::NotSigned);
    room.clock.set(due_ms + 4 * DAY_MS);
    room.press.sign(week, "ada", "").await.unwrap();
    let shelf = room.turn_at(due_ms + 40 * DAY_MS).await;
    assert_eq!(room.state(&shelf, week), State::SignedLate { days: 4 });
    let [first, second] = shelf.versions(week) else {
        panic!("two versions")
    };
    assert_eq!(first.body.officer, None, "the first stays as it was");
    assert_eq!(second.body.facts(), first.body.facts());
    assert!(!second.is_correction && second.body.seen_by.is_empty());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_officer_who_was_removed_before_the_release_has_signed_nothing(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let room = Room::open(&db, due_ms - HOUR_MS).await;
    room.hire("ada").await;
    room.press.turn().await.unwrap();
    room.press.sign(week, "ada", "Goodbye.").await.unwrap();
    let mut tx = room.store.begin_desk().await.unwrap();
    tx.disable_account("ada", due_ms - 1).await.unwrap();
    tx.commit().await.unwrap();
    let shelf = room.turn_at(due_ms).await;
    let own = shelf.newest(week).unwrap();
    assert_eq!((&own.body.officer, &own.body.comment), (&None, &None));
    assert_eq!(room.state(&shelf, week), State::Unsigned);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_server_that_was_down_is_late_within_grace_and_has_missed_after_it(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let room = Room::open(&db, due_ms + HOUR_MS).await;
    let turn = room.press.turn().await.unwrap();
    assert_eq!((turn.editions, turn.missed), (1, 0));
    let shelf = room.press.refresh().await.unwrap();
    assert_eq!(shelf.newest(week).unwrap().body.late_secs, 3_600);
    assert_eq!(room.state(&shelf, week), State::Unsigned, "within grace");
    // Down for the two weeks after it: both are missed, and out all the same, in their order.
    let shelf = room.turn_at(due_ms + 16 * DAY_MS).await;
    let [next, last] = [week.next(), week.next().next()];
    for own in [next, last] {
        assert_eq!(room.state(&shelf, own), State::Missed, "{own}");
        assert_eq!(shelf.versions(own).len(), 1);
    }
    assert!(shelf.newest(next).unwrap().leaf < shelf.newest(last).unwrap().leaf);
    assert_eq!(shelf.missed.len(), 2);
    // Whatever the clock says later, what was missed stays missed.
    let shelf = room.turn_at(due_ms).await;
    assert_eq!(room.state(&shelf, next), State::Missed);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_correction_is_a_new_version_with_reason_author_and_size(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let room = Room::open(&db, due_ms - HOUR_MS).await;
    room.hire("ada").await;
    room.press.turn().await.unwrap();
    let early = room.press.correct(week, "ada", "A late import").await;
    assert!(matches!(early, Err(Refused::NotOut)), "frozen: {early:?}");
    room.turn_at(due_ms).await;
    let same = room.press.correct(week, "ada", "A late import").await;
    assert!(matches!(same, Err(Refused::Unchanged)), "{same:?}");
    room.figures.0.store(1_300, Ordering::Relaxed);
    for reason in ["", " ", "<b>x</b>", &"x".repeat(401), "down \u{202e}pu"] {
        let refused = room.press.correct(week, "ada", reason).await;
        assert!(matches!(refused, Err(Refused::NoReason)), "{reason:?}");
    }
    let own = room
        .press
        .correct(week, "ada", "A late import")
        .await
        .unwrap();
    assert_eq!((own.version, own.is_correction), (2, true));
    let size = own.body.size_of_change.unwrap();
    assert_eq!(size.figures, 1);
    let largest = size.largest.unwrap();
    assert_eq!(
        (largest.before.as_deref(), largest.after.as_deref()),
        (Some("1234"), Some("1300"))
    );
    assert_eq!(
        own.body.author.unwrap().name.in_language("en"),
        "Ada, Director"
    );
    let shelf = room.press.refresh().await.unwrap();
    let first = shelf.versions(week)[0].body.facts().to_owned();
    let facts = room.press.facts(&first).await.unwrap().unwrap();
    assert_eq!(
        facts.figures[0].value.value.as_deref(),
        Some("1234"),
        "the old one stays"
    );
    // A signature that comes after it is under the newest facts.
    room.press.sign(week, "ada", "").await.unwrap();
    let shelf = room.press.refresh().await.unwrap();
    let newest = shelf.newest(week).unwrap();
    assert_eq!((newest.version, newest.is_correction), (3, false));
    assert_ne!(newest.body.facts(), first);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_calendar_that_changes_never_moves_what_is_announced_for_a_closed_week(
    #[case] kind: Kind,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let room = Room::open(&db, due_ms - DAY_MS).await;
    room.press.turn().await.unwrap();
    let mut changed = releasing();
    if let Some(releases) = &mut changed.releases {
        releases.weekday = Weekday::Friday;
        releases.since = Some(date(2026, 11, 16));
        releases.from = Some(date(2020, 1, 1));
    }
    let other = Room::of(&db, due_ms - DAY_MS, changed).await;
    let shelf = other.press.refresh().await.unwrap();
    let calendar = shelf.calendar.as_ref().unwrap();
    let due = |week| calendar.slot(week, &centre().zone).unwrap().due_ms;
    assert_eq!(calendar.since(), week, "a slot cannot be taken back");
    assert_eq!(due(week), due_ms);
    assert_eq!(
        due(week.next()),
        due_ms + 8 * DAY_MS,
        "the next is on Friday"
    );
    // Who takes the releases out of the description still owes what was announced.
    let silent = Centre {
        releases: None,
        ..releasing()
    };
    let none = Room::of(&db, due_ms + 30 * DAY_MS, silent).await;
    assert!(none.press.turn().await.unwrap().missed > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_presses_on_one_postgres_make_one_edition() {
    let Some(db) = fresh_db(Kind::Postgres).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let late_ms = due_ms + 60 * DAY_MS;
    let one = Room::open(&db, late_ms).await;
    let other = Room::open(&db, late_ms).await;
    one.hire("ada").await;
    // Each may stumble over the other; what counts is what stands there afterwards.
    for _ in 0..4 {
        let turns = tokio::join!(one.press.turn(), other.press.turn());
        drop(turns);
    }
    let signed = tokio::join!(
        one.press.sign(week, "ada", "one"),
        other.press.sign(week, "ada", "other")
    );
    assert!(signed.0.is_ok() != signed.1.is_ok(), "{signed:?}");
    let shelf = one.press.refresh().await.unwrap();
    assert_eq!(shelf.weeks.len(), 9);
    for (own, versions) in &shelf.weeks {
        let expected = if *own == week { 2 } else { 1 };
        assert_eq!(versions.len(), expected, "{own}");
    }
    let leaves = one.store.edition_leaves(0).await.unwrap();
    assert_eq!(
        leaves.len(),
        9 + 9 + 1,
        "an edition and a missed slot each, and a signature"
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn nothing_that_was_published_drafted_or_signed_can_be_altered(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (week, due_ms) = first_week();
    let room = Room::open(&db, due_ms).await;
    room.hire("ada").await;
    room.press.turn().await.unwrap();
    room.press.sign(week, "ada", "").await.unwrap();
    room.press.open_draft(week, "ada").await.unwrap();
    for table in [
        "release_rules",
        "edition_drafts",
        "edition_signatures",
        "edition_versions",
    ] {
        for sql in [
            format!("DELETE FROM {table}"),
            format!("UPDATE {table} SET {}", column(table)),
        ] {
            let refused = run(&db, &sql).await.unwrap_err();
            assert!(refused.contains("never"), "{sql}: {refused}");
        }
    }
}

fn column(table: &str) -> &'static str {
    match table {
        "release_rules" => "minute = 0",
        "edition_drafts" => "made_ms = 0",
        "edition_signatures" => "comment = 'x'",
        _ => "leaf = 0",
    }
}

/// A statement of somebody who has got hold of the database's connection.
async fn run(db: &TestDb, sql: &str) -> Result<(), String> {
    use quietline::store::Location;
    let done = match &db.location {
        Location::Folder(folder) => {
            let url = format!("sqlite://{}", folder.join("quietline.db").display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            connection
                .execute(AssertSqlSafe(sql.to_owned()))
                .await
                .map(|_| ())
        }
        Location::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            connection
                .execute(AssertSqlSafe(sql.to_owned()))
                .await
                .map(|_| ())
        }
    };
    done.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_record_that_is_not_sound_publishes_and_signs_nothing() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let (week, due_ms) = first_week();
    let room = Room::open(&db, due_ms).await;
    let press = Press::open(
        room.store.clone(),
        Arc::new(releasing()),
        room.clock.clone(),
        Arc::clone(&room.figures) as Arc<dyn Drafter>,
        Arc::new(|| false),
    );
    let press = press.await.unwrap();
    assert_eq!(press.turn().await.unwrap().editions, 0);
    assert!(matches!(
        press.sign(week, "ada", "").await,
        Err(Refused::Unsound)
    ));
    assert_eq!(room.press.turn().await.unwrap().editions, 1, "the control");
}
