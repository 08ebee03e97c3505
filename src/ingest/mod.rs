//! The writing side: whatever comes in by the door reaches the database through one writer.
//!
//! `wire` is what a sender writes, `door` decides what of it may come in, `body` splits a request
//! into events, `http` answers senders. `rows` reads files, `mapping` makes events of their rows,
//! `import` and `replay` send them. `adapters` are the formats of telephone systems: `follow` and
//! `tail` read their growing logs, `import_log` past ones, `webhooks` what they send, and
//! `event_socket` listens to one that waits to be asked. Knows nothing of pages.

pub mod account;
pub mod adapters;
pub mod apply;
pub mod body;
pub mod covers;
pub mod door;
pub mod event_socket;
pub mod follow;
pub mod http;
pub mod import;
pub mod import_log;
pub mod instant;
pub mod keys;
pub mod mapping;
pub mod post;
pub mod problem;
pub mod rebuild;
pub mod refusal;
mod registers;
pub mod replay;
pub mod retention;
pub mod rows;
pub mod sink;
pub mod tail;
pub mod tokens;
pub mod webhooks;
pub mod wire;
pub mod writer;

#[cfg(test)]
mod testing;
