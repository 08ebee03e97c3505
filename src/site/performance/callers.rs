//! Ten callers, from published figures alone.

use super::figure::Figure;
use super::record::Record;
use crate::domain::analysis::known;
use crate::domain::measures::{Way, tenths};
use crate::domain::published::{Mark, Point, Shown};

/// Where somebody went, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// A way that is told.
    Told(Way),
    /// Answered; of a line it is not told how soon.
    Answered,
    /// Withheld, or not known which way.
    Untold,
}

impl Went {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Told(way) => way.name(),
            Self::Answered => "answered",
            Self::Untold => "untold",
        }
    }
}

/// Ten figures and what stands beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ten {
    /// Each way with its callers and its share of the ten, in their order.
    pub ways: Vec<(Went, i64, u8)>,
    /// How many callers the ten stand for.
    pub of: i64,
    /// Beside them: served by the menu, still open, unexplained; none is withheld or not known.
    pub beside: [Option<i64>; 3],
}

/// The ten of a record; none if it is not known how many tried, or nobody's attempt has ended.
#[must_use]
pub fn ten(record: &Record) -> Option<Ten> {
    let count = |id: &str| record.figure(id).and_then(count_of);
    let sum = |ids: [&str; 2]| Some(count(ids[0])? + count(ids[1])?);
    let attempts = count("attempts")?;
    let answered = count("answered");
    let within = |id: &str| answered.and_then(|of| part_of(record.figure(id)?, of));
    let soon = within("answered_soon");
    let late = within("answered_late");
    let mut ways = match (answered, soon, late) {
        (Some(all), Some(soon), Some(late)) => vec![
            (Went::Told(Way::AnsweredSoon), soon),
            (Went::Told(Way::AnsweredLater), all - soon - late),
            (Went::Told(Way::AnsweredLate), late),
        ],
        (Some(all), _, _) => vec![(Went::Answered, all)],
        (None, _, _) => Vec::new(),
    };
    let others = [
        (Way::GaveUp, sum(["left_in_menu", "abandoned"])),
        (Way::TurnedAway, sum(["refused", "deflected"])),
        (Way::CallbackKept, count("callbacks_kept")),
        (Way::CallbackFailed, count("callbacks_failed")),
    ];
    for (way, callers) in others {
        ways.extend(callers.map(|callers| (Went::Told(way), callers)));
    }
    let open = sum(["waiting", "callbacks_pending"]);
    let beside = [count("self_served"), open, count("lost")];
    let told: i64 = ways.iter().map(|(_, callers)| callers).sum();
    let untold = attempts - told - beside.iter().flatten().sum::<i64>();
    if untold > 0 {
        ways.push((Went::Untold, untold));
    }
    let callers: Vec<i64> = ways.iter().map(|(_, callers)| *callers).collect();
    let figures = tenths(&callers)?;
    Some(Ten {
        of: callers.iter().sum(),
        ways: ways
            .into_iter()
            .zip(figures)
            .map(|((went, callers), figures)| (went, callers, figures))
            .collect(),
        beside,
    })
}

/// A published count. What no source reports is nobody's way: 0 of them are known, and whoever
/// went it is among those of whom it is not told.
fn count_of(figure: &Figure) -> Option<i64> {
    whole(&figure.now.point)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts of contacts are far below 2^52"
)]
fn whole(point: &Point) -> Option<i64> {
    match (point.value, point.mark) {
        (Shown::None, Some(Mark::Closed)) => Some(0),
        _ => known(point).map(|value| value as i64),
    }
}

/// How many of `of` a share is true of.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of contacts are far below 2^52"
)]
fn part_of(figure: &Figure, of: i64) -> Option<i64> {
    let point = &figure.now.point;
    if of == 0 {
        return Some(0);
    }
    let percent = known(point).filter(|_| point.n == Some(of))?;
    Some((percent * of as f64 / 100.0).round() as i64)
}
