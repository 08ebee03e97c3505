//! The whole record out of the store, as the files that verify without us.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::integrity;
use super::record::{self, Files, HEAD};
use crate::store::Store;

/// All files of the record that are under a signed head.
///
/// # Errors
/// If the database fails, nothing was signed yet, or what is stored was altered.
pub async fn files(store: &Store) -> anyhow::Result<Files> {
    let ledger = match integrity::examine(store).await? {
        Ok(ledger) => ledger,
        Err(what) => bail!("the record was altered, so it is not written: {what}"),
    };
    let size = ledger.signed_size();
    if size == 0 {
        bail!("nothing was signed yet; start the server once, or make a key: publish key new");
    }
    let leaves = store.leaves(0, u32::try_from(size)?).await;
    let leaves = leaves.context("reading leaves")?;
    let leaves: Vec<Vec<u8>> = leaves.into_iter().map(|leaf| leaf.bytes).collect();
    let mut documents = BTreeMap::new();
    for hash in ledger.documents.into_keys() {
        let document = store.document(&hash).await.context("reading a document")?;
        documents.extend(document.map(|bytes| (hash, bytes)));
    }
    Ok(record::files(&leaves, &ledger.heads, &documents)?)
}

/// Writes the files into a folder that is empty or holds an earlier record.
///
/// # Errors
/// If there is something else in it, or a file cannot be written.
pub fn write(files: &Files, folder: &Path) -> anyhow::Result<()> {
    let is_taken = folder.read_dir().is_ok_and(|mut own| own.next().is_some());
    if is_taken && !folder.join(HEAD).is_file() {
        bail!(
            "{} is neither empty nor an exported record; name another folder",
            folder.display()
        );
    }
    for (path, bytes) in files {
        let path = folder.join(path);
        let doing = || format!("writing {}", path.display());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(doing)?;
        }
        std::fs::write(&path, bytes).with_context(doing)?;
    }
    Ok(())
}

/// Reads a folder; everything in it counts as part of the record.
///
/// # Errors
/// If a file cannot be read.
pub fn read(folder: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(own) = folders.pop() {
        let doing = || format!("reading {}", own.display());
        for entry in own.read_dir().with_context(doing)? {
            let path = entry.with_context(doing)?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path);
            let bytes = bytes.with_context(|| format!("reading {}", path.display()))?;
            let name = path.strip_prefix(folder).unwrap_or(&path);
            let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            files.insert(parts.join("/"), bytes);
        }
    }
    Ok(files)
}
