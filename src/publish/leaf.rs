//! A leaf's bytes: canonical JSON that says what it tells, of what, in which version and when, so
//! that nothing outside them is needed to read it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::canonical::{self, NotCanonical};
use super::tree::leaf_hash;
use crate::domain::event::Millis;
use crate::domain::log::{Kind, NewLeaf};
use crate::domain::period;

/// Members that every leaf has, and `documents`: name → SHA-256 of a text that belongs to it.
pub const RESERVED: [&str; 5] = ["at", "documents", "kind", "subject", "version"];

/// A leaf to be added to the log: `body` is what it says besides. A document it belongs together
/// with is named in `body` as `"documents": {"facts": "<SHA-256 in hexadecimal>"}`.
///
/// # Errors
/// If a number in the body is no integer.
pub fn compose(
    kind: Kind,
    (subject, version): (&str, u32),
    at_ms: Millis,
    body: Map<String, Value>,
) -> Result<NewLeaf, NotCanonical> {
    let mut members = body;
    members.insert("at".to_owned(), instant(at_ms).into());
    members.insert("kind".to_owned(), kind.name().into());
    members.insert("subject".to_owned(), subject.into());
    members.insert("version".to_owned(), version.into());
    let bytes = canonical::to_bytes(&Value::Object(members))?;
    Ok(NewLeaf {
        kind,
        subject: subject.to_owned(),
        version,
        at_ms,
        hash: leaf_hash(&bytes),
        bytes,
    })
}

/// An instant as leaves and heads write it: RFC 3339 in UTC.
#[must_use]
pub fn instant(at_ms: Millis) -> String {
    period::timestamp(at_ms).to_string()
}

/// The instant of such a text; none if it is written in another way.
#[must_use]
pub fn instant_ms(text: &str) -> Option<Millis> {
    let at_ms = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    (instant(at_ms) == text).then_some(at_ms)
}

/// A leaf's bytes, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it tells.
    pub kind: Kind,
    /// Of what.
    pub subject: String,
    /// From 1 on.
    pub version: u32,
    /// When.
    pub at_ms: Millis,
    /// Name → SHA-256 in hexadecimal of each text that belongs to it.
    pub documents: BTreeMap<String, String>,
    /// All its members.
    pub members: Map<String, Value>,
}

impl Told {
    /// A member that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }
}

/// Why a leaf cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALeaf {
    /// It is no canonical JSON.
    #[error(transparent)]
    Text(#[from] NotCanonical),
    /// A member that every leaf has is missing or says nothing known.
    #[error("its member {0:?} is missing or says nothing known")]
    Member(&'static str),
}

/// Reads a leaf.
///
/// # Errors
/// Names what is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Told, NotALeaf> {
    let Value::Object(members) = canonical::of_bytes(bytes)? else {
        return Err(NotALeaf::Member("kind"));
    };
    let text = |name| members.get(name).and_then(Value::as_str);
    let kind = text("kind").and_then(Kind::from_name);
    let version = members.get("version").and_then(Value::as_u64);
    let version = version.and_then(|own| u32::try_from(own).ok());
    Ok(Told {
        kind: kind.ok_or(NotALeaf::Member("kind"))?,
        subject: text("subject")
            .filter(|own| !own.is_empty())
            .ok_or(NotALeaf::Member("subject"))?
            .to_owned(),
        version: version
            .filter(|own| *own > 0)
            .ok_or(NotALeaf::Member("version"))?,
        at_ms: text("at")
            .and_then(instant_ms)
            .ok_or(NotALeaf::Member("at"))?,
        documents: documents(&members).ok_or(NotALeaf::Member("documents"))?,
        members,
    })
}

fn documents(members: &Map<String, Value>) -> Option<BTreeMap<String, String>> {
    let Some(named) = members.get("documents") else {
        return Some(BTreeMap::new());
    };
    let named = named.as_object()?.iter();
    named
        .map(|(name, hash)| {
            let hash = hash.as_str().filter(|own| is_hash(own))?;
            Some((name.clone(), hash.to_owned()))
        })
        .collect()
}

/// Whether a text is a SHA-256 in small hexadecimal digits.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|own| matches!(own, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn a_leaf_says_everything_itself_and_reads_back() {
        let hash = "0a".repeat(32);
        let own = body(&json!({"comment": "Busy.", "documents": {"facts": hash}, "kind": "lie"}));
        let leaf = compose(Kind::Edition, ("2026-W46", 2), 1_793_610_000_001, own).expect("a leaf");
        let text = String::from_utf8(leaf.bytes.clone()).expect("text");
        assert!(
            text.starts_with("{\"at\":\"2026-11-02T09:00:00.001Z\",\"comment\":\"Busy.\","),
            "{text}"
        );
        let told = read(&leaf.bytes).expect("a leaf");
        assert_eq!((told.kind, told.version), (Kind::Edition, 2));
        assert_eq!(
            (told.subject.as_str(), told.at_ms),
            ("2026-W46", leaf.at_ms)
        );
        assert_eq!(told.documents["facts"], hash);
        assert_eq!(told.text("comment"), Some("Busy."));
    }

    #[test]
    fn what_is_no_leaf_is_refused_by_its_member() {
        let right =
            json!({"at": "2026-11-02T09:00:00Z", "kind": "key", "subject": "a", "version": 1});
        assert!(read(&canonical::to_bytes(&right).expect("canonical")).is_ok());
        for (member, value) in [
            ("kind", json!("poem")),
            ("subject", json!("")),
            ("version", json!(0)),
            ("version", json!("1")),
            ("at", json!("2026-11-02T09:00:00+00:00")),
            ("at", json!("2026-11-02T09:00:00.000Z")),
            ("documents", json!({"facts": "0A"})),
            ("documents", json!([])),
        ] {
            let mut wrong = right.clone();
            wrong[member] = value;
            let refused = read(&canonical::to_bytes(&wrong).expect("canonical"));
            assert_eq!(refused, Err(NotALeaf::Member(member)));
        }
        assert!(read(b"[]").is_err());
        assert!(read(b"{}").is_err());
    }
}
