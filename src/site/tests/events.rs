//! Known events: page, list and calendar over made-up figures.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use super::{ask, fetch};

#[tokio::test]
async fn the_page_lists_what_runs_comes_and_is_over_and_keeps_what_was_cancelled() {
    let (status, page) = fetch("/events?lang=en").await;
    assert_eq!(status, StatusCode::OK);
    let place = |words: &str| {
        page.find(words)
            .unwrap_or_else(|| panic!("{words}: {page}"))
    };
    let order = [
        "Autumn bills",
        "New prices",
        "Website &#60;down&#62;",
        "Never sent",
        "cancelled on",
    ];
    let places = order.map(place);
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("entered by an editor") && !page.contains("ada.lovelace"));
}

#[tokio::test]
async fn programs_read_the_same_and_are_told_what_came() {
    let (status, body) = fetch("/api/v1/events?line=billing").await;
    assert_eq!(status, StatusCode::OK);
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let stands: Vec<&str> = body["events"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|event| event["state"].as_str())
        .collect();
    assert_eq!(stands, ["past", "running", "coming", "cancelled"]);
    assert_eq!(body["events"][0]["compared"][0]["basis"], "four_weeks");
    let (_, other) = fetch("/api/v1/events?line=chat").await;
    assert!(other.contains("\"events\":[]"), "{other}");
    let (status, _) = fetch("/api/v1/events?lime=chat").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_calendar_holds_what_is_ahead_and_is_sent_once() {
    let request = |tag: Option<&str>| {
        let request = Request::get("/events.ics?lang=fr");
        let request = match tag {
            Some(tag) => request.header(header::IF_NONE_MATCH, tag),
            None => request,
        };
        request.body(Body::empty()).expect("a request")
    };
    let first = ask(request(None)).await;
    let tag = first.headers()[header::ETAG]
        .to_str()
        .expect("text")
        .to_owned();
    let (_, text) = fetch("/events.ics?lang=fr").await;
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 2, "{text}");
    assert!(
        text.contains("SUMMARY:Autumn bills (envoi de factures)"),
        "{text}"
    );
    let again = ask(request(Some(&tag))).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn events_are_flags_on_the_charts_of_their_lines_unless_they_are_cancelled() {
    let range = "from=2026-11-01&until=2026-11-30";
    let (_, page) = fetch(&format!("/history?line=billing&{range}&lang=en")).await;
    for words in [
        "Autumn bills <span class=\"soft\">(bill run)",
        "(price change)",
        "(outage)",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Never sent"));
    let (_, other) = fetch(&format!("/history?line=chat&{range}")).await;
    assert!(!other.contains("Autumn bills"));
}
