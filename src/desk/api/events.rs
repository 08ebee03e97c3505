//! Events that explain demand, as programs enter them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Problem, own_id, person};
use crate::desk::Desk;
use crate::desk::events::{Entered, new_id};
use crate::desk::guard::Asker;
use crate::domain::centre::Text;
use crate::domain::occasion::{Fault, Occasion, Typed};
use crate::domain::period::timestamp;
use crate::domain::staff::{Person, Role};
use crate::words::EN;

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

/// Takes an event.
pub async fn enter(
    State(desk): State<Desk>,
    asker: Asker,
    sent: Result<Json<Sent>, JsonRejection>,
) -> Response {
    let work = async {
        let person = may_enter(&desk, &asker).await?;
        let Json(sent) = sent.map_err(|error| Problem::Unreadable(error.body_text()))?;
        let id = own_id(sent.id, new_id)?;
        let typed = Typed {
            kind: sent.kind,
            origin: sent.origin,
            title: Text(sent.title),
            lines: sent.lines,
            start: sent.start,
            end: sent.end,
        };
        let facts = typed.read(desk.centre(), desk.now_ms());
        let facts = facts
            .map_err(|faults| Problem::Faults(faults.iter().map(described_fault).collect()))?;
        match desk.enter_occasion(id, facts, &person).await? {
            Entered::New(own) => Ok((StatusCode::CREATED, Json(described(&own)))),
            Entered::Same(own) => Ok((StatusCode::OK, Json(described(&own)))),
            Entered::Taken => Err(Problem::Taken(
                "another event has this id; send it under an id of its own",
            )),
        }
    };
    work.await.into_response()
}

/// Cancels an event.
pub async fn cancel(State(desk): State<Desk>, asker: Asker, Path(id): Path<String>) -> Response {
    let work = async {
        let person = may_enter(&desk, &asker).await?;
        let done = desk.cancel_occasion(&id, &person).await?;
        let own = done.ok_or(Problem::NotThere(
            "there is no event of this id that could be cancelled",
        ))?;
        Ok::<_, Problem>(Json(described(&own)))
    };
    work.await.into_response()
}

async fn may_enter(desk: &Desk, asker: &Asker) -> Result<Person, Problem> {
    let needed = "the account of this token reads and does not enter";
    person(desk, asker, Role::may_enter, needed).await
}

fn described_fault(fault: &Fault) -> Value {
    let wrong = EN.desk.wrong_field(fault.wrong);
    json!({"field": fault.field, "detail": wrong, "known": fault.known})
}

fn described(own: &Occasion) -> Value {
    json!({
        "id": own.id,
        "entered_at": timestamp(own.entered_ms).to_string(),
        "cancelled_at": own.cancelled_ms.map(|at_ms| timestamp(at_ms).to_string()),
        "entered_afterwards": own.is_entered_afterwards(),
    })
}
