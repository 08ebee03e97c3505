//! The pages as visitors and programs receive them, over made-up figures.

mod advice;
mod events;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use rstest::rstest;
use tower::ServiceExt;

use super::fixture::{self, MadeUp};
use super::{Site, router};

fn site() -> axum::Router {
    router(Site::new(
        Arc::new(fixture::centre()),
        Arc::new(MadeUp::default()),
    ))
}

async fn ask(request: Request<Body>) -> Response {
    site()
        .oneshot(request)
        .await
        .expect("the router never fails")
}

async fn fetch(path: &str) -> (StatusCode, String) {
    let response = ask(Request::get(path).body(Body::empty()).expect("a request")).await;
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 10_000_000)
        .await
        .expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

#[tokio::test]
async fn the_first_thing_a_visitor_reads_is_whether_to_call() {
    let (status, page) = fetch("/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Busy now. Better at "), "{page}");
    assert!(page.contains("10–20\u{a0}min"));
    assert!(
        page.contains("/remind.ics?line=billing&#38;at=")
            || page.contains("/remind.ics?line=billing&amp;at=")
    );
    assert!(page.contains("Sample data"));
}

#[rstest]
#[case("/?lang=fr", "Forte attente. Mieux à")]
#[case("/line/moving?lang=fr", "Fermé. Ouvre lundi à 8\u{a0}h.")]
#[case(
    "/?line=leaks",
    "No live data since 14:10. <span class=\"rest\">Usually 5–15\u{a0}min at this hour."
)]
#[case("/?line=chat", "Good time to get in touch.")]
#[tokio::test]
async fn each_state_is_said_in_words(#[case] path: &str, #[case] words: &str) {
    let (status, page) = fetch(path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(words), "{page}");
}

#[rstest]
#[case("/")]
#[case("/line/billing")]
#[case("/?after=16:00&before=19:00")]
#[case("/?after=22:00&before=6:00")]
#[case("/?purpose=pay")]
#[case("/history?measure=wait_median&range=1y&overlay=mean7,band,xmr&compare=last_year&as=percent")]
#[case("/history?range=1d&measure=wait_median&kind=box")]
#[case("/verify")]
#[case("/editions")]
#[case("/actions")]
#[case("/method")]
#[case("/events")]
#[case("/performance")]
#[case("/performance?period=month&line=billing")]
#[case("/no/such/page")]
#[tokio::test]
async fn no_page_needs_inline_script_or_style(#[case] path: &str) {
    for lang in ["en", "fr"] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (_, page) = fetch(&format!("{path}{joint}lang={lang}")).await;
        assert!(page.contains(&format!("<html lang=\"{lang}\">")));
        assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("onclick"));
        assert!(
            !page.contains("/desk"),
            "a link to a page that is not there"
        );
        assert!(page.contains("hreflang="));
    }
}

#[rstest]
#[case("/history?range=decade", "range")]
#[case("/performance?period=decade", "period")]
#[case("/performance?from=yesterday", "from")]
#[case("/performance?from=2026-11-20&to=2026-11-01", "from")]
#[case("/performance?line=nowhere", "line")]
#[case("/history?end=yesterday", "end")]
#[case("/history?from=2026-11-20&until=2026-11-01", "from")]
#[case("/history?from=1900-01-01&until=2199-12-31", "from")]
#[case("/history?from=-009999-01-01", "from")]
#[case("/history?until=12026-01-01", "until")]
#[case("/history?grain=fortnight", "grain")]
#[case("/history?grain=interval&range=max", "grain")]
#[case("/history?kind=pie", "kind")]
#[case("/history?compare=line:nobody", "compare")]
#[case("/history?line=billing&compare=line:billing", "compare")]
#[case("/history?compare=tomorrow", "compare")]
#[case("/history?overlay=mean7,mean8", "overlay")]
#[case("/history?volume=wait_median", "volume")]
#[case("/history?volume=nothing", "volume")]
#[case("/history?as=index", "as")]
#[case("/history?hours=night", "hours")]
#[case("/history?zone=mars", "zone")]
#[case("/chart.svg?measure=%3Cscript%3Ealert(1)%3C/script%3E", "measure")]
#[case("/history?line=nobody", "line")]
#[case("/history?measure=composite_score", "measure")]
#[case("/remind.ics?line=billing&at=1999-01-01T00:00:00Z", "at")]
#[case("/?line=nobody", "line")]
#[case("/?after=late", "after")]
#[case("/line/billing?before=25:00", "before")]
#[case("/?after=16:10&before=16:20", "after")]
#[case("/?purpose=world-peace", "purpose")]
#[case("/quiet.ics?line=nobody", "line")]
#[case("/quiet.ics", "line")]
#[tokio::test]
async fn a_mistyped_address_is_answered_with_the_remedy(#[case] path: &str, #[case] name: &str) {
    let (status, page) = fetch(path).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains(&format!("<code>{name}</code>")), "{page}");
    assert!(page.starts_with("<!doctype html>"));
}

