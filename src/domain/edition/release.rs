//! The calendar of releases: a slot for every week, and what became of it.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use super::IsoWeek;
use crate::domain::event::Millis;
use crate::domain::period::{instant_ms, local_day};

/// A week is closed at this local time of the Monday after it, like its Sunday.
pub const CLOSES_AT: Time = Time::constant(4, 0, 0, 0);

/// Slots are announced so many weeks ahead: twelve months.
pub const WEEKS_AHEAD: i64 = 52;

const HOUR_MS: Millis = 3_600_000;
const DAY_MS: Millis = 24 * HOUR_MS;

/// When editions appear, from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Weeks that close on this local day or later appear by it.
    pub from: Date,
    /// Weekday, local.
    pub weekday: Weekday,
    /// Time, local; on a Monday after [`CLOSES_AT`].
    pub time: Time,
    /// How long after it a signature, or the facts themselves, may still come.
    pub grace_hours: i64,
}

impl Rule {
    /// Whether two say the same of when, from whatever day on.
    #[must_use]
    pub fn is_same_time(&self, other: &Self) -> bool {
        let when = |rule: &Self| (rule.weekday, rule.time, rule.grace_hours);
        when(self) == when(other)
    }
}

/// All rules there ever were, and the first week that has a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    since: IsoWeek,
    rules: Vec<Rule>,
}

/// The place of a week's edition in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The week it is of.
    pub week: IsoWeek,
    /// Its draft is made from here on.
    pub closes_ms: Millis,
    /// When it is due.
    pub due_ms: Millis,
    /// Until here it is on time enough.
    pub grace_until_ms: Millis,
}

impl Calendar {
    /// The calendar of these rules, of which the later recorded go before the earlier ones where
    /// both hold; none without a rule.
    #[must_use]
    pub fn new(since: IsoWeek, rules: Vec<Rule>) -> Option<Self> {
        (!rules.is_empty()).then_some(Self { since, rules })
    }

    /// The first week that has a slot.
    #[must_use]
    pub fn since(&self) -> IsoWeek {
        self.since
    }

    /// The slot of a week; none of one before the first. The rule that holds when the week closes
    /// decides: one that changes afterwards moves the next edition, not this one.
    #[must_use]
    pub fn slot(&self, week: IsoWeek, zone: &TimeZone) -> Option<Slot> {
        if week < self.since {
            return None;
        }
        let monday = week.days().end;
        let holds = |rule: &&Rule| rule.from <= monday;
        let rule = self.rules.iter().rev().find(holds);
        let rule = rule.or(self.rules.first())?;
        let days = i64::from(rule.weekday.to_monday_zero_offset());
        let day = monday.saturating_add(days.days());
        let due_ms = instant_ms(day.to_datetime(rule.time), zone);
        let closes_ms = instant_ms(monday.to_datetime(CLOSES_AT), zone);
        Some(Slot {
            week,
            closes_ms,
            due_ms: due_ms.max(closes_ms),
            grace_until_ms: due_ms.max(closes_ms) + rule.grace_hours * HOUR_MS,
        })
    }

    /// All slots from the first on, to those that are due twelve months from now, the earliest
    /// first.
    #[must_use]
    pub fn slots(&self, now_ms: Millis, zone: &TimeZone) -> Vec<Slot> {
        let this_week = IsoWeek::containing(local_day(now_ms, zone));
        let ahead = this_week.monday().saturating_add(WEEKS_AHEAD.weeks());
        self.slots_of(self.since..IsoWeek::containing(ahead), zone)
    }

    /// The slots of weeks that are closed, the earliest first.
    #[must_use]
    pub fn closed(&self, now_ms: Millis, zone: &TimeZone) -> Vec<Slot> {
        let next = IsoWeek::containing(local_day(now_ms, zone)).next();
        let slots = self.slots_of(self.since..next, zone).into_iter();
        slots.filter(|slot| slot.closes_ms <= now_ms).collect()
    }

    fn slots_of(&self, weeks: Range<IsoWeek>, zone: &TimeZone) -> Vec<Slot> {
        let all = std::iter::successors(Some(weeks.start), |week| Some(week.next()));
        let own = all.take_while(|week| *week < weeks.end);
        own.filter_map(|week| self.slot(week, zone)).collect()
    }
}

/// What is on record of a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// When the facts came out.
    pub facts_at_ms: Option<Millis>,
    /// When they were signed; before they came out or after.
    pub signed_at_ms: Option<Millis>,
    /// It was put on record that the facts were not out within grace.
    pub is_missed: bool,
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is out yet.
    Due,
    /// The facts are out, and a signature may still come within grace.
    Unsigned,
    /// Signed, on time.
    Published,
    /// The facts came out on time, the signature so many days after they were due.
    SignedLate {
        /// Days begun, at least one.
        days: i64,
    },
    /// The facts came out on time, and nobody signed within grace.
    NotSigned,
    /// The facts were not out within grace.
    Missed,
}

impl State {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Unsigned => "unsigned",
            Self::Published => "published",
            Self::SignedLate { .. } => "signed_late",
            Self::NotSigned => "not_signed",
            Self::Missed => "missed",
        }
    }
}

