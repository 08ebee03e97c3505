//! What programs of the staff send: `POST /api/v1/staff/events`, with a token that speaks for an
//! account (`quietline user token`).

use std::collections::BTreeMap;

use anyhow::Context as _;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Desk;
use super::events::{Entered, new_id};
use super::guard::Asker;
use super::token;
use crate::domain::centre::Text;
use crate::domain::occasion::{Fault, Occasion, Typed};
use crate::domain::period::timestamp;
use crate::domain::staff::Person;
use crate::words::EN;

/// The longest id.
const LONGEST_ID: usize = 64;

/// An event as a program sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// A name of the sender's own, so that sending it again changes nothing.
    id: Option<String>,
    kind: String,
    origin: String,
    title: BTreeMap<String, String>,
    #[serde(default)]
    lines: Vec<String>,
    start: String,
    end: String,
}

/// Why a program's request is not done.
enum Problem {
    NoToken,
    WrongToken,
    NotThisRole,
    Unreadable(String),
    Faults(Vec<Fault>),
    Taken,
    NoSuchEvent,
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// Takes an event.
pub async fn enter(
    State(desk): State<Desk>,
    asker: Asker,
    sent: Result<Json<Sent>, JsonRejection>,
) -> Response {
    let work = async {
        let person = may_enter(&desk, &asker).await?;
        let Json(sent) = sent.map_err(|error| Problem::Unreadable(error.body_text()))?;
        let id = own_id(sent.id)?;
        let typed = Typed {
            kind: sent.kind,
            origin: sent.origin,
            title: Text(sent.title),
            lines: sent.lines,
            start: sent.start,
            end: sent.end,
        };
        let facts = typed.read(desk.centre(), desk.now_ms());
        let facts = facts.map_err(Problem::Faults)?;
        match desk.enter_occasion(id, facts, &person).await? {
            Entered::New(own) => Ok((StatusCode::CREATED, Json(described(&own)))),
            Entered::Same(own) => Ok((StatusCode::OK, Json(described(&own)))),
            Entered::Taken => Err(Problem::Taken),
        }
    };
    work.await.into_response()
}

/// Cancels an event.
pub async fn cancel(State(desk): State<Desk>, asker: Asker, Path(id): Path<String>) -> Response {
    let work = async {
        let person = may_enter(&desk, &asker).await?;
        let done = desk.cancel_occasion(&id, &person).await?;
        let own = done.ok_or(Problem::NoSuchEvent)?;
        Ok::<_, Problem>(Json(described(&own)))
    };
    work.await.into_response()
}

async fn may_enter(desk: &Desk, asker: &Asker) -> Result<Person, Problem> {
    let own = asker.bearer().ok_or(Problem::NoToken)?;
    let person = desk.store().person_of_token(&token::hash(own)).await;
    let person = person.context("reading a token")?;
    let person = person.ok_or(Problem::WrongToken)?;
    if person.role.may_enter() {
        Ok(person)
    } else {
        Err(Problem::NotThisRole)
    }
}

fn own_id(sent: Option<String>) -> Result<String, Problem> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match sent {
        None => Ok(new_id()),
        Some(id) if !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(is_plain) => Ok(id),
        Some(_) => Err(Problem::Unreadable(format!(
            "id: at most {LONGEST_ID} characters of a–z, 0–9 and -"
        ))),
    }
}

fn described(own: &Occasion) -> Value {
    json!({
        "id": own.id,
        "entered_at": timestamp(own.entered_ms).to_string(),
        "cancelled_at": own.cancelled_ms.map(|at_ms| timestamp(at_ms).to_string()),
        "entered_afterwards": own.is_entered_afterwards(),
    })
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Self::Failed(cause) = &self {
            let cause = format!("{cause:#}").replace(['\n', '\r'], " ");
            tracing::error!(%cause, "the desk failed");
        }
        let (status, detail) = match &self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                "send Authorization: Bearer <token>; `quietline user token` makes one".to_owned(),
            ),
            Self::WrongToken => (
                StatusCode::UNAUTHORIZED,
                "this token is not in force".to_owned(),
            ),
            Self::NotThisRole => (
                StatusCode::FORBIDDEN,
                "the account of this token reads and does not enter".to_owned(),
            ),
            Self::Unreadable(why) => (StatusCode::BAD_REQUEST, why.clone()),
            Self::Faults(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "fields that cannot be used; each is named with what would be right".to_owned(),
            ),
            Self::Taken => (
                StatusCode::CONFLICT,
                "another event has this id; send it under an id of its own".to_owned(),
            ),
            Self::NoSuchEvent => (
                StatusCode::NOT_FOUND,
                "there is no event of this id that could be cancelled".to_owned(),
            ),
            Self::Failed(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "our fault; nothing was kept, try again in a minute".to_owned(),
            ),
        };
        let mut problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": detail,
        });
        if let Self::Faults(faults) = &self {
            let fault = |fault: &Fault| {
                let wrong = EN.desk.wrong_field(fault.wrong);
                json!({"field": fault.field, "detail": wrong, "known": fault.known})
            };
            problem["faults"] = faults.iter().map(fault).collect();
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, problem.to_string()).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"staff\"");
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