#[rstest]
#[case("/line/nobody")]
#[case("/line/nobody?lang=fr")]
#[case("/history?range=decade")]
#[case("/history?line=nobody&lang=fr")]
#[case("/nowhere")]
#[tokio::test]
async fn an_error_page_says_nothing_twice(#[case] path: &str) {
    let (_, page) = fetch(path).await;
    let (_, page) = page.split_once("<main").expect("a page");
    let (page, _) = page.split_once("</main>").expect("a page");
    let mut sentences: Vec<&str> = page
        .split(['<', '>', '.', ':'])
        .map(str::trim)
        .filter(|text| text.contains(' ') && !text.contains('='))
        .collect();
    let all = sentences.len();
    assert!(all >= 3, "title, text and a way on: {page}");
    sentences.sort_unstable();
    sentences.dedup();
    assert_eq!(sentences.len(), all, "{page}");
}

#[rstest]
#[case("/method", "On this page")]
#[case("/method?lang=fr", "Sur cette page")]
#[tokio::test]
async fn the_method_page_leads_to_each_definition(#[case] path: &str, #[case] name: &str) {
    let (_, page) = fetch(path).await;
    let start = format!("<nav class=\"contents\" aria-label=\"{name}\">");
    let (_, contents) = page.split_once(&start).expect("a table of contents");
    let (contents, _) = contents.split_once("</nav>").expect("its end");
    let targets: Vec<&str> = contents
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let definitions = page.matches("class=\"definition\"").count();
    assert!(definitions > 1, "{page}");
    assert_eq!(targets.len(), definitions + 10, "and to each section");
    for target in targets {
        let places = page.matches(&format!("id=\"{target}\"")).count();
        assert_eq!(places, 1, "{target}");
    }
}

#[rstest]
#[case("line=nobody", "line")]
#[case("measure=x", "measure")]
#[case("grain=fortnight", "grain")]
#[case("format=xml", "format")]
#[case("from=soon", "from")]
#[case("from=2026-02-01&to=2026-01-01", "from")]
#[case("grain=interval&from=2020-01-01", "from")]
#[case("from=-9999-01-01&to=9999-12-31", "from")]
#[tokio::test]
async fn a_program_gets_a_problem_document(#[case] query: &str, #[case] name: &str) {
    let (status, body) = fetch(&format!("/api/v1/series?{query}")).await;
    let problem: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(problem["parameter"], name);
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.len() > 20)
    );
}

#[rstest]
#[case("/api/v1/series?mesure=answered", "mesure", "Did you mean measure?")]
#[case(
    "/api/v1/series?foo=1",
    "foo",
    "These exist: line, measure, cause, channel, site, grain, from, to, compare, overlay, format, lang."
)]
#[case("/api/v1/series?line=billing&line=moving", "line", "given twice")]
#[case("/api/v1/series?line=billing&l%69ne=moving", "line", "given twice")]
#[case("/api/v1/week?lines=billing", "lines", "Did you mean line?")]
#[case("/api/v1/week?line=billing&line=billing", "line", "given twice")]
#[tokio::test]
async fn a_program_is_told_of_parameters_that_do_not_exist_or_stand_there_twice(
    #[case] path: &str,
    #[case] name: &str,
    #[case] says: &str,
) {
    let (status, body) = fetch(path).await;
    let problem: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(problem["parameter"], name);
    let detail = problem["detail"].as_str().expect("a sentence");
    assert!(detail.contains(says), "{detail}");
}

