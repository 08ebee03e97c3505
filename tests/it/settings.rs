//! Settings that were seen cannot be altered, on both databases.

use std::sync::Arc;

use jiff::civil::date;
use quietline::app::settings::keep;
use quietline::domain::centre::{Centre, ServiceChange, ServiceLevel};
use quietline::store::{Location, Store};
use rstest::rstest;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::support::{Kind, MONDAY_NINE, centre, fresh_db};

/// The centre of the tests, with a longer threshold on its first line from a day on.
fn changed(day: jiff::civil::Date) -> Arc<Centre> {
    let mut centre = Centre::clone(&centre());
    let line = &mut centre.lines[0];
    line.changes.push(ServiceChange {
        valid_from: day,
        service: ServiceLevel {
            threshold_secs: 60,
            ..line.service.clone()
        },
        reason: line.name.clone(),
    });
    Arc::new(centre)
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_target_of_the_past_cannot_be_rewritten(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    keep(&store, centre(), MONDAY_NINE).await.unwrap();
    let seen = store.settings_seen().await.unwrap();
    assert!(!seen.is_empty());
    keep(&store, centre(), MONDAY_NINE).await.unwrap();
    assert_eq!(store.settings_seen().await.unwrap(), seen);

    let mut softer = Centre::clone(&centre());
    softer.lines[0].service.target_percent = 10.0;
    let told = keep(&store, Arc::new(softer), MONDAY_NINE).await;
    let told = told.unwrap_err().to_string();
    assert!(told.contains("says target_percent = 10"), "{told}");
    // 2026-11-02 is a Monday; the change would begin today.
    let told = keep(&store, changed(date(2026, 11, 2)), MONDAY_NINE).await;
    let told = told.unwrap_err().to_string();
    assert!(
        told.contains("write valid_from = 2026-11-03 or later"),
        "{told}"
    );
    assert_eq!(
        store.settings_seen().await.unwrap(),
        seen,
        "nothing is kept of either"
    );

    let wednesday = changed(date(2026, 11, 4));
    keep(&store, Arc::clone(&wednesday), MONDAY_NINE)
        .await
        .unwrap();
    assert_eq!(store.settings_seen().await.unwrap().len(), seen.len() + 1);
    let days_later = MONDAY_NINE + 5 * 86_400_000;
    keep(&store, wednesday, days_later).await.unwrap();
    let told = keep(&store, centre(), days_later).await;
    assert!(
        told.unwrap_err()
            .to_string()
            .contains("it has held since then")
    );

    let mut gone = Centre::clone(&centre());
    let line = gone.lines.remove(1);
    gone.lines[0] = changed(date(2026, 11, 4)).lines[0].clone();
    let known = keep(&store, Arc::new(gone), days_later).await.unwrap();
    assert_eq!(known.former_lines[0].service, line.service);
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite, "UPDATE settings SET setting = 'x'")]
#[case::sqlite_delete(Kind::Sqlite, "DELETE FROM settings")]
#[case::postgres(Kind::Postgres, "UPDATE settings SET setting = 'x'")]
#[case::postgres_delete(Kind::Postgres, "DELETE FROM settings")]
#[case::postgres_truncate(Kind::Postgres, "TRUNCATE settings")]
#[tokio::test]
async fn the_database_itself_refuses_to_alter_what_was_seen(
    #[case] kind: Kind,
    #[case] statement: &'static str,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    keep(&store, centre(), MONDAY_NINE).await.unwrap();
    let seen = store.settings_seen().await.unwrap();
    let refused = match &db.location {
        Location::Folder(folder) => {
            let path = folder.join("quietline.db");
            let url = format!("sqlite://{}", path.display());
            let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
            db.execute(AssertSqlSafe(statement)).await.is_err()
        }
        Location::Postgres(url) => {
            let mut db = sqlx::PgConnection::connect(url).await.unwrap();
            db.execute(AssertSqlSafe(statement)).await.is_err()
        }
    };
    assert!(refused);
    assert_eq!(store.settings_seen().await.unwrap(), seen);
    store.close().await;
}
