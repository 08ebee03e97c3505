//! Quietline publishes, live and for ever, what happens on the lines of a contact centre.
//!
//! # The map of the house
//!
//! A call on its way through it:
//!
//! | room | what happens there | may know |
//! |---|---|---|
//! | [`domain`] | the trade: what a contact is, how it counts, what may be shown; pure | nobody |
//! | [`ingest`] | events and files come in by the door and reach the one writer | store, config, meter |
//! | [`store`] | all SQL: contacts, cells, facts of a day, seals; SQLite and PostgreSQL | domain |
//! | [`forecast`] | history in, the usual week, expected demand and scores out; pure | domain |
//! | [`live`] | what is true now: state, verdict, one frame a second, WebSocket and SSE | store, forecast |
//! | [`publish`] | the append-only log and its proofs; the press that brings weekly editions out | store, clock |
//! | [`charts`] | a published series becomes an SVG or PNG | words |
//! | [`site`] | pages, reading API, pictures, assets | live, charts, words |
//! | [`desk`] | staff sign in, enter what explains demand, register actions, sign editions | store, publish, words |
//! | [`words`] | every public string, one file per language | live's frames |
//! | [`demo`] | a simulated centre: a real queue, two years and every day | domain |
//! | [`config`] | centre.toml and map.toml, every mistake at once | domain |
//! | [`server`] | accepts connections: limits, deadlines, a gentle stop | nobody |
//! | [`app`] | the parts put together | all of them |
//! | [`cli`] | one command each: serve, import, check, … | app |
//! | [`meter`] | what the program counts about itself, for whoever looks after it | nobody |
//! | [`clock`] | the only reader of time | – |
//!
//! `tests/it/architecture.rs` reads the sources and fails on any other edge.
//!
//! # Three things to know before changing anything
//!
//! 1. A contact is the join of everything said about it ([`domain::contact`]), and adds
//!    [`domain::tally::contribution`] to its cells and [`domain::facts::contribution`] (surveys,
//!    complaints, who answered) to the facts of its days. Duplicates, reordering and corrections have no case of
//!    their own, and `quietline rebuild --check` proves the sums.
//! 2. An event is acknowledged after the commit that made it durable ([`ingest::writer`]).
//! 3. Pages and API take [`domain::published`] values only; [`domain::disclosure`] alone makes them.

pub mod app;
pub mod charts;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod desk;
pub mod domain;
pub mod forecast;
pub mod ingest;
pub mod live;
pub mod meter;
pub mod publish;
pub mod server;
pub mod site;
pub mod store;
pub mod words;
