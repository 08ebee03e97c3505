//! The body of `/api/v1/now` and of every frame of the live feed. Published values only.

use serde::{Deserialize, Serialize};

/// One frame: what is true now, and its place in the feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Changes when the server starts anew; a client that sees another one starts over.
    pub epoch: String,
    /// Counts frames within an epoch.
    pub seq: u64,
    /// The state of every line.
    #[serde(flatten)]
    pub now: Now,
}

/// The state of the whole centre at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Now {
    /// Public name of the centre.
    pub centre: String,
    /// IANA name of the centre's zone; all instants here are UTC.
    pub zone: String,
    /// True for simulated or replayed calls.
    pub sample_data: bool,
    /// The instant it describes (RFC 3339, UTC).
    pub as_of: String,
    /// After this instant it should not be believed any more (RFC 3339, UTC).
    pub stale_after: String,
    /// Every line in the order of the centre's description.
    pub lines: Vec<LineNow>,
}

/// What is known of the data behind a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Open, with live data.
    Open,
    /// Outside of opening hours.
    Closed,
    /// Open, but the source has been silent for a minute.
    Delayed,
    /// Open, but the source has been silent for five minutes, or was never heard.
    NoData,
}

/// One line now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineNow {
    /// Id of the line.
    pub id: String,
    /// Public name in the centre's first language.
    pub name: String,
    /// Number to dial.
    pub phone: Option<String>,
    /// Open, closed, delayed, no data.
    pub state: LineState,
    /// When it opens next (RFC 3339), if it is closed.
    pub opens_at: Option<String>,
    /// When it closes (RFC 3339), if it is open.
    pub closes_at: Option<String>,
    /// The last sign of life of its sources (RFC 3339).
    pub last_seen_at: Option<String>,
    /// People waiting now; `null` when withheld or unknown.
    pub waiting: Option<i64>,
    /// Set when `waiting` is withheld: fewer than this.
    pub waiting_below: Option<i64>,
    /// Longest wait of those waiting, seconds; withheld while fewer than 5 wait.
    pub longest_wait_secs: Option<i64>,
    /// Reached a person in the last 30 minutes; withheld below 5.
    pub answered_last_half_hour: Option<i64>,
    /// People logged in, in bands of five: at least this many.
    pub staffed_at_least: Option<i64>,
    /// The wait of somebody who joins now: an 80 % range of single waits.
    pub wait: Option<WaitRange>,
    /// The usual range at this time of the week.
    pub typical: Option<WaitRange>,
    /// Whether to call.
    pub verdict: Verdict,
    /// The next quiet times, earliest first, with their weights (sum 1).
    pub next_quiet: Vec<QuietSlot>,
    /// The share of calls of the last four weeks whose wait was in the range told for it, 0–1;
    /// `null` while fewer than 200 are known.
    pub ranges_right: Option<f64>,
    /// Closed intervals of today.
    pub today: Today,
    /// Today's strip, one entry for each half hour of opening time. For the pages only: in the
    /// feed it would be two thirds of every frame, and `/api/v1/series` has it.
    #[serde(skip)]
    pub strip: Vec<StripSlot>,
}

/// A range of minutes on the steps 0 1 2 3 5 10 15 20 30 45 60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitRange {
    /// Lower end, minutes.
    pub low_mins: i64,
    /// Upper end, minutes; `null` is "more than 60".
    pub high_mins: Option<i64>,
}

/// Whether to call, as a word for programs; pages say it in sentences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The word.
    pub code: VerdictCode,
    /// The next good time (RFC 3339), when `busy`.
    pub better_at: Option<String>,
    /// The expected range at that time.
    pub better_wait: Option<WaitRange>,
    /// Difference of the upper ends, minutes.
    pub saves_mins: Option<i64>,
    /// The sentence in the centre's first language.
    pub text: String,
}

/// The possible verdicts of MEASURES.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictCode {
    /// Good time to call.
    Good,
    /// Busy, better at `better_at`.
    Busy,
    /// About as good as it gets in the next 12 opening hours.
    AsGoodAsItGets,
    /// Closed; `opens_at` says when it opens.
    Closed,
    /// Live data is late; the typical range is given.
    Delayed,
    /// No live data; the typical range is given.
    NoData,
}

/// A quiet half hour to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuietSlot {
    /// Start (RFC 3339).
    pub start: String,
    /// End (RFC 3339).
    pub end: String,
    /// Expected range.
    pub wait: WaitRange,
    /// The chance of being named first.
    pub weight: f64,
}

/// Today so far: closed intervals only. `null` is withheld (1–4) or unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    /// Everything before this instant is counted (RFC 3339).
    pub until: Option<String>,
    /// Attempts.
    pub attempts: Option<i64>,
    /// Answered.
    pub answered: Option<i64>,
    /// Abandoned.
    pub abandoned: Option<i64>,
}

/// Half an hour of today's opening time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StripSlot {
    /// Start (RFC 3339).
    pub start: String,
    /// Past, now or to come.
    pub when: StripTime,
    /// Median wait in minutes: measured if past, else expected; `null` if unknown or withheld.
    pub wait_mins: Option<f64>,
    /// Range of the expected wait.
    pub expected: Option<WaitRange>,
    /// Why `wait_mins` is `null`: `x` no data, `c` few calls.
    pub mark: Option<String>,
}

/// Where a slot of the strip lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StripTime {
    /// Over: measured.
    Past,
    /// The one we are in.
    Now,
    /// To come: expected.
    Expected,
}
