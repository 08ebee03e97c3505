//! The scale of values of a pane: round steps from nought, or from below it where values are.

use super::{Form, Pane, height_of};

/// Where a pane's values end and at which steps they are written.
pub struct Scale {
    /// The end, in shown units.
    pub top: f64,
    /// Where it begins: nought, or below the lowest value.
    pub bottom: f64,
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
        let lowest = lowest(pane) / pane.divisor;
        let rough = ((highest - lowest) / most_steps).max(1e-9);
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
        let step = if highest > lowest { step } else { 1.0 };
        // A last step that would be mostly empty is left out: the pane ends just above its highest.
        let steps = (highest / step * 0.999).ceil();
        let steps = if lowest < 0.0 { steps } else { steps.max(1.0) };
        let is_full = highest > (steps - 0.4) * step || steps < 2.0;
        Self {
            top: if is_full {
                steps * step
            } else {
                highest * 1.04
            },
            bottom: (lowest / step * 0.999).floor() * step,
            step,
            number_marks,
        }
    }

    /// The values at which a line goes across.
    pub fn marks(&self) -> impl Iterator<Item = f64> + '_ {
        let mut mark = self.bottom;
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
        let text = grouped(mark.abs(), decimals, self.number_marks);
        if mark < 0.0 {
            format!("−{text}")
        } else {
            text
        }
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

/// Nought, or the lowest value where one is below it: only a difference of two shares can be.
fn lowest(pane: &Pane) -> f64 {
    let values = pane.series.points.iter().filter_map(height_of);
    let lowest = values.fold(0.0, f64::min);
    if lowest >= 0.0 {
        return 0.0;
    }
    let over = pane.compare.iter().chain(&pane.mean).flatten().copied();
    let band = pane.band.iter().flatten().map(|(low, _)| *low);
    let limits = pane.limits.iter().map(|limits| limits.lower);
    let others = over.chain(band).chain(limits).chain(pane.target);
    let all = others.filter(|value| value.is_finite());
    all.fold(lowest, f64::min)
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

#[cfg(test)]
mod tests {
    use super::super::tests::series;
    use super::*;
    use crate::domain::published::Shown;

    #[test]
    fn a_scale_begins_below_nought_only_where_values_do() {
        let scale = |values: &[f64]| {
            let values = values.iter().map(|value| (Shown::Value(*value), None));
            let pane = Pane::of(series(&values.collect::<Vec<_>>()), Form::Line);
            let scale = Scale::of(&pane, ('.', ','), 4.0);
            let marks: Vec<String> = scale.marks().map(|mark| scale.label(mark)).collect();
            (scale.bottom, marks)
        };
        let is = |(bottom, _): &(f64, Vec<String>), expected: f64| (bottom - expected).abs() < 1e-9;
        assert!(is(&scale(&[10.0, 35.0]), 0.0));
        let signed = scale(&[-35.0, 40.0]);
        assert!(is(&signed, -40.0));
        let marks = signed.1;
        assert_eq!(marks, ["−40", "−20", "0", "20", "40"]);
        assert_eq!(
            scale(&[-12.0, -8.0]).1.last().map(String::as_str),
            Some("0")
        );
    }
}
