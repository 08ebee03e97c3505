//! The sources of centre.toml: `[[sources]]`, who may say what about whom.

use crate::domain::centre::{Feed, Line, Source};
use crate::domain::event::EventKind;
use crate::domain::tally::Count;

use super::centre::read_id;
use super::feed::{events_of, read_feed, tells_handling};
use super::mistake::suggest;
use super::reader::{Item, Table};
use super::words;

/// All sources, in their order.
pub(super) fn read_sources(top: &Table, lines: &[Line]) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let mut prefixes: Vec<String> = Vec::new();
    let mut feeders: Vec<Feeder> = Vec::new();
    let Some(item) = top.optional("sources") else {
        return sources;
    };
    for entry in item.one_or_more() {
        let Some(mut table) = entry.table("[[sources]]") else {
            continue;
        };
        let id = read_id(&table, &ids, "\"telephony\"");
        if let Some(id) = &id {
            table.rename(format!("sources.{id}"));
            ids.push(id.clone());
        }
        let source = read_source(&table, id, &mut prefixes, lines);
        if let Some(source) = source {
            feeders.extend(Feeder::of(&source));
            check_feeders(&table, &feeders);
            sources.push(source);
        }
        table.finish();
    }
    sources
}

/// What a source tells of the attempts of lines, if it does.
struct Feeder {
    source: String,
    counts: bool,
    contacts: bool,
}

impl Feeder {
    fn of(source: &Source) -> Option<Self> {
        let may = |kind: &EventKind| source.may.contains(kind);
        let feeder = Self {
            source: source.id.clone(),
            counts: may(&EventKind::Volume),
            contacts: STARTS.iter().any(may),
        };
        (feeder.counts || feeder.contacts).then_some(feeder)
    }
}

/// Kinds with which a contact starts.
const STARTS: [EventKind; 3] = [EventKind::Attempted, EventKind::Refused, EventKind::Offered];

/// Counts and contacts never mix: who tried would be counted twice, and what a count does not tell
/// (who was answered, how long they waited) would be zero instead of "no data". The newest feeder
/// is the one that is told.
fn check_feeders(table: &Table, feeders: &[Feeder]) {
    let Some(newest) = feeders.last() else {
        return;
    };
    let counter = feeders.iter().find(|feeder| feeder.counts);
    let reporter = feeders.iter().find(|feeder| feeder.contacts);
    let (Some(counter), Some(reporter)) = (counter, reporter) else {
        return;
    };
    if ![&counter.source, &reporter.source].contains(&&newest.source) {
        return;
    }
    if let Some(item) = table.optional("may") {
        item.wrong(
            format_args!(
                "mixes counts and contacts: \"{}\" counts (volume.counted), \"{}\" reports \
                 contacts, and who tried would count twice",
                counter.source, reporter.source
            ),
            "leave one of them out, or describe a centre of its own for the counts",
        );
    }
}

fn read_source(
    table: &Table,
    id: Option<String>,
    prefixes: &mut Vec<String>,
    lines: &[Line],
) -> Option<Source> {
    let written = table
        .optional("prefix")
        .map_or(id.clone(), |item| read_prefix(&item));
    if let Some(prefix) = &written {
        check_prefix(table, prefix, prefixes);
        prefixes.push(prefix.clone());
    }
    let namespace = table
        .optional("namespace")
        .map_or(id.clone(), |item| read_namespace(&item));
    let has_kind = table.optional("kind").is_some();
    let feed = read_feed(table, lines);
    let may = match &feed {
        Some(feed) => Some(may_of(table, feed)),
        None if has_kind => table.optional("may").map(|item| read_may(&item)),
        None => table
            .needed("may", "[\"contact.*\"]")
            .map(|item| read_may(&item)),
    };
    let may = may?;
    let written_reports = table
        .optional("reports")
        .map(|item| read_reports(&item, &may));
    let (reports, tells) =
        written_reports.unwrap_or_else(|| (told_in_full(&may, feed.as_ref()), all_told(&may)));
    Some(Source {
        id: id?,
        prefix: written?,
        namespace: namespace?,
        reports,
        tells,
        may,
        feed,
    })
}

