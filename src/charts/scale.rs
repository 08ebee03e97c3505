//! The scale of values of a pane: round steps from nought.

use super::{Form, Pane, height_of};

/// Where a pane's values end and at which steps they are written.
pub struct Scale {
    /// The end, in shown units.
    pub top: f64,
    step: f64,
    number_marks: (char, char),
}

impl Scale {
    /// A scale on which everything in the pane has room; `most_steps` lines across at most.
    pub fn of(pane: &Pane, number_marks: (char, char), most_steps: f64) -> Self {
        let highest = highest(pane) / pane.divisor;
        let highest = pane.top.map_or(highest, |top| {
            if highest > top / 2.0 {
                highest.max(top)
            } else {
                highest
            }
        });
        let rough = (highest / most_steps).max(1e-9);
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(power * 10.0);
        // A count has no halves.
        let step = if pane.is_count {
            step.max(1.0).round()
        } else {
            step
        };
        let step = if highest > 0.0 { step } else { 1.0 };
        // A last step that would be mostly empty is left out: the pane ends just above its highest.
        let steps = (highest / step * 0.999).ceil().max(1.0);
        let is_full = highest > (steps - 0.4) * step || steps < 2.0;
        Self {
            top: if is_full {
                steps * step
            } else {
                highest * 1.04
            },
            step,
            number_marks,
        }
    }

    /// The values at which a line goes across.
    pub fn marks(&self) -> impl Iterator<Item = f64> + '_ {
        let mut mark = 0.0;
        std::iter::from_fn(move || {
            let this = mark;
            mark += self.step;
            (this <= self.top * 1.001).then_some(this)
        })
    }

    /// What is written beside a line.
    pub fn label(&self, mark: f64) -> String {
        let decimals = if self.step.fract() == 0.0 {
            0
        } else {
            1 + usize::from(self.step < 0.1)
        };
        grouped(mark, decimals, self.number_marks)
    }

    /// Letters of the longest label.
    pub fn widest(&self) -> usize {
        let letters = self.marks().map(|mark| self.label(mark).chars().count());
        letters.max().unwrap_or(1)
    }
}

fn highest(pane: &Pane) -> f64 {
    let values = pane.series.points.iter().filter_map(height_of);
    let over = pane.compare.iter().chain(&pane.mean).flatten().copied();
    let band = pane.band.iter().flatten().map(|(_, high)| *high);
    let limits = pane.limits.iter().map(|limits| limits.upper);
    let boxes: Vec<f64> = pane.boxes.iter().flatten().map(|four| four[2]).collect();
    let others = over.chain(band).chain(limits).chain(pane.target);
    let all = others.filter(|value| value.is_finite());
    if pane.form == Form::Boxes {
        // The longest wait may be hours where nine in ten waited minutes: it may leave the picture.
        let usual = usual_top(boxes);
        let most = pane.boxes.iter().flatten().map(|four| four[3]);
        let most = most.filter(|value| value.is_finite()).fold(0.0, f64::max);
        return all.fold(most.min(usual * 2.5).max(usual), f64::max);
    }
    values.chain(all).fold(0.0, f64::max)
}

/// The highest of the tops of boxes, unless a twentieth of them is far above the others.
fn usual_top(mut tops: Vec<f64>) -> f64 {
    tops.retain(|top| top.is_finite());
    tops.sort_by(f64::total_cmp);
    let highest = tops.last().copied().unwrap_or(0.0);
    let rank = (tops.len() * 19).div_ceil(20).max(1) - 1;
    let usual = tops.get(rank).copied().unwrap_or(0.0);
    if usual > 0.0 && highest > usual * 4.0 {
        usual
    } else {
        highest
    }
}

fn grouped(value: f64, decimals: usize, (decimal_mark, thousands_mark): (char, char)) -> String {
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(thousands_mark);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(decimal_mark);
        text.push_str(fraction);
    }
    text
}
