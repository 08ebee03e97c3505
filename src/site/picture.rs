//! `/chart.svg` and `/chart.png`: the picture of a view of the history, to be used elsewhere.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Site;
use super::api;
use super::error::Error;
use super::headers::PICTURE_POLICY;
use super::history::{self, Sheet, View};
use super::page::{Visitor, answer};
use crate::charts::{self, Picture};

/// As wide as a page; 1.91 to 1 is what previews of links cut out.
const SIZE: (u32, u32) = (880, 460);

/// The picture as SVG, with its own light and dark colours.
pub async fn svg(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = view(&site, &visitor).await.and_then(|(picture, keep)| {
        let text = charts::svg(&picture).map_err(|error| Error::Failed(error.into()))?;
        let mut response = answer_with("image/svg+xml", text.into_bytes(), keep);
        let policy = HeaderValue::from_static(PICTURE_POLICY);
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
        Ok(response)
    });
    answer(&site, &visitor, result)
}

/// The picture as PNG.
pub async fn png(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = draw_png(&site, &visitor).await;
    answer(&site, &visitor, result)
}

async fn draw_png(site: &Site, visitor: &Visitor) -> Result<Response, Error> {
    let (picture, keep) = view(site, visitor).await?;
    // Compressing pixels takes milliseconds: not on a thread that answers others.
    let drawn = tokio::task::spawn_blocking(move || charts::png(&picture)).await;
    let drawn = drawn.map_err(|error| anyhow::Error::new(error).context("drawing a PNG"))?;
    let bytes = drawn.map_err(|error| Error::Failed(error.into()))?;
    Ok(answer_with("image/png", bytes, keep))
}

/// The picture, and how long caches may keep it.
async fn view(site: &Site, visitor: &Visitor) -> Result<(Picture, &'static str), Error> {
    let mut view = View::read(site, visitor).await?;
    let loaded = history::load(site, &mut view, visitor.lang).await?;
    let summary = history::summary_words(site, &loaded.main, (view.first, view.last), visitor.lang);
    let sheet = Sheet {
        size: SIZE,
        id: "chart",
        stands_alone: true,
    };
    let shown = loaded.shown(&view);
    let picture = history::picture(site, visitor, &view, (&shown, &summary), &sheet);
    Ok((picture, api::keep_for(site, view.span_ms(site).1)))
}

fn answer_with(kind: &'static str, bytes: Vec<u8>, keep: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
    ];
    (headers, bytes).into_response()
}
