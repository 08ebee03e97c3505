//! Columns of parts on top of each other, and a line over them: shares over time, or a Pareto of
//! causes. The scale is percent.

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::HPos;

use super::brush::{At, Brush, TEXT_PX, width_of};
use super::draw::index_f64;
use super::theme::{self, Palette};
use super::{DrawingFailed, Picture, SVG_FINENESS, prepare_font};

const LEFT_PX: f64 = 44.0;
const RIGHT_PX: f64 = 6.0;
const ABOVE_PX: f64 = 10.0;
const BELOW_PX: f64 = 24.0;
/// Between neighbouring parts, so that they are told apart without colour.
const GAP_PX: f64 = 1.0;
const GRID: [f64; 5] = [0.0, 25.0, 50.0, 75.0, 100.0];

/// A picture of columns, and all its words.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Width and height in CSS pixels.
    pub size: (u32, u32),
    /// Begins the ids inside the picture: unique within a page.
    pub id: String,
    /// What a screen reader announces.
    pub title: String,
    /// What there is to see, in a sentence.
    pub description: String,
    /// Percent as the language writes it: 0, 25, 50, 75, 100.
    pub scale: [String; 5],
    /// The text below each column; empty ones are left out, and those that would touch.
    pub labels: Vec<String>,
    /// The parts of each column in percent, the lowest first; none where nothing is known.
    pub columns: Vec<Option<Vec<f64>>>,
    /// A line over the columns, percent.
    pub line: Vec<Option<f64>>,
}

/// The picture as SVG that follows the page.
///
/// # Errors
/// When the drawing library refuses.
pub fn columns_svg(columns: &Columns) -> Result<String, DrawingFailed> {
    prepare_font()?;
    let (width, height) = columns.size;
    let mut raw = String::new();
    {
        let size = (width * SVG_FINENESS, height * SVG_FINENESS);
        let area = SVGBackend::with_string(&mut raw, size).into_drawing_area();
        draw(&area, columns)?;
        area.present().map_err(DrawingFailed::because)?;
    }
    let frame = Picture {
        width,
        height,
        id: columns.id.clone(),
        title: columns.title.clone(),
        description: columns.description.clone(),
        ..Picture::default()
    };
    Ok(theme::apply(&raw, &frame, SVG_FINENESS))
}

/// Where the columns lie.
struct Place {
    width: f64,
    base: f64,
    step: f64,
}

impl Place {
    fn of(columns: &Columns) -> Self {
        let width = f64::from(columns.size.0);
        let count = index_f64(columns.columns.len().max(1));
        Self {
            width,
            base: f64::from(columns.size.1) - BELOW_PX,
            step: (width - LEFT_PX - RIGHT_PX) / count,
        }
    }

    fn x(&self, index: usize, part: f64) -> f64 {
        LEFT_PX + self.step * (index_f64(index) + part)
    }

    fn y(&self, percent: f64) -> f64 {
        self.base - (self.base - ABOVE_PX) * percent.clamp(0.0, 100.0) / 100.0
    }
}

fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    columns: &Columns,
) -> Result<(), DrawingFailed> {
    let palette = Palette::roles();
    let brush = Brush {
        area,
        palette: &palette,
        fineness: f64::from(SVG_FINENESS),
        dashes_itself: false,
    };
    let place = Place::of(columns);
    for (percent, label) in GRID.iter().zip(&columns.scale) {
        let y = place.y(*percent);
        let colour = if *percent > 0.0 {
            palette.grid
        } else {
            palette.axis
        };
        brush.stroke(&[(LEFT_PX, y), (place.width - RIGHT_PX, y)], colour, 1.0)?;
        brush.text(label, (LEFT_PX - 6.0, y), HPos::Right, TEXT_PX)?;
    }
    for (index, column) in columns.columns.iter().enumerate() {
        if let Some(parts) = column {
            stack(&brush, &place, index, parts)?;
            continue;
        }
        let corners = [
            (place.x(index, 0.0), ABOVE_PX),
            (place.x(index, 1.0), place.base),
        ];
        brush.block(corners, palette.missing)?;
    }
    line(&brush, &place, &columns.line)?;
    labels(&brush, &place, &columns.labels)
}

fn stack<DB: DrawingBackend>(
    brush: &Brush<'_, DB>,
    place: &Place,
    index: usize,
    parts: &[f64],
) -> Result<(), DrawingFailed> {
    let mut below = 0.0;
    for (part, colour) in parts.iter().zip(brush.palette.parts.iter().cycle()) {
        let (base, top) = (place.y(below), place.y(below + part));
        below += part;
        if base - top > GAP_PX {
            let corners = [
                (place.x(index, 0.1), top + GAP_PX),
                (place.x(index, 0.9), base),
            ];
            brush.block(corners, *colour)?;
        }
    }
    Ok(())
}

fn line<DB: DrawingBackend>(
    brush: &Brush<'_, DB>,
    place: &Place,
    values: &[Option<f64>],
) -> Result<(), DrawingFailed> {
    let known = values.iter().enumerate();
    let path: Vec<At> = known
        .filter_map(|(index, value)| Some((place.x(index, 0.5), place.y((*value)?))))
        .collect();
    if path.len() > 1 {
        brush.stroke(&path, brush.palette.mean, 2.0)?;
    }
    for at in path {
        brush.dot(at, 3.0, brush.palette.ink)?;
    }
    Ok(())
}

fn labels<DB: DrawingBackend>(
    brush: &Brush<'_, DB>,
    place: &Place,
    labels: &[String],
) -> Result<(), DrawingFailed> {
    let mut free = 0.0;
    for (index, label) in labels.iter().enumerate() {
        let width = width_of(label, TEXT_PX);
        let from = (place.x(index, 0.5) - width / 2.0).max(0.0);
        if label.is_empty() || from < free || from + width > place.width {
            continue;
        }
        brush.text(label, (from, place.base + 14.0), HPos::Left, TEXT_PX)?;
        free = from + width + 8.0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_role_and_the_unknown_is_no_column() {
        let columns = Columns {
            size: (200, 100),
            id: "shares".to_owned(),
            title: "Shares".to_owned(),
            labels: vec!["Mon".to_owned(), "Tue".to_owned()],
            columns: vec![Some(vec![60.0, 40.0]), None],
            line: vec![Some(60.0), Some(100.0)],
            ..Columns::default()
        };
        let svg = columns_svg(&columns).expect("a picture");
        assert_eq!(svg.matches("f-part1\"").count(), 1, "{svg}");
        assert_eq!(svg.matches("f-part2\"").count(), 1);
        assert_eq!(svg.matches("f-missing\"").count(), 1);
        assert!(svg.contains("s-mean") && svg.contains(">Mon<"));
        assert!(!svg.contains("style"));
    }
}
