//! Pictures of series: SVG that follows the reader's light or dark theme, and PNG.
//!
//! Knows published series only. Words come in as options, so that no language lives here.

mod draw;
mod theme;

use std::fmt;

use plotters::prelude::{BitMapBackend, IntoDrawingArea, SVGBackend};
use plotters::style::{FontStyle, register_font};

use crate::domain::published::{Point, Series, Shown};
use theme::Palette;

/// Plotters draws on whole pixels only; the SVG is drawn this many times larger and scaled back,
/// so that narrow bars keep even widths.
const SVG_FINENESS: u32 = 4;
/// PNG pictures are made for dense screens.
const PNG_FINENESS: u32 = 2;

static FONT: &[u8] = include_bytes!("font/chart.ttf");

/// How a series is drawn, and all its words.
#[derive(Clone, Debug)]
pub struct Options {
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
    /// Values are divided by this before they are shown: 60 makes minutes of seconds.
    pub divisor: f64,
    /// The unit, written at the top of the scale.
    pub unit: String,
    /// Marks of the decimal point and of thousands.
    pub number_marks: (char, char),
    /// Labels below: index of the point at whose start they stand, text.
    pub labels: Vec<(usize, String)>,
    /// Counts are drawn as bars, all else as a line.
    pub is_count: bool,
    /// The scale ends at least here (100 for percent); in shown units.
    pub top: Option<f64>,
    /// A picture that stands alone carries its colours and its title.
    pub stands_alone: bool,
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
pub fn svg(series: &Series, options: &Options) -> Result<String, DrawingFailed> {
    prepare_font()?;
    let size = (options.width * SVG_FINENESS, options.height * SVG_FINENESS);
    let mut raw = String::new();
    {
        let area = SVGBackend::with_string(&mut raw, size).into_drawing_area();
        draw::draw(&area, series, options, &Palette::roles(), SVG_FINENESS)?;
        area.present().map_err(DrawingFailed::because)?;
    }
    Ok(theme::apply(&raw, options, SVG_FINENESS))
}

/// The picture as PNG, in light colours.
///
/// # Errors
/// When the drawing library refuses or the bytes cannot be encoded.
pub fn png(series: &Series, options: &Options) -> Result<Vec<u8>, DrawingFailed> {
    prepare_font()?;
    let size = (options.width * PNG_FINENESS, options.height * PNG_FINENESS);
    let mut pixels = vec![255; size.0 as usize * size.1 as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
        let palette = Palette::light();
        area.fill(&palette.paper).map_err(DrawingFailed::because)?;
        draw::draw(&area, series, options, &palette, PNG_FINENESS)?;
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

/// The value of a point in shown units: the value itself, or its bound.
fn height_of(point: &Point, divisor: f64) -> Option<f64> {
    match point.value {
        Shown::Value(value) | Shown::Under(value) | Shown::AtLeast(value) => Some(value / divisor),
        Shown::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Grain;
    use crate::domain::published::Mark;

    fn series(values: &[(Shown, Option<Mark>)]) -> Series {
        let points = values.iter().enumerate().map(|(index, (value, mark))| {
            let start_ms = i64::try_from(index).expect("few") * 86_400_000;
            Point {
                start_ms,
                end_ms: start_ms + 86_400_000,
                value: *value,
                n: None,
                mark: *mark,
            }
        });
        Series {
            line: "*".into(),
            measure: "attempts",
            grain: Grain::Day,
            zone: "UTC".into(),
            unit: "contacts",
            version: 1,
            points: points.collect(),
        }
    }

    fn options(is_count: bool) -> Options {
        Options {
            width: 300,
            height: 200,
            id: "c".into(),
            title: "A & <b>".into(),
            description: "Two days".into(),
            divisor: 1.0,
            unit: "contacts".into(),
            number_marks: ('.', ','),
            labels: vec![(0, "1 Jan".into())],
            is_count,
            top: None,
            stands_alone: false,
        }
    }

    #[test]
    fn a_picture_is_titled_and_has_no_colours_of_its_own() {
        let picture =
            svg(&series(&[(Shown::Value(3.0), None)]), &options(true)).expect("a picture");
        assert!(
            picture.contains("<title id=\"c-title\">A &amp; &lt;b&gt;</title>"),
            "{picture}"
        );
        assert!(picture.contains("<desc id=\"c-desc\">Two days</desc>"));
        assert!(
            !picture.contains("=\"#"),
            "a fixed colour is left: {picture}"
        );
        assert!(
            !picture.contains("<style"),
            "the page's policy forbids styles"
        );
    }

    #[test]
    fn a_gap_is_a_gap() {
        let gap = [
            (Shown::Value(1.0), None),
            (Shown::Value(2.0), None),
            (Shown::None, Some(Mark::NoData)),
            (Shown::Value(2.0), None),
            (Shown::Value(1.0), None),
        ];
        let picture = svg(&series(&gap), &options(false)).expect("a picture");
        assert_eq!(
            picture.matches("class=\"s-line\"").count(),
            2,
            "two pieces of line"
        );
        assert_eq!(picture.matches("class=\"f-missing\"").count(), 1);
    }

    #[test]
    fn a_bar_is_drawn_only_where_there_is_a_value() {
        let days = [
            (Shown::Value(10.0), None),
            (Shown::Value(0.0), None),
            (Shown::None, Some(Mark::Withheld)),
            (Shown::None, Some(Mark::Closed)),
            (Shown::Value(5.0), Some(Mark::Provisional)),
        ];
        let picture = svg(&series(&days), &options(true)).expect("a picture");
        assert_eq!(
            picture.matches("class=\"f-bar\"").count(),
            2,
            "a measured zero is a sliver"
        );
        assert_eq!(picture.matches("class=\"f-soft\"").count(), 1);
        assert_eq!(picture.matches("class=\"f-shut\"").count(), 1);
        assert_eq!(picture.matches("class=\"f-few\"").count(), 1);
    }

    #[test]
    fn nothing_at_all_can_be_drawn() {
        assert!(svg(&series(&[]), &options(true)).is_ok());
        assert!(svg(&series(&[(Shown::None, None)]), &options(false)).is_ok());
        let huge = [
            (Shown::Value(f64::INFINITY), None),
            (Shown::Value(f64::NAN), None),
        ];
        assert!(svg(&series(&huge), &options(false)).is_ok());
    }

    #[test]
    fn a_png_has_pixels() {
        let bytes = png(&series(&[(Shown::Value(3.0), None)]), &options(true)).expect("a picture");
        assert_eq!(&bytes[1..4], b"PNG");
        assert!(bytes.len() > 500);
    }
}
