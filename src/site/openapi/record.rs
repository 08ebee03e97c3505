//! The daily record, what is done about it, the weekly editions and the public log.

use serde_json::{Value, json};

use super::{answer, day, described, parameter, reference, with_problems};
use crate::domain::action::State;
use crate::site::Site;
use crate::site::actions;
use crate::site::performance::PARAMETERS;

/// `GET /api/v1/performance`.
pub(super) fn performance(site: &Site) -> Value {
    let mut operation = answer(
        "What happened yesterday, this week, this month or in own days: exactly the page /performance",
        "application/json",
        &reference("Performance"),
    );
    operation["description"] = json!(
        "Every figure with what it is of (`n`), its mark, its 95 % interval where it is a share, its \
         target, and the days before and of last year. A figure that is not told of such days \
         names its own in `from` and `to`. `data` is the address of the series behind a figure, \
         and `charts` holds the series that the page's pictures are drawn from."
    );
    let own_day = |name: &str, text: &str| described(name, text, &day());
    let parameters = PARAMETERS.map(|name| match name {
        "from" => own_day(name, "The first of own local days"),
        "to" => own_day(name, "The last of own local days, inclusive"),
        _ => parameter(site, name),
    });
    operation["parameters"] = json!(parameters);
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

/// `GET /api/v1/actions`.
pub(super) fn actions(site: &Site) -> Value {
    let mut operation = answer(
        "What is done about the figures, with the verdict on each action: what the pages /actions show",
        "application/json",
        &reference("Actions"),
    );
    operation["description"] = json!(
        "What was registered before the start never changes; `timeline` is what became of it. \
         `verdict` is computed: improved, no_detectable_change, worse, too_early, not_enough_data, \
         or null for what was withdrawn before its start. `impact` is in the unit of the measure; \
         differences of percent are percentage points."
    );
    let parameters = actions::PARAMETERS.map(|name| match name {
        "state" => described(
            name,
            "Only actions that stand so",
            &json!({"type": "string", "enum": State::ALL.map(State::name)}),
        ),
        _ => described(name, "Only actions this owner answers for", &owners(site)),
    });
    operation["parameters"] = json!(parameters);
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

/// Everybody who answers for an action; while nobody does, any text.
fn owners(site: &Site) -> Value {
    let actions = site.figures().actions();
    let names = actions.iter().map(|own| own.facts.owner.as_str());
    let names: std::collections::BTreeSet<&str> = names.collect();
    if names.is_empty() {
        return json!({"type": "string"});
    }
    json!({"enum": names})
}

/// `GET /api/v1/editions`.
pub(super) fn editions() -> Value {
    let mut operation = answer(
        "Every slot of the release calendar, missed ones too: exactly the page /editions",
        "application/json",
        &reference("Editions"),
    );
    operation["description"] = json!(
        "From the first week to twelve months ahead. Each slot has its state, and each version its \
         leaf in the public log. The facts of a version are at its address with `.json` or `.csv`."
    );
    operation
}

/// `GET /api/v1/log`.
pub(super) fn log() -> Value {
    let text = "The newest signed head of the public log";
    let mut operation = answer(text, "application/json", &reference("LogHead"));
    operation["description"] = json!(
        "Size, root and signature (Ed25519). The leaves are /log/leaves/{n}.json, 256 at once \
         /log/bundles/{k}.ndjson (with `-documents` their texts, with `-proofs` the proofs of editions), \
         their texts /log/documents/{sha256}.json, all heads \
         /log/heads.json, the proofs /log/proofs/inclusion/{n}.json and \
         /log/proofs/consistency/{old}-{new}.json. `quietline verify URL` checks them all."
    );
    operation
}

/// `GET /.well-known/quietline-keys.json`.
pub(super) fn log_keys() -> Value {
    let text = "The public keys that signed the log, each with the number of its leaf";
    answer(text, "application/json", &reference("LogKeys"))
}
