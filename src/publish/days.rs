//! Commit, then reveal: of a day that closed, first a salted hash enters the log, then the record
//! and the salt. Nobody can guess figures from the hash, and nobody can change them after it.

use serde_json::Map;
use sha2::{Digest as _, Sha256};

use super::canonical::NotCanonical;
use super::leaf;
use crate::domain::event::Millis;
use crate::domain::log::{Kind, NewLeaf};

/// SHA-256 (hexadecimal) over the salt and the record's bytes.
#[must_use]
pub fn commitment(salt: &[u8; 32], record: &[u8]) -> String {
    let hash = Sha256::new().chain_update(salt).chain_update(record);
    hex::encode(hash.finalize())
}

/// The leaf that commits to a day's record.
///
/// # Errors
/// Never in practice: there are no numbers in it.
pub fn commitment_leaf(
    day: &str,
    commitment: &str,
    at_ms: Millis,
) -> Result<NewLeaf, NotCanonical> {
    let mut body = Map::new();
    body.insert("commitment".to_owned(), commitment.into());
    leaf::compose(Kind::DayCommitment, (day, 1), at_ms, body)
}

/// The leaf that opens it: the salt, and the record by the hash of its bytes.
///
/// # Errors
/// Never in practice: there are no numbers in it.
pub fn opening_leaf(
    day: &str,
    (salt, document): (&str, &str),
    at_ms: Millis,
) -> Result<NewLeaf, NotCanonical> {
    let mut body = Map::new();
    let documents = serde_json::json!({"record": document});
    body.insert("documents".to_owned(), documents);
    body.insert("salt".to_owned(), salt.into());
    leaf::compose(Kind::DayOpening, (day, 1), at_ms, body)
}
