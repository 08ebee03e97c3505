//! The description of a contact centre: lines, hours, promises, sources.
//!
//! Built from centre.toml by `config`; knows nothing of files or TOML.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::event::{self, EventKind};
use super::tally::Count;

/// How a customer reaches us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Telephone.
    #[serde(rename = "voice")]
    Voice,
    /// Live chat.
    #[serde(rename = "chat")]
    Chat,
    /// E-mail (a written channel).
    #[serde(rename = "email")]
    Email,
    /// Messenger or text message (a written channel).
    #[serde(rename = "message")]
    Message,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 4] = [Self::Voice, Self::Chat, Self::Email, Self::Message];

    /// The word used in configuration, columns and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Chat => "chat",
            Self::Email => "email",
            Self::Message => "message",
        }
    }

    /// The channel of a word, if it is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// Written channels wait in days, not minutes.
    #[must_use]
    pub fn is_written(self) -> bool {
        matches!(self, Self::Email | Self::Message)
    }
}

/// A text in each language of the centre; falls back to the centre's first language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text(pub BTreeMap<String, String>);

/// One opening period of a day, local time; `to` may be 24:00, told as `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// Opens, on a quarter of an hour.
    pub from: Time,
    /// Closes, on a quarter of an hour; `None` is midnight at the end of the day.
    pub to: Option<Time>,
}

/// Opening periods for each weekday; a missing weekday is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeekHours(pub [Vec<Period>; 7]);

/// A day that differs from its weekday; no hours means closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The local day.
    pub date: Date,
    /// Its public name.
    pub name: Text,
    /// Hours instead of the usual ones.
    pub hours: Vec<Period>,
}

/// What a line promises and how it is judged. Thresholds are histogram bounds, seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceLevel {
    /// Target share in percent, 0–100 (company side).
    pub target_percent: f64,
    /// T: answered within.
    pub threshold_secs: i64,
    /// s: hang-ups within this are left out of the company's denominator.
    pub short_abandon_secs: i64,
    /// T': the promise to the customer, from the first ring to a person.
    pub promise_secs: i64,
    /// Target share of the promise in percent, 0–100.
    pub promise_percent: f64,
}

/// A change of what a line promises.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceChange {
    /// The local day from which it holds.
    pub valid_from: Date,
    /// What holds from then on.
    pub service: ServiceLevel,
    /// Why, for the public.
    pub reason: Text,
}

/// A line that the centre describes no more, and what its contacts are judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct FormerLine {
    /// Its id.
    pub id: String,
    /// What it promised first.
    pub service: ServiceLevel,
    /// What was changed later, in the order of the days.
    pub changes: Vec<ServiceChange>,
}

/// Another way to get the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// What it is called: "Chat with us".
    pub name: Text,
    /// Where it is (`https:`, `mailto:`, `tel:` or a path).
    pub link: String,
    /// The line of this centre that measures its wait, if any.
    pub line: Option<String>,
}

/// A line (queue): where contacts of one kind wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Stable id, used in URLs: a–z, 0–9, `-`, `_`.
    pub id: String,
    /// What the public calls it.
    pub name: Text,
    /// Phone number as it is to be dialled, if it has one.
    pub phone: Option<String>,
    /// Channels whose contacts may wait here; the first is the default one.
    pub channels: Vec<Channel>,
    /// Usual hours.
    pub hours: WeekHours,
    /// Days that differ (the centre's, overridden by the line's own).
    pub holidays: Vec<Holiday>,
    /// Its promises, as they were first.
    pub service: ServiceLevel,
    /// What was changed later, in the order of the days.
    pub changes: Vec<ServiceChange>,
    /// G: a wait of at most this many minutes is good.
    pub good_wait_mins: i64,
    /// Other ways.
    pub alternatives: Vec<Alternative>,
}

