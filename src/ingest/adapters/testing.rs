//! For tests of formats: what is said, written so that a person can read it, and hostile input.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::Said;
use crate::domain::centre::{Feed, FeedKind};

/// A feed of a kind with these queues and lines.
pub fn feed(kind: FeedKind, queues: &[(&str, &str)]) -> Feed {
    let queues = queues.iter();
    Feed {
        kind,
        queues: queues
            .map(|(queue, line)| ((*queue).to_owned(), (*line).to_owned()))
            .collect(),
        labels: BTreeMap::new(),
        path: None,
        address: None,
        secret_file: None,
    }
}

/// One line for each event, or why there is none.
pub fn told(number: usize, said: &Said) -> String {
    let events = match said {
        Said::Ignored(reason) => return format!("{number} ignored: {reason}\n"),
        Said::Refused(reason) => {
            let word = reason.split(':').next().unwrap();
            return format!("{number} refused: {word}\n");
        }
        Said::Events(events) => events,
    };
    let mut told = String::new();
    for event in events {
        let kind = event.kind.as_deref().unwrap();
        let kind = kind
            .strip_prefix("org.quietline.")
            .unwrap()
            .strip_suffix(".v1")
            .unwrap();
        let time = event.time.as_deref().unwrap();
        let subject = event.subject.as_deref().unwrap_or("-");
        write!(told, "{number} {time} {subject} {kind}").unwrap();
        if let Some(data) = &event.data {
            let data = serde_json::to_value(&data.0).unwrap();
            for (name, value) in data.as_object().unwrap() {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                write!(told, " {name}={value}").unwrap();
            }
        }
        told.push('\n');
    }
    told
}

/// A file that a real system wrote, or nothing, said aloud, where it is not at hand.
pub fn native(name: &str) -> Option<Vec<u8>> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/native");
    let read = std::fs::read(folder.join(name)).ok();
    if read.is_none() {
        eprintln!("SKIPPED: ../shared/data/native/{name} is not there");
    }
    read
}

/// Something that was done to a text on its way: cut, doubled, swapped, overwritten.
pub fn damaged(text: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let length = text.len();
    let change = (0..4_u8, 0..length, 0..length, any::<u8>());
    proptest::collection::vec(change, 0..6).prop_map(move |changes| {
        let mut bytes = text.to_vec();
        for (what, one, other, byte) in changes {
            let (from, to) = (
                one.min(other).min(bytes.len()),
                one.max(other).min(bytes.len()),
            );
            match what {
                0 => bytes.truncate(to),
                1 => bytes.extend_from_within(from..to),
                2 => bytes.rotate_left(from),
                _ if from < bytes.len() => bytes[from] = byte,
                _ => {}
            }
        }
        bytes
    })
}
