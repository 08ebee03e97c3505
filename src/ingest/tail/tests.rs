//! A log that is read as it grows, with everything that happens to logs and to those who read them.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::testing::{Folded, NOW_MS, folding_writer, keys, small_centre};
use super::*;
use crate::domain::centre::Centre;
use crate::domain::tally::{Count, Tally};

/// A log and what is read from it.
struct Site {
    folder: TempDir,
    centre: Centre,
    door: Arc<Door>,
    writer: WriterHandle,
    folded: Arc<Mutex<Folded>>,
    clock: Clock,
    tail: Tail,
}

impl Site {
    fn new() -> Self {
        let site = TempDir::new().unwrap();
        let mut centre = small_centre();
        centre.sources[0].feed = Some(Feed {
            kind: FeedKind::QueueLog,
            queues: [("400".to_owned(), "billing".to_owned())].into(),
            labels: BTreeMap::new(),
            path: Some(site.path().join("queue_log")),
            address: None,
            secret_file: None,
        });
        let door = Arc::new(Door::new(&centre, keys()));
        let (writer, folded) = folding_writer();
        let clock = Clock::fixed(NOW_MS);
        let tail = tail(&centre, None, &door, &writer, &clock);
        Self {
            folder: site,
            centre,
            door,
            writer,
            folded,
            clock,
            tail,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("queue_log")
    }

    fn write(&self, text: &str) {
        write(&self.path(), text);
    }

    async fn look(&mut self) {
        self.tail.look().await.unwrap().unwrap();
    }

    /// Another process goes on with what the database knows.
    fn restart(&mut self) {
        let mark = self.tail.mark.clone();
        self.tail = tail(&self.centre, mark, &self.door, &self.writer, &self.clock);
    }

    fn tally(&self) -> Tally {
        self.folded.lock().unwrap().tally(&self.centre.zone)
    }

    fn covers(&self) -> Vec<Span> {
        std::mem::take(&mut self.folded.lock().unwrap().covers)
    }
}

fn tail(
    centre: &Centre,
    mark: Option<Mark>,
    door: &Arc<Door>,
    writer: &WriterHandle,
    clock: &Clock,
) -> Tail {
    let source = &centre.sources[0];
    Tail::of(
        source,
        mark,
        Arc::clone(door),
        writer.clone(),
        clock.clone(),
    )
    .unwrap()
}

fn write(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A line of call `n` so many seconds after the first.
fn line(second: i64, n: usize, event: &str) -> String {
    let at = NOW_MS / 1_000 - 3_600 + second;
    format!("{at}|{n}.{n}|400|NONE|{event}\n")
}

fn whole_call(second: i64, n: usize) -> String {
    [
        line(second, n, "ENTERQUEUE||079|1"),
        line(second + 10, n, "CONNECT|10|x|2"),
        line(second + 70, n, "COMPLETECALLER|10|60|1"),
    ]
    .concat()
}

#[tokio::test]
async fn calls_count_as_they_are_written_also_after_a_restart() {
    let mut site = Site::new();
    site.look().await;
    site.write(&whole_call(0, 1));
    site.write(&line(100, 2, "ENTERQUEUE||079|1"));
    site.look().await;
    assert_eq!(site.tally().count(Count::Answered), 1);
    assert_eq!(site.tally().count(Count::Waiting), 1);
    site.restart();
    site.write(&line(120, 2, "ABANDON|1|1|20"));
    site.look().await;
    site.look().await;
    let tally = site.tally();
    assert_eq!(tally.count(Count::Offered), 2);
    assert_eq!(tally.count(Count::Abandoned), 1);
    assert_eq!(tally.count(Count::HandleMsSum), 60_000);
    assert_eq!(site.tail.account().lines, 1, "nothing is read again");
}

#[tokio::test]
async fn after_a_restart_it_is_known_who_waits() {
    let mut site = Site::new();
    site.write(&line(0, 1, "ENTERQUEUE||079|1"));
    site.look().await;
    site.restart();
    site.write(&line(60, 1, "EXITWITHTIMEOUT|1|1|60"));
    site.write(&line(60, 1, "ENTERQUEUE||079|1"));
    site.look().await;
    assert_eq!(site.tally().count(Count::Transferred), 1);
    assert_eq!(site.tally().count(Count::Waiting), 1);
    site.restart();
    let at = NOW_MS / 1_000 - 3_000;
    site.write(&format!("{at}|NONE|NONE|NONE|QUEUESTART|\n"));
    site.look().await;
    assert_eq!(site.tally().count(Count::Lost), 1);
}

#[tokio::test]
async fn the_time_that_was_read_is_covered_and_a_gap_is_not() {
    let mut site = Site::new();
    site.write(&whole_call(0, 1));
    site.look().await;
    let first = Span {
        start_ms: NOW_MS - 3_600_000,
        end_ms: NOW_MS,
    };
    assert_eq!(site.covers(), [first]);
    // Down for an hour, with the log still there: nothing is missing.
    site.restart();
    site.clock.set(NOW_MS + 3_600_000);
    site.look().await;
    let hour = Span {
        start_ms: NOW_MS,
        end_ms: NOW_MS + 3_600_000,
    };
    assert_eq!(site.covers(), [hour]);
    // Emptied, with nothing after it: what came between is not known.
    fs::File::create(site.path()).unwrap();
    site.clock.set(NOW_MS + 7_200_000);
    site.look().await;
    site.write(&line(7_200, 2, "ENTERQUEUE||079|1"));
    site.look().await;
    assert!(site.tail.mark.as_ref().is_some_and(|mark| mark.after_gap));
    let after = Span {
        start_ms: NOW_MS + 3_600_000,
        end_ms: NOW_MS + 7_200_000,
    };
    assert_eq!(site.covers(), [after], "known again from its first line on");
}

#[tokio::test]
async fn a_log_that_was_renamed_is_missing_until_there_is_a_new_one() {
    let mut site = Site::new();
    site.write(&whole_call(0, 1));
    site.look().await;
    assert!(!site.tail.is_missing);
    let renamed = site.path().with_extension("1");
    fs::rename(site.path(), &renamed).unwrap();
    site.look().await;
    assert!(site.tail.is_missing);
    // Asterisk was not told yet: it is read on, and what is missing is not said once a second.
    write(&renamed, &whole_call(100, 2));
    site.look().await;
    assert!(site.tail.is_missing);
    assert_eq!(site.tally().count(Count::Answered), 2);
    site.write(&whole_call(200, 3));
    site.look().await;
    assert!(!site.tail.is_missing);
    assert_eq!(site.tally().count(Count::Answered), 3);
}

#[tokio::test]
async fn what_the_writer_does_not_take_is_handed_to_it_again() {
    let mut site = Site::new();
    site.write(&whole_call(0, 1));
    let good = site.tail.writer.clone();
    site.tail.writer = super::super::testing::answering_writer(Err(SubmitError::Full));
    assert!(site.tail.look().await.unwrap().is_err());
    assert!(site.tail.look().await.unwrap().is_err());
    assert_eq!(site.tail.mark, None);
    site.tail.writer = good;
    site.look().await;
    assert_eq!(site.tally().count(Count::Answered), 1);
    assert_eq!(site.tail.account().lines, 3);
}

#[tokio::test]
async fn refused_and_ignored_lines_are_counted() {
    let mut site = Site::new();
    site.write("0|1.1|400|NONE|ENTERQUEUE||079|1\nnothing\n");
    site.write(&line(0, 1, "SURVEY|5"));
    site.write(&whole_call(0, 2));
    site.look().await;
    let account = site.tail.account();
    assert_eq!((account.lines, account.told, account.refused), (6, 3, 2));
    assert_eq!(account.ignored[asterisk::CUSTOM], 1);
    assert_eq!(site.folded.lock().unwrap().rejected, 2);
}

/// What happens to a log.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Call,
    HalfALine,
    Rename,
    CopyAndEmpty,
    Look,
    Restart,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => Just(Deed::Call),
        2 => Just(Deed::HalfALine),
        1 => Just(Deed::Rename),
        1 => Just(Deed::CopyAndEmpty),
        3 => Just(Deed::Look),
        2 => Just(Deed::Restart),
    ];
    proptest::collection::vec(deed, 1..40)
}

