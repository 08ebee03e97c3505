//! What every page shares: who asks, in which language, the frame round the content, and errors in words.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Site;
use super::error::Error;
use crate::domain::spelling::check_names;
use crate::words::{Lang, Words};

/// Who asks for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The language of the answer.
    pub lang: Lang,
    /// Whether `?lang=` asked for it: links then keep it.
    pub lang_is_asked: bool,
    /// The path asked for.
    pub path: String,
    /// The raw query.
    pub query: String,
}

impl Visitor {
    /// Reads path, query and the languages the visitor likes.
    #[must_use]
    pub fn of(site: &Site, path: &str, query: &str, headers: &HeaderMap) -> Self {
        let asked = parameter(query, "lang")
            .and_then(|code| Lang::from_code(&code))
            .filter(|lang| site.languages().contains(lang));
        let liked = || {
            let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            Lang::accepted(header, site.languages())
        };
        Self {
            lang: asked.or_else(liked).unwrap_or(site.languages()[0]),
            lang_is_asked: asked.is_some(),
            path: path.to_owned(),
            query: query.to_owned(),
        }
    }

    /// Its strings.
    #[must_use]
    pub fn words(&self) -> &'static Words {
        self.lang.words()
    }

    /// A parameter of the query, decoded; empty ones count as absent.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.query, name).filter(|value| !value.is_empty())
    }

    /// Fails if the query has a parameter that is not known, or one twice; for programs, which
    /// would otherwise take the answer to another question for theirs.
    ///
    /// # Errors
    /// Names the parameter.
    pub fn has_only(&self, known: &'static [&'static str]) -> Result<(), Error> {
        let pairs = self.query.split('&');
        let names: Vec<String> = pairs
            .map(|pair| decoded(pair.split_once('=').map_or(pair, |(name, _)| name)))
            .collect();
        check_names(names.iter().map(String::as_str), known).map_err(Error::Misused)
    }

    /// All values of a parameter, as forms send ticked boxes.
    #[must_use]
    pub fn parameters(&self, name: &str) -> Vec<String> {
        let pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let own = pairs.filter(|(key, _)| *key == name);
        own.map(|(_, value)| decoded(value)).collect()
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self::of(site, parts.uri.path(), query, &parts.headers))
    }
}

/// The first value of a query parameter, decoded.
#[must_use]
pub fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| decoded(value))
    })
}

/// Decodes `+` and `%xx`; what is not UTF-8 becomes a replacement character.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let code = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(code) = code {
            plain.push(code);
            at += 3;
        } else {
            plain.push(if byte == b'+' { b' ' } else { byte });
            at += 1;
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// A value for a query, encoded.
#[must_use]
pub fn encoded(value: &str) -> String {
    use std::fmt::Write;
    value
        .bytes()
        .fold(String::with_capacity(value.len()), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                let _ = write!(text, "%{byte:02X}");
            }
            text
        })
}

/// The frame of a page.
pub struct Page {
    /// Its strings.
    pub w: &'static Words,
    /// The page's own title.
    pub title: String,
    /// Public name of the centre.
    pub centre: String,
    /// IANA name of the centre's zone, as people write it.
    pub zone: String,
    /// Marks the page as sample data.
    pub sample: bool,
    /// The public record is not what was signed: what was found.
    pub broken: Option<String>,
    /// Address of the style sheet.
    pub style: String,
    /// Address of the script.
    pub script: Option<String>,
    /// Path of this page, to mark it in the navigation.
    pub path: String,
    /// The other languages: code, own name, address.
    pub languages: Vec<(&'static str, &'static str, String)>,
    lang: Option<Lang>,
}

