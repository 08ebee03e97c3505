//! How the answers to a question are spread over its scores, as it may be published.
//!
//! Only of the whole centre, and only of whole weeks and months, as the figures of satisfaction
//! themselves. Scores with fewer than ten answers are merged with their neighbours, so that what
//! is published beside them (a share of some scores, a mean, a difference) gives none of them away.

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::civil::Date;

use super::disclosure::LEAST_OF_FACTS;
use super::disclosure::ratings::LEAST_FOR_A_RATING;
use super::facts::{Group, LineFact, Scale};
use super::period::Grain;
use super::record::DayRecord;

/// The answers with some neighbouring scores.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreShare {
    /// The scores.
    pub scores: RangeInclusive<u8>,
    /// How many answers they have.
    pub answers: i64,
    /// In percent of all answers.
    pub percent: f64,
}

/// The parts of a scale that a published figure is made of: 1–3 and 4–5, 0–6, 7–8 and 9–10, 1–4 and
/// 5–7.
const fn parts(scale: Scale) -> &'static [(u8, u8)] {
    match scale {
        Scale::Csat => &[(1, 3), (4, 5)],
        Scale::Nps => &[(0, 6), (7, 8), (9, 10)],
        Scale::Ces => &[(1, 4), (5, 7)],
    }
}

/// The spread of the answers of the week or month that begins with `first`, from the records of its
/// days that are over, in the order of the scores. Nothing is left out: the answers add up.
///
/// `None` for other grains, if the period does not begin with `first`, below 30 answers, or where a
/// whole part of the scale has so few answers that the published figure would give it away.
#[must_use]
pub fn spread(
    scale: Scale,
    (grain, first): (Grain, Date),
    records: &[Arc<DayRecord>],
) -> Option<Vec<ScoreShare>> {
    if grain < Grain::Week || grain.first_day(first) != first {
        return None;
    }
    let days = first..grain.next_first_day(first);
    let records = records.iter().filter(|record| days.contains(&record.day));
    let mut answers = [0; 11];
    for record in records {
        let facts: Vec<&LineFact> = record.facts.iter().collect();
        for (score, count) in answers.iter_mut().enumerate() {
            let score = u8::try_from(score).ok()?;
            *count += Group::Scores(scale, score, score).count(&facts);
        }
    }
    merge(scale, &answers)
}

