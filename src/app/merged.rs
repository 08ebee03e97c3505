//! What is asked for several times is put together once: the same figure of a month, of the one
//! before and of last year's are points of one series. A point is the same whatever else is asked
//! for, so each gets those of its own time.

use crate::domain::period::Grain;
use crate::domain::published::Series;
use crate::site::figures::SeriesAsk;

/// Asks with those that touch joined, and for each that was asked the place of its joined one.
pub(super) struct Merged {
    pub(super) asks: Vec<SeriesAsk>,
    places: Vec<(usize, SeriesAsk)>,
}

/// Asks for one figure stand together: one looks no further back than this for its like.
const NEAR: usize = 12;

impl Merged {
    pub(super) fn of(wanted: Vec<SeriesAsk>) -> Self {
        let mut asks: Vec<SeriesAsk> = Vec::new();
        let mut places = Vec::with_capacity(wanted.len());
        for ask in wanted {
            let first_near = asks.len().saturating_sub(NEAR);
            let near = asks[first_near..].iter_mut().enumerate();
            let joined = near.rev().find_map(|(at, known)| {
                touch(known, &ask).then(|| {
                    known.from_ms = known.from_ms.min(ask.from_ms);
                    known.to_ms = known.to_ms.max(ask.to_ms);
                    first_near + at
                })
            });
            let place = joined.unwrap_or_else(|| {
                asks.push(ask.clone());
                asks.len() - 1
            });
            places.push((place, ask));
        }
        Self { asks, places }
    }

    /// The series that were asked for, of the joined ones.
    pub(super) fn divide(self, joined: &[Series]) -> Vec<Series> {
        let own = self.places.into_iter().filter_map(|(place, ask)| {
            let all = joined.get(place)?;
            let is_own = |start_ms, end_ms| start_ms < ask.to_ms && ask.from_ms < end_ms;
            let points = all.points.iter();
            let points = points.filter(|point| is_own(point.start_ms, point.end_ms));
            Some(Series {
                points: points.cloned().collect(),
                line: all.line.clone(),
                zone: all.zone.clone(),
                breaks: all.breaks.clone(),
                ..*all
            })
        });
        own.collect()
    }
}

/// Whether two asks are for the same figure, by day or coarser, of times without a gap between.
fn touch(one: &SeriesAsk, other: &SeriesAsk) -> bool {
    let is_same = one.grain == other.grain
        && one.measure == other.measure
        && one.line == other.line
        && one.cause == other.cause
        && one.channel == other.channel
        && one.site == other.site;
    let is_empty = |ask: &SeriesAsk| ask.from_ms >= ask.to_ms;
    is_same
        && one.grain >= Grain::Day
        && !is_empty(one)
        && !is_empty(other)
        && one.from_ms <= other.to_ms
        && other.from_ms <= one.to_ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::published::{Point, Shown};

    const DAY_MS: i64 = 86_400_000;

    fn ask(measure: &'static str, days: std::ops::Range<i64>) -> SeriesAsk {
        SeriesAsk {
            line: "*".to_owned(),
            measure,
            cause: None,
            channel: None,
            site: None,
            grain: Grain::Day,
            from_ms: days.start * DAY_MS,
            to_ms: days.end * DAY_MS,
        }
    }

    /// Each day tells its number.
    fn series(ask: &SeriesAsk) -> Series {
        let days = ask.from_ms / DAY_MS..ask.to_ms / DAY_MS;
        let point = |day: i64| Point {
            start_ms: day * DAY_MS,
            end_ms: (day + 1) * DAY_MS,
            value: Shown::Value(0.0),
            n: Some(day),
            mark: None,
        };
        Series {
            line: ask.line.clone(),
            measure: ask.measure,
            grain: ask.grain,
            zone: "UTC".to_owned(),
            unit: "contacts",
            version: 1,
            breaks: Vec::new(),
            points: days.map(point).collect(),
        }
    }

    #[test]
    fn what_touches_is_asked_for_once_and_everybody_gets_their_own() {
        let wanted = vec![
            ask("offered", 20..30),
            ask("offered", 0..5),
            ask("offered", 25..40),
            ask("answered", 20..30),
            ask("offered", 5..9),
            ask("offered", 7..7),
        ];
        let merged = Merged::of(wanted.clone());
        let asked = [
            ask("offered", 20..40),
            ask("offered", 0..9),
            ask("answered", 20..30),
            ask("offered", 7..7),
        ];
        assert_eq!(merged.asks, asked);
        let joined: Vec<Series> = merged.asks.iter().map(series).collect();
        let alone: Vec<Series> = wanted.iter().map(series).collect();
        assert_eq!(merged.divide(&joined), alone);
    }
}
