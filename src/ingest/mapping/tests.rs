//! Rows and maps side by side, and the events that come of them.

use serde_json::{Value, json};

use super::super::rows::{Next, RowReader};
use super::super::testing::small_centre;
use super::*;
use crate::config::parse_map;

/// The events of one NDJSON row, or why it was refused.
fn events_of(map: &str, row: &Value) -> Result<Vec<(Millis, Value)>, String> {
    let map = parse_map(&format!("source = \"pbx\"\nformat = \"ndjson\"\n{map}")).unwrap();
    let centre = small_centre();
    let mut mapper = Mapper::new(&map, &centre).unwrap();
    let mut reader = RowReader::new(std::io::Cursor::new(row.to_string()), &map).unwrap();
    let Next::Row(1, row) = reader.next_row() else {
        panic!("not a row")
    };
    let said = mapper.map_row(&row).1?;
    let plain = |wire| serde_json::to_value(wire).unwrap();
    Ok(said
        .events
        .into_iter()
        .map(|(at, wire)| (at, plain(wire)))
        .collect())
}

const LINE: &str = "line = \"billing\"\n";
const OFFERED: &str = "[[events]]\ntype = \"contact.offered\"\ntime = \"at\"\n";

fn offered_with(head: &str) -> String {
    format!("subject = [\"id\"]\n{head}\n{LINE}{OFFERED}")
}

/// 2026-08-07T09:30:00Z.
const AT_MS: Millis = 1_786_095_000_000;

#[test]
fn an_event_is_such_as_a_live_source_sends() {
    let row = json!({"id": "c1", "at": "2026-08-07T11:30:00"});
    let events = events_of(&offered_with(""), &row).unwrap();
    assert_eq!(
        events,
        [(
            AT_MS,
            json!({
                "specversion": "1.0", "id": "c1/contact.offered", "source": "/pbx/",
                "type": "org.quietline.contact.offered.v1", "time": "2026-08-07T09:30:00Z",
                "subject": "c1", "data": {"line": "billing"},
            })
        )]
    );
}

#[test]
fn times_are_read_in_every_form_the_map_may_name() {
    let at = |format: &str, text: Value| {
        let map = offered_with(&format!("time_format = \"{format}\""));
        events_of(&map, &json!({"id": "c1", "at": text})).map(|events| events[0].0)
    };
    assert_eq!(
        at("local", json!("2026-08-07 11:30:00.25")),
        Ok(AT_MS + 250)
    );
    assert_eq!(at("local", json!("2026-08-07T09:30:00Z")), Ok(AT_MS));
    assert_eq!(at("local", json!("2026-08-07T05:30:00-04:00")), Ok(AT_MS));
    assert_eq!(at("epoch_seconds", json!(1_786_095_000)), Ok(AT_MS));
    assert_eq!(
        at("epoch_seconds", json!("1786095000.123")),
        Ok(AT_MS + 123)
    );
    assert_eq!(at("epoch_ms", json!(AT_MS)), Ok(AT_MS));
    assert_eq!(
        at("%d/%m/%Y %H:%M:%S", json!("07/08/2026 11:30:00")),
        Ok(AT_MS)
    );
    assert_eq!(
        at("%d/%m/%Y %H:%M:%S %z", json!("07/08/2026 09:30:00 +0000")),
        Ok(AT_MS)
    );
    for (format, text) in [
        ("local", json!("7.8.2026 11:30")),
        ("epoch_seconds", json!("inf")),
        ("epoch_seconds", json!(1e300)),
        ("epoch_ms", json!("12.5")),
        ("epoch_ms", json!(Millis::MAX)),
        ("epoch_ms", json!(Millis::MIN)),
        ("%d/%m/%Y %H:%M:%S", json!("2026-08-07")),
    ] {
        let refused = at(format, text).unwrap_err();
        assert!(refused.starts_with("invalid_time: at is"), "{refused}");
    }
}

#[test]
fn names_of_several_fields_cannot_be_mistaken_for_each_other() {
    let subject_of = |a: &str, b: &str| {
        let map = format!("subject = [\"a\", \"b\"]\n{LINE}{OFFERED}");
        let row = json!({"a": a, "b": b, "at": "2026-08-07T11:30:00"});
        events_of(&map, &row).map(|events| events[0].1["subject"].as_str().unwrap().to_owned())
    };
    assert_eq!(subject_of("x", "y").unwrap(), "x|y");
    assert_ne!(subject_of("x|", "y"), subject_of("x", "|y"));
    assert_ne!(subject_of("x\\", "|y"), subject_of("x\\|", "y"));
    assert_eq!(subject_of("", "y").unwrap(), "|y");
    assert!(
        subject_of("", " ")
            .unwrap_err()
            .starts_with("missing_field")
    );
}

#[test]
fn everything_a_rule_may_say_reaches_its_event() {
    let map = format!(
        "subject = [\"id\"]\nrevision = \"rev\"\nchannel = \"chat\"\n{LINE}{OFFERED}\
         [[events]]\ntype = \"contact.transferred\"\ntime = \"at\"\nline = \"moving\"\n\
         [[events]]\ntype = \"contact.transferred\"\ntime = {{ column = \"at\", plus_seconds = \"s\" }}\n\
         [[events]]\ntype = \"contact.ended\"\ntime = \"at\"\nhandle_seconds = [\"talk\", \"hold\"]\n\
         [[events]]\ntype = \"contact.classified\"\ntime = \"at\"\n\
         purpose = {{ column = \"why\", values = {{ q = \"information\" }}, other = \"problem\" }}\n\
         [[events]]\ntype = \"contact.resolved\"\ntime = \"at\"\nresolved = \"true\"\n"
    );
    let row = json!({
        "id": "c1", "rev": 3, "at": "2026-08-07T11:30:00", "s": "1.5", "talk": 60, "hold": null,
        "why": "z",
    });
    let events = events_of(&map, &row).unwrap();
    let data: Vec<&Value> = events.iter().map(|(_, event)| &event["data"]).collect();
    assert_eq!(
        *data[0],
        json!({"line": "billing", "channel": "chat", "revision": 3})
    );
    assert_eq!(data[1]["line"], "moving");
    assert_eq!(
        (data[2]["line"].as_str(), events[2].0),
        (Some("billing"), AT_MS + 1_500)
    );
    assert_eq!(*data[3], json!({"handle_ms": 60_000, "revision": 3}));
    assert_eq!(data[4]["purpose"], "problem");
    assert_eq!(data[5]["resolved"], true);
    let ids: Vec<&Value> = events[1..3].iter().map(|(_, event)| &event["id"]).collect();
    assert_eq!(ids, ["c1/contact.transferred", "c1/contact.transferred/1"]);
}

