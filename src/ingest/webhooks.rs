//! `POST /ingest/v1/amazon-connect`, `/genesys-cloud`, `/chatwoot/{source}` and `/twilio/{source}`:
//! messages of telephone systems in their own words, answered once they are durable.
//!
//! Whoever can send a token shows it; whoever signs is asked for the signature and, where it covers
//! an instant, for one that is not long ago. What says nothing that counts is answered as done, so
//! that it is not sent again.

mod twilio;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::Value;
use sha2::Sha256;

use super::adapters::Said;
use super::adapters::chatwoot::Chatwoot;
use super::adapters::connect::Connect;
use super::adapters::connect::staff::Staff;
use super::adapters::genesys::Genesys;
use super::adapters::twilio::Twilio;
use super::body::Reading;
use super::door::{Rejection, Threshold};
use super::http::{IngestState, authorize, collect, inflate, is_gzip, submit};
use super::problem::Problem;
use crate::domain::centre::{Centre, Feed, FeedKind, Source};
use crate::domain::event::Millis;

/// A signature holds for so long, and for a clock that is so far ahead.
const SIGNED_WITHIN_MS: Millis = 5 * 60 * 1_000;
/// Messages of one request, where several come in one.
const MOST_MESSAGES: usize = 10_000;
/// A shorter secret can be guessed.
const LEAST_SECRET_BYTES: usize = 16;

/// How the messages of a source are read.
#[derive(Debug)]
enum Reader {
    Connect(Connect, Box<Mutex<Staff>>),
    Chatwoot(Chatwoot, Secret),
    Twilio(Twilio, Secret),
    Genesys(Mutex<Genesys>),
}

/// A secret is never printed.
#[derive(Clone)]
struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// What the handlers need.
#[derive(Clone, Debug)]
pub struct Webhooks {
    ingest: IngestState,
    readers: Arc<HashMap<String, Reader>>,
}

/// What became of the messages of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Events that were taken in.
    pub accepted: usize,
    /// Events that changed nothing.
    pub duplicates: usize,
    /// Messages that say nothing that counts.
    pub ignored: usize,
    /// Why they do not, each reason once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<&'static str>,
    /// Messages that could not be understood, and events that were not taken in.
    pub refused: Vec<String>,
}

impl Webhooks {
    /// Reads the secrets of the sources that sign.
    ///
    /// # Errors
    /// If a secret cannot be read, or is none.
    pub fn new(ingest: IngestState, centre: &Centre) -> anyhow::Result<Self> {
        let mut readers = HashMap::new();
        for source in &centre.sources {
            let Some(feed) = source.feed.clone() else {
                continue;
            };
            let reader = match feed.kind {
                FeedKind::QueueLog | FeedKind::FreeSwitch => continue,
                FeedKind::AmazonConnect => {
                    let staff = Staff::new(feed.clone(), &source.prefix);
                    Reader::Connect(
                        Connect::new(feed, &source.prefix),
                        Box::new(Mutex::new(staff)),
                    )
                }
                FeedKind::Chatwoot => {
                    let secret = secret_of(source, &feed)?;
                    Reader::Chatwoot(Chatwoot::new(feed, &source.prefix), secret)
                }
                FeedKind::TwilioTaskRouter => {
                    let secret = secret_of(source, &feed)?;
                    Reader::Twilio(Twilio::new(feed, &source.prefix), secret)
                }
                FeedKind::GenesysCloud => {
                    Reader::Genesys(Mutex::new(Genesys::new(feed, &source.prefix)))
                }
            };
            readers.insert(source.id.clone(), reader);
        }
        let readers = Arc::new(readers);
        Ok(Self { ingest, readers })
    }
}

fn secret_of(source: &Source, feed: &Feed) -> anyhow::Result<Secret> {
    let path = feed.secret_file.clone().unwrap_or_default();
    read_secret(&path).with_context(|| format!("reading the secret of source {}", source.id))
}

fn read_secret(path: &Path) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let secret = text.trim().as_bytes().to_vec();
    ensure!(
        secret.len() >= LEAST_SECRET_BYTES,
        "{} has fewer than {LEAST_SECRET_BYTES} characters; copy the whole secret into it",
        path.display()
    );
    Ok(Secret(secret))
}

