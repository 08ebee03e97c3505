//! Keys that sign, their public halves, and the leaves by which one follows another.
//!
//! The first leaf of a log is its first key, signed by itself; the name of the log is made from it.
//! A new key is a leaf signed by the one before it and by itself, and signs every head from there
//! on. What an older key signed still holds: each head names its key.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::canonical::NotCanonical;
use super::leaf::{self, Told};
use crate::domain::event::Millis;
use crate::domain::log::{Kind, NewLeaf};

/// A key that signs.
pub struct KeyPair {
    signing: SigningKey,
}

/// Shows the id only.
impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeyPair").field(&self.id()).finish()
    }
}

impl KeyPair {
    /// The key of a secret of 32 random bytes.
    #[must_use]
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        Self {
            signing: SigningKey::from_bytes(secret),
        }
    }

    /// Its secret.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.signing.to_bytes()
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.signing.verifying_key())
    }

    /// The id of its public half.
    #[must_use]
    pub fn id(&self) -> String {
        self.public().id()
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, text: &str) -> [u8; 64] {
        self.signing.sign(text.as_bytes()).to_bytes()
    }
}

/// What a reader needs to check signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of 64 small hexadecimal digits; none if they are no key.
    #[must_use]
    pub fn of_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        (leaf::is_hash(text) && !key.is_weak()).then_some(Self(key))
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0.as_bytes())
    }

    /// SHA-256 of its 32 bytes, in hexadecimal.
    #[must_use]
    pub fn id(self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// Whether it signed a text. Only one signature of a text by a key is taken for one.
    #[must_use]
    pub fn signed(self, text: &str, signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(text.as_bytes(), &signature).is_ok()
    }
}

/// The name of the log that begins with a key.
#[must_use]
pub fn origin(first_key: &str) -> String {
    format!("quietline-log/{first_key}")
}

/// What both keys sign when one follows another; of the first key of a log `previous` is empty.
#[must_use]
pub fn succession_text(previous: &str, public: &str, at: &str) -> String {
    format!("quietline-key\n{previous}\n{public}\n{at}\n")
}

/// The leaf by which a key comes into force. `previous` is the key before it, if there is one.
///
/// # Errors
/// Never in practice: there are no numbers in it.
pub fn key_leaf(
    key: &KeyPair,
    previous: Option<&KeyPair>,
    at_ms: Millis,
) -> Result<NewLeaf, NotCanonical> {
    let public = key.public().to_hex();
    let before = previous.map_or_else(String::new, KeyPair::id);
    let text = succession_text(&before, &public, &leaf::instant(at_ms));
    let mut body = Map::new();
    let mut say = |name: &str, value: String| body.insert(name.to_owned(), Value::from(value));
    say("public", public);
    say("previous", before);
    say("signed_by_itself", hex::encode(key.sign(&text)));
    if let Some(previous) = previous {
        say("signed_by_previous", hex::encode(previous.sign(&text)));
    }
    leaf::compose(Kind::Key, (&key.id(), 1), at_ms, body)
}

/// Why a key is not taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// No public key, or one that anybody could sign for.
    #[error("its public key is none")]
    Public,
    /// The id is that of another key.
    #[error("its id is not the SHA-256 of its public key")]
    Id,
    /// It names another key before it than the one in force.
    #[error("it does not follow the key in force before it")]
    Previous,
    /// It did not sign for itself.
    #[error("it did not sign its own leaf")]
    OwnSignature,
    /// The key before it did not sign for it.
    #[error("the key before it did not sign for it")]
    PreviousSignature,
}

/// The key that a leaf brings into force after `previous`.
///
/// # Errors
/// Says why it does not.
pub fn succeed(told: &Told, previous: Option<PublicKey>) -> Result<PublicKey, NotAKey> {
    let public = told.text("public").and_then(PublicKey::of_hex);
    let public = public.ok_or(NotAKey::Public)?;
    if public.id() != told.subject || told.version != 1 {
        return Err(NotAKey::Id);
    }
    let before = previous.map_or_else(String::new, PublicKey::id);
    if told.text("previous") != Some(before.as_str()) {
        return Err(NotAKey::Previous);
    }
    let at = leaf::instant(told.at_ms);
    let text = succession_text(&before, &public.to_hex(), &at);
    let has_signed = |key: PublicKey, member| {
        let signature = told.text(member).and_then(signature_of_hex);
        signature.is_some_and(|signature| key.signed(&text, &signature))
    };
    if !has_signed(public, "signed_by_itself") {
        return Err(NotAKey::OwnSignature);
    }
    match previous {
        Some(previous) if !has_signed(previous, "signed_by_previous") => {
            Err(NotAKey::PreviousSignature)
        }
        _ => Ok(public),
    }
}

/// The signature of 128 small hexadecimal digits.
#[must_use]
pub fn signature_of_hex(text: &str) -> Option<[u8; 64]> {
    let mut signature = [0; 64];
    hex::decode_to_slice(text, &mut signature).ok()?;
    (hex::encode(signature) == text).then_some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_MS: Millis = 1_793_610_000_000;

    fn pair(n: u8) -> KeyPair {
        KeyPair::of_secret(&[n; 32])
    }

    fn told(leaf: &NewLeaf) -> Told {
        leaf::read(&leaf.bytes).expect("a leaf")
    }

    #[test]
    fn a_key_signs_for_itself_and_the_next_one_is_signed_by_both() {
        let (first, second) = (pair(1), pair(2));
        let leaf = told(&key_leaf(&first, None, AT_MS).expect("a leaf"));
        assert_eq!(succeed(&leaf, None), Ok(first.public()));
        let leaf = told(&key_leaf(&second, Some(&first), AT_MS).expect("a leaf"));
        assert_eq!(succeed(&leaf, Some(first.public())), Ok(second.public()));
        assert_eq!(succeed(&leaf, None), Err(NotAKey::Previous));
        let other = Some(pair(3).public());
        assert_eq!(succeed(&leaf, other), Err(NotAKey::Previous));
    }

    #[test]
    fn a_key_that_was_put_in_another_s_place_is_refused() {
        let (first, second) = (pair(1), pair(2));
        let right = told(&key_leaf(&second, Some(&first), AT_MS).expect("a leaf"));
        let refused = |member: &str, value: &str| {
            let mut wrong = right.clone();
            wrong.members.insert(member.to_owned(), value.into());
            succeed(&wrong, Some(first.public())).expect_err("a lie")
        };
        let signature = hex::encode(pair(3).sign("anything"));
        assert_eq!(refused("public", &pair(3).public().to_hex()), NotAKey::Id);
        assert_eq!(refused("public", &"00".repeat(32)), NotAKey::Public);
        assert_eq!(refused("public", "short"), NotAKey::Public);
        assert_eq!(
            refused("signed_by_itself", &signature),
            NotAKey::OwnSignature
        );
        assert_eq!(
            refused("signed_by_previous", &signature),
            NotAKey::PreviousSignature
        );
        let mut later = right.clone();
        later.at_ms += 1_000;
        assert!(succeed(&later, Some(first.public())).is_err());
    }

    #[test]
    fn a_key_says_its_id_and_never_its_secret() {
        let key = pair(9);
        assert!(!format!("{key:?}").contains(&hex::encode(key.secret())));
        assert!(format!("{key:?}").contains(&key.id()));
        assert_eq!(
            PublicKey::of_hex(&key.public().to_hex()),
            Some(key.public())
        );
    }
}
