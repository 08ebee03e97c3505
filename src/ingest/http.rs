//! `POST /ingest/v1/events`: a request becomes a batch, and is answered once it is durable.
//!
//! Knows the door, the tokens and the writer's queue; neither the database nor any page.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::routing::{any, post};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use serde::Serialize;

use super::body::{Framing, Reading, read_body};
use super::covers::{parse_ranges, spans, within_reach};
use super::door::{Door, Reason, Rejection};
use super::problem::Problem;
use super::tokens::Tokens;
use super::writer::{SubmitError, WriterHandle};
use crate::clock::Clock;
use crate::domain::batch::{Applied, Batch};
use crate::domain::event::Millis;
use crate::domain::period::{Span, local_day};
use crate::domain::spelling::check_names;

/// Most bytes of a body, before and after it is inflated: three times what [`MOST_EVENTS`] of
/// ordinary size need, and little enough that a hundred senders at once fit into memory.
///
/// [`MOST_EVENTS`]: super::body::MOST_EVENTS
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Parameters that it has.
const PARAMETERS: &[&str] = &["list", "covers"];

/// Reading more than this takes milliseconds, in which the runtime's thread would serve nobody.
const INLINE_BYTES: usize = 256 * 1024;

/// How long a sender is waited for in the middle of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until the next part of it comes.
    pub next_part: Duration,
    /// Until all of it is there: a sender of one byte a second would hold a connection for ever.
    pub whole_body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            next_part: Duration::from_secs(15),
            // The largest body over the slowest line that still deserves the name.
            whole_body: Duration::from_mins(2),
        }
    }
}

/// What the handler needs.
#[derive(Clone, Debug)]
pub struct IngestState {
    /// What may come in.
    pub door: Arc<Door>,
    /// Who may send.
    pub tokens: Tokens,
    /// Where it goes.
    pub writer: WriterHandle,
    /// Tells what lies in the future.
    pub clock: Clock,
    /// How long a sender may take.
    pub patience: Patience,
}

/// What became of the events of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Taken in, those without a start of their contact included.
    pub accepted: usize,
    /// Changed nothing.
    pub duplicates: usize,
    /// Of the accepted: the start of their contact is not known yet.
    pub orphans: usize,
    /// Not taken in.
    pub rejected: Vec<Rejection>,
    /// The places of the duplicates, if the sender asked for them (`?list=duplicates`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_indexes: Option<Vec<usize>>,
}

/// What may stand behind the `?`.
#[derive(Debug, Default)]
struct Options {
    /// `duplicates`: their places are wanted too.
    list: Option<String>,
    /// Local days an import covers: `1999-01-01/1999-02-01,…`, ends exclusive.
    covers: Option<String>,
}

/// The routes of the writing side.
pub fn router(state: IngestState) -> Router {
    Router::new()
        .route(
            "/ingest/v1/events",
            post(receive).fallback(method_not_allowed),
        )
        .route("/ingest", any(no_such_address))
        .route("/ingest/", any(no_such_address))
        .route("/ingest/{*path}", any(no_such_address))
        .with_state(state)
}

async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}

async fn no_such_address() -> Problem {
    Problem::no_such_address()
}

/// Names and values behind the `?`, as they stand there.
type Pairs = Vec<(String, String)>;

async fn receive(
    State(state): State<IngestState>,
    pairs: Result<Query<Pairs>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answer>, Problem> {
    // The token comes first: a stranger makes us neither read nor inflate anything.
    let source = authorize(&headers, &state.tokens)?;
    let unreadable = |_| Problem::malformed("the parameters cannot be read".to_owned());
    let Query(pairs) = pairs.map_err(unreadable)?;
    let options = Options::read(pairs)?;
    let covers = options.covers(&state.door, state.clock.now_ms())?;
    let content = Content::of(&headers)?;
    let gzip = is_gzip(&headers)?;
    let raw = collect(body, state.patience).await?;
    let received_ms = state.clock.now_ms();
    let long = gzip || raw.len() > INLINE_BYTES;
    let work = {
        let (door, source) = (Arc::clone(&state.door), source.clone());
        move || read_request(&door, &source, received_ms, content, gzip, &raw)
    };
    let (framing, reading) = if long {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| SubmitError::Failed(error.to_string()))??
    } else {
        work()?
    };
    let answer = submit(&state.writer, source, received_ms, reading, covers).await?;
    answer.for_sender(framing, options.list.is_some())
}

pub(super) fn authorize(headers: &HeaderMap, tokens: &Tokens) -> Result<String, Problem> {
    let value = headers.get(header::AUTHORIZATION);
    let (scheme, token) = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .ok_or_else(Problem::no_token)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::no_token());
    }
    tokens
        .source_of(token.trim())
        .ok_or_else(Problem::wrong_token)
}

impl Options {
    fn read(pairs: Pairs) -> Result<Self, Problem> {
        let names = pairs.iter().map(|(name, _)| name.as_str());
        check_names(names, PARAMETERS).map_err(|misuse| Problem::misused(&misuse))?;
        let mut options = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "list" => options.list = Some(value),
                "covers" => options.covers = Some(value),
                _ => {}
            }
        }
        Ok(options)
    }

    fn covers(&self, door: &Door, now_ms: Millis) -> Result<Vec<Span>, Problem> {
        if self
            .list
            .as_deref()
            .is_some_and(|list| list != "duplicates")
        {
            let detail = "list can only be duplicates".to_owned();
            return Err(Problem::malformed(detail));
        }
        let Some(text) = &self.covers else {
            return Ok(Vec::new());
        };
        let ranges = parse_ranges(text).map_err(Problem::malformed)?;
        within_reach(&ranges, local_day(now_ms, door.zone())).map_err(Problem::malformed)?;
        Ok(spans(&ranges, door.zone()))
    }
}

