//! The part of `[[sources]]` for telephone systems whose own format is read: `kind`, `queues`,
//! `path`, `labels`, `address`, `secret_file`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::centre::{Feed, FeedKind, Line};
use crate::domain::event::{EventKind, Purpose};

use super::mistake::suggest;
use super::reader::{Item, Table};

/// The words of the purposes in files.
const PURPOSES: [(&str, Purpose); 6] = [
    ("information", Purpose::Information),
    ("transaction", Purpose::Transaction),
    ("problem", Purpose::Problem),
    ("complaint", Purpose::Complaint),
    ("idea", Purpose::Idea),
    ("compliment", Purpose::Compliment),
];

/// What a source with a `kind` says of its format; nothing if it speaks CloudEvents.
pub(super) fn read_feed(table: &Table, lines: &[Line]) -> Option<Feed> {
    let item = table.optional("kind")?;
    let word = item.word()?;
    let known = FeedKind::ALL.iter().find(|(_, name)| *name == word);
    let Some((kind, _)) = known else {
        let names = FeedKind::ALL.map(|(_, name)| name);
        item.wrong(
            format_args!("is \"{word}\", whose format is not read"),
            format!(
                "{} (without kind, a source sends CloudEvents)",
                suggest(word, &names)
            ),
        );
        // Its settings are no mistakes of their own.
        for key in ["queues", "path", "labels", "address", "secret_file"] {
            table.optional(key);
        }
        return None;
    };
    let example = match lines.first() {
        Some(line) => format!("{{ \"400\" = \"{}\" }}", line.id),
        None => "{ \"400\" = \"billing\" }".to_owned(),
    };
    let queues = table.needed("queues", &example);
    let mut feed = Feed {
        kind: *kind,
        queues: queues
            .map(|item| read_queues(&item, lines))
            .unwrap_or_default(),
        labels: BTreeMap::new(),
        path: None,
        address: None,
        secret_file: None,
    };
    match kind {
        FeedKind::QueueLog => {
            let item = table.needed("path", "\"/var/log/asterisk/queue_log\"");
            feed.path = item.and_then(|item| read_path(&item));
        }
        FeedKind::AmazonConnect | FeedKind::GenesysCloud => {}
        FeedKind::Chatwoot => {
            let item = table.needed("secret_file", "\"/etc/quietline/chatwoot.secret\"");
            feed.secret_file = item.and_then(|item| read_path(&item));
            let labels = table.optional("labels");
            feed.labels = labels.map(|item| read_labels(&item)).unwrap_or_default();
        }
        FeedKind::TwilioTaskRouter => {
            let item = table.needed("secret_file", "\"/etc/quietline/twilio.token\"");
            feed.secret_file = item.and_then(|item| read_path(&item));
        }
        FeedKind::FreeSwitch => {
            let item = table.needed("address", "\"127.0.0.1:8021\"");
            feed.address = item.and_then(|item| read_address(&item));
            let item = table.needed("secret_file", "\"/etc/quietline/freeswitch.password\"");
            feed.secret_file = item.and_then(|item| read_path(&item));
        }
    }
    Some(feed)
}

/// The events that a format has.
pub(super) fn events_of(kind: FeedKind) -> Vec<EventKind> {
    use EventKind as E;
    match kind {
        FeedKind::QueueLog => vec![
            E::Offered,
            E::Answered,
            E::Abandoned,
            E::Deflected,
            E::Transferred,
            E::Ended,
            E::Lost,
            E::Heartbeat,
        ],
        FeedKind::AmazonConnect => vec![
            E::Offered,
            E::Answered,
            E::Abandoned,
            E::Deflected,
            E::Transferred,
            E::Ended,
            E::CallbackRequested,
            E::CallbackKept,
            E::Capacity,
            E::Heartbeat,
        ],
        FeedKind::Chatwoot => vec![
            E::Offered,
            E::Answered,
            E::Ended,
            E::Classified,
            E::Scored,
            E::Heartbeat,
        ],
        FeedKind::TwilioTaskRouter | FeedKind::GenesysCloud => vec![
            E::Offered,
            E::Answered,
            E::Abandoned,
            E::Deflected,
            E::Transferred,
            E::Ended,
            E::Heartbeat,
        ],
        FeedKind::FreeSwitch => vec![
            E::Offered,
            E::Answered,
            E::Abandoned,
            E::Deflected,
            E::Transferred,
            E::Ended,
            E::Lost,
            E::Withdrawn,
            E::Heartbeat,
        ],
    }
}

/// Whether a format tells how long somebody was busy with a contact.
pub(super) fn tells_handling(kind: FeedKind) -> bool {
    !matches!(kind, FeedKind::Chatwoot | FeedKind::TwilioTaskRouter)
}

fn read_queues(item: &Item, lines: &[Line]) -> BTreeMap<String, String> {
    let mut queues = BTreeMap::new();
    let Some(table) = item.table("a table of queues and lines") else {
        return queues;
    };
    let ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    for (queue, item) in table.all() {
        let Some(line) = item.word() else { continue };
        if ids.contains(&line) {
            queues.insert(queue.to_owned(), line.to_owned());
        } else {
            let remedy = suggest(line, &ids);
            item.dangling(
                format_args!("is \"{line}\", which is no line of this centre"),
                remedy,
            );
        }
    }
    if table.all().is_empty() {
        item.wrong(
            "is empty: nothing would be counted",
            "write { \"400\" = \"billing\" }, or { \"*\" = \"billing\" } for every queue",
        );
    }
    queues
}

fn read_labels(item: &Item) -> BTreeMap<String, Purpose> {
    let mut labels = BTreeMap::new();
    let Some(table) = item.table("a table of labels and purposes") else {
        return labels;
    };
    for (label, item) in table.all() {
        let Some(word) = item.word() else { continue };
        if let Some((_, purpose)) = PURPOSES.iter().find(|(name, _)| *name == word) {
            labels.insert(label.to_owned(), *purpose);
        } else {
            let names = PURPOSES.map(|(name, _)| name);
            item.wrong(
                format_args!("is \"{word}\", which is no purpose"),
                suggest(word, &names),
            );
        }
    }
    labels
}

/// Host and port, as whoever connects needs them.
fn read_address(item: &Item) -> Option<String> {
    let word = item.word()?;
    let parts = word.rsplit_once(':');
    let is_whole = |(host, port): (&str, &str)| {
        let host = host
            .strip_prefix('[')
            .map_or(host, |host| host.trim_end_matches(']'));
        let is_named = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic());
        is_named && port.parse::<u16>().is_ok_and(|port| port != 0)
    };
    if !parts.is_some_and(is_whole) {
        item.wrong(
            format_args!("is \"{word}\", which is not a host and a port"),
            "write host:port, such as \"127.0.0.1:8021\"",
        );
        return None;
    }
    Some(word.to_owned())
}

/// The working folder of a service is rarely what its operator thinks it is.
fn read_path(item: &Item) -> Option<PathBuf> {
    let word = item.word()?;
    if !word.starts_with('/') {
        item.wrong(
            format_args!("is \"{word}\", which depends on where the program is started"),
            "write the whole path, beginning with /",
        );
        return None;
    }
    Some(PathBuf::from(word))
}
