//! The command line of Quietline.

use std::process::ExitCode;

use clap::Parser;
use quietline::cli::{self, Cli, Command, LogForm};
use tracing_subscriber::EnvFilter;

/// A commit frees what a thousand calls needed: the system's allocator gives those pages back and
/// asks for them again each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_server = matches!(cli.command, Command::Serve(_) | Command::Demo(_));
    log_to_stderr(cli.log_format, is_server);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli::run(cli.command)));
    outcome.unwrap_or_else(|error| {
        eprintln!("quietline: {error:#}");
        ExitCode::FAILURE
    })
}

/// What is worth telling goes where the answers of a command do not, one line each. Only a server
/// has statements that should be faster.
fn log_to_stderr(form: LogForm, is_server: bool) {
    let usual = if is_server { "info" } else { "info,sqlx=error" };
    let filter = EnvFilter::try_from_env("QUIETLINE_LOG").unwrap_or_else(|_| usual.into());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match form {
        LogForm::Text => log.with_ansi(false).init(),
        LogForm::Json => log.json().flatten_event(true).init(),
    }
}
