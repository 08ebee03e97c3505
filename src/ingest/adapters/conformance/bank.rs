//! The bank's January, with its real timings, in the formats of exchanges.

use std::path::Path;

use flate2::read::GzDecoder;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rstest::rstest;

use super::freeswitch::socket;
use super::twilio::{callbacks, stream};
use super::{Recorded, Said, Went, log_says, records_say, tally};
use crate::domain::period::instant_ms;
use crate::domain::tally::{Count, Waits};

/// Calls that came to a queue or to a person, or nothing, said aloud, where they are not at hand.
fn january() -> Option<Vec<Recorded>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let Ok(file) = std::fs::File::open(folder.join("bank_calls_1999-01.csv.gz")) else {
        eprintln!("SKIPPED: ../shared/data/bank_calls_1999-01.csv.gz is not there");
        return None;
    };
    let zone = TimeZone::get("Asia/Jerusalem").unwrap();
    let mut rows = csv::Reader::from_reader(GzDecoder::new(file));
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let [outcome, queued, served, wait, talk] = [
        "outcome",
        "queue_start_local",
        "service_start_local",
        "wait_s",
        "talk_s",
    ]
    .map(column);
    let mut calls = Vec::new();
    for row in rows.records() {
        let row = row.unwrap();
        let seconds = |column: usize| row[column].parse().unwrap_or(0);
        let start = [&row[queued], &row[served]]
            .into_iter()
            .find(|text| !text.is_empty());
        let went = match (&row[outcome], start) {
            ("AGENT", _) => Went::Answered(seconds(wait), seconds(talk)),
            ("HANG", Some(_)) => Went::Abandoned(seconds(wait)),
            _ => continue,
        };
        let start: DateTime = start.unwrap().parse().unwrap();
        let at = instant_ms(start, &zone) / 1_000;
        calls.push(Recorded { at, went });
    }
    Some(calls)
}

#[rstest]
#[case::queue_log(log_says)]
#[case::contact_records(records_say)]
#[case::event_streams(stream)]
#[case::event_callbacks(callbacks)]
#[case::event_socket(socket)]
fn the_real_january_gives_the_known_sums(#[case] said: fn(&[Recorded]) -> Vec<Said>) {
    let Some(calls) = january() else { return };
    let tally = tally(said(&calls));
    let sums = [Count::Offered, Count::Answered, Count::Abandoned];
    assert_eq!(
        sums.map(|count| tally.count(count)),
        [30_161, 27_060, 3_101]
    );
    let waits = |answered: bool| -> i64 {
        let secs = calls.iter().map(|call| match call.went {
            Went::Answered(wait, _) if answered => wait,
            Went::Abandoned(wait) if !answered => wait,
            _ => 0,
        });
        secs.sum::<i64>() * 1_000
    };
    assert_eq!(tally.count(Count::WaitAnsweredMsSum), waits(true));
    assert_eq!(tally.count(Count::WaitAbandonedMsSum), waits(false));
    assert_eq!(tally.waits(Waits::Answered).0.iter().sum::<i64>(), 27_060);
}
