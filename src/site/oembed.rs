//! `/oembed`: editors that are given a link to a line show its verdict in a frame (oEmbed 1.0).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::Site;
use super::api::{AN_HOUR, tagged};
use super::badge::escaped;
use super::error::{Error, Why};
use super::page::{Visitor, absolute, encoded};

/// What it is asked for.
pub static PARAMETERS: [&str; 5] = ["url", "format", "maxwidth", "maxheight", "lang"];
/// Size of the frame that `/embed/now` is made for.
const SIZE: (u32, u32) = (300, 150);

/// The description of the frame.
pub async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&PARAMETERS)?;
    let format = visitor.parameter("format");
    if format.is_some_and(|format| format != "json") {
        return Err(Error::BadParameter {
            name: "format",
            why: Why::NotOneOfThese,
            known: vec!["json".to_owned()],
        });
    }
    let line = read_line(&site, &visitor, &headers)?;
    let (width, height) = (
        fit(&visitor, "maxwidth", SIZE.0)?,
        fit(&visitor, "maxheight", SIZE.1)?,
    );
    let mut address = absolute(&headers, "/embed/now");
    let mut title = site
        .centre()
        .name
        .in_language(visitor.lang.code())
        .to_owned();
    if let Some(line) = &line {
        address = format!("{address}?line={}", encoded(line));
        let name = site.line_name(line, visitor.lang).unwrap_or(line);
        title = format!("{title}: {name}");
    }
    let html = format!(
        "<iframe src=\"{}\" width=\"{width}\" height=\"{height}\" title=\"{}\"></iframe>",
        escaped(&address),
        escaped(&title)
    );
    let body = json!({
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": site.centre().name.in_language(visitor.lang.code()),
        "provider_url": absolute(&headers, "/"),
        "cache_age": 3_600,
        "html": html,
        "width": width,
        "height": height,
    });
    Ok(tagged(
        body.to_string(),
        "application/json",
        AN_HOUR,
        &headers,
    ))
}

/// The line of the address that is to be shown; none lets the frame choose.
fn read_line(site: &Site, visitor: &Visitor, headers: &HeaderMap) -> Result<Option<String>, Error> {
    let unknown = || Error::NoSuchFile {
        known: ["/", "/line/{id}", "/embed/now?line={id}"]
            .map(str::to_owned)
            .into(),
    };
    let asked = visitor.parameter("url").ok_or_else(unknown)?;
    let host = absolute(headers, "");
    let host = host.split_once("://").map_or("", |(_, host)| host);
    // Behind a proxy the scheme is the proxy's to know.
    let mut schemes = ["http://", "https://"].iter();
    let rest = schemes.find_map(|scheme| asked.strip_prefix(scheme)?.strip_prefix(host));
    let path = rest.unwrap_or(&asked);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.split('#').next().unwrap_or_default();
    let line = match path {
        "" | "/" | "/embed/now" => super::page::parameter(query, "line"),
        _ => Some(path.strip_prefix("/line/").ok_or_else(unknown)?.to_owned()),
    };
    let line = line.filter(|line| !line.is_empty());
    if line
        .as_ref()
        .is_some_and(|id| site.centre().line(id).is_none())
    {
        return Err(Error::NoSuchLine {
            known: site.line_ids(),
        });
    }
    Ok(line)
}

/// The own size, or the largest that fits.
fn fit(visitor: &Visitor, name: &'static str, own: u32) -> Result<u32, Error> {
    let Some(text) = visitor.parameter(name) else {
        return Ok(own);
    };
    let most: Option<u32> = text.parse().ok().filter(|most| *most > 0);
    most.map(|most| most.min(own))
        .ok_or_else(|| Error::BadParameter {
            name,
            why: Why::NotOneOfThese,
            known: vec![own.to_string()],
        })
}
