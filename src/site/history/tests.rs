//! The history as visitors and programs receive it, over made-up figures.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use rstest::rstest;
use serde_json::Value;
use tower::ServiceExt;

use crate::site::fixture::{self, MadeUp};
use crate::site::{Site, router};

async fn get(path: &str) -> (StatusCode, HeaderMap, String) {
    let site = Site::new(Arc::new(fixture::centre()), Arc::new(MadeUp::default()));
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router(site).oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 10_000_000).await.expect("a body");
    (
        parts.status,
        parts.headers,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

async fn fetch(path: &str) -> (StatusCode, String) {
    let (status, _, body) = get(path).await;
    (status, body)
}

fn data_of(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"history-data\">")
        .expect("the data block");
    let (block, _) = rest.split_once("</script>").expect("its end");
    serde_json::from_str(block).expect("JSON")
}

fn count(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

#[tokio::test]
async fn the_page_hands_its_script_what_it_shows() {
    let path = "/history?line=billing&measure=wait_median&range=1w&grain=hour&compare=line:chat&overlay=band";
    let (status, page) = fetch(path).await;
    assert_eq!(status, StatusCode::OK);
    let data = data_of(&page);
    let view = &data["view"];
    assert_eq!(
        (&view["grain"], &view["volume"]),
        (&"hour".into(), &"attempts".into())
    );
    assert_eq!(
        (&view["hours"], &view["kind"]),
        (&"open".into(), &"line".into())
    );
    assert_eq!(view["from"], "2026-11-14");
    let points = count(&data["series"]["columns"]["value"]);
    assert!(points > 100);
    assert_eq!(count(&data["volume"]["columns"]["start"]), points);
    assert_eq!(
        count(&data["series"]["compare"]["columns"]["start"]),
        points
    );
    assert_eq!(count(&data["series"]["compare"]["change"]), points);
    assert_eq!(count(&data["series"]["overlays"]["band"]["low"]), points);
    assert!(
        count(&data["overview"]["columns"]["value"]) > 100,
        "two years of weeks"
    );
    assert!(page.contains("property=\"og:image\" content=\"/chart.png?"));
}

#[tokio::test]
async fn a_box_is_drawn_for_waits_and_bars_for_counts() {
    let (_, page) = fetch("/history?measure=wait_p90&kind=box&range=1w&grain=day").await;
    let data = data_of(&page);
    assert_eq!(data["view"]["kind"], "box");
    assert_eq!(
        data["view"]["measure"], "wait_median",
        "the middle of the box"
    );
    assert!(data["box"]["max"]["columns"]["value"].is_array());
    let (_, page) = fetch("/history?measure=attempts&kind=box").await;
    assert_eq!(data_of(&page)["view"]["kind"], "bars");
}

#[rstest]
#[case("/history?from=1999-01-01&until=1999-02-01", "before the first data")]
#[case("/history?from=2030-01-01&until=2030-02-01", "after the last data")]
#[case("/history?overlay=xmr&range=1w", "drawn for points by week")]
#[case("/history?compare=target", "No target is set")]
#[case("/history?measure=service_level&compare=target", "The target is 80.0%")]
#[tokio::test]
async fn what_cannot_be_shown_is_said(#[case] path: &str, #[case] says: &str) {
    let (status, page) = fetch(path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(says), "{page}");
}

#[tokio::test]
async fn the_day_after_the_last_is_understood_as_in_the_api() {
    let (_, until) = fetch("/history?from=2026-10-05&until=2026-10-18").await;
    let (_, to) = fetch("/history?from=2026-10-05&to=2026-10-19").await;
    assert_eq!(data_of(&until)["view"], data_of(&to)["view"]);
    assert_eq!(data_of(&to)["view"]["until"], "2026-10-18");
}

#[tokio::test]
async fn a_script_in_a_parameter_stays_text() {
    let script = "%3Cscript%3Ealert(1)%3C/script%3E";
    for name in [
        "line", "measure", "range", "compare", "overlay", "from", "kind", "volume",
    ] {
        let (status, page) = fetch(&format!("/history?{name}={script}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(!page.contains("<script>alert"), "{name}");
    }
    let (_, page) = fetch(&format!("/history?utm={script}")).await;
    assert!(!page.contains("<script>alert"));
}

#[tokio::test]
async fn additions_to_a_series_come_in_every_form() {
    let query = "line=billing&measure=attempts&grain=day&from=2026-10-05&to=2026-10-19\
                 &compare=before&overlay=mean7,band";
    let (_, body) = fetch(&format!("/api/v1/series?{query}")).await;
    let series: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(series["compare"]["kind"], "before");
    assert_eq!(
        series["compare"]["points"][0]["start"],
        "2026-09-20T22:00:00Z"
    );
    assert_eq!(count(&series["compare"]["points"]), 14);
    let text = series["summary"]["text"].as_str().expect("words");
    assert!(
        text.contains("on the same weekdays (21 September – 4 October 2026)"),
        "{text}"
    );
    let (_, csv) = fetch(&format!("/api/v1/series?{query}&format=csv")).await;
    let head = "start,value,n,mark,under,at_least,compare_start,compare_value,compare_n,\
                compare_mark,mean7,band_low,band_high\n";
    assert!(csv.starts_with(head), "{csv}");
    assert!(csv.lines().all(|line| line.matches(',').count() == 12));
    let (_, french) = fetch(&format!("/api/v1/series?{query}&lang=fr")).await;
    assert!(french.contains("la période précédente"));
}

#[tokio::test]
async fn closed_periods_keep_for_a_day() {
    for (query, keeps) in [
        ("from=2026-11-01&to=2026-11-20", "public, max-age=86400"),
        ("from=2026-11-01&to=2026-11-21", "public, max-age=5"),
    ] {
        let (_, headers, _) = get(&format!("/api/v1/series?{query}")).await;
        assert_eq!(headers[header::CACHE_CONTROL], keeps);
        assert!(headers.contains_key(header::ETAG));
    }
}

#[tokio::test]
async fn csv_leads_to_what_its_columns_mean() {
    let (_, headers, _) = get("/api/v1/series?format=csv&overlay=mean7").await;
    let link = headers[header::LINK].to_str().expect("text");
    let address = link
        .trim_start_matches('<')
        .split('>')
        .next()
        .expect("an address");
    let (status, body) = fetch(address).await;
    assert_eq!(status, StatusCode::OK);
    let metadata: Value = serde_json::from_str(&body).expect("JSON");
    let columns = metadata["tableSchema"]["columns"]
        .as_array()
        .expect("columns");
    let names: Vec<&str> = columns
        .iter()
        .filter_map(|column| column["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["start", "value", "n", "mark", "under", "at_least", "mean7"]
    );
}

#[tokio::test]
async fn pictures_take_the_parameters_of_the_page() {
    let query = "measure=wait_median&range=1w&compare=before&overlay=band&as=percent&hours=all";
    let (status, picture) = fetch(&format!("/chart.svg?{query}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(picture.starts_with("<svg ") && picture.contains("in percent of the comparison"));
    assert!(
        picture.contains("Contact attempts"),
        "the lower pane is in the picture"
    );
}
