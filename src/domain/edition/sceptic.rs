//! What somebody who doubts would ask of the facts before signing them.

use super::Facts;
use super::findings::Against;

/// Shares of fewer cases than this swing by chance.
const FEW_CASES: i64 = 30;

/// A reason to be careful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// These measures differ from one other week, and the trend gives no signal.
    TwoPoints(Vec<String>),
    /// These figures are of few cases.
    FewCases(Vec<String>),
    /// So many days are missing or of low reliability.
    MissingDays(usize),
    /// The definitions of these measures changed within the year.
    ChangedDefinitions(Vec<String>),
}

/// All doubts, in the order in which they are asked.
#[must_use]
pub fn doubts(facts: &Facts) -> Vec<Doubt> {
    let signals: Vec<&str> = facts
        .findings
        .iter()
        .filter(|own| own.against == Against::Usual)
        .map(|own| own.measure.as_str())
        .collect();
    let mut two_points: Vec<String> = facts
        .findings
        .iter()
        .filter(|own| own.against != Against::Usual && !signals.contains(&own.measure.as_str()))
        .map(|own| own.measure.clone())
        .collect();
    two_points.sort();
    two_points.dedup();
    let is_of_few = |own: &&super::facts::Figure| {
        let is_count = matches!(own.unit.as_str(), "contacts" | "complaints" | "surveys");
        !is_count && own.value.value.is_some() && own.value.n.is_some_and(|n| n < FEW_CASES)
    };
    let few = facts.figures.iter().filter(is_of_few);
    let few: Vec<String> = few.map(|own| own.measure.clone()).collect();
    let missing = facts.completeness.missing + facts.completeness.unreliable;
    let changed: Vec<String> = facts.breaks.iter().map(|own| own.measure.clone()).collect();
    let all = [
        (!two_points.is_empty()).then_some(Doubt::TwoPoints(two_points)),
        (!few.is_empty()).then_some(Doubt::FewCases(few)),
        (missing > 0).then_some(Doubt::MissingDays(missing)),
        (!changed.is_empty()).then_some(Doubt::ChangedDefinitions(changed)),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::edition::compare::{Read, facts};
    use crate::domain::measures::Measure;
    use crate::domain::published::{Mark, Point, Shown};

    fn read(id: &str, weeks: &[(f64, i64)], day: Option<Mark>) -> Read {
        let point = |value, n, mark| Point {
            start_ms: 0,
            end_ms: 1,
            value: Shown::Value(value),
            n: Some(n),
            mark,
        };
        Read {
            measure: Measure::from_id(id).expect("a measure"),
            line: "*".to_owned(),
            cause: None,
            weeks: weeks
                .iter()
                .map(|(value, n)| point(*value, *n, None))
                .collect(),
            last_year: None,
            days: vec![point(1.0, 1, day)],
            target: None,
            breaks: Vec::new(),
        }
    }

    #[test]
    fn few_cases_single_differences_and_gaps_are_asked_for() {
        let week = "2026-W46".parse().expect("a week");
        let all = [
            read(
                "attempts",
                &[(1000.0, 0), (1300.0, 0)],
                Some(Mark::Unreliable),
            ),
            read("csat", &[(80.0, 25)], None),
        ];
        let asked = doubts(&facts(week, "UTC", &all, 10));
        assert_eq!(
            asked[..3],
            [
                Doubt::TwoPoints(vec!["attempts".to_owned()]),
                Doubt::FewCases(vec!["csat".to_owned()]),
                Doubt::MissingDays(1),
            ]
        );
        let calm = [read("attempts", &[(1000.0, 0), (1001.0, 0)], None)];
        let asked = doubts(&facts(
            "2025-W46".parse().expect("a week"),
            "UTC",
            &calm,
            10,
        ));
        assert!(asked.is_empty(), "{asked:?}");
    }
}
