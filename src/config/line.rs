//! The lines of centre.toml: `[[lines]]`, with what they take over from the centre.

use crate::domain::centre::{
    ALL_LINES, Alternative, Channel, Holiday, Line, ServiceLevel, WeekHours,
};
use crate::domain::tally::BOUNDS_SECS;

use super::centre::{read_id, read_text};
use super::hours::{read_holidays, read_hours};
use super::mistake::suggest;
use super::reader::{Item, Table};
use super::words;

/// What a line has unless it says otherwise.
pub(super) struct CentreDefaults<'a> {
    pub(super) languages: &'a [String],
    pub(super) hours: Option<WeekHours>,
    pub(super) holidays: Vec<Holiday>,
    pub(super) service: ServiceDefaults,
}

/// What `sla` says, as far as it says it; the rest depends on the channel of the line.
#[derive(Clone, Copy, Default)]
pub(super) struct ServiceDefaults {
    target_percent: Option<f64>,
    threshold_secs: Option<i64>,
    short_abandon_secs: Option<i64>,
    promise_secs: Option<i64>,
    promise_percent: Option<f64>,
}

impl ServiceDefaults {
    /// Reads a table `sla`; what it leaves open is `fallback`'s.
    fn read(item: &Item, fallback: Self) -> Self {
        let Some(table) = item.table("sla = { target_percent = 80, threshold_secs = 20 }") else {
            return Self::default();
        };
        let bound = |key| table.optional(key).and_then(|item| read_bound(&item));
        let percent = |key| table.optional(key).and_then(|item| item.percent());
        let read = Self {
            target_percent: percent("target_percent"),
            threshold_secs: bound("threshold_secs"),
            short_abandon_secs: bound("short_abandon_secs"),
            promise_secs: bound("promise_secs"),
            promise_percent: percent("promise_percent"),
        };
        read.check_order(&table, fallback);
        table.finish();
        read
    }

    /// Reads the table `sla` at the top, which is meant for calls.
    pub(super) fn read_shared(item: &Item) -> Self {
        Self::read(item, Self::usual(false))
    }

    /// Who hangs up at once is not counted against the service: a threshold below that would judge
    /// only those who are not counted.
    fn check_order(self, table: &Table, fallback: Self) {
        let threshold = table.optional("threshold_secs");
        let short = table.optional("short_abandon_secs");
        // A value that is wrong by itself is told by itself.
        let is_read = threshold.is_some() == self.threshold_secs.is_some()
            && short.is_some() == self.short_abandon_secs.is_some();
        let whole = self.or(fallback);
        let (Some(threshold_secs), Some(short_secs)) =
            (whole.threshold_secs, whole.short_abandon_secs)
        else {
            return;
        };
        if !is_read || threshold_secs >= short_secs {
            return;
        }
        let remedy = format!(
            "write threshold_secs = {short_secs} or more, or short_abandon_secs = \
             {threshold_secs} or less"
        );
        if let Some(item) = threshold {
            let says = format!(
                "is {threshold_secs}, shorter than short_abandon_secs, which is {short_secs}"
            );
            item.wrong(says, remedy);
        } else if let Some(item) = short {
            let says =
                format!("is {short_secs}, longer than threshold_secs, which is {threshold_secs}");
            item.wrong(says, remedy);
        }
    }

