//! The command line: one variant a command, one file for what each does.

pub mod backtest;
pub mod backup;
mod centre;
pub mod copy;
mod data;
mod demo;
mod demo_editions;
mod feed;
pub mod record;
pub mod restore;
mod serve;
mod token;
pub mod user;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use jiff::civil::DateTime;

use crate::app::PublicUrl;
use crate::store::{Location, Store};

/// Live, public and permanent transparency for contact centres.
#[derive(Debug, Parser)]
#[command(name = "quietline", version, about, propagate_version = true)]
pub struct Cli {
    /// How what happens is told on standard error: in lines for people, or as one JSON object each
    #[arg(
        long,
        global = true,
        env = "QUIETLINE_LOG_FORMAT",
        value_enum,
        default_value = "text"
    )]
    pub log_format: LogForm,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LogForm {
    /// Time, level, place, words.
    Text,
    /// JSON, one object a line.
    Json,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A simulated centre with two years of history and live calls, to look at
    Demo(DemoArgs),
    /// Take events in and publish them
    Serve(ServeArgs),
    /// Check a description of a centre or of files to import: every mistake with its line
    Check {
        /// The description, usually centre.toml or map.toml
        file: PathBuf,
    },
    /// Import files of past contacts (CSV or NDJSON, also gzipped)
    Import(ImportArgs),
    /// Compute tallies anew from contacts, or check that they agree
    Rebuild {
        /// Description and data.
        #[command(flatten)]
        centre: CentreArgs,
        /// Write nothing; say which days do not agree
        #[arg(long)]
        check: bool,
    },
    /// Copy the embedded database into one file while it is in use
    Backup(backup::BackupArgs),
    /// Make a backup the database of a folder
    Restore(restore::RestoreArgs),
    /// Copy all data into another, empty database, to move from SQLite to PostgreSQL or back
    Copy(copy::CopyArgs),
    /// Replay a file of real calls as if they happened now
    Replay(ReplayArgs),
    /// Show the live feed of a site in the terminal
    Watch {
        /// Address of the site, for example <http://127.0.0.1:8080>
        url: String,
    },
    /// Score rolling weekly forecasts on the recorded data, and write them as CSV
    Backtest(backtest::BacktestArgs),
    /// Write the public record as files
    #[command(subcommand)]
    Export(record::ExportCommand),
    /// Check a public record, of a site or in a folder: every leaf, proof and signature
    Verify(record::VerifyArgs),
    /// The keys that sign the public record
    #[command(subcommand)]
    Publish(record::PublishCommand),
    /// Tokens with which sources send events
    #[command(subcommand)]
    Token(TokenCommand),
    /// Accounts of the staff, who enter what explains demand at /desk
    #[command(subcommand)]
    User(user::UserCommand),
}

/// Where the centre's description and data are.
#[derive(Clone, Debug, Args)]
pub struct CentreArgs {
    /// The centre's description
    #[arg(
        long,
        env = "QUIETLINE_CONFIG",
        default_value = "centre.toml",
        value_name = "FILE"
    )]
    pub config: PathBuf,
    /// Folder of the embedded database and of the keys; of the keys alone with PostgreSQL
    #[arg(
        long,
        env = "QUIETLINE_DATA_DIR",
        default_value = "quietline-data",
        value_name = "DIR"
    )]
    pub data_dir: PathBuf,
    /// PostgreSQL instead of the embedded database, wherever the data folder is:
    /// <postgres://user@host/database>
    #[arg(
        long,
        env = "QUIETLINE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Folder of the keys that sign the public record; by default `keys` in the data folder
    #[arg(long, env = "QUIETLINE_KEYS", value_name = "DIR")]
    pub keys: Option<PathBuf>,
}

impl CentreArgs {
    /// Where the keys of the public log lie, also beside a PostgreSQL database.
    fn key_folder(&self) -> PathBuf {
        self.keys
            .clone()
            .unwrap_or_else(|| self.data_dir.join("keys"))
    }

