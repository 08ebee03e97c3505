//! The model that learns day by day: totals times shapes, several of each, the best of them mixed
//! by their own past errors. Nothing is chosen in hindsight: what is said of a day is said with
//! what was known at its origin.

use super::calendar::Calendar;
use super::features::Features;
use super::history::Day;
use super::level::{FAR, Filter, Pace};
use super::shape::{Memory, Shape};

/// Totals that are tried.
fn paces() -> Vec<Pace> {
    let mut paces = Vec::new();
    for month in [1.0, 0.05] {
        for (fluctuation, memory) in [(0.5, 0.8), (0.0, 0.0), (1.0, 0.9)] {
            for level in [0.01, 0.05, 0.002] {
                paces.push(Pace {
                    level,
                    fluctuation,
                    memory,
                    month,
                });
            }
        }
    }
    paces
}

/// Shapes that are tried: fast, slow, and one for lines with few contacts.
const MEMORIES: [Memory; 3] = [
    Memory {
        half_life_days: 84.0,
        pooled_days: 2.0,
        is_smooth: false,
    },
    Memory {
        half_life_days: 21.0,
        pooled_days: 2.0,
        is_smooth: false,
    },
    Memory {
        half_life_days: 182.0,
        pooled_days: 20.0,
        is_smooth: true,
    },
];

/// Shapes.
pub const SHAPES: usize = MEMORIES.len();

/// A day on which less than this share of the usual total can be known teaches nothing.
const LEAST_KNOWN: f64 = 0.1;

/// Weeks until an error counts half in the choice.
const ERROR_HALF_LIFE: f64 = 13.0;

/// How many of the best totals are mixed.
const BEST_TOTALS: usize = 4;

/// How many of the best shapes are mixed.
const BEST_SHAPES: usize = 2;

/// The expected contacts of the half hours of one day.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Of the mix; as long as the day's half hours, 0 where it is closed.
    pub mixed: Vec<f64>,
    /// Of each shape with the mixed total.
    pub by_shape: [Vec<f64>; SHAPES],
    /// Total of each filter, of the known half hours.
    pub totals: Vec<f64>,
}

/// Everything that learns.
#[derive(Clone, Debug)]
pub struct Model {
    features: Features,
    filters: Vec<Filter>,
    shapes: Vec<Shape>,
    total_errors: Vec<f64>,
    shape_errors: Vec<f64>,
    learned_days: u32,
}

impl Model {
    /// A model that knows nothing, for a history of so many days.
    #[must_use]
    pub fn new(calendar: &Calendar<'_>, days: usize) -> Self {
        let features = Features::of(calendar, days);
        let filters = paces().into_iter();
        let filters: Vec<Filter> = filters
            .map(|pace| Filter::new(&features.kinds, pace))
            .collect();
        Self {
            total_errors: vec![0.0; filters.len()],
            shape_errors: vec![0.0; SHAPES],
            shapes: MEMORIES.into_iter().map(Shape::new).collect(),
            features,
            filters,
            learned_days: 0,
        }
    }

    /// The numbers of a day.
    #[must_use]
    pub fn row(&self, calendar: &Calendar<'_>, day: &Day) -> Vec<f64> {
        self.features.row(calendar, day)
    }

    /// How many days it learned from.
    #[must_use]
    pub fn learned_days(&self) -> u32 {
        self.learned_days
    }

    /// What it expects of a day, `ahead` days after the last one that went by.
    #[must_use]
    pub fn expect(&self, day: &Day, row: &[f64], ahead: usize) -> Told {
        if self.learned_days == 0 {
            return Told::default();
        }
        let logs: Vec<f64> = self
            .filters
            .iter()
            .map(|filter| filter.expect(row, ahead))
            .collect();
        let best = best_of(&self.total_errors, BEST_TOTALS);
        let log = mean(best.iter().map(|at| logs[*at]));
        let total = (log.exp() - 0.5).max(0.0);
        let of_shape = |shape: &Shape| -> Vec<f64> {
            let halves = day.plan.halves.iter();
            halves
                .map(|half| {
                    if half.is_open {
                        total * shape.share(day.weekday, half.index)
                    } else {
                        0.0
                    }
                })
                .collect()
        };
        let by_shape: [Vec<f64>; SHAPES] = std::array::from_fn(|at| of_shape(&self.shapes[at]));
        let best = best_of(&self.shape_errors, BEST_SHAPES);
        let halves = 0..day.plan.halves.len();
        let mixed = halves.map(|half| mean(best.iter().map(|at| by_shape[*at][half])));
        let known = self.shapes[0].sum(day, true);
        Told {
            mixed: mixed.collect(),
            totals: logs
                .iter()
                .map(|log| known * (log.exp() - 0.5).max(0.0))
                .collect(),
            by_shape,
        }
    }

    /// A week of errors is over: what was told against what came.
    pub fn judge(&mut self, told: &[(Told, &Day)]) {
        let fade = 0.5_f64.powf(1.0 / ERROR_HALF_LIFE);
        let errors = self.total_errors.iter_mut();
        for error in errors.chain(&mut self.shape_errors) {
            *error *= fade;
        }
        for (told, day) in told {
            if day.known() == 0 {
                continue;
            }
            let came = day.contacts();
            for (error, total) in self.total_errors.iter_mut().zip(&told.totals) {
                // However large a flood was, it does not make those right who always tell more.
                *error += (came - total).abs().min(total.max(1.0));
            }
            for (error, halves) in self.shape_errors.iter_mut().zip(&told.by_shape) {
                let both = day.counts.iter().zip(halves);
                *error += both
                    .filter_map(|(count, told)| Some((count.as_ref()? - told).abs()))
                    .sum::<f64>();
            }
        }
    }

    /// A day goes by; it is learned as far as it is known.
    pub fn learn(&mut self, day: &Day, row: &[f64]) {
        for filter in &mut self.filters {
            filter.pass();
        }
        for shape in &mut self.shapes {
            shape.pass();
        }
        if day.known() == 0 {
            return;
        }
        let came = day.contacts();
        let share = self.shapes[0].known_share(day);
        if share < LEAST_KNOWN {
            return;
        }
        let total = came / share;
        let log = (total + 0.5).ln();
        let filters = self.filters.iter_mut();
        let offs: Vec<f64> = filters
            .map(|filter| filter.learn(row, log, 1.0 / (came + 1.0)))
            .collect();
        if !day.plan.is_holiday {
            let off = mean(offs.iter().map(|off| off.abs()));
            let weight = (FAR / off).min(1.0).powi(2);
            for shape in &mut self.shapes {
                shape.learn(day, total, weight);
            }
        }
        self.learned_days += 1;
    }
}

/// The places of the smallest errors; of equals, the first.
fn best_of(errors: &[f64], most: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..errors.len()).collect();
    places.sort_by(|a, b| errors[*a].total_cmp(&errors[*b]));
    places.truncate(most);
    places
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0_u32), |(sum, n), value| (sum + value, n + 1));
    if n > 0 { sum / f64::from(n) } else { 0.0 }
}
