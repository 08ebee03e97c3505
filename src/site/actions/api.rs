//! `/api/v1/actions`: what the pages show, for programs.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::judge::Finding;
use super::list::{judged, read_owner, today};
use super::page::causes;
use crate::domain::action::{Action, State as Stands, Step};
use crate::domain::event::Millis;
use crate::domain::impact::{Impact, Means, Unjudged};
use crate::domain::measures::Measure;
use crate::domain::period::timestamp;
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::error::{Error, Why};
use crate::site::page::Visitor;

/// What it reads.
pub static PARAMETERS: [&str; 2] = ["owner", "state"];

/// The list, in the order in which the actions were registered.
pub async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&PARAMETERS)?;
    let owner = read_owner(&site, &visitor)?;
    let state = read_state(&visitor)?;
    let today = today(&site);
    let judged = judged(&site, owner.as_deref()).await?;
    let wanted = judged
        .iter()
        .filter(|(own, _)| state.is_none_or(|state| own.state(today) == state));
    let actions: Vec<Value> = wanted
        .map(|(own, finding)| as_json(&site, &visitor, own, finding))
        .collect();
    let body = json!({"zone": site.centre().zone_name, "actions": actions});
    Ok(tagged(
        body.to_string(),
        "application/json",
        A_TICK,
        &headers,
    ))
}

fn read_state(visitor: &Visitor) -> Result<Option<Stands>, Error> {
    let Some(name) = visitor.parameter("state") else {
        return Ok(None);
    };
    let found = Stands::ALL.into_iter().find(|state| state.name() == name);
    found.map(Some).ok_or_else(|| Error::BadParameter {
        name: "state",
        why: Why::NotOneOfThese,
        known: Stands::ALL.map(|state| state.name().to_owned()).into(),
    })
}

/// An action as everybody may know it: the role of who entered something, never the account.
fn as_json(site: &Site, visitor: &Visitor, own: &Action, finding: &Finding) -> Value {
    let facts = &own.facts;
    let today = today(site);
    let measure = Measure::from_id(&facts.measure);
    let causes = causes(site, own, visitor.words()).into_iter();
    let causes = causes.map(|cause| json!({"kind": cause.kind, "id": cause.id}));
    json!({
        "id": own.id,
        "owner": facts.owner,
        "title": facts.title,
        "description": facts.description,
        "cause": facts.cause,
        "measure": facts.measure,
        "definition": {"id": facts.measure, "version": facts.measure_version},
        "unit": measure.map(|measure| measure.unit),
        "line": facts.line,
        "comparison": facts.comparison.name(),
        "direction": facts.direction.name(),
        "size": facts.size,
        "start": facts.start.to_string(),
        "due": facts.due.to_string(),
        "verdict_from": facts.verdict.to_string(),
        "idea_received": facts.idea.map(|day| day.to_string()),
        "registered_at": instant(own.registered_ms),
        "registered_by": own.by.role.name(),
        "state": own.state(today).name(),
        "late": own.is_late(today, &site.centre().zone),
        "start_missed": own.is_start_missed(today),
        "timeline": own.steps.iter().map(step_json).collect::<Vec<_>>(),
        "verdict": finding.verdict(own).map(crate::domain::impact::Verdict::name),
        "why": why(finding),
        "impact": finding.impact().map(impact_json),
        "other_causes": causes.collect::<Vec<_>>(),
    })
}

fn instant(at_ms: Millis) -> String {
    timestamp(at_ms).to_string()
}

fn step_json(step: &Step) -> Value {
    json!({
        "at": instant(step.at_ms),
        "state": step.turn.name(),
        "reason": (!step.reason.0.is_empty()).then_some(&step.reason),
        "by": step.by.role.name(),
    })
}

/// Why there is no effect to tell.
fn why(finding: &Finding) -> Option<&'static str> {
    match finding {
        Finding::NeverJudged => Some("withdrawn_before_its_start"),
        Finding::NotDue => Some("not_due"),
        Finding::NoFigure => Some("not_published_any_more"),
        Finding::Unjudged(Unjudged::SameSegment) => Some("same_segment"),
        Finding::Unjudged(Unjudged::TooFewDays(_)) => Some("too_few_days"),
        Finding::Found(_) => None,
    }
}

fn impact_json(impact: &Impact) -> Value {
    let means = |means: Means| json!({"before": means.before, "after": means.after});
    json!({
        "effect": impact.effect,
        "low": impact.low,
        "high": impact.high,
        "level_percent": 95,
        "treated": means(impact.treated),
        "comparison": means(impact.comparison),
        "days_before": impact.days[0],
        "days_after": impact.days[1],
    })
}
