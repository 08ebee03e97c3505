//! How long somebody who joins now will wait: a fallback of three simple estimators, and a range
//! learned from how earlier estimates turned out. Pure arithmetic; MEASURES.md, "Live wait".

use std::collections::VecDeque;

/// Version of the method, printed on `/method`.
pub const METHOD: &str = "median-of-three/1";

/// Departures and answers count for the estimate for this long.
pub const WINDOW_MS: i64 = 30 * 60 * 1_000;

/// What the estimators need to know of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueView {
    /// How many wait.
    pub waiting: usize,
    /// How long the one who has waited longest has waited so far.
    pub head_wait_ms: Option<i64>,
    /// How long the last one answered within the window had waited.
    pub last_answered_wait_ms: Option<i64>,
    /// How many left the queue within the window: answers and hang-ups.
    pub departures: usize,
}

/// The median of those available of (a) the wait of the last caller to be answered, (b) the wait
/// so far of the head of the queue, (c) waiting × mean time between departures; seconds.
/// Of two, their mean. `None` if people wait and nothing else is known.
#[must_use]
pub fn estimate_secs(queue: &QueueView) -> Option<f64> {
    let mut found: Vec<f64> = [queue.last_answered_wait_ms, queue.head_wait_ms]
        .into_iter()
        .flatten()
        .map(|wait_ms| secs(wait_ms.max(0)))
        .collect();
    found.extend(drain_secs(queue));
    found.sort_by(f64::total_cmp);
    let middle = found.len() / 2;
    match found.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(found[middle]),
        _ => Some(f64::midpoint(found[middle - 1], found[middle])),
    }
}

/// (c). Nobody waiting drains at once, however slow the departures are.
fn drain_secs(queue: &QueueView) -> Option<f64> {
    if queue.waiting == 0 {
        return Some(0.0);
    }
    let gap_secs = secs(WINDOW_MS) / count(queue.departures);
    (queue.departures > 0).then(|| count(queue.waiting) * gap_secs)
}

/// What an estimate turned out to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The estimate when the caller joined, seconds.
    pub estimate_secs: f64,
    /// How long the caller waited, seconds.
    pub wait_secs: f64,
    /// The caller left before being answered: the wait would have been longer than this.
    pub censored: bool,
}

/// Upper bounds of the classes of the estimate, seconds; the last class has none.
const CLASS_BOUNDS_SECS: [f64; 4] = [15.0, 60.0, 180.0, 480.0];

/// The pairs kept for each class: enough for steady tenths, few enough to follow a change.
const MOST_PAIRS: usize = 300;

/// With this many real pairs the assumed ones are no longer needed.
const ENOUGH_PAIRS: usize = 20;

/// Added to both sides of a ratio, so that an estimate of zero has ratios too.
const OFFSET_SECS: f64 = 30.0;

/// The assumption before anything is known: waits of 0.4 to 1.8 times the estimate.
const ASSUMED_RATIOS: [f64; 5] = [0.4, 0.7, 1.0, 1.35, 1.8];

/// How estimates of one line turned out lately, and the range that follows from it.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    classes: [VecDeque<Pair>; CLASS_BOUNDS_SECS.len() + 1],
}

/// One ratio of wait to estimate with its weight.
#[derive(Clone, Copy)]
struct Ratio {
    value: f64,
    weight: f64,
    censored: bool,
}

impl Calibration {
    /// Takes in how one estimate turned out; the oldest of its class is forgotten.
    pub fn record(&mut self, pair: Pair) {
        let class = &mut self.classes[class_of(pair.estimate_secs)];
        if class.len() == MOST_PAIRS {
            class.pop_front();
        }
        class.push_back(pair);
    }

    /// How many pairs are kept.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.classes.iter().map(VecDeque::len).sum()
    }

    /// The range that holds 80 % of the waits of callers who were given about this estimate,
    /// seconds: the first and last tenth of the ratios (wait + 30 s) / (estimate + 30 s) of its
    /// class, times this estimate. Those who gave up would have waited longer (Kaplan–Meier).
    #[must_use]
    pub fn range_secs(&self, estimate_secs: f64) -> (f64, f64) {
        let class = &self.classes[class_of(estimate_secs)];
        let mut ratios: Vec<Ratio> = class.iter().map(Ratio::of).collect();
        let missing = ENOUGH_PAIRS.saturating_sub(class.len());
        if missing > 0 {
            let weight = count(missing) / count(ENOUGH_PAIRS);
            ratios.extend(ASSUMED_RATIOS.map(|value| Ratio {
                value,
                weight,
                censored: false,
            }));
        }
        ratios.sort_by(|a, b| {
            a.value
                .total_cmp(&b.value)
                .then(a.censored.cmp(&b.censored))
        });
        let base = estimate_secs + OFFSET_SECS;
        let wait_at = |share| (base * quantile(&ratios, share) - OFFSET_SECS).max(0.0);
        (wait_at(0.1), wait_at(0.9))
    }
}