const COUNTED: &str = "line = \"billing\"\nrevision = \"rev\"\nskip = { column = \"n\", is = [\"-\"] }\n\
    [volume]\nstart = \"at\"\nseconds = 1800\nattempts = \"n\"\n";

#[test]
fn a_count_is_named_by_its_span_and_known_at_its_end() {
    let row = json!({"at": "2026-08-07T11:30:00", "n": 12});
    let events = events_of(COUNTED, &row).unwrap();
    assert_eq!(
        events,
        [(
            AT_MS + 1_800_000,
            json!({
                "specversion": "1.0", "id": "billing/2026-08-07T09:30:00Z/volume.counted",
                "source": "/pbx/", "type": "org.quietline.volume.counted.v1",
                "time": "2026-08-07T10:00:00Z",
                "data": {
                    "line": "billing", "start": "2026-08-07T09:30:00Z", "seconds": 1_800,
                    "attempts": 12,
                },
            })
        )]
    );
    let skipped = events_of(COUNTED, &json!({"at": "2026-08-07T11:30:00", "n": "-"}));
    assert_eq!(skipped, Ok(vec![]));
    for (row, reason) in [
        (
            json!({"at": "2026-08-07T11:30:00", "n": " "}),
            "missing_field: n has no count",
        ),
        (
            json!({"at": "2026-08-07T11:30:00", "n": "1.5"}),
            "invalid_number: n is \"1.5\"",
        ),
        (
            json!({"at": "noon", "n": 1}),
            "invalid_time: at is \"noon\"",
        ),
        (json!({"n": 1}), "missing_field: no time in at"),
    ] {
        assert_eq!(events_of(COUNTED, &row).unwrap_err(), reason);
    }
}

#[test]
fn two_rows_that_count_one_span_differently_are_not_both_believed() {
    let map = parse_map(&format!("source = \"pbx\"\nformat = \"csv\"\n{COUNTED}")).unwrap();
    let centre = small_centre();
    let mut mapper = Mapper::new(&map, &centre).unwrap();
    // The clocks of Zurich go forward on 29 March 2026: 02:00 never occurs and is read as 03:00;
    // they went back on 26 October 2025, when 02:00 occurs twice.
    let rows = "at,n,rev\n\
        2026-03-29T02:00:00,0,\n2026-03-29T03:00:00,7,\n2026-03-29T03:00:00,7,\n\
        2026-03-29T02:30:00,2,\n2026-03-29T03:30:00,9,\n2026-03-29T03:30:00,8,1\n\
        2025-10-26T02:00:00,4,\n2025-10-26T02:00:00,5,\n";
    let mut reader = RowReader::new(std::io::Cursor::new(rows), &map).unwrap();
    let mut refused = Vec::new();
    while let Next::Row(line, row) = reader.next_row() {
        if let Err(reason) = mapper.map_row(&row).1 {
            refused.push((line, reason));
        }
    }
    let twice = |line, count, start| {
        let reason = format!("counted_twice: another row counts {count} from {start} on");
        (line, reason)
    };
    assert_eq!(
        refused,
        [
            twice(6, 2, "2026-03-29T01:30:00Z"),
            twice(9, 4, "2025-10-26T00:00:00Z"),
        ]
    );
    assert_eq!((mapper.skipped_times, mapper.ambiguous_times), (2, 2));
}

#[test]
fn a_row_of_which_no_rule_holds_is_refused() {
    let map = offered_with("") + "when = { filled = \"queued\" }\n";
    let row = json!({"id": "c1", "at": "2026-08-07T11:30:00"});
    assert!(events_of(&map, &row).unwrap_err().starts_with("no_event"));
}

#[test]
fn a_row_tells_where_it_was_answered_if_it_knows() {
    let map = |site: &str| {
        format!(
            "subject = [\"id\"]\n{LINE}{OFFERED}[[events]]\ntype = \"contact.answered\"\n\
             time = \"at\"\nsite = {site}\n"
        )
    };
    let answered = |site: &str, desk: Value| {
        let row = json!({"id": "c1", "at": "2026-08-07T11:30:00", "desk": desk});
        events_of(&map(site), &row).map(|events| events[1].1["data"]["site"].clone())
    };
    let column = "{ column = \"desk\" }";
    assert_eq!(answered(column, json!("town")), Ok(json!("town")));
    assert_eq!(answered(column, json!(" ")), Ok(Value::Null), "not told");
    let listed = "{ column = \"desk\", values = { T = \"town\" } }";
    assert_eq!(answered(listed, json!("T")), Ok(json!("town")));
    let refused = answered(listed, json!("Z")).unwrap_err();
    assert!(refused.starts_with("unknown_site: "), "{refused}");
    assert_eq!(answered("\"dial\"", Value::Null), Ok(json!("dial")));
}
