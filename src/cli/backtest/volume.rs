//! `quietline backtest --what volume`: contacts per half hour.

use super::Backtest;

/// Scores the forecasts of these lines.
pub(super) fn run(_backtest: &Backtest, _lines: &[String]) -> anyhow::Result<()> {
    anyhow::bail!("--what volume cannot be scored yet")
}
