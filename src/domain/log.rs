//! The public log: leaves, what they are about, and signed heads. How they are hashed and signed is
//! `publish`'s.

use super::event::Millis;

/// A SHA-256.
pub type Hash = [u8; 32];

/// What a leaf tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A weekly edition, or its signature that came later; the subject is the week, `2026-W46`.
    Edition,
    /// A new version of an edition, with its reason.
    Correction,
    /// A definition of a measure came into force.
    Definition,
    /// Something published was withdrawn.
    Withdrawal,
    /// The facts of a week were not out within the grace.
    MissedSlot,
    /// The salted hash of a day's published record; the subject is the day, `2026-11-21`.
    DayCommitment,
    /// The salt of a day, and its record.
    DayOpening,
    /// A key that signs from here on; the subject is its id.
    Key,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Edition,
        Self::Correction,
        Self::Definition,
        Self::Withdrawal,
        Self::MissedSlot,
        Self::DayCommitment,
        Self::DayOpening,
        Self::Key,
    ];

    /// Its name in leaves and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edition => "edition",
            Self::Correction => "correction",
            Self::Definition => "definition",
            Self::Withdrawal => "withdrawal",
            Self::MissedSlot => "missed_slot",
            Self::DayCommitment => "day_commitment",
            Self::DayOpening => "day_opening",
            Self::Key => "key",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A leaf that is not in the log yet. `publish::leaf::compose` makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLeaf {
    /// What it tells.
    pub kind: Kind,
    /// Of what: a week, a day, the id of a measure or key.
    pub subject: String,
    /// From 1 on.
    pub version: u32,
    /// When it was made.
    pub at_ms: Millis,
    /// Canonical JSON; says all the above too.
    pub bytes: Vec<u8>,
    /// The leaf hash of the bytes (RFC 6962).
    pub hash: Hash,
}

/// A leaf of the log as it is stored: whether its parts agree is for `publish` to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its place in the log, from 0 on.
    pub number: u64,
    /// Name of its kind.
    pub kind: String,
    /// Of what.
    pub subject: String,
    /// From 1 on.
    pub version: i64,
    /// When it was made.
    pub at_ms: Millis,
    /// Canonical JSON.
    pub bytes: Vec<u8>,
    /// The leaf hash as it was stored.
    pub hash: Vec<u8>,
}

/// Where a leaf came to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its place in the log.
    pub number: u64,
    /// False if a leaf of the same kind, subject and version stood there before: that one stays,
    /// and nothing was added.
    pub is_new: bool,
}

/// A signed statement: these were the first leaves of the log at that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// Which log: its name is made from its first key.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Id of the key that signed.
    pub key: String,
    /// When it was signed.
    pub at_ms: Millis,
    /// Ed25519 over `publish::head::text`.
    pub signature: [u8; 64],
}
