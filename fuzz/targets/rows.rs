//! Files of past contacts: the first byte of the input chooses the map, the rest is
//! the file.
#![no_main]

use std::io::Cursor;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quietline::config::ImportMap;
use quietline::config::{parse_centre, parse_map};
use quietline::domain::centre::Centre;
use quietline::ingest::mapping::Mapper;
use quietline::ingest::rows::{Next, RowReader};

/// Rows of JSON with numbers of every kind.
const NUMBERS: &str = r#"
source = "bank"
format = "ndjson"
time_format = "epoch_ms"
subject = ["call.id", "leg"]
revision = "revision"
line = "regular"

[[events]]
type = "contact.offered"
time = { column = ["at", "begun"], plus_seconds = ["ring", "wait"] }

[[events]]
type = "contact.ended"
time = "at"
handle_seconds = ["talk", "hold"]

[[events]]
type = "contact.scored"
time = "at"
scale = "nps"
score = "stars"
when = { filled = "stars" }

[[events]]
type = "contact.resolved"
time = "at"
resolved = { column = "fcr", values = { Y = "true", N = "false" } }
when = { filled = "fcr" }
"#;

/// Counts of spans.
const COUNTS: &str = r#"
source = "bank"
format = "csv"
delimiter = ";"
time_format = "epoch_seconds"
revision = "version"
line = "regular"

[volume]
start = "start"
seconds = 900
attempts = "calls"
"#;

/// Times by a pattern.
const PATTERN: &str = r#"
source = "bank"
format = "csv"
time_format = "%d/%m/%Y %H:%M:%S"
zone = "Europe/Paris"
subject = "id"
line = { column = "to", values = { A = "regular" }, other = "other" }

[[events]]
type = "contact.offered"
time = { column = "at", plus_seconds = "wait" }
"#;

static BANK: LazyLock<(Centre, Vec<ImportMap>)> = LazyLock::new(|| {
    let centre = parse_centre(include_str!("../../tests/fixtures/bank/centre.toml"));
    let maps = [
        include_str!("../../tests/fixtures/bank/map.toml"),
        include_str!("../../tests/fixtures/bank/map_purposes.toml"),
        NUMBERS,
        COUNTS,
        PATTERN,
    ];
    let maps = maps.map(|map| parse_map(map).expect("the map"));
    (centre.expect("the centre"), maps.into())
});

fuzz_target!(|input: &[u8]| {
    let (centre, maps) = &*BANK;
    let Some((first, file)) = input.split_first() else {
        return;
    };
    let map = &maps[usize::from(*first) % maps.len()];
    let Ok(mut rows) = RowReader::new(Cursor::new(file.to_vec()), map) else {
        return;
    };
    let mut mapper = Mapper::new(map, centre).expect("the source");
    loop {
        match rows.next_row() {
            Next::Row(_, row) => {
                if let Err(reason) = mapper.map_row(&row).1 {
                    assert!(
                        reason.contains(": "),
                        "a word, a colon, a sentence: {reason}"
                    );
                }
            }
            Next::Refused(_, reason) => assert!(!reason.is_empty()),
            Next::Broken(..) | Next::End => break,
        }
    }
});
