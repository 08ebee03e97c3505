//! A file as loggers and those who rotate them treat it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use tempfile::TempDir;

use super::*;

/// A log in a folder of its own.
struct Log {
    folder: TempDir,
}

impl Log {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("queue_log")
    }

    fn write(&self, text: &str) {
        self.write_to("queue_log", text);
    }

    fn write_to(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, to: &str) {
        fs::rename(self.path(), self.folder.path().join(to)).unwrap();
    }

    fn copy(&self, to: &str) {
        fs::copy(self.path(), self.folder.path().join(to)).unwrap();
    }

    fn empty(&self) {
        File::create(self.path()).unwrap();
    }

    fn follow(&self) -> Follower {
        Follower::start(&self.path(), time_of, None).unwrap().0
    }

    fn resume(&self, follower: &Follower) -> (Follower, bool) {
        let from = follower.position().map(|at| (at, follower.line_ms));
        Follower::start(&self.path(), time_of, from).unwrap()
    }
}

fn time_of(line: &[u8]) -> Option<Millis> {
    let digits = line.split(|byte| !byte.is_ascii_digit()).next()?;
    str::from_utf8(digits).ok()?.parse().ok()
}

/// All lines until nothing comes; `!` stands for a gap, `?` for a file that is not there.
fn drain(follower: &mut Follower) -> String {
    let mut all = String::new();
    loop {
        match follower.read_on().unwrap() {
            Next::Lines(piece) => all.push_str(&String::from_utf8(piece.bytes).unwrap()),
            Next::TooLong => all.push('~'),
            Next::Gap => all.push('!'),
            Next::Nothing => return all + "?",
            Next::End => return all,
        }
    }
}

#[test]
fn lines_are_read_when_they_are_whole() {
    let log = Log::new();
    let mut follower = log.follow();
    assert_eq!(drain(&mut follower), "?");
    log.write("1 a");
    assert_eq!(drain(&mut follower), "?");
    log.write("b\n2 c");
    assert_eq!(drain(&mut follower), "1 ab\n");
    log.write("d\n");
    assert_eq!(drain(&mut follower), "2 cd\n");
    assert_eq!(drain(&mut follower), "");
    assert_eq!(follower.line_ms, 2);
}

#[test]
fn a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_beginning() {
    let log = Log::new();
    log.write("1 a\n");
    let mut follower = log.follow();
    assert_eq!(drain(&mut follower), "1 a\n");
    log.rename("queue_log.1");
    // The logger still has the old file open.
    log.write_to("queue_log.1", "2 b\n");
    assert_eq!(drain(&mut follower), "2 b\n?");
    log.empty();
    log.write_to("queue_log.1", "3 c\n");
    assert_eq!(drain(&mut follower), "3 c\n");
    log.write_to("queue_log.1", "4 d\n");
    log.write("5 e\n");
    assert_eq!(drain(&mut follower), "4 d\n5 e\n");
}

#[test]
fn what_is_rotated_while_nobody_looks_is_found_again() {
    let log = Log::new();
    log.write("1 a\n2 b\n");
    let mut follower = log.follow();
    drain(&mut follower);
    log.write("3 c\n");
    log.rename("queue_log.2");
    log.write("4 d\n");
    log.rename("queue_log.1");
    log.write("5 e\n");
    let (mut later, is_missing) = log.resume(&follower);
    assert!(!is_missing);
    assert_eq!(drain(&mut later), "3 c\n4 d\n5 e\n");
    // The one that never stopped finds the same.
    assert_eq!(drain(&mut follower), "3 c\n4 d\n5 e\n");
}

#[test]
fn an_emptied_file_is_a_gap_and_the_copy_gives_what_was_not_read() {
    let log = Log::new();
    log.write("1 a\n");
    let mut follower = log.follow();
    drain(&mut follower);
    log.write("2 b\n");
    log.copy("queue_log.1");
    log.empty();
    log.write("3 c\n");
    assert_eq!(drain(&mut follower), "!2 b\n3 c\n");
    // Also if it has grown beyond what was read by the time somebody looks.
    log.empty();
    log.write("44444444444 d\n55555555555 e\n");
    assert_eq!(drain(&mut follower), "!44444444444 d\n55555555555 e\n");
}

#[test]
fn a_file_that_is_gone_is_missing_and_nothing_is_read_twice() {
    let log = Log::new();
    log.write("1 a\n");
    let mut follower = log.follow();
    drain(&mut follower);
    fs::remove_file(log.path()).unwrap();
    log.write("2 b\n");
    let (mut later, is_missing) = log.resume(&follower);
    assert!(is_missing);
    assert_eq!(drain(&mut later), "2 b\n");
    let (mut again, is_missing) = log.resume(&later);
    assert!(!is_missing);
    assert_eq!(drain(&mut again), "");
}

#[test]
fn a_line_without_an_end_is_dropped_and_the_next_ones_are_not() {
    let log = Log::new();
    log.write("1 a\n");
    log.write(&"x".repeat(PIECE_BYTES + 10));
    let mut follower = log.follow();
    assert_eq!(drain(&mut follower), "1 a\n~");
    log.write("xx\n2 b\n");
    assert_eq!(drain(&mut follower), "2 b\n");
}

#[test]
fn what_came_before_can_be_read_again() {
    let log = Log::new();
    log.write("1 aaaa\n2 bbbb\n3 cccc\n");
    let mut follower = log.follow();
    drain(&mut follower);
    let (later, _) = log.resume(&follower);
    assert_eq!(
        later.just_before(1_000).unwrap(),
        b"1 aaaa\n2 bbbb\n3 cccc\n"
    );
    assert_eq!(later.just_before(10).unwrap(), b"3 cccc\n");
    assert_eq!(log.follow().just_before(10).unwrap(), b"");
}
