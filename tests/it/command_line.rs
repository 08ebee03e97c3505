//! What the program says to the person who starts it with something that cannot work.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rstest::rstest;

/// A database that is not there is given up after five seconds; this leaves room for a busy machine.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(20);

/// What `serve` says to this address of a database before it fails.
fn refused(database_url: &str) -> String {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small.toml");
    let started = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(config)
        .args(["--database-url", database_url])
        .output()
        .unwrap();
    assert!(!done.status.success());
    assert!(started.elapsed() < GIVEN_UP_WITHIN);
    let said = String::from_utf8(done.stderr).unwrap();
    let all = format!("{said}{}", String::from_utf8_lossy(&done.stdout));
    assert!(!all.contains("hush"), "no password is shown: {all}");
    said
}

#[rstest]
#[case::another_database("mysql://me:hush@127.0.0.1/quietline", "begins with mysql")]
#[case::a_file("sqlite:///var/lib/hush.db", "begins with sqlite")]
#[case::no_address("me:hush@127.0.0.1/quietline", "is no address")]
fn an_address_of_another_database_is_answered_with_what_is_accepted(
    #[case] url: &str,
    #[case] says: &str,
) {
    let said = refused(url);
    for part in [says, "postgres://", "--data-dir"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(said.lines().count(), 1, "{said}");
}

/// The unit names the data folder, and the file beside it the database: the keys stay in the folder.
#[test]
fn a_database_named_beside_the_settings_of_the_unit_is_the_one_that_is_meant() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let unit = std::fs::read_to_string(root.join("deploy/quietline.service")).unwrap();
    let settings: Vec<(&str, &str)> = unit
        .lines()
        .filter_map(|line| line.strip_prefix("Environment=")?.split_once('='))
        .collect();
    assert!(
        settings
            .iter()
            .any(|(name, _)| *name == "QUIETLINE_DATA_DIR")
    );
    let done = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(root.join("tests/fixtures/small.toml"))
        .envs(settings)
        .env("QUIETLINE_DATABASE_URL", "mysql://me@127.0.0.1/quietline")
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("begins with mysql"), "{said}");
}

#[rstest]
#[case::nobody_listens(false)]
#[case::nobody_speaks(true)]
fn a_database_that_does_not_answer_is_named_and_given_up(#[case] listens: bool) {
    // A port that is taken stays this test's own, whether somebody listens at it or not.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).unwrap();
    if listens {
        socket.listen(8).unwrap();
    }
    let place = socket
        .local_addr()
        .unwrap()
        .as_socket()
        .unwrap()
        .to_string();
    let said = refused(&format!("postgres://me:hush@{place}/quietline"));
    drop(socket);
    for part in [
        place.as_str(),
        "no PostgreSQL server answers",
        "--database-url",
    ] {
        assert!(said.contains(part), "{said}");
    }
}
