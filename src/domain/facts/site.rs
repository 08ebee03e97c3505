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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{ContactEvent, ContactKey, EventId, Fact};
    use crate::domain::testing::place;

    fn event(id: i64, at_ms: Millis, revision: i64, fact: Fact) -> ContactEvent {
        ContactEvent {
            contact: ContactKey([1; 16]),
            event: EventId {
                id: format!("{id:03}"),
                source: "pbx".to_owned(),
            },
            at_ms,
            revision,
            fact,
        }
    }

    fn answered_at(site: &str) -> Fact {
        Fact::AnsweredAt(site.to_owned())
    }

    #[test]
    fn the_site_that_answered_first_decides_whoever_answers_later() {
        let mut contact = Contact::default();
        contact.merge(event(1, 0, 0, Fact::Offered(place("billing"))));
        contact.merge(event(4, 90_000, 0, answered_at("dial")));
        assert_eq!(contact.answered_at_site(), Some("dial"));
        contact.merge(event(2, 30_000, 0, answered_at("town")));
        contact.merge(event(3, 60_000, 0, Fact::Transferred(place("moving"))));
        assert_eq!(contact.answered_at_site(), Some("town"));
        assert_eq!(contact.answered.entries.len(), 2);
        // Of two answers at one instant the larger event id decides.
        contact.merge(event(9, 30_000, 0, answered_at("dial")));
        assert_eq!(contact.answered_at_site(), Some("dial"));
    }

    #[test]
    fn who_answered_first_is_not_told_by_who_answered_later() {
        let mut contact = Contact::default();
        contact.merge(event(1, 0, 0, Fact::Offered(place("billing"))));
        contact.merge(event(3, 60_000, 0, answered_at("dial")));
        contact.merge(event(2, 30_000, 0, Fact::Answered));
        assert_eq!(contact.answered_at_site(), None);
        // The same answer told again with its site: a file imported with one more column.
        assert!(contact.merge(event(2, 30_000, 0, answered_at("town"))));
        assert_eq!(contact.answered_at_site(), Some("town"));
        assert!(!contact.merge(event(2, 30_000, 0, Fact::Answered)));
    }

    #[test]
    fn a_correction_of_the_answer_corrects_its_site() {
        let mut contact = Contact::default();
        contact.merge(event(1, 0, 0, Fact::Offered(place("billing"))));
        contact.merge(event(2, 10_000, 0, answered_at("town")));
        contact.merge(event(3, 20_000, 1, answered_at("dial")));
        assert_eq!(contact.answered_at_site(), Some("dial"));
        contact.merge(event(4, 15_000, 2, Fact::Answered));
        assert_eq!(contact.answered_at_site(), None, "it tells no site");
    }

    #[test]
    fn a_contact_that_was_kept_before_there_were_sites_is_read() {
        let stored = r#"{"offered":{"t":0,"e":{"i":"1","s":"pbx"},"v":{"l":"billing","c":"voice"}},
            "answered":{"m":[[{"i":"2","s":"pbx"},[5000,null]]]}}"#;
        let contact: Contact = serde_json::from_str(stored).unwrap();
        assert_eq!(contact.answered.first_at(), Some(5_000));
        assert_eq!(contact.answered_at_site(), None);
    }
}
