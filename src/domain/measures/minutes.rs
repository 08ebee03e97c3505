//! Waits as they are said to people: a range of minutes on a few steps, never a false precision.

/// The steps, minutes. Beyond the last it is "more than 60".
pub const MINUTE_STEPS: [i64; 11] = [0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60];

/// A range of minutes on the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinutesRange {
    /// Lower end.
    pub low_mins: i64,
    /// Upper end; `None` is "more than 60".
    pub high_mins: Option<i64>,
}

/// Rounds a range of seconds outwards to the steps: an underestimate costs more trust than an
/// overestimate. An upper end that is not a number is "more than 60".
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "the steps are at most 60")]
pub fn round_range(low_secs: f64, high_secs: f64) -> MinutesRange {
    let low_mins = low_secs.min(high_secs) / 60.0;
    let high_mins = if high_secs.is_nan() {
        f64::INFINITY
    } else {
        low_secs.max(high_secs) / 60.0
    };
    let mut steps = MINUTE_STEPS.into_iter();
    MinutesRange {
        low_mins: steps
            .clone()
            .rfind(|step| *step as f64 <= low_mins)
            .unwrap_or(0),
        high_mins: steps.find(|step| *step as f64 >= high_mins),
    }
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
    fn the_lower_end_goes_down_and_the_upper_end_up() {
        assert_eq!(round_range(660.0, 1_100.0), range(10, Some(20)));
        assert_eq!(round_range(599.9, 600.1), range(5, Some(15)));
    }

    #[test]
    fn a_step_itself_stays() {
        for step in MINUTE_STEPS {
            let secs = f64::from(i32::try_from(step).unwrap()) * 60.0;
            assert_eq!(round_range(secs, secs), range(step, Some(step)));
        }
    }

    #[test]
    fn more_than_an_hour_has_no_upper_end() {
        assert_eq!(round_range(50.0 * 60.0, 3_601.0), range(45, None));
        assert_eq!(round_range(9_000.0, f64::INFINITY), range(60, None));
    }

    #[test]
    fn unknown_ends_are_the_widest_range() {
        assert_eq!(round_range(f64::NAN, f64::NAN), range(0, None));
        assert_eq!(round_range(-3.0, 20.0), range(0, Some(1)));
        assert_eq!(round_range(120.0, f64::NAN), range(2, None));
    }

    #[test]
    fn a_range_the_wrong_way_round_is_turned() {
        assert_eq!(round_range(300.0, 60.0), range(1, Some(5)));
    }
}
