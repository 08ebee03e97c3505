//! The command line of Quietline.

use std::process::ExitCode;

use clap::Parser;
use quietline::cli::{self, Cli};

/// A commit frees what a thousand calls needed: the system's allocator gives those pages back and
/// asks for them again each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("QUIETLINE_LOG")
                .unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
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
