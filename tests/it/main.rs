//! The integration tests: one binary, real databases, real sockets, a clock that stands still.

mod architecture;
mod migrations;
mod store;
mod support;
mod writer;
