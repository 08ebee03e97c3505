//! The page of a view, complete without its script.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::data;
use super::draw::{Sheet, keys, picture};
use super::form::{Form, form};
use super::links::{Link, downloads, ranges};
use super::load::{Loaded, load, overview};
use super::look::{Scale, days_words, facts, grain_word, line_name, measure_name, summary_words};
use super::table::{Table, table};
use super::view::View;
use crate::charts::{self, Key};
use crate::domain::occasion::Kind;
use crate::domain::period::{self, Grain};
use crate::domain::published::{Mark, Point, Shown};
use crate::site::Site;
use crate::site::analysed::Compare;
use crate::site::beside;
use crate::site::error::Error;
use crate::site::page::{Page, Visitor, absolute, answer, html};
use crate::site::week::{self, WeekView};
use crate::words::Words;

/// Sizes of the picture: on a desk, and on a phone. A lower pane adds its height.
const WIDE: (u32, u32) = (880, 360);
const NARROW: (u32, u32) = (336, 250);
const VOLUME_PX: (u32, u32) = (120, 96);

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
    changes: Vec<beside::Table>,
    week: Option<WeekView>,
    week_line: String,
    downloads: Vec<(&'static str, String)>,
    picture_address: String,
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
        changes: beside::tables(&loaded.changes, &loaded.main.series, clock),
        week: usual_week(site, &view, words).await?,
        week_line: line_name(site, &view.line, visitor.lang),
        downloads: downloads(&page, &view),
        picture_address: absolute(headers, &page.link(&view.fixed_address("/chart.png"))),
        summary,
        page,
    })
}

async fn usual_week(
    site: &Site,
    view: &View<'_>,
    words: &'static Words,
) -> Result<Option<WeekView>, Error> {
    let days = view.first..view.last.saturating_add(jiff::Span::new().days(1));
    let week = site.figures().week_of(&view.line, days).await?;
    let now = period::civil(site.figures().at_ms(), &site.centre().zone);
    let weekday = usize::try_from(now.weekday().to_monday_zero_offset()).unwrap_or(0);
    Ok(week::compose(&week, words, (weekday, now.time())))
}

/// What the reader should know of the view: a range without data, a coarser grain, what cannot
/// be drawn or compared.
fn notes(view: &View<'_>, loaded: &Loaded, words: &Words) -> Vec<String> {
    let h = &words.history;
    let mut notes: Vec<String> = Vec::new();
    let is_silent =
        |point: &Point| point.value == Shown::None && point.mark != Some(Mark::Withheld);
    if loaded.main.series.points.iter().all(is_silent) {
        notes.push(words.empty_range.to_owned());
        let where_data_is = match view.bounds {
            Some((first, _)) if view.last < first => Some((h.before_first, h.first_data_is, first)),
            Some((_, last)) if view.first > last => Some((h.after_last, h.last_data_is, last)),
            _ => None,
        };
        notes.extend(
            where_data_is
                .map(|(lies, data_is, day)| format!("{lies} {data_is} {}.", words.long_date(day))),
        );
    }
    if loaded.is_coarser {
        let grain = grain_word(view.grain, words);
        notes.push(format!("{} {grain}.", words.shown_coarser));
    }
    notes.extend(overlay_notes(view, loaded, words).map(str::to_owned));
    let compare = loaded.main.compare.as_ref();
    notes.extend(
        compare
            .filter(|compare| !compare.is_known())
            .map(|compare| match compare.with {
                Compare::Target => h.no_target.to_owned(),
                _ => h.nothing_to_compare.to_owned(),
            }),
    );
    notes
}

/// What the overlays say, or why they are not drawn.
fn overlay_notes(
    view: &View<'_>,
    loaded: &Loaded,
    words: &Words,
) -> impl Iterator<Item = &'static str> {
    let h = &words.history;
    let is_by = |grain: Grain| view.grain == grain;
    let has_limits = loaded.main.found.xmr.is_some();
    let notes = [
        (view.overlays.mean7 && !is_by(Grain::Day), h.mean7_days_only),
        (
            view.overlays.band && is_by(Grain::Month),
            h.band_not_by_month,
        ),
        (view.overlays.band && !is_by(Grain::Month), h.band_words),
        (view.overlays.xmr && !is_by(Grain::Week), h.xmr_weeks_only),
        (
            view.overlays.xmr && is_by(Grain::Week) && !has_limits,
            h.xmr_too_few,
        ),
    ];
    notes
        .into_iter()
        .filter(|(applies, _)| *applies)
        .map(|(_, note)| note)
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
    let kind_words = |name: &str| {
        let kind = Kind::from_name(name).filter(|kind| *kind != Kind::Holiday);
        kind.map_or(words.history.flag_holiday, |kind| words.occasion.kind(kind))
    };
    let flags = loaded.main.flags.iter();
    flags
        .map(|flag| {
            let day = words.long_date(flag.day);
            (day, kind_words(flag.kind), flag.text.clone())
        })
        .collect()
}