/// What a source of a known format may say: all that the format has, or less.
fn may_of(table: &Table, feed: &Feed) -> Vec<EventKind> {
    let mut all = events_of(feed.kind);
    all.sort_unstable();
    let Some(item) = table.optional("may") else {
        return all;
    };
    let written = read_may(&item);
    let less: Vec<EventKind> = all
        .into_iter()
        .filter(|kind| written.contains(kind))
        .collect();
    if less == [EventKind::Heartbeat] {
        item.wrong(
            "names no event that this kind has: the source could say nothing",
            "leave may out",
        );
    }
    less
}

/// What stands among the counts for the events of surveys and complaints, which are no counts.
const TOLD: [(&str, &[EventKind]); 2] = [
    ("surveys", &[EventKind::Surveyed, EventKind::Scored]),
    (
        "complaints",
        &[EventKind::ComplaintOpened, EventKind::ComplaintClosed],
    ),
];

/// All of these that a source may send.
fn all_told(may: &[EventKind]) -> Vec<EventKind> {
    let told = TOLD.into_iter().flat_map(|(_, kinds)| kinds);
    told.filter(|kind| may.contains(kind)).copied().collect()
}

fn read_prefix(item: &Item) -> Option<String> {
    let prefix = item.word()?;
    if prefix.len() > 256 || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
        item.wrong(
            format_args!("is \"{prefix}\", with which no CloudEvents source begins"),
            "write the start of a URI such as \"urn:example:pbx\", without spaces",
        );
        return None;
    }
    Some(prefix.to_owned())
}

/// If one prefix begins with another, an event could belong to both.
fn check_prefix(table: &Table, prefix: &str, before: &[String]) {
    let clash = |other: &&String| prefix.starts_with(*other) || other.starts_with(prefix);
    if let Some(other) = before.iter().find(clash) {
        let path = table.path_of("prefix");
        table.wrong(
            format!("{path} is \"{prefix}\" beside \"{other}\": an event could belong to both"),
            "write prefixes of which none begins with another (the id is the default)",
        );
    }
}

fn read_namespace(item: &Item) -> Option<String> {
    let namespace = item.word()?;
    if !words::is_id(namespace) {
        item.wrong(
            format_args!("is \"{namespace}\""),
            "write 1 to 40 of a-z, 0-9, - and _",
        );
        return None;
    }
    Some(namespace.to_owned())
}

/// Event kinds by name, by group (`contact.*`), or all (`*`). A heartbeat is always allowed: it
/// says nothing but that the source is alive. A count is meant only by its full name: it excludes
/// contacts.
fn read_may(item: &Item) -> Vec<EventKind> {
    let mut may = vec![EventKind::Heartbeat];
    for (entry, word) in item.words() {
        let group = word.strip_suffix('*');
        let known = EventKind::ALL.iter().filter(|(_, name)| match group {
            Some("") => *name != EventKind::Volume.name(),
            Some(group) => group.ends_with('.') && name.starts_with(group),
            None => *name == word,
        });
        let before = may.len();
        may.extend(known.map(|(kind, _)| *kind));
        if may.len() == before {
            let mut names: Vec<&str> = EventKind::ALL.iter().map(|(_, name)| *name).collect();
            names.extend(["contact.*", "complaint.*", "callback.*", "*"]);
            entry.wrong(
                format_args!("is \"{word}\", which is no event"),
                suggest(word, &names),
            );
        }
    }
    if item.one_or_more().is_empty() {
        item.wrong(
            "is empty: the source could say nothing",
            "write [\"contact.*\"]",
        );
    }
    may.sort_unstable();
    may.dedup();
    may
}

