//! The integration tests: one binary, real databases, real sockets, a clock that stands still.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it stands"
)]

mod action_store;
mod architecture;
mod backtest;
mod backtest_waits;
mod backup;
mod bad_record;
mod bank;
mod bank_performance;
mod bank_purposes;
mod bank_volume;
mod book;
mod command_line;
mod contracts;
mod copy;
mod crash;
mod deadlines;
mod desk;
mod desk_store;
mod editions;
mod examples;
mod explained_demand;
mod facts;
mod feeds;
mod freeswitch;
mod herding;
mod migrations;
mod neighbours;
mod open_data;
mod operations;
mod operations_page;
mod public_log;
mod queue_log;
mod record;
mod settings;
mod site;
mod store;
mod support;

mod twilio;
mod upgrade;
mod user_command;
mod volume;
mod websocket;
mod writer;
