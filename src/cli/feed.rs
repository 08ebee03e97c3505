//! `quietline replay` and `quietline watch`: a feed in, and the feed out.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use super::ReplayArgs;
use crate::clock::Clock;
use crate::config;
use crate::ingest::post::Poster;
use crate::ingest::replay::{self, Replay};
use crate::live::watch;
use crate::server::stop_signal;

/// Replays real calls as if they happened now.
pub(super) async fn replay(args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let centre = config::read_centre(&args.config)?;
    let map = config::read_map(&args.map)?;
    let replay = Replay {
        map: &map,
        centre: &centre,
        file: &args.file,
        from: args.from,
        speed: args.speed,
        poster: Poster::new(&args.url, &args.token)?,
        clock: Clock::System,
    };
    replay::replay(replay, &mut std::io::stdout(), stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

/// Shows the live feed until it is stopped.
pub(super) async fn watch(url: &str) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    let redraw = out.is_terminal();
    watch::watch(url, &mut out, redraw, stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}
