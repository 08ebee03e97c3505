//! What targets of telephone systems have in common.

use std::collections::BTreeMap;

use quietline::domain::centre::{Feed, FeedKind};
use quietline::ingest::adapters::Said;

/// A feed of which every queue counts.
pub fn feed(kind: FeedKind) -> Feed {
    Feed {
        kind,
        queues: BTreeMap::from([("*".to_owned(), "billing".to_owned())]),
        labels: BTreeMap::new(),
        path: None,
        address: None,
        secret_file: None,
    }
}

/// What was said has its reason, or is told as whole events.
pub fn is_accounted_for(said: &Said) {
    match said {
        Said::Events(events) => {
            for event in events {
                assert!(event.id.is_some() && event.time.is_some() && event.kind.is_some());
            }
        }
        Said::Ignored(reason) => assert!(!reason.is_empty()),
        Said::Refused(reason) => {
            assert!(
                reason.contains(": "),
                "a word, a colon, a sentence: {reason}"
            );
        }
    }
}
