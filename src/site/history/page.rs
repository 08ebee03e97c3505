//! The page of a view, complete without its script.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::Date;

use super::data;
use super::draw::{Sheet, keys, main_scale, mean_word, picture};
use super::links::{Link, downloads, ranges};
use super::load::{Loaded, load, overview};
use super::look::{
    Scale, days_words, facts, grain_word, line_name, mark_sign, measure_name, start_words,
    summary_words, value_words,
};
use super::view::{Drawn, View};
use crate::charts::{self, Key};
use crate::domain::analysis::{Change, known};
use crate::domain::period::Grain;
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::site::Site;
use crate::site::analysed::Compare;
use crate::site::error::Error;
use crate::site::page::{Page, Visitor, answer, html};
use crate::words::{Clock, Words};

/// Sizes of the picture: on a desk, and on a phone. A lower pane adds its height.
const WIDE: (u32, u32) = (880, 360);
const NARROW: (u32, u32) = (336, 250);
const VOLUME_PX: (u32, u32) = (120, 96);
/// The table in the page ends here; the downloads hold the rest.
const MOST_ROWS: usize = 800;

/// A choice of the form: value, text, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    page: Page,
    /// Address of the script that makes the picture one to move in.
    script: Option<String>,
    w: &'static crate::words::HistoryWords,
    ranges: Vec<Link>,
    form: Form,
    measure_name: String,
    line_name: String,
    meaning: &'static str,
    period: String,
    notes: Vec<String>,
    earlier: Option<String>,
    later: Option<String>,
    latest: Option<String>,
    view: String,
    data: String,
    narrow: String,
    wide: String,
    /// class, text.
    legend: Vec<(&'static str, String)>,
    summary: String,
    /// label, value, note.
    facts: Vec<(&'static str, String, String)>,
    /// day, kind, name.
    flags: Vec<(String, &'static str, String)>,
    table: Table,
    downloads: Vec<(&'static str, String)>,
    picture_address: String,
}

/// The choices of the form, and hidden values it keeps.
struct Form {
    kept: Vec<(&'static str, String)>,
    lines: Vec<Choice>,
    measures: Vec<Choice>,
    volumes: Vec<Choice>,
    grains: Vec<Choice>,
    kinds: Vec<Choice>,
    compares: Vec<Choice>,
    overlays: Vec<Choice>,
    hours: Vec<Choice>,
    values: Vec<Choice>,
    from: String,
    until: String,
    has_own_dates: bool,
    is_open: bool,
}

/// The same numbers as a table.
struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
    is_cut: bool,
}

struct Row {
    start: String,
    cells: Vec<String>,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = compose(&site, &visitor, &headers).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor, headers: &HeaderMap) -> Result<Response, Error> {
    let mut view = View::read(site, visitor).await?;
    let loaded = load(site, &mut view, visitor.lang).await?;
    let overview = overview(site, &view).await?;
    let words = visitor.words();
    let clock = site.clock(words);
    let shown = loaded.shown(&view);
    let days = (view.first, view.last);
    let summary = summary_words(site, &loaded.main, days, visitor.lang);
    let draw = |size: (u32, u32), volume_px: u32, id: &str| {
        let height = size.1 + if shown.volume.is_some() { volume_px } else { 0 };
        let sheet = Sheet {
            size: (size.0, height),
            id,
            stands_alone: false,
        };
        charts::svg(&picture(site, visitor, &view, (&shown, &summary), &sheet))
            .map_err(|error| Error::Failed(error.into()))
    };
    let page = Page::new(site, visitor, words.history_title);
    let link = |address: Option<String>| address.map(|address| page.link(&address));
    let scale = Scale::of(&loaded.main.series, loaded.main.is_count, false, words);
    let block = data::block(site, visitor, &view, &loaded, (&overview, &summary));
    html(&History {
        script: site.assets().history_script.clone(),
        w: &words.history,
        ranges: ranges(&page, &view),
        form: form(site, visitor, &view),
        measure_name: measure_name(view.definition.id, words),
        line_name: line_name(site, &view.line, visitor.lang),
        meaning: words
            .measures
            .of(view.definition.id)
            .map_or(view.definition.meaning, |named| named.meaning),
        period: days_words(view.first, view.last, words),
        notes: notes(&view, &loaded, words),
        earlier: link(view.earlier()),
        later: link(view.later()),
        latest: link(view.latest()),
        view: data::view_json(site, visitor, &view).to_string(),
        data: data::for_page(&block),
        narrow: draw(NARROW, VOLUME_PX.1, "narrow")?,
        wide: draw(WIDE, VOLUME_PX.0, "wide")?,
        legend: legend(site, visitor, &view, &shown),
        facts: facts(&loaded.main.series, &loaded.main.summary, &scale, clock),
        flags: flags(&loaded, words),
        table: table(&view, &shown, clock),
        downloads: downloads(&page, &view),
        picture_address: absolute(headers, &page.link(&view.fixed_address("/chart.png"))),
        summary,
        page,
    })
}

/// The address as others must name it. Without a host that looks like one it stays relative.
fn absolute(headers: &HeaderMap, path: &str) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_host = |host: &&str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        !host.is_empty() && host.len() < 256 && host.bytes().all(is_plain)
    };
    let Some(host) = text("host").filter(is_host) else {
        return path.to_owned();
    };
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{host}{path}")
}

fn form(site: &Site, visitor: &Visitor, view: &View<'_>) -> Form {
    let words = visitor.words();
    let h = &words.history;
    let choice =
        |value: &str, text: &str, chosen: bool| (value.to_owned(), text.to_owned(), chosen);
    let definitions = site.figures().definitions();
    let name = |id: &str| measure_name(id, words);
    let line_ids = || std::iter::once("*".to_owned()).chain(site.line_ids());
    let named = |id: &str| line_name(site, id, visitor.lang);
    let none = choice("none", h.none, view.volume.is_none());
    let volumes = definitions
        .iter()
        .filter(|definition| definition.is_count)
        .map(|definition| {
            let chosen = view.volume.is_some_and(|volume| volume.id == definition.id);
            (definition.id.to_owned(), name(definition.id), chosen)
        });
    let grains = Grain::ALL.into_iter().map(|grain| {
        let chosen = view.grain_is_own && view.grain == grain;
        choice(grain.name(), grain_word(grain, words), chosen)
    });
    let kept = [
        ("range", view.range.map(super::range::Range::name)),
        ("lang", visitor.lang_is_asked.then(|| visitor.lang.code())),
    ];
    let mut kept: Vec<(&str, String)> = kept
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?.to_owned())))
        .collect();
    if view.range.is_some() && visitor.parameter("end").is_some() {
        kept.push(("end", view.last.to_string()));
    }
    Form {
        kept,
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
        volumes: std::iter::once(none).chain(volumes).collect(),
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
        is_open: view.compare.is_some()
            || view.overlays.value() != ""
            || view.as_percent
            || view.grain_is_own,
    }
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

