//! Actions, as programs register them and tell what became of them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Number, Value, json};

use super::{Problem, own_id, person};
use crate::desk::Desk;
use crate::desk::actions::{Registered, new_id};
use crate::desk::guard::Asker;
use crate::domain::action::{Action, Fault, Turn, Typed, read_reason};
use crate::domain::centre::Text;
use crate::domain::period::{local_day, timestamp};
use crate::domain::staff::{Person, Role};
use crate::words::EN;

/// An action as a program sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// A name of the sender's own, so that sending it again changes nothing.
    id: Option<String>,
    owner: String,
    title: BTreeMap<String, String>,
    description: BTreeMap<String, String>,
    #[serde(default)]
    cause: String,
    measure: String,
    line: String,
    direction: String,
    size: Number,
    start: String,
    due: String,
    verdict: String,
    comparison: String,
    #[serde(default)]
    idea: String,
}

/// A step of a timeline as a program sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentStep {
    turn: String,
    #[serde(default)]
    reason: BTreeMap<String, String>,
}

/// Takes a new action.
pub async fn register(
    State(desk): State<Desk>,
    asker: Asker,
    sent: Result<Json<Sent>, JsonRejection>,
) -> Response {
    let work = async {
        let person = may_register(&desk, &asker).await?;
        let Json(sent) = sent.map_err(|error| Problem::Unreadable(error.body_text()))?;
        let id = own_id(sent.id.clone(), new_id)?;
        let typed = sent.typed();
        match desk.register_action(id, &typed, person).await? {
            Registered::New(own) => Ok((StatusCode::CREATED, Json(described(&own, &desk)))),
            Registered::Same(own) => Ok((StatusCode::OK, Json(described(&own, &desk)))),
            Registered::Taken => Err(Problem::Taken(
                "another action has this id; send it under an id of its own",
            )),
            Registered::Faulty(faults) => Err(not_usable(&faults)),
        }
    };
    work.await.into_response()
}

/// Takes a step of the timeline.
pub async fn step(
    State(desk): State<Desk>,
    asker: Asker,
    Path(id): Path<String>,
    sent: Result<Json<SentStep>, JsonRejection>,
) -> Response {
    let work = async {
        let person = may_register(&desk, &asker).await?;
        let Json(sent) = sent.map_err(|error| Problem::Unreadable(error.body_text()))?;
        let turn = Turn::from_name(&sent.turn).ok_or_else(|| {
            let known = Turn::ALL.map(Turn::name).join(", ");
            Problem::Unreadable(format!("turn: one of {known}"))
        })?;
        let reason = if turn == Turn::Withdrawn {
            let reason = read_reason(&Text(sent.reason), desk.centre());
            reason.map_err(|faults| not_usable(&faults))?
        } else {
            Text::default()
        };
        let own = desk.action(&id).await?;
        let own = desk.add_step(own, (turn, reason), person).await?;
        Ok::<_, Problem>(Json(described(&own, &desk)))
    };
    work.await.into_response()
}

async fn may_register(desk: &Desk, asker: &Asker) -> Result<Person, Problem> {
    let needed = "only officers register actions; the account of this token is of another role";
    person(desk, asker, Role::may_register, needed).await
}

impl Sent {
    fn typed(self) -> Typed {
        Typed {
            owner: self.owner,
            title: Text(self.title),
            description: Text(self.description),
            cause: self.cause,
            measure: self.measure,
            line: self.line,
            direction: self.direction,
            size: self.size.to_string(),
            start: self.start,
            due: self.due,
            verdict: self.verdict,
            comparison: self.comparison,
            idea: self.idea,
        }
    }
}

fn not_usable(faults: &[Fault]) -> Problem {
    let faults = faults.iter().map(|fault| {
        let wrong = EN.action.wrong_field(fault.wrong);
        json!({"field": fault.field, "detail": wrong, "known": fault.known})
    });
    Problem::Faults(faults.collect())
}

fn described(own: &Action, desk: &Desk) -> Value {
    let today = local_day(desk.now_ms(), &desk.centre().zone);
    json!({
        "id": own.id,
        "registered_at": timestamp(own.registered_ms).to_string(),
        "state": own.state(today).name(),
    })
}
