//! The comment of an officer, read and bound to the figures of a week.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quietline::domain::edition::Facts;
use quietline::domain::edition::bind::bind;
use quietline::domain::edition::comment::{Block, Piece, read};
use quietline::domain::edition::compare::{Read, facts};
use quietline::domain::measures::Measure;
use quietline::domain::published::{Point, Shown};

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let point = |value| Point {
        start_ms: 0,
        end_ms: 1,
        value: Shown::Value(value),
        n: Some(9_000),
        mark: None,
    };
    let of = |measure, before, value| Read {
        measure: Measure::from_id(measure).expect("a measure"),
        line: "*".to_owned(),
        cause: None,
        weeks: vec![point(before), point(value)],
        last_year: None,
        days: Vec::new(),
        target: None,
        breaks: Vec::new(),
    };
    let read = [
        of("attempts", 12_000.0, 12_345.0),
        of("service_level", 64.0, 81.94),
        of("wait_median", 95.0, 90.0),
    ];
    facts("2026-W46".parse().expect("a week"), "UTC", &read, 10)
});

fuzz_target!(|text: &str| {
    match read(text) {
        Ok(blocks) => {
            for block in &blocks {
                match block {
                    Block::Paragraph(pieces) => pieces.iter().for_each(pretends_nothing),
                    Block::List(items) => items.iter().flatten().for_each(pretends_nothing),
                }
            }
            assert_eq!(read(text).as_ref(), Ok(&blocks));
            if let Ok(bound) = bind(blocks.clone(), &FACTS) {
                assert_eq!(words(&bound), words(&blocks), "nothing said is lost");
            }
        }
        Err(faults) => assert!(!faults.is_empty()),
    }
});

/// No letter that hides or turns others, no link that leads elsewhere.
fn pretends_nothing(piece: &Piece) {
    let turns = |letter: char| {
        matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
    };
    assert!(!piece.text.contains(turns), "{piece:?}");
    let link = piece.look.link.as_deref().unwrap_or("/");
    assert!(link.starts_with('/') && !link.starts_with("//"), "{link}");
    let path = link.split(['?', '#']).next().unwrap_or_default();
    assert!(path != "/desk" && !path.starts_with("/desk/"), "{link}");
}

fn words(blocks: &[Block]) -> String {
    let pieces = blocks.iter().flat_map(|block| match block {
        Block::Paragraph(pieces) => vec![pieces],
        Block::List(items) => items.iter().collect(),
    });
    pieces.flatten().map(|piece| piece.text.as_str()).collect()
}
