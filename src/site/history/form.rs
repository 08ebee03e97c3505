//! The choices of the view as a form, which works without the script.

use super::draw::mean_word;
use super::look::{grain_word, line_name, measure_name};
use super::range::Range;
use super::view::{Drawn, View};
use crate::domain::period::Grain;
use crate::site::Site;
use crate::site::analysed::Compare;
use crate::site::page::Visitor;
use crate::words::Words;

/// A choice of the form: value, text, chosen.
pub type Choice = (String, String, bool);

/// The choices of the form, and hidden values it keeps.
pub struct Form {
    /// Name and value of what the form sends along.
    pub kept: Vec<(&'static str, String)>,
    /// Lines.
    pub lines: Vec<Choice>,
    /// Measures.
    pub measures: Vec<Choice>,
    /// Measures of the lower pane.
    pub volumes: Vec<Choice>,
    /// Widths of the points.
    pub grains: Vec<Choice>,
    /// Forms of the picture.
    pub kinds: Vec<Choice>,
    /// Comparisons.
    pub compares: Vec<Choice>,
    /// Lines over the series.
    pub overlays: Vec<Choice>,
    /// Which hours.
    pub hours: Vec<Choice>,
    /// Absolute or percent.
    pub values: Vec<Choice>,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// The days were chosen one by one.
    pub has_own_dates: bool,
    /// Something beyond the first choices was chosen.
    pub is_open: bool,
}

/// The form of a view.
#[must_use]
pub fn form(site: &Site, visitor: &Visitor, view: &View<'_>) -> Form {
    let words = visitor.words();
    let h = &words.history;
    let choice =
        |value: &str, text: &str, chosen: bool| (value.to_owned(), text.to_owned(), chosen);
    let definitions = site.figures().definitions();
    let name = |id: &str| measure_name(id, words);
    let line_ids = || std::iter::once("*".to_owned()).chain(site.line_ids());
    let named = |id: &str| line_name(site, id, visitor.lang);
    let grains = Grain::ALL.into_iter().map(|grain| {
        let chosen = view.grain_is_own && view.grain == grain;
        choice(grain.name(), grain_word(grain, words), chosen)
    });
    Form {
        kept: kept(visitor, view),
        lines: line_ids()
            .map(|id| (id.clone(), named(&id), id == view.line))
            .collect(),
        measures: definitions
            .iter()
            .map(|one| {
                (
                    one.id.to_owned(),
                    name(one.id),
                    one.id == view.definition.id,
                )
            })
            .collect(),
        volumes: volumes(site, view, words),
        grains: std::iter::once(choice("", h.steps_follow, !view.grain_is_own))
            .chain(grains)
            .collect(),
        kinds: kinds(view, words),
        compares: compares(view, &line_ids().collect::<Vec<_>>(), named, words),
        overlays: vec![
            choice("mean7", mean_word(view, words), view.overlays.mean7),
            choice("band", h.overlay_band, view.overlays.band),
            choice("xmr", h.overlay_xmr, view.overlays.xmr),
        ],
        hours: vec![
            choice("open", h.hours_open, view.open_only()),
            choice("all", h.hours_all, !view.open_only()),
        ],
        values: vec![
            choice("absolute", h.as_absolute, !view.as_percent),
            choice("percent", h.as_percent, view.as_percent),
        ],
        from: view.first.to_string(),
        until: view.last.to_string(),
        has_own_dates: view.range.is_none(),
        is_open: view.overlays.value() != "" || view.as_percent || view.grain_is_own,
    }
}

/// What the form sends along: the range, its end, the language.
fn kept(visitor: &Visitor, view: &View<'_>) -> Vec<(&'static str, String)> {
    let kept = [
        ("range", view.range.map(Range::name)),
        ("lang", visitor.lang_is_asked.then(|| visitor.lang.code())),
    ];
    let mut kept: Vec<(&'static str, String)> = kept
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?.to_owned())))
        .collect();
    if view.range.is_some() && visitor.parameter("end").is_some() {
        kept.push(("end", view.last.to_string()));
    }
    kept
}

fn volumes(site: &Site, view: &View<'_>, words: &Words) -> Vec<Choice> {
    let none = (
        "none".to_owned(),
        words.history.none.to_owned(),
        view.volume.is_none(),
    );
    let counts = site
        .figures()
        .definitions()
        .iter()
        .filter(|one| one.is_count && one.within_day);
    let counts = counts.map(|count| {
        let chosen = view.volume.is_some_and(|volume| volume.id == count.id);
        (count.id.to_owned(), measure_name(count.id, words), chosen)
    });
    std::iter::once(none).chain(counts).collect()
}

fn kinds(view: &View<'_>, words: &Words) -> Vec<Choice> {
    let h = &words.history;
    let texts = [h.kind_line, h.kind_bars, h.kind_box];
    let is_wait = view.boxes.is_some() || view.definition.id.starts_with("wait_");
    Drawn::ALL
        .into_iter()
        .zip(texts)
        .filter(|(kind, _)| *kind != Drawn::Box || is_wait)
        .map(|(kind, text)| (kind.name().to_owned(), text.to_owned(), kind == view.drawn))
        .collect()
}

fn compares(
    view: &View<'_>,
    lines: &[String],
    named: impl Fn(&str) -> String,
    words: &Words,
) -> Vec<Choice> {
    let h = &words.history;
    let plain = [
        (None, h.none),
        (Some(Compare::Before), h.compare_before),
        (Some(Compare::LastYear), h.compare_last_year),
        (Some(Compare::Target), h.compare_target),
    ];
    let plain = plain.map(|(compare, text)| (compare, text.to_owned()));
    let others = lines.iter().filter(|id| **id != view.line);
    let others = others.map(|id| {
        (
            Some(Compare::Line(id.clone())),
            format!("{} {}", h.compare_line, named(id)),
        )
    });
    plain
        .into_iter()
        .chain(others)
        .map(|(compare, text)| {
            let chosen = compare == view.compare;
            let value = compare.map_or_else(|| "none".to_owned(), |compare| compare.value());
            (value, text, chosen)
        })
        .collect()
}
