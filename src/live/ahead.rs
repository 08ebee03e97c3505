//! What is expected of a line: as forecast, where nothing is forecast as usual, and after what is so
//! now.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::verdict::UpcomingSlot;
use crate::domain::card::Foresight;
use crate::domain::event::Millis;
use crate::domain::period::{Span, local_day};
use crate::forecast::minutes::MinutesRange;
use crate::forecast::profile::{Slot, WeekProfile};
use crate::forecast::wait::carry::surprise;

const HALF_HOUR_MS: i64 = 30 * 60 * 1_000;

/// What is known of a line beside the live state.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The usual week.
    pub profile: WeekProfile,
    /// What was forecast for the next days, once it is.
    pub foresight: Option<Arc<Foresight>>,
    /// When it is open, from the beginning of today on, for some days, earliest first.
    pub hours: Vec<Span>,
    /// The half hours in which it is open at least a quarter, over the same days.
    pub halves: Vec<Span>,
}

impl Outlook {
    /// What is expected at an instant: as forecast, and where nothing is, as usual.
    #[must_use]
    pub fn expected(&self, at_ms: Millis, zone: &TimeZone) -> Slot {
        self.expected_after(None, at_ms, zone)
    }

    /// The same, after what is so now: hours that follow a longer wait than was foreseen, or a
    /// shorter one, are expected to be more like it, the nearer the more.
    #[must_use]
    pub fn expected_after(&self, now: Option<Surprise>, at_ms: Millis, zone: &TimeZone) -> Slot {
        let mut slot = *self.profile.slot_at(at_ms, zone);
        let Some(foresight) = self.foresight.as_deref() else {
            return slot;
        };
        let Some(told) = foresight.at(at_ms) else {
            return slot;
        };
        if let Some(contacts) = told.contacts {
            slot.expected_contacts = Some(contacts.expected);
        }
        if let Some(mut wait) = told.wait_secs {
            let now = now.and_then(|now| Some((now, now.halves_until(at_ms)?)));
            if let Some((now, halves)) = now {
                wait = foresight.issued.carry.after(wait, now.size, halves);
            }
            slot.typical = Some(MinutesRange::around(wait.low, wait.high));
            slot.median_mins = Some(wait.expected / 60.0);
        }
        slot
    }

    /// How far the wait of somebody who joins now is from what was forecast for now. Both are taken
    /// as they are shown, so that nothing finer can be read from what follows from it.
    #[must_use]
    pub fn surprise(
        &self,
        wait: Option<MinutesRange>,
        now_ms: Millis,
        zone: &TimeZone,
    ) -> Option<Surprise> {
        let foreseen = self.foresight.as_deref()?.at(now_ms)?.wait_secs?;
        let foreseen = MinutesRange::around(foreseen.low, foreseen.high);
        Some(Surprise {
            at_ms: now_ms,
            until_ms: Span::of_day(local_day(now_ms, zone), zone).end_ms,
            size: surprise(foreseen, wait?),
        })
    }
}

/// A wait that is not what was forecast for its half hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surprise {
    /// When.
    at_ms: Millis,
    /// It is forgotten when the local day is over.
    until_ms: Millis,
    /// As in [`crate::domain::card::Carry::surprise`].
    size: f64,
}

impl Surprise {
    /// How many half hours later an instant is; `None` if it is none of a later one of the day.
    fn halves_until(&self, at_ms: Millis) -> Option<i32> {
        let half = |at_ms: Millis| at_ms.div_euclid(HALF_HOUR_MS);
        let halves = half(at_ms) - half(self.at_ms);
        let halves = i32::try_from(halves).ok()?;
        (halves > 0 && at_ms < self.until_ms).then_some(halves)
    }
}

/// What is expected of the half hours of opening time, from the beginning of today on, for some
/// days, earliest first, after what is so now.
pub fn expect_halves<'a>(
    outlook: &'a Outlook,
    now: Option<Surprise>,
    zone: &'a TimeZone,
) -> impl Iterator<Item = UpcomingSlot> + 'a {
    outlook.halves.iter().map(move |span| {
        let usual = outlook.expected_after(now, span.start_ms, zone);
        UpcomingSlot {
            span: *span,
            typical: usual.typical,
            expected_contacts: usual.expected_contacts,
        }
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::card::{Carry, Foretold, Issued, IssuedSlot, Score};

    /// Midnight at the beginning of Monday 4 January 2021.
    const DAY_MS: Millis = 1_609_718_400_000;

    /// Every half hour of two days is foretold to take 1 to 4 minutes.
    fn outlook() -> Outlook {
        let slots = (0..96).map(|half| IssuedSlot {
            start_ms: DAY_MS + half * HALF_HOUR_MS,
            contacts: None,
            wait_secs: Some(Foretold::from((120.0, 60.0, 240.0))),
        });
        let issued = Issued {
            line: "billing".to_owned(),
            day: date(2021, 1, 4),
            issued_ms: DAY_MS,
            model: "m-1".to_owned(),
            weeks: 8,
            is_guess: false,
            is_simpler: false,
            quiet_halves: Vec::new(),
            pace: None,
            carry: Carry {
                share: 0.9,
                fade: 0.7,
            },
            slots: slots.collect(),
        };
        Outlook {
            profile: WeekProfile::unknown(),
            foresight: Some(Arc::new(Foresight {
                issued,
                record: Score::default(),
                ahead: Score::default(),
                shown: Score::default(),
            })),
            hours: Vec::new(),
            halves: Vec::new(),
        }
    }

    fn upper(outlook: &Outlook, now: Option<Surprise>, half: i64) -> i64 {
        let at_ms = DAY_MS + half * HALF_HOUR_MS;
        let slot = outlook.expected_after(now, at_ms, &TimeZone::UTC);
        slot.typical.map_or(0, MinutesRange::upper_mins)
    }

    #[test]
    fn a_long_wait_now_makes_the_next_hours_longer_and_tomorrow_no_longer() {
        let outlook = outlook();
        let now_ms = DAY_MS + 20 * HALF_HOUR_MS + 60_000;
        let wait = MinutesRange::around(900.0, 1_200.0);
        let now = outlook.surprise(Some(wait), now_ms, &TimeZone::UTC);
        assert!(now.is_some());
        let uppers: Vec<i64> = (21..28).map(|half| upper(&outlook, now, half)).collect();
        assert!(
            uppers.is_sorted_by(|next, later| next >= later),
            "{uppers:?}"
        );
        assert!(uppers[0] >= 10, "{uppers:?}");
        assert_eq!(upper(&outlook, now, 47), 5, "by night it is forgotten");
        assert_eq!(upper(&outlook, now, 49), 5, "tomorrow is as foretold");
        assert_eq!(upper(&outlook, now, 20), 5, "now was foretold as it was");
    }

    #[test]
    fn a_wait_as_foreseen_or_not_known_changes_nothing() {
        let outlook = outlook();
        let foreseen = MinutesRange::around(60.0, 240.0);
        for wait in [Some(foreseen), None] {
            let now = outlook.surprise(wait, DAY_MS, &TimeZone::UTC);
            assert_eq!(upper(&outlook, now, 1), 5);
        }
    }
}