/// How the content type says that events are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// By its name.
    Framed(Framing),
    /// `application/json`: an array is a batch, anything else a single event.
    Json,
}

impl Content {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        if headers.contains_key("ce-specversion") {
            let detail = "events in the binary content mode are not read; send them structured";
            return Err(Problem::unsupported_type(detail.to_owned()));
        }
        let value = headers.get(header::CONTENT_TYPE);
        let value = value.and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = value.split(';').next().unwrap_or("").trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/cloudevents+json" => Ok(Self::Framed(Framing::Single)),
            "application/cloudevents-batch+json" => Ok(Self::Framed(Framing::Batch)),
            "application/x-ndjson" => Ok(Self::Framed(Framing::Lines)),
            "application/json" => Ok(Self::Json),
            _ => Err(Problem::unsupported_type(
                "send one event as application/cloudevents+json, several as \
                 application/cloudevents-batch+json or application/x-ndjson"
                    .to_owned(),
            )),
        }
    }

    fn framing(self, body: &[u8]) -> Framing {
        match self {
            Self::Framed(framing) => framing,
            Self::Json if body.trim_ascii_start().starts_with(b"[") => Framing::Batch,
            Self::Json => Framing::Single,
        }
    }
}

pub(super) fn is_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    match headers
        .get(header::CONTENT_ENCODING)
        .map(HeaderValue::as_bytes)
    {
        None | Some(b"" | b"identity") => Ok(false),
        Some(b"gzip" | b"x-gzip") => Ok(true),
        Some(_) => Err(Problem::unsupported_encoding()),
    }
}

fn too_many_bytes() -> Problem {
    Problem::too_large(format!(
        "a body has at most {MOST_BYTES} bytes, also after it is inflated; send several"
    ))
}

/// Reads a body, but waits no longer than it may take.
pub(super) async fn collect(body: Body, patience: Patience) -> Result<Vec<u8>, Problem> {
    let collecting = collect_parts(body, patience.next_part);
    let in_time = tokio::time::timeout(patience.whole_body, collecting).await;
    in_time.map_err(|_| Problem::too_slow())?
}

/// Reads a body, but never more than it may have, whatever its headers promise.
async fn collect_parts(body: Body, next_part: Duration) -> Result<Vec<u8>, Problem> {
    let mut raw = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = tokio::time::timeout(next_part, chunks.next())
        .await
        .map_err(|_| Problem::too_slow())?
    {
        let chunk = chunk.map_err(|_| Problem::malformed("the body broke off".to_owned()))?;
        if raw.len() + chunk.len() > MOST_BYTES {
            return Err(too_many_bytes());
        }
        raw.extend_from_slice(&chunk);
    }
    Ok(raw)
}

/// Inflates a body, but never further than it may go: a bomb costs no more than an honest body.
pub(super) fn inflate(raw: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut inflated = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    MultiGzDecoder::new(raw)
        .take(most + 1)
        .read_to_end(&mut inflated)
        .map_err(|error| Problem::malformed(format!("the body is not whole gzip: {error}")))?;
    if inflated.len() > MOST_BYTES {
        return Err(too_many_bytes());
    }
    Ok(inflated)
}

fn read_request(
    door: &Door,
    source: &str,
    now_ms: Millis,
    content: Content,
    gzip: bool,
    raw: &[u8],
) -> Result<(Framing, Reading), Problem> {
    let threshold = door
        .open_to(source, now_ms)
        .ok_or_else(Problem::wrong_token)?;
    let inflated;
    let body = if gzip {
        inflated = inflate(raw)?;
        inflated.as_slice()
    } else {
        raw
    };
    let framing = content.framing(body);
    Ok((framing, read_body(framing, body, threshold)?))
}

/// Hands the admitted events to the writer and waits until they are durable.
pub(super) async fn submit(
    writer: &WriterHandle,
    source: String,
    received_ms: Millis,
    reading: Reading,
    covers: Vec<Span>,
) -> Result<Answer, Problem> {
    let mut answer = Answer {
        rejected: reading.rejected,
        ..Answer::default()
    };
    let batch = Batch {
        source,
        received_ms,
        events: reading.admitted,
        covers,
        rejected: i64::try_from(answer.rejected.len()).unwrap_or(i64::MAX),
        mark: None,
    };
    // Also a batch of nothing but refused events goes there: they are counted.
    let receipt = writer.submit(batch).await?;
    for (outcome, (index, id)) in receipt.outcomes.into_iter().zip(reading.places) {
        match outcome {
            Applied::Counted => answer.accepted += 1,
            Applied::Orphan => {
                answer.accepted += 1;
                answer.orphans += 1;
            }
            Applied::Duplicate => {
                answer.duplicates += 1;
                answer.duplicate_indexes.get_or_insert_default().push(index);
            }
            Applied::Sealed => answer.rejected.push(Rejection {
                index,
                id: Some(id),
                reason: Reason::Sealed,
                detail: "its day is sealed: contacts can no longer start in it".to_owned(),
            }),
        }
    }
    answer.rejected.sort_by_key(|rejection| rejection.index);
    Ok(answer)
}

impl Answer {
    /// The answer as it is sent: a single refused event is an error of the request, a refused
    /// event among others is not.
    fn for_sender(mut self, framing: Framing, list: bool) -> Result<Json<Self>, Problem> {
        self.duplicate_indexes = list.then(|| self.duplicate_indexes.unwrap_or_default());
        if framing != Framing::Single {
            return Ok(Json(self));
        }
        match self.rejected.pop() {
            None => Ok(Json(self)),
            Some(rejection) => Err(Problem::refused(rejection)),
        }
    }
}

#[cfg(test)]
mod tests;
