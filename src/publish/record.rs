//! The whole public record as static files: what a folder holds and what the site serves under the
//! same names. Every file is canonical JSON, so that there is one way to write each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::canonical::{self, NotCanonical};
use super::head;
use super::keys::{PublicKey, origin, succeed};
use super::leaf::{self, Told};
use super::tree::{Hash, Tree, leaf_hash};
use crate::domain::log::{Kind, SignedHead};

/// Path within the record → bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The public keys, each with the number of its leaf.
pub const KEYS: &str = ".well-known/quietline-keys.json";
/// The newest signed head.
pub const HEAD: &str = "log/head.json";
/// All signed heads, the smallest first.
pub const HEADS: &str = "log/heads.json";
/// Leaves of one bundle.
pub const BUNDLE: u64 = 256;

/// The file of a leaf.
#[must_use]
pub fn leaf_path(number: u64) -> String {
    format!("log/leaves/{number}.json")
}

/// The file of several leaves, each on a line of its own: numbers `bundle` × 256 and on. Sites serve
/// it to save questions; a folder has none.
#[must_use]
pub fn bundle_path(bundle: u64) -> String {
    format!("log/bundles/{bundle}.ndjson")
}

/// The texts that the leaves of a bundle name, each on a line of its own and once, in their order.
#[must_use]
pub fn texts_path(bundle: u64) -> String {
    format!("log/bundles/{bundle}-documents.ndjson")
}

/// The proofs of those leaves of a bundle that readers hold on to, each on a line of its own.
#[must_use]
pub fn proofs_path(bundle: u64) -> String {
    format!("log/bundles/{bundle}-proofs.ndjson")
}

/// The file of a text that a leaf names.
#[must_use]
pub fn document_path(hash: &str) -> String {
    format!("log/documents/{hash}.json")
}

/// The file of the proof that a leaf is under the newest head.
#[must_use]
pub fn inclusion_path(number: u64) -> String {
    format!("log/proofs/inclusion/{number}.json")
}

/// The file of the proof that one head's leaves begin with an older one's.
#[must_use]
pub fn consistency_path(old: u64, new: u64) -> String {
    format!("log/proofs/consistency/{old}-{new}.json")
}

/// A proof of inclusion as it is published.
#[must_use]
pub fn inclusion_json((index, size): (u64, u64), hashes: &[Hash]) -> Value {
    json!({"hashes": in_hex(hashes), "index": index, "size": size})
}

/// A proof of consistency as it is published.
#[must_use]
pub fn consistency_json((old, new): (u64, u64), hashes: &[Hash]) -> Value {
    json!({"hashes": in_hex(hashes), "new": new, "old": old})
}

fn in_hex(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}

/// All heads as they are published.
#[must_use]
pub fn heads_json(heads: &[SignedHead]) -> Value {
    let heads: Vec<Value> = heads.iter().map(head::to_json).collect();
    json!({"heads": heads})
}

/// The keys as they are published: number of the leaf, key.
#[must_use]
pub fn keys_json(keys: &[(u64, PublicKey)]) -> Value {
    let first = keys
        .first()
        .map_or_else(String::new, |(_, key)| origin(&key.id()));
    let keys: Vec<Value> = keys
        .iter()
        .map(|(from, key)| json!({"from": from, "id": key.id(), "public": key.to_hex()}))
        .collect();
    json!({"keys": keys, "origin": first})
}

/// The keys that leaves bring into force; those that do not follow are left out.
pub fn keys_of<'a>(leaves: impl IntoIterator<Item = (u64, &'a Told)>) -> Vec<(u64, PublicKey)> {
    let mut keys: Vec<(u64, PublicKey)> = Vec::new();
    for (number, told) in leaves {
        if told.kind != Kind::Key {
            continue;
        }
        if let Ok(key) = succeed(told, keys.last().map(|(_, key)| *key)) {
            keys.push((number, key));
        }
    }
    keys
}

/// The files of a record: leaves in order, heads with the smallest first, and documents by their
/// hash. What no head covers yet is left out.
///
/// # Errors
/// Never in practice: every number is an integer.
pub fn files(
    leaves: &[Vec<u8>],
    heads: &[SignedHead],
    documents: &BTreeMap<String, Vec<u8>>,
) -> Result<Files, NotCanonical> {
    let mut files = Files::new();
    let Some(newest) = heads.last() else {
        return Ok(files);
    };
    let size = usize::try_from(newest.size).unwrap_or(usize::MAX);
    let leaves = leaves.get(..size).unwrap_or(leaves);
    let tree: Tree = leaves.iter().map(|bytes| leaf_hash(bytes)).collect();
    let told: Vec<(u64, Told)> = (0..)
        .zip(leaves)
        .filter_map(|(number, bytes)| Some((number, leaf::read(bytes).ok()?)))
        .collect();
    let mut put = |path: String, value: &Value| {
        canonical::to_bytes(value).map(|bytes| files.insert(path, bytes))
    };
    put(HEAD.to_owned(), &head::to_json(newest))?;
    put(HEADS.to_owned(), &heads_json(heads))?;
    let keys = keys_of(told.iter().map(|(number, told)| (*number, told)));
    put(KEYS.to_owned(), &keys_json(&keys))?;
    for (number, index) in (0..).zip(0..leaves.len()) {
        let proof = tree.inclusion(index, size).unwrap_or_default();
        let proof = inclusion_json((number, newest.size), &proof);
        put(inclusion_path(number), &proof)?;
    }
    for pair in heads.windows(2) {
        let (old, new) = (pair[0].size, pair[1].size);
        let proof = consistency(&tree, old, new);
        put(
            consistency_path(old, new),
            &consistency_json((old, new), &proof),
        )?;
    }
    for (number, bytes) in (0..).zip(leaves) {
        files.insert(leaf_path(number), bytes.clone());
    }
    for hash in told.iter().flat_map(|(_, told)| told.documents.values()) {
        if let Some(bytes) = documents.get(hash) {
            files.insert(document_path(hash), bytes.clone());
        }
    }
    Ok(files)
}

/// The proof between two sizes; empty if the tree has not so many leaves.
#[must_use]
pub fn consistency(tree: &Tree, old: u64, new: u64) -> Vec<Hash> {
    let sizes = usize::try_from(old).ok().zip(usize::try_from(new).ok());
    sizes
        .and_then(|(old, new)| tree.consistency(old, new))
        .unwrap_or_default()
}
