//! What an action did to a figure: the difference before and after, minus the same difference where
//! the action did nothing, with its 95 % interval and a verdict.
//!
//! 28 days before the start are compared with 28 days that begin 7 days after it; in the 7 days
//! between the change settles. Each weekday is compared with itself, weighted by what is behind it.
//! A day counts only where both segments know it: a gap is never a zero.

mod bootstrap;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::analysis::known;
use super::measures::Kind;
use super::published::{Mark, Point};

/// Days before the start that are compared.
pub const BEFORE_DAYS: i64 = 28;

/// Days from the start on that are left out: the change settles.
pub const WASH_OUT_DAYS: i64 = 7;

/// Days after those that are compared.
pub const AFTER_DAYS: i64 = 28;

/// No verdict is due before this many days after the start.
pub const VERDICT_AFTER_DAYS: i64 = WASH_OUT_DAYS + AFTER_DAYS;

/// Fewer known days in a window say nothing.
pub const FEWEST_DAYS: usize = 12;

/// The known days of a window lie in so many of its four weeks at least.
pub const FEWEST_WEEKS: usize = 3;

/// A weekday that is known less often in a window is left out.
pub const FEWEST_SAME_WEEKDAYS: usize = 2;

/// Days of a window.
const WINDOW: usize = 28;

/// Days of a week.
const WEEK: usize = 7;

/// What a segment shows on one day, so that days can be added before they are divided.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Portion {
    /// The numerator, or the value of the day.
    pub top: f64,
    /// The denominator, or 1 for a plain value. Above zero.
    pub bottom: f64,
}

impl Portion {
    /// A value that nothing is behind but its day: a count, a median.
    #[must_use]
    pub fn plain(value: f64) -> Self {
        Self {
            top: value,
            bottom: 1.0,
        }
    }

    /// A published day; none where it has no value, a bound only, hides what it is of, or is not
    /// wholly covered.
    #[must_use]
    pub fn of(kind: &Kind, point: &Point) -> Option<Self> {
        let value = known(point).filter(|_| point.mark != Some(Mark::Unreliable))?;
        match kind {
            Kind::Share { .. }
            | Kind::Mean { .. }
            | Kind::Rating { .. }
            | Kind::MeanScore(_)
            | Kind::PerThousand { .. } => {
                let n = point.n.filter(|n| *n > 0)?;
                #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
                let bottom = n as f64;
                let top = value * bottom;
                Some(Self { top, bottom })
            }
            Kind::Count(_) | Kind::Facts(_) | Kind::Percentile { .. } | Kind::Backlog => {
                Some(Self::plain(value))
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.top += other.top;
        self.bottom += other.bottom;
    }

    fn mean(self) -> f64 {
        self.top / self.bottom
    }
}

/// The days of a segment. A day that is not in it is a gap.
pub type Course = BTreeMap<Date, Portion>;

/// The days that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Before the start.
    pub before: Range<Date>,
    /// After the change has settled.
    pub after: Range<Date>,
}

impl Windows {
    /// The windows of an action that starts on a day.
    #[must_use]
    pub fn around(start: Date) -> Self {
        let settled = start.saturating_add(WASH_OUT_DAYS.days());
        Self {
            before: start.saturating_sub(BEFORE_DAYS.days())..start,
            after: settled..settled.saturating_add(AFTER_DAYS.days()),
        }
    }
}

/// Which way a figure should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It should rise.
    Up,
    /// It should fall.
    Down,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Up, Self::Down];

    /// The word in forms and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// The direction of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.name() == name)
    }
}

/// What is said of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The interval excludes zero in the registered direction.
    Improved,
    /// The interval contains zero.
    NoChange,
    /// The interval excludes zero in the other direction.
    Worse,
    /// The verdict is not due.
    TooEarly,
    /// The windows are not known well enough.
    NotEnoughData,
}

impl Verdict {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::Improved,
        Self::NoChange,
        Self::Worse,
        Self::TooEarly,
        Self::NotEnoughData,
    ];

    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Improved => "improved",
            Self::NoChange => "no_detectable_change",
            Self::Worse => "worse",
            Self::TooEarly => "too_early",
            Self::NotEnoughData => "not_enough_data",
        }
    }
}

/// A segment before and after, each weekday weighted alike on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Means {
    /// Over the window before the start.
    pub before: f64,
    /// Over the window after it.
    pub after: f64,
}

impl Means {
    /// By how much the segment changed.
    #[must_use]
    pub fn change(self) -> f64 {
        self.after - self.before
    }
}

/// What an action did, in the unit of the figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impact {
    /// The change of the treated segment minus that of the comparison.
    pub effect: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The segment of the action.
    pub treated: Means,
    /// The segment it did not touch.
    pub comparison: Means,
    /// Days known of both segments, before and after.
    pub days: [usize; 2],
}

