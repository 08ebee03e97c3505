//! `quietline serve`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::ServeArgs;
use crate::app::{App, Settings};
use crate::clock::Clock;
use crate::config;
use crate::domain::centre::Centre;
use crate::server::{listen, stop_signal};

/// Serves until the process is told to stop.
pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let centre = Arc::new(config::read_centre(&args.centre.config)?);
    // Heard from the first moment: unheard, it would end the process.
    let asked = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
    let listener = listen(args.listen).with_context(|| format!("listening on {}", args.listen))?;
    let watching = match args.ops_listen {
        Some(address) => {
            let bound = listen(address);
            Some(bound.with_context(|| format!("listening on {address}"))?)
        }
        None => None,
    };
    let store = args.centre.open_store().await?;
    let settings = Settings {
        keys: Some(args.centre.key_folder()),
        is_after_pause: args.after_pause,
        public_url: args.public_url,
        ..Settings::default()
    };
    let mut app = App::start_with(centre, store, Clock::System, listener, settings).await?;
    println!("Quietline listens on http://{}", app.address);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        address = %app.address,
        "Quietline has started"
    );
    if let Some(listener) = watching {
        println!("Its metrics: http://{}/metrics", listener.local_addr()?);
        app.watch_over(listener);
    }
    let (send, changes) = mpsc::channel(1);
    let rereading = tokio::spawn(read_again(asked, args.centre.config, send));
    app.run_until_with(stop_signal(), changes).await?;
    rereading.abort();
    tracing::info!("Quietline has stopped: everything that was taken in is on the disk");
    Ok(ExitCode::SUCCESS)
}

/// Reads the description each time the process is asked to; one with mistakes is not handed on.
async fn read_again(mut asked: Signal, file: PathBuf, send: mpsc::Sender<Centre>) {
    while asked.recv().await.is_some() {
        tracing::info!("reading {} again", file.display());
        match config::read_centre(&file) {
            // Nobody takes any more: the program stops.
            Ok(centre) => drop(send.send(centre).await),
            Err(mistakes) => {
                for mistake in format!("{mistakes:#}").lines() {
                    tracing::error!("the old description stays: {mistake}");
                }
            }
        }
    }
}
