//! The verdict on an action, from published days alone: anyone can compute it again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::action::{Action, Comparison, YEAR_DAYS};
use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::impact::{self, Course, Impact, Portion, Unjudged, Verdict};
use crate::domain::measures::Measure;
use crate::domain::period::{Grain, day_start_ms, local_day};
use crate::domain::published::Series;
use crate::site::Site;
use crate::site::error::Error;
use crate::site::figures::{Figures, SeriesAsk};

/// An effect that was found is believed this long: late events alter the days of the past.
const KEPT_MS: Millis = 5 * 60_000;

/// That nothing can be said is believed this long: the days may be on their way.
const NOTHING_KEPT_MS: Millis = 5_000;

/// A day is closed at this hour of the next one: a verdict that is due on a day waits for it.
const CLOSE_MS: Millis = 4 * 3_600_000;

/// What is known of an action's effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// It was given up before it started.
    NeverJudged,
    /// The verdict is not due.
    NotDue,
    /// The figure or a line is not published any more.
    NoFigure,
    /// The windows say nothing.
    Unjudged(Unjudged),
    /// The effect.
    Found(Impact),
}

impl Finding {
    /// The verdict on an action; none on one that was given up before it started.
    #[must_use]
    pub fn verdict(&self, own: &Action) -> Option<Verdict> {
        match self {
            Self::NeverJudged => None,
            Self::NotDue => Some(Verdict::TooEarly),
            Self::NoFigure | Self::Unjudged(_) => Some(Verdict::NotEnoughData),
            Self::Found(impact) => Some(impact.verdict(own.facts.direction)),
        }
    }

    /// The effect, if there is one.
    #[must_use]
    pub fn impact(&self) -> Option<&Impact> {
        match self {
            Self::Found(impact) => Some(impact),
            _ => None,
        }
    }
}

/// The published days of an action and of what it is compared with, at the same places.
pub struct Segments {
    /// The action's own.
    pub treated: Series,
    /// The comparison; a year before has moved to the days it is compared with.
    pub comparison: Series,
}

/// What was found lately: each finding reads two months of days.
#[derive(Default)]
pub struct Memo(Mutex<HashMap<String, (Millis, Finding)>>);

impl Memo {
    fn find(&self, id: &str, now_ms: Millis) -> Option<Finding> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at_ms, finding) = kept.get(id)?;
        let kept_ms = match finding {
            Finding::Found(_) => KEPT_MS,
            _ => NOTHING_KEPT_MS,
        };
        ((now_ms - at_ms).abs() < kept_ms).then_some(*finding)
    }

    fn keep(&self, id: &str, at_ms: Millis, finding: Finding) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id.to_owned(), (at_ms, finding));
    }
}

/// What is known of an action's effect now. It may be as old as five minutes.
///
/// # Errors
/// When the figures cannot be had.
pub async fn judge(site: &Site, own: &Action) -> Result<Finding, Error> {
    let now_ms = site.figures().at_ms();
    if own.is_never_judged(&site.centre().zone) {
        return Ok(Finding::NeverJudged);
    }
    if !is_due(site, own) {
        return Ok(Finding::NotDue);
    }
    if let Some(finding) = site.judged().find(&own.id, now_ms) {
        return Ok(finding);
    }
    let finding = find(site.centre(), site.figures(), own).await?;
    site.judged().keep(&own.id, now_ms, finding);
    Ok(finding)
}

/// What the published figures say of an action whose verdict is due.
///
/// # Errors
/// When the figures cannot be had.
pub async fn find(centre: &Centre, figures: &dyn Figures, own: &Action) -> anyhow::Result<Finding> {
    let segments = read(centre, figures, own).await?;
    match (segments, Measure::from_id(&own.facts.measure)) {
        (Some(segments), Some(measure)) => compute(centre, own, measure, &segments).await,
        _ => Ok(Finding::NoFigure),
    }
}

fn is_due(site: &Site, own: &Action) -> bool {
    let closed = local_day(site.figures().at_ms() - CLOSE_MS, &site.centre().zone);
    closed >= own.facts.verdict
}

async fn compute(
    centre: &Centre,
    own: &Action,
    measure: &'static Measure,
    segments: &Segments,
) -> anyhow::Result<Finding> {
    let treated = course(centre, measure, &segments.treated);
    let comparison = course(centre, measure, &segments.comparison);
    let start = own.facts.start;
    // Some milliseconds of work: the server answers others meanwhile.
    let work = move || impact::impact(&treated, &comparison, start);
    let found = tokio::task::spawn_blocking(work).await;
    let found = found.context("judging an action")?;
    Ok(found.map_or_else(Finding::Unjudged, Finding::Found))
}

/// The days that a series tells.
fn course(centre: &Centre, measure: &Measure, series: &Series) -> Course {
    let zone = &centre.zone;
    let days = series.points.iter().filter_map(|point| {
        let portion = Portion::of(&measure.kind, point)?;
        Some((local_day(point.start_ms, zone), portion))
    });
    days.collect()
}

/// The days of both windows as far as they have come; nothing where they are all ahead, or the
/// figure or a line is not published any more.
///
/// # Errors
/// When the figures cannot be had.
pub async fn read(
    centre: &Centre,
    figures: &dyn Figures,
    own: &Action,
) -> anyhow::Result<Option<Segments>> {
    let today = local_day(figures.at_ms(), &centre.zone);
    let days = own.days();
    let days = days.start..days.end.min(today.saturating_add(1.day()));
    let is_known = |line: &str| line == "*" || centre.line(line).is_some();
    let line = &own.facts.line;
    let (other, back) = match &own.facts.comparison {
        Comparison::Line(other) => (other, 0),
        Comparison::YearBefore => (line, YEAR_DAYS),
    };
    let measure = Measure::from_id(&own.facts.measure);
    let Some(measure) = measure.filter(|_| is_known(line) && is_known(other)) else {
        return Ok(None);
    };
    if days.start >= days.end {
        return Ok(None);
    }
    let ask = |line: &str, back: i64| {
        let start_of = |day: Date| day_start_ms(day.saturating_sub(back.days()), &centre.zone);
        SeriesAsk {
            line: line.to_owned(),
            measure: measure.id,
            cause: None,
            channel: None,
            site: None,
            grain: Grain::Day,
            from_ms: start_of(days.start),
            to_ms: start_of(days.end),
        }
    };
    let both = vec![ask(line, 0), ask(other, back)];
    let mut both: Vec<Series> = figures.several(both).await?;
    let (Some(mut comparison), Some(treated)) = (both.pop(), both.pop()) else {
        return Ok(None);
    };
    if back != 0 {
        move_on(centre, &mut comparison, back);
    }
    Ok(Some(Segments {
        treated,
        comparison,
    }))
}

/// Moves the days of a series on by so many.
fn move_on(centre: &Centre, series: &mut Series, by: i64) {
    let zone = &centre.zone;
    for point in &mut series.points {
        let day = local_day(point.start_ms, zone).saturating_add(by.days());
        point.start_ms = day_start_ms(day, zone);
        point.end_ms = day_start_ms(day.saturating_add(1.day()), zone);
    }
}