/// Somebody who may send events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Stable id.
    pub id: String,
    /// CloudEvents `source` must start with this.
    pub prefix: String,
    /// Sources of one namespace speak about the same contacts.
    pub namespace: String,
    /// Event kinds it may send.
    pub may: Vec<EventKind>,
    /// Counts that it promises to report in full: others are "no data", not 0.
    pub reports: Vec<Count>,
    /// Events about surveys and complaints of which it promises to send all.
    pub tells: Vec<EventKind>,
    /// How its events are written, if not as CloudEvents.
    pub feed: Option<Feed>,
}

/// A telephone system whose own format is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedKind {
    /// The file `queue_log` of Asterisk and of what is built on it, read as it grows.
    QueueLog,
    /// Contact events and contact records of Amazon Connect.
    AmazonConnect,
    /// Webhooks of Chatwoot.
    Chatwoot,
    /// Events of Twilio's `TaskRouter`, from Event Streams or as event callbacks.
    TwilioTaskRouter,
    /// Events of `FreeSWITCH`'s `mod_callcenter`, heard on its event socket.
    FreeSwitch,
}

impl FeedKind {
    /// Every kind with its word in centre.toml and in addresses.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::QueueLog, "asterisk_queue_log"),
        (Self::AmazonConnect, "amazon_connect"),
        (Self::Chatwoot, "chatwoot"),
        (Self::TwilioTaskRouter, "twilio_taskrouter"),
        (Self::FreeSwitch, "freeswitch_callcenter"),
    ];
}

/// How the events of a source are written, and what its words mean here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The format.
    pub kind: FeedKind,
    /// Line of each queue (or inbox) that counts; `*` stands for all that are not named. What
    /// happens in others is left out.
    pub queues: BTreeMap<String, String>,
    /// Purpose of each label; others say nothing.
    pub labels: BTreeMap<String, event::Purpose>,
    /// The file that is read as it grows.
    pub path: Option<PathBuf>,
    /// Host and port of the event socket that is listened to.
    pub address: Option<String>,
    /// The file with the secret under which what comes in is signed, or the password of the event
    /// socket.
    pub secret_file: Option<PathBuf>,
}

impl Feed {
    /// The line of a queue, if it counts.
    #[must_use]
    pub fn line(&self, queue: &str) -> Option<&str> {
        let line = self.queues.get(queue).or_else(|| self.queues.get("*"));
        line.map(String::as_str)
    }
}

/// When the weekly edition appears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseSchedule {
    /// Weekday, local.
    pub weekday: Weekday,
    /// Time, local.
    pub time: Time,
    /// How long after it an unsigned edition counts as "not signed".
    pub grace_hours: i64,
    /// A day of the first week that has an edition; without one, the week in which the schedule is
    /// first read.
    pub since: Option<Date>,
    /// A change of weekday, time or grace holds for weeks that close on this day or later; never
    /// for those that are closed.
    pub from: Option<Date>,
    /// The public names of those who answer for editions, by the names of their accounts.
    pub officers: BTreeMap<String, Text>,
}

/// Where a caller's matter is dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// On the line of this id.
    Line(String),
    /// At this address (`https:`, `mailto:`, `tel:` or a path), quicker than by any line.
    Link(String),
}

/// What a call may be about, in the caller's words ("It is about my bill"). Not the purpose of a
/// contact that was made: that is told by sources and counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Stable id, used in URLs: a–z, 0–9, `-`, `_`.
    pub id: String,
    /// How a caller would say it.
    pub name: Text,
    /// Where it leads.
    pub leads: Leads,
    /// What to have at hand, or to know before.
    pub note: Option<Text>,
}

/// What a complaint may be about. A list, because free text could carry a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Stable id: a–z, 0–9, `-`, `_`.
    pub id: String,
    /// Its public name.
    pub name: Text,
    /// From this local day on no complaint is opened for it; those opened before keep it.
    pub retired: Option<Date>,
}

/// Stands for all sites that are not in the description any more, where a site could stand.
pub const FORMER_SITES: &str = "former";

/// Stands for contacts of which no site was told, where a site could stand.
pub const UNTOLD_SITE: &str = "untold";

