//! When to call, asked with limits, with a purpose, from a frame, a calendar or a program.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use rstest::rstest;

use super::{ask, fetch};

#[rstest]
// 14:32 is not within: any quiet time within is named, and whether it is better is said.
#[case("/?after=16:00&before=19:00", "Busy now. Better ")]
#[case(
    "/?after=16:00&before=19:00",
    "I can only call between 16:00 and 19:00"
)]
#[case(
    "/line/chat?after=17:00",
    "Good time to get in touch. <span class=\"rest\">After 17:00, best at 17:"
)]
#[case("/?before=10:00", "tomorrow at 9:")]
#[case(
    "/?after=20:00&lang=fr",
    "Pas ouvert après 20\u{a0}h dans les deux semaines à venir."
)]
#[case("/line/leaks?after=16:30", "After 16:30, best at ")]
#[tokio::test]
async fn whoever_can_call_at_some_times_only_is_told_of_those(
    #[case] path: &str,
    #[case] words: &str,
) {
    let (status, page) = fetch(path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(words), "{words}: {page}");
}

#[tokio::test]
async fn the_part_that_changes_keeps_limits_and_purpose_but_not_the_form() {
    let (_, page) = fetch("/?purpose=bill&after=16:00").await;
    let address = "/fragment/now?line=billing&#38;after=16:00&#38;purpose=bill";
    assert!(page.contains(address), "{page}");
    assert!(page.contains("<form"));
    let (status, part) = fetch(&address.replace("&#38;", "&")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(part.contains("It is about my bill"), "{part}");
    assert!(!part.contains("<form"), "somebody may be filling it in");
}

#[tokio::test]
async fn a_purpose_leads_to_its_line_or_to_the_quicker_way() {
    let (_, page) = fetch("/?purpose=move").await;
    assert!(page.contains("Closed. Opens Monday 8:00."), "{page}");
    assert!(page.contains("aria-current=\"true\">I am moving"));
    let (_, page) = fetch("/?purpose=pay").await;
    let online = page.find("https://water.example/pay").expect("a link");
    let call = page.find("tel:").expect("a button");
    assert!(online < call, "the quicker way comes first");
    let (_, page) = fetch("/").await;
    assert!(page.contains("href=\"/?purpose=bill\""), "{page}");
}

#[tokio::test]
async fn only_the_embed_may_be_framed_and_it_names_a_window() {
    let request = Request::get("/embed/now?line=billing");
    let response = ask(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert!(!headers.contains_key(header::X_FRAME_OPTIONS));
    let policy = headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .expect("text");
    assert!(policy.contains("frame-ancestors *") && !policy.contains("script-src"));
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=5");
    let (_, page) = fetch("/embed/now?line=billing").await;
    assert!(
        page.contains("Busy now. Better at 16:30, until 18:00."),
        "{page}"
    );
    assert!(page.contains("16:30–18:00") && page.contains("Sample data"));
    assert!(!page.contains("<script") && !page.contains("<nav"));
    for path in ["/", "/line/billing", "/embed/later"] {
        let response = ask(Request::get(path).body(Body::empty()).expect("a request")).await;
        assert_eq!(
            response.headers()[header::X_FRAME_OPTIONS],
            "DENY",
            "{path}"
        );
    }
    let (status, page) = fetch("/embed/now?line=nobody&lang=fr").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        page.contains("class=\"embed\"") && !page.contains("<nav"),
        "{page}"
    );
}

#[tokio::test]
async fn the_pages_of_any_site_may_read_what_is_for_programs() {
    for (path, is_open) in [
        ("/.well-known/contact-wait.json", true),
        ("/api/v1/series", true),
        ("/api/v1/series?line=nobody", true),
        ("/now.txt", true),
        ("/openapi.json", true),
        ("/", false),
    ] {
        let response = ask(Request::get(path).body(Body::empty()).expect("a request")).await;
        let allowed = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(
            allowed.is_some_and(|origin| origin == "*"),
            is_open,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_calendar_of_quiet_times_is_the_same_until_something_changes() {
    let path = "/quiet.ics?line=billing";
    let first = ask(Request::get(path).body(Body::empty()).expect("a request")).await;
    let tag = first.headers()[header::ETAG].clone();
    assert_eq!(
        first.headers()[header::CONTENT_TYPE],
        "text/calendar; charset=utf-8"
    );
    let again = Request::get(path).header(header::IF_NONE_MATCH, tag);
    let again = ask(again.body(Body::empty()).expect("a request")).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let (_, text) = fetch(path).await;
    let text = text.replace("\r\n ", "");
    assert!(
        text.contains("\r\nX-WR-TIMEZONE:Europe/Paris\r\n"),
        "{text}"
    );
    assert!(text.contains("\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n"));
    let mut uids: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("UID:"))
        .collect();
    assert!(uids.len() >= 10, "{text}");
    let all = uids.len();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), all);
    // Thursday, from 9:30 local time on, is quiet in the made-up week; 8:30 UTC in winter.
    assert!(
        text.contains("SUMMARY:Quiet: Northwater\\, Bills and payments ("),
        "{text}"
    );
}