/// The routes of the telephone systems that send.
pub fn router(state: Webhooks) -> Router {
    Router::new()
        .route("/ingest/v1/amazon-connect", post(receive_connect))
        .route("/ingest/v1/genesys-cloud", post(receive_genesys))
        .route("/ingest/v1/chatwoot/{source}", post(receive_chatwoot))
        .route("/ingest/v1/twilio/{source}", post(receive_twilio))
        .with_state(state)
}

async fn receive_connect(
    State(state): State<Webhooks>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Done>, Problem> {
    let source = authorize(&headers, &state.ingest.tokens)?;
    let Some(Reader::Connect(reader, staff)) = state.readers.get(&source) else {
        return Err(other_kind(&source, FeedKind::AmazonConnect));
    };
    let messages = messages_of(&state.ingest, &headers, body).await?;
    let now_ms = state.ingest.clock.now_ms();
    let said = {
        let mut staff = staff.lock().unwrap_or_else(PoisonError::into_inner);
        let said = messages.iter().map(|message| {
            if Staff::hears(message) {
                staff.read(message, now_ms)
            } else {
                reader.read(message)
            }
        });
        said.collect()
    };
    let done = take_in(&state.ingest, source, said).await;
    if done.is_err() {
        let mut staff = staff.lock().unwrap_or_else(PoisonError::into_inner);
        staff.tell_again();
    }
    done
}

async fn receive_genesys(
    State(state): State<Webhooks>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Done>, Problem> {
    let source = authorize(&headers, &state.ingest.tokens)?;
    let Some(Reader::Genesys(reader)) = state.readers.get(&source) else {
        return Err(other_kind(&source, FeedKind::GenesysCloud));
    };
    let messages = messages_of(&state.ingest, &headers, body).await?;
    let said = {
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let said = messages.iter().map(|message| reader.read(message));
        said.collect()
    };
    take_in(&state.ingest, source, said).await
}

/// A token of another system's source.
fn other_kind(source: &str, wanted: FeedKind) -> Problem {
    let mut kinds = FeedKind::ALL.iter();
    let name = kinds.find(|(kind, _)| *kind == wanted);
    let name = name.map_or("", |(_, name)| *name);
    Problem::malformed(format!(
        "source {source:?} is not of kind \"{name}\" in centre.toml"
    ))
}

async fn receive_chatwoot(
    State(state): State<Webhooks>,
    UrlPath(source): UrlPath<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Done>, Problem> {
    let Some(Reader::Chatwoot(reader, secret)) = state.readers.get(&source) else {
        return Err(Problem::no_such_address());
    };
    let raw = collect(body, state.ingest.patience).await?;
    let now_ms = state.ingest.clock.now_ms();
    let sent_ms = signed_at(&headers, &raw, secret, now_ms)?;
    let message: Value = read_json(&raw)?;
    let said = vec![reader.read(&message, sent_ms)];
    take_in(&state.ingest, source, said).await
}

/// Event Streams and event callbacks. The signature covers no instant: what is sent again says what
/// it said before, and changes nothing.
async fn receive_twilio(
    State(state): State<Webhooks>,
    UrlPath(source): UrlPath<String>,
    address: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Some(Reader::Twilio(reader, Secret(token))) = state.readers.get(&source) else {
        return Err(Problem::no_such_address());
    };
    let raw = collect(body, state.ingest.patience).await?;
    twilio::check(token, &headers, &address, &raw)?;
    if twilio::is_form(&headers) {
        let said = vec![reader.read_form(&raw)];
        // Nobody reads what became of it; without a body is what TaskRouter asks for.
        let _ = take_in(&state.ingest, source, said).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let messages = messages(&raw)?;
    let said = messages
        .iter()
        .map(|message| reader.read(message))
        .collect();
    let done = take_in(&state.ingest, source, said).await?;
    Ok(done.into_response())
}

/// The instant that a signature vouches for: `sha256=` and the HMAC of instant, `.` and body.
fn signed_at(
    headers: &HeaderMap,
    body: &[u8],
    Secret(secret): &Secret,
    now_ms: Millis,
) -> Result<Millis, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(at), Some(signature)) = (text("x-chatwoot-timestamp"), text("x-chatwoot-signature"))
    else {
        return Err(Problem::not_signed("the request is not signed"));
    };
    let given = signature.strip_prefix("sha256=").unwrap_or(signature);
    let given = hex::decode(given).map_err(|_| Problem::not_signed("no signature"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .map_err(|_| Problem::not_signed("there is no secret to compare with"))?;
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body);
    // Compared in full, so that the time it takes says nothing.
    mac.verify_slice(&given)
        .map_err(|_| Problem::not_signed("the signature is not that of this body"))?;
    let at_ms = at.parse::<i64>().ok().and_then(|at| at.checked_mul(1_000));
    let at_ms = at_ms.ok_or_else(|| Problem::not_signed("the timestamp is no number"))?;
    if at_ms.abs_diff(now_ms) > SIGNED_WITHIN_MS.unsigned_abs() {
        return Err(Problem::not_signed(
            "it was signed too long ago, or lies ahead",
        ));
    }
    Ok(at_ms)
}

async fn messages_of(
    ingest: &IngestState,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<Value>, Problem> {
    let raw = collect(body, ingest.patience).await?;
    if is_gzip(headers)? {
        messages(&inflate(&raw)?)
    } else {
        messages(&raw)
    }
}

/// One message, several in an array, or one a line.
fn messages(raw: &[u8]) -> Result<Vec<Value>, Problem> {
    let mut messages = Vec::new();
    for value in serde_json::Deserializer::from_slice(raw).into_iter::<Value>() {
        match value {
            Ok(Value::Array(several)) => messages.extend(several),
            Ok(one) => messages.push(one),
            Err(error) => return Err(Problem::malformed(format!("the body is no JSON: {error}"))),
        }
    }
    if messages.len() > MOST_MESSAGES {
        let detail = format!("more than {MOST_MESSAGES} messages; send several requests");
        return Err(Problem::too_large(detail));
    }
    Ok(messages)
}

fn read_json(raw: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(raw)
        .map_err(|error| Problem::malformed(format!("the body is no JSON: {error}")))
}

async fn take_in(
    ingest: &IngestState,
    source: String,
    said: Vec<Said>,
) -> Result<Json<Done>, Problem> {
    let now_ms = ingest.clock.now_ms();
    let threshold = ingest.door.open_to(&source, now_ms);
    let threshold = threshold.ok_or_else(Problem::wrong_token)?;
    let mut done = Done::default();
    let mut reading = Reading::default();
    for said in said {
        match said {
            Said::Ignored(reason) => {
                done.ignored += 1;
                if !done.because.contains(&reason) {
                    done.because.push(reason);
                }
            }
            Said::Refused(reason) => {
                let index = reading.rejected.len();
                reading.rejected.push(unreadable(index, &reason));
            }
            Said::Events(events) => admit(threshold, &events, &mut reading),
        }
    }
    let answer = submit(&ingest.writer, source, now_ms, reading, Vec::new()).await?;
    done.accepted = answer.accepted;
    done.duplicates = answer.duplicates;
    done.refused = answer
        .rejected
        .into_iter()
        .map(|refused| refused.detail)
        .collect();
    Ok(Json(done))
}

fn unreadable(index: usize, reason: &str) -> Rejection {
    Rejection {
        index,
        id: None,
        reason: super::door::Reason::WrongType,
        detail: reason.to_owned(),
    }
}

fn admit(
    threshold: Threshold<'_>,
    events: &[super::wire::WireEvent<'static>],
    reading: &mut Reading,
) {
    for event in events {
        let index = reading.places.len() + reading.rejected.len();
        let id = event.id.as_deref().unwrap_or_default().to_owned();
        match threshold.admit(event) {
            Ok(admitted) => {
                reading.admitted.push(admitted);
                reading.places.push((index, id));
            }
            Err(refusal) => reading.rejected.push(Rejection {
                index,
                id: Some(id),
                reason: refusal.reason,
                detail: refusal.detail,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
