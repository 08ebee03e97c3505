//! One simulated day: who comes, what they are like, and what becomes of them.

use jiff::civil::Date;

use super::chance::{Chance, millis};
use super::floor::Floor;
use super::lines::Profile;
use super::shape::{self, DayGrid};
use super::{Queue, Sim, SimContact, aftermath, roster, sites, written};
use crate::domain::centre::Channel;
use crate::domain::event::{Fact, Millis, Purpose};

/// A day's demand scatters about what is expected as a gamma of this shape: by 8 %.
const DAY_SCATTER: u16 = 150;
/// Share of those who have to wait that hang up at once.
const HANGS_UP_AT_ONCE: f64 = 0.03;
/// Share that takes a call-back when it is offered.
const TAKES_CALLBACK: f64 = 0.25;
/// Share that picks up when called back.
const PICKS_UP: f64 = 0.9;
/// Share of the answered whose purpose is noted.
const CLASSIFIED: f64 = 0.91;
/// Share of the answered of whom it is known whether it was solved.
const RESOLUTION_KNOWN: f64 = 0.78;

/// What becomes of a customer before any queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Comes to wait for a person.
    Joins,
    /// Hangs up in the menu.
    LeavesMenu,
    /// Is served by the menu.
    SelfServed,
    /// Tries while the line is closed.
    Closed,
}

/// One customer with everything that chance decides about them beforehand, so that a change of
/// staffing leaves the customers as they are.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Index of the queue they come to.
    pub queue: usize,
    /// First ring.
    pub rings_ms: Millis,
    /// Through the menu: joins the queue, hangs up, or is served.
    pub joins_ms: Millis,
    /// What becomes of them before the queue.
    pub way: Way,
    /// How long they are ready to wait.
    pub patience_ms: Millis,
    /// How long they will be served, and again after having been moved on.
    pub handle_ms: [Millis; 2],
    /// Takes a call-back if it is offered.
    pub takes_callback: bool,
    /// Picks up when called back.
    pub picks_up: bool,
    /// Will be moved on to another line.
    pub moves_on: bool,
    /// Why they call, if it will be noted.
    pub purpose: Option<Purpose>,
    /// Whether it will be solved, if that will be known.
    pub resolved: Option<bool>,
}

/// Every contact that counts on a local day, with all that is ever said about it, in order of
/// the queues and of their arrival.
#[must_use]
pub fn simulate_day(sim: &Sim, day: Date) -> Vec<SimContact> {
    let mut contacts = simulate_live(sim, day);
    contacts.extend(written::simulate_written(sim, day));
    sites::tell(sim, day, &mut contacts);
    aftermath::follow(sim, day, &mut contacts);
    number(contacts)
}

/// Numbers the contacts of a day.
pub(super) fn number(mut contacts: Vec<SimContact>) -> Vec<SimContact> {
    for (contact, number) in contacts.iter_mut().zip(1..) {
        contact.number = number;
    }
    contacts
}

/// Voice and chat of a day; numbers are still to be given.
pub(super) fn simulate_live(sim: &Sim, day: Date) -> Vec<SimContact> {
    let grid = DayGrid::of(day, &sim.centre.zone);
    let mut customers = Vec::new();
    let mut floor = Floor::new(sim, &grid);
    for (index, queue) in sim.queues.iter().enumerate() {
        if !queue.profile.channel.is_written() {
            customers.extend(arrivals(sim, queue, index, &grid));
            floor.staff(index, &roster::on_duty(sim, queue, &grid));
        }
    }
    let facts = floor.run(&customers);
    let contacts = facts.into_iter().map(|facts| SimContact {
        day,
        number: 0,
        facts,
    });
    contacts.collect()
}

/// Arrivals of a queue on a day as instants and whether the line is open, earliest first: a
/// Poisson process whose rate follows the demand, times the day's own factor.
pub(super) fn arrival_times(
    sim: &Sim,
    queue: &Queue,
    grid: &DayGrid,
    chance: &mut Chance,
) -> Vec<(Millis, bool)> {
    let factor = chance.gamma(DAY_SCATTER);
    let mut times = Vec::new();
    // The process is drawn on the scale of expected arrivals, where it has rate 1.
    let mut next = chance.exponential();
    let mut passed = 0.0;
    let demand = shape::demand(sim, queue, grid);
    for (quarter, demand) in grid.quarters.iter().zip(demand) {
        let expected = (demand.open + demand.closed) * factor;
        while expected > 0.0 && next < passed + expected {
            let within = (next - passed) / expected * 900.0;
            times.push((quarter.start_ms + millis(within), demand.open > 0.0));
            next += chance.exponential();
        }
        passed += expected;
    }
    times
}

/// The customers of a queue on a day, earliest first.
pub(super) fn arrivals(sim: &Sim, queue: &Queue, index: usize, grid: &DayGrid) -> Vec<Customer> {
    let profile = queue.profile;
    let topic = format!("{} {}", profile.line, profile.channel.name());
    let mut chance = Chance::new(sim.seed, grid.day, &topic);
    let handle_secs = roster::handle_secs(sim, profile, grid.day);
    let times = arrival_times(sim, queue, grid, &mut chance);
    let kind = Kind {
        queue: index,
        profile,
        handle_secs,
        day_start_ms: grid.span.start_ms,
    };
    let draw = |(at_ms, open)| draw_customer(&kind, at_ms, open, &mut chance);
    times.into_iter().map(draw).collect()
}

