//! What the desk keeps, on both databases.

use quietline::domain::occasion::{Facts, Kind as What, Occasion, Origin, titled};
use quietline::domain::staff::{Act, Change, Person, Role};
use quietline::store::Store;
use quietline::store::users::Account;
use rstest::rstest;

use crate::support::{Kind, TestDb, fresh_db, run};

const NOW_MS: i64 = 1_793_610_000_000;

async fn open(db: &TestDb) -> Store {
    Store::open(&db.location).await.unwrap()
}

fn account(name: &str) -> Account {
    Account {
        name: name.to_owned(),
        role: Role::Officer,
        password: "$argon2id$".to_owned(),
        totp_secret: Some("GEZDGNBV".to_owned()),
        created_ms: NOW_MS,
        disabled_ms: None,
    }
}

fn change(subject: &str) -> Change {
    Change {
        at_ms: NOW_MS,
        who: "ada".to_owned(),
        act: Act::EnterOccasion,
        subject: subject.to_owned(),
        before: None,
        after: Some("{}".to_owned()),
    }
}

fn occasion(id: &str, start_ms: i64) -> Occasion {
    Occasion {
        id: id.to_owned(),
        facts: Facts {
            kind: What::Campaign,
            origin: Origin::Planned,
            title: titled(&[("en", "Letters")]),
            lines: Vec::new(),
            start_ms,
            end_ms: start_ms + 1_000,
        },
        by: Person {
            account: "ada".to_owned(),
            role: Role::Editor,
        },
        entered_ms: NOW_MS,
        changed_ms: None,
        cancelled_ms: None,
        expected: None,
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn no_row_of_the_audit_list_can_be_altered_and_no_occasion_deleted(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    let mut tx = store.begin_desk().await.unwrap();
    for subject in ["e-1", "e-2"] {
        tx.note(&change(subject)).await.unwrap();
    }
    tx.put_occasion(&occasion("e-1", NOW_MS)).await.unwrap();
    tx.commit().await.unwrap();
    let mut forbidden = vec![
        "UPDATE audit SET who = 'nobody' WHERE id = 1",
        "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit",
        "DELETE FROM occasions",
    ];
    forbidden.push(match kind {
        Kind::Sqlite => {
            "INSERT OR REPLACE INTO audit (id, at_ms, who, act, subject) \
             VALUES (1, 1, 'nobody', 'user.add', 'x')"
        }
        Kind::Postgres => "TRUNCATE audit",
    });
    for sql in forbidden {
        let refused = run(&db, sql).await.unwrap_err();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
    run(&db, "UPDATE occasions SET start_ms = start_ms")
        .await
        .expect("the control");
    let read = store.audit(None, 10).await.unwrap();
    let subjects: Vec<&str> = read.iter().map(|(_, own)| own.subject.as_str()).collect();
    assert_eq!(subjects, ["e-2", "e-1"], "the newest first");
    assert_eq!(read[1].1, change("e-1"));
    let older = store.audit(Some(read[0].0), 10).await.unwrap();
    assert_eq!(older.len(), 1);
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn occasions_read_back_by_time_and_a_write_that_fails_leaves_nothing(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    for commit in [false, true] {
        assert_eq!(store.occasions().await.unwrap(), []);
        let mut tx = store.begin_desk().await.unwrap();
        tx.put_occasion(&occasion("b", 2_000)).await.unwrap();
        tx.put_occasion(&occasion("a", 3_000)).await.unwrap();
        assert_eq!(tx.occasion("a").await.unwrap(), Some(occasion("a", 3_000)));
        tx.put_occasion(&occasion("a", 1_000)).await.unwrap();
        if commit {
            tx.commit().await.unwrap();
        }
    }
    let read = store.occasions().await.unwrap();
    assert_eq!(read, [occasion("a", 1_000), occasion("b", 2_000)]);
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_account_that_is_disabled_or_reset_loses_its_sessions_and_tokens(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    let mut tx = store.begin_desk().await.unwrap();
    assert!(tx.add_account(&account("ada")).await.unwrap());
    assert!(
        !tx.add_account(&account("ada")).await.unwrap(),
        "the name is taken"
    );
    tx.add_staff_token("token", "ada", NOW_MS).await.unwrap();
    tx.commit().await.unwrap();
    let begin = async |hash| {
        let begun = store.begin_session((hash, "-"), ("ada", true), (NOW_MS, 0));
        begun.await.unwrap();
    };
    begin("one").await;
    let session = store.session("one").await.unwrap().unwrap();
    assert_eq!((session.account, session.is_whole), (account("ada"), true));
    assert!(store.person_of_token("token").await.unwrap().is_some());

    let mut tx = store.begin_desk().await.unwrap();
    assert!(tx.disable_account("ada", NOW_MS).await.unwrap());
    assert!(!tx.disable_account("ada", NOW_MS).await.unwrap(), "already");
    tx.commit().await.unwrap();
    begin("two").await;
    for hash in ["one", "two"] {
        assert_eq!(store.session(hash).await.unwrap(), None, "{hash}");
    }
    assert_eq!(store.person_of_token("token").await.unwrap(), None);

    let mut tx = store.begin_desk().await.unwrap();
    assert!(
        tx.reset_account("ada", ("new", None), NOW_MS)
            .await
            .unwrap()
    );
    assert!(
        !tx.reset_account("bob", ("new", None), NOW_MS)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let ada = store.account("ada").await.unwrap().unwrap();
    assert_eq!((ada.disabled_ms, ada.password.as_str()), (None, "new"));
    assert_eq!(
        store.person_of_token("token").await.unwrap(),
        None,
        "revoked"
    );
    assert_eq!(store.session("two").await.unwrap(), None);
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn codes_are_used_up_sessions_replaced_and_addresses_known(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    let mut tx = store.begin_desk().await.unwrap();
    tx.add_account(&account("ada")).await.unwrap();
    tx.commit().await.unwrap();
    let steps = [(7, true), (7, false), (6, false), (8, true)];
    for (step, is_new) in steps {
        assert_eq!(
            store.use_totp_step("ada", step).await.unwrap(),
            is_new,
            "{step}"
        );
    }
    let begin = async |hash, instead_of, times| {
        let begun = store.begin_session((hash, instead_of), ("ada", false), times);
        begun.await.unwrap();
    };
    begin("half", "-", (100, 0)).await;
    begin("old", "-", (50, 0)).await;
    begin("whole", "half", (200, 60)).await;
    assert_eq!(store.session("half").await.unwrap(), None, "replaced");
    assert_eq!(store.session("old").await.unwrap(), None, "too old");
    store.use_session("whole", 300).await.unwrap();
    let session = store.session("whole").await.unwrap().unwrap();
    assert_eq!((session.created_ms, session.seen_ms), (200, 300));
    store.end_session("whole").await.unwrap();
    assert_eq!(store.session("whole").await.unwrap(), None);

    store.know_address("ada", "here", (100, 0)).await.unwrap();
    assert!(store.knows_address("ada", "here").await.unwrap());
    assert!(!store.knows_address("bob", "here").await.unwrap());
    store
        .know_address("ada", "there", (900, 500))
        .await
        .unwrap();
    assert!(
        !store.knows_address("ada", "here").await.unwrap(),
        "long ago"
    );
    store.close().await;
}
