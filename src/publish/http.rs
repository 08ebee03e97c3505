//! The record over HTTP: the files that `export` writes, under the same names.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use tokio::sync::watch;

use super::ledger::Ledger;
use super::record::{BUNDLE, consistency, consistency_json, heads_json, inclusion_json, keys_json};
use super::verify::is_held;
use super::{canonical, head, leaf};
use crate::domain::log::Leaf;
use crate::store::Store;

/// What grows.
const SHORT: &str = "public, max-age=5";
/// What never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What the addresses answer from.
#[derive(Clone)]
pub struct Shown {
    /// The database.
    pub store: Store,
    /// What is known of the log.
    pub ledger: watch::Receiver<Ledger>,
}

/// Why there is no answer.
enum Missing {
    /// No such file; the remedy.
    File(&'static str),
    /// Nothing was signed yet.
    NotReady,
    /// Our fault.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Missing {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        let (status, title, detail) = match self {
            Self::File(remedy) => (StatusCode::NOT_FOUND, "no such file in the log", remedy),
            Self::NotReady => {
                let detail = "Nothing was signed yet. Try again in a few seconds.";
                (StatusCode::SERVICE_UNAVAILABLE, "not ready", detail)
            }
            Self::Failed(error) => {
                tracing::error!("the public log: {error:#}");
                let detail = "The fault is ours. Try again later.";
                (StatusCode::INTERNAL_SERVER_ERROR, "failed", detail)
            }
        };
        let problem = serde_json::json!({
            "title": title, "status": status.as_u16(), "detail": detail
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, problem.to_string()).into_response()
    }
}

/// `/api/v1/log`, `/log/…` and the public keys.
pub fn router(shown: Shown) -> Router {
    Router::new()
        .route("/api/v1/log", get(newest))
        .route("/.well-known/quietline-keys.json", get(keys))
        .route("/log/head.json", get(newest))
        .route("/log/heads.json", get(heads))
        .route("/log/leaves/{file}", get(leaf))
        .route("/log/bundles/{file}", get(bundle))
        .route("/log/documents/{file}", get(document))
        .route("/log/proofs/inclusion/{file}", get(inclusion))
        .route("/log/proofs/consistency/{file}", get(consistent))
        .with_state(shown)
}

type Answer = Result<Response, Missing>;

fn json(bytes: Vec<u8>, keep: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, keep),
    ];
    (headers, bytes).into_response()
}

fn value(value: &Value, keep: &'static str) -> Answer {
    Ok(json(canonical::to_bytes(value)?, keep))
}

async fn newest(State(shown): State<Shown>) -> Answer {
    let newest = shown.ledger.borrow().newest().map(head::to_json);
    value(&newest.ok_or(Missing::NotReady)?, SHORT)
}

async fn heads(State(shown): State<Shown>) -> Answer {
    let heads = heads_json(&shown.ledger.borrow().heads);
    value(&heads, SHORT)
}

async fn keys(State(shown): State<Shown>) -> Answer {
    let keys = {
        let ledger = shown.ledger.borrow();
        let signed = ledger.signed_size();
        let known = ledger.keys.iter().filter(|(number, _)| *number < signed);
        keys_json(&known.copied().collect::<Vec<_>>())
    };
    value(&keys, SHORT)
}

