//! The events of map.toml: `[[events]]`, what a row says and when, or `[volume]`, what it counts.

use crate::domain::event::{EventKind, Purpose};

use super::map::{EventRule, Moment, Unit, VolumeRule};
use super::map_toml::{read_conditions, read_fields, read_word};
use super::mistake::suggest;
use super::reader::{Item, Table};

/// Kinds that no row of a file can say: the writer's own, and those of live sources.
const NOT_OF_ROWS: [EventKind; 4] = [
    EventKind::Lost,
    EventKind::Heartbeat,
    EventKind::Capacity,
    EventKind::Volume,
];

/// Kinds that say on which line a contact stands.
const WITH_LINE: [EventKind; 4] = [
    EventKind::Attempted,
    EventKind::Refused,
    EventKind::Offered,
    EventKind::Transferred,
];

/// Scales of a score.
const SCALES: [&str; 3] = ["csat", "nps", "ces"];

/// The rules of `[[events]]`, in their order.
pub(super) fn read_events(top: &Table, has_line: bool) -> Vec<EventRule> {
    let Some(item) = top.optional("events") else {
        top.missing(
            "there is no event",
            "write at least one [[events]] with type and time",
        );
        return Vec::new();
    };
    let entries = item.one_or_more();
    if entries.is_empty() {
        item.wrong("is empty", "write at least one [[events]]");
    }
    entries
        .iter()
        .filter_map(|entry| {
            let table = entry.table("[[events]]")?;
            let rule = read_event(&table, has_line);
            table.finish();
            rule
        })
        .collect()
}

/// The table `[volume]`, which stands instead of `[[events]]`: a row is a count, not a contact.
pub(super) fn read_volume(top: &Table, item: &Item, has_line: bool) -> Option<VolumeRule> {
    const LINE: &str =
        "write line = \"…\" or line = { column = \"…\", values = { … } } before [volume]";
    if let Some(events) = top.optional("events") {
        let remedy = "keep [[events]] where rows are contacts, [volume] where they are counts";
        events.wrong("stands beside [volume]", remedy);
    }
    let table = item.table("[volume]")?;
    if !has_line {
        top.missing("line is missing: a count is of a line", LINE);
    }
    let start = table
        .needed("start", "\"the name of a field\"")
        .and_then(|item| read_moment(&item));
    let seconds = table
        .needed("seconds", "the length of every span, such as 900")
        .and_then(|item| item.integer_in(1..=86_400));
    let attempts = table
        .needed("attempts", "\"the name of a field\"")
        .and_then(|item| item.word().map(str::to_owned));
    table.finish();
    Some(VolumeRule {
        start: start?,
        seconds: seconds?,
        attempts: attempts?,
    })
}

fn read_event(table: &Table, has_line: bool) -> Option<EventRule> {
    let kind = table
        .needed("type", "\"contact.offered\"")
        .and_then(|item| read_kind(&item));
    let time = table
        .needed("time", "\"the name of a field\"")
        .and_then(|item| read_moment(&item));
    let when = table
        .optional("when")
        .map(|item| read_conditions(&item))
        .unwrap_or_default();
    let own = OwnSettings { table, kind };
    let line = own
        .take("line", &WITH_LINE)
        .and_then(|item| read_word(&item, None));
    if kind.is_some_and(|kind| WITH_LINE.contains(&kind)) && line.is_none() && !has_line {
        let path = table.path_of("line");
        table.missing(
            format!("{path} is missing, and there is no line for all rows"),
            "write line = \"…\" or line = { column = \"…\", values = { … } } at the top or here",
        );
    }
    let purposes = Purpose::ALL.map(purpose_word);
    let rule = EventRule {
        handle: read_handle(&own),
        purpose: own
            .needed("purpose", EventKind::Classified)
            .and_then(|item| read_word(&item, Some(&purposes))),
        resolved: own
            .needed("resolved", EventKind::Resolved)
            .and_then(|item| read_word(&item, Some(&["true", "false"]))),
        cause: own
            .needed("cause", EventKind::ComplaintOpened)
            .and_then(|item| read_word(&item, None)),
        site: own
            .take("site", &[EventKind::Answered])
            .and_then(|item| read_word(&item, None)),
        score: read_score(
            own.needed("score", EventKind::Scored).as_ref(),
            own.take("scale", &[EventKind::Scored]).as_ref(),
        ),
        kind: kind?,
        time: time?,
        when,
        line,
    };
    Some(rule)
}

