//! What programs of the staff send, with a token that speaks for an account
//! (`quietline user token`): `POST /api/v1/staff/events` and `POST /api/v1/staff/actions`.

pub mod actions;
pub mod events;

use anyhow::Context as _;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Desk;
use super::guard::Asker;
use super::page::Refusal;
use super::token;
use crate::domain::action::NoStep;
use crate::domain::staff::{Person, Role};
use crate::words::EN;

/// The longest id.
const LONGEST_ID: usize = 64;

/// Why a program's request is not done.
enum Problem {
    NoToken,
    WrongToken,
    /// The account may not; what would be needed.
    NotThisRole(&'static str),
    Unreadable(String),
    /// Fields that cannot be used: name, what is wrong, what would be right if it can be listed.
    Faults(Vec<Value>),
    /// What has this id already.
    Taken(&'static str),
    /// What is not there.
    NotThere(&'static str),
    NoStep(NoStep),
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoStep(why) => Self::NoStep(why),
            Refusal::NoSuchAction => Self::NotThere("there is no action of this id"),
            Refusal::Failed(cause) => Self::Failed(cause),
            other => Self::Unreadable(other.sentence(&EN).to_owned()),
        }
    }
}

/// For whom the token of a request speaks, if they may do this.
async fn person(
    desk: &Desk,
    asker: &Asker,
    may: fn(Role) -> bool,
    needed: &'static str,
) -> Result<Person, Problem> {
    let own = asker.bearer().ok_or(Problem::NoToken)?;
    let person = desk.store().person_of_token(&token::hash(own)).await;
    let person = person.context("reading a token")?;
    let person = person.ok_or(Problem::WrongToken)?;
    if may(person.role) {
        Ok(person)
    } else {
        Err(Problem::NotThisRole(needed))
    }
}

/// The sender's own id, or a new one.
fn own_id(sent: Option<String>, new: fn() -> String) -> Result<String, Problem> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match sent {
        None => Ok(new()),
        Some(id) if !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(is_plain) => Ok(id),
        Some(_) => Err(Problem::Unreadable(format!(
            "id: at most {LONGEST_ID} characters of a–z, 0–9 and -"
        ))),
    }
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::NotThisRole(_) => StatusCode::FORBIDDEN,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Faults(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Taken(_) | Self::NoStep(_) => StatusCode::CONFLICT,
            Self::NotThere(_) => StatusCode::NOT_FOUND,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::NoToken => "send Authorization: Bearer <token>; `quietline user token` makes one",
            Self::WrongToken => "this token is not in force",
            Self::Unreadable(why) => why,
            Self::Faults(_) => "fields that cannot be used; each is named with what would be right",
            Self::NotThisRole(text) | Self::Taken(text) | Self::NotThere(text) => text,
            Self::NoStep(why) => EN.action.no_step(*why),
            Self::Failed(_) => "our fault; nothing was kept, try again in a minute",
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Self::Failed(cause) = &self {
            let cause = format!("{cause:#}").replace(['\n', '\r'], " ");
            tracing::error!(%cause, "the desk failed");
        }
        let status = self.status();
        let mut problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.detail(),
        });
        if let Self::Faults(faults) = self {
            problem["faults"] = Value::Array(faults);
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
