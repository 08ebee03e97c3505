//! The integration tests: one binary, real databases, real sockets, a clock that stands still.

mod architecture;
mod bank;
mod crash;
mod migrations;
mod site;
mod store;
mod support;
mod writer;
