//! `quietline user`: accounts are made, listed, reset and disabled while a server runs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use quietline::clock::Clock;
use quietline::desk::{password, totp};
use quietline::domain::staff::{Act, COMMAND_LINE};
use quietline::store::{Location, Store};

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db};

/// The program with a password on its standard input.
fn user(folder: &Path, args: &[&str], typed: &str) -> Output {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small.toml");
    let mut child = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .arg("user")
        .args(args)
        .arg("--config")
        .arg(config)
        .arg("--data-dir")
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // Whoever is not asked does not read.
    let _ = input.write_all(format!("{typed}\n").as_bytes());
    drop(input);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn folder(location: &Location) -> PathBuf {
    match location {
        Location::Folder(folder) => folder.clone(),
        Location::Postgres(_) => unreachable!("the test asks for SQLite"),
    }
}

const FIRST: &str = "the first password";
const STDIN: &str = "--password-stdin";

#[tokio::test]
async fn what_cannot_become_an_account_is_answered_with_what_can() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let at = folder(&db.location);
    let refused = |args: &[&str], typed: &str, says: &str| {
        let output = user(&at, args, typed);
        assert!(!output.status.success());
        assert!(said(&output).contains(says), "{}", said(&output));
    };
    let add = |name, role| ["add", name, "--role", role, STDIN];
    refused(&add("ada", "officer"), "short", "at least 12 characters");
    refused(&add("ada", "boss"), FIRST, "officer, editor, analyst");
    refused(&add("Ada L", "editor"), FIRST, "use a–z");
    refused(&["add", "ada", "--role", "editor"], FIRST, STDIN);
    refused(&["disable", "bob"], "", "there is no account bob");
    assert!(user(&at, &add("ada", "analyst"), FIRST).status.success());
    refused(&add("ada", "editor"), FIRST, "user reset");
    refused(&["token", "ada"], "", "may not enter");
}

// The server works on while a command is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_while_a_server_runs_and_each_change_is_noted() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let at = folder(&db.location);
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let added = user(&at, &["add", "ada", "--role", "officer", STDIN], FIRST);
    assert!(added.status.success(), "{}", said(&added));
    let printed = String::from_utf8(added.stdout.clone()).unwrap();
    let secret = printed.lines().nth(1).unwrap();
    let address = "otpauth://totp/Small%20centre:ada?secret=";
    assert!(printed.starts_with(address), "{printed}");
    assert!(totp::code_of(secret, MONDAY_NINE).is_some());
    assert!(!said(&added).contains(FIRST));

    let store = Store::open(&Location::Folder(at.clone())).await.unwrap();
    let account = store.account("ada").await.unwrap().unwrap();
    assert_eq!(account.totp_secret.as_deref(), Some(secret));
    assert!(password::is_right(FIRST, &account.password));
    for (args, says) in [
        (["token", "ada"].as_slice(), "qls_"),
        (&["reset", "ada", STDIN], "otpauth://"),
        (&["disable", "ada"], "no longer sign in"),
        (&["list"], "disabled"),
    ] {
        let done = user(&at, args, "the second password");
        assert!(
            done.status.success() && said(&done).contains(says),
            "{}",
            said(&done)
        );
    }
    let audit = store.audit(None, 10).await.unwrap();
    let acts: Vec<Act> = audit.iter().map(|(_, change)| change.act).collect();
    assert_eq!(
        acts,
        [
            Act::DisableUser,
            Act::ResetUser,
            Act::AddToken,
            Act::AddUser
        ]
    );
    assert!(audit.iter().all(|(_, change)| change.who == COMMAND_LINE));
    let all = format!("{audit:?}");
    assert!(
        !all.contains("argon2") && !all.contains(secret),
        "no secret: {all}"
    );
    store.close().await;
    app.stop().await;
}
