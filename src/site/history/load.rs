//! Everything a view shows, read in one go.

use jiff::ToSpan;
use jiff::civil::Date;

use super::range::{grains_for, open_places, shows_enough};
use super::view::View;
use crate::domain::analysis::known;
use crate::domain::period::{self, Grain};
use crate::domain::published::{Point, Series, Shown};
use crate::site::Site;
use crate::site::analysed::{Analysed, analyse};
use crate::site::beside::{Changed, changed};
use crate::site::error::Error;
use crate::site::figures::SeriesAsk;
use crate::words::Lang;

/// The whole history is shown by week up to this many years, then by month.
const OVERVIEW_WEEK_YEARS: i16 = 6;

/// What a view shows.
pub struct Loaded {
    /// The main pane with all that is said about it.
    pub main: Analysed,
    /// The lower pane.
    pub volume: Option<Series>,
    /// One in ten, nine in ten and all, when boxes are drawn.
    pub boxes: Option<[Series; 3]>,
    /// Changes of thresholds, read both ways.
    pub changes: Vec<Changed>,
    /// A finer grain would have hidden too much.
    pub is_coarser: bool,
}

/// Reads a view, in the finest grain at which enough of it may be shown unless one was asked for.
///
/// # Errors
/// When the figures cannot be had.
pub async fn load(site: &Site, view: &mut View<'_>, lang: Lang) -> Result<Loaded, Error> {
    let (series, is_coarser) = read(site, view).await?;
    let ask = view.ask(site, view.definition.id);
    let main = analyse(site, series, &ask, &view.wanted(), lang).await?;
    let volume = match view.volume {
        Some(volume) => Some(site.figures().series(view.ask(site, volume.id)).await?),
        None => None,
    };
    let boxes = match view.boxes {
        Some([low, _, high, most]) => {
            let series = |id| site.figures().series(view.ask(site, id));
            Some([series(low).await?, series(high).await?, series(most).await?])
        }
        None => None,
    };
    Ok(Loaded {
        changes: changed(site, &ask, &main.series.breaks).await?,
        main,
        volume,
        boxes,
        is_coarser,
    })
}

async fn read(site: &Site, view: &mut View<'_>) -> Result<(Series, bool), Error> {
    let ask = |view: &View<'_>| site.figures().series(view.ask(site, view.definition.id));
    let first = ask(view).await?;
    if view.grain_is_own || shows_enough(&first) {
        return Ok((first, false));
    }
    let suits = view.grain;
    let mut known = None;
    for grain in grains_for(view.days(), view.definition.finest) {
        if grain <= suits {
            continue;
        }
        view.grain = grain;
        let series = ask(view).await?;
        if series.points.iter().any(|point| point.value != Shown::None) {
            let enough = shows_enough(&series);
            known = Some((grain, series));
            if enough {
                break;
            }
        }
    }
    // Nothing is known at any grain: the one that suits the range says so best.
    view.grain = known.as_ref().map_or(suits, |(grain, _)| *grain);
    Ok(known.map_or((first, false), |(_, series)| (series, true)))
}

/// The whole history of the measure and line, for the brush.
///
/// # Errors
/// When the figures cannot be had.
pub async fn overview(site: &Site, view: &View<'_>) -> Result<Series, Error> {
    let (first, last) = view.bounds.unwrap_or((view.first, view.last));
    let grain = if last.year() - first.year() > OVERVIEW_WEEK_YEARS {
        Grain::Month
    } else {
        Grain::Week
    };
    let zone = &site.centre().zone;
    let start = |day: Date| period::day_start_ms(day, zone);
    let ask = SeriesAsk {
        line: view.line.clone(),
        measure: view.definition.id,
        cause: None,
        channel: None,
        grain,
        from_ms: start(grain.first_day(first)),
        to_ms: start(last.saturating_add(1.day())),
    };
    Ok(site.figures().series(ask).await?)
}