impl Ratio {
    fn of(pair: &Pair) -> Self {
        Self {
            value: (pair.wait_secs + OFFSET_SECS) / (pair.estimate_secs + OFFSET_SECS),
            weight: 1.0,
            censored: pair.censored,
        }
    }
}

fn class_of(estimate_secs: f64) -> usize {
    CLASS_BOUNDS_SECS.partition_point(|bound| estimate_secs > *bound)
}

/// The first ratio that `share` of all do not exceed, by the product-limit estimator. Where the
/// censored leave it open, the largest ratio seen.
fn quantile(sorted: &[Ratio], share: f64) -> f64 {
    let mut at_risk: f64 = sorted.iter().map(|ratio| ratio.weight).sum();
    let mut surviving = 1.0;
    for ratio in sorted {
        if !ratio.censored {
            surviving *= 1.0 - ratio.weight / at_risk;
            // The tolerance keeps rounding from moving an exact tenth to the next ratio.
            if 1.0 - surviving >= share - 1e-9 {
                return ratio.value;
            }
        }
        at_risk -= ratio.weight;
    }
    sorted.last().map_or(1.0, |ratio| ratio.value)
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
fn secs(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "queues are far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(
        waiting: usize,
        head_secs: Option<i64>,
        last_secs: Option<i64>,
        departures: usize,
    ) -> QueueView {
        QueueView {
            waiting,
            head_wait_ms: head_secs.map(|secs| secs * 1_000),
            last_answered_wait_ms: last_secs.map(|secs| secs * 1_000),
            departures,
        }
    }

    #[test]
    fn the_estimate_is_the_median_of_the_three() {
        // (c) = 6 waiting × 1800 s / 30 departures = 360 s.
        let all = queue(6, Some(200), Some(400), 30);
        assert_eq!(estimate_secs(&all), Some(360.0));
    }

    #[test]
    fn of_two_it_is_their_mean_and_of_one_itself() {
        assert_eq!(estimate_secs(&queue(6, Some(240), None, 30)), Some(300.0));
        assert_eq!(estimate_secs(&queue(3, Some(45), None, 0)), Some(45.0));
        assert_eq!(estimate_secs(&queue(3, None, None, 0)), None);
    }

    #[test]
    fn an_empty_queue_with_prompt_answers_means_no_wait() {
        assert_eq!(estimate_secs(&queue(0, None, Some(0), 12)), Some(0.0));
        assert_eq!(estimate_secs(&queue(0, None, None, 0)), Some(0.0));
    }

    #[test]
    fn without_experience_the_assumed_ratios_hold() {
        let (low, high) = Calibration::default().range_secs(300.0);
        assert!((low - (330.0 * 0.4 - 30.0)).abs() < 1e-6, "{low}");
        assert!((high - (330.0 * 1.8 - 30.0)).abs() < 1e-6, "{high}");
    }

    #[test]
    fn with_twenty_pairs_only_experience_counts() {
        let mut learned = Calibration::default();
        for tenth in 1..=20_u32 {
            learned.record(Pair {
                estimate_secs: 300.0,
                wait_secs: 100.0 * f64::from(tenth) / 2.0,
                censored: false,
            });
        }
        let (low, high) = learned.range_secs(300.0);
        assert!((low - 100.0).abs() < 1e-6, "{low}");
        assert!((high - 900.0).abs() < 1e-6, "{high}");
        assert!(
            learned.range_secs(10.0).1 < 60.0,
            "other classes are untouched"
        );
    }

    #[test]
    fn those_who_gave_up_push_the_upper_end_up() {
        let record = |censored: fn(u32) -> bool| {
            let mut learned = Calibration::default();
            for number in 1..=40_u32 {
                learned.record(Pair {
                    estimate_secs: 200.0,
                    wait_secs: f64::from(number) * 10.0,
                    censored: censored(number),
                });
            }
            learned.range_secs(200.0).1
        };
        let ignoring = record(|_| false);
        let honest = record(|number| number % 3 == 0 && number < 35);
        assert!(honest > ignoring, "{honest} {ignoring}");
    }

    #[test]
    fn old_pairs_are_forgotten() {
        let mut learned = Calibration::default();
        for wait_secs in std::iter::repeat_n(5_000.0, 300).chain(std::iter::repeat_n(30.0, 300)) {
            learned.record(Pair {
                estimate_secs: 30.0,
                wait_secs,
                censored: false,
            });
        }
        assert_eq!(learned.pairs(), 300);
        assert!(learned.range_secs(30.0).1 < 31.0);
    }
}
