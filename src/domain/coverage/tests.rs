use proptest::prelude::*;

use super::*;
use crate::domain::testing;

const QUARTER: i64 = 900_000;

/// From one quarter of an hour to another, counted from 1970.
fn quarters(from: i64, to: i64) -> Span {
    Span {
        start_ms: from * QUARTER,
        end_ms: to * QUARTER,
    }
}

fn coverage(spans: &[(&str, Span)], live: &[(&str, i64)], now_ms: i64) -> Coverage {
    let mut centre = testing::centre(&["billing"]);
    centre.sources = vec![
        testing::source("pbx", &[Count::Attempts, Count::Answered]),
        testing::source("chat", &[Count::Attempts]),
        testing::source("crm", &[Count::Resolved]),
    ];
    let spans: Vec<_> = spans
        .iter()
        .map(|(id, span)| ((*id).to_owned(), *span))
        .collect();
    let live = live
        .iter()
        .map(|(id, until)| ((*id).to_owned(), *until))
        .collect();
    Coverage::new(&centre, &spans, &live, now_ms)
}

#[test]
fn a_span_between_two_imports_is_not_covered() {
    let covered = coverage(&[("pbx", quarters(0, 4)), ("pbx", quarters(8, 12))], &[], 0)
        .of(&[Count::Attempts]);
    assert_eq!(covered.knowledge(quarters(3, 4)), Knowledge::Covered);
    assert_eq!(covered.knowledge(quarters(4, 5)), Knowledge::Uncovered);
    assert_eq!(covered.knowledge(quarters(3, 9)), Knowledge::Partly);
    assert_eq!(covered.knowledge(quarters(20, 21)), Knowledge::Uncovered);
}

#[test]
fn spans_that_touch_cover_what_lies_across() {
    let covered = coverage(&[("pbx", quarters(4, 8)), ("pbx", quarters(0, 4))], &[], 0)
        .of(&[Count::Attempts]);
    assert_eq!(covered.knowledge(quarters(2, 6)), Knowledge::Covered);
}

#[test]
fn a_source_is_missed_only_while_it_is_expected() {
    let spans = [
        ("pbx", quarters(0, 20)),
        ("chat", quarters(4, 8)),
        ("chat", quarters(12, 16)),
    ];
    let covered = coverage(&spans, &[], 0).of(&[Count::Attempts]);
    assert_eq!(covered.knowledge(quarters(0, 8)), Knowledge::Covered);
    assert_eq!(covered.knowledge(quarters(8, 12)), Knowledge::Uncovered);
    assert_eq!(covered.knowledge(quarters(12, 20)), Knowledge::Covered);
    // Only the PBX reports who was answered: the silence of the chat does not matter for it.
    let answered = coverage(&spans, &[], 0).of(&[Count::Answered]);
    assert_eq!(answered.knowledge(quarters(8, 12)), Knowledge::Covered);
}

#[test]
fn a_live_source_is_expected_until_now() {
    let spans = [("pbx", quarters(0, 20)), ("chat", quarters(4, 8))];
    let imported = coverage(&spans, &[], 0).of(&[Count::Attempts]);
    assert_eq!(imported.knowledge(quarters(9, 10)), Knowledge::Covered);
    let live = coverage(&spans, &[("chat", 20 * QUARTER)], 20 * QUARTER).of(&[Count::Attempts]);
    assert_eq!(live.knowledge(quarters(9, 10)), Knowledge::Uncovered);
}

#[test]
fn a_sign_of_life_under_way_leaves_no_gap() {
    let now_ms = 4 * QUARTER + 10_000;
    let heard_at = |end_ms| {
        let span = Span {
            start_ms: 0,
            end_ms,
        };
        coverage(&[("pbx", span)], &[("pbx", now_ms)], now_ms).of(&[Count::Attempts])
    };
    let young = heard_at(4 * QUARTER - 1_000);
    assert_eq!(young.knowledge(quarters(3, 4)), Knowledge::Covered);
    let delayed = heard_at(now_ms - DELAYED_AFTER_MS);
    assert_eq!(delayed.knowledge(quarters(3, 4)), Knowledge::Partly);
}