impl Loaded {
    /// Leaves out closed time and turns values into percent, as the view asks: what the picture
    /// and the table show.
    #[must_use]
    pub fn shown(&self, view: &View<'_>) -> Self {
        let mut shown = Self {
            main: self.main.clone(),
            volume: self.volume.clone(),
            boxes: self.boxes.clone(),
            changes: self.changes.clone(),
            is_coarser: self.is_coarser,
        };
        if view.open_only() {
            let count = self.main.series.points.len();
            shown.keep(&open_places(count, &self.main.shut));
        }
        if view.as_percent && self.boxes.is_none() {
            shown.become_percent();
        }
        shown
    }

    fn keep(&mut self, places: &[usize]) {
        let main = &mut self.main;
        for series in std::iter::once(&mut main.series).chain(&mut self.volume) {
            pick(&mut series.points, places);
        }
        for series in self.boxes.iter_mut().flatten() {
            pick(&mut series.points, places);
        }
        if let Some(compare) = &mut main.compare {
            pick(&mut compare.points, places);
            pick(&mut compare.change, places);
        }
        if let Some(means) = &mut main.found.mean7 {
            pick(means, places);
        }
        if let Some(band) = &mut main.found.band {
            pick(&mut band.low, places);
            pick(&mut band.high, places);
        }
        if let Some(xmr) = &mut main.found.xmr {
            let place = |index: usize| places.iter().position(|place| *place == index);
            let signals = xmr.signals.drain(..);
            let kept = signals.filter_map(|(index, rule)| Some((place(index)?, rule)));
            xmr.signals = kept.collect();
        }
    }

    /// Percent of the comparison point by point; without one, of the first value.
    fn become_percent(&mut self) {
        let main = &mut self.main;
        let compared = main
            .compare
            .as_ref()
            .filter(|compare| !compare.points.is_empty());
        if let Some(compare) = compared {
            let of = |index: usize| compare.points[index].as_ref().and_then(known);
            let bases: Vec<Option<f64>> = (0..compare.points.len()).map(of).collect();
            scale(&mut main.series.points, |index| {
                bases.get(index).copied().flatten()
            });
            if let Some(compare) = &mut main.compare {
                let points = compare.points.iter_mut().zip(&bases);
                for (point, base) in points {
                    let whole = point
                        .as_mut()
                        .filter(|_| base.is_some_and(|base| base > 0.0));
                    if let Some(point) = whole {
                        point.value = Shown::Value(100.0);
                    }
                }
            }
            main.found = crate::site::analysed::Found::default();
            return;
        }
        let first = main
            .series
            .points
            .iter()
            .filter_map(known)
            .find(|value| *value > 0.0);
        scale(&mut main.series.points, |_| first);
        let percent = |value: &mut f64| {
            if let Some(first) = first {
                *value *= 100.0 / first;
            }
        };
        let found = &mut main.found;
        found.mean7.iter_mut().flatten().flatten().for_each(percent);
        if let Some(band) = &mut found.band {
            band.low
                .iter_mut()
                .chain(&mut band.high)
                .flatten()
                .for_each(percent);
        }
        if let Some(xmr) = &mut found.xmr {
            for limit in [&mut xmr.centre, &mut xmr.lower, &mut xmr.upper] {
                percent(limit);
            }
        }
        if let Some(target) = main
            .compare
            .as_mut()
            .and_then(|compare| compare.target.as_mut())
        {
            percent(target);
        }
    }
}

fn pick<T: Clone>(list: &mut Vec<T>, places: &[usize]) {
    *list = places
        .iter()
        .filter_map(|place| list.get(*place).cloned())
        .collect();
}

/// Values as percent of their bases; where there is no base there is no value.
fn scale(points: &mut [Point], base: impl Fn(usize) -> Option<f64>) {
    for (index, point) in points.iter_mut().enumerate() {
        let base = base(index).filter(|base| *base > 0.0);
        let percent = |value: f64| base.map(|base| 100.0 * value / base);
        point.value = match point.value {
            Shown::Value(value) => percent(value).map_or(Shown::None, Shown::Value),
            Shown::Under(bound) => percent(bound).map_or(Shown::None, Shown::Under),
            Shown::AtLeast(bound) => percent(bound).map_or(Shown::None, Shown::AtLeast),
            Shown::None => Shown::None,
        };
    }
}
