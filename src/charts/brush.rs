//! Strokes, boxes and letters on a surface, in CSS pixels.

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color, DrawingArea, DrawingBackend, EmptyElement, PathElement, Polygon, Rectangle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{IntoFont, RGBColor, TextStyle};

use super::DrawingFailed;
use super::theme::Palette;

/// Size of letters.
pub const TEXT_PX: f64 = 12.0;
/// Average width of a letter, as a part of the font size: enough to keep labels apart.
pub const LETTER: f64 = 0.56;
/// Plotters counts font sizes by another measure than CSS: its SVG divides by this.
const PLOTTERS_FONT: f64 = 1.24;
/// Stroke and gap of a dashed line.
const DASH_PX: (f64, f64) = (5.0, 4.0);

/// A place in CSS pixels.
pub type At = (f64, f64);

/// Draws on one surface.
pub struct Brush<'a, DB: DrawingBackend> {
    /// The surface.
    pub area: &'a DrawingArea<DB, Shift>,
    /// Its colours.
    pub palette: &'a Palette,
    /// Device pixels per CSS pixel.
    pub fineness: f64,
    /// Whether dashes must be drawn one by one; in SVG the style does it.
    pub dashes_itself: bool,
}

impl<DB: DrawingBackend> Brush<'_, DB> {
    fn px(&self, css_pixels: f64) -> i32 {
        #[expect(clippy::cast_possible_truncation, reason = "a few thousand pixels")]
        let device = (css_pixels * self.fineness).round() as i32;
        device
    }

    fn at(&self, (x, y): At) -> (i32, i32) {
        (self.px(x), self.px(y))
    }

    /// A line through some places.
    pub fn stroke(&self, path: &[At], colour: RGBColor, width: f64) -> Result<(), DrawingFailed> {
        let path: Vec<_> = path.iter().map(|at| self.at(*at)).collect();
        let style = colour.stroke_width(self.px(width).unsigned_abs());
        self.area
            .draw(&PathElement::new(path, style))
            .map_err(DrawingFailed::because)
    }

    /// A dashed line through some places.
    pub fn dashed(&self, path: &[At], colour: RGBColor, width: f64) -> Result<(), DrawingFailed> {
        if !self.dashes_itself {
            return self.stroke(path, colour, width);
        }
        let (stroke, gap) = DASH_PX;
        let mut along = 0.0;
        for pair in path.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let length = (x1 - x0).hypot(y1 - y0);
            let point = |part: f64| (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part);
            let mut from = 0.0;
            while from < length {
                let phase = (along + from) % (stroke + gap);
                let is_stroke = phase < stroke;
                let rest = if is_stroke { stroke } else { stroke + gap } - phase;
                let to = (from + rest.max(0.01)).min(length);
                if is_stroke {
                    self.stroke(&[point(from / length), point(to / length)], colour, width)?;
                }
                from = to;
            }
            along += length;
        }
        Ok(())
    }

    /// A filled rectangle between two corners.
    pub fn block(&self, corners: [At; 2], colour: RGBColor) -> Result<(), DrawingFailed> {
        let block = Rectangle::new(corners.map(|at| self.at(at)), colour.filled());
        self.area.draw(&block).map_err(DrawingFailed::because)
    }

    /// A rectangle of which only the edge is drawn.
    pub fn outline(&self, corners: [At; 2], colour: RGBColor) -> Result<(), DrawingFailed> {
        let [(left, top), (right, base)] = corners;
        let path = [(left, base), (left, top), (right, top), (right, base)];
        self.stroke(&path, colour, 1.25)
    }

    /// A filled shape.
    pub fn shape(&self, corners: &[At], colour: RGBColor) -> Result<(), DrawingFailed> {
        let corners: Vec<_> = corners.iter().map(|at| self.at(*at)).collect();
        self.area
            .draw(&Polygon::new(corners, colour.filled()))
            .map_err(DrawingFailed::because)
    }

    /// A dot.
    pub fn dot(&self, at: At, radius: f64, colour: RGBColor) -> Result<(), DrawingFailed> {
        let dot = Circle::new(self.at(at), self.px(radius), colour.filled());
        self.area.draw(&dot).map_err(DrawingFailed::because)
    }

    /// A ring.
    pub fn ring(&self, at: At, radius: f64, colour: RGBColor) -> Result<(), DrawingFailed> {
        self.dot(at, radius + 1.0, colour)?;
        self.dot(at, radius - 0.5, self.palette.paper)
    }

    /// Letters; `at` is the middle of their height.
    pub fn text(&self, text: &str, at: At, h_pos: HPos, size: f64) -> Result<(), DrawingFailed> {
        let font = ("sans-serif", size * PLOTTERS_FONT * self.fineness).into_font();
        let style = TextStyle::from(font)
            .color(&self.palette.ink)
            .pos(Pos::new(h_pos, VPos::Center));
        let element = EmptyElement::at(self.at(at)) + Text::new(text.to_owned(), (0, 0), style);
        self.area.draw(&element).map_err(DrawingFailed::because)
    }
}

/// How wide a text is, about.
pub fn width_of(text: &str, size: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few dozen letters")]
    let letters = text.chars().count() as f64;
    letters * size * LETTER
}
