use jiff::civil::time;
use proptest::prelude::*;

use super::quiet::QuietHours;
use super::trial::{Outcome, Trial, Tried, choose, score_one};
use super::*;
use crate::domain::card::Advised;
use crate::forecast::demand::calendar::HALVES;

const HALF_HOUR_MS: i64 = 1_800_000;

fn span(at: usize) -> Span {
    let start_ms = i64::try_from(at).unwrap() * HALF_HOUR_MS;
    Span {
        start_ms,
        end_ms: start_ms + HALF_HOUR_MS,
    }
}

/// Consecutive half hours from 08:00 with these expected waits.
fn slots(expected_secs: &[f64]) -> Vec<Slot> {
    let slot = |(at, secs): (usize, &f64)| Slot {
        span: span(16 + at),
        index: (16 + at) % HALVES,
        expected_secs: Some(*secs),
        contacts: Some(20.0),
    };
    expected_secs.iter().enumerate().map(slot).collect()
}

fn outcomes(mean_secs: &[f64]) -> Vec<Outcome> {
    let outcome = |(at, secs): (usize, &f64)| Outcome {
        span: span(16 + at),
        index: (16 + at) % HALVES,
        callers: 10.0,
        mean_secs: *secs,
    };
    mean_secs.iter().enumerate().map(outcome).collect()
}

fn ask(now_secs: f64, expected_secs: &[f64], horizon: Horizon, limits: &Limits) -> Option<Advice> {
    advise(
        &Adviser::Shortest,
        now_secs,
        &slots(expected_secs),
        horizon,
        limits,
    )
}

const TWELVE: Horizon = Horizon::OpeningHours(12);

#[test]
fn the_shortest_expected_wait_is_advised() {
    let advice = ask(300.0, &[200.0, 40.0, 90.0], TWELVE, &Limits::default()).unwrap();
    assert_eq!(advice.slot, 1);
    assert!((advice.saves_secs - 260.0).abs() < 1e-9);
}

#[test]
fn nobody_is_sent_away_for_little() {
    for (now_secs, then_secs) in [(9.0, 0.0), (100.0, 70.0), (60.0, 60.0), (0.0, 0.0)] {
        assert_eq!(
            ask(now_secs, &[then_secs], TWELVE, &Limits::default()),
            None
        );
    }
    assert!(ask(100.0, &[60.0], TWELVE, &Limits::default()).is_some());
    assert_eq!(ask(100.0, &[], TWELVE, &Limits::default()), None);
}

#[test]
fn opening_hours_and_hours_bound_the_horizon() {
    let mut expected = vec![300.0; 30];
    expected[24] = 10.0;
    assert_eq!(ask(300.0, &expected, TWELVE, &Limits::default()), None);
    let longer = ask(300.0, &expected, Horizon::Hours(13), &Limits::default());
    assert_eq!(longer.unwrap().slot, 24);
}

#[test]
fn limits_hold_also_over_midnight() {
    let limits = |before, after| Limits {
        not_before: Some(time(before, 0, 0, 0)),
        not_after: Some(time(after, 0, 0, 0)),
    };
    let advice = ask(300.0, &[1.0, 2.0, 3.0, 4.0], TWELVE, &limits(9, 17)).unwrap();
    assert_eq!(advice.slot, 2, "09:00");
    let night = limits(22, 2);
    assert!(night.allow(44) && night.allow(4) && !night.allow(20));
}

#[test]
fn three_nearly_equal_slots_share_the_callers_by_spare_capacity() {
    let mut all = slots(&[100.0, 20.0, 60.0, 25.0, 30.0]);
    all[1].contacts = Some(10.0);
    all[3].contacts = Some(30.0);
    all[0].contacts = Some(40.0);
    let advice = advise(&Adviser::Shortest, 300.0, &all, TWELVE, &Limits::default()).unwrap();
    let named: Vec<usize> = advice.equal.iter().map(|(at, _)| *at).collect();
    assert_eq!(named, [1, 2, 3, 4]);
    let chances: Vec<f64> = advice.equal.iter().map(|(_, chance)| *chance).collect();
    assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!((chances[0] / chances[2] - 3.0).abs() < 1e-9, "{chances:?}");
}

