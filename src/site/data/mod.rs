//! Open data: every daily figure of every closed day, as files whose addresses never change.
//!
//! What stands in them is what the pages and the API show of the same days, with the same marks.
//! The current year grows by a day when a day closes; years that are over change by revisions only.

mod describe;
mod page;
mod piece;
mod shelf;
mod sums;
mod table;
#[cfg(test)]
mod tests;
mod version;

pub use describe::{catalogue, dataset};
pub use page::show;
pub use shelf::{Shelf, names};
pub use sums::Signer;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use sha2::{Digest as _, Sha256};

use super::Site;
use super::api::{A_DAY, A_MINUTE, AN_HOUR, has_tag, tagged};
use super::assets::takes_gzip;
use super::error::Error;
use piece::{Piece, gzip};
use shelf::Extent;

/// What follows the name of a line in the name of its files.
const ENDINGS: [&str; 3] = ["csv", "json", METADATA_ENDING];
/// Added to the address of a CSV, it is where CSV on the Web looks for its description.
const METADATA_ENDING: &str = "csv-metadata.json";
const CSV: &str = "text/csv; charset=utf-8; header=present";
const METADATA: &str = "application/csvm+json";
const PLAIN: &str = "text/plain; charset=utf-8";

/// A file to be sent.
struct Sending {
    kind: &'static str,
    keep: &'static str,
    /// SHA-256 of what is in it.
    hash: [u8; 32],
    /// What it is called where it is saved.
    name: String,
    /// Where its columns are described.
    described: Option<String>,
}

/// What there is, or that there is nothing yet.
async fn extent(site: &Site) -> Result<Extent, Error> {
    let none = || Error::NoSuchFile { known: Vec::new() };
    Extent::read(site).await?.ok_or_else(none)
}

