//! The real calls, and files that are broken in every way, through the channel of the writer.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::date;
use tempfile::NamedTempFile;

use super::super::http::{IngestState, Patience, router};
use super::super::post::Poster;
use super::super::sink::{HttpSink, WriterSink};
use super::super::testing::{Folded, NOW_MS, folding_writer, keys, small_centre};
use super::super::tokens::{TokenBook, Tokens, hash_token};
use super::*;
use crate::clock::Clock;
use crate::config::{parse_centre, parse_map};
use crate::domain::period::Span;
use crate::domain::tally::Count;
use crate::ingest::writer::WriterHandle;

fn bank() -> (Centre, ImportMap) {
    let centre = include_str!("../../../tests/fixtures/bank/centre.toml");
    let map = include_str!("../../../tests/fixtures/bank/map.toml");
    (parse_centre(centre).unwrap(), parse_map(map).unwrap())
}

/// The real calls of a month, if they are at hand.
fn real_calls(month: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let file = folder.join(format!("bank_calls_1999-{month}.csv.gz"));
    if !file.exists() {
        println!("skipped: ../shared/data is not there");
        return None;
    }
    Some(file)
}

struct Import {
    centre: Centre,
    map: ImportMap,
    sink: WriterSink,
    folded: Arc<Mutex<Folded>>,
}

impl Import {
    fn new((centre, map): (Centre, ImportMap)) -> Self {
        let (writer, folded) = folding_writer();
        let sink = sink(writer, &centre, &map);
        Self {
            centre,
            map,
            sink,
            folded,
        }
    }

    async fn run(&mut self, file: &Path) -> Account {
        let Self {
            centre, map, sink, ..
        } = self;
        let files = [file.to_owned()];
        let bar = ProgressBar::hidden();
        let done = import_files(map, centre, &keys(), NOW_MS, &files, sink, &bar).await;
        done.unwrap()
    }

    fn counts(&self) -> [i64; 5] {
        let tally = self.folded.lock().unwrap().tally(&self.centre.zone);
        [
            Count::Attempts,
            Count::LeftInMenu,
            Count::Offered,
            Count::Answered,
            Count::Abandoned,
        ]
        .map(|count| tally.count(count))
    }

    fn covers(&self) -> Vec<Span> {
        self.folded.lock().unwrap().covers.clone()
    }
}

fn sink(writer: WriterHandle, centre: &Centre, map: &ImportMap) -> WriterSink {
    WriterSink {
        writer,
        source: map.source.clone(),
        zone: centre.zone.clone(),
        clock: Clock::fixed(NOW_MS),
    }
}

#[rstest::rstest]
#[case("01", 31_599, 240, [31_359, 1_198, 30_161, 27_060, 3_101])]
#[case("08", 42_078, 310, [41_768, 3_057, 38_711, 31_402, 7_309])]
#[tokio::test]
async fn a_real_month_gives_the_published_sums_and_nothing_new_the_second_time(
    #[case] month: &str,
    #[case] rows: u64,
    #[case] not_a_contact: u64,
    #[case] counts: [i64; 5],
) {
    let Some(file) = real_calls(month) else {
        return;
    };
    let mut import = Import::new(bank());
    let account = import.run(&file).await;
    assert_eq!(account.refused, []);
    assert_eq!((account.rows, account.not_a_contact), (rows, not_a_contact));
    assert_eq!(
        (account.imported, account.duplicate),
        (rows - not_a_contact, 0)
    );
    assert!(account.is_complete());
    assert_eq!(import.counts(), counts);
    let again = import.run(&file).await;
    assert_eq!((again.imported, again.duplicate), (0, rows - not_a_contact));
    assert_eq!(import.counts(), counts);
}

#[tokio::test]
async fn days_without_a_row_are_not_covered() {
    let Some(file) = real_calls("01") else {
        return;
    };
    let mut import = Import::new(bank());
    import.run(&file).await;
    let zone = import.centre.zone.clone();
    let covered = |day: i8| {
        let noon = Span::of_day(date(1999, 1, day), &zone).start_ms + 12 * 3_600_000;
        import.covers().iter().any(|span| span.contains(noon))
    };
    let missing: Vec<i8> = (1..=31).filter(|day| !covered(*day)).collect();
    assert_eq!(missing, [11, 12]);
}

