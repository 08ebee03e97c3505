//! The series itself and what lies over it: bars, lines, boxes, bands, limits, signs.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::brush::{At, Brush};
use super::draw::{Frame, index_f64};
use super::{DrawingFailed, Form, Pane};
use crate::domain::published::{Mark, Point, Shown};

/// Points closer together than this are joined to columns of one pixel.
const LEAST_STEP_PX: f64 = 1.5;
/// Dots are drawn where points are at least this far apart.
const DOT_STEP_PX: f64 = 7.0;

impl<DB: DrawingBackend> Brush<'_, DB> {
    /// Stretches that were closed or without data, behind everything else.
    pub fn stretches(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        for (mark, colour) in [
            (Mark::Closed, self.palette.shut),
            (Mark::NoData, self.palette.missing),
        ] {
            let is_such = |point: &Point| point.mark == Some(mark) && point.value == Shown::None;
            for (from, to) in runs(pane.series.points.len(), |index| {
                is_such(&pane.series.points[index])
            }) {
                let corners = [
                    (frame.x(index_f64(from)), frame.top),
                    (frame.x(index_f64(to)), frame.base),
                ];
                self.block(corners, colour)?;
            }
        }
        Ok(())
    }

    /// What is usual.
    pub fn band(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        let shown = |value: f64| value / pane.divisor;
        let is_known = |index: usize| pane.band[index].is_some();
        for (from, to) in runs(pane.band.len().min(frame.count), is_known) {
            let ends = || (from..to).filter_map(|index| Some((index, pane.band[index]?)));
            let place = |index: usize, part: f64, value: f64| {
                (frame.x(index_f64(index) + part), frame.y(shown(value)))
            };
            let high = ends().flat_map(|(i, (_, high))| [place(i, 0.0, high), place(i, 1.0, high)]);
            let low = ends().flat_map(|(i, (low, _))| [place(i, 0.0, low), place(i, 1.0, low)]);
            let low: Vec<At> = low.collect();
            let corners: Vec<At> = high.chain(low.into_iter().rev()).collect();
            self.shape(&corners, self.palette.band)?;
        }
        Ok(())
    }

    /// The series in its form.
    pub fn series(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        match pane.form {
            Form::Bars if frame.step() >= LEAST_STEP_PX => self.bars(pane, frame),
            Form::Bars => self.columns(pane, frame),
            Form::Boxes => self.boxes(pane, frame),
            Form::Line => self.line(pane, frame),
        }
    }

    fn bars(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        // A pixel or an eighth of the width between bars, whichever is less.
        let inset = (0.5 / frame.step()).min(0.12);
        for (index, point) in pane.series.points.iter().enumerate() {
            let Some(value) = value_of(point) else {
                continue;
            };
            let left = frame.x(index_f64(index) + inset);
            let right = frame.x(index_f64(index) + 1.0 - inset);
            // A measured zero is a sliver: it is not a gap.
            let top = frame.y(value / pane.divisor).min(frame.base - 1.5);
            let corners = [(left, top), (right, frame.base)];
            if may_change(point) {
                self.block(corners, self.palette.soft)?;
                self.outline(corners, self.palette.bar)?;
            } else {
                self.block(corners, self.palette.bar)?;
            }
        }
        Ok(())
    }

    /// More bars than pixels: the highest of each pixel.
    fn columns(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        for (first, last) in pixels(frame) {
            let points = pane.series.points[first..last].iter();
            let highest = points
                .filter_map(value_of)
                .fold(None, |most: Option<f64>, value| {
                    Some(most.map_or(value, |most| most.max(value)))
                });
            if let Some(value) = highest {
                let (left, right) = (frame.x(index_f64(first)), frame.x(index_f64(last)));
                let top = frame.y(value / pane.divisor).min(frame.base - 1.0);
                self.block([(left, top), (right, frame.base)], self.palette.bar)?;
            }
        }
        Ok(())
    }

    fn line(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        let points = &pane.series.points;
        let has_value = |index: usize| value_of(&points[index]).is_some();
        let dotted = frame.step() >= DOT_STEP_PX;
        for (from, to) in runs_in_time(points, has_value) {
            let values: Vec<Option<f64>> = points[from..to].iter().map(value_of).collect();
            let path = path(&values, from, pane.divisor, frame);
            if path.len() > 1 {
                self.stroke(&path, self.palette.line, 2.0)?;
            }
            for (index, point) in points.iter().enumerate().take(to).skip(from) {
                let Some(value) = value_of(point).filter(|_| dotted || to - from == 1) else {
                    continue;
                };
                let at = frame.middle(index, value / pane.divisor);
                if may_change(point) {
                    self.ring(at, 2.5, self.palette.line)?;
                } else {
                    self.dot(at, if dotted { 2.5 } else { 1.5 }, self.palette.line)?;
                }
            }
        }
        Ok(())
    }

    /// From one in ten to nine in ten, a line at the middle, a whisker to the longest. A sign at
    /// the edge where a box goes on above.
    fn boxes(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        let inset = (1.0 / frame.step()).clamp(0.1, 0.2);
        for (index, four) in pane.boxes.iter().enumerate().take(frame.count) {
            let Some([low, middle, high, most]) = four.map(|four| four.map(|v| v / pane.divisor))
            else {
                continue;
            };
            let left = frame.x(index_f64(index) + inset);
            let right = frame.x(index_f64(index) + 1.0 - inset);
            let centre = f64::midpoint(left, right);
            let whisker = [(centre, frame.y(high)), (centre, frame.y(most))];
            self.stroke(&whisker, self.palette.bar, 1.0)?;
            if most <= frame.highest {
                let end = [(left, frame.y(most)), (right, frame.y(most))];
                self.stroke(&end, self.palette.bar, 1.0)?;
            }
            let corners = [
                (left, frame.y(high)),
                (right, frame.y(low).max(frame.y(high) + 1.0)),
            ];
            self.block(corners, self.palette.soft)?;
            let line = [(left, frame.y(middle)), (right, frame.y(middle))];
            self.stroke(&line, self.palette.bar, 2.0)?;
            if high > frame.highest {
                let top = frame.y(high) + 1.0;
                let beyond = [
                    (centre, top),
                    (centre + 4.0, top + 6.0),
                    (centre - 4.0, top + 6.0),
                ];
                self.shape(&beyond, self.palette.ink)?;
            }
        }
        Ok(())
    }

    /// The comparison, the mean, the limits and the target.
    pub fn over(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        let across = |value: f64| {
            let y = frame.y(value / pane.divisor);
            [(frame.left, y), (frame.right, y)]
        };
        if let Some(target) = pane.target {
            self.stroke(&across(target), self.palette.target, 1.25)?;
        }
        other_line(&pane.compare, pane, frame, |path| {
            // A rim keeps the line apart from bars of any shade.
            self.stroke(path, self.palette.paper, 4.0)?;
            self.dashed(path, self.palette.compare, 1.75)
        })?;
        other_line(&pane.mean, pane, frame, |path| {
            self.stroke(path, self.palette.paper, 4.0)?;
            self.stroke(path, self.palette.mean, 2.0)
        })?;
        let Some(limits) = &pane.limits else {
            return Ok(());
        };
        self.stroke(&across(limits.centre), self.palette.axis, 1.0)?;
        self.dashed(&across(limits.upper), self.palette.limit, 1.25)?;
        if limits.lower > frame.lowest * pane.divisor {
            self.dashed(&across(limits.lower), self.palette.limit, 1.25)?;
        }
        for index in &limits.signals {
            if let Some(value) = pane.series.points.get(*index).and_then(value_of) {
                let at = frame.middle(*index, value / pane.divisor);
                self.ring(at, 4.5, self.palette.bound)?;
                self.dot(at, 2.0, self.palette.bound)?;
            }
        }
        Ok(())
    }

    /// Dots for withheld values at the base, arrows for bounds.
    pub fn signs(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        // Where points are closer than their signs, every second, third … would be drawn over.
        let every = (3.0 / frame.step()).ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few dozen"
        )]
        let every = every as usize;
        let mut last = None;
        for (index, point) in pane.series.points.iter().enumerate() {
            let is_sign = matches!(point.value, Shown::Under(_) | Shown::AtLeast(_))
                || (point.value == Shown::None && point.mark == Some(Mark::Withheld));
            if !is_sign || last.is_some_and(|last| index < last + every) {
                continue;
            }
            last = Some(index);
            let at = |value: f64| frame.middle(index, value / pane.divisor);
            match point.value {
                Shown::Under(bound) if bound.is_finite() => self.arrow(at(bound), 1.0)?,
                Shown::AtLeast(bound) if bound.is_finite() => self.arrow(at(bound), -1.0)?,
                _ => {
                    let (x, y) = at(0.0);
                    self.dot((x, y - 4.0), 1.8, self.palette.few)?;
                }
            }
        }
        Ok(())
    }

    /// A small triangle; `direction` 1 points down ("under"), −1 up ("at least").
    fn arrow(&self, (x, y): At, direction: f64) -> Result<(), DrawingFailed> {
        let colour: RGBColor = self.palette.bound;
        self.shape(
            &[(x - 4.0, y), (x + 4.0, y), (x, y + 6.0 * direction)],
            colour,
        )
    }
}