#[test]
fn what_nobody_reports_is_no_data_even_where_it_was_counted() {
    let coverage = coverage(&[("pbx", quarters(0, 4))], &[], 0);
    let covered = coverage.of(&[Count::Refused]);
    assert!(!covered.is_reported());
    let judged = covered.judge(quarters(0, 1), true, std::iter::empty());
    assert_eq!(judged, Reliability::NoData);
    assert!(
        !coverage
            .of(&[Count::Attempts, Count::Refused])
            .is_reported()
    );
}

#[test]
fn missing_closed_and_zero_are_three_things() {
    let covered = coverage(&[("pbx", quarters(0, 4))], &[], 0).of(&[Count::Attempts]);
    let judge = |span, counted| {
        let open = std::iter::once(quarters(0, 8));
        covered.judge(span, counted, open)
    };
    assert_eq!(judge(quarters(3, 4), false), Reliability::Good);
    assert_eq!(judge(quarters(4, 5), false), Reliability::NoData);
    assert_eq!(judge(quarters(4, 5), true), Reliability::Low);
    assert_eq!(judge(quarters(9, 10), false), Reliability::Closed);
    assert_eq!(judge(quarters(9, 10), true), Reliability::Low);
    assert_eq!(judge(quarters(2, 6), false), Reliability::Low);
}

#[test]
fn a_day_may_miss_two_percent_of_its_opening_time() {
    // 100 quarters of opening time, of which the last ones are missing.
    let judge = |covered_quarters, counted| {
        let spans = [("pbx", quarters(0, covered_quarters))];
        let covered = coverage(&spans, &[], 0).of(&[Count::Attempts]);
        covered.judge(quarters(0, 100), counted, std::iter::once(quarters(0, 100)))
    };
    assert_eq!(judge(98, true), Reliability::Good);
    assert_eq!(judge(97, true), Reliability::Low);
    assert_eq!(judge(98, false), Reliability::Good);
    assert_eq!(judge(97, false), Reliability::Low);
    // A gap outside of opening time is no gap.
    let spans = [("pbx", quarters(10, 20))];
    let covered = coverage(&spans, &[], 0).of(&[Count::Attempts]);
    let open = std::iter::once(quarters(12, 18));
    let judged = covered.judge(quarters(0, 100), false, open);
    assert_eq!(judged, Reliability::Good);
}

#[test]
fn lines_that_are_open_together_are_counted_once() {
    let covered = coverage(&[("pbx", quarters(0, 6))], &[], 0).of(&[Count::Attempts]);
    let opening = [quarters(4, 8), quarters(2, 6), quarters(4, 8)];
    assert_eq!(covered.opening_intervals(quarters(0, 96), &opening), (6, 4));
}

fn some_spans() -> impl Strategy<Value = Vec<Span>> {
    let span = (0_i64..60, 0_i64..12).prop_map(|(start, length)| Span {
        start_ms: start,
        end_ms: start + length,
    });
    prop::collection::vec(span, 0..8)
}

proptest! {
    #[test]
    fn spans_are_sets_of_instants(mine in some_spans(), theirs in some_spans()) {
        let (a, b) = (Spans::of(mine.clone()), Spans::of(theirs.clone()));
        let (both, without) = (a.intersect(&b), a.subtract(&b));
        let holds = |spans: &[Span], at| spans.iter().any(|span| span.contains(at));
        for at in -1..80 {
            let (in_a, in_b) = (holds(&mine, at), holds(&theirs, at));
            prop_assert_eq!(holds(&a.0, at), in_a);
            prop_assert_eq!(holds(&both.0, at), in_a && in_b);
            prop_assert_eq!(holds(&without.0, at), in_a && !in_b);
        }
        for spans in [a, b, both, without] {
            prop_assert!(spans.0.windows(2).all(|two| two[0].end_ms <= two[1].start_ms));
        }
    }
}
