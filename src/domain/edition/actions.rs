//! What an edition says of actions: those on which something happened in its week, as they stood at
//! its end.

use jiff::tz::TimeZone;

use super::IsoWeek;
use super::facts::ActionFact;
use crate::domain::action::{Action, State};
use crate::domain::period::{day_start_ms, local_day};

/// An action as it stood at the end of a week; none if it was not registered by then. What was
/// entered later is left out, so that a correction months later says the same.
fn at_end_of(own: &Action, week: IsoWeek, zone: &TimeZone) -> Option<Action> {
    let end_ms = day_start_ms(week.days().end, zone);
    (own.registered_ms < end_ms).then(|| {
        let mut own = own.clone();
        own.steps.retain(|step| step.at_ms < end_ms);
        own
    })
}

/// The actions of a week, as they stood at its end, in the order in which they are given: those
/// registered, started, due, done, withdrawn or to be judged in it, and those overdue. None while
/// no action is registered at all.
#[must_use]
pub fn of_week(all: &[Action], week: IsoWeek, zone: &TimeZone) -> Option<Vec<Action>> {
    let known = all.iter().filter_map(|own| at_end_of(own, week, zone));
    let known: Vec<Action> = known.collect();
    if known.is_empty() {
        return None;
    }
    let days = week.days();
    let is_told = |own: &Action| {
        let entered = own.steps.iter().map(|step| step.at_ms);
        let mut entered = entered.chain([own.registered_ms]);
        entered.any(|at_ms| days.contains(&local_day(at_ms, zone)))
            || days.contains(&own.facts.due)
            || is_judged_in(own, week, zone)
            || state(own, week) == State::Overdue
    };
    Some(known.into_iter().filter(is_told).collect())
}

/// Whether the verdict on an action is due in a week.
#[must_use]
pub fn is_judged_in(own: &Action, week: IsoWeek, zone: &TimeZone) -> bool {
    week.days().contains(&own.facts.verdict) && !own.is_never_judged(zone)
}

fn state(own: &Action, week: IsoWeek) -> State {
    own.state(week.days().end)
}

/// What is said of an action that stood so at the end of a week.
#[must_use]
pub fn fact(own: &Action, week: IsoWeek, verdict: Option<&str>) -> ActionFact {
    ActionFact {
        id: own.id.clone(),
        title: own.facts.title.0.clone(),
        state: state(own, week).name().to_owned(),
        verdict: verdict.map(ToOwned::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::*;
    use crate::domain::action::tests::action;
    use crate::domain::action::{Step, Turn};
    use crate::domain::centre::Text;

    /// What is said on the action of the tests (registered on 25 May, due on 10 June, judged on 6
    /// July 2026) in the week of a day.
    fn told(own: &Action, day: Date) -> Option<Vec<(String, bool)>> {
        let week = IsoWeek::containing(day);
        let told = of_week(std::slice::from_ref(own), week, &TimeZone::UTC)?;
        let told = told.iter().map(|own| {
            let judged = is_judged_in(own, week, &TimeZone::UTC);
            (fact(own, week, None).state, judged)
        });
        Some(told.collect())
    }

    fn started_on(day: Date) -> Action {
        let own = action();
        let step = Step {
            at_ms: day_start_ms(day, &TimeZone::UTC),
            turn: Turn::Started,
            reason: Text::default(),
            by: own.by.clone(),
        };
        Action {
            steps: vec![step],
            ..own
        }
    }

    #[test]
    fn an_action_is_told_in_the_weeks_in_which_something_happens() {
        let own = started_on(date(2026, 6, 2));
        let said = |state: &str| Some(vec![(state.to_owned(), false)]);
        assert_eq!(told(&own, date(2026, 5, 24)), None, "not known yet");
        assert_eq!(told(&own, date(2026, 5, 25)), said("registered"));
        assert_eq!(told(&own, date(2026, 6, 3)), said("started"));
        assert_eq!(
            told(&own, date(2026, 6, 10)),
            said("overdue"),
            "due, not done"
        );
        assert_eq!(
            told(&own, date(2026, 6, 17)),
            said("overdue"),
            "and still not"
        );
        let judged = told(&own, date(2026, 7, 12));
        assert_eq!(judged, Some(vec![("overdue".to_owned(), true)]));
    }

    #[test]
    fn a_week_in_which_nothing_happens_tells_nothing() {
        let own = Action {
            facts: crate::domain::action::Facts {
                due: date(2026, 6, 30),
                ..action().facts
            },
            ..started_on(date(2026, 6, 2))
        };
        assert_eq!(told(&own, date(2026, 6, 10)), Some(Vec::new()));
    }
}
