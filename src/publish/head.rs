//! Signed heads: how many leaves the log had at a time, and the root over them.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::keys::{KeyPair, PublicKey, origin, signature_of_hex};
use super::leaf::{instant, instant_ms, is_hash};
use super::tree::Hash;
use crate::domain::event::Millis;
pub use crate::domain::log::SignedHead;

/// What is signed, five lines, each ended by a newline: the name of the log, the number of leaves,
/// the root in base64, the id of the key, the time (RFC 3339, UTC).
#[must_use]
pub fn text(head: &SignedHead) -> String {
    format!(
        "{}\n{}\n{}\n{}\n{}\n",
        head.origin,
        head.size,
        BASE64.encode(&head.root),
        head.key,
        instant(head.at_ms)
    )
}

/// Signs the root over `size` leaves of the log that begins with `first_key`.
#[must_use]
pub fn sign(
    key: &KeyPair,
    first_key: &str,
    (size, root): (u64, Hash),
    at_ms: Millis,
) -> SignedHead {
    let mut head = SignedHead {
        origin: origin(first_key),
        size,
        root,
        key: key.id(),
        at_ms,
        signature: [0; 64],
    };
    head.signature = key.sign(&text(&head));
    head
}

/// Whether a key signed a head.
#[must_use]
pub fn verify(head: &SignedHead, key: PublicKey) -> bool {
    head.key == key.id() && key.signed(&text(head), &head.signature)
}

/// A head as it is published.
#[must_use]
pub fn to_json(head: &SignedHead) -> Value {
    json!({
        "at": instant(head.at_ms),
        "key": head.key,
        "origin": head.origin,
        "root": hex::encode(head.root),
        "signature": hex::encode(head.signature),
        "size": head.size,
    })
}

/// The head of such a value; none if it is another thing or has more in it.
#[must_use]
pub fn of_json(value: &Value) -> Option<SignedHead> {
    let member = |name| value.get(name).and_then(Value::as_str);
    let hash = |name| member(name).filter(|own| is_hash(own));
    let mut root = [0; 32];
    hex::decode_to_slice(hash("root")?, &mut root).ok()?;
    let head = SignedHead {
        origin: member("origin")?.to_owned(),
        size: value.get("size")?.as_u64()?,
        root,
        key: hash("key")?.to_owned(),
        at_ms: instant_ms(member("at")?)?,
        signature: signature_of_hex(member("signature")?)?,
    };
    (to_json(&head) == *value).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (KeyPair, SignedHead) {
        let key = KeyPair::of_secret(&[1; 32]);
        let head = sign(&key, &"ab".repeat(32), (520, [7; 32]), 1_793_610_000_000);
        (key, head)
    }

    #[test]
    fn the_text_is_five_lines() {
        let (key, head) = signed();
        let lines = [
            format!("quietline-log/{}", "ab".repeat(32)),
            "520".to_owned(),
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned(),
            key.id(),
            "2026-11-02T09:00:00Z".to_owned(),
        ];
        assert_eq!(text(&head), lines.join("\n") + "\n");
    }

    #[test]
    fn a_head_holds_and_whatever_is_changed_in_it_does_not() {
        let (key, head) = signed();
        assert!(verify(&head, key.public()));
        assert_eq!(of_json(&to_json(&head)), Some(head.clone()));
        let other = KeyPair::of_secret(&[2; 32]);
        assert!(!verify(&head, other.public()));
        let change = |change: fn(&mut SignedHead)| {
            let mut changed = head.clone();
            change(&mut changed);
            !verify(&changed, key.public())
        };
        assert!(change(|head| head.size += 1));
        assert!(change(|head| head.root[31] ^= 1));
        assert!(change(|head| head.at_ms += 1));
        assert!(change(|head| head.origin.push('x')));
        assert!(change(|head| head.signature[0] ^= 1));
        assert!(change(|head| head.key = "cd".repeat(32)));
    }

    #[test]
    fn a_head_with_more_or_other_spelling_is_none() {
        let (_, head) = signed();
        let right = to_json(&head);
        let with = |name: &str, value: Value| {
            let mut wrong = right.clone();
            wrong[name] = value;
            of_json(&wrong)
        };
        assert_eq!(with("note", json!("x")), None);
        assert_eq!(with("root", json!("AB".repeat(32))), None);
        assert_eq!(with("size", json!("520")), None);
        assert_eq!(with("at", json!("2026-11-02T10:00:00+01:00")), None);
    }
}