impl Page {
    /// The frame for a visitor.
    #[must_use]
    pub fn new(site: &Site, visitor: &Visitor, title: impl Into<String>) -> Self {
        let centre = site.centre();
        let languages = if site.languages().len() > 1 {
            let others = site
                .languages()
                .iter()
                .filter(|lang| **lang != visitor.lang);
            others.map(|lang| other_language(*lang, visitor)).collect()
        } else {
            Vec::new()
        };
        Self {
            w: visitor.words(),
            title: title.into(),
            centre: centre.name.in_language(visitor.lang.code()).to_owned(),
            zone: centre.zone_name.replace('_', " "),
            sample: centre.sample_data,
            broken: site.figures().broken_record(),
            style: site.assets().style.clone(),
            script: site.assets().script.clone(),
            path: visitor.path.clone(),
            languages,
            lang: visitor.lang_is_asked.then_some(visitor.lang),
        }
    }

    /// The language as a parameter of forms, if it was asked for.
    #[must_use]
    pub fn language_asked(&self) -> Option<(&'static str, String)> {
        Some(("lang", self.lang?.code().to_owned()))
    }

    /// A link within the site that keeps the language that was asked for.
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        let Some(lang) = self.lang else {
            return target.to_owned();
        };
        let (address, anchor) = target
            .split_once('#')
            .map_or((target, None), |(a, b)| (a, Some(b)));
        let joint = if address.contains('?') { '&' } else { '?' };
        let anchor = anchor.map_or_else(String::new, |anchor| format!("#{anchor}"));
        format!("{address}{joint}lang={}{anchor}", lang.code())
    }
}

fn other_language(lang: Lang, visitor: &Visitor) -> (&'static str, &'static str, String) {
    let kept = visitor
        .query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="))
        .fold(String::new(), |kept, pair| kept + pair + "&");
    let address = format!("{}?{kept}lang={}", visitor.path, lang.code());
    (lang.code(), lang.words().own_name, address)
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    text: &'static str,
    remedy: Option<(&'static str, &'static str, String)>,
}

/// A page, or the error page in its place.
pub fn answer(site: &Site, visitor: &Visitor, result: Result<Response, Error>) -> Response {
    let mut response = result.unwrap_or_else(|error| {
        error.log();
        let (title, text) = error.sentences(visitor.words());
        let remedy = error.remedy(visitor.words());
        let page = ErrorPage {
            page: Page::new(site, visitor, title),
            text,
            remedy: remedy.map(|(name, sentence, known)| (name, sentence, known.join(", "))),
        };
        let mut response = html(&page).unwrap_or_else(|_| text.into_response());
        error.mark(&mut response);
        response
    });
    response.headers_mut().insert(
        header::VARY,
        HeaderValue::from_static("accept-language, accept-encoding"),
    );
    response
}

/// A rendered template as a response.
///
/// # Errors
/// When the template cannot be rendered, which is our fault.
pub fn html(template: &impl Template) -> Result<Response, Error> {
    let text = template
        .render()
        .map_err(|error| anyhow::Error::new(error).context("rendering a page"))?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// The address as others must name it. Without a host that looks like one it stays relative.
#[must_use]
pub fn absolute(headers: &HeaderMap, path: &str) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_host = |host: &&str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        !host.is_empty() && host.len() < 256 && host.bytes().all(is_plain)
    };
    let Some(host) = text("host").filter(is_host) else {
        return path.to_owned();
    };
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_encoded() {
        let query = "line=a%26b&at=2026-01-01T00%3A00%3A00%2B01%3A00&empty=&bad=%zz%f&plus=a+b";
        assert_eq!(parameter(query, "line").as_deref(), Some("a&b"));
        assert_eq!(
            parameter(query, "at").as_deref(),
            Some("2026-01-01T00:00:00+01:00")
        );
        assert_eq!(parameter(query, "empty").as_deref(), Some(""));
        assert_eq!(parameter(query, "bad").as_deref(), Some("%zz%f"));
        assert_eq!(parameter(query, "plus").as_deref(), Some("a b"));
        assert_eq!(parameter(query, "none"), None);
        assert_eq!(
            parameter(&format!("x={}", encoded("é &=#")), "x").as_deref(),
            Some("é &=#")
        );
    }
}
