//! Every head is what the leaves add up to and was signed by the key in force; every proof holds.

use serde_json::Value;

use super::leaves::Leaves;
use super::{Known, Look, is_held};
use crate::domain::log::{Kind, SignedHead};
use crate::publish::head;
use crate::publish::keys::{PublicKey, origin, succeed};
use crate::publish::leaf::instant;
use crate::publish::record::{
    HEAD, HEADS, KEYS, consistency, consistency_json, consistency_path, heads_json, inclusion_json,
    inclusion_path, keys_json, leaf_path,
};

/// Checks keys, heads and proofs, and the head that the reader kept.
pub(super) fn check(look: &mut Look<'_>, leaves: &Leaves, known: &Known) {
    let keys = check_keys(look, leaves);
    let heads = read_heads(look);
    for head in &heads {
        if let Err(what) = check_head(head, leaves, &keys) {
            let place = format!("{HEADS}, size {}", head.size);
            look.report.fault(place, what);
        }
    }
    look.report.checked.push((heads.len(), "signed heads"));
    let Some(newest) = heads.last() else {
        look.report.fault(HEADS, "there is no signed head");
        return;
    };
    look.must_be(HEAD, &head::to_json(newest), "is not the newest head");
    if newest.size != leaves.tree.size() as u64 {
        let what = format!(
            "is signed over {} leaves, but there are {}",
            newest.size,
            leaves.tree.size()
        );
        look.report.fault(HEAD, what);
    }
    check_proofs(look, leaves, &heads, known.some_proofs);
    if let Some(kept) = &known.head {
        check_kept(look, leaves, newest, kept);
    }
    look.report.head = Some(newest.clone());
}

/// The keys in force, each with the number of its leaf.
fn check_keys(look: &mut Look<'_>, leaves: &Leaves) -> Vec<(u64, PublicKey)> {
    let mut keys: Vec<(u64, PublicKey)> = Vec::new();
    for (number, told) in leaves.of(Kind::Key) {
        match succeed(told, keys.last().map(|(_, key)| *key)) {
            Ok(key) => keys.push((number, key)),
            Err(error) => look.report.fault(leaf_path(number), error.to_string()),
        }
    }
    if keys.first().is_none_or(|(number, _)| *number != 0) {
        let what = "the log does not begin with its first key";
        look.report.fault(leaf_path(0), what);
    }
    look.must_be(KEYS, &keys_json(&keys), "names other keys than the log");
    look.report.checked.push((keys.len(), "keys"));
    keys
}

fn read_heads(look: &mut Look<'_>) -> Vec<SignedHead> {
    let Some(value) = look.value(HEADS) else {
        return Vec::new();
    };
    let listed = value.get("heads").and_then(Value::as_array);
    let heads: Vec<SignedHead> = listed
        .into_iter()
        .flatten()
        .filter_map(head::of_json)
        .collect();
    let is_in_order = heads.is_sorted_by(|a, b| a.size < b.size);
    if heads_json(&heads) != value || !is_in_order {
        let what = "is no list of heads, each of more leaves than the one before";
        look.report.fault(HEADS, what);
    }
    heads
}

fn check_head(
    head: &SignedHead,
    leaves: &Leaves,
    keys: &[(u64, PublicKey)],
) -> Result<(), &'static str> {
    let first = keys.first().ok_or("no key is known")?;
    if head.origin != origin(&first.1.id()) {
        return Err("it is a head of another log");
    }
    let in_force = keys.iter().rev().find(|(number, _)| *number < head.size);
    let (_, key) = in_force.ok_or("no key was in force")?;
    if !head::verify(head, *key) {
        return Err("the key in force did not sign it");
    }
    let root = usize::try_from(head.size)
        .ok()
        .and_then(|size| leaves.tree.root_at(size));
    match root {
        None => Err("it covers more leaves than there are"),
        Some(root) if root != head.root => Err("the leaves do not add up to its root"),
        Some(_) => Ok(()),
    }
}

/// Of given leaves each proof can be one thing only.
fn check_proofs(look: &mut Look<'_>, leaves: &Leaves, heads: &[SignedHead], some: bool) {
    let size = heads.last().map_or(0, |newest| newest.size);
    let known = leaves.tree.size();
    let pairs = heads.windows(2);
    let pairs: Vec<_> = if some {
        pairs.rev().take(1).collect()
    } else {
        pairs.collect()
    };
    let mut proofs = pairs.len();
    for (number, index) in (0..size).zip(0..known) {
        let kind = leaves.told.get(&number).map(|told| told.kind);
        if some && !kind.is_some_and(is_held) {
            continue;
        }
        proofs += 1;
        let proof = leaves.tree.inclusion(index, known).unwrap_or_default();
        let expected = inclusion_json((number, size), &proof);
        look.must_be(
            &inclusion_path(number),
            &expected,
            "does not prove that the leaf is under the newest head",
        );
    }
    for pair in pairs {
        let (old, new) = (pair[0].size, pair[1].size);
        let proof = consistency(&leaves.tree, old, new);
        look.must_be(
            &consistency_path(old, new),
            &consistency_json((old, new), &proof),
            "does not prove that the newer head continues the older one",
        );
    }
    look.report.checked.push((proofs, "proofs"));
}

/// What the reader kept must still be the beginning of the log.
fn check_kept(look: &mut Look<'_>, leaves: &Leaves, newest: &SignedHead, kept: &SignedHead) {
    let place = format!(
        "the head you kept ({} leaves, signed {})",
        kept.size,
        instant(kept.at_ms)
    );
    let root = usize::try_from(kept.size)
        .ok()
        .and_then(|size| leaves.tree.root_at(size));
    let what = if kept.origin != newest.origin {
        "this is another log: it began with another key"
    } else if root.is_none() {
        "the record was cut short: it has fewer leaves than you have seen"
    } else if root != Some(kept.root) {
        "history was rewritten: the first leaves are not those you have seen"
    } else {
        look.report.checked.push((1, "head you kept"));
        return;
    };
    look.report.fault(place, what);
}
