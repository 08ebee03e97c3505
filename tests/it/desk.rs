//! The desk of a running Quietline, as a browser and a program meet it.

mod actions;
pub mod browser;

use quietline::clock::Clock;
use quietline::desk::{password, token, totp};
use quietline::domain::staff::Role;
use quietline::store::Store;
use quietline::store::users::Account;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Kind, MONDAY_NINE, Spawned, TestDb, fresh_db};
use browser::Browser;

const PASSWORD: &str = "a long enough password";

/// Makes an account; the secret of its second factor if it has one.
async fn account(db: &TestDb, name: &str, role: Role) -> Option<String> {
    let store = Store::open(&db.location).await.unwrap();
    let secret = role.needs_second_factor().then(totp::new_secret);
    let account = Account {
        name: name.to_owned(),
        role,
        password: password::hash(PASSWORD).unwrap(),
        totp_secret: secret.clone(),
        created_ms: MONDAY_NINE,
        disabled_ms: None,
    };
    let mut tx = store.begin_desk().await.unwrap();
    assert!(tx.add_account(&account).await.unwrap());
    tx.commit().await.unwrap();
    store.close().await;
    secret
}

async fn start(db: TestDb) -> Spawned {
    Spawned::start(db, Clock::fixed(MONDAY_NINE)).await
}

