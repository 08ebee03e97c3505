//! `quietline serve`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::ServeArgs;
use crate::app::{App, Settings};
use crate::clock::Clock;
use crate::config;
use crate::server::stop_signal;

/// Serves until the process is told to stop.
pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let centre = Arc::new(config::read_centre(&args.centre.config)?);
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("listening on {}", args.listen))?;
    let store = args.centre.open_store().await?;
    let settings = Settings {
        keys: Some(args.centre.key_folder()),
        is_after_pause: args.after_pause,
        ..Settings::default()
    };
    let app = App::start_with(centre, store, Clock::System, listener, settings).await?;
    println!("Quietline listens on http://{}", app.address);
    app.run_until(stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}