/// `/data/{year}/{file}`: a line in a year, or its description.
pub async fn file(
    State(site): State<Site>,
    Path((year, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let extent = extent(&site).await?;
    let year = read_year(&extent, &year)?;
    let (name, ending) = read_name(&site, &file)?;
    if ending == METADATA_ENDING {
        let body = describe::metadata(&site, &name, Some(year)).to_string();
        return Ok(tagged(body, METADATA, AN_HOUR, &headers));
    }
    let kept = site.shelf().file(&site, &extent, (year, &name)).await?;
    let is_csv = ending == "csv";
    let described = is_csv.then(|| format!("/data/{year}/{name}.{METADATA_ENDING}"));
    let sending = Sending {
        kind: if is_csv { CSV } else { "application/json" },
        keep: if extent.is_over(year) {
            A_DAY
        } else {
            A_MINUTE
        },
        hash: kept.hashes[usize::from(!is_csv)],
        name: format!("{name}-{year}.{ending}"),
        described,
    };
    let head = Piece::of(table::head().as_bytes());
    let head = head.map_err(|error| anyhow::Error::new(error).context("compressing"))?;
    let pieces = if is_csv {
        vec![&head, &kept.rows]
    } else {
        vec![&kept.json]
    };
    if has_tag(&headers, &tag(&sending.hash)) {
        return Ok(unchanged(&site, &sending));
    }
    let body = if takes_gzip(&headers) {
        gzip(&pieces)
    } else {
        let texts = pieces.iter().map(|piece| piece.text().map(Bytes::from));
        let texts = texts.collect::<std::io::Result<_>>();
        texts.map_err(|error| anyhow::Error::new(error).context("reading a file"))?
    };
    let mut response = respond(&site, &sending, body);
    if takes_gzip(&headers) {
        let own = response.headers_mut();
        own.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

fn read_year(extent: &Extent, asked: &str) -> Result<i16, Error> {
    let mut years = extent.years.iter();
    let year = years.find(|own| own.to_string() == asked);
    year.copied().ok_or_else(|| Error::NoSuchFile {
        known: extent.years.iter().map(ToString::to_string).collect(),
    })
}

/// The name of a file and its ending.
fn read_name(site: &Site, file: &str) -> Result<(String, &'static str), Error> {
    let names = names(site);
    let asked = file.split_once('.').and_then(|(name, ending)| {
        let name = names.iter().find(|own| *own == name)?;
        let ending = ENDINGS.into_iter().find(|own| *own == ending)?;
        Some((name.clone(), ending))
    });
    let with = |name: &String| ENDINGS.map(|ending| format!("{name}.{ending}"));
    asked.ok_or_else(|| Error::NoSuchFile {
        known: names.iter().flat_map(with).collect(),
    })
}

/// `/data/all.csv.gz`: all lines of all years.
pub async fn everything(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Error> {
    let extent = extent(&site).await?;
    let files = site.shelf().all(&site, &extent).await?;
    let body = sums::everything(&files)?;
    let mut hash = Sha256::new();
    for part in &body {
        hash.update(part);
    }
    let sending = Sending {
        kind: "application/gzip",
        keep: A_MINUTE,
        hash: hash.finalize().into(),
        name: "all.csv.gz".to_owned(),
        described: Some(format!("/data/all.{METADATA_ENDING}")),
    };
    if has_tag(&headers, &tag(&sending.hash)) {
        return Ok(unchanged(&site, &sending));
    }
    Ok(respond(&site, &sending, body))
}

/// `/data/all.csv-metadata.json`: what its columns mean.
pub async fn described(State(site): State<Site>, headers: HeaderMap) -> Response {
    let body = describe::metadata(&site, "all", None).to_string();
    tagged(body, METADATA, AN_HOUR, &headers)
}

/// `/data/SHA256SUMS`: the checksums of all files.
pub async fn checksums(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Error> {
    let text = sums::text(&site, site.shelf(), &extent(&site).await?).await?;
    Ok(tagged(text, PLAIN, A_MINUTE, &headers))
}

/// `/data/SHA256SUMS.sig`: the 64 bytes of the signature over them.
pub async fn signature(State(site): State<Site>) -> Result<Response, Error> {
    let text = sums::text(&site, site.shelf(), &extent(&site).await?).await?;
    let signer = site.signer().ok_or(Error::NotSigned)?;
    let signature = signer.sign(&text).ok_or(Error::NotSigned)?;
    let kind = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, A_MINUTE),
    ];
    Ok((kind, signature.to_vec()).into_response())
}

/// `/data/key.pem`: the public key that signs them.
pub async fn key(State(site): State<Site>) -> Result<Response, Error> {
    let key = site.signer().and_then(Signer::key);
    let key = key.ok_or(Error::NotSigned)?;
    let kind = [
        (header::CONTENT_TYPE, "application/x-pem-file"),
        (header::CACHE_CONTROL, A_MINUTE),
    ];
    Ok((kind, sums::pem(&key)).into_response())
}

/// `/data/changes.json`: the version, and what changed.
pub async fn changes(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Error> {
    let (version, changes) = version::history(&site, &extent(&site).await?).await?;
    let body = version::json(version, &changes).to_string();
    Ok(tagged(body, "application/json", A_MINUTE, &headers))
}

/// Weak, since the same text is sent compressed and plain.
fn tag(hash: &[u8; 32]) -> String {
    format!("W/\"{}\"", hex::encode(&hash[..16]))
}

fn unchanged(site: &Site, sending: &Sending) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    mark(site, sending, response.headers_mut());
    response
}

/// A file in parts that are not copied.
fn respond(site: &Site, sending: &Sending, parts: Vec<Bytes>) -> Response {
    let length: usize = parts.iter().map(Bytes::len).sum();
    let parts = parts.into_iter().map(Ok::<_, std::convert::Infallible>);
    let mut response = Response::new(Body::from_stream(stream::iter(parts)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let kind = HeaderValue::from_static(sending.kind);
    headers.insert(header::CONTENT_TYPE, kind);
    mark(site, sending, headers);
    response
}

fn mark(site: &Site, sending: &Sending, headers: &mut HeaderMap) {
    let mut say = |name: HeaderName, text: String| {
        // What an operator wrote may be no header: then it is not said.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(name, value);
        }
    };
    let name = &sending.name;
    say(header::ETAG, tag(&sending.hash));
    say(header::CACHE_CONTROL, sending.keep.to_owned());
    say(header::VARY, "accept-encoding".to_owned());
    say(
        header::CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}\""),
    );
    let licence = &site.centre().open_data.licence_link;
    say(header::LINK, format!("<{licence}>; rel=\"license\""));
    if let Some(address) = &sending.described {
        let link = format!("<{address}>; rel=\"describedby\"; type=\"{METADATA}\"");
        say(header::LINK, link);
    }
}
