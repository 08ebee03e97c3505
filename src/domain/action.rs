//! An action: something that is done about a figure, registered before it starts, so that nobody can
//! say afterwards what it was meant to do.
//!
//! What was registered never changes. Later only steps are added: started, done, or withdrawn with
//! a reason. The verdict is computed from the figures; nobody enters it.

mod typed;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::centre::Text;
use super::event::Millis;
use super::impact::Windows;
use super::period::local_day;
use super::series::WHOLE_CENTRE;
use super::staff::Person;

pub use typed::{
    Facts, Fault, LONGEST_DESCRIPTION, LONGEST_OWNER, LONGEST_REASON, LONGEST_TITLE, REACH_DAYS,
    Typed, Wrong, earliest_verdict, read_reason,
};

/// A year of whole weeks, so that weekdays stay.
pub const YEAR_DAYS: i64 = 364;

/// What a segment is compared with, which the action does not touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Another line on the same days.
    Line(String),
    /// The same segment [`YEAR_DAYS`] before: for what concerns all lines.
    YearBefore,
}

impl Comparison {
    /// The word for a year before, in forms and JSON; no line can be called so.
    pub const YEAR_BEFORE: &'static str = "*year-before";

    /// The word in forms and JSON: the id of a line, or [`Self::YEAR_BEFORE`].
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Line(line) => line,
            Self::YearBefore => Self::YEAR_BEFORE,
        }
    }
}

/// What became of an action, as its people say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It runs.
    Started,
    /// What was announced is done.
    Done,
    /// It was given up.
    Withdrawn,
}

impl Turn {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Started, Self::Done, Self::Withdrawn];

    /// The word in forms and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The turn of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.name() == name)
    }
}

/// A step of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When it was entered.
    pub at_ms: Millis,
    /// What it says.
    pub turn: Turn,
    /// Why, in each language of the centre; of what is withdrawn only.
    #[serde(default)]
    pub reason: Text,
    /// Who entered it.
    pub by: Person,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Its due day is over and it is neither done nor withdrawn.
    Overdue,
    /// It runs.
    Started,
    /// It is announced.
    Registered,
    /// It is done.
    Done,
    /// It was given up.
    Withdrawn,
}

impl State {
    /// All of them, those that need most attention first.
    pub const ALL: [Self; 5] = [
        Self::Overdue,
        Self::Started,
        Self::Registered,
        Self::Done,
        Self::Withdrawn,
    ];

    /// The word in JSON and addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Started => "started",
            Self::Registered => "registered",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An action with its timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its name for ever: a–z, 0–9, `-`.
    pub id: String,
    /// What was registered.
    pub facts: Facts,
    /// When.
    pub registered_ms: Millis,
    /// Who registered it.
    pub by: Person,
    /// What became of it, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// Why a step cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoStep {
    /// It is done or withdrawn: nothing follows.
    Over,
    /// It runs already.
    AlreadyStarted,
    /// Only what runs can be done.
    NotStarted,
    /// Its start lies ahead, and the days before must stay as they were.
    BeforeItsStart,
}

impl Action {
    /// Its public title.
    #[must_use]
    pub fn title(&self, language: &str) -> &str {
        self.facts.title.in_language(language)
    }

    fn step(&self, turn: Turn) -> Option<&Step> {
        self.steps.iter().find(|step| step.turn == turn)
    }

    /// When a step was entered, if it was.
    #[must_use]
    pub fn at(&self, turn: Turn) -> Option<Millis> {
        self.step(turn).map(|step| step.at_ms)
    }

    /// Where it stands on a local day.
    #[must_use]
    pub fn state(&self, today: Date) -> State {
        match self.steps.last().map(|step| step.turn) {
            Some(Turn::Done) => State::Done,
            Some(Turn::Withdrawn) => State::Withdrawn,
            _ if today > self.facts.due => State::Overdue,
            Some(Turn::Started) => State::Started,
            None => State::Registered,
        }
    }

