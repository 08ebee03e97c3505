//! Tokens that speak for an account. Known by their SHA-256 only.

use sha2::{Digest, Sha256};

/// The hash of a token, hexadecimal. Tokens are long and random, so a plain hash is enough.
#[must_use]
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
