//! Lays a picture out: title, keys, panes under each other, times below.

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::text_anchor::HPos;

use super::brush::{At, Brush, TEXT_PX, width_of};
use super::scale::Scale;
use super::theme::Palette;
use super::{DrawingFailed, Key, Pane, Picture};
use crate::domain::published::Mark;

const LEFT_PX: f64 = 4.0;
const RIGHT_PX: f64 = 6.0;
const BELOW_PX: f64 = 24.0;
const ABOVE_PX: f64 = 22.0;
const TITLE_PX: f64 = 32.0;
const KEYS_PX: f64 = 20.0;
const BETWEEN_PX: f64 = 8.0;
/// A pane of this height has room for four steps of its scale.
const STEP_PX: f64 = 60.0;

/// What is drawn on.
#[derive(Clone, Copy)]
pub struct Surface {
    /// Device pixels per CSS pixel.
    pub fineness: u32,
    /// Dashes must be drawn one by one.
    pub dashes_itself: bool,
}

/// Where the points of a pane lie, in CSS pixels.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Left end of the first point.
    pub left: f64,
    /// Right end of the last point.
    pub right: f64,
    /// Where the scale ends.
    pub top: f64,
    /// Where it begins.
    pub base: f64,
    /// Points.
    pub count: usize,
    /// The value at the top, in shown units.
    pub highest: f64,
    /// The value at the base, in shown units: nought, or below it.
    pub lowest: f64,
}

impl Frame {
    /// Where the start of a point, and parts of it, lie.
    pub fn x(&self, index: f64) -> f64 {
        self.left + (self.right - self.left) * index / index_f64(self.count.max(1))
    }

    /// Where a value in shown units lies; what is beyond the scale lies at its ends.
    pub fn y(&self, value: f64) -> f64 {
        let part = (value - self.lowest) / (self.highest - self.lowest);
        let part = part.clamp(0.0, 1.0);
        self.base - (self.base - self.top) * part
    }

    /// The middle of a point at a value in shown units.
    pub fn middle(&self, index: usize, value: f64) -> At {
        (self.x(index_f64(index) + 0.5), self.y(value))
    }

    /// How wide a point is.
    pub fn step(&self) -> f64 {
        (self.right - self.left) / index_f64(self.count.max(1))
    }
}

/// Draws all of it.
pub fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    picture: &Picture,
    palette: &Palette,
    surface: Surface,
) -> Result<(), DrawingFailed> {
    let brush = Brush {
        area,
        palette,
        fineness: f64::from(surface.fineness),
        dashes_itself: surface.dashes_itself,
    };
    let mut head = 0.0;
    if picture.stands_alone {
        brush.text(&picture.title, (LEFT_PX, TITLE_PX * 0.5), HPos::Left, 14.0)?;
        head += TITLE_PX;
        if !picture.keys.is_empty() {
            keys(&brush, picture, head + KEYS_PX * 0.4)?;
            head += KEYS_PX;
        }
    }
    let heights = pane_heights(picture, head);
    let scale = |pane: &Pane, height: f64| {
        let most_steps = (height / STEP_PX).clamp(2.0, 5.0);
        Scale::of(pane, picture.number_marks, most_steps)
    };
    let panes = picture.panes.iter().zip(&heights);
    let scales: Vec<Scale> = panes.map(|(pane, height)| scale(pane, *height)).collect();
    let letters = scales.iter().map(Scale::widest).max().unwrap_or(1);
    let left = LEFT_PX + index_f64(letters) * TEXT_PX * super::brush::LETTER + 8.0;
    let mut above = head;
    for ((pane, height), scale) in picture.panes.iter().zip(&heights).zip(&scales) {
        let frame = Frame {
            left,
            right: f64::from(picture.width) - RIGHT_PX,
            top: above + ABOVE_PX,
            base: above + ABOVE_PX + height,
            count: pane.series.points.len(),
            highest: scale.top,
            lowest: scale.bottom,
        };
        brush.pane(pane, &frame, scale, picture)?;
        above = frame.base + BETWEEN_PX;
        let is_last = std::ptr::eq(pane, &raw const picture.panes[picture.panes.len() - 1]);
        brush.labels(&frame, picture, is_last)?;
    }
    Ok(())
}

/// The heights of the plots, shared out by the panes' shares.
fn pane_heights(picture: &Picture, head: f64) -> Vec<f64> {
    let count = index_f64(picture.panes.len());
    let frames = count * ABOVE_PX + (count - 1.0).max(0.0) * BETWEEN_PX + BELOW_PX;
    let room = (f64::from(picture.height) - head - frames).max(20.0);
    let shares: f64 = picture.panes.iter().map(|pane| pane.share).sum();
    let panes = picture.panes.iter();
    panes
        .map(|pane| room * pane.share / shares.max(1e-9))
        .collect()
}