    /// Whether what was promised was not done in time: overdue, or done after its due day.
    #[must_use]
    pub fn is_late(&self, today: Date, zone: &TimeZone) -> bool {
        let done = self.at(Turn::Done).map(|at_ms| local_day(at_ms, zone));
        match self.state(today) {
            State::Overdue => true,
            State::Done => done.is_some_and(|done| done > self.facts.due),
            State::Started | State::Registered | State::Withdrawn => false,
        }
    }

    /// Whether its start was not entered when it was due.
    #[must_use]
    pub fn is_start_missed(&self, today: Date) -> bool {
        let is_open = matches!(self.state(today), State::Overdue | State::Registered);
        is_open && self.at(Turn::Started).is_none() && today > self.facts.start
    }

    /// Whether it was given up before it could do anything: then it is not judged. Whatever was
    /// given up later is.
    #[must_use]
    pub fn is_never_judged(&self, zone: &TimeZone) -> bool {
        self.at(Turn::Withdrawn)
            .is_some_and(|at_ms| local_day(at_ms, zone) < self.facts.start)
    }

    /// Whether a step can be entered now.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, turn: Turn, today: Date) -> Result<(), NoStep> {
        let is_started = self.at(Turn::Started).is_some();
        match turn {
            _ if self.at(Turn::Done).or(self.at(Turn::Withdrawn)).is_some() => Err(NoStep::Over),
            Turn::Started if is_started => Err(NoStep::AlreadyStarted),
            Turn::Started if today < self.facts.start => Err(NoStep::BeforeItsStart),
            Turn::Done if !is_started => Err(NoStep::NotStarted),
            _ => Ok(()),
        }
    }

    /// The days that the verdict compares, the settling between included.
    #[must_use]
    pub fn days(&self) -> std::ops::Range<Date> {
        let windows = Windows::around(self.facts.start);
        windows.before.start..windows.after.end
    }

    /// Whether it touches a line; `*`, the whole centre, touches all and is touched by all.
    #[must_use]
    pub fn touches(&self, line: &str) -> bool {
        let own = &self.facts.line;
        line == WHOLE_CENTRE || own == WHOLE_CENTRE || own == line
    }

    /// Whether another one may be behind its effect: it touches the segment or the comparison and
    /// started in the days that are compared.
    #[must_use]
    pub fn is_disturbed_by(&self, other: &Self) -> bool {
        let starts_within = self.days().contains(&other.facts.start);
        let comparison = match &self.facts.comparison {
            Comparison::Line(line) => other.touches(line),
            Comparison::YearBefore => false,
        };
        other.id != self.id && starts_within && (other.touches(&self.facts.line) || comparison)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::impact::Direction;
    use crate::domain::occasion::titled;
    use crate::domain::period::day_start_ms;
    use crate::domain::staff::Role;

    /// Registered on 25 May 2026 for 1 June, due on the 10th.
    pub(crate) fn action() -> Action {
        Action {
            id: "a-1".to_owned(),
            facts: Facts {
                owner: "Head of billing".to_owned(),
                title: titled(&[("en", "Clearer bills")]),
                description: titled(&[("en", "One page instead of three.")]),
                cause: Some("pricing".to_owned()),
                measure: "wait_median".to_owned(),
                measure_version: 1,
                line: "billing".to_owned(),
                direction: Direction::Down,
                size: 30.0,
                start: date(2026, 6, 1),
                due: date(2026, 6, 10),
                verdict: date(2026, 7, 6),
                comparison: Comparison::Line("moving".to_owned()),
                idea: None,
            },
            registered_ms: noon(date(2026, 5, 25)),
            by: person(),
            steps: Vec::new(),
        }
    }

    fn person() -> Person {
        Person {
            account: "olive".to_owned(),
            role: Role::Officer,
        }
    }

    fn noon(day: Date) -> Millis {
        day_start_ms(day, &TimeZone::UTC) + 43_200_000
    }

    fn with(turns: &[(Turn, Date)]) -> Action {
        let step = |(turn, day): &(Turn, Date)| Step {
            at_ms: noon(*day),
            turn: *turn,
            reason: Text::default(),
            by: person(),
        };
        Action {
            steps: turns.iter().map(step).collect(),
            ..action()
        }
    }

    #[test]
    fn an_action_is_overdue_by_itself_until_it_is_done() {
        let states = [9, 10, 11].map(|day| action().state(date(2026, 6, day)));
        let [registered, overdue] = [State::Registered, State::Overdue];
        assert_eq!(states, [registered, registered, overdue]);
        let started = with(&[(Turn::Started, date(2026, 6, 1))]);
        assert_eq!(started.state(date(2026, 6, 10)), State::Started);
        assert_eq!(started.state(date(2026, 6, 11)), State::Overdue);
        assert!(started.is_late(date(2026, 6, 11), &TimeZone::UTC));
        for (day, is_late) in [(10, false), (11, true)] {
            let done = with(&[
                (Turn::Started, date(2026, 6, 1)),
                (Turn::Done, date(2026, 6, day)),
            ]);
            assert_eq!(done.state(date(2026, 8, 1)), State::Done);
            assert_eq!(done.is_late(date(2026, 8, 1), &TimeZone::UTC), is_late);
        }
    }

    #[test]
    fn steps_follow_each_other_and_nothing_follows_the_end() {
        let (before, start) = (date(2026, 5, 31), date(2026, 6, 1));
        let own = action();
        assert_eq!(own.may(Turn::Started, before), Err(NoStep::BeforeItsStart));
        assert_eq!(own.may(Turn::Done, start), Err(NoStep::NotStarted));
        assert_eq!(own.may(Turn::Withdrawn, before), Ok(()));
        assert_eq!(own.may(Turn::Started, start), Ok(()));
        assert!(!own.is_start_missed(start) && own.is_start_missed(date(2026, 6, 2)));
        let started = with(&[(Turn::Started, start)]);
        assert_eq!(
            started.may(Turn::Started, start),
            Err(NoStep::AlreadyStarted)
        );
        assert_eq!(started.may(Turn::Done, start), Ok(()));
        let done = with(&[(Turn::Started, start), (Turn::Done, start)]);
        for turn in Turn::ALL {
            assert_eq!(done.may(turn, start), Err(NoStep::Over));
        }
    }

    #[test]
    fn what_was_given_up_after_its_start_is_judged_all_the_same() {
        let withdrawn = |day| with(&[(Turn::Withdrawn, date(2026, 6, day))]);
        let before = with(&[(Turn::Withdrawn, date(2026, 5, 31))]);
        assert!(before.is_never_judged(&TimeZone::UTC));
        assert!(!withdrawn(1).is_never_judged(&TimeZone::UTC));
        assert_eq!(withdrawn(20).state(date(2026, 7, 1)), State::Withdrawn);
    }

    #[test]
    fn others_in_the_same_days_on_either_segment_may_be_the_cause() {
        let own = action();
        let other = |line: &str, start: Date| {
            let mut other = action();
            other.id = "a-2".to_owned();
            other.facts.line = line.to_owned();
            other.facts.start = start;
            other
        };
        let within = date(2026, 6, 20);
        for line in ["billing", "moving", WHOLE_CENTRE] {
            assert!(own.is_disturbed_by(&other(line, within)), "{line}");
        }
        assert!(!own.is_disturbed_by(&other("leaks", within)));
        assert!(!own.is_disturbed_by(&other("billing", date(2026, 7, 6))));
        assert!(!own.is_disturbed_by(&own));
    }

    #[test]
    fn what_is_kept_reads_back() {
        let mut own = with(&[(Turn::Started, date(2026, 6, 1))]);
        own.facts.idea = Some(date(2026, 3, 1));
        let text = serde_json::to_string(&own).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), own);
        own.facts.comparison = Comparison::YearBefore;
        let text = serde_json::to_string(&own).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), own);
    }
}
