//! All figures of the page, read together.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;

use super::figure::{Figure, Wanted, figures};
use super::range::{Asked, days_for};
use super::sites::{self, OfSite};
use crate::domain::facts::Scale;
use crate::domain::period::Grain;
use crate::domain::satisfaction::ScoreShare;
use crate::site::Site;
use crate::site::error::Error;
use crate::site::figures::Received;

/// The two sides of the promise, shown next to each other.
pub const SIDES: [&str; 2] = ["service_level_customer", "service_level"];
/// How many reached somebody, and how soon.
pub const WAITS: [&str; 13] = [
    "reach_rate",
    "answered_soon",
    "answered_late",
    "long_wait",
    "wait_customer_median",
    "wait_median",
    "wait_p90",
    "wait_mean",
    "abandonment",
    "short_abandonment",
    "refused_rate",
    "resolution",
    "handle_time",
];
/// Everyone who tried, by what became of it.
pub const FLOW: [&str; 14] = [
    "attempts",
    "refused",
    "left_in_menu",
    "self_served",
    "offered",
    "answered",
    "abandoned",
    "deflected",
    "callbacks_requested",
    "callbacks_kept",
    "callbacks_pending",
    "callbacks_failed",
    "lost",
    "waiting",
];
/// Purposes: share and count.
pub const PURPOSES: [(&str, &str); 6] = [
    ("share_information", "purpose_information"),
    ("share_transaction", "purpose_transaction"),
    ("share_problem", "purpose_problem"),
    ("share_complaint", "purpose_complaint"),
    ("share_idea", "purpose_idea"),
    ("share_compliment", "purpose_compliment"),
];
/// Those of whom no purpose is known.
pub const UNCLASSIFIED: &str = "share_unclassified";
/// Complaints of all causes.
pub const COMPLAINTS: [&str; 6] = [
    "complaints_opened",
    "complaints_per_thousand",
    "complaints_closed",
    "complaints_quick",
    "complaints_in_time",
    "complaints_closed_unopened",
];
/// Of each cause.
pub const BY_CAUSE: [&str; 2] = ["complaints_opened", "complaints_closed"];
/// What people said afterwards.
pub const SATISFACTION: [&str; 6] = [
    "csat",
    "nps",
    "ces_mean",
    "ces_easy",
    "response_rate",
    "surveys_sent",
];

/// The measures of all figures of the record, in its order.
pub fn ids() -> impl Iterator<Item = &'static str> {
    let purposes = PURPOSES.iter().flat_map(|(share, count)| [*share, *count]);
    let ids = SIDES.into_iter().chain(WAITS).chain(FLOW).chain(purposes);
    ids.chain([UNCLASSIFIED])
        .chain(COMPLAINTS)
        .chain(SATISFACTION)
}

/// How the answers to one question are spread.
#[derive(Clone, Debug)]
pub struct Spread {
    /// The question.
    pub scale: Scale,
    /// The week or month.
    pub days: Range<Date>,
    /// Answers by score; none where they may not be shown.
    pub shares: Option<Vec<ScoreShare>>,
}

/// Everything the page shows.
pub struct Record {
    /// What was asked for.
    pub asked: Asked,
    /// Figures by the id of their measure.
    figures: BTreeMap<&'static str, Figure>,
    /// For each cause of complaints, in the centre's order: opened and closed.
    pub causes: Vec<(String, [Figure; 2])>,
    /// Who tried, by channel; of the whole centre only, where it has several channels.
    pub channels: Vec<Figure>,
    /// Who answered; of the whole centre only, where it describes sites.
    pub sites: Vec<OfSite>,
    /// How answers are spread; of the whole centre only, and of one week or month.
    pub spreads: Vec<Spread>,
    /// What came in.
    pub received: Received,
}

impl Record {
    /// A figure; none if it does not exist for a line.
    #[must_use]
    pub fn figure(&self, id: &str) -> Option<&Figure> {
        self.figures.get(id)
    }

    /// Those of a list that there are, in its order.
    pub fn figures<'r>(&'r self, ids: &'r [&str]) -> impl Iterator<Item = &'r Figure> {
        ids.iter().filter_map(|id| self.figure(id))
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// When the figures cannot be had.
    pub async fn read(site: &Site, asked: Asked) -> Result<Self, Error> {
        let wanted: Vec<Wanted> = ids()
            .filter_map(Wanted::of)
            .filter(|wanted| asked.is_whole_centre() || !wanted.measure.whole_centre_only)
            .collect();
        let causes: Vec<&str> = if asked.is_whole_centre() {
            let causes = site.centre().causes.iter();
            causes.map(|cause| cause.id.as_str()).collect()
        } else {
            Vec::new()
        };
        let of_causes = causes.iter().flat_map(|cause| {
            BY_CAUSE
                .into_iter()
                .filter_map(|id| Wanted::of_cause(id, cause))
        });
        let channels = site.channels();
        let has_channels = asked.is_whole_centre() && channels.len() > 1;
        let channels = channels.into_iter().filter(|_| has_channels);
        let by_channel: Vec<Wanted> = channels.filter_map(Wanted::of_channel).collect();
        let (count, all) = (wanted.len(), wanted.len() + by_channel.len());
        let by_site = sites::wanted(site, &asked);
        let before_sites = all + BY_CAUSE.len() * causes.len();
        let wanted = wanted.into_iter().chain(by_channel).chain(of_causes);
        let wanted: Vec<Wanted> = wanted.chain(by_site).collect();
        let mut figures = figures(site, &asked, &wanted).await?;
        let by_site = figures.split_off(before_sites);
        let mut by_cause = figures.split_off(all).into_iter();
        let channels = figures.split_off(count);
        let causes = causes.into_iter().filter_map(|cause| {
            let both = [by_cause.next()?, by_cause.next()?];
            Some((cause.to_owned(), both))
        });
        Ok(Self {
            figures: figures
                .into_iter()
                .map(|figure| (figure.measure.id, figure))
                .collect(),
            causes: causes.collect(),
            channels,
            sites: sites::by_site(by_site),
            spreads: spreads(site, &asked).await?,
            received: site.figures().received().await?,
            asked,
        })
    }
}

/// The spread of a free range is that of the month of its last day.
async fn spreads(site: &Site, asked: &Asked) -> Result<Vec<Spread>, Error> {
    if !asked.is_whole_centre() {
        return Ok(Vec::new());
    }
    let days = days_for(&asked.days, Grain::Week);
    let last = super::figure::last_of(&days);
    let is_week = Grain::Week.first_day(days.start) == days.start
        && Grain::Week.next_first_day(days.start) == days.end;
    let grain = if is_week { Grain::Week } else { Grain::Month };
    let first = grain.first_day(last);
    let mut spreads = Vec::new();
    for scale in Scale::ALL {
        let shares = site.figures().scores(scale, grain, first).await?;
        spreads.push(Spread {
            scale,
            days: first..grain.next_first_day(first),
            shares,
        });
    }
    Ok(spreads)
}