#[test]
fn quiet_hours_are_whole_apart_and_not_rare() {
    // From 08:00: quiet at 09:00–10:00 and at 16:00–17:00; one caller at 17:30 who waited for nothing.
    let mut past = outcomes(&[90.0; 20]);
    for at in [2, 3] {
        past[at].mean_secs = 5.0;
    }
    for at in [16, 17] {
        past[at].mean_secs = 10.0;
    }
    past[19].callers = 1.0;
    past[19].mean_secs = 0.0;
    let days: Vec<Outcome> = [past.clone(), past.clone(), past].concat();
    let quiet = QuietHours::of(&days, 2);
    assert_eq!(quiet.halves(), [18..20, 32..34]);
    let best = QuietHours::of(&days, 1);
    assert_eq!((best.halves().len(), &best.halves()[0]), (1, &(18..20)));
    assert!(QuietHours::of(&[], 2).halves().is_empty());
}

#[test]
fn scores_are_those_worked_out_by_hand() {
    let mut score = Advised::default();
    // Possible 90; advised to the second, saved 70.
    score_one(
        &mut score,
        &outcomes(&[100.0, 10.0, 30.0]),
        TWELVE,
        &[(1, 1.0)],
    );
    // Possible 0; advised to a wait that is 20 s longer.
    score_one(&mut score, &outcomes(&[10.0, 30.0]), TWELVE, &[(0, 1.0)]);
    // Not advised.
    score_one(&mut score, &outcomes(&[100.0, 10.0]), TWELVE, &[]);
    assert!((score.possible_secs - 1_800.0).abs() < 1e-9);
    assert!((score.saved_secs - 500.0).abs() < 1e-9);
    assert_eq!(score.worse_share(), Some(0.5));
    assert!((score.advised_share().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(Advised::default().captured(), None);
    // A quarter is told the second, three quarters the third.
    let mut score = Advised::default();
    let named = [(0, 0.25), (1, 0.75)];
    score_one(&mut score, &outcomes(&[100.0, 20.0, 180.0]), TWELVE, &named);
    assert!((score.saved_secs - 10.0 * (0.25 * 80.0 - 0.75 * 80.0)).abs() < 1e-9);
    assert_eq!(score.worse_share(), Some(0.75));
}

#[test]
fn a_rule_that_captures_more_is_used() {
    let came = outcomes(&[100.0, 100.0, 5.0, 5.0, 100.0, 100.0]);
    let rule = QuietHours::of(&[came.clone(), came.clone(), came.clone()].concat(), 1);
    let trial = |expected: [f64; 6]| Trial {
        outcomes: came.clone(),
        asked: 2,
        expected_secs: expected.map(Some).into(),
        rules: vec![rule.clone()],
    };
    // The model has it that 10:00 is quickest, where it is 09:00.
    let wrong = trial([100.0, 100.0, 40.0, 40.0, 10.0, 100.0]);
    let right = trial([100.0, 100.0, 5.0, 40.0, 50.0, 100.0]);
    let chosen = |trial: &Trial, days| {
        choose(
            &vec![trial.clone(); days],
            std::slice::from_ref(&rule),
            TWELVE,
        )
    };
    assert_eq!(chosen(&wrong, 14), Adviser::Rule(rule.clone()));
    assert_eq!(
        chosen(&wrong, 3),
        Adviser::Shortest,
        "three days prove nothing"
    );
    assert_eq!(chosen(&right, 14), Adviser::Shortest);
    let always = wrong.score(Tried::RuleAlways(0), TWELVE);
    assert_eq!(always.captured(), Some(1.0));
}

proptest! {
    #[test]
    fn advice_saves_names_itself_and_stays_within_reach(
        now_secs in 0.0..2_000.0_f64,
        expected in prop::collection::vec(0.0..2_000.0_f64, 0..60),
    ) {
        if let Some(advice) = ask(now_secs, &expected, TWELVE, &Limits::default()) {
            prop_assert!(advice.saves_secs >= now_secs / 3.0 && advice.slot < 24);
            prop_assert!(advice.equal.iter().any(|(at, _)| *at == advice.slot));
            let sum: f64 = advice.equal.iter().map(|(_, chance)| chance).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            prop_assert!(advice.equal.iter().all(|(at, _)| is_worth_it(now_secs, expected[*at])));
        }
    }
}
