//! The verdict for somebody who can call at some times only ("not before 16:00, not after 19:00").
//!
//! What is said about now stays as it is; better times are looked for among those they can.

use jiff::tz::TimeZone;

use super::frame::{LineNow, LineState, QuietSlot, VerdictCode, WaitRange};
use super::publish::{quiet_slot, rfc3339, verdict_of};
use super::verdict::{Ruling, Situation, UpcomingSlot, judge};
use crate::domain::event::Millis;
use crate::domain::period::{Span, local_day};
use crate::forecast::minutes::{MinutesRange, step_after};

const HALF_HOUR_MS: i64 = 30 * 60 * 1_000;

/// What is expected of a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ahead {
    /// Its half hours of opening time from the beginning of today on, earliest first: some days.
    pub slots: Vec<UpcomingSlot>,
    /// The contacts of the busiest half hour of the week.
    pub peak_contacts: Option<f64>,
}

impl Ahead {
    /// The quiet half hours that begin in a span, by the rule of the verdict over all of it: those
    /// whose upper end is at most the good wait, or one step above the lowest. Equal weights.
    #[must_use]
    pub fn quiet_slots(&self, good_mins: i64, span: Span) -> Vec<QuietSlot> {
        let known: Vec<(Span, MinutesRange)> = self
            .slots
            .iter()
            .filter(|slot| span.contains(slot.span.start_ms))
            .filter_map(|slot| Some((slot.span, slot.typical?)))
            .collect();
        let lowest = known.iter().map(|(_, wait)| wait.upper_mins()).min();
        let limit = lowest.map_or(good_mins, |lowest| good_mins.max(step_after(lowest)));
        known
            .into_iter()
            .filter(|(_, wait)| wait.upper_mins() <= limit)
            .map(|(span, wait)| QuietSlot {
                start: rfc3339(span.start_ms),
                end: rfc3339(span.end_ms),
                wait: wait.into(),
                weight: 1.0,
            })
            .collect()
    }
}

/// What was found within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A time to call, or that now is one.
    Time,
    /// They can call now, and no later time is better by the rule of the verdict.
    NothingBetter,
    /// The line is open then, but the usual waits are not known.
    Unknown,
    /// The line is not open then.
    NotOpen,
}

/// A line as it is for somebody with limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Narrowed {
    /// The line: verdict and quiet times are those within the limits, all of one local day. The
    /// sentence of the verdict is empty.
    pub line: LineNow,
    /// What was found.
    pub found: Found,
    /// Whether now is within the limits.
    pub can_call_now: bool,
}

/// Narrows a line to the half hours whose start `within` allows; `at_ms` is now. `ahead` is what is
/// expected of the line, `good_mins` its good wait.
#[must_use]
pub fn narrow(
    line: &LineNow,
    good_mins: i64,
    ahead: &Ahead,
    within: impl Fn(Millis) -> bool,
    (at_ms, zone): (Millis, &TimeZone),
) -> Narrowed {
    let can_call_now = within(at_ms);
    let later = ahead.slots.iter().filter(|slot| slot.span.start_ms > at_ms);
    let slots: Vec<UpcomingSlot> = later
        .filter(|slot| within(slot.span.start_ms))
        .copied()
        .collect();
    let is_open = line.state == LineState::Open;
    // Who cannot call now compares with the first time they can, as the closed do with the opening.
    let situation = if can_call_now && is_open {
        Situation::Open(line.wait.or(line.typical).map(MinutesRange::from))
    } else {
        Situation::Closed
    };
    let ruling = judge(situation, good_mins, &slots, ahead.peak_contacts);
    let found = match (situation, ruling.better, ruling.code) {
        (_, Some(_), _) | (_, None, VerdictCode::Good) => Found::Time,
        (Situation::Open(_), None, _) => Found::NothingBetter,
        _ if slots.is_empty() => Found::NotOpen,
        _ => Found::Unknown,
    };
    let mut narrowed = line.clone();
    narrowed.verdict = verdict_of(&ruling);
    narrowed.next_quiet = quiet_that_day(&ruling, zone);
    if situation == Situation::Closed {
        narrowed.verdict.code = match line.verdict.code {
            VerdictCode::AsGoodAsItGets => VerdictCode::Busy,
            code => code,
        };
        let now = line.wait.filter(|_| is_open);
        let then = narrowed.verdict.better_wait;
        let upper = |range: WaitRange| MinutesRange::from(range).upper_mins();
        let saves = now.zip(then).map(|(now, then)| upper(now) - upper(then));
        narrowed.verdict.saves_mins = saves.filter(|mins| *mins > 0);
    }
    Narrowed {
        line: narrowed,
        found,
        can_call_now,
    }
}

