//! An officer at the desk of a running Quietline, and everybody who reads what came of it.

use std::sync::Arc;

use quietline::app::Settings;
use quietline::clock::Clock;
use quietline::desk::{password, totp};
use quietline::domain::staff::Role;
use quietline::store::Store;
use quietline::store::users::Account;
use reqwest::StatusCode;
use tokio::net::TcpListener;

use super::{DAY_MS, HOUR_MS, first_week, releasing};
use crate::desk::browser::Browser;
use crate::support::{Kind, Spawned, TestDb, fresh_db};

const PASSWORD: &str = "a long enough password";

/// A test that waits longer than this has failed.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

async fn hire(db: &TestDb, name: &str, role: Role) -> String {
    let store = Store::open(&db.location).await.unwrap();
    let secret = totp::new_secret();
    let account = Account {
        name: name.to_owned(),
        role,
        password: password::hash(PASSWORD).unwrap(),
        totp_secret: role.needs_second_factor().then(|| secret.clone()),
        created_ms: 0,
        disabled_ms: None,
    };
    let mut tx = store.begin_desk().await.unwrap();
    assert!(tx.add_account(&account).await.unwrap());
    tx.commit().await.unwrap();
    store.close().await;
    secret
}

async fn start(db: TestDb, clock: Clock) -> Spawned {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let with = (listener, Settings::default());
    Spawned::start_centre(Arc::new(releasing()), db, clock, with).await
}

/// The list of slots, once the first of them is in a state.
async fn wait_for(app: &Spawned, state: &str) -> serde_json::Value {
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let editions = app.json("/api/v1/editions").await;
            if editions["slots"][0]["state"] == state {
                return editions;
            }
        }
    });
    waited
        .await
        .unwrap_or_else(|_| panic!("the first slot never was {state}"))
}

/// Signs in with both factors at the time of the clock.
async fn sign_in(browser: &mut Browser<'_>, name: &str, secret: &str, now_ms: i64) {
    browser.sign_in(name, PASSWORD).await;
    let code = totp::code_of(secret, now_ms).unwrap();
    let (status, _) = browser.post("/desk/code", &[("code", &code)]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

/// Tries what cannot be signed, and then signs.
async fn comments_and_signature(
    app: &Spawned,
    ada: &mut Browser<'_>,
    (address, secret, opens_ms): (&str, &str, i64),
) {
    let claim = "A record: 5,000 calls. See [history](/history).";
    let preview = format!("{address}/preview");
    let (_, shown) = ada.post(&preview, &[("comment", claim)]).await;
    for marked in [
        "<mark class=\"unsupported\">record</mark>",
        "<mark class=\"unsupported\">5,000</mark>",
    ] {
        assert!(shown.contains(marked), "{marked}: {shown}");
    }
    let sign = format!("{address}/sign");
    let later_ms = opens_ms + HOUR_MS / 60;
    app.clock.set(later_ms);
    let code = totp::code_of(secret, later_ms).unwrap();
    let both = [("password", PASSWORD), ("code", code.as_str())];
    for (comment, why) in [
        ("<b>x</b>", "HTML is not used here"),
        (&*"x".repeat(5_000), "It has 5000"),
        ("down \u{202e}91", "U+202E"),
        ("[x](https://a.example)", "https://a.example"),
        ("{happiness}", "{happiness}"),
    ] {
        let pairs = [("comment", comment), both[0], both[1]];
        let (status, page) = ada.post(&sign, &pairs).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{comment}");
        assert!(page.contains(why), "{why}: {page}");
    }
    let wrong = [("comment", claim), ("password", "wrong"), both[1]];
    let (status, page) = ada.post(&sign, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Nothing was signed"), "{page}");
    let (status, page) = ada
        .post(&sign, &[("comment", claim), both[0], both[1]])
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
}

#[tokio::test]
async fn an_officer_signs_on_a_phone_and_everybody_reads_it_on_the_minute() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let secret = hire(&db, "ada", Role::Officer).await;
    hire(&db, "edith", Role::Editor).await;
    let (week, due_ms) = first_week();
    let opens_ms = due_ms - DAY_MS;
    let app = start(db, Clock::fixed(opens_ms)).await;
    wait_for(&app, "due").await;

    let mut edith = Browser::of(&app);
    edith.sign_in("edith", PASSWORD).await;
    let (status, page) = edith.get(&format!("/desk/editions/{week}")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    assert!(page.contains("Only officers"), "{page}");

    let mut ada = Browser::of(&app);
    sign_in(&mut ada, "ada", &secret, opens_ms).await;
    let (_, list) = ada.get("/desk/editions").await;
    assert!(list.contains("public list of those who saw"), "{list}");
    let address = format!("/desk/editions/{week}");
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let (status, draft) = ada.get(&address).await;
            if status == StatusCode::OK {
                return draft;
            }
        }
    });
    let draft = waited.await.expect("the draft is made");
    assert!(
        draft.contains("Nothing is known of this week."),
        "a week without data: {draft}"
    );

    comments_and_signature(&app, &mut ada, (&address, &secret, opens_ms)).await;
    let public = format!("/editions/{week}");
    let (_, early) = ada.get(&public).await;
    assert!(
        early.contains("due") && !early.contains("5,000"),
        "not yet: {early}"
    );

    app.clock.set(due_ms);
    is_read_by_everybody(&app, &mut ada, &public).await;
    app.stop().await;
}

