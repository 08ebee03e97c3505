//! A log that was written for this, logs that real exchanges wrote, and what hostile ones do.

use proptest::prelude::*;

use super::super::testing::{damaged, feed, native, told};
use super::*;
use crate::domain::centre::FeedKind;
use crate::ingest::testing::{NOW_MS, small_door};

const LOG: &str = include_str!("../../../../tests/fixtures/asterisk/queue_log");
const EVENTS: &str = include_str!("../../../../tests/fixtures/asterisk/events.txt");

fn reader(queues: &[(&str, &str)]) -> QueueLog {
    QueueLog::new(feed(FeedKind::QueueLog, queues), "/pbx/")
}

/// Everything that a log says, line by line.
fn read_all(log: &mut QueueLog, bytes: &[u8]) -> String {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty());
    lines
        .map(|(index, line)| told(index + 1, &log.read(line, &format!("f:{index}")).said))
        .collect()
}

#[test]
fn a_log_says_what_is_written_beside_it() {
    let mut log = reader(&[("400", "billing"), ("500", "moving")]);
    assert_eq!(read_all(&mut log, LOG.as_bytes()), EVENTS);
}

#[test]
fn what_it_says_passes_the_door_and_names_nobody() {
    let door = small_door();
    let threshold = door.open_to("pbx", NOW_MS).unwrap();
    let mut log = reader(&[("400", "billing"), ("500", "moving")]);
    for (index, line) in LOG.lines().enumerate() {
        let Said::Events(events) = log.read(line.as_bytes(), &format!("f:{index}")).said else {
            continue;
        };
        for event in events {
            let json = serde_json::to_string(&event).unwrap();
            for secret in ["Ana", "Ben", "Cy", "Dee", "079123", "PJSIP"] {
                assert!(!json.contains(secret), "{json}");
            }
            threshold.admit(&event).unwrap();
        }
    }
}

#[test]
fn a_restart_ends_the_waiting_of_those_who_waited_and_of_nobody_else() {
    let mut log = reader(&[("*", "billing")]);
    for call in 0..3 {
        let line = format!("17860800{call}0|c{call}|q|NONE|ENTERQUEUE||x|1");
        log.read(line.as_bytes(), "f:0");
    }
    log.read(b"1786080040|c1|q|m|CONNECT|20", "f:1");
    let restart = log.read(b"1786080100|NONE|NONE|NONE|QUEUESTART|", "f:2");
    let lost = told(1, &restart.said);
    assert_eq!(lost.lines().count(), 2);
    assert!(lost.contains(" c0 contact.lost") && lost.contains(" c2 contact.lost"));
    let again = log.read(b"1786080101|NONE|NONE|NONE|QUEUESTART|", "f:3");
    assert!(matches!(again.said, Said::Ignored(SYSTEM)));
}

#[test]
fn real_logs_are_read_and_every_line_is_accounted_for() {
    let sums = [
        ("asterisk_queue_log_2010_freepbx.log", 8, 11, 0),
        ("asterisk_queue_log_missing_exit_2006.log", 3, 0, 0),
        ("asterisk_queue_log_real_2020.log", 4, 6, 0),
    ];
    for (name, tells, ignored, refused) in sums {
        let Some(bytes) = native(name) else { continue };
        let mut log = reader(&[("*", "billing")]);
        let said = read_all(&mut log, &bytes);
        let count = |what: &str| said.lines().filter(|line| line.contains(what)).count();
        let lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        assert_eq!(said.lines().count(), lines.count(), "{said}");
        assert_eq!(
            (count(" contact."), count("ignored: "), count("refused: ")),
            (tells, ignored, refused),
            "{name}\n{said}"
        );
    }
}

#[test]
fn files_of_other_systems_are_refused_line_by_line() {
    let names = [
        "asterisk_ami_queue_events.txt",
        "freeswitch_mod_callcenter_events.txt",
        "amazon_connect_ctr.jsonl",
        "amazon_connect_contact_events.jsonl",
    ];
    for bytes in names.into_iter().filter_map(native) {
        let said = read_all(&mut reader(&[("*", "billing")]), &bytes);
        assert!(!said.is_empty());
        assert!(
            said.lines().all(|line| line.contains("refused: ")),
            "{said}"
        );
    }
}

#[test]
fn a_restart_in_a_real_log_ends_a_call_without_an_end() {
    let Some(bytes) = native("asterisk_queue_log_real_2020.log") else {
        return;
    };
    let said = read_all(&mut reader(&[("*", "billing")]), &bytes);
    assert!(said.ends_with(" 1596513054.164 contact.lost\n"), "{said}");
}

#[test]
fn seconds_may_have_fractions_and_lines_may_end_as_on_windows() {
    let mut log = reader(&[("q", "billing")]);
    let read = log.read(b"1786080010.1234|c|q|NONE|ENTERQUEUE||x\r", "f:0");
    assert_eq!(read.at_ms, Some(1_786_080_010_123));
    assert!(told(1, &read.said).contains("contact.offered line=billing"));
    for wrong in [
        "",
        "x|c|q|n|CONNECT",
        "-5|c|q|n|CONNECT",
        "1.2.3|c|q|n|CONNECT",
    ] {
        assert!(
            matches!(log.read(wrong.as_bytes(), "f:1").said, Said::Refused(_)),
            "{wrong}"
        );
    }
}

#[test]
fn a_talk_time_beyond_all_measure_is_none() {
    let mut log = reader(&[("q", "billing")]);
    for seconds in [
        "9223372036854775807",
        "-9223372036854775808",
        "604801",
        "-1",
    ] {
        let line = format!("1786080010|c|q|m|COMPLETEAGENT|5|{seconds}|1");
        let said = told(1, &log.read(line.as_bytes(), "f:0").said);
        assert!(said.ends_with(" c contact.ended\n"), "{said}");
    }
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(bytes in damaged(LOG.as_bytes())) {
        read_all(&mut reader(&[("400", "billing")]), &bytes);
    }

    #[test]
    fn nothing_makes_it_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        reader(&[("*", "billing")]).read(&line, "f:0");
    }
}
