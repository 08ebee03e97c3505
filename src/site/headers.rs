//! Security headers of every answer.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing inline, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// As above, but other sites may show the page in a frame of theirs.
const FRAMED_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors *";

/// A picture on its own carries its own colours, and may do nothing else.
pub const PICTURE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// Marks an answer that other sites may show in a frame.
#[derive(Clone, Copy)]
struct MayBeFramed;

/// An answer that other sites may show in a frame of theirs. It holds nothing to be clicked but a
/// link to the page itself.
#[must_use]
pub fn framed(mut response: Response) -> Response {
    response.extensions_mut().insert(MayBeFramed);
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(FRAMED_POLICY),
    );
    response
}

/// What is public for programs may be read by the pages of any site.
pub async fn open_to_all(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    let exposed = HeaderValue::from_static("etag, link, retry-after");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

/// What programs of other sites may read. `/desk` and `/ingest` are not in it, nor is what the
/// staff's programs send.
const OPEN: [&str; 10] = [
    "/api/v1/",
    "/data/",
    "/log/",
    "/schema/",
    "/.well-known/",
    "/openapi.json",
    "/asyncapi.json",
    "/oembed",
    "/badge.svg",
    "/now.txt",
];

/// Answers browsers that ask beforehand whether a page of another site may read something here.
pub async fn preflight(request: Request, next: Next) -> Response {
    let asks = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let path = request.uri().path();
    let is_open = OPEN.iter().any(|own| path.starts_with(own));
    if !asks || !is_open || path.starts_with("/api/v1/staff/") {
        return next.run(request).await;
    }
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "accept, accept-language, cache-control, if-none-match, last-event-id",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Adds them; what an answer has set for itself stays.
pub async fn secure(mut response: Response) -> Response {
    let may_be_framed = response.extensions().get::<MayBeFramed>().is_some();
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        let own = headers.entry(name);
        own.or_insert(HeaderValue::from_static(value));
    }
    if may_be_framed {
        headers.remove(header::X_FRAME_OPTIONS);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    response
}
