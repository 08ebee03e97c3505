//! The files and their descriptions over made-up figures.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::site::fixture::{self, MadeUp};
use crate::site::{Site, router};

async fn get(path: &str) -> (StatusCode, String) {
    let site = Site::new(Arc::new(fixture::centre()), Arc::new(MadeUp::default()));
    let request = Request::get(path).header(header::HOST, "lines.example");
    let request = request.body(Body::empty()).expect("a request");
    let response = router(site).oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 50_000_000).await;
    let bytes = bytes.expect("a body");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

async fn json(path: &str) -> Value {
    let (status, text) = get(path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn bounds_and_marks_stand_in_columns_of_their_own() {
    let (status, text) = get("/data/2026/billing.csv").await;
    assert_eq!(status, StatusCode::OK);
    let mut lines = text.lines();
    let head = "date,line,measure,unit,value,n,mark,under,at_least";
    assert_eq!(lines.next(), Some(head));
    let ends = |end: &str| text.lines().any(|line| line.ends_with(end));
    assert!(ends(",,412,c,12.5,") && ends(",,412,x,,") && ends(",,412,closed,,"));
    assert!(lines.all(|line| line.split(',').nth(1) == Some("billing")));
}

#[tokio::test]
async fn every_file_is_in_the_catalogue_and_every_file_in_the_catalogue_is_there() {
    let catalogue = json("/data/catalog.jsonld").await;
    let text = catalogue.to_string();
    let addresses = text.split("\"http://lines.example/data/").skip(1);
    let addresses = addresses.filter_map(|rest| rest.split(['"', '#']).next());
    let mut files: Vec<&str> = addresses.filter(|own| own.contains('/')).collect();
    files.sort_unstable();
    files.dedup();
    let (_, page) = get("/data").await;
    let linked = page.matches("href=\"/data/20").count();
    assert_eq!(files.len(), linked, "{files:?}");
    assert!(files.contains(&"2026/centre.csv") && files.contains(&"2026/chat.json"));
    let first = files.first().expect("a file");
    assert_eq!(get(&format!("/data/{first}")).await.0, StatusCode::OK);
    let dataset = json("/data/dataset.jsonld").await;
    let block = page.split("<script type=\"application/ld+json\">").nth(1);
    let block = block.and_then(|rest| rest.split("</script>").next());
    let block: Value = serde_json::from_str(block.expect("a block")).expect("JSON");
    assert_eq!(block, dataset);
    assert_eq!(dataset["license"], fixture::centre().open_data.licence_link);
    assert_eq!(
        dataset["distribution"][0]["contentUrl"],
        "http://lines.example/data/all.csv.gz"
    );
}

#[tokio::test]
async fn without_a_key_the_page_says_so_and_nothing_is_signed() {
    let (_, page) = get("/data?lang=en").await;
    assert!(page.contains("The list is not signed"), "{page}");
    for path in ["/data/SHA256SUMS.sig", "/data/key.pem"] {
        let (status, problem) = get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(problem.contains("not signed"), "{problem}");
    }
    let (_, french) = get("/data?lang=fr").await;
    assert!(french.contains("Ce que disent les colonnes"));
}
