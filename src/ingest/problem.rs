//! What a sender is told when a whole request was not taken in: RFC 9457 problem documents.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::body::BodyError;
use super::door::{Reason, Rejection};
use super::writer::SubmitError;
use crate::domain::spelling::Misuse;

/// A problem document with its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable name of the problem.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The same in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request, and what helps.
    pub detail: String,
    /// The refused event, where the request was a single one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejection>,
    /// A header that goes with it; its name in lower case.
    #[serde(skip)]
    pub header: Option<(&'static str, &'static str)>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: String) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail,
            rejected: Vec::new(),
            header: None,
        }
    }

    fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    /// 401: no token.
    #[must_use]
    pub fn no_token() -> Self {
        let detail = "send Authorization: Bearer <token>; `quietline token create` makes one";
        Self::unauthorized(detail, "Bearer realm=\"ingest\"")
    }

    /// 401: not a token in force, or that of a source which the centre no longer has.
    #[must_use]
    pub fn wrong_token() -> Self {
        let detail = "this token is not in force";
        Self::unauthorized(detail, "Bearer realm=\"ingest\", error=\"invalid_token\"")
    }

    /// 401: not signed, or not by whom it says, or not now.
    #[must_use]
    pub fn not_signed(why: &str) -> Self {
        let detail = format!("{why}; check the secret of this source and both clocks");
        Self::unauthorized(&detail, "Signature realm=\"ingest\"")
    }

    fn unauthorized(detail: &str, challenge: &'static str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "urn:quietline:problem:unauthorized",
            "No valid token",
            detail.to_owned(),
        )
        .with_header("www-authenticate", challenge)
    }

    /// 404: events go to one address.
    #[must_use]
    pub fn no_such_address() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "urn:quietline:problem:no-such-address",
            "There is no such address",
            "send events to /ingest/v1/events".to_owned(),
        )
    }

    /// 405: events are sent, never read.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "urn:quietline:problem:method-not-allowed",
            "Events are sent to this address with POST",
            "use POST, with Authorization: Bearer <token>; what was counted is read at /api/v1/now \
             and /api/v1/series"
                .to_owned(),
        )
        .with_header("allow", "POST")
    }

    /// 400: a parameter that does not exist, or stands there twice.
    #[must_use]
    pub fn misused(misuse: &Misuse) -> Self {
        Self::malformed(misuse.sentence())
    }

    /// 408: the body did not come in time. The sender may try again; the connection is over.
    #[must_use]
    pub fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "urn:quietline:problem:too-slow",
            "The body came too slowly",
            "nothing of this request was kept; send it again, or less at once".to_owned(),
        )
        .with_header("connection", "close")
    }

    /// 413: too many bytes or events.
    #[must_use]
    pub fn too_large(detail: String) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "urn:quietline:problem:too-large",
            "Too much in one request",
            detail,
        )
    }

    /// 415: not a content type that is read.
    #[must_use]
    pub fn unsupported_type(detail: String) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "urn:quietline:problem:unsupported-type",
            "Not a content type that is read",
            detail,
        )
        .with_header(
            "accept",
            "application/cloudevents+json, application/cloudevents-batch+json, \
             application/x-ndjson, application/json",
        )
    }

    /// 415: not a content encoding that is read.
    #[must_use]
    pub fn unsupported_encoding() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "urn:quietline:problem:unsupported-encoding",
            "Not a content encoding that is read",
            "send the body as it is, or with content-encoding: gzip".to_owned(),
        )
        .with_header("accept-encoding", "gzip")
    }

    /// 400: the body is no list of events.
    #[must_use]
    pub fn malformed(detail: String) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "urn:quietline:problem:malformed",
            "The request could not be read",
            detail,
        )
    }

    /// 422, or 400 if it was not JSON at all: the one event of the request was refused.
    #[must_use]
    pub fn refused(rejection: Rejection) -> Self {
        let status = match rejection.reason {
            Reason::NotJson | Reason::InvalidUtf8 => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let detail = rejection.detail.clone();
        let mut problem = Self::new(
            status,
            "urn:quietline:problem:event-refused",
            "The event was refused",
            detail,
        );
        problem.rejected.push(rejection);
        problem
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooMany => Self::too_large(error.to_string()),
            BodyError::NotAnArray(_) | BodyError::NotUtf8(_) => Self::malformed(error.to_string()),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let later = |detail: &str| {
            Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "urn:quietline:problem:busy",
                "Not now",
                detail.to_owned(),
            )
        };
        match error {
            SubmitError::Busy => later("more waits to be written than can wait; send it again")
                .with_header("retry-after", "1"),
            // A server that starts again needs a moment.
            SubmitError::Stopped => {
                later("the server is stopping; send it again").with_header("retry-after", "5")
            }
            SubmitError::Full => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "urn:quietline:problem:disk-full",
                "The disk is full",
                "nothing of this request was kept; send it again when there is room".to_owned(),
            )
            .with_header("retry-after", "30"),
            SubmitError::Failed(cause) => {
                // The sender cannot do anything about the cause, and it may name files.
                tracing::error!(cause, "a batch of events could not be written");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "urn:quietline:problem:not-written",
                    "The events could not be written",
                    "nothing of this request was kept; send it again".to_owned(),
                )
                .with_header("retry-after", "5")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let extra = self.header;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some((name, value)) = extra {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        response
    }
}