impl Slot {
    /// What became of it. What is on record decides, whatever clock says it is now.
    #[must_use]
    pub fn state(&self, done: Done, now_ms: Millis) -> State {
        let Some(facts_at_ms) = done.facts_at_ms else {
            let is_over = done.is_missed || now_ms >= self.grace_until_ms;
            return if is_over { State::Missed } else { State::Due };
        };
        if done.is_missed || facts_at_ms >= self.grace_until_ms {
            return State::Missed;
        }
        match done.signed_at_ms {
            Some(signed_ms) if signed_ms <= facts_at_ms => State::Published,
            Some(signed_ms) => {
                let late_ms = (signed_ms - self.due_ms).max(1);
                State::SignedLate {
                    days: (late_ms + DAY_MS - 1) / DAY_MS,
                }
            }
            None if now_ms < self.grace_until_ms => State::Unsigned,
            None => State::NotSigned,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/London").expect("the zone is known")
    }

    fn thursday() -> Rule {
        Rule {
            from: date(2026, 1, 1),
            weekday: Weekday::Thursday,
            time: time(10, 0, 0, 0),
            grace_hours: 48,
        }
    }

    fn calendar(rules: &[Rule]) -> Calendar {
        let since = "2026-W10".parse().expect("a week");
        Calendar::new(since, rules.to_vec()).expect("there is a rule")
    }

    fn week(text: &str) -> IsoWeek {
        text.parse().expect("a week")
    }

    fn local(slot: Option<Slot>) -> String {
        let due_ms = slot.expect("it has a slot").due_ms;
        crate::domain::period::civil(due_ms, &zone()).to_string()
    }

    #[test]
    fn a_slot_keeps_its_local_time_over_the_change_of_the_clock() {
        let own = calendar(&[thursday()]);
        assert_eq!(
            local(own.slot(week("2026-W12"), &zone())),
            "2026-03-26T10:00:00"
        );
        assert_eq!(
            local(own.slot(week("2026-W13"), &zone())),
            "2026-04-02T10:00:00"
        );
        let both = ["2026-W12", "2026-W13"].map(|name| own.slot(week(name), &zone()));
        let [Some(before), Some(after)] = both else {
            panic!("both have a slot")
        };
        assert_eq!(after.due_ms - before.due_ms, 7 * DAY_MS - HOUR_MS);
        let gap = Rule {
            weekday: Weekday::Sunday,
            time: time(1, 30, 0, 0),
            ..thursday()
        };
        let moved = calendar(&[gap]).slot(week("2026-W12"), &zone());
        assert_eq!(local(moved), "2026-03-29T02:30:00", "01:30 is skipped");
    }

    #[test]
    fn week_53_has_a_slot_of_its_own_and_weeks_before_the_first_have_none() {
        let own = calendar(&[thursday()]);
        assert_eq!(
            local(own.slot(week("2026-W53"), &zone())),
            "2027-01-07T10:00:00"
        );
        assert_eq!(own.slot(week("2026-W09"), &zone()), None);
        let now_ms = own.slot(week("2026-W46"), &zone()).expect("a slot").due_ms;
        let slots = own.slots(now_ms, &zone());
        assert_eq!(slots[0].week, week("2026-W10"));
        let names: Vec<String> = slots.iter().map(|slot| slot.week.to_string()).collect();
        assert!(names.contains(&"2026-W53".to_owned()) && names.contains(&"2027-W01".to_owned()));
        assert_eq!(slots.last().map(|slot| slot.week), Some(week("2027-W45")));
        assert!(
            own.closed(now_ms, &zone())
                .iter()
                .all(|slot| slot.closes_ms <= now_ms)
        );
    }

    #[test]
    fn a_calendar_changed_in_the_middle_of_a_week_moves_the_next_edition() {
        let friday = Rule {
            from: date(2026, 11, 18),
            weekday: Weekday::Friday,
            time: time(9, 0, 0, 0),
            grace_hours: 24,
        };
        let own = calendar(&[thursday(), friday]);
        // Week 46 closed on Monday 16 November, before the rule of Wednesday held.
        assert_eq!(
            local(own.slot(week("2026-W46"), &zone())),
            "2026-11-19T10:00:00"
        );
        assert_eq!(
            local(own.slot(week("2026-W47"), &zone())),
            "2026-11-27T09:00:00"
        );
    }

    #[test]
    fn the_state_follows_from_what_is_on_record() {
        let slot = calendar(&[thursday()]).slot(week("2026-W46"), &zone());
        let slot = slot.expect("a slot");
        let (due, late) = (slot.due_ms, slot.grace_until_ms);
        let state = |facts: Option<Millis>, signed: Option<Millis>, now_ms| {
            let done = Done {
                facts_at_ms: facts,
                signed_at_ms: signed,
                is_missed: false,
            };
            slot.state(done, now_ms)
        };
        assert_eq!(state(None, None, due), State::Due);
        assert_eq!(state(None, None, late), State::Missed);
        assert_eq!(state(Some(due), None, due), State::Unsigned);
        assert_eq!(state(Some(due), None, late), State::NotSigned);
        assert_eq!(state(Some(due), Some(due - 5), late), State::Published);
        let signed_late = |days| State::SignedLate { days };
        assert_eq!(state(Some(due), Some(due + 5), late), signed_late(1));
        assert_eq!(
            state(Some(due), Some(due + 4 * DAY_MS), late),
            signed_late(4)
        );
        assert_eq!(
            state(Some(late), Some(due), late),
            State::Missed,
            "for ever"
        );
        // The clock was set back: what is out stays out, what was missed stays missed.
        assert_eq!(state(Some(due), Some(due - 5), 0), State::Published);
        let missed = Done {
            is_missed: true,
            ..Done::default()
        };
        assert_eq!(slot.state(missed, 0), State::Missed);
    }
}