/// `answers` has the number of answers at the place of each score.
fn merge(scale: Scale, answers: &[i64; 11]) -> Option<Vec<ScoreShare>> {
    let count =
        |(from, to): (u8, u8)| -> i64 { answers[usize::from(from)..=usize::from(to)].iter().sum() };
    let total = count(scale.scores());
    let is_small = |range: &(u8, u8)| (1..LEAST_OF_FACTS).contains(&count(*range));
    let parts = parts(scale);
    if total < LEAST_FOR_A_RATING || parts.iter().any(is_small) {
        return None;
    }
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for part in parts {
        ranges.extend(merge_part(*part, is_small));
    }
    let (least, most) = scale.scores();
    // With the mean, two scores that are merged alone could be told apart.
    if scale == Scale::Ces && ranges.len() < usize::from(most - least) + 1 {
        ranges = parts.to_vec();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let share = |range: (u8, u8)| ScoreShare {
        scores: range.0..=range.1,
        answers: count(range),
        percent: 100.0 * count(range) as f64 / total as f64,
    };
    Some(ranges.into_iter().map(share).collect())
}

/// The scores of a part, each by itself or with the next ones, so that none is small. What is left
/// at the end goes with the last.
fn merge_part((from, to): (u8, u8), is_small: impl Fn(&(u8, u8)) -> bool) -> Vec<(u8, u8)> {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    let mut start = from;
    for end in from..=to {
        // Zero is no secret, but what is merged with it would be.
        if !is_small(&(start, end)) {
            ranges.push((start, end));
            start = end + 1;
        }
    }
    while start <= to {
        start = ranges.pop().map_or(from, |(start, _)| start);
        if ranges.is_empty() || !is_small(&(start, to)) {
            ranges.push((start, to));
            break;
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::facts::DayFact;
    use crate::domain::packed::Packed;

    fn merged(scale: Scale, answers: &[i64]) -> Option<String> {
        let mut by_score = [0; 11];
        let first = usize::from(scale.scores().0);
        by_score[first..first + answers.len()].copy_from_slice(answers);
        let shares = merge(scale, &by_score)?;
        let told: i64 = shares.iter().map(|share| share.answers).sum();
        assert_eq!(told, answers.iter().sum::<i64>(), "the answers add up");
        let text = shares.iter().map(|share| {
            let (from, to) = share.scores.clone().into_inner();
            format!("{from}-{to}:{}", share.answers)
        });
        Some(text.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn scores_with_enough_answers_or_none_stand_alone() {
        let all = merged(Scale::Csat, &[10, 0, 12, 30, 50]);
        assert_eq!(all.unwrap(), "1-1:10 2-2:0 3-3:12 4-4:30 5-5:50");
    }

    #[test]
    fn a_small_score_goes_with_its_neighbour_within_its_part() {
        let small_first = merged(Scale::Csat, &[3, 12, 20, 30, 50]);
        assert_eq!(small_first.unwrap(), "1-2:15 3-3:20 4-4:30 5-5:50");
        let small_last = merged(Scale::Csat, &[12, 20, 3, 30, 50]);
        assert_eq!(small_last.unwrap(), "1-1:12 2-3:23 4-4:30 5-5:50");
        let small_after_zero = merged(Scale::Csat, &[20, 0, 3, 30, 50]);
        assert_eq!(small_after_zero.unwrap(), "1-3:23 4-4:30 5-5:50");
        let small_top = merged(Scale::Csat, &[12, 20, 30, 4, 50]);
        assert_eq!(small_top.unwrap(), "1-1:12 2-2:20 3-3:30 4-5:54");
    }

    #[test]
    fn a_small_part_or_few_answers_hide_the_spread() {
        assert_eq!(merged(Scale::Csat, &[1, 1, 2, 30, 50]), None);
        assert_eq!(merged(Scale::Csat, &[10, 0, 0, 10, 9]), None);
        let nps = [0, 0, 0, 0, 0, 0, 20, 3, 4, 10, 40];
        assert_eq!(
            merged(Scale::Nps, &nps),
            None,
            "7 and 8 could be worked out"
        );
    }

    #[test]
    fn beside_a_mean_only_whole_parts_are_safe() {
        let open = merged(Scale::Ces, &[10, 11, 12, 13, 14, 15, 16]);
        assert_eq!(open.unwrap().split(' ').count(), 7);
        let small = merged(Scale::Ces, &[3, 11, 12, 13, 14, 15, 16]);
        assert_eq!(small.unwrap(), "1-4:39 5-7:45");
    }

    #[test]
    fn a_spread_is_of_a_whole_week_or_month() {
        let monday = date(2026, 6, 1);
        let scored = |score, value| LineFact {
            line: "billing".to_owned(),
            fact: DayFact::Scored(Scale::Csat, score),
            value,
            is_revised: false,
        };
        let day = |day, facts| {
            let record = DayRecord::new(day, Packed::default(), None, false);
            Arc::new(record.with_facts(facts))
        };
        let records = [
            day(monday, vec![scored(1, 10), scored(5, 15)]),
            day(date(2026, 6, 7), vec![scored(5, 25)]),
            day(date(2026, 6, 8), vec![scored(5, 99)]),
        ];
        let of = |grain, first| spread(Scale::Csat, (grain, first), &records);
        let week = of(Grain::Week, monday).unwrap();
        let five = week.last().unwrap();
        assert_eq!((five.answers, five.percent), (40, 80.0));
        let month = of(Grain::Month, monday).unwrap();
        assert_eq!(month.last().unwrap().answers, 139);
        assert_eq!(of(Grain::Day, monday), None);
        assert_eq!(of(Grain::Week, date(2026, 6, 2)), None);
        assert_eq!(of(Grain::Month, date(2026, 6, 8)), None);
    }
}