/// Monday's bill run for the line `billing`, planned for Wednesday.
fn bill_run() -> Vec<(&'static str, &'static str)> {
    vec![
        ("kind", "bill_run"),
        ("origin", "planned"),
        ("title.en", "Autumn <bills>"),
        ("title.fr", "Factures d’automne"),
        ("lines", "billing"),
        ("start", "2026-11-04T08:00"),
        ("end", "2026-11-04T18:00"),
    ]
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_event_that_an_editor_enters_is_public_at_once_and_cancelled_it_stays(
    #[case] kind: Kind,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    account(&db, "edith", Role::Editor).await;
    let app = start(db).await;
    let mut edith = Browser::of(&app);
    edith.sign_in("edith", PASSWORD).await;
    edith.get("/desk/events/new").await;
    let (status, _) = edith.post("/desk/events", &bill_run()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);

    let events = app.json("/api/v1/events").await;
    let event = &events["events"][0];
    assert_eq!(event["title"]["en"], "Autumn <bills>", "{events}");
    assert_eq!(event["start"], "2026-11-04T07:00:00Z", "08:00 in Paris");
    assert_eq!(event["entered_by"], "editor");
    assert_eq!(event["entered_afterwards"], false);
    assert!(
        !events.to_string().contains("edith"),
        "names are the staff's own"
    );
    let other = app.json("/api/v1/events?line=moving").await;
    assert_eq!(other["events"], json!([]));
    let (_, page) = edith.get("/events").await;
    assert!(page.contains("Autumn &#60;bills&#62;"), "{page}");
    assert!(!page.contains("edith"));
    let (_, feed) = edith.get("/events.ics").await;
    assert!(feed.contains("DTSTART:20261104T070000Z"), "{feed}");
    let address = "/history?line=billing&from=2026-11-01&until=2026-11-08";
    let (_, history) = edith.get(address).await;
    assert!(
        history.contains("Autumn &#60;bills&#62; <span class=\"soft\">(bill run)"),
        "{history}"
    );
    let (_, chart) = edith.get(&address.replace("history", "chart.svg")).await;
    assert!(
        chart.contains("f-flag") || chart.contains("flag"),
        "{chart}"
    );

    let id = event["id"].as_str().unwrap().to_owned();
    edith.get(&format!("/desk/events/{id}")).await;
    let (status, _) = edith.post(&format!("/desk/events/{id}/cancel"), &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let events = app.json("/api/v1/events").await;
    assert_eq!(events["events"][0]["state"], "cancelled");
    let (_, history) = edith.get(address).await;
    assert!(!history.contains("Autumn"), "no flag");
    let (_, desk) = edith.get("/desk").await;
    for words in ["event entered", "event cancelled", "2026-11-04T07:00:00Z"] {
        assert!(desk.contains(words), "{words}: {desk}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_event_is_changed_and_what_it_was_stays_on_the_list() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    account(&db, "edith", Role::Editor).await;
    let app = start(db).await;
    let mut edith = Browser::of(&app);
    edith.sign_in("edith", PASSWORD).await;
    edith.post("/desk/events", &bill_run()).await;
    let events = app.json("/api/v1/events").await;
    let address = format!(
        "/desk/events/{}",
        events["events"][0]["id"].as_str().unwrap()
    );
    let (_, form) = edith.get(&address).await;
    assert!(
        form.contains("value=\"2026-11-04T08:00\""),
        "local times: {form}"
    );
    let mut later = bill_run();
    later[6] = ("end", "2026-11-05T18:00");
    let (status, _) = edith.post(&address, &later).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let events = app.json("/api/v1/events").await;
    assert_eq!(events["events"][0]["end"], "2026-11-05T17:00:00Z");
    assert_eq!(events["events"][0]["changed_at"], "2026-11-02T09:00:00Z");
    let (_, desk) = edith.get("/desk").await;
    assert!(
        desk.contains("<del>2026-11-04T17:00:00Z</del> → 2026-11-05T17:00:00Z"),
        "{desk}"
    );
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_used_is_named_and_what_was_typed_is_still_there() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    account(&db, "edith", Role::Editor).await;
    let app = start(db).await;
    let mut edith = Browser::of(&app);
    edith.sign_in("edith", PASSWORD).await;
    let mut bad = bill_run();
    bad[3] = ("title.fr", " ");
    bad[6] = ("end", "2026-11-04T07:00");
    let (status, page) = edith.post("/desk/events", &bad).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "href=\"#title.fr\"",
        "needs a text",
        "must lie after the start",
        "value=\"Autumn &#60;bills&#62;\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(app.json("/api/v1/events").await["events"], json!([]));
    let mut past = bill_run();
    (past[5], past[6]) = (("start", "2026-11-01T08:00"), ("end", "2026-11-01T09:00"));
    edith.post("/desk/events", &past).await;
    let events = app.json("/api/v1/events").await;
    assert_eq!(events["events"][0]["entered_afterwards"], true, "{events}");
    let (_, page) = edith.get("/events").await;
    assert!(page.contains("entered after it had begun"), "{page}");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_officer_needs_a_code_and_no_code_works_twice(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let secret = account(&db, "olive", Role::Officer).await.unwrap();
    let app = start(db).await;
    let code = totp::code_of(&secret, MONDAY_NINE).unwrap();
    let mut olive = Browser::of(&app);
    let first = olive.sign_in("olive", PASSWORD).await;
    assert!(first.contains("Second factor"), "{first}");
    let half = olive.cookie("__Host-desk").unwrap();
    let (status, _) = olive.get("/desk/events/new").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "half a session is none");
    olive.get("/desk").await;
    let (status, page) = olive.post("/desk/code", &[("code", "000000")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("This code is wrong"), "{page}");
    let (status, _) = olive.post("/desk/code", &[("code", &code)]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_ne!(olive.cookie("__Host-desk").unwrap(), half, "rotated");
    let (_, desk) = olive.get("/desk").await;
    assert!(desk.contains("<b>olive</b> (officer)"), "{desk}");

    let mut thief = Browser::of(&app);
    thief.sign_in("olive", PASSWORD).await;
    let (status, _) = thief.post("/desk/code", &[("code", &code)]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "used up");
    app.clock.set(MONDAY_NINE + 5 * 60_000);
    let late = totp::code_of(&secret, MONDAY_NINE + 5 * 60_000).unwrap();
    let (status, _) = thief.post("/desk/code", &[("code", &late)]).await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "the password was too long ago"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike_and_then_held_up() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    account(&db, "edith", Role::Editor).await;
    let app = start(db).await;
    let mut owner = Browser::from(&app, "192.0.2.1");
    owner.sign_in("edith", PASSWORD).await;
    let mut stranger = Browser::from(&app, "203.0.113.5");
    let mut pages = Vec::new();
    for name in ["edith", "nobody"] {
        stranger.get("/desk").await;
        let pairs = [("name", name), ("password", "not the password")];
        let (status, page) = stranger.post("/desk/login", &pairs).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        pages.push(page.replace(name, ""));
    }
    assert_eq!(pages[0], pages[1], "nothing tells them apart");
    for _ in 0..4 {
        let pairs = [("name", "edith"), ("password", "not the password")];
        stranger.post("/desk/login", &pairs).await;
    }
    let pairs = [("name", "edith"), ("password", PASSWORD)];
    let (status, page) = stranger.post("/desk/login", &pairs).await;
    assert_eq!(
        status,
        StatusCode::TOO_MANY_REQUESTS,
        "also with the right one"
    );
    assert!(page.contains("Try again at 10:00:30"), "{page}");
    let mut again = Browser::from(&app, "192.0.2.1");
    let desk = again.sign_in("edith", PASSWORD).await;
    assert!(desk.contains("<b>edith</b>"), "the owner is not locked out");
    app.clock.set(MONDAY_NINE + 30_000);
    stranger.get("/desk").await;
    let (status, _) = stranger.post("/desk/login", &pairs).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "it ends");
    app.stop().await;
}

#[tokio::test]
async fn a_form_of_another_site_or_session_does_nothing() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    account(&db, "edith", Role::Editor).await;
    let app = start(db).await;
    let mut edith = Browser::of(&app);
    edith.sign_in("edith", PASSWORD).await;
    edith.get("/desk/events/new").await;
    let (status, page) = edith
        .forge("/desk/events", &bill_run(), "https://evil.example")
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        page.contains("did not come from a page of this host"),
        "{page}"
    );
    edith.form = "0".repeat(64);
    let (status, page) = edith.post("/desk/events", &bill_run()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("belongs to another session"), "{page}");
    let mut bare = Browser::of(&app);
    let (status, page) = bare
        .post("/desk/login", &[("name", "edith"), ("password", PASSWORD)])
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("did not send back the cookie"), "{page}");
    assert_eq!(app.json("/api/v1/events").await["events"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn an_analyst_reads_and_enters_nothing() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    account(&db, "anna", Role::Analyst).await;
    let app = start(db).await;
    let mut anna = Browser::of(&app);
    let desk = anna.sign_in("anna", PASSWORD).await;
    assert!(
        desk.contains("What was changed") && !desk.contains("/desk/events/new"),
        "{desk}"
    );
    let (status, _) = anna.get("/desk/events/new").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    anna.get("/desk").await;
    let (status, page) = anna.post("/desk/events", &bill_run()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("Your role reads"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_signed_out_or_its_account_disabled() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    for name in ["edith", "emil"] {
        account(&db, name, Role::Editor).await;
    }
    let location = db.location.clone();
    let app = start(db).await;
    let mut edith = Browser::of(&app);
    edith.sign_in("edith", PASSWORD).await;
    for minutes in [29, 58] {
        app.clock.set(MONDAY_NINE + minutes * 60_000);
        let (_, desk) = edith.get("/desk").await;
        assert!(
            desk.contains("<b>edith</b>"),
            "used after {minutes} minutes"
        );
    }
    let old = edith.cookie("__Host-desk").unwrap();
    let (status, _) = edith.post("/desk/logout", &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    edith.set_cookie("__Host-desk", &old);
    let (status, _) = edith.get("/desk/events/new").await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "the server has forgotten it"
    );

    let mut emil = Browser::of(&app);
    emil.sign_in("emil", PASSWORD).await;
    app.clock.set(MONDAY_NINE + 88 * 60_000);
    let (status, _) = emil.get("/desk/events/new").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "idle");
    emil.sign_in("emil", PASSWORD).await;
    let store = Store::open(&location).await.unwrap();
    let mut tx = store.begin_desk().await.unwrap();
    assert!(tx.disable_account("emil", MONDAY_NINE).await.unwrap());
    tx.commit().await.unwrap();
    let (status, _) = emil.get("/desk/events/new").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "disabled");
    let page = emil.sign_in("emil", PASSWORD).await;
    assert!(page.contains("Name or password is wrong"), "{page}");
    store.close().await;
    app.stop().await;
}

#[tokio::test]
async fn nobody_keeps_what_the_staff_sees() {
    let app = start(fresh_db(Kind::Sqlite).await.unwrap()).await;
    let answer = app.client.get(app.url("/desk")).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-frame-options"), "DENY");
    // Without this browsers hide the origin of the forms.
    assert_eq!(header("referrer-policy"), "same-origin");
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    let public = app.client.get(app.url("/events")).send().await.unwrap();
    assert_eq!(public.headers()["referrer-policy"], "no-referrer");
    assert!(public.headers().get("set-cookie").is_none());
    app.stop().await;
}

#[tokio::test]
async fn a_program_enters_an_event_with_a_token_once_however_often_it_sends_it() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    account(&db, "edith", Role::Editor).await;
    let store = Store::open(&db.location).await.unwrap();
    let mut tx = store.begin_desk().await.unwrap();
    let hash = token::hash("qls_secret");
    tx.add_staff_token(&hash, "edith", MONDAY_NINE)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let app = start(db).await;
    let send = async |token: &str, body: &Value| {
        let request = app.client.post(app.url("/api/v1/staff/events"));
        let answer = request.bearer_auth(token).json(body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    let mut body = json!({
        "id": "outage-7", "kind": "outage", "origin": "happened",
        "title": {"en": "Website down", "fr": "Site en panne"},
        "start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:30:00Z",
    });
    assert_eq!(send("qls_other", &body).await.0, 401);
    assert_eq!(send("qls_secret", &body).await.0, 201);
    assert_eq!(send("qls_secret", &body).await.0, 200, "again");
    body["kind"] = json!("other");
    assert_eq!(send("qls_secret", &body).await.0, 409);
    body["id"] = json!("outage-8");
    body["kind"] = json!("outrage");
    let (status, problem) = send("qls_secret", &body).await;
    assert_eq!(status, 422);
    assert_eq!(problem["faults"][0]["field"], "kind", "{problem}");
    body["note"] = json!("free text");
    assert_eq!(send("qls_secret", &body).await.0, 400, "unknown members");
    let events = app.json("/api/v1/events").await;
    assert_eq!(events["events"].as_array().unwrap().len(), 1);
    assert_eq!(events["events"][0]["state"], "running");
    let cancel = app
        .client
        .post(app.url("/api/v1/staff/events/outage-7/cancel"));
    let answer = cancel.bearer_auth("qls_secret").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    app.stop().await;
}
