use super::replay::{Stay, replay, replay_judging};
use super::{LiveWaits, Method};
use crate::domain::event::ContactKey;

fn key(number: u64) -> ContactKey {
    let mut key = [0; 16];
    key[8..].copy_from_slice(&number.to_be_bytes());
    ContactKey(key)
}

fn stay(number: u64, joined_secs: i64, wait_secs: i64, answered: bool) -> Stay {
    Stay {
        key: key(number),
        line: "billing".to_owned(),
        joined_ms: joined_secs * 1_000,
        left: Some(((joined_secs + wait_secs) * 1_000, answered)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "waits of minutes")]
fn secs(wait_ms: i64) -> f64 {
    wait_ms as f64 / 1_000.0
}

/// A queue that fills and empties: who joins every 20 s waits 30 s for each one before.
fn rush(callers: u64) -> Vec<Stay> {
    let one = |number: u64| {
        let place = i64::try_from(number % 20).unwrap();
        let joined_secs = i64::try_from(number / 20).unwrap() * 1_200 + place * 20;
        stay(
            number,
            joined_secs,
            5 + place * 10,
            !number.is_multiple_of(9),
        )
    };
    (0..callers).map(one).collect()
}

#[test]
fn similar_states_are_learned_and_beat_the_simple_estimators() {
    let stays = rush(2_000);
    let (mut missed, mut simple, mut judged, mut within) = (0.0, 0.0, 0.0, 0.0);
    let learner = replay_judging(
        &stays,
        30_000_000,
        |_, _| None,
        |stay, told| {
            let wait_secs = secs(stay.left.unwrap().0 - stay.joined_ms);
            let forecast = told.forecast.unwrap();
            if forecast.method == Method::Similar {
                missed += (forecast.expected_secs - wait_secs).abs();
                let said = told.said_secs[Method::MedianOfThree as usize].unwrap_or(0.0);
                simple += (said - wait_secs).abs();
                let (low, high) = (forecast.low_secs, forecast.high_secs);
                within += if (low..=high).contains(&wait_secs) {
                    1.0
                } else {
                    0.0
                };
                judged += 1.0;
            }
        },
    );
    assert!(judged > 200.0, "{judged} of {}", learner.samples());
    assert!(missed < 0.5 * simple, "{missed} {simple}");
    assert!(within / judged > 0.7, "{}", within / judged);
}

#[test]
fn nobody_known_says_nothing_and_an_empty_line_is_no_wait() {
    let learner = LiveWaits::default();
    let forecast = learner.forecast("billing", 0, None).unwrap();
    assert_eq!(forecast.method, Method::MedianOfThree);
    assert!(forecast.expected_secs.abs() < 1e-9);
    assert_eq!(learner.share_at_once("billing", 0), None);
}

#[test]
fn the_best_method_of_the_last_callers_is_used() {
    // Waits have nothing to do with the queue, but always are what the half hour says.
    let mut learner = LiveWaits::default();
    for number in 0..400_u64 {
        let at_ms = i64::try_from(number).unwrap() * 60_000;
        let by_chance = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (number << 7);
        let by_chance = (by_chance ^ (by_chance >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 63;
        let wait_ms = if by_chance == 0 { 10_000 } else { 50_000 };
        learner.join("billing", key(number), at_ms, Some(secs(wait_ms)));
        learner.leave(key(number), at_ms + wait_ms, true);
    }
    let forecast = learner.forecast("billing", 24_000_000, Some(77.0)).unwrap();
    assert_eq!(forecast.method, Method::Slot);
    assert!((forecast.expected_secs - 77.0).abs() < 1e-9);
    assert!(forecast.low_secs <= 77.0 && 77.0 <= forecast.high_secs);
}

#[test]
fn those_answered_at_once_teach_no_waits_but_are_counted() {
    let mut learner = LiveWaits::default();
    for number in 0..100 {
        learner.join("billing", key(number), 1_000, None);
        learner.leave(key(number), 1_000, true);
    }
    assert_eq!(learner.samples(), 0);
    assert_eq!(learner.share_at_once("billing", 2_000), Some(1.0));
}

#[test]
fn who_is_withdrawn_or_told_twice_is_not_counted() {
    let mut learner = LiveWaits::default();
    learner.join("billing", key(1), 1_000, None);
    learner.join("billing", key(1), 2_000, None);
    learner.withdraw(key(1));
    learner.leave(key(1), 9_000, true);
    learner.leave(key(2), 9_000, true);
    assert_eq!(learner.samples(), 0);
}

#[test]
fn a_replay_does_not_depend_on_the_order_it_is_given() {
    let stays = rush(600);
    let mut backwards = stays.clone();
    backwards.reverse();
    let forecast =
        |stays: &[Stay]| replay(stays, |_, _| None).forecast("billing", 99_000_000, None);
    assert_eq!(forecast(&stays), forecast(&backwards));
}

#[test]
fn zero_waits_huge_waits_and_a_years_gap_are_survived() {
    let mut stays = rush(500);
    stays.push(stay(9_000, 40_000, 900_000, true));
    stays.push(stay(9_001, 40_000, 0, true));
    let year_secs = 365 * 86_400;
    let later = rush(100).into_iter().map(|stay| Stay {
        key: key(u64::from_be_bytes(stay.key.0[8..].try_into().unwrap()) + 50_000),
        joined_ms: stay.joined_ms + year_secs * 1_000,
        left: stay
            .left
            .map(|(at_ms, answered)| (at_ms + year_secs * 1_000, answered)),
        ..stay
    });
    stays.extend(later);
    let learner = replay(&stays, |_, _| None);
    let forecast = learner
        .forecast("billing", (year_secs + 9_000) * 1_000, None)
        .unwrap();
    assert!(forecast.expected_secs.is_finite() && forecast.expected_secs < 600.0);
    assert!(forecast.low_secs <= forecast.high_secs);
    let other = learner.forecast("moving", (year_secs + 9_000) * 1_000, None);
    assert!(
        other.is_some(),
        "a line without calls learns from the others"
    );
}
