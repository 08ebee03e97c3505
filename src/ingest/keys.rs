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
