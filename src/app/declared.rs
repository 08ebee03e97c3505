//! What a centre declares in the public log: how each measure is made, what each line promises from
//! which day on, which causes of complaints there are. A change of any is a new entry.

use serde_json::{Map, Value, json};

use crate::domain::centre::{Centre, Line, ServiceChange, ServiceLevel};
use crate::domain::log::Kind;
use crate::domain::measures::{MEASURES, Measure, PAST, Past};
use crate::publish::declared::Declared;

/// Everything that is declared now, in the order of the method page.
#[must_use]
pub fn declared(centre: &Centre) -> Vec<Declared> {
    let withdrawn = PAST.iter().filter(|past| past.is_withdrawn());
    let measures = MEASURES.iter().map(measure);
    let lines = centre.lines.iter().map(line);
    let causes = centre.causes.iter().map(|cause| {
        let retired = cause.retired.map(|day| day.to_string());
        define("cause", &cause.id, json!({"retired": retired}))
    });
    let all = measures.chain(withdrawn.map(withdrawal));
    all.chain(lines).chain(causes).collect()
}

fn define(what: &str, id: &str, body: Value) -> Declared {
    declare(Kind::Definition, (what, id), body)
}

fn declare(kind: Kind, (what, id): (&str, &str), body: Value) -> Declared {
    let body = match body {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    Declared {
        kind,
        subject: format!("{what}/{id}"),
        body,
    }
}

/// The version of the definition has a name of its own: a leaf counts its versions by itself.
fn measure(own: &Measure) -> Declared {
    let body = json!({
        "definition": own.version,
        "formula": own.formula,
        "since": own.since.to_string(),
        "unit": own.unit,
        "words": own.words,
    });
    define("measure", own.id, body)
}

fn withdrawal(own: &Past) -> Declared {
    let (en, fr) = own.reason;
    let body = json!({
        "definition": own.version,
        "formula": own.formula,
        "reason": {"en": en, "fr": fr},
        "until": own.until.to_string(),
    });
    declare(Kind::Withdrawal, ("measure", own.id), body)
}

fn line(own: &Line) -> Declared {
    let first = promise(&own.service, None);
    let changes = own.changes.iter();
    let changes = changes.map(|change| promise(&change.service, Some(change)));
    let holds: Vec<Value> = std::iter::once(first).chain(changes).collect();
    define("line", &own.id, json!({"holds": holds}))
}

/// What a line promises from the beginning or from a change on; shares are texts, since leaves hold
/// no decimals.
fn promise(service: &ServiceLevel, change: Option<&ServiceChange>) -> Value {
    json!({
        "from": change.map(|own| own.valid_from.to_string()),
        "promise_percent": service.promise_percent.to_string(),
        "promise_secs": service.promise_secs,
        "reason": change.map(|own| &own.reason.0),
        "short_abandon_secs": service.short_abandon_secs,
        "target_percent": service.target_percent.to_string(),
        "threshold_secs": service.threshold_secs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing;
    use crate::publish::leaf;

    #[test]
    fn every_declaration_can_be_a_leaf_and_has_a_subject_of_its_own() {
        let all = declared(&testing::centre(&["billing", "faults"]));
        for own in &all {
            let name = (own.subject.as_str(), 1);
            let leaf = leaf::compose(own.kind, name, 0, own.body.clone());
            assert!(leaf.is_ok(), "{}: {leaf:?}", own.subject);
        }
        let mut subjects: Vec<&str> = all.iter().map(|own| own.subject.as_str()).collect();
        assert!(subjects.contains(&"measure/attempts") && subjects.contains(&"line/faults"));
        let count = subjects.len();
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), count);
    }
}