/// A centre of one source and a map for small files of its calls.
fn small() -> (Centre, ImportMap) {
    let map = "source = \"pbx\"\nformat = \"csv\"\nsubject = [\"id\"]\n\
               skip = { column = \"line\", is = [\"TEST\"] }\n\n\
               [line]\ncolumn = \"line\"\n\n\
               [[events]]\ntype = \"contact.offered\"\ntime = \"at\"\n\n\
               [[events]]\ntype = \"contact.answered\"\n\
               time = { column = \"at\", plus_seconds = \"wait\" }\n\
               when = { filled = \"wait\" }\n";
    (small_centre(), parse_map(map).unwrap())
}

const HEAD: &str = "id,at,line,wait\n";

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn refused(account: &Account) -> Vec<(u64, &str)> {
    let word = |row: &'_ RefusedRow| row.reason.find(':').unwrap();
    let rows = account.refused.iter();
    rows.map(|row| (row.line, &row.reason[..word(row)]))
        .collect()
}

#[tokio::test]
async fn every_row_is_accounted_for() {
    let text = format!(
        "{HEAD}a,2026-08-05T10:00:00,billing,12\n\
         a,2026-08-05T10:00:00,billing,12\n\
         t,2026-08-05T10:00:00,TEST,\n\
         b,2026-08-05T10:00:00,bilings,\n\
         c,2026-08-08T10:00:00,billing,\n\
         d,1970-01-01T00:00:00,billing,\n\
         e,soon,billing,\n\
         ,2026-08-05T10:00:00,billing,\n\
         f,2026-08-05T10:00:00,billing,long\n\
         g,2026-08-05T10:00:00\n\
         h,,billing,\n\
         i,2026-08-05T10:00:00+05:00,billing,0.5\n"
    );
    let mut import = Import::new(small());
    let account = import.run(file(text.as_bytes()).path()).await;
    let sum = account.imported + account.duplicate + account.not_a_contact;
    assert_eq!(account.rows, sum + account.refused.len() as u64);
    assert_eq!(
        (account.imported, account.duplicate, account.not_a_contact),
        (2, 1, 1)
    );
    assert_eq!(
        refused(&account),
        [
            (5, "unknown_line"),
            (6, "future"),
            (7, "too_old"),
            (8, "invalid_time"),
            (9, "missing_field"),
            (10, "invalid_number"),
            (11, "wrong_field_count"),
            (12, "missing_field"),
        ]
    );
    assert_eq!(import.counts()[2..4], [2, 2]);
}

#[tokio::test]
async fn wall_clock_times_that_were_not_plain_are_counted() {
    let text = format!(
        "{HEAD}a,2025-10-26T02:30:00,billing,5\nb,2026-03-29 02:30:00,billing,\n\
         c,2026-03-29T03:30:00,billing,\nd,2025-10-26T02:30:00+01:00,billing,\n"
    );
    let mut import = Import::new(small());
    let account = import.run(file(text.as_bytes()).path()).await;
    assert_eq!((account.ambiguous_times, account.skipped_times), (1, 1));
    let folded = import.folded.lock().unwrap();
    let mut starts: Vec<i64> = folded
        .contacts
        .values()
        .map(|c| c.start().unwrap().0)
        .collect();
    starts.sort_unstable();
    // The earlier 02:30 is 00:30 UTC, the later 01:30; the skipped 02:30 becomes 03:30, 01:30 UTC.
    assert_eq!(
        starts,
        [
            1_761_438_600_000,
            1_761_442_200_000,
            1_774_747_800_000,
            1_774_747_800_000
        ]
    );
}

#[tokio::test]
async fn a_file_that_breaks_off_is_imported_up_to_there_and_says_so() {
    let rows: String = (0..20_000)
        .map(|n| {
            let (day, second) = (n / 5_000 + 1, n % 60);
            let noise = n * 7_919 % 10_007;
            format!("{noise}-{n},2026-08-0{day}T10:00:{second:02},billing,\n")
        })
        .collect::<Vec<_>>()
        .concat();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(format!("{HEAD}{rows}").as_bytes())
        .unwrap();
    let whole = encoder.finish().unwrap();
    let mut import = Import::new(small());
    let account = import.run(file(&whole[..whole.len() / 2]).path()).await;
    assert!(!account.is_complete());
    assert_eq!(
        account.truncated[0].line,
        account.rows + 2,
        "header, rows, broken line"
    );
    assert!(account.imported > 5_000 && account.imported < 15_000);
    // The last day seen may have had more rows, so it is not covered.
    let last_day = i8::try_from(account.rows / 5_000 + 1).unwrap();
    let covered = Span {
        start_ms: Span::of_day(date(2026, 8, 1), &import.centre.zone).start_ms,
        end_ms: Span::of_day(date(2026, 8, last_day), &import.centre.zone).start_ms,
    };
    assert_eq!(import.covers(), [covered]);
    let whole = import.run(file(&whole).path()).await;
    assert_eq!(
        (whole.imported, whole.duplicate),
        (20_000 - account.imported, account.imported)
    );
}

