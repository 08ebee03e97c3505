//! Every leaf can be read and no two bear one name; every document is what its leaf says.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::Look;
use crate::domain::log::Kind;
use crate::publish::canonical;
use crate::publish::leaf::{self, Told};
use crate::publish::record::{document_path, leaf_path};
use crate::publish::tree::{Tree, leaf_hash};

/// What was read of the leaves.
pub(super) struct Leaves {
    /// Over all leaves, readable or not.
    pub(super) tree: Tree,
    /// Those that could be read, by number.
    pub(super) told: BTreeMap<u64, Told>,
}

impl Leaves {
    /// Those of a kind, in order.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = (u64, &Told)> {
        let all = self.told.iter();
        all.filter(move |(_, told)| told.kind == kind)
            .map(|(number, told)| (*number, told))
    }
}

/// Reads all leaves up to the first number that has none.
pub(super) fn check(look: &mut Look<'_>) -> Leaves {
    let mut leaves = Leaves {
        tree: Tree::default(),
        told: BTreeMap::new(),
    };
    let mut names = BTreeSet::new();
    for number in 0.. {
        let path = leaf_path(number);
        if !look.files.contains_key(&path) {
            break;
        }
        let Some(bytes) = look.file(&path) else { break };
        leaves.tree.push(leaf_hash(bytes));
        match leaf::read(bytes) {
            Ok(told) => {
                let name = (told.kind, told.subject.clone(), told.version);
                if !names.insert(name) {
                    let what = "a leaf of this kind, subject and version stands before it";
                    look.report.fault(&path, what);
                }
                leaves.told.insert(number, told);
            }
            Err(error) => look.report.fault(&path, error.to_string()),
        }
    }
    look.report.checked.push((leaves.tree.size(), "leaves"));
    leaves
}

/// Every text that a leaf names is there, is the one that was named, and is canonical.
pub(super) fn check_documents(look: &mut Look<'_>, leaves: &Leaves) {
    let named: BTreeSet<&String> = leaves
        .told
        .values()
        .flat_map(|told| told.documents.values())
        .collect();
    for hash in &named {
        let path = document_path(hash);
        let Some(bytes) = look.file(&path) else {
            continue;
        };
        if hex::encode(Sha256::digest(bytes)) != **hash {
            let what = "is not what was published: its SHA-256 is another than its leaf names";
            look.report.fault(&path, what);
        } else if let Err(error) = canonical::check(bytes) {
            look.report.fault(&path, error.to_string());
        }
    }
    look.report.checked.push((named.len(), "documents"));
}