    /// Reads the table `sla` of a change; what it leaves open stays as it is.
    pub(super) fn read_change(item: &Item) -> Self {
        Self::read(item, Self::default())
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(self) -> bool {
        let numbers = [
            self.threshold_secs,
            self.short_abandon_secs,
            self.promise_secs,
        ];
        let percents = [self.target_percent, self.promise_percent];
        numbers.iter().all(Option::is_none) && percents.iter().all(Option::is_none)
    }

    /// What holds once this is changed of `held`.
    pub(super) fn over(self, held: &ServiceLevel) -> ServiceLevel {
        ServiceLevel {
            target_percent: self.target_percent.unwrap_or(held.target_percent),
            threshold_secs: self.threshold_secs.unwrap_or(held.threshold_secs),
            short_abandon_secs: self.short_abandon_secs.unwrap_or(held.short_abandon_secs),
            promise_secs: self.promise_secs.unwrap_or(held.promise_secs),
            promise_percent: self.promise_percent.unwrap_or(held.promise_percent),
        }
    }

    /// What this leaves open is taken from `other`.
    fn or(self, other: Self) -> Self {
        Self {
            target_percent: self.target_percent.or(other.target_percent),
            threshold_secs: self.threshold_secs.or(other.threshold_secs),
            short_abandon_secs: self.short_abandon_secs.or(other.short_abandon_secs),
            promise_secs: self.promise_secs.or(other.promise_secs),
            promise_percent: self.promise_percent.or(other.promise_percent),
        }
    }

    /// The trade's customary "80 % in 20 seconds", and a day for what is written.
    fn usual(written: bool) -> Self {
        let (threshold_secs, promise_secs) = if written {
            (86_400, 172_800)
        } else {
            (20, 120)
        };
        Self {
            target_percent: Some(80.0),
            threshold_secs: Some(threshold_secs),
            short_abandon_secs: Some(5),
            promise_secs: Some(promise_secs),
            promise_percent: Some(80.0),
        }
    }

    fn complete(self) -> Option<ServiceLevel> {
        Some(ServiceLevel {
            target_percent: self.target_percent?,
            threshold_secs: self.threshold_secs?,
            short_abandon_secs: self.short_abandon_secs?,
            promise_secs: self.promise_secs?,
            promise_percent: self.promise_percent?,
        })
    }
}

/// A threshold: only at the bounds of the histogram can shares be read from it.
fn read_bound(item: &Item) -> Option<i64> {
    let secs = item.integer()?;
    if BOUNDS_SECS.contains(&secs) {
        return Some(secs);
    }
    let above = BOUNDS_SECS.partition_point(|bound| *bound < secs);
    let near = &BOUNDS_SECS[above.saturating_sub(1)..(above + 1).min(BOUNDS_SECS.len())];
    let near: Vec<String> = near.iter().map(ToString::to_string).collect();
    let all: Vec<String> = BOUNDS_SECS.iter().map(ToString::to_string).collect();
    item.wrong(
        format_args!(
            "is {secs}; it must be one of the histogram bounds: {}",
            all.join(" ")
        ),
        format!("write {}", near.join(" or ")),
    );
    None
}

/// All lines, in their order.
pub(super) fn read_lines(top: &Table, defaults: &CentreDefaults) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let mut references: Vec<(Item, String)> = Vec::new();
    let Some(item) = top.optional("lines") else {
        top.missing(
            "there is no line",
            "write at least one [[lines]] with id = \"…\" and name = \"…\"",
        );
        return lines;
    };
    let entries = item.one_or_more();
    if entries.is_empty() {
        item.wrong("is empty", "write at least one [[lines]]");
    }
    for entry in entries {
        let Some(mut table) = entry.table("[[lines]]") else {
            continue;
        };
        let id = read_line_id(&table, &ids);
        if let Some(id) = &id {
            table.rename(format!("lines.{id}"));
            ids.push(id.clone());
        }
        lines.extend(read_line(&table, id, defaults, &mut references));
        table.finish();
    }
    for (item, line) in references {
        if !ids.contains(&line) {
            let known: Vec<&str> = ids.iter().map(String::as_str).collect();
            item.dangling(
                format_args!("is \"{line}\", which is no line of this centre"),
                suggest(&line, &known),
            );
        }
    }
    lines
}

/// The word for all lines together is taken.
fn read_line_id(table: &Table, ids: &[String]) -> Option<String> {
    let id = read_id(table, ids, "\"billing\"")?;
    if id == ALL_LINES {
        let path = table.path_of("id");
        table.wrong(
            format!("{path} is \"{id}\", which stands for all lines together in open data"),
            "write another id",
        );
        return None;
    }
    Some(id)
}

fn read_line<'a>(
    table: &Table<'a>,
    id: Option<String>,
    defaults: &CentreDefaults,
    references: &mut Vec<(Item<'a>, String)>,
) -> Option<Line> {
    let name = table
        .needed("name", "\"Billing\"")
        .and_then(|item| read_text(&item, defaults.languages));
    let channels = table
        .optional("channels")
        .map_or_else(|| vec![Channel::Voice], |item| read_channels(&item));
    let written = channels.first().is_some_and(|channel| channel.is_written());
    // Seconds at the top are meant for calls; a letter is not judged by them.
    let shared = if written {
        ServiceDefaults::default()
    } else {
        defaults.service
    };
    let fallback = shared.or(ServiceDefaults::usual(written));
    let own = table
        .optional("sla")
        .map_or_else(ServiceDefaults::default, |item| {
            ServiceDefaults::read(&item, fallback)
        });
    let service = own.or(fallback).complete();
    let usual_good_wait = if written { 1_440 } else { 5 };
    let good_wait_mins = table
        .optional("good_wait_minutes")
        .and_then(|item| item.integer_in(1..=14_400));
    let alternatives = table
        .optional("alternatives")
        .map(|item| read_alternatives(&item, defaults.languages, references))
        .unwrap_or_default();
    let phone = table.optional("phone").and_then(|item| read_phone(&item));
    let hours = read_line_hours(table, defaults);
    let holidays = read_line_holidays(table, defaults);
    Some(Line {
        id: id?,
        name: name?,
        phone,
        channels,
        hours,
        holidays,
        service: service?,
        changes: Vec::new(),
        good_wait_mins: good_wait_mins.unwrap_or(usual_good_wait),
        alternatives,
    })
}