fn read_reports(item: &Item, may: &[EventKind]) -> (Vec<Count>, Vec<EventKind>) {
    let counts = Count::ALL.iter().map(|count| count.name());
    let names: Vec<&str> = counts.chain(TOLD.map(|(name, _)| name)).collect();
    let mut reports = Vec::new();
    let mut tells = Vec::new();
    for (entry, word) in item.words() {
        if let Some((_, kinds)) = TOLD.into_iter().find(|(name, _)| *name == word) {
            let own = || kinds.iter().filter(|kind| may.contains(kind)).copied();
            if own().next().is_none() {
                entry.wrong(
                    format_args!("is \"{word}\", of which the source may send no event"),
                    format!("add \"{}\" to may, or leave it out", kinds[0].name()),
                );
            } else if own().any(|kind| tells.contains(&kind)) {
                entry.wrong(format_args!("is \"{word}\" again"), "write each count once");
            }
            tells.extend(own());
            continue;
        }
        match Count::from_name(word) {
            None => entry.wrong(
                format_args!("is \"{word}\", which is no count"),
                suggest(word, &names),
            ),
            Some(count) if reports.contains(&count) => {
                entry.wrong(format_args!("is \"{word}\" again"), "write each count once");
            }
            Some(count) if count != Count::Attempts && may.contains(&EventKind::Volume) => entry
                .wrong(
                    format_args!("is \"{word}\", which volume.counted does not tell"),
                    "write [\"attempts\"]",
                ),
            Some(count) => reports.push(count),
        }
    }
    reports.sort_unstable();
    (reports, tells)
}

/// Those that are implied, without what a format leaves out of its events.
fn told_in_full(may: &[EventKind], feed: Option<&Feed>) -> Vec<Count> {
    let mut counts = implied_counts(may);
    if feed.is_some_and(|feed| !tells_handling(feed.kind)) {
        counts.retain(|count| ![Count::Handled, Count::HandleMsSum].contains(count));
    }
    counts
}

/// The counts that a source which sends these events can report in full.
fn implied_counts(may: &[EventKind]) -> Vec<Count> {
    if may.contains(&EventKind::Volume) {
        return vec![Count::Attempts];
    }
    let mut counts: Vec<Count> = may
        .iter()
        .flat_map(|kind| counts_of(*kind))
        .copied()
        .collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

fn counts_of(kind: EventKind) -> &'static [Count] {
    use Count as C;
    match kind {
        EventKind::Attempted | EventKind::Volume => &[C::Attempts],
        EventKind::Refused => &[C::Refused],
        EventKind::LeftMenu => &[C::LeftInMenu],
        EventKind::SelfServed => &[C::SelfServed],
        EventKind::Offered => &[C::Offered, C::Lost, C::Waiting],
        EventKind::Answered => &[C::Answered, C::WaitAnsweredMsSum],
        EventKind::Abandoned => &[C::Abandoned, C::WaitAbandonedMsSum],
        EventKind::Deflected => &[C::Deflected],
        EventKind::Transferred => &[C::Transferred, C::RewaitMsSum],
        EventKind::Ended => &[C::HandleMsSum, C::Handled],
        EventKind::Classified => &[
            C::PurposeInformation,
            C::PurposeTransaction,
            C::PurposeProblem,
            C::PurposeComplaint,
            C::PurposeIdea,
            C::PurposeCompliment,
        ],
        EventKind::Resolved => &[C::Resolved, C::ResolutionKnown],
        EventKind::CallbackRequested => &[C::CallbacksRequested, C::CallbacksPending],
        EventKind::CallbackKept => &[C::CallbacksKept],
        EventKind::CallbackFailed => &[C::CallbacksFailed],
        EventKind::Surveyed
        | EventKind::Scored
        | EventKind::Withdrawn
        | EventKind::Lost
        | EventKind::ComplaintOpened
        | EventKind::ComplaintClosed
        | EventKind::Capacity
        | EventKind::Heartbeat => &[],
    }
}
