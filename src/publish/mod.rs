//! What cannot be taken back: the append-only log, its proofs, signed heads, and their verification.
//!
//! All but `notary`, `standing`, `key_files`, `integrity`, `export`, `http` and `press` is pure: bytes in,
//! hashes and verdicts out. It knows neither the database nor a clock, so that a record can be
//! checked by whoever has its files.

pub mod canonical;
pub mod days;
pub mod declared;
pub mod export;
pub mod head;
pub mod http;
pub mod integrity;
pub mod key_files;
pub mod keys;
pub mod leaf;
pub mod ledger;
pub mod notary;
pub mod press;
pub mod record;
pub mod standing;
#[cfg(test)]
pub(crate) mod testing;
pub mod tree;
pub mod verify;