fn read_line_hours(table: &Table, defaults: &CentreDefaults) -> WeekHours {
    if let Some(item) = table.optional("hours") {
        return read_hours(&item);
    }
    if defaults.hours.is_none() {
        table.missing(
            format!(
                "{} is missing, and the centre has no hours either",
                table.path_of("hours")
            ),
            "write hours = { mon-fri = \"8:00-18:00\" } here, or at the top for all lines",
        );
    }
    defaults.hours.clone().unwrap_or_default()
}

/// The centre's holidays with the line's own before them; `"none"` leaves out the centre's.
fn read_line_holidays(table: &Table, defaults: &CentreDefaults) -> Vec<Holiday> {
    let Some(item) = table.optional("holidays") else {
        return defaults.holidays.clone();
    };
    if item.is_text() {
        if item.word().is_some_and(|word| word != "none") {
            item.wrong(
                "is a text other than \"none\"",
                "write \"none\" to work through the centre's holidays, or a list of own ones",
            );
        }
        return Vec::new();
    }
    let mut holidays = read_holidays(&item, defaults.languages);
    let own: Vec<_> = holidays.iter().map(|holiday| holiday.date).collect();
    let shared = defaults.holidays.iter();
    holidays.extend(
        shared
            .filter(|holiday| !own.contains(&holiday.date))
            .cloned(),
    );
    holidays.sort_by_key(|holiday| holiday.date);
    holidays
}

fn read_channels(item: &Item) -> Vec<Channel> {
    let names = Channel::ALL.map(Channel::name);
    let mut channels = Vec::new();
    for (entry, word) in item.words() {
        match Channel::from_name(word) {
            None => entry.wrong(
                format_args!("is \"{word}\", which is no channel"),
                suggest(word, &names),
            ),
            Some(channel) if channels.contains(&channel) => {
                entry.wrong(
                    format_args!("is \"{word}\" again"),
                    "write each channel once",
                );
            }
            Some(channel) => channels.push(channel),
        }
    }
    if item.one_or_more().is_empty() {
        item.wrong(
            "is empty; a line needs a channel",
            format!(
                "write one of: {}, or leave it out for voice",
                names.join(", ")
            ),
        );
    }
    channels
}

fn read_phone(item: &Item) -> Option<String> {
    let phone = item.word()?;
    if !words::is_dialable(phone) {
        item.wrong(
            format_args!("is \"{phone}\", which cannot be dialled"),
            "write digits with + at the front and spaces, - . / ( ) between them",
        );
        return None;
    }
    Some(phone.to_owned())
}

fn read_alternatives<'a>(
    item: &Item<'a>,
    languages: &[String],
    references: &mut Vec<(Item<'a>, String)>,
) -> Vec<Alternative> {
    let mut alternatives = Vec::new();
    for entry in item.one_or_more() {
        let example = "{ name = \"Chat with us\", link = \"https://…\" }";
        let Some(table) = entry.table(example) else {
            continue;
        };
        let name = table
            .needed("name", "\"Chat with us\"")
            .and_then(|item| read_text(&item, languages));
        let address = table
            .needed("link", "\"https://…\"")
            .and_then(|item| read_link(&item));
        let line = table.optional("line").and_then(|item| {
            let line = item.word()?.to_owned();
            references.push((item, line.clone()));
            Some(line)
        });
        table.finish();
        if let (Some(name), Some(link)) = (name, address) {
            alternatives.push(Alternative { name, link, line });
        }
    }
    alternatives
}

/// An address that may stand on a public page.
pub(super) fn read_link(item: &Item) -> Option<String> {
    let link = item.word()?;
    if !words::is_link(link) {
        item.wrong(
            format_args!("is \"{link}\", which may not stand on a public page"),
            "write an address with https://, mailto: or tel:, or a path that begins with /",
        );
        return None;
    }
    Some(link.to_owned())
}
