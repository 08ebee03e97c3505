//! What sources say: one event about one contact, or about the source itself.
//!
//! An event is already clean here: its subject is a key (never a caller's number), its line and
//! channel are known to the centre. Nothing in this module reads a wire format.

use serde::{Deserialize, Serialize};

use super::centre::Channel;
use super::volume::{Register, RegisterKey};

/// An instant as milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// The pseudonym of a contact: HMAC-SHA256 over (namespace, subject), first 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactKey(pub [u8; 16]);

/// The name of an event. Ordered by the id its source gave, then by the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId {
    /// The CloudEvents `id` without what it told of the subject (`ingest::keys`).
    #[serde(rename = "i")]
    pub id: String,
    /// The `id` of the source in centre.toml.
    #[serde(rename = "s")]
    pub source: String,
}

/// Where a contact stands: a line of the centre and the channel it came by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Id of the line (queue).
    #[serde(rename = "l")]
    pub line: String,
    /// Channel.
    #[serde(rename = "c")]
    pub channel: Channel,
}

/// One thing a source says about one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactEvent {
    /// Whom it is about.
    pub contact: ContactKey,
    /// Its name.
    pub event: EventId,
    /// When it happened.
    pub at_ms: Millis,
    /// Corrections send a higher one; 0 by default.
    pub revision: i64,
    /// What happened.
    pub fact: Fact,
}

/// The facts a contact is joined from. The names are those of the event types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The first ring, or the first moment the customer reached us.
    Attempted(Place),
    /// Turned away by us: busy, full, nobody logged in.
    Refused(Place),
    /// Hung up before queueing.
    LeftMenu,
    /// Served by the menu.
    SelfServed,
    /// Put on a line, to wait for a person.
    Offered(Place),
    /// Reached a person.
    Answered,
    /// Reached a person of the site of this id.
    AnsweredAt(String),
    /// Hung up while waiting.
    Abandoned,
    /// Moved out of the queue without a person: timeout, key, voicemail.
    Deflected,
    /// Moved to another line.
    Transferred(Place),
    /// A leg with a person is over; talk, hold and wrap-up together, milliseconds.
    Ended {
        /// Talk + hold + wrap-up, if the source knows it.
        handle_ms: Option<i64>,
    },
    /// Asked to be called back.
    CallbackRequested,
    /// Was called back and reached.
    CallbackKept,
    /// The call-back failed for good.
    CallbackFailed,
    /// Why the customer contacted us.
    Classified(Purpose),
    /// Whether the first contact solved it.
    Resolved(bool),
    /// A survey was sent.
    Surveyed,
    /// A survey was answered.
    Scored(Score),
    /// A complaint was opened, with its cause.
    ComplaintOpened(String),
    /// A complaint was closed.
    ComplaintClosed,
    /// Not a contact after all: a test call, an error.
    Withdrawn,
    /// No end was ever reported; recorded by the writer itself.
    Lost,
}

/// Why a customer contacts a centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Seeking information.
    Information,
    /// Transacting.
    Transaction,
    /// A problem that needs help.
    Problem,
    /// A complaint.
    Complaint,
    /// An idea.
    Idea,
    /// A compliment.
    Compliment,
}

impl Purpose {
    /// All purposes in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Information,
        Self::Transaction,
        Self::Problem,
        Self::Complaint,
        Self::Idea,
        Self::Compliment,
    ];
}

/// One answer to one survey question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// Satisfaction, 1–5.
    Csat(u8),
    /// Recommendation, 0–10.
    Nps(u8),
    /// Effort, 1–7.
    Ces(u8),
}

/// What a source says that is not about a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The source is alive; it covers the time since its last sign of life.
    Heartbeat,
    /// People logged in on a line, valid for at most 15 minutes.
    Capacity {
        /// The line.
        line: String,
        /// How many are staffed.
        staffed: i64,
    },
}

/// Everything that can come in by the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// About a contact.
    Contact(ContactEvent),
    /// A count of attempts in a span, from a source that only knows counts.
    Volume(RegisterKey, Register),
    /// About the source.
    Signal {
        /// Its name (also names the source).
        event: EventId,
        /// When.
        at_ms: Millis,
        /// A later revision replaces an earlier one.
        revision: i64,
        /// What.
        signal: Signal,
    },
}

/// The kinds of event, as they are named in `sources.may` and in the wire's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// `contact.attempted`
    Attempted,
    /// `contact.refused`
    Refused,
    /// `contact.left_menu`
    LeftMenu,
    /// `contact.self_served`
    SelfServed,
    /// `contact.offered`
    Offered,
    /// `contact.answered`
    Answered,
    /// `contact.abandoned`
    Abandoned,
    /// `contact.deflected`
    Deflected,
    /// `contact.transferred`
    Transferred,
    /// `contact.ended`
    Ended,
    /// `contact.classified`
    Classified,
    /// `contact.resolved`
    Resolved,
    /// `contact.surveyed`
    Surveyed,
    /// `contact.scored`
    Scored,
    /// `contact.withdrawn`
    Withdrawn,
    /// `contact.lost`
    Lost,
    /// `complaint.opened`
    ComplaintOpened,
    /// `complaint.closed`
    ComplaintClosed,
    /// `callback.requested`
    CallbackRequested,
    /// `callback.kept`
    CallbackKept,
    /// `callback.failed`
    CallbackFailed,
    /// `capacity.reported`
    Capacity,
    /// `source.heartbeat`
    Heartbeat,
    /// `volume.counted`
    Volume,
}

impl EventKind {
    /// Every kind with its short name: the wire type is `org.quietline.<name>.v1`.
    pub const ALL: [(Self, &'static str); 24] = [
        (Self::Attempted, "contact.attempted"),
        (Self::Refused, "contact.refused"),
        (Self::LeftMenu, "contact.left_menu"),
        (Self::SelfServed, "contact.self_served"),
        (Self::Offered, "contact.offered"),
        (Self::Answered, "contact.answered"),
        (Self::Abandoned, "contact.abandoned"),
        (Self::Deflected, "contact.deflected"),
        (Self::Transferred, "contact.transferred"),
        (Self::Ended, "contact.ended"),
        (Self::Classified, "contact.classified"),
        (Self::Resolved, "contact.resolved"),
        (Self::Surveyed, "contact.surveyed"),
        (Self::Scored, "contact.scored"),
        (Self::Withdrawn, "contact.withdrawn"),
        (Self::Lost, "contact.lost"),
        (Self::ComplaintOpened, "complaint.opened"),
        (Self::ComplaintClosed, "complaint.closed"),
        (Self::CallbackRequested, "callback.requested"),
        (Self::CallbackKept, "callback.kept"),
        (Self::CallbackFailed, "callback.failed"),
        (Self::Capacity, "capacity.reported"),
        (Self::Heartbeat, "source.heartbeat"),
        (Self::Volume, "volume.counted"),
    ];

    /// The kind of a short name such as `contact.offered`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(kind, _)| *kind)
    }

    /// The kind of a wire type such as `org.quietline.contact.offered.v1`.
    #[must_use]
    pub fn from_wire(wire: &str) -> Option<Self> {
        let name = wire.strip_prefix("org.quietline.")?.strip_suffix(".v1")?;
        Self::from_name(name)
    }

    /// The short name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }
}
