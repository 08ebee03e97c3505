//! The pages and the list for programs, over made-up figures.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use jiff::ToSpan;
use jiff::civil::date;
use serde_json::Value;
use tower::ServiceExt;

use crate::domain::centre::{Centre, ServiceChange, ServiceLevel};
use crate::domain::testing;
use crate::site::fixture::{self, MadeUp};
use crate::site::{Site, router};

async fn fetch(path: &str) -> (StatusCode, String) {
    fetch_of(fixture::centre(), path).await
}

async fn fetch_of(centre: Centre, path: &str) -> (StatusCode, String) {
    let site = Site::new(Arc::new(centre), Arc::new(MadeUp::default()));
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router(site).oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 10_000_000)
        .await
        .expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

fn place(page: &str, words: &str) -> usize {
    page.find(words)
        .unwrap_or_else(|| panic!("{words}: {page}"))
}

#[tokio::test]
async fn actions_stand_by_state_the_overdue_first_and_nobody_is_named() {
    let (status, page) = fetch("/actions?lang=en").await;
    assert_eq!(status, StatusCode::OK);
    let places = [
        "More people",
        "Shorter menu",
        "Clearer &#60;b&#62;bills",
        "Music",
    ];
    let places = places.map(|title| place(&page, title));
    assert!(places.is_sorted(), "{places:?}");
    assert!(place(&page, "<h2>Overdue") < places[0], "{page}");
    assert!(
        !page.contains("olive.officer"),
        "accounts are the staff's own"
    );
    assert!(!page.contains("<b>bills</b>"), "escaped");
    let (_, french) = fetch("/actions?lang=fr").await;
    assert!(french.contains("En retard"), "{french}");
}

#[tokio::test]
async fn the_page_of_an_action_says_what_was_registered_and_what_came_of_it() {
    let (status, page) = fetch("/actions/a-1?lang=en").await;
    assert_eq!(status, StatusCode::OK);
    for words in [
        "a fall of 3.0\u{a0}percentage points",
        "show the same on every day",
        "<svg",
        "settling",
        "The idea was received: Monday 4 May 2026",
        "registered by an officer",
        "href=\"/method?lang=en#abandonment\"",
        "Head of &#60;billing&#62;",
    ] {
        place(&page, words);
    }
    let (_, early) = fetch("/actions/a-2?lang=en").await;
    place(&early, "Too early to say");
    assert!(!early.contains("95% interval runs"), "nobody peeks");
    let (_, withdrawn) = fetch("/actions/a-4?lang=en").await;
    place(&withdrawn, "No &#60;money&#62;");
    place(&withdrawn, "It was withdrawn before it started.");
    let (status, _) = fetch("/actions/a-9").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_threshold_that_changed_meanwhile_is_another_possible_cause() {
    let mut centre = fixture::centre();
    let moving = centre.lines.iter_mut().find(|line| line.id == "moving");
    let moving = moving.expect("the comparison");
    let start = date(2026, 11, 20).saturating_sub(60.days());
    for (after, short_abandon_secs) in [(-400_i64, 6), (3, 7)] {
        moving.changes.push(ServiceChange {
            valid_from: start.saturating_add(after.days()),
            service: ServiceLevel {
                short_abandon_secs,
                ..moving.service.clone()
            },
            reason: testing::text("Shorter greeting"),
        });
    }
    let title = "the figure is read by another threshold";
    let (_, page) = fetch_of(centre, "/actions/a-1?lang=en").await;
    assert_eq!(page.matches(title).count(), 1, "{page}");
    let (_, page) = fetch("/actions/a-1?lang=en").await;
    assert!(!page.contains(title), "the control");
}

#[tokio::test]
async fn an_owner_has_a_page_of_promises_and_verdicts() {
    let (status, page) = fetch("/actions?owner=Head+of+%3Cbilling%3E&lang=en").await;
    assert_eq!(status, StatusCode::OK);
    place(&page, "Actions of Head of &#60;billing&#62;");
    place(&page, "Kept in time");
    let (status, page) = fetch("/actions?owner=Nobody&lang=en").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    place(&page, "Head of &#60;billing&#62;");
}

#[tokio::test]
async fn programs_read_the_same_verdicts() {
    let (status, body) = fetch("/api/v1/actions").await;
    assert_eq!(status, StatusCode::OK);
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let actions = body["actions"].as_array().expect("a list");
    let of =
        |member: &str| -> Vec<Value> { actions.iter().map(|own| own[member].clone()).collect() };
    assert_eq!(of("state"), ["done", "overdue", "registered", "withdrawn"]);
    assert_eq!(actions[1]["verdict"], "too_early");
    assert_eq!(actions[3]["verdict"], Value::Null);
    assert_eq!(actions[3]["why"], "withdrawn_before_its_start");
    // The made-up figures are the same on every line.
    assert_eq!(actions[0]["verdict"], "not_enough_data");
    assert_eq!(actions[0]["why"], "same_segment");
    let (_, one) = fetch("/api/v1/actions?state=overdue").await;
    let one: Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!(one["actions"].as_array().expect("a list").len(), 1);
}