/// What the lines are, in one row.
fn keys<DB: DrawingBackend>(
    brush: &Brush<'_, DB>,
    picture: &Picture,
    y: f64,
) -> Result<(), DrawingFailed> {
    let mut x = LEFT_PX;
    for (key, text) in &picture.keys {
        let needed = 24.0 + width_of(text, TEXT_PX) + 14.0;
        if x + needed > f64::from(picture.width) {
            break;
        }
        let palette = brush.palette;
        let path = [(x, y), (x + 18.0, y)];
        match key {
            Key::Value => brush.block([(x, y - 4.0), (x + 18.0, y + 4.0)], palette.bar)?,
            Key::Band => brush.block([(x, y - 4.0), (x + 18.0, y + 4.0)], palette.band)?,
            Key::Compare => brush.dashed(&path, palette.compare, 1.75)?,
            Key::Mean => brush.stroke(&path, palette.mean, 2.0)?,
            Key::Limit => brush.dashed(&path, palette.limit, 1.25)?,
            Key::Target => brush.stroke(&path, palette.target, 1.25)?,
        }
        brush.text(text, (x + 24.0, y), HPos::Left, TEXT_PX)?;
        x += needed;
    }
    Ok(())
}

impl<DB: DrawingBackend> Brush<'_, DB> {
    fn pane(
        &self,
        pane: &Pane,
        frame: &Frame,
        scale: &Scale,
        picture: &Picture,
    ) -> Result<(), DrawingFailed> {
        self.stretches(pane, frame)?;
        self.band(pane, frame)?;
        for mark in scale.marks() {
            let y = frame.y(mark);
            let colour = if mark.abs() < 1e-9 {
                self.palette.axis
            } else {
                self.palette.grid
            };
            self.stroke(&[(frame.left, y), (frame.right, y)], colour, 1.0)?;
            let at = (frame.left - 6.0, y);
            self.text(&scale.label(mark), at, HPos::Right, TEXT_PX)?;
        }
        let at = (LEFT_PX, frame.top - ABOVE_PX + 8.0);
        self.text(&pane.unit, at, HPos::Left, TEXT_PX)?;
        self.flags(frame, picture)?;
        self.breaks(pane, frame)?;
        self.series(pane, frame)?;
        self.over(pane, frame)?;
        self.signs(pane, frame)
    }

    /// Known events: a fine line across and a little flag at its top.
    fn flags(&self, frame: &Frame, picture: &Picture) -> Result<(), DrawingFailed> {
        for (index, _) in &picture.flags {
            let x = frame.x(index_f64(*index) + 0.5);
            self.stroke(
                &[(x, frame.base), (x, frame.top - 4.0)],
                self.palette.flag,
                1.0,
            )?;
            let tip = [
                (x, frame.top - 5.0),
                (x + 8.0, frame.top - 1.5),
                (x, frame.top + 2.0),
            ];
            self.shape(&tip, self.palette.flag)?;
        }
        Ok(())
    }

    /// Breaks of the series: a dashed line before the point that begins anew.
    fn breaks(&self, pane: &Pane, frame: &Frame) -> Result<(), DrawingFailed> {
        const DASH_PX: f64 = 3.0;
        let points = pane.series.points.iter().enumerate();
        for (index, _) in points.filter(|(_, point)| point.mark == Some(Mark::Break)) {
            let x = frame.x(index_f64(index));
            let mut y = frame.top;
            while y < frame.base {
                let end = (y + DASH_PX).min(frame.base);
                self.stroke(&[(x, y), (x, end)], self.palette.flag, 1.0)?;
                y += 2.0 * DASH_PX;
            }
        }
        Ok(())
    }

    /// Ticks below, and under the lowest pane their labels: every one, or every second, third …,
    /// so that they do not touch.
    fn labels(
        &self,
        frame: &Frame,
        picture: &Picture,
        with_text: bool,
    ) -> Result<(), DrawingFailed> {
        let placed: Vec<(f64, f64, &str)> = picture
            .labels
            .iter()
            .filter(|(index, _)| *index < frame.count)
            .map(|(index, label)| {
                let start = frame.x(index_f64(*index));
                (start, start + width_of(label, TEXT_PX), label.as_str())
            })
            .filter(|(_, end, _)| *end <= frame.right + RIGHT_PX)
            .collect();
        let fits = |stride: &usize| {
            let kept: Vec<_> = placed.iter().step_by(*stride).collect();
            kept.windows(2).all(|pair| pair[0].1 + 8.0 <= pair[1].0)
        };
        let stride = (1..=placed.len()).find(fits).unwrap_or(1);
        for (x, _, label) in placed.iter().step_by(stride) {
            let tick = [(*x, frame.base), (*x, frame.base + 4.0)];
            self.stroke(&tick, self.palette.axis, 1.0)?;
            if with_text {
                self.text(label, (*x, frame.base + 14.0), HPos::Left, TEXT_PX)?;
            }
        }
        Ok(())
    }
}

/// An index as a place.
pub fn index_f64(index: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a series has at most some ten thousand points"
    )]
    let index = index as f64;
    index
}