impl Impact {
    /// The verdict for the direction that was registered.
    #[must_use]
    pub fn verdict(&self, direction: Direction) -> Verdict {
        let rose = self.low > 0.0;
        let fell = self.high < 0.0;
        match direction {
            Direction::Up if rose => Verdict::Improved,
            Direction::Down if fell => Verdict::Improved,
            Direction::Up if fell => Verdict::Worse,
            Direction::Down if rose => Verdict::Worse,
            _ => Verdict::NoChange,
        }
    }
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unjudged {
    /// Both segments are the same, day by day: their difference would always be nothing.
    SameSegment,
    /// Too few days are known of both, before or after.
    TooFewDays([usize; 2]),
}

/// What an action did that started on a day, from the days of its segment and of the comparison.
/// Days outside the windows are not looked at.
///
/// # Errors
/// Why it cannot be said.
pub fn impact(treated: &Course, comparison: &Course, start: Date) -> Result<Impact, Unjudged> {
    let windows = Windows::around(start);
    let mut before = Window::of(treated, comparison, windows.before.start);
    let mut after = Window::of(treated, comparison, windows.after.start);
    let is_same = |window: &Window| {
        let mut days = window.0.iter().flatten();
        days.all(|pair| pair.treated == pair.comparison)
    };
    let days = [before.days(), after.days()];
    if days != [0, 0] && is_same(&before) && is_same(&after) {
        return Err(Unjudged::SameSegment);
    }
    for weekday in 0..WEEK {
        let is_rare = |window: &Window| window.same_weekdays(weekday) < FEWEST_SAME_WEEKDAYS;
        if is_rare(&before) || is_rare(&after) {
            before.leave_out(weekday);
            after.leave_out(weekday);
        }
    }
    let days = [before.days(), after.days()];
    let weeks = [before.weeks(), after.weeks()];
    if days.iter().any(|days| *days < FEWEST_DAYS)
        || weeks.iter().any(|weeks| *weeks < FEWEST_WEEKS)
    {
        return Err(Unjudged::TooFewDays(days));
    }
    let [treated, comparison] =
        matched(&before.sums(), &after.sums()).ok_or(Unjudged::TooFewDays(days))?;
    let effect = treated.change() - comparison.change();
    let (low, high) = bootstrap::interval(&before, &after, effect, weeks);
    Ok(Impact {
        effect,
        low,
        high,
        treated,
        comparison,
        days,
    })
}

/// A day as both segments know it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair {
    treated: Portion,
    comparison: Portion,
}

impl Pair {
    fn add(&mut self, other: Self) {
        self.treated.add(other.treated);
        self.comparison.add(other.comparison);
    }

    fn is_known(self) -> bool {
        self.treated.bottom > 0.0 && self.comparison.bottom > 0.0
    }
}

/// Sums by weekday; the first is that of the action's start.
type Sums = [Pair; WEEK];

/// 28 days that begin on the weekday of the start.
#[derive(Clone, Debug)]
struct Window([Option<Pair>; WINDOW]);

impl Window {
    fn of(treated: &Course, comparison: &Course, first: Date) -> Self {
        let mut day = first;
        Self(std::array::from_fn(|_| {
            let known = |course: &Course| course.get(&day).copied();
            let pair = known(treated).zip(known(comparison));
            day = day.saturating_add(1.day());
            let pair = pair.map(|(treated, comparison)| Pair {
                treated,
                comparison,
            });
            pair.filter(|pair| pair.is_known())
        }))
    }

    fn days(&self) -> usize {
        self.0.iter().flatten().count()
    }

    fn weeks(&self) -> usize {
        let weeks = self.0.chunks(WEEK);
        weeks
            .filter(|week| week.iter().any(Option::is_some))
            .count()
    }

    fn same_weekdays(&self, weekday: usize) -> usize {
        self.0.iter().skip(weekday).step_by(WEEK).flatten().count()
    }

    fn leave_out(&mut self, weekday: usize) {
        for day in self.0.iter_mut().skip(weekday).step_by(WEEK) {
            *day = None;
        }
    }

    fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for (index, pair) in self.0.iter().enumerate() {
            if let Some(pair) = pair {
                sums[index % WEEK].add(*pair);
            }
        }
        sums
    }
}

/// Means of both segments over the weekdays that both windows know. A weekday weighs as much as
/// what is behind it in both windows together, so that a shift between weekdays is no change.
fn matched(before: &Sums, after: &Sums) -> Option<[Means; 2]> {
    let pairs = || {
        let pairs = before.iter().zip(after);
        pairs.filter(|(before, after)| before.is_known() && after.is_known())
    };
    let means = |side: fn(&Pair) -> Portion| {
        let (mut means, mut weights) = (Means::default(), 0.0);
        for (before, after) in pairs() {
            let (before, after) = (side(before), side(after));
            let weight = before.bottom + after.bottom;
            means.before += weight * before.mean();
            means.after += weight * after.mean();
            weights += weight;
        }
        (weights > 0.0).then(|| Means {
            before: means.before / weights,
            after: means.after / weights,
        })
    };
    Some([means(|pair| pair.treated)?, means(|pair| pair.comparison)?])
}
