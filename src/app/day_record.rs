//! What was published of a day, as one value: every measure of every line, as the pages show it.

use std::sync::Arc;

use anyhow::Context as _;
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::domain::centre::Centre;
use crate::domain::period::{Grain, Span};
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::domain::series::WHOLE_CENTRE;
use crate::publish::notary::Records;
use crate::site::figures::{Definition, Figures, SeriesAsk};

/// The records of a centre's days.
pub struct DayRecords {
    centre: Arc<Centre>,
    figures: Arc<dyn Figures>,
}

impl DayRecords {
    /// Told by the figures of the pages.
    #[must_use]
    pub fn new(centre: Arc<Centre>, figures: Arc<dyn Figures>) -> Self {
        Self { centre, figures }
    }

    /// Every measure there is of a day, of the whole centre and of each line.
    fn asks(&self, day: Date) -> Vec<SeriesAsk> {
        let span = Span::of_day(day, &self.centre.zone);
        let lines = self.centre.lines.iter().map(|line| line.id.as_str());
        let places = std::iter::once(WHOLE_CENTRE).chain(lines);
        let ask = |line: &str, definition: &Definition| SeriesAsk {
            line: line.to_owned(),
            measure: definition.id,
            cause: None,
            channel: None,
            site: None,
            grain: Grain::Day,
            from_ms: span.start_ms,
            to_ms: span.end_ms,
        };
        let daily = |line: &str| {
            let is_told = |definition: &&Definition| {
                let is_here = line == WHOLE_CENTRE || !definition.whole_centre_only;
                definition.finest <= Grain::Day && is_here
            };
            let definitions = self.figures.definitions().iter().filter(is_told);
            definitions
                .map(|definition| ask(line, definition))
                .collect::<Vec<_>>()
        };
        places.flat_map(daily).collect()
    }
}

impl Records for DayRecords {
    fn record(&self, day: Date) -> BoxFuture<'_, anyhow::Result<Value>> {
        let work = async move {
            let series = self.figures.several(self.asks(day)).await;
            let series = series.context("reading the published values")?;
            let values: Vec<Value> = series.iter().map(value).collect();
            Ok(json!({
                "day": day.to_string(),
                "values": values,
                "zone": self.centre.zone_name,
            }))
        };
        work.boxed()
    }
}

/// A measure of a day; no point is told as no data.
fn value(series: &Series) -> Value {
    let point = series.points.first();
    let (value, under, at_least) = match point.map_or(Shown::None, |point| point.value) {
        Shown::Value(own) => (Some(own), None, None),
        Shown::Under(own) => (None, Some(own), None),
        Shown::AtLeast(own) => (None, None, Some(own)),
        Shown::None => (None, None, None),
    };
    let decimal = |own: Option<f64>| own.map(|own| own.to_string());
    json!({
        "at_least": decimal(at_least),
        "line": series.line,
        "mark": point.map_or(Some(Mark::NoData), |point: &Point| point.mark).map(Mark::letter),
        "measure": series.measure,
        "n": point.and_then(|point| point.n),
        "under": decimal(under),
        "unit": series.unit,
        "value": decimal(value),
        "version": series.version,
    })
}
