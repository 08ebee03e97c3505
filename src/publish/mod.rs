//! What cannot be taken back: the append-only log, its proofs, signed heads, and their verification.
//!
//! All of it is pure: bytes in, hashes and verdicts out. It knows neither the database nor a clock, so that a record can be
//! checked by whoever has its files.

pub mod canonical;
pub mod days;
pub mod head;
pub mod keys;
pub mod leaf;
pub mod press;
pub mod record;
pub mod tree;
pub mod verify;
