//! What stands out in a week, by statistical weight: clear differences from other weeks, and
//! signals of the trend chart. Numbers only; the words are made from them by `words`.

use serde::{Deserialize, Serialize};

use crate::domain::analysis::{Change, change, known};
use crate::domain::event::Millis;
use crate::domain::measures::{Kind, Measure};
use crate::domain::published::Point;
use crate::domain::xmr::xmr;

use super::facts::decimal;

/// More than these nobody reads.
pub const MOST: usize = 12;

/// What the week differs from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The week before.
    Before,
    /// The same week last year.
    LastYear,
    /// What is usual in the last half year, by the trend chart.
    Usual,
}

/// Something that stands out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the measure.
    pub measure: String,
    /// What it differs from.
    pub against: Against,
    /// `up` or `down`; of a signal the side of the mean.
    pub change: String,
    /// The week's value.
    pub value: String,
    /// What it was then; the mean, of a signal.
    pub then: String,
    /// Differences in standard errors; of a signal, the distance from the mean in thirds of the
    /// limit. Two places.
    pub weight: String,
    /// The rule of the trend chart, of a signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// It in words, by language.
    pub words: std::collections::BTreeMap<String, String>,
}

/// A finding with the weight it is ordered by.
pub type Weighed = (f64, Finding);

/// The difference of two published points where it is clear; none where it cannot be judged.
#[must_use]
pub fn difference(
    measure: &Measure,
    against: Against,
    (now, then): (&Point, &Point),
    now_ms: Millis,
) -> Option<Weighed> {
    let changed = change(&measure.kind, now, then, now_ms)?;
    if changed == Change::Unclear {
        return None;
    }
    let weight = errors_apart(&measure.kind, now, then)?;
    let finding = Finding {
        measure: measure.id.to_owned(),
        against,
        change: changed.name().to_owned(),
        value: decimal(known(now)?)?,
        then: decimal(known(then)?)?,
        weight: format!("{weight:.2}"),
        rule: None,
        words: std::collections::BTreeMap::new(),
    };
    Some((weight, finding))
}

/// A signal of the trend chart at the last of weekly points.
#[must_use]
pub fn signal(measure: &Measure, weeks: &[Point]) -> Option<Weighed> {
    let values: Vec<Option<f64>> = weeks.iter().map(known).collect();
    let chart = xmr(&values)?;
    let last = values.len().checked_sub(1)?;
    let (_, rule) = chart.signals.iter().find(|(index, _)| *index == last)?;
    let value = values[last]?;
    let third = (chart.upper - chart.centre) / 3.0;
    // A line that never moved has no limits to be far from.
    let weight = if third > 0.0 {
        ((value - chart.centre) / third).abs()
    } else {
        0.0
    };
    let side = if value < chart.centre {
        Change::Down
    } else {
        Change::Up
    };
    let finding = Finding {
        measure: measure.id.to_owned(),
        against: Against::Usual,
        change: side.name().to_owned(),
        value: decimal(value)?,
        then: decimal(chart.centre)?,
        weight: format!("{weight:.2}"),
        rule: Some(rule.name().to_owned()),
        words: std::collections::BTreeMap::new(),
    };
    Some((weight, finding))
}

/// The heaviest first; equal ones by name, so that the order is the same each time.
#[must_use]
pub fn heaviest(mut all: Vec<Weighed>) -> Vec<Finding> {
    all.sort_by(|(a, one), (b, other)| {
        let names = (&one.measure, one.against).cmp(&(&other.measure, other.against));
        b.total_cmp(a).then(names)
    });
    all.into_iter().take(MOST).map(|(_, own)| own).collect()
}

/// How many standard errors two values are apart: counts with the spread of Poisson counts, shares
/// with the pooled share.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn errors_apart(kind: &Kind, now: &Point, then: &Point) -> Option<f64> {
    let (after, before) = (known(now)?, known(then)?);
    if matches!(kind, Kind::Count(_) | Kind::Facts(_)) {
        let error = (after + before).sqrt();
        return (error > 0.0).then(|| (after - before).abs() / error);
    }
    let whole = if matches!(kind, Kind::PerThousand { .. }) {
        1_000.0
    } else {
        100.0
    };
    let (n, m) = (now.n? as f64, then.n? as f64);
    let (p, q) = (after / whole, before / whole);
    let pooled = (p * n + q * m) / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    (error > 0.0).then(|| (p - q).abs() / error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::published::Shown;

    fn point(value: f64, n: i64) -> Point {
        Point {
            start_ms: 0,
            end_ms: 1,
            value: Shown::Value(value),
            n: Some(n),
            mark: None,
        }
    }

    fn measure(id: &str) -> &'static Measure {
        Measure::from_id(id).expect("a measure")
    }

    #[test]
    fn only_what_differs_clearly_is_found_and_weighed_in_standard_errors() {
        let attempts = measure("attempts");
        let found = |now, then| {
            let points = (&point(now, 0), &point(then, 0));
            difference(attempts, Against::Before, points, 10)
        };
        assert_eq!(found(1000.0, 1010.0), None);
        let (weight, finding) = found(1200.0, 1000.0).expect("clear");
        assert!((weight - 200.0 / 2200.0_f64.sqrt()).abs() < 1e-9);
        assert_eq!(
            (finding.change.as_str(), finding.weight.as_str()),
            ("up", "4.26")
        );
        let level = measure("service_level");
        let points = (&point(70.0, 1000), &point(80.0, 1000));
        let (weight, finding) = difference(level, Against::LastYear, points, 10).expect("clear");
        // p = 0.75, error = √(0.75 · 0.25 · 2/1000) = 0.019365.
        assert!((weight - 5.164).abs() < 0.001, "{weight}");
        assert_eq!(finding.change, "down");
    }

    #[test]
    fn a_signal_is_told_of_the_last_week_only() {
        let weeks = |values: &[f64]| -> Vec<Point> {
            values.iter().map(|value| point(*value, 0)).collect()
        };
        // Long enough that one loud week does not move the centre away from the quiet ones.
        let quiet = weeks(&[10.0, 12.0, 11.0, 13.0, 12.0, 11.0, 12.0].repeat(3));
        assert_eq!(signal(measure("attempts"), &quiet), None);
        let mut loud = quiet.clone();
        loud.push(point(40.0, 0));
        let (_, finding) = signal(measure("attempts"), &loud).expect("it is outside");
        assert_eq!(finding.rule.as_deref(), Some("outside"));
        loud.push(point(12.0, 0));
        assert_eq!(
            signal(measure("attempts"), &loud),
            None,
            "that was last week"
        );
    }

    #[test]
    fn the_heaviest_comes_first_and_no_more_than_can_be_read() {
        let one = |weight: f64, name: &str| {
            let points = (&point(1200.0, 0), &point(1000.0, 0));
            let found = difference(measure("attempts"), Against::Before, points, 10);
            let (_, finding) = found.expect("clear");
            let measure = name.to_owned();
            (weight, Finding { measure, ..finding })
        };
        let all = heaviest(vec![one(2.0, "b"), one(5.0, "c"), one(2.0, "a")]);
        let names: Vec<&str> = all.iter().map(|own| own.measure.as_str()).collect();
        assert_eq!(names, ["c", "a", "b"]);
        assert_eq!(heaviest(vec![one(1.0, "x"); 30]).len(), MOST);
    }
}
