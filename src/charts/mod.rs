//! Pictures of series: SVG that follows the reader's light or dark theme, and PNG.
//!
//! Knows published series only. Words come in with the picture, so that no language lives here. A
//! picture has one pane, or two under each other with the same times.

mod brush;
mod columns;
mod draw;
mod marks;
mod scale;
#[cfg(test)]
mod tests;
mod theme;

use std::fmt;

use plotters::prelude::{BitMapBackend, IntoDrawingArea, SVGBackend};
use plotters::style::{FontStyle, register_font};

use crate::domain::published::{Point, Series, Shown};
pub use columns::{Columns, columns_svg};
use theme::Palette;

/// Plotters draws on whole pixels only; the SVG is drawn this many times larger and scaled back,
/// so that narrow bars keep even widths.
const SVG_FINENESS: u32 = 4;
/// PNG pictures are made for dense screens.
const PNG_FINENESS: u32 = 2;

static FONT: &[u8] = include_bytes!("font/chart.ttf");

/// A picture, and all its words.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Begins the ids inside the picture: unique within a page.
    pub id: String,
    /// What a screen reader announces; also drawn above a picture that stands alone.
    pub title: String,
    /// What there is to see, in a sentence.
    pub description: String,
    /// Marks of the decimal point and of thousands.
    pub number_marks: (char, char),
    /// Labels below: index of the point at whose start they stand, text.
    pub labels: Vec<(usize, String)>,
    /// Known events: index of the point, text.
    pub flags: Vec<(usize, String)>,
    /// What the lines are, written above a picture that stands alone.
    pub keys: Vec<(Key, String)>,
    /// A picture that stands alone carries its colours, its title and its keys.
    pub stands_alone: bool,
    /// The panes, uppermost first. All have points at the same times.
    pub panes: Vec<Pane>,
}

/// What a key in the legend stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The series.
    Value,
    /// What it is compared with.
    Compare,
    /// The mean over seven days.
    Mean,
    /// The usual band.
    Band,
    /// Control limits.
    Limit,
    /// The target.
    Target,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Points and a line between neighbours.
    #[default]
    Line,
    /// A bar for each point.
    Bars,
    /// A box for each point, from [`Pane::boxes`].
    Boxes,
}

/// One pane: a series with its scale and what lies over it.
#[derive(Clone, Debug)]
pub struct Pane {
    /// What is drawn.
    pub series: Series,
    /// How.
    pub form: Form,
    /// Values are divided by this before they are shown: 60 makes minutes of seconds.
    pub divisor: f64,
    /// The unit, written at the top of the scale.
    pub unit: String,
    /// Whether the scale has whole steps only.
    pub is_count: bool,
    /// The scale ends at least here (100 for percent) where values come near; in shown units.
    pub top: Option<f64>,
    /// Its share of the height against the other panes.
    pub share: f64,
    /// For [`Form::Boxes`]: low end, middle, high end and the most of each point.
    pub boxes: Vec<Option<[f64; 4]>>,
    /// What the series is compared with, point by point.
    pub compare: Vec<Option<f64>>,
    /// The mean over seven days.
    pub mean: Vec<Option<f64>>,
    /// Ends of the usual band.
    pub band: Vec<Option<(f64, f64)>>,
    /// Control limits.
    pub limits: Option<Limits>,
    /// The target.
    pub target: Option<f64>,
}

/// Control limits and the points that are signals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// The mean.
    pub centre: f64,
    /// Drawn only where it is above nought.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// Indices of the signals.
    pub signals: Vec<usize>,
}

impl Pane {
    /// A pane with nothing over its series.
    #[must_use]
    pub fn of(series: Series, form: Form) -> Self {
        Self {
            series,
            form,
            divisor: 1.0,
            unit: String::new(),
            is_count: form == Form::Bars,
            top: None,
            share: 1.0,
            boxes: Vec::new(),
            compare: Vec::new(),
            mean: Vec::new(),
            band: Vec::new(),
            limits: None,
            target: None,
        }
    }
}

/// A picture could not be drawn.
#[derive(Debug)]
pub struct DrawingFailed(String);

impl fmt::Display for DrawingFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drawing a chart: {}", self.0)
    }
}

impl std::error::Error for DrawingFailed {}

impl DrawingFailed {
    fn because(cause: impl fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

/// The picture as SVG.
///
/// # Errors
/// When the drawing library refuses.
pub fn svg(picture: &Picture) -> Result<String, DrawingFailed> {
    prepare_font()?;
    let size = (picture.width * SVG_FINENESS, picture.height * SVG_FINENESS);
    let mut raw = String::new();
    {
        let area = SVGBackend::with_string(&mut raw, size).into_drawing_area();
        let surface = draw::Surface {
            fineness: SVG_FINENESS,
            dashes_itself: false,
        };
        draw::draw(&area, picture, &Palette::roles(), surface)?;
        area.present().map_err(DrawingFailed::because)?;
    }
    Ok(theme::apply(&raw, picture, SVG_FINENESS))
}

/// The picture as PNG, in light colours.
///
/// # Errors
/// When the drawing library refuses or the bytes cannot be encoded.
pub fn png(picture: &Picture) -> Result<Vec<u8>, DrawingFailed> {
    prepare_font()?;
    let size = (picture.width * PNG_FINENESS, picture.height * PNG_FINENESS);
    let mut pixels = vec![255; size.0 as usize * size.1 as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
        let palette = Palette::light();
        area.fill(&palette.paper).map_err(DrawingFailed::because)?;
        let surface = draw::Surface {
            fineness: PNG_FINENESS,
            dashes_itself: true,
        };
        draw::draw(&area, picture, &palette, surface)?;
        area.present().map_err(DrawingFailed::because)?;
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(DrawingFailed::because)?;
    writer
        .write_image_data(&pixels)
        .map_err(DrawingFailed::because)?;
    writer.finish().map_err(DrawingFailed::because)?;
    Ok(bytes)
}

/// Plotters wants its font before the first draw, also for SVG.
fn prepare_font() -> Result<(), DrawingFailed> {
    static READY: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    let ready = READY.get_or_init(|| register_font("sans-serif", FontStyle::Normal, FONT).is_ok());
    if *ready {
        Ok(())
    } else {
        Err(DrawingFailed("the font cannot be read".into()))
    }
}

/// The value of a point, or its bound.
fn height_of(point: &Point) -> Option<f64> {
    match point.value {
        Shown::Value(value) | Shown::Under(value) | Shown::AtLeast(value) => {
            Some(value).filter(|value| value.is_finite())
        }
        Shown::None => None,
    }
}
