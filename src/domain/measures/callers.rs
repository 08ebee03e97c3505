//! Ten callers: ten little figures that stand for everyone who tried, so that nobody can hide
//! in a denominator.

use crate::domain::tally::{BOUNDS_SECS, Count, Tally, Waits};

/// How a caller's attempt went, in the order in which the figures stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Answered within 2 minutes of being put on the line.
    AnsweredSoon,
    /// Answered within 2 to 10 minutes.
    AnsweredLater,
    /// Answered after more than 10 minutes.
    AnsweredLate,
    /// Hung up, in the menu or while waiting.
    GaveUp,
    /// Turned away or moved out of the queue by us.
    TurnedAway,
    /// Called back and reached.
    CallbackKept,
    /// Promised a call-back that failed.
    CallbackFailed,
}

impl Way {
    /// All ways, in their order.
    pub const ALL: [Self; 7] = [
        Self::AnsweredSoon,
        Self::AnsweredLater,
        Self::AnsweredLate,
        Self::GaveUp,
        Self::TurnedAway,
        Self::CallbackKept,
        Self::CallbackFailed,
    ];

    /// The word in JSON and in the keys of the language files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AnsweredSoon => "answered_soon",
            Self::AnsweredLater => "answered_later",
            Self::AnsweredLate => "answered_late",
            Self::GaveUp => "gave_up",
            Self::TurnedAway => "turned_away",
            Self::CallbackKept => "callback_kept",
            Self::CallbackFailed => "callback_failed",
        }
    }
}

/// Ten figures and what stands beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenCallers {
    /// How many of the ten went each way, in the order of [`Way::ALL`]; they sum to ten.
    pub figures: [u8; 7],
    /// How many callers the ten stand for.
    pub of: i64,
    /// Served by the menu: they did not want a person.
    pub self_served: i64,
    /// Still waiting, or still to be called back.
    pub still_open: i64,
    /// No end was ever reported.
    pub unexplained: i64,
}

const SOON_SECS: i64 = super::SOON_SECS;
const LATE_SECS: i64 = super::LONG_WAIT_SECS;
// Both must be bounds of the histogram, or the figures could not be read from it.
const _: () = assert!(BOUNDS_SECS[8] == SOON_SECS && BOUNDS_SECS[13] == LATE_SECS);

/// How many went each way. Those who are still open or unexplained went none yet.
#[must_use]
pub fn ways(tally: &Tally) -> [i64; 7] {
    let waits = tally.waits(Waits::Answered);
    let soon = waits.within(SOON_SECS).unwrap_or(0);
    let not_late = waits.within(LATE_SECS).unwrap_or(0);
    [
        soon,
        not_late - soon,
        waits.total() - not_late,
        tally.count(Count::LeftInMenu) + tally.count(Count::Abandoned),
        tally.count(Count::Refused) + tally.count(Count::Deflected),
        tally.count(Count::CallbacksKept),
        tally.count(Count::CallbacksFailed),
    ]
}

/// Ten figures for everyone whose attempt has ended, by largest remainder. `None` if nobody's has.
#[must_use]
pub fn ten_callers(tally: &Tally) -> Option<TenCallers> {
    let counts = ways(tally);
    let of: i64 = counts.iter().sum();
    Some(TenCallers {
        figures: tenths(&counts)?.try_into().ok()?,
        of,
        self_served: tally.count(Count::SelfServed),
        still_open: tally.count(Count::Waiting) + tally.count(Count::CallbacksPending),
        unexplained: tally.count(Count::Lost),
    })
}

/// Ten figures shared out among counts. Each gets the whole tenths it fills; the figures left over
/// go to the largest remainders, among equal ones to the count that stands first. `None` if there
/// is nobody, or fewer than nobody.
#[must_use]
pub fn tenths(counts: &[i64]) -> Option<Vec<u8>> {
    let of: i64 = counts.iter().sum();
    if of <= 0 || counts.iter().any(|count| *count < 0) {
        return None;
    }
    let whole = counts
        .iter()
        .map(|count| u8::try_from(count * 10 / of).ok());
    let mut figures: Vec<u8> = whole.collect::<Option<_>>()?;
    let remainders = counts.iter().enumerate();
    let mut remainders: Vec<(i64, usize)> = remainders
        .map(|(way, count)| (-(count * 10 % of), way))
        .collect();
    remainders.sort_unstable();
    let left_over = 10 - usize::from(figures.iter().sum::<u8>());
    for (_, way) in remainders.into_iter().take(left_over) {
        figures[way] += 1;
    }
    Some(figures)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_remainders_decide_who_gets_the_last_figures() {
        // 4.5, 3.3 and 2.2 tenths: 4, 3 and 2, and the tenth figure goes to the half.
        assert_eq!(
            tenths(&[45, 0, 0, 33, 22, 0, 0]),
            Some(vec![5, 0, 0, 3, 2, 0, 0])
        );
        // Three equal thirds: the way that stands first gets the fourth figure.
        assert_eq!(
            tenths(&[1, 1, 1, 0, 0, 0, 0]),
            Some(vec![4, 3, 3, 0, 0, 0, 0])
        );
        assert_eq!(tenths(&[3, -1]), None, "nobody counts less than nothing");
    }

    #[test]
    fn nobody_is_no_figure() {
        assert_eq!(ten_callers(&Tally::default()), None);
    }

    #[test]
    fn the_menu_the_open_and_the_unexplained_stand_beside() {
        let mut tally = Tally::default();
        tally.set(Count::SelfServed, 7);
        tally.set(Count::Waiting, 2);
        tally.set(Count::CallbacksPending, 3);
        tally.set(Count::Lost, 4);
        tally.set(Count::Refused, 6);
        tally.set(Count::Deflected, 6);
        tally.set(Count::Abandoned, 2);
        tally.set(Count::LeftInMenu, 1);
        tally.set(Count::CallbacksKept, 1);
        tally.set(Count::CallbacksFailed, 1);
        for wait_secs in [120, 121, 601] {
            tally.waits_mut(Waits::Answered).record(wait_secs * 1_000);
        }
        let ten = ten_callers(&tally).unwrap();
        assert_eq!(ten.of, 20);
        // Half a tenth each for the three answered and the two call-backs, 1.5 gave up, 6 were
        // turned away: 7 whole figures, then the first three remainders of a half.
        assert_eq!(ten.figures, [1, 1, 1, 1, 6, 0, 0]);
        assert_eq!(
            (ten.self_served, ten.still_open, ten.unexplained),
            (7, 5, 4)
        );
    }

    proptest! {
        #[test]
        fn there_are_always_ten_and_nobody_is_off_by_one(counts: [u16; 7]) {
            let counts = counts.map(i64::from);
            let of: i64 = counts.iter().sum();
            prop_assume!(of > 0);
            let figures = tenths(&counts).unwrap();
            prop_assert_eq!(figures.iter().map(|f| u32::from(*f)).sum::<u32>(), 10);
            for (figure, count) in figures.iter().zip(counts) {
                let distance = i64::from(*figure) * of - count * 10;
                prop_assert!(distance.abs() < of, "{} of {} got {}", count, of, figure);
            }
        }
    }
}
