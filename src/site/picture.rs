//! `/chart.svg` and `/chart.png`: the picture of a view of the history, to be used elsewhere.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::error::Error;
use super::headers::PICTURE_POLICY;
use super::page::{Visitor, answer};
use super::{Site, history, history_view};
use crate::charts::{self, Options};
use crate::domain::published::Series;

const SIZE: (u32, u32) = (880, 420);

/// The picture as SVG, with its own light and dark colours.
pub async fn svg(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = view(&site, &visitor).await.and_then(|(series, options)| {
        let text = charts::svg(&series, &options).map_err(|error| Error::Failed(error.into()))?;
        let mut response = picture("image/svg+xml", text.into_bytes());
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
    let (series, options) = view(site, visitor).await?;
    // Compressing pixels takes milliseconds: not on a thread that answers others.
    let drawn = tokio::task::spawn_blocking(move || charts::png(&series, &options)).await;
    let drawn = drawn.map_err(|error| anyhow::Error::new(error).context("drawing a PNG"))?;
    let bytes = drawn.map_err(|error| Error::Failed(error.into()))?;
    Ok(picture("image/png", bytes))
}

async fn view(site: &Site, visitor: &Visitor) -> Result<(Series, Options), Error> {
    let mut view = history::read(site, visitor)?;
    let series = history::load(site, &mut view).await?;
    let mut options = history_view::options(site, visitor, &view, &series, SIZE, "chart");
    options.stands_alone = true;
    Ok((series, options))
}

fn picture(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=60"),
        ),
    ];
    (headers, bytes).into_response()
}
