//! `/verify`: the reader's own browser checks the public record.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Site;
use super::error::Error;
use super::page::{Page, Visitor, answer, html};

#[derive(Template)]
#[template(path = "verify.html")]
struct Verify {
    page: Page,
    script: Option<String>,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = compose(&site, &visitor);
    answer(&site, &visitor, result)
}

fn compose(site: &Site, visitor: &Visitor) -> Result<Response, Error> {
    let words = visitor.words();
    html(&Verify {
        page: Page::new(site, visitor, words.verify.title),
        script: site.assets().verify_script.clone(),
    })
}
