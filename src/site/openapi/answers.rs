//! The shapes of answers about weeks, forecasts, the daily record, actions, editions and the log.

use serde_json::{Map, Value, json};

use super::reference;
use crate::domain::action::{State, Turn};
use crate::domain::impact::Verdict;

/// All of them, by name.
pub(super) fn schemas() -> Value {
    json!({
        "Week": week(),
        "Forecast": forecast(),
        "Foretold": foretold(),
        "Score": score(),
        "ScoreSums": sums(),
        "Advised": advised(),
        "Editions": editions(),
        "LogHead": head(),
        "LogKeys": keys(),
        "Actions": whole(json!({"zone": text(), "actions": list(&reference("Action"))})),
        "Action": action(),
        "Performance": performance(),
        "Figure": figure(),
        "Pooled": whole(pooled()),
    })
}

/// An object that always has all of its members.
#[expect(
    clippy::needless_pass_by_value,
    reason = "what json! has made is handed on"
)]
pub(super) fn whole(members: Value) -> Value {
    let members_of = members.as_object().into_iter().flatten();
    let names: Vec<&String> = members_of.map(|(name, _)| name).collect();
    json!({"type": "object", "required": names, "properties": members})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn maybe_text() -> Value {
    json!({"type": ["string", "null"]})
}

fn number() -> Value {
    json!({"type": ["number", "null"]})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn maybe_count() -> Value {
    json!({"type": ["integer", "null"], "minimum": 0})
}

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

fn maybe_day() -> Value {
    json!({"type": ["string", "null"], "format": "date"})
}

fn instant() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn maybe_instant() -> Value {
    json!({"type": ["string", "null"], "format": "date-time"})
}

fn truth() -> Value {
    json!({"type": "boolean"})
}

fn list(schema: &Value) -> Value {
    json!({"type": "array", "items": schema})
}

fn maybe(schema: &Value) -> Value {
    json!({"oneOf": [schema, {"type": "null"}]})
}

/// A text in each language of the pages.
fn texts() -> Value {
    json!({"type": "object", "additionalProperties": {"type": "string"}})
}

fn hash() -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
}

fn week() -> Value {
    let weekday = json!({"type": "integer", "minimum": 1, "maximum": 7});
    let time = json!({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"});
    let cell = json!({
        "type": "object",
        "required": ["weekday"],
        "description": "Either a mark, or the usual range and how busy it is",
        "properties": {
            "weekday": weekday,
            "mark": {"enum": ["closed", "x", "c"]},
            "low_mins": maybe_count(),
            "high_mins": maybe_count(),
            "busy_index": {"type": "integer", "minimum": 0, "maximum": 100},
        },
    });
    whole(json!({
        "line": text(),
        "zone": text(),
        "unit": {"const": "minutes"},
        "weeks": count(),
        "rows": list(&whole(json!({"start": time, "cells": list(&cell)}))),
        "busiest": list(&weekday),
        "quietest": maybe(&whole(json!({"weekday": weekday, "after": time}))),
    }))
}

fn foretold() -> Value {
    let one = json!({"type": "number"});
    maybe(&whole(json!({"expected": one, "low": one, "high": one})))
}

fn forecast() -> Value {
    let range = reference("Foretold");
    let slot = whole(json!({
        "start": instant(),
        "end": instant(),
        "contacts": range,
        "contacts_after_today_so_far": range,
        "wait_secs": range,
    }));
    whole(json!({
        "line": text(),
        "zone": text(),
        "issued_at": instant(),
        "model": text(),
        "weeks_of_history": count(),
        "too_little_history": truth(),
        "range_share": {"type": "number"},
        "slots": list(&slot),
    }))
}

fn score() -> Value {
    let sums = maybe(&reference("ScoreSums"));
    let both = whole(json!({"contacts": sums, "waits_secs": sums}));
    let advised = maybe(&reference("Advised"));
    let line = whole(json!({
        "line": text(),
        "model": text(),
        "when_calling": both,
        "on_the_day": both,
        "six_days_before": both,
        "advice": advised,
        "quiet_hours_rule": advised,
        "quiet_hours": list(&json!({})),
        "quiet_hours_rule_is_better": truth(),
    }));
    whole(json!({
        "days": count(),
        "range_share": {"type": "number"},
        "lines": list(&line),
    }))
}

fn sums() -> Value {
    whole(json!({
        "cases_about": count(),
        "coverage": number(),
        "median_error": number(),
        "mean_error": number(),
        "weighted_percentage_error": number(),
        "pinball": number(),
        "skill_against_last_week": number(),
        "skill_against_last_four_weeks": number(),
    }))
}

fn advised() -> Value {
    whole(json!({
        "advised_about": count(),
        "advised_share": number(),
        "mean_saving_secs": number(),
        "longer_by_over_15_secs_share": number(),
        "share_of_possible_saving": number(),
    }))
}

fn editions() -> Value {
    let version = whole(json!({
        "version": count(),
        "kind": {"enum": ["edition", "correction"]},
        "published_at": instant(),
        "officer": maybe(&texts()),
        "signed_at": maybe_instant(),
        "facts_sha256": hash(),
        "leaf": whole(json!({"number": count(), "hash": hash()})),
        "address": text(),
    }));
    let slot = whole(json!({
        "week": {"type": "string", "pattern": "^[0-9]{4}-W[0-9]{2}$"},
        "due": instant(),
        "grace_until": instant(),
        "state": text(),
        "days_late": maybe_count(),
        "versions": list(&version),
    }));
    whole(json!({"zone": text(), "slots": list(&slot)}))
}

fn head() -> Value {
    whole(json!({
        "at": instant(),
        "key": hash(),
        "origin": text(),
        "root": hash(),
        "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
        "size": count(),
    }))
}

fn keys() -> Value {
    let key = whole(json!({"from": count(), "id": hash(), "public": hash()}));
    whole(json!({"origin": text(), "keys": list(&key)}))
}

fn action() -> Value {
    let means = whole(json!({"before": number(), "after": number()}));
    let impact = whole(json!({
        "effect": number(), "low": number(), "high": number(), "level_percent": count(),
        "treated": means, "comparison": means, "days_before": count(), "days_after": count(),
    }));
    let step = whole(json!({
        "at": instant(),
        "state": {"enum": Turn::ALL.map(Turn::name)},
        "reason": maybe(&texts()),
        "by": text(),
    }));
    let verdicts = Verdict::ALL.map(Verdict::name).into_iter();
    let verdicts: Vec<Option<&str>> = verdicts.map(Some).chain([None]).collect();
    whole(json!({
        "id": text(),
        "owner": text(),
        "title": texts(),
        "description": texts(),
        "cause": maybe_text(),
        "measure": text(),
        "definition": whole(json!({"id": text(), "version": count()})),
        "unit": maybe_text(),
        "line": text(),
        "comparison": text(),
        "direction": {"enum": ["up", "down"]},
        "size": {"type": "number"},
        "start": day(),
        "due": day(),
        "verdict_from": day(),
        "idea_received": maybe_day(),
        "registered_at": instant(),
        "registered_by": text(),
        "state": {"enum": State::ALL.map(State::name)},
        "late": truth(),
        "start_missed": truth(),
        "timeline": list(&step),
        "verdict": {"enum": verdicts},
        "why": maybe_text(),
        "impact": maybe(&impact),
        "other_causes": list(&whole(json!({"kind": text(), "id": text()}))),
    }))
}

/// A figure of some days, pooled.
fn pooled() -> Value {
    json!({
        "from": day(),
        "to": day(),
        "value": number(),
        "under": number(),
        "at_least": number(),
        "n": maybe_count(),
        "mark": {"enum": ["p", "r", "b", "u", "c", "x", "closed", null]},
        "cells": count(),
        "withheld_cells": count(),
        "missing_cells": count(),
        "left_out_days": count(),
    })
}

fn with(mut members: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
        members.extend(more);
    }
    members
}

fn figure() -> Value {
    let change = json!({"enum": ["up", "down", "none", null]});
    let earlier = whole(with(pooled(), json!({"change": change})));
    let own = json!({
        "measure": text(),
        "unit": text(),
        "version": count(),
        "target": number(),
        "interval": {"type": ["array", "null"], "items": {"type": "number"}},
        "before": earlier,
        "last_year": earlier,
        "data": maybe_text(),
    });
    let mut figure = whole(with(pooled(), own));
    figure["properties"]["cause"] = text();
    figure["properties"]["channel"] = text();
    figure
}

fn performance() -> Value {
    let figures = list(&reference("Figure"));
    let answers = json!({"type": "array", "items": {"type": "object"}});
    let backlog = whole(json!({
        "line": text(), "waiting": maybe_count(), "waiting_below": maybe_count(),
        "answering_messages_of": maybe_text(),
    }));
    let way = whole(json!({"way": text(), "callers": number(), "of_ten": count()}));
    let ten = whole(json!({
        "of": number(), "ways": list(&way), "self_served": number(), "still_open": number(),
        "unexplained": number(),
    }));
    let members: Map<String, Value> = ["service_levels", "waits", "contacts", "purposes"]
        .into_iter()
        .chain(["channels", "complaints", "satisfaction"])
        .map(|name| (name.to_owned(), figures.clone()))
        .collect();
    let own = json!({
        "period": text(), "line": text(), "zone": text(), "from": day(), "to": day(),
        "is_running": truth(),
        "ten_callers": maybe(&ten),
        "sites": list(&whole(json!({"site": text(), "kind": maybe_text(), "figures": figures}))),
        "complaints_by_cause": list(&whole(json!({"cause": text(), "figures": figures}))),
        "answers": answers,
        "backlog": list(&backlog),
        "conservation": answers,
        "events": whole(json!({
            "received": count(), "counted": count(), "duplicate": count(), "orphaned": count(),
            "rejected": count(),
        })),
    });
    let mut performance = whole(with(Value::Object(members), own));
    performance["properties"]["charts"] = json!({
        "type": "object",
        "description": "Of the whole centre: the series that the page's pictures are drawn from",
    });
    performance
}
