//! What the pages need to know, as one trait, so that they know neither tables nor feeds.
//!
//! Everything here has passed `disclosure`: pages cannot ask for a raw tally.

use std::ops::Range;
use std::sync::Arc;

use futures_util::future::{BoxFuture, try_join_all};
use jiff::civil::{Date, Time};

use crate::domain::action::Action;
use crate::domain::card::{Foresight, Foretold};
use crate::domain::centre::Channel;
use crate::domain::edition::Shelf;
use crate::domain::event::Millis;
use crate::domain::facts::Scale;
use crate::domain::measures::Measure;
use crate::domain::occasion::Occasion;
use crate::domain::period::Grain;
use crate::domain::published::Series;
use crate::domain::satisfaction::ScoreShare;
use crate::domain::series::beside::Beside;
use crate::live::frame::{Now, WaitRange};
use crate::live::narrow::Ahead;

/// Where the pages' figures come from.
pub trait Figures: Send + Sync + 'static {
    /// The instant it is. Pages read no clock.
    fn at_ms(&self) -> Millis;

    /// The state of every line; none until the first one is known.
    fn now(&self) -> Option<Arc<Now>>;

    /// What is expected of a line's opening time from the beginning of today on, for two weeks at
    /// least; nothing for a line that does not exist.
    fn ahead(&self, line: &str) -> Ahead;

    /// The usual week of a line of the centre. It may be as old as a quarter of an hour.
    fn week(&self, line: &str) -> BoxFuture<'_, anyhow::Result<Arc<WeekTable>>>;

    /// The usual week of a line, or of all lines together (`*`), in the whole weeks before the end
    /// of some days: as many weeks as they are, but eight at least and half a year at most.
    fn week_of(
        &self,
        line: &str,
        days: Range<Date>,
    ) -> BoxFuture<'_, anyhow::Result<Arc<WeekTable>>>;

    /// What is forecast for a line, and how good that was lately; none until it is made.
    fn foresight(&self, line: &str) -> Option<Arc<Foresight>>;

    /// Contacts expected in the half hours of today that are not over, by their start, after what
    /// was published of those that are; nothing where nothing is forecast.
    fn rest_of_today(&self, line: &str) -> BoxFuture<'_, anyhow::Result<Vec<(Millis, Foretold)>>>;

    /// A measure over time. Line, measure and range have been checked.
    fn series(&self, ask: SeriesAsk) -> BoxFuture<'_, anyhow::Result<Series>>;

    /// Several series at once, in the order in which they are asked for.
    fn several(&self, asks: Vec<SeriesAsk>) -> BoxFuture<'_, anyhow::Result<Vec<Series>>> {
        let series = asks.into_iter().map(|ask| self.series(ask));
        Box::pin(try_join_all(series))
    }

    /// The weeks after a change of a threshold, read both ways.
    fn beside(
        &self,
        line: &str,
        measure: &'static Measure,
        since: Date,
    ) -> BoxFuture<'_, anyhow::Result<Vec<Beside>>>;

    /// The data sources and when each was last heard.
    fn sources(&self) -> BoxFuture<'_, anyhow::Result<Vec<SourceState>>>;

    /// What came in from all sources on the days before today (UTC), and what became of it.
    fn received(&self) -> BoxFuture<'_, anyhow::Result<Received>>;

    /// How the answers of the whole centre to a question are spread, of the week or month that
    /// begins with a day; none where that may not be shown.
    fn scores(
        &self,
        scale: Scale,
        grain: Grain,
        first: Date,
    ) -> BoxFuture<'_, anyhow::Result<Option<Vec<ScoreShare>>>>;

    /// Every measure there is, in the order in which it is offered.
    fn definitions(&self) -> &[Definition];

    /// What explains demand, the earliest first; cancelled ones too.
    fn occasions(&self) -> Arc<Vec<Occasion>>;

    /// What is done about the figures, in the order in which it was registered.
    fn actions(&self) -> Arc<Vec<Action>>;

    /// The weekly editions that are out, and the calendar of those to come.
    fn editions(&self) -> Arc<Shelf> {
        Arc::default()
    }

    /// A text that an edition names by its SHA-256 (hexadecimal); none if there is none. Ask only
    /// for those that are out.
    fn document(&self, hash: &str) -> BoxFuture<'_, anyhow::Result<Option<Vec<u8>>>> {
        let _ = hash;
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The first day whose record is not in the public log, where there is one: it is not shown as
    /// closed.
    fn first_unrecorded(&self) -> Option<jiff::civil::Date> {
        None
    }

    /// What in the public record is not what was signed, if anything is: every page says so.
    fn broken_record(&self) -> Option<String> {
        None
    }

    /// What changed in some local days, and when.
    fn changes(&self, days: Range<Date>) -> BoxFuture<'_, anyhow::Result<Changes>> {
        let _ = days;
        Box::pin(std::future::ready(Ok(Changes::default())))
    }

    /// Why nothing is added to the public record although it is what was signed, if that is so.
    fn unpublished(&self) -> Option<String> {
        None
    }

    /// The first local day with data, if there is any.
    fn first_day(&self) -> BoxFuture<'_, anyhow::Result<Option<jiff::civil::Date>>>;

    /// The last local day with data, if there is any.
    fn last_day(&self) -> BoxFuture<'_, anyhow::Result<Option<jiff::civil::Date>>>;
}

