//! Draws a series on any surface: bars or a line, gaps, bands, scale and labels.

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    ChartBuilder, ChartContext, Circle, Color, DrawingArea, DrawingBackend, EmptyElement,
    PathElement, Polygon, Rectangle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{IntoFont, RGBColor, TextStyle};

use super::theme::Palette;
use super::{DrawingFailed, Options, height_of};
use crate::domain::published::{Mark, Point, Series, Shown};

const TEXT_PX: f64 = 12.0;
/// Plotters counts font sizes by another measure than CSS: its SVG divides by this.
const PLOTTERS_FONT: f64 = 1.24;
/// Average width of a letter, as a part of the font size: enough to keep labels apart.
const LETTER: f64 = 0.56;
const LEFT_PX: u32 = 4;
const RIGHT_PX: u32 = 6;
const BELOW_PX: u32 = 24;
const ABOVE_PX: u32 = 22;
const TITLE_PX: u32 = 32;

type Area<DB> = DrawingArea<DB, Shift>;
type Chart<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws all of it; `fineness` is device pixels per CSS pixel.
pub fn draw<DB: DrawingBackend>(
    area: &Area<DB>,
    series: &Series,
    options: &Options,
    palette: &Palette,
    fineness: u32,
) -> Result<(), DrawingFailed> {
    let scale = Scale::of(series, options);
    let title_px = if options.stands_alone { TITLE_PX } else { 0 };
    let axis_px = scale.widest(options);
    let mut chart = ChartBuilder::on(area)
        .margin_left((LEFT_PX + axis_px) * fineness)
        .margin_right(RIGHT_PX * fineness)
        .margin_top((ABOVE_PX + title_px) * fineness)
        .margin_bottom(BELOW_PX * fineness)
        .build_cartesian_2d(0.0..index_f64(series.points.len().max(1)), 0.0..scale.top)
        .map_err(DrawingFailed::because)?;
    let brush = Brush {
        area,
        palette,
        fineness: f64::from(fineness),
    };
    brush.bands(&mut chart, series, scale.top)?;
    brush.scale(&chart, &scale, options, title_px)?;
    if options.is_count {
        brush.bars(&mut chart, series, options)?;
    } else {
        brush.line(&mut chart, series, options)?;
    }
    brush.signs(&chart, series, options)?;
    brush.labels(&chart, series, options)?;
    if options.stands_alone {
        let at = (f64::from(LEFT_PX), f64::from(TITLE_PX) * 0.5);
        brush.text(&options.title, at, HPos::Left, 14.0)?;
    }
    Ok(())
}

/// The scale of values: round steps from nought.
struct Scale {
    top: f64,
    step: f64,
}

impl Scale {
    fn of(series: &Series, options: &Options) -> Self {
        let heights = series
            .points
            .iter()
            .filter_map(|point| height_of(point, options.divisor));
        let highest = heights
            .filter(|height| height.is_finite())
            .fold(0.0, f64::max);
        let highest = options.top.map_or(
            highest,
            |top| if highest > top / 2.0 { top } else { highest },
        );
        let rough = (highest / 4.0).max(1e-9);
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(power * 10.0);
        // A count has no halves.
        let step = if options.is_count {
            step.max(1.0).round()
        } else {
            step
        };
        let step = if highest > 0.0 { step } else { 1.0 };
        Self {
            top: (highest / step).ceil().max(1.0) * step,
            step,
        }
    }

    fn marks(&self) -> impl Iterator<Item = f64> + '_ {
        let mut mark = 0.0;
        std::iter::from_fn(move || {
            let this = mark;
            mark += self.step;
            (this <= self.top * 1.001).then_some(this)
        })
    }

    fn label(&self, mark: f64, options: &Options) -> String {
        let decimals = if self.step.fract() == 0.0 {
            0
        } else {
            1 + usize::from(self.step < 0.1)
        };
        grouped(mark, decimals, options.number_marks)
    }

    fn widest(&self, options: &Options) -> u32 {
        let letters = self
            .marks()
            .map(|mark| self.label(mark, options).chars().count())
            .max()
            .unwrap_or(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few dozen pixels"
        )]
        let width = (index_f64(letters) * TEXT_PX * LETTER + 8.0) as u32;
        width
    }
}

struct Brush<'a, DB: DrawingBackend> {
    area: &'a Area<DB>,
    palette: &'a Palette,
    fineness: f64,
}

