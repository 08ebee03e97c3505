//! The picture of a view: panes, what lies over them, and their words.

use super::load::Loaded;
use super::look::{Scale, compare_label, days_words, grain_word, labels, line_name, measure_name};
use super::view::{Drawn, View};
use crate::charts::{Form, Key, Limits, Pane, Picture};
use crate::domain::analysis::known;
use crate::domain::period;
use crate::domain::published::Series;
use crate::site::Site;
use crate::site::page::Visitor;
use crate::words::Words;

/// Height of the lower pane against the upper one.
const VOLUME_SHARE: f64 = 0.38;

/// Size and place of a picture.
pub struct Sheet<'a> {
    /// Width and height in CSS pixels.
    pub size: (u32, u32),
    /// Begins the ids inside.
    pub id: &'a str,
    /// Whether it is used elsewhere.
    pub stands_alone: bool,
}

/// The picture of what is shown; `summary` describes it.
#[must_use]
pub fn picture(
    site: &Site,
    visitor: &Visitor,
    view: &View<'_>,
    (shown, summary): (&Loaded, &str),
    sheet: &Sheet<'_>,
) -> Picture {
    let words = visitor.words();
    let series = &shown.main.series;
    let title = format!(
        "{} – {}, {}",
        measure_name(view.definition.id, words),
        line_name(site, &view.line, visitor.lang),
        days_words(view.first, view.last, words),
    );
    let mut panes = vec![main_pane(view, shown, words)];
    panes.extend(
        shown
            .volume
            .as_ref()
            .map(|volume| volume_pane(view, volume, words)),
    );
    Picture {
        width: sheet.size.0,
        height: sheet.size.1,
        id: sheet.id.to_owned(),
        title,
        description: summary.to_owned(),
        number_marks: (words.decimal_mark, words.thousands_mark),
        labels: labels(series, view, site.clock(words)),
        flags: flags(site, shown),
        keys: keys(site, visitor, view, shown),
        stands_alone: sheet.stands_alone,
        panes,
    }
}

fn main_pane(view: &View<'_>, shown: &Loaded, words: &Words) -> Pane {
    let (main, series) = (&shown.main, &shown.main.series);
    let in_percent = view.as_percent && shown.boxes.is_none();
    let scale = main_scale(view, shown, words);
    let form = match view.drawn {
        Drawn::Line => Form::Line,
        Drawn::Bars => Form::Bars,
        Drawn::Box => Form::Boxes,
    };
    let found = &main.found;
    let compare = main.compare.as_ref();
    let band = found.band.as_ref().map(|band| {
        let ends = band.low.iter().zip(&band.high);
        ends.map(|(low, high)| low.zip(*high)).collect()
    });
    let limits = found.xmr.as_ref().map(|xmr| Limits {
        centre: xmr.centre,
        lower: xmr.lower,
        upper: xmr.upper,
        signals: xmr.signals.iter().map(|(index, _)| *index).collect(),
    });
    Pane {
        divisor: scale.divisor,
        unit: axis_words(series, &scale, view, in_percent, words),
        is_count: view.definition.is_count && !in_percent,
        top: (series.unit == "percent" && !in_percent).then_some(100.0),
        boxes: boxes(shown),
        compare: compare.map_or_else(Vec::new, |compare| {
            let points = compare.points.iter();
            points.map(|point| point.as_ref().and_then(known)).collect()
        }),
        mean: found.mean7.clone().unwrap_or_default(),
        band: band.unwrap_or_default(),
        limits,
        target: compare.and_then(|compare| compare.target),
        ..Pane::of(series.clone(), form)
    }
}

/// The scale of the main pane: boxes are as high as their upper ends.
pub fn main_scale(view: &View<'_>, shown: &Loaded, words: &Words) -> Scale {
    let in_percent = view.as_percent && shown.boxes.is_none();
    let highest = shown
        .boxes
        .as_ref()
        .map_or(&shown.main.series, |[_, high, _]| high);
    Scale::of(highest, view.definition.is_count, in_percent, words)
}