/// What the reader should know of the view: a coarser grain, overlays that cannot be drawn, a
/// range without data.
fn notes(view: &View<'_>, loaded: &Loaded, words: &Words) -> Vec<String> {
    let h = &words.history;
    let mut notes: Vec<String> = Vec::new();
    let is_empty = |series: &Series| {
        let is_silent =
            |point: &Point| point.value == Shown::None && point.mark != Some(Mark::Withheld);
        series.points.iter().all(is_silent)
    };
    if is_empty(&loaded.main.series) {
        notes.push(words.empty_range.to_owned());
        let day = |day: Date| words.long_date(day);
        match view.bounds {
            Some((first, _)) if view.last < first => {
                notes.push(format!(
                    "{} {} {}.",
                    h.before_first,
                    h.first_data_is,
                    day(first)
                ));
            }
            Some((_, last)) if view.first > last => {
                notes.push(format!(
                    "{} {} {}.",
                    h.after_last,
                    h.last_data_is,
                    day(last)
                ));
            }
            _ => {}
        }
    }
    if loaded.is_coarser {
        notes.push(format!(
            "{} {}.",
            words.shown_coarser,
            grain_word(view.grain, words)
        ));
    }
    if view.overlays.mean7 && view.grain != Grain::Day {
        notes.push(h.mean7_days_only.to_owned());
    }
    if view.overlays.band {
        let note = if view.grain == Grain::Month {
            h.band_not_by_month
        } else {
            h.band_words
        };
        notes.push(note.to_owned());
    }
    if loaded.main.found.xmr == Some(None) {
        let is_week = view.grain == Grain::Week;
        notes.push(
            if is_week {
                h.xmr_too_few
            } else {
                h.xmr_weeks_only
            }
            .to_owned(),
        );
    }
    let compare = loaded.main.compare.as_ref();
    if compare.is_some_and(|compare| compare.with == Compare::Target && compare.target.is_none()) {
        notes.push(h.no_target.to_owned());
    }
    notes
}

