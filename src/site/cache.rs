//! Pages that everybody reads are rendered and compressed once per tick, and shared as bytes.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;

use super::answer::Wishes;
use super::assets::{gzip, takes_gzip};
use super::error::Error;
use super::limits::Limits;
use crate::domain::event::Millis;
use crate::words::Lang;

/// A tick of pages. Caches may keep a page for its tick and no longer, because the next one may
/// name another quiet time first.
pub const TICK_MS: Millis = 5_000;

/// More pages than any centre has lines and languages: if it is reached, old ones are dropped.
const MOST_PAGES: usize = 2_000;

/// Pages with limits are kept on a shelf of their own: whoever asks for all there are must not
/// take the place of those that everybody reads.
const MOST_LIMITED: usize = 500;

/// The tick of an instant.
#[must_use]
pub fn tick_of(at_ms: Millis) -> i64 {
    at_ms.div_euclid(TICK_MS)
}

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What kind of page.
    pub kind: Kind,
    /// Its language.
    pub lang: Lang,
    /// Whether the address asks for it, so that links keep it.
    pub lang_is_asked: bool,
    /// Place of the line in the frame; none lets the page choose.
    pub line: Option<usize>,
    /// The quiet time that is to be named first.
    pub slot_ms: Option<Millis>,
    /// When the visitor can call.
    pub limits: Limits,
    /// The place of what it is about, among the centre's purposes.
    pub purpose: Option<usize>,
}

impl Key {
    /// What it says beside the line.
    #[must_use]
    pub fn wishes(&self) -> Wishes {
        Wishes {
            kept_ms: self.slot_ms,
            limits: self.limits,
            purpose: self.purpose,
        }
    }
}

/// The kinds of pages kept here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `/`.
    Home,
    /// The part of it that changes.
    Fragment,
    /// `/line/{id}`.
    Line,
    /// `/embed/now`.
    Embed,
}

/// A page as bytes.
struct Ready {
    tick: i64,
    plain: Bytes,
    gzip: Bytes,
    etag: HeaderValue,
}

/// The pages of the current tick.
#[derive(Default)]
pub struct Ticks {
    pages: RwLock<Shelf>,
    limited: RwLock<Shelf>,
}

type Shelf = HashMap<Key, Arc<Ready>>;

impl Ticks {
    /// The page of this tick as a response; `render` is called at most a few times a tick.
    ///
    /// # Errors
    /// Those of `render`.
    pub async fn answer<F>(
        &self,
        key: Key,
        at_ms: Millis,
        request: &HeaderMap,
        render: impl FnOnce() -> F + Send,
    ) -> Result<Response, Error>
    where
        F: Future<Output = Result<String, Error>> + Send,
    {
        let tick = tick_of(at_ms);
        let ready = self.find(key, tick);
        let ready = match ready {
            Some(ready) => ready,
            None => self.keep(key, tick, render().await?),
        };
        Ok(respond(&ready, at_ms, request))
    }

    /// Where a page is kept, and how many may be there.
    fn shelf(&self, key: Key) -> (&RwLock<Shelf>, usize) {
        if key.limits.are_set() {
            (&self.limited, MOST_LIMITED)
        } else {
            (&self.pages, MOST_PAGES)
        }
    }

    fn find(&self, key: Key, tick: i64) -> Option<Arc<Ready>> {
        // A page is replaced as a whole, so what a panicking writer left behind is still sound.
        let (kept_here, _) = self.shelf(key);
        let pages = kept_here.read().unwrap_or_else(PoisonError::into_inner);
        pages.get(&key).filter(|ready| ready.tick == tick).cloned()
    }

    fn keep(&self, key: Key, tick: i64, text: String) -> Arc<Ready> {
        let plain = Bytes::from(text);
        let etag = format!("W/\"{tick:x}-{:x}\"", checksum(&plain));
        let ready = Arc::new(Ready {
            tick,
            gzip: gzip(&plain, Compression::new(6)),
            plain,
            etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("W/\"0\"")),
        });
        let (kept_here, most) = self.shelf(key);
        let mut pages = kept_here.write().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= most {
            pages.retain(|_, kept| kept.tick == tick);
        }
        if pages.len() < most {
            pages.insert(key, Arc::clone(&ready));
        }
        ready
    }
}