/// Another line over the series, broken where it is not known.
fn other_line(
    values: &[Option<f64>],
    pane: &Pane,
    frame: &Frame,
    draw: impl Fn(&[At]) -> Result<(), DrawingFailed>,
) -> Result<(), DrawingFailed> {
    let count = values.len().min(frame.count);
    let points = &pane.series.points[..count];
    for (from, to) in runs_in_time(points, |index| values[index].is_some()) {
        let mut path = path(&values[from..to], from, pane.divisor, frame);
        if let [(x, y)] = path[..] {
            path = vec![(x - 3.0, y), (x + 3.0, y)];
        }
        draw(&path)?;
    }
    Ok(())
}

/// The places of values that follow each other; where they are closer than pixels, the lowest and
/// highest of each pixel.
fn path(values: &[Option<f64>], from: usize, divisor: f64, frame: &Frame) -> Vec<At> {
    let place = |(offset, value): (usize, &Option<f64>)| {
        Some(frame.middle(from + offset, value.as_ref()? / divisor))
    };
    let all: Vec<At> = values.iter().enumerate().filter_map(place).collect();
    if frame.step() >= LEAST_STEP_PX / 2.0 {
        return all;
    }
    let mut path: Vec<At> = Vec::new();
    let mut column: Vec<At> = Vec::new();
    let mut flush = |column: &mut Vec<At>| {
        let ends = column
            .iter()
            .copied()
            .fold(None, |ends: Option<(At, At)>, at| {
                let (low, high) = ends.unwrap_or((at, at));
                Some((
                    if at.1 > low.1 { at } else { low },
                    if at.1 < high.1 { at } else { high },
                ))
            });
        if let Some((low, high)) = ends {
            let (first, second) = if low.0 <= high.0 {
                (low, high)
            } else {
                (high, low)
            };
            path.push(first);
            if second != first {
                path.push(second);
            }
        }
        column.clear();
    };
    for at in all {
        if column
            .first()
            .is_some_and(|first| first.0.floor() < at.0.floor())
        {
            flush(&mut column);
        }
        column.push(at);
    }
    flush(&mut column);
    path
}

