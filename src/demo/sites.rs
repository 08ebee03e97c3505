//! Who answers: the supplier's own people in the town, and a partner. The partner takes the line
//! for leaks in the evening and at night, and what overflows of the calls about bills. Its people
//! are free sooner, and know less of pipes and bills: they solve fewer at first contact.

use std::ops::Range;

use jiff::civil::Date;

use super::chance::Chance;
use super::{Sim, SimContact};
use crate::domain::centre::Channel;
use crate::domain::event::{Fact, Millis, Place};
use crate::domain::period::civil;

/// The supplier's own people, as the description names them.
const OWN: &str = "town";
/// The partner's.
const PARTNER: &str = "halden";
/// Local hours in which the supplier's own people answer calls about leaks.
const OWN_HOURS: Range<i8> = 7..19;
/// Share of the calls about bills that the partner takes: of those who waited no longer than
/// [`SOON_MS`], and of the others.
const OVERFLOW: [f64; 2] = [0.32, 0.2];
const SOON_MS: Millis = 120_000;
/// Share of what would have been solved that the partner passes back.
const PASSED_BACK: f64 = 0.12;

/// Tells of the contacts of a day, in their order, where they were answered. Nothing where the
/// description does not have the sites.
pub(super) fn tell(sim: &Sim, day: Date, contacts: &mut [SimContact]) {
    if [OWN, PARTNER]
        .iter()
        .any(|id| sim.centre.site(id).is_none())
    {
        return;
    }
    let mut chance = Chance::new(sim.seed, day, "sites");
    for contact in contacts {
        let Some((place, joined_ms, answered_ms)) = first_answer(contact) else {
            continue;
        };
        let is_partner = is_partner(sim, &place, (joined_ms, answered_ms), &mut chance);
        let passes_back = is_partner && chance.happens(PASSED_BACK);
        let mut site = if is_partner { PARTNER } else { OWN };
        for (_, fact) in &mut contact.facts {
            match fact {
                Fact::Answered => *fact = Fact::AnsweredAt(site.to_owned()),
                // Who is moved on comes to people who know the matter.
                Fact::Transferred(_) => site = OWN,
                Fact::Resolved(resolved) if passes_back => *resolved = false,
                _ => {}
            }
        }
    }
}

/// Where and when a contact joined the queue, and when it was first answered.
fn first_answer(contact: &SimContact) -> Option<(Place, Millis, Millis)> {
    let joined = contact.facts.iter().find_map(|(at_ms, fact)| match fact {
        Fact::Offered(place) => Some((place.clone(), *at_ms)),
        _ => None,
    });
    let mut facts = contact.facts.iter();
    let (answered_ms, _) = facts.find(|(_, fact)| *fact == Fact::Answered)?;
    joined.map(|(place, joined_ms)| (place, joined_ms, *answered_ms))
}

fn is_partner(
    sim: &Sim,
    place: &Place,
    (joined_ms, answered_ms): (Millis, Millis),
    chance: &mut Chance,
) -> bool {
    match (place.line.as_str(), place.channel) {
        ("leaks", _) => {
            let hour = civil(answered_ms, &sim.centre.zone).hour();
            !OWN_HOURS.contains(&hour)
        }
        ("billing", Channel::Voice) => {
            let is_late = answered_ms - joined_ms > SOON_MS;
            chance.happens(OVERFLOW[usize::from(is_late)])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{sample, simulate_day};
    use super::*;
    use crate::demo::history::merged;
    use crate::domain::facts::site::AtSite;
    use crate::domain::facts::{DayFact, contribution};
    use jiff::civil::date;

    #[test]
    fn the_partner_is_quicker_and_solves_fewer() {
        let sim = sample::sim();
        let contacts = simulate_day(&sim, date(2026, 5, 18)).into_iter();
        let keys: Vec<DayFact> = contacts
            .flat_map(|contact| contribution(&merged(contact), &sim.centre))
            .map(|key| key.fact)
            .collect();
        let count = |what: AtSite, site: &str| {
            let wanted = DayFact::At(what, site.to_owned());
            let counted = keys.iter().filter(|fact| **fact == wanted).count();
            f64::from(u32::try_from(counted).unwrap())
        };
        let [own, partner] = [OWN, PARTNER].map(|site| {
            let answered = count(AtSite::Answered, site);
            let soon = count(AtSite::Soon, site) / answered;
            let known = count(AtSite::ResolutionKnown, site);
            (answered, soon, count(AtSite::Resolved, site) / known)
        });
        assert!(
            partner.0 > 150.0 && own.0 > 2.0 * partner.0,
            "{own:?} {partner:?}"
        );
        assert!(partner.1 > own.1, "{own:?} {partner:?}");
        assert!(partner.2 < own.2, "{own:?} {partner:?}");
    }
}
