//! The checksums of all files, and the signature over them.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use sha2::{Digest as _, Sha256};

use super::shelf::{Extent, Kept, Shelf, joined};
use crate::site::Site;
use crate::site::error::Error;

/// Signs checksums with the key of the public log (Ed25519).
pub trait Signer: Send + Sync {
    /// The 64 bytes of the signature over a list of checksums; none while there is no key, or the
    /// record is not what was signed.
    fn sign(&self, checksums: &str) -> Option<[u8; 64]>;

    /// The 32 bytes of the public half of the key.
    fn key(&self) -> Option<[u8; 32]>;
}

/// A public Ed25519 key in DER begins with this (RFC 8410).
const KEY_HEAD: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0,
];

/// The checksums of all files as they are now, as `sha256sum` writes them: the newest year last,
/// the file of everything first.
///
/// # Errors
/// If the figures fail.
pub async fn text(site: &Site, shelf: &Shelf, extent: &Extent) -> Result<String, Error> {
    let files = shelf.all(site, extent).await?;
    let mut all = Sha256::new();
    for part in everything(&files)? {
        all.update(&part);
    }
    let mut text = format!("{}  all.csv.gz\n", hex::encode(all.finalize()));
    for (year, name, kept) in &files {
        for (hash, ending) in kept.hashes.iter().zip(["csv", "json"]) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{}  {year}/{name}.{ending}", hex::encode(hash));
        }
    }
    Ok(text)
}

/// The file of all years and lines.
///
/// # Errors
/// Never in practice.
pub fn everything(files: &[(i16, String, Arc<Kept>)]) -> Result<Vec<Bytes>, Error> {
    let parts = joined(files.iter().map(|(_, _, kept)| &**kept));
    parts.map_err(|error| Error::Failed(anyhow::Error::new(error).context("compressing")))
}

/// A public key as OpenSSL reads it.
#[must_use]
pub fn pem(key: &[u8; 32]) -> String {
    let der = [&KEY_HEAD[..], key].concat();
    let text = data_encoding::BASE64.encode(&der);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}
