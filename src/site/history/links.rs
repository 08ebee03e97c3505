//! Where the page leads: other views, downloads of exactly this one.

use super::range::Range;
use super::view::View;
use crate::site::page::{Page, encoded};
use crate::words::Words;

/// A link or a choice: address, short text, long text, whether it is this.
pub struct Link {
    /// Where to.
    pub address: String,
    /// What is read.
    pub text: String,
    /// What is read aloud.
    pub label: String,
    /// This view.
    pub is_current: bool,
}

/// One for each range; own dates and grain are left behind.
#[must_use]
pub fn ranges(page: &Page, view: &View<'_>) -> Vec<Link> {
    let link = |range: Range| {
        let changes = [
            ("range", range.name()),
            ("from", ""),
            ("until", ""),
            ("grain", ""),
        ];
        let (text, label) = range_words(range, page.w);
        Link {
            address: page.link(&view.address("/history", &changes)),
            text: text.to_owned(),
            label: label.to_owned(),
            is_current: view.range == Some(range),
        }
    };
    Range::ALL.map(link).into()
}

fn range_words(range: Range, words: &Words) -> (&'static str, &'static str) {
    let h = &words.history;
    match range {
        Range::Day => (h.range_1d, h.range_1d_long),
        Range::Week => (h.range_1w, h.range_1w_long),
        Range::Month => (h.range_1m, h.range_1m_long),
        Range::Quarter => (h.range_3m, h.range_3m_long),
        Range::HalfYear => (h.range_6m, h.range_6m_long),
        Range::YearToDate => (h.range_ytd, h.range_ytd_long),
        Range::Year => (h.range_1y, h.range_1y_long),
        Range::Max => (h.range_max, h.range_max_long),
    }
}

/// Text and address of each download of the view.
#[must_use]
pub fn downloads(page: &Page, view: &View<'_>) -> Vec<(&'static str, String)> {
    vec![
        (page.w.as_csv, page.link(&data_address(view, "csv"))),
        (page.w.as_json, page.link(&data_address(view, "json"))),
        (page.w.as_svg, page.link(&view.fixed_address("/chart.svg"))),
        (page.w.as_png, page.link(&view.fixed_address("/chart.png"))),
    ]
}

/// The same figures from the API.
fn data_address(view: &View<'_>, format: &str) -> String {
    let mut address = format!(
        "/api/v1/series?line={}&measure={}&grain={}&from={}&to={}",
        encoded(&view.line),
        view.definition.id,
        view.grain.name(),
        view.grain.first_day(view.first),
        view.to(),
    );
    if let Some(compare) = &view.compare {
        address += "&compare=";
        address += &encoded(&compare.value());
    }
    let overlay = view.overlays.value();
    if !overlay.is_empty() {
        address += "&overlay=";
        address += &overlay;
    }
    format!("{address}&format={format}")
}