fn legend(
    site: &Site,
    visitor: &Visitor,
    view: &View<'_>,
    shown: &Loaded,
) -> Vec<(&'static str, String)> {
    let words = visitor.words();
    let h = &words.history;
    let panes = std::iter::once(&shown.main.series).chain(&shown.volume);
    let points: Vec<&Point> = panes.flat_map(|series| &series.points).collect();
    let marked = |mark: Mark| points.iter().any(|point| point.mark == Some(mark));
    let has = |holds: fn(&Point) -> bool| points.iter().any(|point| holds(point));
    let over = keys(site, visitor, view, shown)
        .into_iter()
        .map(|(key, text)| {
            let class = match key {
                Key::Value => "value",
                Key::Compare => "compare",
                Key::Mean => "mean",
                Key::Band => "band",
                Key::Limit => "limit",
                Key::Target => "target",
            };
            (class, text)
        });
    let states = [
        (marked(Mark::Provisional), "soft", words.legend_provisional),
        (marked(Mark::Unreliable), "soft", words.legend_unreliable),
        (
            has(|point| point.mark == Some(Mark::Withheld) && point.value == Shown::None),
            "few",
            words.legend_withheld,
        ),
        (
            has(|point| matches!(point.value, Shown::Under(_) | Shown::AtLeast(_))),
            "bound",
            words.legend_bound,
        ),
        (marked(Mark::NoData), "missing", words.legend_no_data),
        (marked(Mark::Closed), "shut", words.legend_closed),
        (
            has(|point| point.mark.is_none() && point.value == Shown::None),
            "none",
            words.legend_no_basis,
        ),
        (!shown.main.flags.is_empty(), "flag", h.flags),
    ];
    let states = states.into_iter().filter(|(is_shown, _, _)| *is_shown);
    over.chain(states.map(|(_, class, text)| (class, text.to_owned())))
        .collect()
}

fn flags(loaded: &Loaded, words: &Words) -> Vec<(String, &'static str, String)> {
    let flags = loaded.main.flags.iter();
    flags
        .map(|flag| {
            (
                words.long_date(flag.day),
                words.history.flag_holiday,
                flag.text.clone(),
            )
        })
        .collect()
}

/// Start, value, number and mark, then what the view adds: boxes, the comparison, overlays, the
/// lower pane.
fn table(view: &View<'_>, shown: &Loaded, clock: Clock<'_>) -> Table {
    let words = clock.words;
    let h = &words.history;
    let series = &shown.main.series;
    let scale = main_scale(view, shown, words);
    let number = |value: Option<f64>| {
        value.map_or_else(|| words.no_value.to_owned(), |v| scale.write(v, words))
    };
    let mut columns: Vec<String> = [words.start, words.value, words.cases, words.mark]
        .map(str::to_owned)
        .into();
    let found = &shown.main.found;
    let compare = shown
        .main
        .compare
        .as_ref()
        .filter(|compare| !compare.points.is_empty());
    if shown.boxes.is_some() {
        columns.extend([h.box_p10, h.box_p90, h.box_max].map(str::to_owned));
    }
    if compare.is_some() {
        columns.extend([h.comparison, h.difference].map(str::to_owned));
    }
    if found.mean7.is_some() {
        columns.push(mean_word(view, words).to_owned());
    }
    if found.band.is_some() {
        columns.push(h.overlay_band.to_owned());
    }
    if let Some(volume) = view.volume {
        columns.push(measure_name(volume.id, words));
    }
    let row = |(index, point): (usize, &Point)| {
        let n = point
            .n
            .map_or_else(|| words.no_value.to_owned(), |n| words.count(n));
        let mut cells = vec![
            value_words(point, &scale, words),
            n,
            mark_sign(point.mark).to_owned(),
        ];
        for series in shown.boxes.iter().flatten() {
            cells.push(number(series.points.get(index).and_then(known_or_endless)));
        }
        if let Some(compare) = compare {
            let other = compare.points.get(index).and_then(Option::as_ref);
            cells.push(other.map_or_else(
                || words.no_value.to_owned(),
                |other| value_words(other, &scale, words),
            ));
            cells
                .push(change_words(compare.change.get(index).copied().flatten(), words).to_owned());
        }
        if let Some(means) = &found.mean7 {
            cells.push(number(means.get(index).copied().flatten()));
        }
        if let Some(band) = &found.band {
            let ends = band.low[index].zip(band.high[index]);
            let text =
                ends.map(|(low, high)| format!("{} – {}", number(Some(low)), number(Some(high))));
            cells.push(text.unwrap_or_else(|| words.no_value.to_owned()));
        }
        if let Some(volume) = &shown.volume {
            let scale = Scale::of(volume, true, false, words);
            let point = volume.points.get(index);
            cells.push(point.map_or_else(String::new, |point| value_words(point, &scale, words)));
        }
        Row {
            start: start_words(point.start_ms, series.grain, clock),
            cells,
        }
    };
    Table {
        columns,
        rows: series
            .points
            .iter()
            .enumerate()
            .take(MOST_ROWS)
            .map(row)
            .collect(),
        is_cut: series.points.len() > MOST_ROWS,
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
