//! Reading JSON whose names are written in several ways: `agentInfo` here, `AgentInfo` there.

use serde_json::Value;

use crate::domain::event::Millis;
use crate::ingest::instant::read_instant;

/// The member at the end of a path of names, whatever their capitals; nothing if it is `null`.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    let mut here = value;
    for name in path {
        let members = here.as_object()?;
        here = members.get(*name).or_else(|| {
            let mut others = members.iter();
            others
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        })?;
    }
    (!here.is_null()).then_some(here)
}

/// A text that is not empty.
pub(super) fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

/// A name that may be written as a number.
pub(super) fn name(value: &Value, path: &[&str]) -> Option<String> {
    match at(value, path)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number of seconds.
pub(super) fn seconds(value: &Value, path: &[&str]) -> Option<i64> {
    at(value, path)?.as_i64()
}

/// An instant: nothing if there is none, a reason if it cannot be read.
pub(super) fn instant(value: &Value, path: &[&str]) -> Result<Option<Millis>, String> {
    let Some(found) = at(value, path) else {
        return Ok(None);
    };
    let field = path.join(".");
    let Some(text) = found.as_str() else {
        return Err(format!("wrong_type: {field} is not a text"));
    };
    if text.is_empty() {
        return Ok(None);
    }
    let read = read_instant(&field, text);
    read.map(Some)
        .map_err(|refusal| format!("{}: {}", refusal.reason.word(), refusal.detail))
}