/// Whose people answer at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteKind {
    /// The company's own.
    InHouse,
    /// Those of a partner that answers for it.
    Partner,
}

impl SiteKind {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::InHouse, Self::Partner];

    /// The word in centre.toml and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InHouse => "in_house",
            Self::Partner => "partner",
        }
    }
}

/// Where people answer: a place of the company's own, or a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Stable id: a–z, 0–9, `-`, `_`.
    pub id: String,
    /// Its public name.
    pub name: Text,
    /// Whose people they are.
    pub kind: SiteKind,
}

/// What all lines together are called where a file is named after a line; no line is called so.
pub const ALL_LINES: &str = "centre";

/// The terms on which published figures may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenData {
    /// The licence: its name in the SPDX list ("CC-BY-4.0"), or one of its own.
    pub licence: String,
    /// Where its text is.
    pub licence_link: String,
    /// Who answers questions about the data: an address with `https:` or `mailto:`.
    pub contact: Option<String>,
}

/// Everybody may use them and says where they come from.
impl Default for OpenData {
    fn default() -> Self {
        Self {
            licence: "CC-BY-4.0".to_owned(),
            licence_link: "https://creativecommons.org/licenses/by/4.0/".to_owned(),
            contact: None,
        }
    }
}

/// The whole description.
#[derive(Clone, Debug)]
pub struct Centre {
    /// Public name.
    pub name: Text,
    /// IANA name of the zone.
    pub zone_name: String,
    /// The zone.
    pub zone: TimeZone,
    /// Languages of the pages, the first is the default ("en", "fr").
    pub languages: Vec<String>,
    /// Marks every page as sample data.
    pub sample_data: bool,
    /// Lines, in the order in which they are shown.
    pub lines: Vec<Line>,
    /// Lines that are no more, as far as they are remembered.
    pub former_lines: Vec<FormerLine>,
    /// What calls may be about, in the order in which they are offered.
    pub purposes: Vec<Purpose>,
    /// What complaints may be about, in the order in which they are offered.
    pub causes: Vec<Cause>,
    /// Where people answer, in the order in which they are shown; empty where nobody tells it.
    pub sites: Vec<Site>,
    /// Sources.
    pub sources: Vec<Source>,
    /// Release schedule of the weekly edition, if any yet.
    pub releases: Option<ReleaseSchedule>,
    /// The terms on which published figures may be used.
    pub open_data: OpenData,
    /// Rows of contacts are deleted this many days after they were last touched.
    pub retention_days: i64,
    /// A voice or chat contact without an end is lost after this long.
    pub lost_after_live_ms: i64,
    /// A written contact without an end is lost after this long.
    pub lost_after_written_ms: i64,
    /// Counts from 1 up to, not including, this are withheld in history (5).
    pub withhold_below: i64,
}

impl Text {
    /// The text in `language`, else in any language it has, else nothing.
    #[must_use]
    pub fn in_language(&self, language: &str) -> &str {
        self.0
            .get(language)
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

impl Line {
    /// What holds on a local day.
    #[must_use]
    pub fn service_on(&self, day: Date) -> &ServiceLevel {
        let held = self.changes.iter().rfind(|change| change.valid_from <= day);
        held.map_or(&self.service, |change| &change.service)
    }

    /// All that holds on any of some local days.
    pub fn services_in(&self, days: &Range<Date>) -> impl Iterator<Item = &ServiceLevel> {
        let inside = |change: &&ServiceChange| {
            days.start < change.valid_from && change.valid_from < days.end
        };
        let later = self
            .changes
            .iter()
            .filter(inside)
            .map(|change| &change.service);
        std::iter::once(self.service_on(days.start)).chain(later)
    }
}

impl Centre {
    /// The line of an id.
    #[must_use]
    pub fn line(&self, id: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// The cause of an id, retired or not.
    #[must_use]
    pub fn cause(&self, id: &str) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.id == id)
    }

    /// The site of an id.
    #[must_use]
    pub fn site(&self, id: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == id)
    }

    /// The source of an id.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }
}
