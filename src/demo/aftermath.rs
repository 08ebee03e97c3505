//! What follows a contact: some are asked how it was, and some of those who complained have a
//! complaint opened, which is closed days later or stays open.
//!
//! People are content with a short wait and a solved matter. All of it is over when the day is
//! settled, like everything else that is said about its contacts.

use jiff::ToSpan;
use jiff::civil::Date;

use super::chance::{Chance, millis};
use super::{SETTLED_AFTER_DAYS, Sim, SimContact};
use crate::domain::event::{Fact, Millis, Purpose, Score};
use crate::domain::period::day_start_ms;

/// Share of those who reached a person that is sent a survey.
const ASKED: f64 = 0.12;
/// Share of the surveys that is answered.
const ANSWERS: f64 = 0.42;
/// Share of the answers that also tells how easy it was, and whether they would recommend us.
const ANSWERS_ALL: f64 = 0.6;
/// Share of those who complained that has a complaint opened.
const OPENED: f64 = 0.5;
/// Share of the complaints that is closed within days; the others stay open.
const CLOSED: f64 = 0.9;
/// Weights of the causes, in the order of the usual six: product, delivery, pricing, billing,
/// service, other.
const CAUSES: [f64; 6] = [0.17, 0.09, 0.12, 0.34, 0.21, 0.07];

const HOUR_SECS: f64 = 3_600.0;
const DAY_SECS: f64 = 24.0 * HOUR_SECS;

/// Adds what follows to the contacts of a day, in their order.
pub(super) fn follow(sim: &Sim, day: Date, contacts: &mut [SimContact]) {
    let mut chance = Chance::new(sim.seed, day, "aftermath");
    let settled = day.saturating_add(SETTLED_AFTER_DAYS.days());
    let until_ms = day_start_ms(settled, &sim.centre.zone);
    for contact in contacts {
        let Some(over) = Over::of(contact) else {
            continue;
        };
        let mut told = Vec::new();
        if chance.happens(ASKED) {
            survey(&over, &mut chance, &mut told);
        }
        if over.complained && chance.happens(OPENED) {
            complaint(sim, &over, &mut chance, &mut told);
        }
        told.retain(|(at_ms, _)| *at_ms < until_ms);
        told.sort_by_key(|(at_ms, _)| *at_ms);
        contact.facts.extend(told);
    }
}

/// A contact that is over, as its customer remembers it.
struct Over {
    at_ms: Millis,
    waited_secs: f64,
    is_solved: bool,
    complained: bool,
}

impl Over {
    /// None of those who reached nobody.
    fn of(contact: &SimContact) -> Option<Self> {
        let facts = contact.facts.iter();
        let at = |wanted: fn(&Fact) -> bool| {
            let mut facts = facts.clone();
            let found = facts.find(|(_, fact)| wanted(fact));
            found.map(|(at_ms, _)| *at_ms)
        };
        let answered_ms = at(|fact| matches!(fact, Fact::Answered | Fact::AnsweredAt(_)))?;
        let (first_ms, _) = contact.facts.first()?;
        let (last_ms, _) = contact.facts.last()?;
        let waited_secs = answered_ms.saturating_sub(*first_ms) / 1_000;
        Some(Self {
            at_ms: *last_ms,
            waited_secs: f64::from(i32::try_from(waited_secs).unwrap_or(i32::MAX)),
            is_solved: at(|fact| *fact == Fact::Resolved(false)).is_none(),
            complained: at(|fact| *fact == Fact::Classified(Purpose::Complaint)).is_some(),
        })
    }

    /// How content they are, 0–1: a matter that is not solved takes most, a wait the rest.
    fn content(&self, chance: &mut Chance) -> f64 {
        let solved = if self.is_solved { 0.78 } else { 0.42 };
        let waited = 0.22 * (self.waited_secs / 900.0).min(1.0);
        let complained = if self.complained { 0.2 } else { 0.0 };
        (solved - waited - complained + chance.between(-0.3, 0.3)).clamp(0.0, 0.999)
    }
}

/// The step of a scale of so many steps, from 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a scale of at most 11 steps"
)]
fn step(content: f64, steps: u8) -> u8 {
    (content * f64::from(steps)) as u8
}

fn survey(over: &Over, chance: &mut Chance, told: &mut Vec<(Millis, Fact)>) {
    let sent_ms = over.at_ms + millis(HOUR_SECS);
    told.push((sent_ms, Fact::Surveyed));
    if !chance.happens(ANSWERS) {
        return;
    }
    let content = over.content(chance);
    let answered_ms = sent_ms + millis(HOUR_SECS * chance.exponential().min(40.0));
    told.push((answered_ms, Fact::Scored(Score::Csat(1 + step(content, 5)))));
    if chance.happens(ANSWERS_ALL) {
        let others = [
            Score::Ces(1 + step(content, 7)),
            Score::Nps(step(content, 11)),
        ];
        told.extend(others.map(|score| (answered_ms, Fact::Scored(score))));
    }
}

fn complaint(sim: &Sim, over: &Over, chance: &mut Chance, told: &mut Vec<(Millis, Fact)>) {
    let Some(cause) = sim.centre.causes.get(chance.pick(&CAUSES)) else {
        return;
    };
    told.push((over.at_ms, Fact::ComplaintOpened(cause.id.clone())));
    if chance.happens(CLOSED) {
        let days = chance.between(0.3, 6.0);
        let closed_ms = over.at_ms + millis(days * DAY_SECS);
        told.push((closed_ms, Fact::ComplaintClosed));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{sample, simulate_day};
    use crate::demo::history::merged;
    use crate::domain::facts::{Group, LineFact, Scale, contribution};
    use jiff::civil::date;

    #[test]
    fn a_working_day_has_surveys_and_complaints_of_every_cause() {
        let sim = sample::sim();
        let contacts = simulate_day(&sim, date(2026, 5, 18)).into_iter();
        let counted: Vec<LineFact> = contacts
            .flat_map(|contact| contribution(&merged(contact), &sim.centre))
            .map(|key| LineFact {
                line: key.place.line,
                fact: key.fact,
                value: 1,
                is_revised: false,
            })
            .collect();
        let facts: Vec<&LineFact> = counted.iter().collect();
        let count = |group: Group| group.count(&facts);
        assert!(count(Group::SurveysSent) > 100);
        assert!(count(Group::answers(Scale::Csat)) > 30);
        assert!(count(Group::answers(Scale::Csat)) > count(Group::answers(Scale::Nps)));
        assert!(count(Group::Scores(Scale::Csat, 4, 5)) > count(Group::Scores(Scale::Csat, 1, 2)));
        assert!(count(Group::Opened) > count(Group::Closed) && count(Group::Closed) > 0);
        assert_eq!(count(Group::ClosedUnopened), 0);
        for cause in &sim.centre.causes {
            let is_told = facts
                .iter()
                .any(|fact| fact.fact.cause() == Some(&cause.id));
            assert!(is_told, "no complaint of {}", cause.id);
        }
    }
}
