//! `POST /ingest/v1/events`: a request becomes a batch, and is answered once it is durable.
//!
//! Knows the door, the tokens and the writer's queue; neither the database nor any page.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::routing::post;
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};

use super::body::{Framing, Reading, read_body};
use super::covers::parse_ranges;
use super::door::{Door, Reason, Rejection};
use super::problem::Problem;
use super::tokens::Tokens;
use super::writer::WriterHandle;
use crate::domain::batch::{Applied, Batch};
use crate::domain::event::Millis;
use crate::domain::period::Span;

/// Most bytes of a body, before and after it is inflated: three times what [`MOST_EVENTS`] of
/// ordinary size need, and little enough that a hundred senders at once fit into memory.
///
/// [`MOST_EVENTS`]: super::body::MOST_EVENTS
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Reading more than this takes milliseconds, in which the runtime's thread would serve nobody.
const INLINE_BYTES: usize = 256 * 1024;

/// What the handler needs.
#[derive(Clone)]
pub struct IngestState {
    /// What may come in.
    pub door: Arc<Door>,
    /// Who may send.
    pub tokens: Tokens,
    /// Where it goes.
    pub writer: WriterHandle,
    /// The instant now.
    pub now: Arc<dyn Fn() -> Millis + Send + Sync>,
}

impl fmt::Debug for IngestState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IngestState")
    }
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
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// `duplicates`: their places are wanted too.
    list: Option<String>,
    /// Local days an import covers: `1999-01-01/1999-02-01,…`, ends exclusive.
    covers: Option<String>,
}

/// The routes of the writing side.
pub fn router(state: IngestState) -> Router {
    Router::new()
        .route("/ingest/v1/events", post(receive))
        .with_state(state)
}

async fn receive(
    State(state): State<IngestState>,
    options: Result<Query<Options>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answer>, Problem> {
    // The token comes first: a stranger makes us neither read nor inflate anything.
    let source = authorize(&headers, &state.tokens)?;
    let Query(options) = options.map_err(|error| Problem::malformed(error.body_text()))?;
    let list_duplicates = match options.list.as_deref() {
        None => false,
        Some("duplicates") => true,
        Some(_) => return Err(Problem::malformed("list can only be duplicates".to_owned())),
    };
    let content = content(&headers)?;
    let gzip = is_gzip(&headers)?;
    let raw = collect(body, &headers).await?;
    let received_ms = (state.now)();
    let door = Arc::clone(&state.door);
    let work = {
        let source = source.clone();
        move || read_request(&door, &source, received_ms, content, gzip, &raw)
    };
    let (framing, reading) = if gzip || work_is_long(&headers) {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| Problem::malformed("the body could not be read".to_owned()))??
    } else {
        work()?
    };
    let covers = covers(&state.door, options.covers.as_deref())?;
    submit(&state, source, received_ms, framing, reading, covers, list_duplicates).await
}
