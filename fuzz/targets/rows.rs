//! Files of past contacts: the first line of the input is the map's number, the rest the file.
#![no_main]

use std::io::Cursor;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quietline::config::ImportMap;
use quietline::config::{parse_centre, parse_map};
use quietline::domain::centre::Centre;
use quietline::ingest::mapping::Mapper;
use quietline::ingest::rows::{Next, RowReader};

static BANK: LazyLock<(Centre, Vec<ImportMap>)> = LazyLock::new(|| {
    let centre = parse_centre(include_str!("../../tests/fixtures/bank/centre.toml"));
    let maps = [
        include_str!("../../tests/fixtures/bank/map.toml"),
        include_str!("../../tests/fixtures/bank/map_purposes.toml"),
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
                    assert!(reason.contains(": "), "a word, a colon, a sentence: {reason}");
                }
            }
            Next::Refused(_, reason) => assert!(!reason.is_empty()),
            Next::Broken(..) | Next::End => break,
        }
    }
});