impl<DB: DrawingBackend> Brush<'_, DB> {
    /// Stretches that were closed or without data, behind everything else.
    fn bands(
        &self,
        chart: &mut Chart<'_, DB>,
        series: &Series,
        top: f64,
    ) -> Result<(), DrawingFailed> {
        for (mark, colour) in [
            (Mark::Closed, self.palette.shut),
            (Mark::NoData, self.palette.missing),
        ] {
            for (from, to) in runs(&series.points, |point| {
                point.mark == Some(mark) && point.value == Shown::None
            }) {
                let corners = [(index_f64(from), 0.0), (index_f64(to), top)];
                let band = std::iter::once(Rectangle::new(corners, colour.filled()));
                chart.draw_series(band).map_err(DrawingFailed::because)?;
            }
        }
        Ok(())
    }

    /// Lines across and their numbers.
    fn scale(
        &self,
        chart: &Chart<'_, DB>,
        scale: &Scale,
        options: &Options,
        title_px: u32,
    ) -> Result<(), DrawingFailed> {
        let across = chart.plotting_area().get_x_axis_pixel_range();
        let (left, right) = (across.start, across.end);
        for mark in scale.marks() {
            let (_, y) = chart.backend_coord(&(0.0, mark));
            let colour = if mark == 0.0 {
                self.palette.axis
            } else {
                self.palette.grid
            };
            self.stroke(vec![(left, y), (right, y)], colour, 1.0)?;
            let at = (
                f64::from(left) / self.fineness - 6.0,
                f64::from(y) / self.fineness,
            );
            self.text(&scale.label(mark, options), at, HPos::Right, TEXT_PX)?;
        }
        let at = (f64::from(LEFT_PX), f64::from(title_px) + 7.0);
        self.text(&options.unit, at, HPos::Left, TEXT_PX)
    }

    fn bars(
        &self,
        chart: &mut Chart<'_, DB>,
        series: &Series,
        options: &Options,
    ) -> Result<(), DrawingFailed> {
        // A pixel or a fifth of the width between bars, whichever is less.
        let inset = if series.points.len() > 120 {
            0.06
        } else {
            0.12
        };
        for (index, point) in series.points.iter().enumerate() {
            let Shown::Value(value) = point.value else {
                continue;
            };
            let height = value / options.divisor;
            if !height.is_finite() {
                continue;
            }
            let colour = if may_change(point) {
                self.palette.soft
            } else {
                self.palette.bar
            };
            let (left, base) = chart.backend_coord(&(index_f64(index) + inset, 0.0));
            let (right, top) = chart.backend_coord(&(index_f64(index) + 1.0 - inset, height));
            // A measured zero is a sliver: it is not a gap.
            let top = top.min(base - self.px(1.5));
            let bar = Rectangle::new([(left, top), (right, base)], colour.filled());
            self.area.draw(&bar).map_err(DrawingFailed::because)?;
        }
        Ok(())
    }

    fn line(
        &self,
        chart: &mut Chart<'_, DB>,
        series: &Series,
        options: &Options,
    ) -> Result<(), DrawingFailed> {
        let middle = |index: usize, value: f64| {
            chart.backend_coord(&(index_f64(index) + 0.5, value / options.divisor))
        };
        let has_value =
            |point: &Point| matches!(point.value, Shown::Value(value) if value.is_finite());
        let radius = if series.points.len() > 80 { 1.5 } else { 2.5 };
        for (from, to) in runs(&series.points, has_value) {
            let points = series.points[from..to].iter().enumerate();
            let path: Vec<_> = points
                .filter_map(|(offset, point)| match point.value {
                    Shown::Value(value) => Some(middle(from + offset, value)),
                    _ => None,
                })
                .collect();
            if path.len() > 1 {
                self.stroke(path.clone(), self.palette.line, 2.0)?;
            }
            for (offset, at) in path.into_iter().enumerate() {
                let soft = may_change(&series.points[from + offset]);
                let colour = if soft {
                    self.palette.soft
                } else {
                    self.palette.line
                };
                self.dot(at, radius, colour)?;
            }
        }
        Ok(())
    }

    /// Dots for withheld values at the base, arrows for bounds.
    fn signs(
        &self,
        chart: &Chart<'_, DB>,
        series: &Series,
        options: &Options,
    ) -> Result<(), DrawingFailed> {
        for (index, point) in series.points.iter().enumerate() {
            let at = |value: f64| chart.backend_coord(&(index_f64(index) + 0.5, value));
            match point.value {
                Shown::None if point.mark == Some(Mark::Withheld) => {
                    let (x, y) = at(0.0);
                    self.dot((x, y - self.px(4.0)), 1.8, self.palette.few)?;
                }
                Shown::Under(bound) if bound.is_finite() => {
                    self.arrow(at(bound / options.divisor), 1.0)?;
                }
                Shown::AtLeast(bound) if bound.is_finite() => {
                    self.arrow(at(bound / options.divisor), -1.0)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Labels below: every one, or every second, third …, so that they do not touch.
    fn labels(
        &self,
        chart: &Chart<'_, DB>,
        series: &Series,
        options: &Options,
    ) -> Result<(), DrawingFailed> {
        let (_, base) = chart.backend_coord(&(0.0, 0.0));
        let right = f64::from(chart.plotting_area().get_x_axis_pixel_range().end) / self.fineness;
        let placed: Vec<(i32, f64, f64, &str)> = options
            .labels
            .iter()
            .filter(|(index, _)| *index < series.points.len())
            .map(|(index, label)| {
                let (x, _) = chart.backend_coord(&(index_f64(*index), 0.0));
                let start = f64::from(x) / self.fineness;
                let width = index_f64(label.chars().count()) * TEXT_PX * LETTER;
                (x, start, start + width, label.as_str())
            })
            .filter(|(_, _, end, _)| *end <= right + f64::from(RIGHT_PX))
            .collect();
        let fits = |stride: &usize| {
            let kept: Vec<_> = placed.iter().step_by(*stride).collect();
            kept.windows(2).all(|pair| pair[0].2 + 8.0 <= pair[1].1)
        };
        let stride = (1..=placed.len()).find(fits).unwrap_or(1);
        let y = f64::from(base) / self.fineness + 14.0;
        for (x, start, _, label) in placed.iter().step_by(stride) {
            let tick = vec![(*x, base), (*x, base + self.px(4.0))];
            self.stroke(tick, self.palette.axis, 1.0)?;
            self.text(label, (*start, y), HPos::Left, TEXT_PX)?;
        }
        Ok(())
    }

    fn px(&self, css_pixels: f64) -> i32 {
        #[expect(clippy::cast_possible_truncation, reason = "a few pixels")]
        let device = (css_pixels * self.fineness).round() as i32;
        device
    }

    fn stroke(
        &self,
        path: Vec<(i32, i32)>,
        colour: RGBColor,
        width: f64,
    ) -> Result<(), DrawingFailed> {
        let style = colour.stroke_width(self.px(width).unsigned_abs());
        self.area
            .draw(&PathElement::new(path, style))
            .map_err(DrawingFailed::because)
    }

    fn dot(&self, at: (i32, i32), radius: f64, colour: RGBColor) -> Result<(), DrawingFailed> {
        let dot = Circle::new(at, self.px(radius), colour.filled());
        self.area.draw(&dot).map_err(DrawingFailed::because)
    }

    /// A small triangle; `direction` 1 points down ("under"), −1 up ("at least").
    fn arrow(&self, (x, y): (i32, i32), direction: f64) -> Result<(), DrawingFailed> {
        let (half, tall) = (self.px(4.0), self.px(6.0 * direction));
        let corners = vec![(x - half, y), (x + half, y), (x, y + tall)];
        let arrow = Polygon::new(corners, self.palette.bound.filled());
        self.area.draw(&arrow).map_err(DrawingFailed::because)
    }

    fn text(
        &self,
        text: &str,
        at: (f64, f64),
        h_pos: HPos,
        size: f64,
    ) -> Result<(), DrawingFailed> {
        let font = ("sans-serif", size * PLOTTERS_FONT * self.fineness).into_font();
        let style = TextStyle::from(font)
            .color(&self.palette.ink)
            .pos(Pos::new(h_pos, VPos::Center));
        let at = (self.px(at.0), self.px(at.1));
        let element = EmptyElement::at(at) + Text::new(text.to_owned(), (0, 0), style);
        self.area.draw(&element).map_err(DrawingFailed::because)
    }
}

fn may_change(point: &Point) -> bool {
    matches!(point.mark, Some(Mark::Provisional | Mark::Unreliable))
}

/// Stretches of consecutive points for which something holds: `[from, to)`.
fn runs(points: &[Point], holds: impl Fn(&Point) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (index, _) in points.iter().enumerate().filter(|(_, point)| holds(point)) {
        match runs.last_mut() {
            Some((_, to)) if *to == index => *to = index + 1,
            _ => runs.push((index, index + 1)),
        }
    }
    runs
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

fn index_f64(index: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a series has at most a few thousand points"
    )]
    let index = index as f64;
    index
}