/// What changed in some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The latest change of any of them.
    pub newest_ms: Option<Millis>,
    /// Days that changed after their close, in order, each with the local day of the last change.
    pub revised: Vec<(Date, Date)>,
}

/// What a series is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesAsk {
    /// Id of a line, or `*`.
    pub line: String,
    /// Id of a measure.
    pub measure: &'static str,
    /// Only complaints of this cause.
    pub cause: Option<String>,
    /// Only contacts of this channel.
    pub channel: Option<Channel>,
    /// Only contacts that this site answered: an id, `former` or `untold`.
    pub site: Option<String>,
    /// Width of the points.
    pub grain: Grain,
    /// Points that start at or after this.
    pub from_ms: Millis,
    /// Points that start before this.
    pub to_ms: Millis,
}

/// One measure as `/method` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its id in URLs and JSON.
    pub id: &'static str,
    /// Its unit: `contacts`, `percent`, `seconds`, …
    pub unit: &'static str,
    /// The formula, in the symbols of the definitions.
    pub formula: &'static str,
    /// What it means, in English; pages prefer the words of their language.
    pub meaning: &'static str,
    /// Version of the definition.
    pub version: u32,
    /// The day since which this version holds, ISO.
    pub since: String,
    /// Counts add up over time and are drawn as bars; all else is drawn as a line.
    pub is_count: bool,
    /// Whether it exists for spans shorter than a day.
    pub within_day: bool,
    /// The narrowest grain it exists for.
    pub finest: Grain,
    /// It exists for all lines together only.
    pub whole_centre_only: bool,
}

/// The usual week of a line: half hours of opening time × weekdays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeekTable {
    /// Id of the line.
    pub line: String,
    /// Weeks of calls it is made of.
    pub weeks: u32,
    /// One for each half hour in which the line is open on any weekday, earliest first.
    pub rows: Vec<WeekRow>,
    /// The busiest weekdays, Monday is 0; empty when it cannot be said.
    pub busiest: Vec<usize>,
    /// The quietest weekday and the time after which it is quiet.
    pub quietest: Option<(usize, Time)>,
}

/// A half hour of the week's table.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekRow {
    /// Its local start.
    pub start: Time,
    /// Monday first.
    pub cells: [WeekCell; 7],
}

/// One weekday and half hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum WeekCell {
    /// Not open then.
    #[default]
    Closed,
    /// Open, but nothing was recorded.
    NoData,
    /// Too few calls for a typical wait.
    FewCalls,
    /// The usual wait, and how busy it is: 100 is the busiest slot of the week.
    Usual {
        /// The usual range of waits; `None` where the line's source tells no waits.
        wait: Option<WaitRange>,
        /// 100 × expected contacts / largest expected slot of the week.
        busy_index: u8,
    },
}

/// Events that came in. Each is one of the other four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// All of them.
    pub received: i64,
    /// Changed a contact, or were a sign of life.
    pub counted: i64,
    /// Changed nothing.
    pub duplicate: i64,
    /// Told of a contact of which no start is known.
    pub orphaned: i64,
    /// Refused.
    pub rejected: i64,
}

/// A data source, as the public may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceState {
    /// Its id in the centre's description.
    pub id: String,
    /// Last sign of life.
    pub last_seen_ms: Option<Millis>,
}
