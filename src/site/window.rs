//! Quiet half hours that follow each other, as one window: what many may hear at once is told no
//! single moment.

use super::instant_ms;
use crate::domain::event::Millis;
use crate::live::frame::{LineNow, QuietSlot, WaitRange};

/// A stretch of quiet time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where it begins.
    pub from_ms: Millis,
    /// Where it ends.
    pub until_ms: Millis,
    /// A range that holds those of all its half hours.
    pub wait: WaitRange,
}

/// The windows of quiet half hours, earliest first.
#[must_use]
pub fn windows(slots: &[QuietSlot]) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for slot in slots {
        let (Some(from_ms), Some(until_ms)) = (instant_ms(&slot.start), instant_ms(&slot.end))
        else {
            continue;
        };
        match windows.last_mut() {
            Some(last) if last.until_ms == from_ms => {
                last.until_ms = until_ms;
                last.wait = joined(last.wait, slot.wait);
            }
            _ => windows.push(Window {
                from_ms,
                until_ms,
                wait: slot.wait,
            }),
        }
    }
    windows
}

/// The next window of a line.
#[must_use]
pub fn next_window(line: &LineNow) -> Option<Window> {
    windows(&line.next_quiet).first().copied()
}

fn joined(a: WaitRange, b: WaitRange) -> WaitRange {
    WaitRange {
        low_mins: a.low_mins.min(b.low_mins),
        // "More than 60" is more than any number.
        high_mins: a.high_mins.zip(b.high_mins).map(|(a, b)| a.max(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;

    #[test]
    fn half_hours_that_touch_are_one_window_with_a_range_that_holds_all() {
        let line = fixture::busy_line();
        let window = next_window(&line).expect("a window");
        assert_eq!(window.until_ms - window.from_ms, 3 * 1_800_000);
        let expected = WaitRange {
            low_mins: 1,
            high_mins: Some(5),
        };
        assert_eq!(window.wait, expected);
        let apart = [line.next_quiet[0].clone(), line.next_quiet[2].clone()];
        assert_eq!(windows(&apart).len(), 2);
        assert!(windows(&[]).is_empty());
    }
}