#[rstest]
#[case("/")]
#[case("/line/billing")]
#[case("/history")]
#[case("/method")]
#[tokio::test]
async fn links_to_pages_work_whatever_is_added_to_them(#[case] path: &str) {
    let added = "utm_source=letter&utm_source=again&fbclid=1&&=";
    let (status, page) = fetch(&format!("{path}?{added}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.starts_with("<!doctype html>"), "{page}");
}

#[tokio::test]
async fn a_series_is_answered_as_the_contract_says() {
    let query = "line=billing&measure=attempts&grain=day&from=2026-11-01&to=2026-11-08";
    let (status, body) = fetch(&format!("/api/v1/series?{query}")).await;
    assert_eq!(status, StatusCode::OK);
    let series: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(series["zone"], "Europe/Paris");
    assert_eq!(series["definition"]["id"], "attempts");
    assert_eq!(series["points"].as_array().map(Vec::len), Some(7));
    assert_eq!(
        series["points"][0]["start"], "2026-10-31T23:00:00Z",
        "midnight in Paris"
    );
    assert_eq!(series["points"][0]["mark"], "closed", "a Sunday");
    let (_, csv) = fetch(&format!("/api/v1/series?{query}&format=csv")).await;
    assert!(
        csv.starts_with("start,value,n,mark,under,at_least\n2026-10-31T23:00:00Z,,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 8);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    for path in [
        "/",
        "/api/v1/series",
        "/nowhere",
        "/assets/nothing.js",
        "/favicon.svg",
        "/now.txt",
        "/events",
        "/events.ics",
    ] {
        let response = ask(Request::get(path).body(Body::empty()).expect("a request")).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(
            response.headers()[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff"
        );
    }
}

#[tokio::test]
async fn the_language_is_negotiated_and_said_to_vary() {
    let request = Request::get("/").header(header::ACCEPT_LANGUAGE, "fr-BE, en;q=0.5");
    let response = ask(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(
        response.headers()[header::VARY],
        "accept-language, accept-encoding"
    );
    let bytes = to_bytes(response.into_body(), 10_000_000)
        .await
        .expect("a body");
    let page = String::from_utf8_lossy(&bytes);
    assert!(page.contains("<html lang=\"fr\">"));
    assert!(
        !page.contains("/history?lang="),
        "a language that was not asked for is not pinned"
    );
}

#[tokio::test]
async fn a_head_request_has_no_body_and_a_wrong_method_is_told_so() {
    let response = ask(Request::head("/api/v1/series")
        .body(Body::empty())
        .expect("a request"))
    .await;
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = to_bytes(response.into_body(), 10).await.expect("a body");
    assert!(bytes.is_empty());
    let response = ask(Request::post("/").body(Body::empty()).expect("a request")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn before_the_first_frame_the_page_says_so() {
    let figures = MadeUp {
        now: None,
        ..MadeUp::default()
    };
    let site = router(Site::new(Arc::new(fixture::centre()), Arc::new(figures)));
    for (path, status) in [
        ("/", 503),
        ("/readyz", 503),
        ("/healthz", 200),
        ("/method", 200),
    ] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = site.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status().as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn the_spoken_form_names_a_window() {
    let (_, text) = fetch("/now.txt?line=billing").await;
    assert_eq!(
        text,
        "Bills and payments: Busy now. Better at 16:30, until 18:00.\n"
    );
    let (_, all) = fetch("/now.txt?lang=fr").await;
    assert_eq!(all.lines().count(), 4);
}

#[tokio::test]
async fn the_first_view_is_small() {
    let mut total = 0;
    let (_, page) = fetch("/").await;
    let mut parts = vec!["/".to_owned()];
    for (start, end) in [
        ("rel=\"stylesheet\" href=\"", "\""),
        ("type=\"module\" src=\"", "\""),
    ] {
        if let Some(rest) = page.split(start).nth(1) {
            parts.push(rest.split(end).next().expect("an address").to_owned());
        }
    }
    for part in parts {
        let request = Request::get(&part).header(header::ACCEPT_ENCODING, "gzip");
        let response = ask(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(
            response.headers()[header::CONTENT_ENCODING],
            "gzip",
            "{part}"
        );
        let bytes = to_bytes(response.into_body(), 1_000_000)
            .await
            .expect("a body");
        println!("{part}: {} bytes compressed", bytes.len());
        total += bytes.len();
    }
    assert!(total <= 30_000, "{total} bytes");
}

#[tokio::test]
async fn the_forecast_and_its_report_card_are_public() {
    let (status, body) = fetch("/api/v1/forecast?line=billing").await;
    assert_eq!(status, StatusCode::OK);
    let forecast: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(forecast["slots"][0]["contacts"]["high"], 300.0);
    assert_eq!(forecast["slots"][0]["wait_secs"], serde_json::Value::Null);
    let (_, body) = fetch("/api/v1/forecast/score").await;
    let scores: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let waits = &scores["lines"][0]["on_the_day"]["waits_secs"];
    assert_eq!(
        (&waits["coverage"], &waits["cases_about"]),
        (&0.8.into(), &40.into())
    );
    assert_eq!(
        scores["lines"][0]["when_calling"]["waits_secs"],
        serde_json::Value::Null
    );
    let (_, page) = fetch("/method").await;
    for words in [
        "How good our forecasts were",
        "80%",
        "last-week",
        "is used",
        "Advice to call later",
        "the rule was better",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let (status, _) = fetch("/api/v1/forecast?line=nobody").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = fetch("/api/v1/forecast?line=moving").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "not made yet");
    let (_, page) = fetch("/?line=billing").await;
    assert!(page.contains("right 8 times out of 10"), "{page}");
}
