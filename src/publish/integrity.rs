//! Reads the log from the store and checks it: stored bytes against hashes, hashes against heads.

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::ledger::Ledger;
use crate::domain::log::Leaf;
use crate::store::Store;

/// Leaves read at once.
const AT_ONCE: u32 = 512;

/// Takes in what was added to the log since. What is wrong with it is the inner error.
///
/// # Errors
/// If the database fails.
pub async fn read_on(store: &Store, ledger: &mut Ledger) -> anyhow::Result<Result<(), String>> {
    // Heads first: the leaves they cover were stored before them.
    let heads = store.heads("", ledger.signed_size()).await;
    let heads = heads.context("reading signed heads")?;
    loop {
        let leaves = store.leaves(ledger.size(), AT_ONCE).await;
        let leaves: Vec<Leaf> = leaves.context("reading leaves")?;
        let is_last = leaves.len() < AT_ONCE as usize;
        for leaf in &leaves {
            if let Err(what) = ledger.add(leaf) {
                return Ok(Err(what));
            }
        }
        if is_last {
            break;
        }
    }
    for mut head in heads {
        head.origin = ledger.origin();
        if let Err(what) = ledger.add_head(head) {
            return Ok(Err(what));
        }
    }
    Ok(Ok(()))
}

/// Checks everything that is stored: each leaf, head and document. What is wrong is the inner error.
///
/// # Errors
/// If the database fails.
pub async fn examine(store: &Store) -> anyhow::Result<Result<Ledger, String>> {
    let mut ledger = Ledger::default();
    if let Err(what) = read_on(store, &mut ledger).await? {
        return Ok(Err(what));
    }
    for (hash, number) in &ledger.documents {
        let document = store.document(hash).await.context("reading a document")?;
        let is_same = document.is_some_and(|bytes| hex::encode(Sha256::digest(&bytes)) == *hash);
        if !is_same {
            let what = format!("the document {hash} of leaf {number} is not what was published");
            return Ok(Err(what));
        }
    }
    Ok(Ok(ledger))
}