    /// Opens the database meant by the flags.
    async fn open_store(&self) -> anyhow::Result<Store> {
        let location = match &self.database_url {
            Some(url) => Location::of_url(url)?,
            None => Location::Folder(self.data_dir.clone()),
        };
        Store::open(&location).await.context("opening the database")
    }
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Description and data.
    #[command(flatten)]
    centre: CentreArgs,
    /// Address and port to listen on
    #[arg(
        long,
        env = "QUIETLINE_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,
    /// Address and port of /metrics; strangers should not reach it
    #[arg(long, env = "QUIETLINE_OPS_LISTEN", value_name = "ADDRESS")]
    ops_listen: Option<SocketAddr>,
    /// Address by which everybody knows the site, such as <https://calls.example.org>; without it,
    /// the one that each request names
    #[arg(long, env = "QUIETLINE_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,
    /// Believe the clock although nothing was added to the public log for more than two weeks
    #[arg(long)]
    after_pause: bool,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Address and port to listen on
    #[arg(
        long,
        env = "QUIETLINE_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,
    /// Another seed is another history
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Flags of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Description and data.
    #[command(flatten)]
    centre: CentreArgs,
    /// How columns become events
    #[arg(long, value_name = "FILE", required_unless_present = "format")]
    map: Option<PathBuf>,
    /// The files are logs of a telephone system, read as its source says
    #[arg(long, conflicts_with = "map")]
    format: Option<LogFormat>,
    /// The source whose logs they are, where the centre has several of that kind
    #[arg(long, value_name = "ID", requires = "format")]
    source: Option<String>,
    /// Print the closing account as one JSON object
    #[arg(long)]
    json: bool,
    /// Send through a running server instead of opening the database
    #[arg(long, value_name = "URL", requires = "token")]
    to: Option<String>,
    /// The token of the map's source, for --to
    #[arg(long, env = "QUIETLINE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Logs that can be imported without a map.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LogFormat {
    /// Asterisk's `queue_log`
    AsteriskQueueLog,
}

/// Flags of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The centre's description
    #[arg(
        long,
        env = "QUIETLINE_CONFIG",
        default_value = "centre.toml",
        value_name = "FILE"
    )]
    config: PathBuf,
    /// How columns become events
    #[arg(long, value_name = "FILE")]
    map: PathBuf,
    /// Times faster than life
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// The local time of the file that becomes now, for example 1999-08-02T08:55; by default its first
    #[arg(long, value_name = "TIME")]
    from: Option<DateTime>,
    /// The token of the map's source
    #[arg(long, env = "QUIETLINE_TOKEN", hide_env_values = true)]
    token: String,
    /// The file
    file: PathBuf,
    /// Address of the server, for example <http://127.0.0.1:8080>
    url: String,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token for a source; it is printed once and kept only as a hash
    Create {
        /// Description and data.
        #[command(flatten)]
        centre: CentreArgs,
        /// The id of the source in the centre's description
        source: String,
    },
    /// Make all tokens of a source worthless
    Revoke {
        /// Description and data.
        #[command(flatten)]
        centre: CentreArgs,
        /// The id of the source in the centre's description
        source: String,
    },
}

/// Carries out a command.
///
/// # Errors
/// What went wrong, doing what, to what: one line for the person at the terminal.
pub async fn run(command: Command) -> anyhow::Result<std::process::ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Check { file } => centre::check(&file),
        Command::Import(args) => data::import(args).await,
        Command::Rebuild { centre, check } => data::rebuild(&centre, check).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Restore(args) => restore::run(args).await,
        Command::Copy(args) => copy::run(args).await,
        Command::Replay(args) => feed::replay(args).await,
        Command::Watch { url } => feed::watch(&url).await,
        Command::Backtest(args) => backtest::run(args).await,
        Command::Export(command) => record::export(command).await,
        Command::Verify(args) => record::check(args).await,
        Command::Publish(command) => record::publish(command).await,
        Command::Token(command) => token::run(command).await,
        Command::User(command) => user::run(command).await,
    }
}