/// The better time and the quiet times of its local day, earliest first, weights summing to 1:
/// somebody with an hour left today is not sent to tomorrow.
fn quiet_that_day(ruling: &Ruling, zone: &TimeZone) -> Vec<QuietSlot> {
    let Some(better) = ruling.better else {
        return Vec::new();
    };
    let day = local_day(better.at_ms, zone);
    let quiet = ruling.quiet.iter();
    let mut slots: Vec<QuietSlot> = quiet
        .filter(|(slot, _)| local_day(slot.span.start_ms, zone) == day)
        .filter_map(quiet_slot)
        .collect();
    let named = rfc3339(better.at_ms);
    if !slots.iter().any(|slot| slot.start == named) {
        slots = vec![QuietSlot {
            start: named,
            end: rfc3339(better.at_ms + HALF_HOUR_MS),
            wait: better.wait.into(),
            weight: 1.0,
        }];
    }
    let sum: f64 = slots.iter().map(|slot| slot.weight).sum();
    for slot in &mut slots {
        slot.weight /= sum;
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Today, Verdict};
    use super::*;

    /// Monday 4 January 2021, 10:00 UTC.
    const NOW_MS: Millis = 1_609_754_400_000;
    const DAY_MS: Millis = 48 * HALF_HOUR_MS;

    fn range(high_mins: i64) -> WaitRange {
        WaitRange {
            low_mins: 0,
            high_mins: Some(high_mins),
        }
    }

    fn line(code: VerdictCode, wait: Option<i64>) -> LineNow {
        LineNow {
            id: "billing".into(),
            name: "Billing".into(),
            phone: None,
            state: if code == VerdictCode::Closed {
                LineState::Closed
            } else {
                LineState::Open
            },
            opens_at: None,
            closes_at: None,
            last_seen_at: None,
            waiting: None,
            waiting_below: None,
            longest_wait_secs: None,
            answered_last_half_hour: None,
            staffed_at_least: None,
            wait: wait.map(range),
            typical: None,
            verdict: Verdict {
                code,
                better_at: None,
                better_wait: None,
                saves_mins: None,
                text: String::new(),
            },
            next_quiet: Vec::new(),
            ranges_right: None,
            today: Today::default(),
            strip: Vec::new(),
        }
    }

    /// Two days, open from 8:00 to 18:00, usually up to 20 minutes, up to `quiet` from 16:00 on.
    fn ahead(quiet: i64) -> Ahead {
        let midnight_ms = NOW_MS - NOW_MS.rem_euclid(DAY_MS);
        let halves = [0, 1]
            .into_iter()
            .flat_map(|day| (16..36).map(move |half| (day, half)));
        let slot = |(day, half): (i64, i64)| {
            let start_ms = midnight_ms + day * DAY_MS + half * HALF_HOUR_MS;
            UpcomingSlot {
                span: Span {
                    start_ms,
                    end_ms: start_ms + HALF_HOUR_MS,
                },
                typical: Some(range(if half < 32 { 20 } else { quiet }).into()),
                expected_contacts: Some(10.0),
            }
        };
        Ahead {
            slots: halves.map(slot).collect(),
            peak_contacts: Some(40.0),
        }
    }

    fn narrowed(line: &LineNow, quiet: i64, hours: std::ops::Range<i64>) -> Narrowed {
        let within = |at_ms: Millis| hours.contains(&(at_ms.rem_euclid(DAY_MS) / 3_600_000));
        narrow(line, 5, &ahead(quiet), within, (NOW_MS, &TimeZone::UTC))
    }

    #[test]
    fn a_later_time_within_the_limits_is_named_for_who_cannot_call_now() {
        let found = narrowed(&line(VerdictCode::Busy, Some(20)), 3, 16..18);
        assert_eq!((found.found, found.can_call_now), (Found::Time, false));
        let verdict = &found.line.verdict;
        assert_eq!(verdict.code, VerdictCode::Busy, "what is said of now stays");
        assert_eq!(verdict.better_at.as_deref(), Some("2021-01-04T16:00:00Z"));
        assert_eq!(verdict.saves_mins, Some(17));
        assert_eq!(found.line.next_quiet.len(), 4, "those of today only");
        let sum: f64 = found.line.next_quiet.iter().map(|slot| slot.weight).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }

    #[test]
    fn when_nothing_is_left_today_it_is_tomorrow() {
        let found = narrowed(&line(VerdictCode::Good, Some(2)), 3, 8..10);
        assert_eq!(found.line.verdict.code, VerdictCode::Good);
        let better = found.line.verdict.better_at;
        assert_eq!(better.as_deref(), Some("2021-01-05T08:00:00Z"));
        assert_eq!(found.line.verdict.saves_mins, None, "it is worse than now");
    }

    #[test]
    fn within_the_limits_the_rule_of_the_verdict_holds() {
        let found = narrowed(&line(VerdictCode::Busy, Some(20)), 3, 8..12);
        assert_eq!(
            (found.found, found.can_call_now),
            (Found::NothingBetter, true)
        );
        assert!(found.line.verdict.better_at.is_none() && found.line.next_quiet.is_empty());
        let found = narrowed(&line(VerdictCode::Good, Some(3)), 3, 8..18);
        assert_eq!(
            (found.found, found.line.verdict.code),
            (Found::Time, VerdictCode::Good)
        );
        assert!(found.line.verdict.better_at.is_none());
    }

    #[test]
    fn hours_at_which_the_line_is_never_open_are_told_apart_from_unknown_waits() {
        let closed = line(VerdictCode::Closed, None);
        assert_eq!(narrowed(&closed, 3, 3..5).found, Found::NotOpen);
        let mut unknown = ahead(3);
        for slot in &mut unknown.slots {
            slot.typical = None;
        }
        let found = narrow(&closed, 5, &unknown, |_| true, (NOW_MS, &TimeZone::UTC));
        assert_eq!(found.found, Found::Unknown);
    }
}
