//! The same numbers as the picture, as a table.

use super::draw::{main_scale, mean_word};
use super::load::Loaded;
use super::look::{Scale, mark_sign, measure_name, start_words, value_words};
use super::view::View;
use crate::domain::analysis::{Change, known};
use crate::domain::published::{Point, Series, Shown};
use crate::site::analysed::Compared;
use crate::words::{Clock, Words};

/// The table in the page ends here; the downloads hold the rest.
const MOST_ROWS: usize = 800;

/// The same numbers as a table.
pub struct Table {
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Rows, earliest first.
    pub rows: Vec<Row>,
    /// There are more.
    pub is_cut: bool,
}

/// One point.
pub struct Row {
    /// When it begins.
    pub start: String,
    /// One for each further column.
    pub cells: Vec<String>,
}

/// Start, value, number and mark, then what the view adds: boxes, the comparison, overlays, the
/// lower pane.
#[must_use]
pub fn table(view: &View<'_>, shown: &Loaded, clock: Clock<'_>) -> Table {
    let series = &shown.main.series;
    let writer = Writer {
        shown,
        scale: main_scale(view, shown, clock.words),
        volume: shown
            .volume
            .as_ref()
            .map(|volume| (volume, Scale::of(volume, true, false, clock.words))),
        words: clock.words,
    };
    let row = |(index, point): (usize, &Point)| Row {
        start: start_words(point.start_ms, series.grain, clock),
        cells: writer.cells(index, point),
    };
    let points = series.points.iter().enumerate().take(MOST_ROWS);
    Table {
        columns: columns(view, shown, clock.words),
        rows: points.map(row).collect(),
        is_cut: series.points.len() > MOST_ROWS,
    }
}

/// The comparison, if it has points.
fn compared(shown: &Loaded) -> Option<&Compared> {
    let compare = shown.main.compare.as_ref();
    compare.filter(|compare| !compare.points.is_empty())
}

fn columns(view: &View<'_>, shown: &Loaded, words: &Words) -> Vec<String> {
    let h = &words.history;
    let mut columns = vec![words.start, words.value, words.cases, words.mark];
    if shown.boxes.is_some() {
        columns.extend([h.box_p10, h.box_p90, h.box_max]);
    }
    if compared(shown).is_some() {
        columns.extend([h.comparison, h.difference]);
    }
    if shown.main.found.mean7.is_some() {
        columns.push(mean_word(view, words));
    }
    if shown.main.found.band.is_some() {
        columns.push(h.overlay_band);
    }
    let mut columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
    columns.extend(view.volume.map(|volume| measure_name(volume.id, words)));
    columns
}

/// Writes the cells of a table.
struct Writer<'a> {
    shown: &'a Loaded,
    scale: Scale,
    volume: Option<(&'a Series, Scale)>,
    words: &'static Words,
}

impl Writer<'_> {
    fn number(&self, value: Option<f64>) -> String {
        let none = || self.words.no_value.to_owned();
        value.map_or_else(none, |value| self.scale.write(value, self.words))
    }

    fn value(&self, point: Option<&Point>, scale: &Scale) -> String {
        let none = || self.words.no_value.to_owned();
        point.map_or_else(none, |point| value_words(point, scale, self.words))
    }

    fn cells(&self, index: usize, point: &Point) -> Vec<String> {
        let none = || self.words.no_value.to_owned();
        let mut cells = vec![
            self.value(Some(point), &self.scale),
            point.n.map_or_else(none, |n| self.words.count(n)),
            mark_sign(point.mark).to_owned(),
        ];
        for series in self.shown.boxes.iter().flatten() {
            let value = series.points.get(index).and_then(known_or_endless);
            cells.push(self.number(value));
        }
        if let Some(compare) = compared(self.shown) {
            let other = compare.points.get(index).and_then(Option::as_ref);
            cells.push(self.value(other, &self.scale));
            let change = compare.change.get(index).copied().flatten();
            cells.push(change_words(change, self.words).to_owned());
        }
        let found = &self.shown.main.found;
        if let Some(means) = &found.mean7 {
            cells.push(self.number(means.get(index).copied().flatten()));
        }
        if let Some(band) = &found.band {
            let at = |ends: &[Option<f64>]| ends.get(index).copied().flatten();
            let ends = at(&band.low).zip(at(&band.high));
            let ends = ends.map(|(low, high)| [low, high].map(|end| self.number(Some(end))));
            cells.push(ends.map_or_else(none, |ends| ends.join(" – ")));
        }
        if let Some((volume, scale)) = &self.volume {
            cells.push(self.value(volume.points.get(index), scale));
        }
        cells
    }
}

fn known_or_endless(point: &Point) -> Option<f64> {
    match point.value {
        Shown::Value(value) => Some(value),
        _ => known(point),
    }
}

fn change_words(change: Option<Change>, words: &Words) -> &'static str {
    let h = &words.history;
    match change {
        Some(Change::Up) => h.higher,
        Some(Change::Down) => h.lower,
        Some(Change::Unclear) => h.no_clear_change,
        None => h.not_judged,
    }
}
