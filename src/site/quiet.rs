//! Which of several nearly equal quiet times a page names first.
//!
//! If everybody were told the same one it would stop being quiet. So it is drawn at each tick,
//! with the chances the frame gives, and an open page keeps the one it was first told.

use crate::domain::event::Millis;
use crate::live::frame::{LineNow, LineState, QuietSlot, VerdictCode, WaitRange};
use crate::live::narrow::Narrowed;

use super::instant_ms;

/// "More than 60" as minutes, for differences.
const BEYOND_AN_HOUR_MINS: i64 = 90;

/// A line whose verdict names the drawn quiet time, and the other quiet times, earliest first.
#[must_use]
pub fn named(line: &LineNow, tick: i64, kept_ms: Option<Millis>) -> (LineNow, Vec<QuietSlot>) {
    choose(line, worthwhile(line), tick, kept_ms)
}

/// The same for somebody with limits. Who can call now is named what is better than now; who
/// cannot, any quiet time they can.
#[must_use]
pub fn named_within(
    narrowed: &Narrowed,
    tick: i64,
    kept_ms: Option<Millis>,
) -> (LineNow, Vec<QuietSlot>) {
    let line = &narrowed.line;
    if narrowed.can_call_now && line.state == LineState::Open {
        return named(line, tick, kept_ms);
    }
    choose(line, line.next_quiet.clone(), tick, kept_ms)
}

fn choose(
    line: &LineNow,
    mut slots: Vec<QuietSlot>,
    tick: i64,
    kept_ms: Option<Millis>,
) -> (LineNow, Vec<QuietSlot>) {
    let mut line = line.clone();
    let kept = kept_ms.and_then(|kept_ms| {
        slots
            .iter()
            .position(|slot| instant_ms(&slot.start) == Some(kept_ms))
    });
    let Some(index) = kept.or_else(|| draw(&slots, tick, &line.id)) else {
        return (line, slots);
    };
    let slot = slots.remove(index);
    let saves = line.wait.map(|now| upper(now) - upper(slot.wait));
    line.verdict.better_at = Some(slot.start);
    line.verdict.better_wait = Some(slot.wait);
    line.verdict.saves_mins = saves;
    (line, slots)
}

/// The quiet slots that are still better than now by the rule of the verdict.
fn worthwhile(line: &LineNow) -> Vec<QuietSlot> {
    if line.verdict.code != VerdictCode::Busy {
        return Vec::new();
    }
    let Some(now) = line.wait.map(upper) else {
        return Vec::new();
    };
    let gain = (now / 3).max(3);
    line.next_quiet
        .iter()
        .filter(|slot| upper(slot.wait) <= now - gain)
        .cloned()
        .collect()
}

/// The upper end of a range in minutes.
#[must_use]
pub fn upper(range: WaitRange) -> i64 {
    range.high_mins.unwrap_or(BEYOND_AN_HOUR_MINS)
}

fn draw(slots: &[QuietSlot], tick: i64, line: &str) -> Option<usize> {
    let weight = |slot: &QuietSlot| {
        if slot.weight.is_finite() {
            slot.weight.max(0.0)
        } else {
            0.0
        }
    };
    let total: f64 = slots.iter().map(weight).sum();
    if total <= 0.0 {
        return (!slots.is_empty()).then_some(0);
    }
    let mut left = fraction(tick, line) * total;
    for (index, slot) in slots.iter().enumerate() {
        left -= weight(slot);
        if left < 0.0 {
            return Some(index);
        }
    }
    slots.len().checked_sub(1)
}

/// A number in `[0, 1)` that is the same for everybody within a tick (FNV-1a, then mixed).
fn fraction(tick: i64, line: &str) -> f64 {
    let bytes = line.bytes().chain(tick.to_le_bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    let fraction = (hash >> 11) as f64 / (1_u64 << 53) as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::fixture;

    #[test]
    fn over_many_ticks_each_slot_is_named_by_its_weight() {
        let line = fixture::busy_line();
        let total = 4_000;
        let mut first = 0;
        for tick in 0..total {
            let (named, others) = named(&line, tick, None);
            assert_eq!(others.len(), line.next_quiet.len() - 1);
            if named.verdict.better_at.as_deref() == Some(line.next_quiet[0].start.as_str()) {
                first += 1;
            }
        }
        let share = f64::from(first) / 4_000.0;
        let weight = line.next_quiet[0].weight;
        assert!(
            (share - weight).abs() < 0.03,
            "{share} of the ticks, weight {weight}"
        );
    }

    #[test]
    fn an_open_page_keeps_the_time_it_was_told() {
        let line = fixture::busy_line();
        let told = instant_ms(&line.next_quiet[1].start);
        for tick in 0..50 {
            let (named, _) = named(&line, tick, told);
            assert_eq!(
                named.verdict.better_at.as_deref().and_then(instant_ms),
                told
            );
        }
    }

    #[test]
    fn a_slot_that_saves_too_little_is_not_named() {
        let mut line = fixture::busy_line();
        line.wait = Some(WaitRange {
            low_mins: 3,
            high_mins: Some(5),
        });
        let before = line.verdict.clone();
        let (named, others) = named(&line, 1, None);
        assert_eq!(named.verdict, before);
        assert!(others.is_empty());
    }
}
