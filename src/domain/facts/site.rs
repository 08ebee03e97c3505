//! Which site answered: counts of the answered by the site that answered them first.
//!
//! A contact counts here on its own day and line if it counts as answered and told where: not a
//! call-back, and not one that was answered first by somebody who told no site. So those of all
//! sites are among the answered, and the rest was not told. How soon is measured by the one time
//! of [`SOON_SECS`], whatever a line promises, so that a site is not judged by the lines it serves.

use crate::domain::contact::{Contact, Outcome};
use crate::domain::event::Millis;
use crate::domain::measures::{RESOLUTION_SETTLES_DAYS, SOON_SECS};

/// What is counted of the contacts that a site answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AtSite {
    /// All of them.
    Answered,
    /// Answered within [`SOON_SECS`].
    Soon,
    /// Known to be solved at first contact or not.
    ResolutionKnown,
    /// Solved at first contact.
    Resolved,
}

impl AtSite {
    /// All of them, in the order in which they are kept together.
    pub const ALL: [Self; 4] = [
        Self::Answered,
        Self::Soon,
        Self::ResolutionKnown,
        Self::Resolved,
    ];

    /// The word in names; the site follows a colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered_at",
            Self::Soon => "answered_soon_at",
            Self::ResolutionKnown => "resolution_known_at",
            Self::Resolved => "resolved_at",
        }
    }

    /// That of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// For so many days after its own day it is still expected to change.
    #[must_use]
    pub const fn settles_days(self) -> i64 {
        match self {
            Self::Answered | Self::Soon => 0,
            Self::ResolutionKnown | Self::Resolved => RESOLUTION_SETTLES_DAYS,
        }
    }
}

/// The site that a contact counts for, and as what. `start_ms` is the instant in which it counts.
pub(super) fn counted(
    contact: &Contact,
    start_ms: Millis,
) -> Option<(&str, impl Iterator<Item = AtSite>)> {
    let site = contact.answered_at_site()?;
    if contact.outcome() != Outcome::Answered {
        return None;
    }
    let wait_ms = contact.answered.first_at()? - start_ms;
    let resolved = contact.resolved.as_ref().map(|resolved| resolved.value);
    let counts = AtSite::ALL.into_iter().filter(move |what| match what {
        AtSite::Answered => true,
        AtSite::Soon => wait_ms <= SOON_SECS * 1_000,
        AtSite::ResolutionKnown => resolved.is_some(),
        AtSite::Resolved => resolved == Some(true),
    });
    Some((site, counts))
}
