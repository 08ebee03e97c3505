//! What is kept of actions, on both databases.

use jiff::civil::date;
use quietline::domain::action::{Action, Comparison, Facts, Step, Turn};
use quietline::domain::centre::Text;
use quietline::domain::impact::Direction;
use quietline::domain::occasion::titled;
use quietline::domain::staff::{Person, Role};
use quietline::store::Store;
use rstest::rstest;

use crate::support::{Kind, MONDAY_NINE, fresh_db, run};

fn by() -> Person {
    Person {
        account: "olive".to_owned(),
        role: Role::Officer,
    }
}

/// An action of this id, registered and not begun.
pub fn action(id: &str) -> Action {
    Action {
        id: id.to_owned(),
        facts: Facts {
            owner: "Head of billing".to_owned(),
            title: titled(&[("en", "Clearer bills")]),
            description: titled(&[("en", "One page.")]),
            cause: None,
            measure: "wait_median".to_owned(),
            measure_version: 1,
            line: "billing".to_owned(),
            direction: Direction::Down,
            size: 12.5,
            start: date(2026, 11, 9),
            due: date(2026, 11, 10),
            verdict: date(2026, 12, 14),
            comparison: Comparison::Line("moving".to_owned()),
            idea: None,
        },
        registered_ms: MONDAY_NINE,
        by: by(),
        steps: Vec::new(),
    }
}

fn step(turn: Turn) -> Step {
    Step {
        at_ms: MONDAY_NINE,
        turn,
        reason: Text::default(),
        by: by(),
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_action_and_its_timeline_read_back_and_cannot_be_altered(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let mut tx = store.begin_desk().await.unwrap();
    for id in ["a-2", "a-1"] {
        tx.add_action(&action(id)).await.unwrap();
    }
    tx.add_step("a-1", 0, &step(Turn::Started)).await.unwrap();
    tx.add_step("a-1", 1, &step(Turn::Done)).await.unwrap();
    tx.commit().await.unwrap();
    let mut forbidden = vec![
        "UPDATE actions SET facts = '{}'",
        "DELETE FROM actions WHERE id = 'a-2'",
        "UPDATE action_steps SET facts = '{}' WHERE number = 1",
        "DELETE FROM action_steps",
    ];
    forbidden.push(match kind {
        Kind::Sqlite => {
            "INSERT OR REPLACE INTO actions (id, registered_ms, facts) VALUES ('a-2', 1, '{}')"
        }
        Kind::Postgres => "TRUNCATE action_steps",
    });
    for sql in forbidden {
        let refused = run(&db, sql).await.unwrap_err();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
    let mut whole = action("a-1");
    whole.steps = vec![step(Turn::Started), step(Turn::Done)];
    assert_eq!(store.actions().await.unwrap(), [whole, action("a-2")]);
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn of_two_who_enter_the_same_step_one_is_refused(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let mut tx = store.begin_desk().await.unwrap();
    tx.add_action(&action("a-1")).await.unwrap();
    tx.add_step("a-1", 0, &step(Turn::Started)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin_desk().await.unwrap();
    let second = tx.add_step("a-1", 0, &step(Turn::Withdrawn)).await;
    assert!(second.is_err());
    drop(tx);
    let kept = store.actions().await.unwrap();
    assert_eq!(kept[0].steps, [step(Turn::Started)]);
    store.close().await;
}