fn boxes(shown: &Loaded) -> Vec<Option<[f64; 4]>> {
    let Some([low, high, most]) = &shown.boxes else {
        return Vec::new();
    };
    let value = |series: &Series, index: usize| series.points.get(index).and_then(known);
    let middle = &shown.main.series;
    let one = |index: usize| {
        let most = value(most, index).unwrap_or(f64::MAX);
        Some([
            value(low, index)?,
            value(middle, index)?,
            value(high, index)?,
            most,
        ])
    };
    (0..middle.points.len()).map(one).collect()
}

fn volume_pane(view: &View<'_>, volume: &Series, words: &Words) -> Pane {
    let name = view.volume.map(|volume| measure_name(volume.id, words));
    Pane {
        unit: name.unwrap_or_default(),
        share: VOLUME_SHARE,
        ..Pane::of(volume.clone(), Form::Bars)
    }
}

/// What the vertical axis counts; where points are parts of a day, also whose clock it is.
fn axis_words(
    series: &Series,
    scale: &Scale,
    view: &View<'_>,
    in_percent: bool,
    words: &Words,
) -> String {
    let h = &words.history;
    let unit = match (in_percent, &view.compare) {
        (true, Some(crate::site::analysed::Compare::Target) | None) => h.percent_of_first,
        (true, Some(_)) => h.percent_of_compare,
        (false, _) => scale.axis,
    };
    let unit = format!("{unit}, {}", grain_word(series.grain, words));
    if series.grain.is_within_day() {
        format!("{unit} ({})", series.zone.replace('_', " "))
    } else {
        unit
    }
}

fn flags(site: &Site, shown: &Loaded) -> Vec<(usize, String)> {
    let zone = &site.centre().zone;
    let points = &shown.main.series.points;
    let place = |start_ms: i64| {
        let holds = |point: &crate::domain::published::Point| {
            (point.start_ms <= start_ms && start_ms < point.end_ms)
                || period::local_day(point.start_ms, zone) == period::local_day(start_ms, zone)
        };
        points.iter().position(holds)
    };
    let flags = shown.main.flags.iter();
    flags
        .filter_map(|flag| Some((place(flag.start_ms)?, flag.text.clone())))
        .collect()
}

/// What the lines are; nothing where there is only the series.
pub fn keys(site: &Site, visitor: &Visitor, view: &View<'_>, shown: &Loaded) -> Vec<(Key, String)> {
    let words = visitor.words();
    let h = &words.history;
    let main = &shown.main;
    let mut keys = Vec::new();
    if let Some(compare) = &main.compare {
        let has_points = compare
            .points
            .iter()
            .flatten()
            .any(|point| known(point).is_some());
        let label = compare_label(site, compare, visitor.lang);
        if compare.target.is_some() {
            keys.push((Key::Target, label));
        } else if has_points {
            keys.push((Key::Compare, label));
        }
    }
    let mean = main.found.mean7.as_ref();
    if mean.is_some_and(|mean| mean.iter().any(Option::is_some)) {
        keys.push((Key::Mean, mean_word(view, words).to_owned()));
    }
    let band = main.found.band.as_ref();
    if band.is_some_and(|band| band.low.iter().any(Option::is_some)) {
        keys.push((Key::Band, h.overlay_band.to_owned()));
    }
    if main.found.xmr.is_some() {
        keys.push((Key::Limit, h.overlay_xmr.to_owned()));
    }
    if !keys.is_empty() {
        keys.insert(0, (Key::Value, measure_name(view.definition.id, words)));
    }
    keys
}

/// Percentiles have no mean: theirs is the middle of seven days.
pub fn mean_word(view: &View<'_>, words: &Words) -> &'static str {
    use crate::domain::measures::{Kind, Measure};
    let kind = Measure::from_id(view.definition.id).map(|measure| measure.kind);
    if matches!(kind, Some(Kind::Percentile { .. })) {
        words.history.overlay_middle7
    } else {
        words.history.overlay_mean7
    }
}