fn respond(ready: &Ready, at_ms: Millis, request: &HeaderMap) -> Response {
    let unchanged = request.get(header::IF_NONE_MATCH) == Some(&ready.etag);
    let zipped = !unchanged && takes_gzip(request);
    let body = match (unchanged, zipped) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(ready.gzip.clone()),
        (false, false) => Body::from(ready.plain.clone()),
    };
    let mut response = Response::new(body);
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::ETAG, ready.etag.clone());
    headers.insert(header::CACHE_CONTROL, rest_of_tick(at_ms));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept-language, accept-encoding"),
    );
    if zipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// How long a cache may keep a page: whole seconds to the end of its tick.
#[must_use]
pub fn rest_of_tick(at_ms: Millis) -> HeaderValue {
    HeaderValue::from_static(match (TICK_MS - at_ms.rem_euclid(TICK_MS)) / 1_000 {
        0 => "public, max-age=0",
        1 => "public, max-age=1",
        2 => "public, max-age=2",
        3 => "public, max-age=3",
        4 => "public, max-age=4",
        _ => "public, max-age=5",
    })
}

/// FNV-1a: enough to tell two versions of a page apart.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::page::Visitor;
    use std::sync::atomic::{AtomicU32, Ordering};

    const KEY: Key = Key {
        kind: Kind::Home,
        lang: Lang::En,
        lang_is_asked: false,
        line: None,
        slot_ms: None,
        limits: Limits::NONE,
        purpose: None,
    };

    #[tokio::test]
    async fn a_page_is_rendered_once_a_tick() {
        let ticks = Ticks::default();
        let renders = AtomicU32::new(0);
        let mut tags = Vec::new();
        for at_ms in [10_000, 12_000, 14_999, 15_000] {
            let render =
                || async { Ok(format!("page {}", renders.fetch_add(1, Ordering::Relaxed))) };
            let response = ticks
                .answer(KEY, at_ms, &HeaderMap::new(), render)
                .await
                .expect("a page");
            tags.push(response.headers()[header::ETAG].clone());
        }
        assert_eq!(renders.load(Ordering::Relaxed), 2);
        assert_eq!(tags[0], tags[2]);
        assert_ne!(tags[2], tags[3]);
    }

    #[tokio::test]
    async fn who_has_the_page_is_not_sent_it_again() {
        let ticks = Ticks::default();
        let render = || async { Ok("page".to_owned()) };
        let first = ticks
            .answer(KEY, 0, &HeaderMap::new(), render)
            .await
            .expect("a page");
        let mut request = HeaderMap::new();
        request.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let again = ticks
            .answer(KEY, 1, &request, render)
            .await
            .expect("an answer");
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn pages_with_limits_take_no_place_from_those_everybody_reads() {
        let ticks = Ticks::default();
        let site = crate::site::fixture::site();
        let limits = |query: &str| {
            Limits::of(&Visitor::of(&site, "/", query, &HeaderMap::new())).expect("limits")
        };
        for from in 0..24 {
            for half in from * 2 + 2..48 {
                let (hour, minute) = (half / 2, half % 2 * 30);
                let limits = limits(&format!("after={from}:00&before={hour}:{minute:02}"));
                let key = Key { limits, ..KEY };
                let render = || async { Ok(String::new()) };
                let answer = ticks.answer(key, 0, &HeaderMap::new(), render).await;
                assert!(answer.is_ok());
            }
        }
        let kept = |shelf: &RwLock<Shelf>| shelf.read().expect("a shelf").len();
        assert_eq!(kept(&ticks.limited), MOST_LIMITED);
        assert!(kept(&ticks.pages) <= 1);
    }

    #[test]
    fn caches_keep_a_page_to_the_end_of_its_tick() {
        assert_eq!(rest_of_tick(10_000), "public, max-age=5");
        assert_eq!(rest_of_tick(12_500), "public, max-age=2");
        assert_eq!(rest_of_tick(14_999), "public, max-age=0");
    }
}