/// A sink that fails after some batches, as if the process had been stopped there.
struct Interrupted<S>(S, usize);

impl<S: SubmitBatches + Send> SubmitBatches for Interrupted<S> {
    async fn submit(&mut self, outgoing: Outgoing) -> anyhow::Result<Vec<Outcome>> {
        anyhow::ensure!(self.1 > 0, "stopped");
        self.1 -= 1;
        self.0.submit(outgoing).await
    }
}

#[tokio::test]
async fn an_interrupted_import_is_repeated_without_harm() {
    let rows: String = (0..9_000)
        .map(|n| format!("{n},2026-08-05T10:00:00,billing,\n"))
        .collect::<Vec<_>>()
        .concat();
    let text = file(format!("{HEAD}{rows}").as_bytes());
    let mut import = Import::new(small());
    let mut sink = Interrupted(
        sink(import.sink.writer.clone(), &import.centre, &import.map),
        2,
    );
    let files = [text.path().to_owned()];
    let bar = ProgressBar::hidden();
    let (centre, map) = small();
    let stopped = import_files(&map, &centre, &keys(), NOW_MS, &files, &mut sink, &bar).await;
    assert_eq!(stopped.unwrap_err().to_string(), "stopped");
    assert_eq!(import.counts()[2], 4_000);
    assert_eq!(import.covers(), [], "half a file covers nothing");
    let account = import.run(text.path()).await;
    assert_eq!((account.imported, account.duplicate), (5_000, 4_000));
    assert_eq!(import.counts()[2], 9_000);
}

#[tokio::test]
async fn several_files_name_the_file_of_a_refused_row() {
    let mut import = Import::new(small());
    let files = ["x", "y"].map(|id| file(format!("{HEAD}{id},soon,billing,\n").as_bytes()));
    let paths = files.each_ref().map(|file| file.path().to_owned());
    let Import {
        centre, map, sink, ..
    } = &mut import;
    let bar = ProgressBar::hidden();
    let keys = keys();
    let account = import_files(map, centre, &keys, NOW_MS, &paths, sink, &bar);
    let account = account.await.unwrap();
    let mut named: Vec<String> = account
        .refused
        .into_iter()
        .filter_map(|row| row.file)
        .collect();
    let mut expected = paths.map(|path| path.display().to_string()).to_vec();
    named.sort();
    expected.sort();
    assert_eq!(named, expected);
}

#[tokio::test]
async fn an_import_through_a_running_server_comes_to_the_same() {
    let (centre, map) = small();
    let (writer, folded) = folding_writer();
    let by_hash = HashMap::from([(hash_token("secret"), "pbx".to_owned())]);
    let state = IngestState {
        door: Arc::new(Door::new(&centre, keys())),
        tokens: Tokens::new(TokenBook { by_hash }),
        writer,
        clock: Clock::fixed(NOW_MS),
        patience: Patience::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(state)).await });
    let rows: String = (0..3_000)
        .map(|n| format!("{n},2026-08-05T10:00:00,billing,5\n"))
        .collect::<Vec<_>>()
        .concat();
    let text =
        file(format!("{HEAD}{rows}t,2026-08-04T10:00:00,TEST,\nx,soon,billing,\n").as_bytes());
    let files = [text.path().to_owned()];
    let bar = ProgressBar::hidden();
    for (imported, duplicate) in [(3_000, 0), (0, 3_000)] {
        let poster = Poster::new(&address, "secret").unwrap();
        let mut sink = HttpSink { poster };
        // The key of this side is not that of the server: only the server's counts.
        let keys = KeyMaker::new(&[0; 32]);
        let account = import_files(&map, &centre, &keys, NOW_MS, &files, &mut sink, &bar);
        let account = account.await.unwrap();
        assert_eq!((account.imported, account.duplicate), (imported, duplicate));
        assert_eq!((account.not_a_contact, account.refused.len()), (1, 1));
    }
    {
        let folded = folded.lock().unwrap();
        assert_eq!(folded.contacts.len(), 3_000);
        let covered = folded.covers[0];
        assert_eq!(covered.end_ms - covered.start_ms, 2 * 86_400_000);
    }
    let wrong = Poster::new(&address, "wrong").unwrap();
    let refused = wrong.post(&[], &[]).await.unwrap_err().to_string();
    assert!(refused.contains("401"), "{refused}");
}
