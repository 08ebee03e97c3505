//! The examples of open data, each run against a server: what they print is what is published.

use std::process::Stdio;

use rstest::rstest;
use tokio::process::Command;

use crate::open_data::on_tuesday;
use crate::support::Kind;

/// Runs an example; a language that is not installed is left out, said aloud.
#[rstest]
#[case::curl("sh", "history.sh")]
#[case::python("python3", "history.py")]
#[case::javascript("node", "history.mjs")]
#[case::r("Rscript", "history.R")]
#[tokio::test]
async fn an_example_loads_the_history(#[case] language: &str, #[case] file: &str) {
    let mut asked = Command::new(language);
    let asked = asked.arg("--version").stdin(Stdio::null());
    if asked.output().await.is_err() {
        eprintln!("SKIPPED {file}: {language} is not installed");
        return;
    }
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = format!("{}/examples/open-data/{file}", env!("CARGO_MANIFEST_DIR"));
    let done = Command::new(language)
        .arg(path)
        .arg(app.url(""))
        .current_dir(folder.path())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let complained = String::from_utf8_lossy(&done.stderr);
    assert_eq!(said, "2026-11-02: 40 contacts\n", "{complained}");
    app.stop().await;
}