/// The points of each pixel: `[from, to)`.
fn pixels(frame: &Frame) -> Vec<(usize, usize)> {
    let mut columns: Vec<(usize, usize)> = Vec::new();
    let mut last = None;
    for index in 0..frame.count {
        let pixel = frame.x(index_f64(index)).floor();
        match columns.last_mut() {
            Some((_, to)) if last == Some(pixel) => *to = index + 1,
            _ => columns.push((index, index + 1)),
        }
        last = Some(pixel);
    }
    columns
}

fn value_of(point: &Point) -> Option<f64> {
    match point.value {
        Shown::Value(value) if value.is_finite() => Some(value),
        _ => None,
    }
}

fn may_change(point: &Point) -> bool {
    matches!(point.mark, Some(Mark::Provisional | Mark::Unreliable))
}

/// Stretches of consecutive indices for which something holds: `[from, to)`.
fn runs(count: usize, holds: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for index in (0..count).filter(|index| holds(*index)) {
        match runs.last_mut() {
            Some((_, to)) if *to == index => *to = index + 1,
            _ => runs.push((index, index + 1)),
        }
    }
    runs
}

/// The same, ended also where time was left out or the series breaks: a line does not join two days
/// over a night that is not shown, nor what cannot be compared.
fn runs_in_time(points: &[Point], holds: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut split = Vec::new();
    for (from, to) in runs(points.len(), holds) {
        let mut start = from;
        for index in from + 1..to {
            let is_broken = points[index].mark == Some(Mark::Break);
            if is_broken || points[index - 1].end_ms != points[index].start_ms {
                split.push((start, index));
                start = index;
            }
        }
        split.push((start, to));
    }
    split
}