/// Does all of it and says how many calls were written.
async fn undergo(site: &mut Site, deeds: &[Deed]) -> i64 {
    let mut calls = 0_usize;
    for (number, deed) in deeds.iter().enumerate() {
        let second = i64::try_from(number).unwrap() * 80;
        match deed {
            Deed::Call => {
                calls += 1;
                site.write(&whole_call(second, calls));
            }
            Deed::HalfALine => {
                calls += 1;
                let text = whole_call(second, calls);
                let (one, other) = text.split_at(text.len() / 2);
                site.write(one);
                site.look().await;
                site.write(other);
            }
            Deed::Rename if site.path().exists() => {
                let to = site.folder.path().join(format!("queue_log.{number}"));
                fs::rename(site.path(), to).unwrap();
            }
            // Those who copy and empty a log lose what is written between; here, nothing is.
            Deed::CopyAndEmpty if site.path().exists() => {
                let to = site.folder.path().join(format!("queue_log.{number}"));
                fs::copy(site.path(), to).unwrap();
                fs::File::create(site.path()).unwrap();
            }
            Deed::Rename | Deed::CopyAndEmpty => {}
            Deed::Look => site.look().await,
            Deed::Restart => site.restart(),
        }
    }
    site.look().await;
    i64::try_from(calls).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost_and_nothing_told_twice(deeds in deeds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut site = Site::new();
            // The first line is read before anything is rotated: who begins to read a log does
            // not read what was put away before.
            site.write(&whole_call(-100, 0));
            site.look().await;
            let calls = 1 + undergo(&mut site, &deeds).await;
            let tally = site.tally();
            let sums = [Count::Offered, Count::Answered, Count::Handled, Count::HandleMsSum];
            let sums = sums.map(|count| tally.count(count));
            assert_eq!(sums, [calls, calls, calls, calls * 60_000], "{deeds:?}");
            assert_eq!(tally.count(Count::Transferred), 0);
        });
    }
}