/// What the customers of one queue and day have in common.
struct Kind<'a> {
    queue: usize,
    profile: &'a Profile,
    handle_secs: f64,
    day_start_ms: Millis,
}

fn draw_customer(kind: &Kind, at_ms: Millis, open: bool, chance: &mut Chance) -> Customer {
    let Kind {
        profile,
        handle_secs,
        day_start_ms,
        ..
    } = *kind;
    let way = if !open {
        Way::Closed
    } else if profile.channel != Channel::Voice {
        Way::Joins
    } else {
        let rest = 1.0 - profile.left_in_menu - profile.self_served;
        let ways = [rest, profile.left_in_menu, profile.self_served];
        [Way::Joins, Way::LeavesMenu, Way::SelfServed][chance.pick(&ways)]
    };
    let menu_secs = match (profile.channel, way) {
        (Channel::Voice, Way::SelfServed) => chance.between(40.0, 140.0),
        (Channel::Voice, _) => chance.between(12.0, 45.0),
        _ => 0.0,
    };
    // A contact counts when it is offered, or when it rang if it never is: that instant is the
    // one drawn. Even a caller who is turned away then counts on this day.
    let (rings_ms, joins_ms) = if way == Way::Joins {
        ((at_ms - millis(menu_secs)).max(day_start_ms), at_ms)
    } else {
        (at_ms, at_ms + millis(menu_secs))
    };
    let patience_secs = if chance.happens(HANGS_UP_AT_ONCE) {
        chance.between(1.0, 5.0)
    } else {
        chance.weibull(profile.patience_secs, 1.15)
    };
    let purpose = Purpose::ALL[chance.pick(&profile.purposes)];
    let handle = chance
        .lognormal(handle_secs, profile.handle_spread)
        .max(25.0);
    let again = chance.lognormal(300.0, 0.5).max(25.0);
    let moves_on = chance.happens(profile.moves_on.0);
    let noted = chance.happens(CLASSIFIED);
    let known = chance.happens(RESOLUTION_KNOWN);
    let resolved = chance.happens(profile.resolved) && !moves_on;
    Customer {
        queue: kind.queue,
        rings_ms,
        joins_ms,
        way,
        patience_ms: millis(patience_secs),
        handle_ms: [millis(handle), millis(again)],
        takes_callback: profile.calls_back && chance.happens(TAKES_CALLBACK),
        picks_up: chance.happens(PICKS_UP),
        moves_on,
        purpose: noted.then_some(purpose),
        resolved: known.then_some(resolved),
    }
}

/// What is noted when a person has finished with somebody.
pub(super) fn note_end(
    facts: &mut Vec<(Millis, Fact)>,
    at_ms: Millis,
    handle_ms: Millis,
    purpose: Option<Purpose>,
    resolved: Option<bool>,
) {
    facts.push((
        at_ms,
        Fact::Ended {
            handle_ms: Some(handle_ms),
        },
    ));
    facts.extend(purpose.map(|purpose| (at_ms, Fact::Classified(purpose))));
    facts.extend(resolved.map(|resolved| (at_ms, Fact::Resolved(resolved))));
}

#[cfg(test)]
mod tests {
    use super::super::{SETTLED_AFTER_DAYS, sample};
    use super::*;
    use crate::demo::history::merged;
    use crate::domain::contact::Contact;
    use crate::domain::period::{Span, days};
    use crate::domain::tally::contribution;
    use jiff::ToSpan;
    use jiff::civil::date;

    #[test]
    fn a_day_is_the_same_each_time_and_another_with_another_seed() {
        let sim = sample::sim();
        let day = date(2026, 5, 18);
        let once = simulate_day(&sim, day);
        assert_eq!(once, simulate_day(&sim, day));
        assert!(once.len() > 2_000, "{}", once.len());
        let other = Sim::new(sim.centre.clone(), sim.seed + 1, sim.today);
        assert_ne!(once, simulate_day(&other, day));
    }

    #[test]
    fn facts_are_in_order_of_time_and_contacts_count_on_their_day() {
        let sim = sample::sim();
        for day in [date(2026, 5, 18), date(2026, 3, 29), date(2026, 10, 25)] {
            for contact in simulate_day(&sim, day) {
                assert!(contact.facts.is_sorted_by_key(|(at_ms, _)| *at_ms));
                let (cell, _) = contribution(&merged(contact), &sim.centre.zone).unwrap();
                assert_eq!(cell.day, day);
            }
        }
    }

    #[test]
    fn every_contact_has_ended_when_it_is_said_to_be_settled() {
        let sim = sample::sim();
        // Christmas and New Year are the longest closures.
        for day in days(date(2025, 12, 22), date(2026, 1, 6)) {
            let last = day.saturating_add(SETTLED_AFTER_DAYS.days());
            let end_ms = Span::of_day(last, &sim.centre.zone).end_ms;
            for contact in simulate_day(&sim, day) {
                assert!(contact.facts.iter().all(|(at_ms, _)| *at_ms < end_ms));
                assert!(merged(contact).is_settled());
            }
        }
    }

    #[test]
    fn nobody_waits_less_than_nothing_or_is_answered_twice_without_being_moved_on() {
        let sim = sample::sim();
        for contact in simulate_day(&sim, date(2026, 5, 18)) {
            let contact: Contact = merged(contact);
            assert!(contact.answered.entries.len() <= 1 + contact.transferred.entries.len());
            if let (Some(ring), Some(reached)) = (contact.first_ring_ms(), contact.reached_ms()) {
                assert!(reached >= ring);
            }
        }
    }
}
