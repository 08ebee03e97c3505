//! Actions as officers register them and everybody reads them.

use quietline::desk::{token, totp};
use quietline::domain::staff::Role;
use quietline::store::Store;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::browser::Browser;
use super::{PASSWORD, account, start};
use crate::support::{Kind, MONDAY_NINE, fresh_db};

const DAY_MS: i64 = 86_400_000;

/// Registered on Monday 2 November 2026 for the Monday after.
fn action() -> Vec<(&'static str, &'static str)> {
    vec![
        ("owner", "Head of <billing>"),
        ("title.en", "Clearer <b>bills</b>"),
        ("title.fr", "Factures plus claires"),
        ("description.en", "One page instead of three."),
        ("description.fr", "Une page au lieu de trois."),
        ("measure", "abandonment"),
        ("line", "billing"),
        ("direction", "down"),
        ("size", "2,5"),
        ("comparison", "moving"),
        ("start", "2026-11-09"),
        ("due", "2026-11-16"),
        ("verdict", "2026-12-14"),
        ("cause", ""),
        ("idea", "2026-09-01"),
    ]
}

/// Signs an officer in.
async fn sign_in(olive: &mut Browser<'_>, secret: &str, at_ms: i64) {
    olive.sign_in("olive", PASSWORD).await;
    olive.get("/desk").await;
    let code = totp::code_of(secret, at_ms).unwrap();
    let (status, _) = olive.post("/desk/code", &[("code", &code)]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_officer_registers_an_action_and_enters_what_becomes_of_it(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let secret = account(&db, "olive", Role::Officer).await.unwrap();
    let app = start(db).await;
    let mut olive = Browser::of(&app);
    sign_in(&mut olive, &secret, MONDAY_NINE).await;
    olive.get("/desk/actions/new").await;
    let (status, page) = olive.post("/desk/actions", &action()).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");

    let listed = app.json("/api/v1/actions").await;
    let own = &listed["actions"][0];
    assert_eq!(own["state"], "registered", "{listed}");
    assert_eq!(own["size"], 2.5);
    assert_eq!(own["verdict"], "too_early");
    assert_eq!(own["registered_by"], "officer");
    assert!(!listed.to_string().contains("olive"));
    let id = own["id"].as_str().unwrap().to_owned();
    let (_, page) = olive.get(&format!("/actions/{id}?lang=en")).await;
    assert!(page.contains("Clearer &#60;b&#62;bills"), "{page}");
    assert!(page.contains("2.5\u{a0}percentage points"), "{page}");

    let address = format!("/desk/actions/{id}");
    let (_, page) = olive.get(&address).await;
    assert!(page.contains("Its start day lies ahead"), "{page}");
    let (status, page) = olive.post(&address, &[("turn", "started")]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");

    app.clock.set(MONDAY_NINE + 7 * DAY_MS);
    sign_in(&mut olive, &secret, MONDAY_NINE + 7 * DAY_MS).await;
    olive.get(&address).await;
    let (status, _) = olive.post(&address, &[("turn", "started")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(
        app.json("/api/v1/actions").await["actions"][0]["state"],
        "started"
    );
    app.clock.set(MONDAY_NINE + 15 * DAY_MS);
    assert_eq!(
        app.json("/api/v1/actions").await["actions"][0]["state"],
        "overdue"
    );

    sign_in(&mut olive, &secret, MONDAY_NINE + 15 * DAY_MS).await;
    olive.get(&address).await;
    let (status, page) = olive.post(&address, &[("turn", "withdrawn")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a reason: {page}");
    let reason = [
        ("turn", "withdrawn"),
        ("reason.en", "No <money>"),
        ("reason.fr", "Pas d’argent"),
    ];
    let (status, _) = olive.post(&address, &reason).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, desk) = olive.get("/desk?lang=en").await;
    for words in [
        "action registered",
        "step of an action entered",
        "No &#60;money&#62;",
    ] {
        assert!(desk.contains(words), "{words}: {desk}");
    }

    // Weeks later nothing was counted: that is no verdict.
    app.clock.set(MONDAY_NINE + 45 * DAY_MS);
    let listed = app.json("/api/v1/actions").await;
    assert_eq!(listed["actions"][0]["verdict"], "not_enough_data");
    assert_eq!(listed["actions"][0]["state"], "withdrawn");
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_registered_is_named_with_the_remedy() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let secret = account(&db, "olive", Role::Officer).await.unwrap();
    let app = start(db).await;
    let mut olive = Browser::of(&app);
    sign_in(&mut olive, &secret, MONDAY_NINE).await;
    for (field, value, words) in [
        (
            "start",
            "2026-11-02",
            "the first day that can be used is (2026-11-03)",
        ),
        (
            "verdict",
            "2026-12-13",
            "the first day that can be used is (2026-12-14)",
        ),
        (
            "comparison",
            "billing",
            "choose a line that it does not touch",
        ),
        ("measure", "happiness", "there is no such figure"),
        ("line", "meters", "the centre has no such line"),
    ] {
        let mut bad = action();
        let place = bad.iter().position(|(name, _)| *name == field).unwrap();
        bad[place].1 = value;
        olive.get("/desk/actions/new").await;
        let (status, page) = olive.post("/desk/actions", &bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(page.contains(words), "{words}: {page}");
        assert!(
            page.contains("value=\"Clearer &#60;b&#62;bills"),
            "kept: {page}"
        );
    }
    assert_eq!(app.json("/api/v1/actions").await["actions"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn an_editor_reads_actions_and_does_not_register_them() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    account(&db, "edith", Role::Editor).await;
    let app = start(db).await;
    let mut edith = Browser::of(&app);
    edith.sign_in("edith", PASSWORD).await;
    let (_, desk) = edith.get("/desk?lang=en").await;
    assert!(desk.contains("Officers register actions"), "{desk}");
    let (status, _) = edith.get("/desk/actions/new").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    edith.get("/desk").await;
    let (status, _) = edith.post("/desk/actions", &action()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    app.stop().await;
}

/// The same as a program sends it.
fn sent() -> Value {
    json!({
        "id": "clearer-bills",
        "owner": "Head of billing",
        "title": {"en": "Clearer bills", "fr": "Factures plus claires"},
        "description": {"en": "One page instead of three.", "fr": "Une page au lieu de trois."},
        "measure": "abandonment", "line": "billing", "direction": "down", "size": 2.5,
        "comparison": "moving",
        "start": "2026-11-09", "due": "2026-11-16", "verdict": "2026-12-14",
    })
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_program_registers_an_action_once_and_tells_what_becomes_of_it(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    for (name, role) in [("olive", Role::Officer), ("edith", Role::Editor)] {
        account(&db, name, role).await;
        let mut tx = store.begin_desk().await.unwrap();
        let hash = token::hash(name);
        tx.add_staff_token(&hash, name, MONDAY_NINE).await.unwrap();
        tx.commit().await.unwrap();
    }
    store.close().await;
    let app = start(db).await;
    let send = async |token: &str, path: &str, body: &Value| {
        let address = app.url(&format!("/api/v1/staff/actions{path}"));
        let request = app.client.post(address).bearer_auth(token).json(body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let mut body = sent();
    assert_eq!(send("nobody", "", &body).await.0, 401);
    assert_eq!(send("edith", "", &body).await.0, 403, "editors do not");
    let (status, kept) = send("olive", "", &body).await;
    assert_eq!(
        (status, &kept["state"]),
        (201, &json!("registered")),
        "{kept}"
    );
    assert_eq!(send("olive", "", &body).await.0, 200, "again");
    body["size"] = json!(25);
    assert_eq!(send("olive", "", &body).await.0, 409, "locked from then on");
    body["id"] = json!("another");
    body["start"] = json!("2026-11-02");
    body["measure"] = json!("happiness");
    let (status, problem) = send("olive", "", &body).await;
    assert_eq!(status, 422, "{problem}");
    let faults = problem["faults"].as_array().unwrap();
    let fields: Vec<&Value> = faults.iter().map(|fault| &fault["field"]).collect();
    assert!(fields.contains(&&json!("start")), "{problem}");
    assert!(fields.contains(&&json!("measure")), "{problem}");

    let steps = "/clearer-bills/steps";
    let started = json!({"turn": "started"});
    assert_eq!(send("olive", steps, &started).await.0, 409, "not yet");
    app.clock.set(MONDAY_NINE + 7 * DAY_MS);
    let (status, kept) = send("olive", steps, &started).await;
    assert_eq!((status, &kept["state"]), (200, &json!("started")), "{kept}");
    assert_eq!(send("olive", "", &sent()).await.0, 200, "still the same");
    assert_eq!(send("olive", "/nothing/steps", &started).await.0, 404);
    assert_eq!(
        send("olive", steps, &json!({"turn": "stopped"})).await.0,
        400
    );
    let without_reason = json!({"turn": "withdrawn"});
    assert_eq!(send("olive", steps, &without_reason).await.0, 422);
    let listed = app.json("/api/v1/actions").await;
    assert_eq!(listed["actions"].as_array().unwrap().len(), 1);
    assert_eq!(listed["actions"][0]["state"], "started");
    assert!(!listed.to_string().contains("olive"));
    app.stop().await;
}
