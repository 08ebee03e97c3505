//! The past of the simulated centre as cells, counted by the same rules as everything else:
//! each contact is merged from its facts and adds its contribution. No shortcut is taken.

use std::collections::BTreeMap;
use std::sync::mpsc;

use jiff::civil::Date;

use super::{SOURCE, Sim, SimContact, aftermath, simulate, sites, written};
use crate::domain::contact::Contact;
use crate::domain::event::{ContactEvent, ContactKey, EventId, Place};
use crate::domain::facts::{self, DayFacts};
use crate::domain::period::{Grain, days};
use crate::domain::tally::{CellKey, Tally, contribution};

/// Threads that simulate.
const WORKERS: usize = 2;
/// Days that may wait to be taken; what is simulated is never kept for longer.
const DAYS_AHEAD: usize = 32;
/// The ids of a contact's events as the door keeps them; the subject is replaced by `*`.
const EVENT_IDS: [&str; 12] = [
    "*-1", "*-2", "*-3", "*-4", "*-5", "*-6", "*-7", "*-8", "*-9", "*-10", "*-11", "*-12",
];

/// All cells of one local day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCells {
    /// The day.
    pub day: Date,
    /// How many contacts it has.
    pub contacts: usize,
    /// Its interval cells.
    pub intervals: BTreeMap<CellKey, Tally>,
    /// Its day cells.
    pub whole: BTreeMap<Place, Tally>,
    /// What followed its contacts, some of it on later days.
    pub facts: DayFacts,
}

/// Simulates every day of `[from, to)` to its end and hands its cells to `take`, on the calling
/// thread. Days arrive in no particular order, each exactly once.
///
/// Choose `to` at least [`super::SETTLED_AFTER_DAYS`] before the present: contacts are counted
/// with everything that will ever be said about them.
pub fn history(sim: &Sim, from: Date, to: Date, mut take: impl FnMut(DayCells)) {
    let weeks = std::iter::successors(Some(Grain::Week.first_day(from)), |monday| {
        Some(Grain::Week.next_first_day(*monday))
    });
    let weeks: Vec<Date> = weeks.take_while(|monday| *monday < to).collect();
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(DAYS_AHEAD);
        for worker in 0..WORKERS {
            let (send, weeks) = (send.clone(), &weeks);
            scope.spawn(move || {
                for monday in weeks.iter().skip(worker).step_by(WORKERS) {
                    for cells in count_week(sim, *monday, from, to) {
                        // Nobody takes any more: there is nothing left to do.
                        if send.send(cells).is_err() {
                            return;
                        }
                    }
                }
            });
        }
        drop(send);
        for cells in receive {
            take(cells);
        }
    });
}

/// Cells of those days of a week that lie in `[from, to)`.
fn count_week(sim: &Sim, monday: Date, from: Date, to: Date) -> Vec<DayCells> {
    let mut letters = written::simulate_week(sim, monday);
    let end = Grain::Week.next_first_day(monday).min(to);
    days(monday.max(from), end)
        .map(|day| {
            let mut contacts = simulate::simulate_live(sim, day);
            contacts.extend(letters.extract_if(.., |letter| letter.day == day));
            sites::tell(sim, day, &mut contacts);
            aftermath::follow(sim, day, &mut contacts);
            count_day(sim, day, contacts)
        })
        .collect()
}

/// The cells of a day's contacts.
#[must_use]
pub fn count_day(sim: &Sim, day: Date, contacts: Vec<SimContact>) -> DayCells {
    let mut cells = DayCells {
        day,
        contacts: contacts.len(),
        intervals: BTreeMap::new(),
        whole: BTreeMap::new(),
        facts: DayFacts::new(),
    };
    // Neighbours mostly fall into the same cell: it is looked up when it changes.
    let mut open: Option<(CellKey, Tally)> = None;
    for contact in contacts {
        let contact = merged(contact);
        if facts::has_any(&contact) {
            let followed = facts::contribution(&contact, &sim.centre);
            facts::add(&mut cells.facts, followed, 1);
        }
        let Some((key, tally)) = contribution(&contact, &sim.centre.zone) else {
            continue;
        };
        match &mut open {
            Some((last, sum)) if *last == key => *sum += &tally,
            _ => {
                if let Some(full) = open.replace((key, tally)) {
                    cells.add(full);
                }
            }
        }
    }
    if let Some(full) = open {
        cells.add(full);
    }
    cells
}

impl DayCells {
    fn add(&mut self, (key, tally): (CellKey, Tally)) {
        if let Some(sum) = self.whole.get_mut(&key.place) {
            *sum += &tally;
        } else {
            self.whole.insert(key.place.clone(), tally);
        }
        *self.intervals.entry(key).or_default() += &tally;
    }
}

/// The contact that results when all its facts are taken in.
#[must_use]
pub fn merged(contact: SimContact) -> Contact {
    let mut merged = Contact::default();
    for ((at_ms, fact), index) in contact.facts.into_iter().zip(0..) {
        let _ = merged.merge(ContactEvent {
            contact: ContactKey([0; 16]),
            event: EventId {
                id: event_id(index),
                source: SOURCE.to_owned(),
            },
            at_ms,
            revision: 0,
            fact,
        });
    }
    merged
}

fn event_id(index: usize) -> String {
    EVENT_IDS
        .get(index)
        .map_or_else(|| format!("*-{}", index + 1), |id| (*id).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{sample, simulate_day};
    use super::*;
    use crate::domain::tally::Count;
    use jiff::civil::date;

    #[test]
    fn history_is_the_count_of_each_day_alone() {
        let sim = sample::sim();
        let (from, to) = (date(2026, 5, 13), date(2026, 5, 20));
        let mut counted = Vec::new();
        history(&sim, from, to, |cells| counted.push(cells));
        counted.sort_by_key(|cells| cells.day);
        let alone: Vec<DayCells> = days(from, to)
            .map(|day| count_day(&sim, day, simulate_day(&sim, day)))
            .collect();
        assert_eq!(counted, alone);
    }

    #[test]
    fn interval_cells_sum_to_day_cells_and_every_sum_of_counting_holds() {
        let sim = sample::sim();
        let day = date(2026, 5, 18);
        let cells = count_day(&sim, day, simulate_day(&sim, day));
        for (place, whole) in &cells.whole {
            let parts = cells.intervals.iter().filter(|(k, _)| k.place == *place);
            assert_eq!(parts.map(|(_, tally)| *tally).sum::<Tally>(), *whole);
        }
        let all: Tally = cells.whole.values().copied().sum();
        let n = |count| all.count(count);
        assert_eq!(usize::try_from(n(Count::Attempts)).unwrap(), cells.contacts);
        let parts = [
            Count::Refused,
            Count::LeftInMenu,
            Count::SelfServed,
            Count::Offered,
        ];
        assert_eq!(n(Count::Attempts), parts.map(n).iter().sum::<i64>());
        let ends = [
            Count::Answered,
            Count::Abandoned,
            Count::Deflected,
            Count::CallbacksRequested,
        ];
        assert_eq!(n(Count::Offered), ends.map(n).iter().sum::<i64>());
        let few = [Count::Deflected];
        let many = parts.into_iter().chain(ends).chain([Count::Transferred]);
        for count in many.filter(|count| !few.contains(count)) {
            assert!(n(count) > 0, "no {}", count.name());
        }
    }
}
