//! Pseudonyms of contacts: what a source calls a contact never gets further than this.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::event::ContactKey;

/// Block length of SHA-256: an HMAC key is padded with zeros up to it.
const BLOCK_BYTES: usize = 64;

/// Makes contact keys with the secret of the installation.
#[derive(Clone)]
pub struct KeyMaker {
    keyed: Hmac<Sha256>,
}

impl KeyMaker {
    /// Prepares the keyed state once; each key then starts from a copy of it.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let mut block = [0; BLOCK_BYTES];
        block[..secret.len()].copy_from_slice(secret);
        Self {
            keyed: Hmac::new(&block.into()),
        }
    }

    /// The key of a contact: the first 16 bytes of HMAC-SHA256 over namespace, 0x1f, subject.
    /// Neither part may contain control characters, so the separator is unambiguous.
    #[must_use]
    pub fn key(&self, namespace: &str, subject: &str) -> ContactKey {
        let mut mac = self.keyed.clone();
        mac.update(namespace.as_bytes());
        mac.update(&[0x1f]);
        mac.update(subject.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        ContactKey(key)
    }
}

/// So many digits in common with the subject are its number in another form: `0612345678` is
/// `+33 6 12345678`.
const NUMBER_DIGITS: usize = 6;

/// The id of an event without what it tells of its subject. Ids are kept in clear, subjects are
/// not, and many sources build the one from the other. The subject becomes `*`; of other digits,
/// those at the end that a number in the subject ends with become `*` and how many they were, so
/// that two ids of one contact stay two.
#[must_use]
pub fn without_subject(id: &str, subject: &str) -> String {
    let id = id.replace(subject, "*");
    let digits: Vec<char> = subject.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < NUMBER_DIGITS || !id.chars().any(|c| c.is_ascii_digit()) {
        return id;
    }
    let mut rest = id.as_str();
    let mut clean = String::with_capacity(id.len());
    while let Some(from) = rest.find(|c: char| c.is_ascii_digit()) {
        clean.push_str(&rest[..from]);
        let run = &rest[from..];
        let end = run.find(|c: char| !c.is_ascii_digit()).unwrap_or(run.len());
        rest = &run[end..];
        let pairs = run[..end].chars().rev().zip(digits.iter().rev());
        let common = pairs.take_while(|(one, other)| one == *other).count();
        if common < NUMBER_DIGITS {
            clean.push_str(&run[..end]);
        } else {
            clean.push_str(&run[..end - common]);
            clean.push('*');
            clean.push_str(&common.to_string());
        }
    }
    clean.push_str(rest);
    clean
}

/// The secret is never printed.
impl fmt::Debug for KeyMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMaker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_hmac_that_others_compute() {
        // printf 'pbx\x1fcall-1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…01
        let key = KeyMaker::new(&[1; 32]).key("pbx", "call-1");
        assert_eq!(hex::encode(key.0), "afd65aab135be695c30d7cb5a20ad2e9");
    }

    #[test]
    fn an_id_keeps_nothing_of_a_number() {
        let number = "+33 6 12 34 56 78";
        assert_eq!(
            without_subject("call +33 6 12 34 56 78 answered", number),
            "call * answered"
        );
        assert_eq!(without_subject("0612345678-1", number), "0*9-1");
        assert_eq!(
            without_subject("in/33612345678/2026-11-22", number),
            "in/*11/2026-11-22"
        );
        assert_eq!(without_subject("99612345678", number), "99*9");
    }

    #[test]
    fn an_id_keeps_what_tells_it_from_others() {
        let call = "call-0000017";
        assert_eq!(without_subject("call-0000017/offered", call), "*/offered");
        assert_eq!(without_subject("evt-1234560", call), "evt-1234560");
        assert_eq!(without_subject("7", call), "7");
        assert_eq!(without_subject("réponse 17", "n° 17"), "réponse 17");
        let number = "0033612345678";
        assert_ne!(
            without_subject("9612345678", number),
            without_subject("912345678", number)
        );
    }

    #[test]
    fn other_namespaces_subjects_and_secrets_give_other_keys() {
        let maker = KeyMaker::new(&[1; 32]);
        let key = maker.key("pbx", "call-1");
        assert_ne!(key, maker.key("crm", "call-1"));
        assert_ne!(key, maker.key("pbx", "call-2"));
        assert_ne!(key, maker.key("pb", "xcall-1"));
        assert_ne!(key, KeyMaker::new(&[2; 32]).key("pbx", "call-1"));
        assert_eq!(key, maker.key("pbx", "call-1"));
    }
}
