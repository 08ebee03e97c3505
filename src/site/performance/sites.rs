//! Who answered: the answered by site, with those of no site, so that everyone is accounted for.

use super::figure::{Figure, Wanted};
use super::range::Asked;
use super::record::Record;
use super::rows::{Row, row};
use crate::domain::analysis::known;
use crate::domain::centre::{FORMER_SITES, SiteKind, UNTOLD_SITE};
use crate::domain::published::{Mark, Shown};
use crate::site::Site;
use crate::site::api::site_ids;
use crate::words::Words;

/// What is told of every site: how many, how soon, and how many were solved.
pub const BY_SITE: [&str; 3] = ["answered", "answered_soon", "resolution"];

/// What one site, or what stands for one, answered.
pub struct OfSite {
    /// Its id, or `former`, or `untold`.
    pub id: String,
    /// How many.
    pub answered: Figure,
    /// The shares of [`BY_SITE`]; of those of no site it is not told how many were solved.
    pub shares: Vec<Figure>,
}

/// What is read for all sites, one after another; nothing for a line or where there is no site.
#[must_use]
pub fn wanted(site: &Site, asked: &Asked) -> Vec<Wanted> {
    if !asked.is_whole_centre() {
        return Vec::new();
    }
    let of_one = |id: String| {
        let told = BY_SITE.into_iter();
        let told = told.filter(|measure| id != UNTOLD_SITE || *measure != "resolution");
        let wanted: Vec<Wanted> = told
            .filter_map(|measure| Wanted::of_site(measure, &id))
            .collect();
        wanted
    };
    site_ids(site).into_iter().flat_map(of_one).collect()
}

/// The figures that were read, put together again.
#[must_use]
pub fn by_site(figures: Vec<Figure>) -> Vec<OfSite> {
    let mut sites: Vec<OfSite> = Vec::new();
    for figure in figures {
        let Some(id) = figure.site.clone() else {
            continue;
        };
        match sites.last_mut() {
            Some(last) if last.id == id => last.shares.push(figure),
            _ => sites.push(OfSite {
                id,
                answered: figure,
                shares: Vec::new(),
            }),
        }
    }
    // Sites that are no more are shown where they answered anybody.
    sites.retain(|one| {
        one.id != FORMER_SITES || known(&one.answered.now.point).is_some_and(|count| count > 0.0)
    });
    sites
}

/// All who were answered on the days that are told; none while any number of them is withheld.
#[must_use]
pub fn total(sites: &[OfSite]) -> Option<f64> {
    let mut sum = None;
    for one in sites {
        let now = &one.answered.now;
        let is_silent = now.point.mark == Some(Mark::NoData);
        match now.point.value {
            _ if now.withheld > 0 => return None,
            Shown::Value(value) => *sum.get_or_insert(0.0) += value,
            _ if is_silent => {}
            _ => return None,
        }
    }
    sum
}

/// A row of the table.
pub struct SiteRow {
    /// The public name.
    pub name: String,
    /// Whose people they are.
    pub kind: Option<&'static str>,
    /// How many were answered.
    pub answered: Row,
    /// Their share of all who were answered.
    pub share: String,
    /// The shares of [`BY_SITE`] with what they are of and where they are told.
    pub shares: Vec<Option<Row>>,
}

/// The table; no rows where there is no site.
#[must_use]
pub fn rows(site: &Site, record: &Record, words: &'static Words) -> Vec<SiteRow> {
    let total = total(&record.sites).filter(|total| *total > 0.0);
    let one = |own: &OfSite| {
        let share = known(&own.answered.now.point).zip(total);
        let percent = share.map(|(count, total)| words.number(100.0 * count / total, 1));
        let (name, kind) = name_of(site, &own.id, words);
        let figures = own.shares.iter();
        let shares = BY_SITE[1..].iter().map(|id| {
            let figure = figures.clone().find(|figure| figure.measure.id == *id)?;
            Some(row(&record.asked, figure, words))
        });
        SiteRow {
            name,
            kind,
            share: percent.map_or_else(
                || words.no_value.to_owned(),
                |percent| words.with_unit(&percent, words.unit_percent),
            ),
            answered: row(&record.asked, &own.answered, words),
            shares: shares.collect(),
        }
    };
    record.sites.iter().map(one).collect()
}

/// The public name of a site or of what stands for one, and whose people they are.
fn name_of(site: &Site, id: &str, words: &'static Words) -> (String, Option<&'static str>) {
    let p = &words.performance;
    match (site.centre().site(id), id) {
        (Some(own), _) => {
            let kind = match own.kind {
                SiteKind::InHouse => p.in_house,
                SiteKind::Partner => p.partner,
            };
            (
                own.name.in_language(words.lang.code()).to_owned(),
                Some(kind),
            )
        }
        (None, FORMER_SITES) => (p.former_sites.to_owned(), None),
        (None, _) => (p.site_untold.to_owned(), None),
    }
}

/// All who were answered, in words; nothing while any number of them is withheld.
#[must_use]
pub fn total_words(record: &Record, words: &Words) -> Option<String> {
    total(&record.sites).map(|total| words.number(total, 0))
}
