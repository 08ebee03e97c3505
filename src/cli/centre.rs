//! `quietline check`.

use std::path::Path;
use std::process::ExitCode;

use crate::config;

/// Prints what a description means, or every mistake in it.
pub(super) fn check(file: &Path) -> anyhow::Result<ExitCode> {
    let report = config::check_file(file)?;
    println!("{report}");
    Ok(if report.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