/// The signed edition on its page, in both languages, and on the list.
async fn is_read_by_everybody(app: &Spawned, ada: &mut Browser<'_>, public: &str) {
    let editions = wait_for(app, "published").await;
    let version = &editions["slots"][0]["versions"][0];
    assert_eq!(
        version["published_at"], "2026-11-05T09:00:00Z",
        "{editions}"
    );
    assert_eq!(version["officer"]["en"], "Ada, Director");
    let (status, page) = ada.get(public).await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        "Signed by Ada, Director",
        "not supported by the figures",
        "Ada, Director, Wednesday",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, french) = ada.get(&format!("{public}?lang=fr")).await;
    assert!(
        french.contains("Signée par") && french.contains("non étayé"),
        "{french}"
    );
    let (_, list) = ada.get("/editions").await;
    assert!(
        list.contains("published, signed") && list.contains("2026-W45"),
        "{list}"
    );
}

#[tokio::test]
async fn an_edition_is_there_in_every_form_and_what_does_not_exist_is_not() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let (week, due_ms) = first_week();
    let app = start(db, Clock::fixed(due_ms)).await;
    wait_for(&app, "unsigned").await;
    let mut reader = Browser::of(&app);
    let json = app.json(&format!("/editions/{week}.json")).await;
    assert_eq!(json["facts"]["week"], "2026-W44");
    assert_eq!(json["state"], "unsigned");
    assert_eq!(json["comment"], serde_json::Value::Null);
    let v1 = app.json(&format!("/editions/{week}/v1.json")).await;
    assert_eq!(v1["facts"], json["facts"]);
    let (_, csv) = reader.get(&format!("/editions/{week}.csv")).await;
    assert!(csv.starts_with("measure,unit,line,cause,of,value"), "{csv}");
    let (_, svg) = reader.get(&format!("/editions/{week}.svg")).await;
    assert!(svg.starts_with("<svg"), "{svg}");
    let (_, atom) = reader.get("/editions.atom").await;
    assert!(
        atom.contains("<entry>") && atom.contains("Not signed by Ada, Director"),
        "{atom}"
    );
    let (_, calendar) = reader.get("/editions.ics").await;
    assert!(calendar.contains("2026-W53") && calendar.contains("DTSTART:20261105T090000Z"));
    let (status, coming) = reader.get("/editions/2026-W45").await;
    assert_eq!(status, StatusCode::OK, "announced: {coming}");
    for none in [
        "2026-W43",
        "2026-W44/v2",
        "2026-W44/v01",
        "2026-W44.xml",
        "2026-W45.json",
        "x",
    ] {
        let (status, _) = reader.get(&format!("/editions/{none}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{none}");
    }
    app.stop().await;
}
