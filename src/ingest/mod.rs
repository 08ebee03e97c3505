//! The writing side: events come in by HTTP or from files and are handed to the one writer.
//!
//! `wire` is what a sender writes, `door` decides what of it may come in, `body` splits a request
//! into events, `http` answers senders. Knows nothing of pages.

pub mod body;
pub mod door;
pub mod instant;
pub mod keys;
pub mod wire;
pub mod writer;

#[cfg(test)]
mod testing;