/// The settings that only some kinds of event have.
struct OwnSettings<'t, 'a> {
    table: &'t Table<'a>,
    /// Where the kind itself is wrong, nothing can be said about what belongs to it.
    kind: Option<EventKind>,
}

impl<'a> OwnSettings<'_, 'a> {
    /// A setting of these kinds; a mistake beside any other.
    fn take(&self, key: &'static str, kinds: &[EventKind]) -> Option<Item<'a>> {
        let item = self.table.optional(key)?;
        if self.kind.is_some_and(|kind| !kinds.contains(&kind)) {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let remedy = format!("only {} has it", names.join(", "));
            item.wrong("does not belong to this event", remedy);
        }
        Some(item)
    }

    /// A setting without which an event of this kind says nothing.
    fn needed(&self, key: &'static str, kind: EventKind) -> Option<Item<'a>> {
        let item = self.take(key, &[kind]);
        if item.is_none() && self.kind == Some(kind) {
            let message = format!("{} is missing", self.table.path_of(key));
            let remedy = format!("{} needs {key} = …", kind.name());
            self.table.missing(message, remedy);
        }
        item
    }
}

fn read_handle(own: &OwnSettings) -> Option<(Vec<String>, Unit)> {
    let seconds = own.take("handle_seconds", &[EventKind::Ended]);
    let millis = own.take("handle_ms", &[EventKind::Ended]);
    if let (Some(_), Some(item)) = (&seconds, &millis) {
        item.wrong("stands beside handle_seconds", "write only one of them");
    }
    seconds
        .map(|item| (read_fields(&item), Unit::Seconds))
        .or_else(|| millis.map(|item| (read_fields(&item), Unit::Millis)))
}

fn read_kind(item: &Item) -> Option<EventKind> {
    let word = item.word()?;
    let names: Vec<&str> = EventKind::ALL
        .iter()
        .filter(|(kind, _)| !NOT_OF_ROWS.contains(kind))
        .map(|(_, name)| *name)
        .collect();
    let kind = EventKind::from_name(word).filter(|kind| !NOT_OF_ROWS.contains(kind));
    if kind.is_none() {
        item.wrong(
            format_args!("is \"{word}\", which is no event of a row"),
            suggest(word, &names),
        );
    }
    kind
}

/// `"arrival"`, or `{ column = ["queue_start", "service_start"], plus_seconds = "wait" }`.
fn read_moment(item: &Item) -> Option<Moment> {
    if !item.is_table() {
        return Some(Moment {
            fields: read_fields(item),
            plus_seconds: Vec::new(),
        });
    }
    let table = item.table("a table")?;
    let fields = table.needed("column", "\"the name of a field\"");
    let plus_seconds = table.optional("plus_seconds");
    table.finish();
    Some(Moment {
        fields: read_fields(&fields?),
        plus_seconds: plus_seconds
            .map(|item| read_fields(&item))
            .unwrap_or_default(),
    })
}

fn read_score(score: Option<&Item>, scale: Option<&Item>) -> Option<(String, String)> {
    let scale = match (score, scale) {
        (Some(_), Some(scale)) => scale,
        (Some(alone), None) => {
            alone.wrong(
                "has no scale",
                format!("write scale = one of {}", SCALES.join(", ")),
            );
            return None;
        }
        _ => return None,
    };
    let word = scale.word()?;
    if !SCALES.contains(&word) {
        scale.wrong(format_args!("is \"{word}\""), suggest(word, &SCALES));
        return None;
    }
    Some((word.to_owned(), score?.word()?.to_owned()))
}

fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Information => "information",
        Purpose::Transaction => "transaction",
        Purpose::Problem => "problem",
        Purpose::Complaint => "complaint",
        Purpose::Idea => "idea",
        Purpose::Compliment => "compliment",
    }
}
