//! Ranges of minutes as the public sees them: rounded outward to a few steps, never precise.

/// The steps a range may start and end on; beyond the last is "more than 60".
pub const STEPS: [i64; 11] = [0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60];

/// What "more than 60" counts as when ranges are compared.
pub const BEYOND_MINS: i64 = 90;

/// A range of minutes on the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MinutesRange {
    /// Lower end, rounded down.
    pub low_mins: i64,
    /// Upper end, rounded up; `None` is "more than 60".
    pub high_mins: Option<i64>,
}

impl MinutesRange {
    /// The range of the steps around `[low_secs, high_secs]`. Always a range: the upper end is at
    /// least a minute, and an end that falls exactly on the other one moves the lower end down.
    #[must_use]
    pub fn around(low_secs: f64, high_secs: f64) -> Self {
        let fits_below = |step: &&i64| secs_of(**step) <= low_secs;
        let low_mins = STEPS.iter().rev().find(fits_below).copied().unwrap_or(0);
        let fits_above = |step: &&i64| secs_of(**step) >= high_secs;
        let high_mins = STEPS[1..].iter().find(fits_above).copied();
        if high_mins == Some(low_mins) {
            let below = STEPS.iter().rev().find(|step| **step < low_mins);
            return Self {
                low_mins: below.copied().unwrap_or(0),
                high_mins,
            };
        }
        Self {
            low_mins,
            high_mins,
        }
    }

    /// The upper end for comparing: "more than 60" is 90.
    #[must_use]
    pub fn upper_mins(self) -> i64 {
        self.high_mins.unwrap_or(BEYOND_MINS)
    }
}

/// The step after an upper end.
#[must_use]
pub fn step_after(upper_mins: i64) -> i64 {
    let later = STEPS.iter().find(|step| **step > upper_mins);
    later.copied().unwrap_or(BEYOND_MINS)
}

#[expect(clippy::cast_precision_loss, reason = "steps are at most 60")]
fn secs_of(mins: i64) -> f64 {
    mins as f64 * 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low_mins: i64, high_mins: Option<i64>) -> MinutesRange {
        MinutesRange {
            low_mins,
            high_mins,
        }
    }

    #[test]
    fn ends_are_rounded_outward() {
        assert_eq!(MinutesRange::around(299.0, 601.0), range(3, Some(15)));
        assert_eq!(MinutesRange::around(600.0, 1_200.0), range(10, Some(20)));
        assert_eq!(MinutesRange::around(0.0, 61.0), range(0, Some(2)));
    }

    #[test]
    fn no_wait_at_all_is_still_a_range() {
        assert_eq!(MinutesRange::around(0.0, 0.0), range(0, Some(1)));
        assert_eq!(MinutesRange::around(300.0, 300.0), range(3, Some(5)));
    }

    #[test]
    fn beyond_an_hour_has_no_upper_end_and_counts_as_ninety() {
        let long = MinutesRange::around(5_000.0, 9_000.0);
        assert_eq!(long, range(60, None));
        assert_eq!(long.upper_mins(), 90);
        assert_eq!(MinutesRange::around(10.0, f64::INFINITY), range(0, None));
    }

    #[test]
    fn one_step_more_follows_the_ladder() {
        assert_eq!([0, 3, 5, 60, 90].map(step_after), [1, 5, 10, 90, 90]);
    }
}
