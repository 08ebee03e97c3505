//! Style sheet, script and icon: embedded in the program, compressed once, named by their content.

use std::collections::HashMap;
use std::io::Write;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist/"]
struct Dist;

const STYLE: &str = include_str!("../../web/src/style.css");
const DESK_STYLE: &str = include_str!("../../web/src/desk.css");
const ICON: &str = include_str!("../../web/src/favicon.svg");
const MANIFEST: &str = ".vite/manifest.json";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// All files that pages load, ready to be sent.
pub struct Assets {
    files: HashMap<String, File>,
    /// Address of the style sheet.
    pub style: String,
    /// Address of what the pages of the staff add to it.
    pub desk_style: String,
    /// Address of the script of every page; none if the assets have not been built.
    pub script: Option<String>,
    /// Address of the history's own script.
    pub history_script: Option<String>,
    /// Address of the script that checks the public record.
    pub verify_script: Option<String>,
}

struct File {
    plain: Bytes,
    gzip: Bytes,
    kind: HeaderValue,
    cache: HeaderValue,
}

impl Assets {
    /// Reads the embedded files. Without built assets the pages are still styled, from the source
    /// of the style sheet, and simply not live.
    #[must_use]
    pub fn load() -> Self {
        let mut files = HashMap::new();
        for path in Dist::iter().filter(|path| path.starts_with("assets/")) {
            if let Some(file) = Dist::get(&path) {
                files.insert(
                    format!("/{path}"),
                    File::new(Bytes::from(file.data.into_owned()), kind(&path), FOR_EVER),
                );
            }
        }
        let script = built("src/live.ts").filter(|path| files.contains_key(path));
        let history_script = built("src/history.ts").filter(|path| files.contains_key(path));
        let verify_script = built("src/verify.ts").filter(|path| files.contains_key(path));
        let style = sheet(&mut files, "style.css", STYLE);
        let desk_style = sheet(&mut files, "desk.css", DESK_STYLE);
        files.insert(
            "/favicon.svg".to_owned(),
            File::new(
                Bytes::from_static(ICON.as_bytes()),
                "image/svg+xml",
                FOR_AN_HOUR,
            ),
        );
        Self {
            files,
            style,
            desk_style,
            script,
            history_script,
            verify_script,
        }
    }

    /// The file at a path, if there is one.
    #[must_use]
    pub fn serve(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let file = self.files.get(path)?;
        let zipped = takes_gzip(request);
        let body = if zipped { &file.gzip } else { &file.plain };
        let mut response = (StatusCode::OK, body.clone()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, file.kind.clone());
        headers.insert(header::CACHE_CONTROL, file.cache.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if zipped {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Some(response)
    }
}

/// The address of a style sheet, from its source where it was not built.
fn sheet(files: &mut HashMap<String, File>, name: &str, source: &'static str) -> String {
    let built = built(&format!("src/{name}")).filter(|path| files.contains_key(path));
    built.unwrap_or_else(|| {
        let path = format!("/assets/{name}");
        let file = Bytes::from_static(source.as_bytes());
        files.insert(path.clone(), File::new(file, kind(&path), FOR_AN_HOUR));
        path
    })
}

impl File {
    fn new(plain: Bytes, kind: &'static str, cache: &'static str) -> Self {
        Self {
            gzip: gzip(&plain, Compression::best()),
            plain,
            kind: HeaderValue::from_static(kind),
            cache: HeaderValue::from_static(cache),
        }
    }
}

/// Whether a client takes gzip.
#[must_use]
pub fn takes_gzip(request: &HeaderMap) -> bool {
    request
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value.split(',').any(|part| {
                let mut pieces = part.trim().split(';');
                pieces.next() == Some("gzip")
                    && !pieces.any(|piece| matches!(piece.trim(), "q=0" | "q=0.0"))
            })
        })
}

/// Compressed bytes; writing to memory does not fail, and if it did the answer would be empty
/// and fail its length check rather than be wrong.
#[must_use]
pub fn gzip(plain: &[u8], level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), level);
    let written = encoder.write_all(plain);
    match written.and_then(|()| encoder.finish()) {
        Ok(bytes) => Bytes::from(bytes),
        Err(_) => Bytes::new(),
    }
}

fn built(entry: &str) -> Option<String> {
    let manifest = Dist::get(MANIFEST)?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest.data).ok()?;
    let file = manifest.get(entry)?.get("file")?.as_str()?;
    Some(format!("/{file}"))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_styled_with_or_without_built_assets() {
        let assets = Assets::load();
        let response = assets
            .serve(&assets.style, &HeaderMap::new())
            .expect("a style sheet");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/css; charset=utf-8"
        );
        assert!(
            assets
                .serve("/assets/../Cargo.toml", &HeaderMap::new())
                .is_none()
        );
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        let header = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            headers
        };
        assert!(takes_gzip(&header("br, gzip;q=0.8")));
        assert!(!takes_gzip(&header("br, gzip;q=0")));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