/// The number of `17.json`; only in its plain spelling.
fn number(file: &str, ending: &str) -> Option<u64> {
    let text = file.strip_suffix(ending)?;
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

async fn leaf(State(shown): State<Shown>, Path(file): Path<String>) -> Answer {
    let signed = shown.ledger.borrow().signed_size();
    let remedy = "Leaves are numbered from 0 to one below the size of /log/head.json.";
    let number = number(&file, ".json").filter(|number| *number < signed);
    let number = number.ok_or(Missing::File(remedy))?;
    let leaf = shown.store.leaves(number, 1).await?.pop();
    let leaf = leaf.filter(|leaf| leaf.number == number);
    Ok(json(leaf.ok_or(Missing::File(remedy))?.bytes, FOR_EVER))
}

async fn bundle(State(shown): State<Shown>, Path(file): Path<String>) -> Answer {
    let remedy = "Bundles are numbered from 0 on, 256 leaves each: 0.ndjson has the leaves, \
                  0-documents.ndjson their texts, 0-proofs.ndjson the proofs of editions and keys.";
    let signed = shown.ledger.borrow().signed_size();
    let known = [
        ("-documents.ndjson", Bundled::Texts),
        ("-proofs.ndjson", Bundled::Proofs),
        (".ndjson", Bundled::Leaves),
    ];
    let asked = known
        .into_iter()
        .find_map(|(ending, what)| Some((number(&file, ending)?, what)));
    let asked = asked.and_then(|(bundle, what)| Some((bundle.checked_mul(BUNDLE)?, what)));
    let (first, what) = asked
        .filter(|(first, _)| *first < signed)
        .ok_or(Missing::File(remedy))?;
    let count = (signed - first).min(BUNDLE);
    let leaves = shown.store.leaves(first, u32::try_from(count)?).await?;
    let lines = match what {
        Bundled::Leaves => leaves.into_iter().map(|leaf| leaf.bytes).collect(),
        Bundled::Texts => texts(&shown.store, &leaves).await?,
        Bundled::Proofs => proofs(&shown.ledger.borrow(), &leaves)?,
    };
    // Proofs lead to the newest head.
    let is_final = count == BUNDLE && !matches!(what, Bundled::Proofs);
    let keep = if is_final { FOR_EVER } else { SHORT };
    let text: Vec<u8> = lines
        .into_iter()
        .flat_map(|line| [line, vec![b'\n']])
        .flatten()
        .collect();
    let mut response = json(text, keep);
    let kind = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// What a bundle has, of 256 leaves.
#[derive(Clone, Copy)]
enum Bundled {
    Leaves,
    Texts,
    Proofs,
}

/// The texts that leaves name, each once.
async fn texts(store: &Store, leaves: &[Leaf]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut named = BTreeSet::new();
    let mut texts = Vec::new();
    for told in leaves.iter().filter_map(|own| leaf::read(&own.bytes).ok()) {
        for hash in told.documents.into_values() {
            if named.insert(hash.clone()) {
                texts.extend(store.document(&hash).await?);
            }
        }
    }
    Ok(texts)
}

/// The proofs of those leaves that readers hold on to.
fn proofs(ledger: &Ledger, leaves: &[Leaf]) -> anyhow::Result<Vec<Vec<u8>>> {
    let is_kept = |own: &&Leaf| leaf::read(&own.bytes).is_ok_and(|told| is_held(told.kind));
    let held = leaves.iter().filter(is_kept);
    held.filter_map(|own| proof(ledger, own.number))
        .map(|proof| Ok(canonical::to_bytes(&proof)?))
        .collect()
}

/// The proof that a leaf is under the newest head; none if it is not.
fn proof(ledger: &Ledger, number: u64) -> Option<Value> {
    let size = ledger.signed_size();
    let (index, all) = (usize::try_from(number).ok()?, usize::try_from(size).ok()?);
    let proof = ledger.tree.inclusion(index, all)?;
    Some(inclusion_json((number, size), &proof))
}

async fn document(State(shown): State<Shown>, Path(file): Path<String>) -> Answer {
    let remedy = "Documents are named by the leaves, under \"documents\".";
    let hash = file.strip_suffix(".json").ok_or(Missing::File(remedy))?;
    let is_public = {
        let ledger = shown.ledger.borrow();
        let named = ledger.documents.get(hash);
        named.is_some_and(|number| *number < ledger.signed_size())
    };
    let found = if is_public {
        shown.store.document(hash).await?
    } else {
        None
    };
    Ok(json(found.ok_or(Missing::File(remedy))?, FOR_EVER))
}

async fn inclusion(State(shown): State<Shown>, Path(file): Path<String>) -> Answer {
    let proof = number(&file, ".json").and_then(|number| proof(&shown.ledger.borrow(), number));
    let remedy = "Proofs are numbered as the leaves: from 0 on.";
    value(&proof.ok_or(Missing::File(remedy))?, SHORT)
}

async fn consistent(State(shown): State<Shown>, Path(file): Path<String>) -> Answer {
    let remedy = "Name two sizes up to that of /log/head.json, the smaller first: 5-17.json.";
    let proof = {
        let ledger = shown.ledger.borrow();
        let sizes = file.split_once('-');
        let sizes = sizes.and_then(|(old, new)| Some((number(old, "")?, number(new, ".json")?)));
        let sizes = sizes.filter(|(old, new)| old <= new && *new <= ledger.signed_size());
        sizes.map(|(old, new)| consistency_json((old, new), &consistency(&ledger.tree, old, new)))
    };
    value(&proof.ok_or(Missing::File(remedy))?, FOR_EVER)
}
