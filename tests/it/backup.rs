//! Backups while the program serves, killed in the middle of them, and back again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use quietline::store::Location;
use tempfile::TempDir;

use crate::crash::{CALLS_A_BATCH, PATIENCE, Server, command, counted, make_token, send};
use crate::support::{Kind, TestDb, fresh_db, run};

/// What makes a copy last long enough to be killed: 60 MB of texts that no leaf names.
const FILL: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) \
     INSERT INTO documents SELECT hex(randomblob(32)), randomblob(100000) FROM n";

fn data_of(db: &TestDb) -> &Path {
    match &db.location {
        Location::Folder(folder) => folder,
        Location::Postgres(_) => panic!("the embedded database is meant"),
    }
}

fn tell(done: &Output) -> String {
    let (out, err) = (&done.stdout, &done.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

fn done(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", tell(&done));
    tell(&done)
}

fn refused(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(!done.status.success(), "{}", tell(&done));
    tell(&done)
}

fn restore(into: &Path, backup: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    command.args(["restore", "--data-dir"]).args([into, backup]);
    command
}

/// Kills a process as soon as a file has something in it; false if it was done before.
async fn kill_when_begun(mut child: Child, file: &Path) -> bool {
    let begun = async {
        loop {
            if file.metadata().is_ok_and(|about| about.len() > 0) {
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            tokio::task::yield_now().await;
        }
    };
    let is_begun = tokio::time::timeout(PATIENCE, begun).await.unwrap();
    // It may have ended in between.
    let _ = child.kill();
    let ended = child.wait().unwrap();
    is_begun && !ended.success()
}

fn calls(batches: usize) -> i64 {
    i64::try_from(batches * CALLS_A_BATCH).unwrap()
}

async fn counted_in(folder: &Path) -> i64 {
    let mut db = fresh_db(Kind::Sqlite).await.unwrap();
    db.location = Location::Folder(folder.to_owned());
    counted(&db).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_while_serving_holds_what_was_acknowledged_before() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = make_token(&db);
    let mut server = Server::start(&db);
    let client = reqwest::Client::new();
    for number in 0..3 {
        assert!(send(&client, &server.url, &token, number).await);
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("first.db");
    let (url, own) = (server.url.clone(), token.clone());
    // Others go on sending meanwhile.
    let sending = tokio::spawn(async move {
        for number in 3..9 {
            assert!(send(&reqwest::Client::new(), &url, &own, number).await);
        }
    });
    let said = done(command(&db).arg("backup").arg(&file));
    assert!(said.contains("Not in it: the keys"), "{said}");
    sending.await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "secrets are in it");
    }
    let said = refused(command(&db).arg("backup").arg(&file));
    assert!(said.contains("is there already"), "{said}");
    done(command(&db).arg("backup").arg(folder.path()));
    assert_eq!(folder.path().read_dir().unwrap().count(), 2);

    let said = refused(restore(data_of(&db), &file).arg("--replace"));
    assert!(said.contains("stop it first"), "{said}");
    server.kill();
    let elsewhere = TempDir::new().unwrap();
    done(&mut restore(elsewhere.path(), &file));
    let restored = counted_in(elsewhere.path()).await;
    assert!(restored >= calls(3), "{restored}");
    assert_eq!(
        restored % calls(1),
        0,
        "a batch is there whole or not at all"
    );
    let check = command(&db)
        .env("QUIETLINE_DATA_DIR", elsewhere.path())
        .args(["rebuild", "--check"])
        .status();
    assert!(
        check.unwrap().success(),
        "tallies are the sum over contacts"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_leaves_none_of_its_name() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    make_token(&db);
    run(&db, FILL).await.unwrap();
    let folder = TempDir::new().unwrap();
    let (mut number, mut half) = (0, PathBuf::new());
    let file = loop {
        let file = folder.path().join(format!("{number}.db"));
        let part = folder.path().join(format!("{number}.db.part"));
        let mut command = command(&db);
        let child = command.arg("backup").arg(&file).stdout(Stdio::null());
        let was_killed = kill_when_begun(child.spawn().unwrap(), &part).await;
        if was_killed && part.exists() {
            half.clone_from(&part);
            break file;
        }
        number += 1;
        assert!(number < 50, "it is always done before it can be killed");
    };
    assert!(!file.exists(), "killed in the middle");
    // The control: what was written by then is no backup, and is not taken for one.
    let kept = folder.path().join("kept.db");
    std::fs::copy(&half, &kept).unwrap();
    let elsewhere = TempDir::new().unwrap();
    let said = refused(&mut restore(elsewhere.path(), &kept));
    assert!(said.contains("no whole database"), "{said}");
    assert!(!elsewhere.path().join("quietline.db").exists());

    done(command(&db).arg("backup").arg(&file));
    assert!(!half.exists(), "it used what the killed one left");
    done(&mut restore(elsewhere.path(), &file));
}

/// A database whose server was killed with three batches, two of them not in the backup.
async fn killed_after_a_backup(db: &TestDb, backup: &Path) {
    let token = make_token(db);
    let mut server = Server::start(db);
    let client = reqwest::Client::new();
    assert!(send(&client, &server.url, &token, 0).await);
    run(db, FILL).await.unwrap();
    done(command(db).arg("backup").arg(backup));
    for number in 1..3 {
        assert!(send(&client, &server.url, &token, number).await);
    }
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_changes_nothing_and_can_be_done_again() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = TempDir::new().unwrap();
    let backup = folder.path().join("backup.db");
    killed_after_a_backup(&db, &backup).await;
    let data = data_of(&db);
    let said = refused(&mut restore(data, &backup));
    assert!(said.contains("add --replace"), "{said}");

    let begun = data.join("restoring/quietline.db");
    let mut command = restore(data, &backup);
    let child = command.arg("--replace").stdout(Stdio::null()).spawn();
    assert!(
        kill_when_begun(child.unwrap(), &begun).await,
        "in the middle"
    );
    assert!(begun.exists());
    assert_eq!(counted_in(data).await, calls(3), "everything is as it was");

    let said = done(restore(data, &backup).arg("--replace"));
    assert!(
        said.contains("Its public record is what was signed"),
        "{said}"
    );
    assert_eq!(counted_in(data).await, calls(1), "what the backup knows");
    assert!(!data.join("restoring").exists());
    assert!(data.join("quietline.db.replaced").exists());
}

#[test]
fn a_backup_that_fails_leaves_nothing_on_the_disk() {
    let (data, into) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let text = "this is no database at all\n".repeat(100);
    std::fs::write(data.path().join("quietline.db"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    let command = command.args(["backup", "--data-dir"]);
    let said = refused(command.args([data.path(), into.path()]));
    assert!(said.contains("not a database"), "{said}");
    assert_eq!(into.path().read_dir().unwrap().count(), 0);
}

/// The control: put in place by hand beside the old database's log, a backup is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_copied_over_a_database_takes_its_log_for_its_own() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = TempDir::new().unwrap();
    let backup = folder.path().join("backup.db");
    killed_after_a_backup(&db, &backup).await;
    let data = data_of(&db);
    let log = data.join("quietline.db-wal");
    assert!(log.metadata().unwrap().len() > 0, "it was killed");
    let (by_hand, by_restore) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for name in ["quietline.db", "quietline.db-wal"] {
        std::fs::copy(data.join(name), by_restore.path().join(name)).unwrap();
    }
    std::fs::copy(&log, by_hand.path().join("quietline.db-wal")).unwrap();
    std::fs::copy(&backup, by_hand.path().join("quietline.db")).unwrap();
    let check = |folder: &Path| {
        let mut command = command(&db);
        command.env("QUIETLINE_DATA_DIR", folder);
        let done = command.args(["rebuild", "--check"]).output().unwrap();
        done.status.success()
    };
    // How much of the log had been moved into the database decides what becomes of it.
    let is_the_backup = check(by_hand.path()) && counted_in(by_hand.path()).await == calls(1);
    assert!(!is_the_backup, "by hand it is damaged, or the old one");
    done(restore(by_restore.path(), &backup).arg("--replace"));
    assert!(check(by_restore.path()));
    assert_eq!(counted_in(by_restore.path()).await, calls(1));
}

#[tokio::test]
async fn what_is_no_backup_is_refused_with_its_reason() {
    let folder = TempDir::new().unwrap();
    let into = folder.path().join("data");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database at all\n".repeat(100)).unwrap();
    let said = refused(&mut restore(&into, &text));
    assert!(said.contains("no whole database"), "{said}");
    let said = refused(&mut restore(&into, &folder.path().join("absent.db")));
    assert!(said.contains("No such file"), "{said}");
    assert!(!into.join("quietline.db").exists());

    let db = fresh_db(Kind::Sqlite).await.unwrap();
    make_token(&db);
    let backup = folder.path().join("backup.db");
    done(command(&db).arg("backup").arg(&backup));
    for (sql, says) in [
        (
            "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 11",
            "newer quietline",
        ),
        ("DROP TABLE _sqlx_migrations", "another program"),
        (
            "INSERT INTO leaves VALUES (0, 'key', 'a', 1, 0, 'altered', 'not its hash')",
            "public record was altered",
        ),
    ] {
        let mut altered = fresh_db(Kind::Sqlite).await.unwrap();
        let place = TempDir::new().unwrap();
        altered.location = Location::Folder(place.path().to_owned());
        let file = place.path().join("quietline.db");
        std::fs::copy(&backup, &file).unwrap();
        run(&altered, sql).await.unwrap();
        let said = refused(&mut restore(&into, &file));
        assert!(said.contains(says), "{said}");
        assert!(!into.join("quietline.db").exists());
        assert!(!into.join("restoring").exists(), "a useless copy is left");
    }
}

#[test]
fn postgres_is_backed_up_with_its_own_tools() {
    for args in [["backup", "x.db"], ["restore", "x.db"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
        let command = command
            .args(args)
            .env("QUIETLINE_DATABASE_URL", "postgres://me@host/db");
        let said = refused(command);
        assert!(said.contains("pg_dump --format=custom"), "{said}");
        assert!(said.contains("pg_restore"), "{said}");
    }
}
