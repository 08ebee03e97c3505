//! What is looked at: every parameter of the view read and checked, and addresses of other views.

use jiff::ToSpan;
use jiff::civil::Date;

use super::range::{Range, grains_for};
use crate::domain::event::Millis;
use crate::domain::measures::Measure;
use crate::domain::period::{self, Grain};
use crate::site::analysed::{Compare, Overlays, Wanted};
use crate::site::error::{Error, Why};
use crate::site::figures::{Definition, SeriesAsk};
use crate::site::page::{Visitor, encoded};
use crate::site::{Site, api};

/// The parameters of a view, in the order in which addresses name them.
pub const PARAMETERS: [&str; 14] = [
    "line", "measure", "volume", "range", "end", "from", "until", "grain", "kind", "compare", "as",
    "overlay", "hours", "zone",
];
/// A range has at most this many days: a hundred years.
const MOST_DAYS: i64 = 36_525;
/// Data that ended longer ago than this many days is shown where it ended.
const ENDED_DAYS: i64 = 7;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// A line.
    Line,
    /// Bars.
    Bars,
    /// Boxes: one in ten, half, nine in ten, all.
    Box,
}

impl Drawn {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Line, Self::Bars, Self::Box];

    /// The word in URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Bars => "bars",
            Self::Box => "box",
        }
    }
}

/// The four measures of a box: one in ten, half, nine in ten, all.
pub type BoxIds = [&'static str; 4];
/// On the line, and from the first ring.
const BOXES: [BoxIds; 2] = [
    ["wait_p10", "wait_median", "wait_p90", "wait_max"],
    [
        "wait_customer_p10",
        "wait_customer_median",
        "wait_customer_p90",
        "wait_customer_max",
    ],
];

/// What is looked at, resolved.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Id of a line, or `*`.
    pub line: String,
    /// The measure.
    pub definition: &'a Definition,
    /// The measure of the lower pane.
    pub volume: Option<&'a Definition>,
    /// The range; none with own dates.
    pub range: Option<Range>,
    /// First day shown.
    pub first: Date,
    /// Last day shown.
    pub last: Date,
    /// Width of the points.
    pub grain: Grain,
    /// The grain was asked for; otherwise it may become coarser.
    pub grain_is_own: bool,
    /// How it is drawn.
    pub drawn: Drawn,
    /// The measures of the boxes, when boxes are drawn.
    pub boxes: Option<BoxIds>,
    /// A comparison.
    pub compare: Option<Compare>,
    /// Values are shown in percent of the comparison, or of the first.
    pub as_percent: bool,
    /// Lines over the series.
    pub overlays: Overlays,
    /// Whether closed hours are left out, where it was asked for.
    pub own_hours: Option<bool>,
    /// The visitor wants the times of their own device; only the script can do that.
    pub visitor_zone: bool,
    /// The local day it is.
    pub today: Date,
    /// First and last day with data.
    pub bounds: Option<(Date, Date)>,
    /// The parameters that were given.
    asked: Vec<(&'static str, String)>,
}

impl<'a> View<'a> {
    /// Reads and checks the parameters.
    ///
    /// # Errors
    /// Names the one that cannot be used, and the remedy.
    pub async fn read(site: &'a Site, visitor: &Visitor) -> Result<Self, Error> {
        let first_day = site.figures().first_day().await?;
        let last_day = site.figures().last_day().await?;
        let bounds = first_day.zip(last_day);
        let asked_measure = api::read_measure(site, visitor)?;
        let line = api::line_for(site, visitor, asked_measure)?;
        let today = period::local_day(site.figures().at_ms(), &site.centre().zone);
        let (range, first, last) = days(visitor, bounds, today)?;
        let drawn = one_of(visitor, "kind", Drawn::ALL, Drawn::name)?;
        let (definition, boxes) = boxes_of(site, asked_measure, drawn);
        let is_bars = definition.is_count && boxes.is_none();
        let overlays = Overlays::read(visitor)?;
        let (grain, grain_is_own) = grain(visitor, definition, (first, last), overlays)?;
        let view = Self {
            volume: volume(site, visitor, definition)?,
            compare: Compare::read(site, visitor, &line)?,
            as_percent: flag(visitor, "as", ["absolute", "percent"])?.unwrap_or(false),
            own_hours: flag(visitor, "hours", ["all", "open"])?,
            visitor_zone: flag(visitor, "zone", ["centre", "visitor"])?.unwrap_or(false),
            drawn: match drawn {
                _ if boxes.is_some() => Drawn::Box,
                None | Some(Drawn::Box) if is_bars => Drawn::Bars,
                None | Some(Drawn::Box) => Drawn::Line,
                Some(drawn) => drawn,
            },
            asked: Vec::new(),
            line,
            definition,
            range,
            first,
            last,
            grain,
            grain_is_own,
            boxes,
            overlays,
            today,
            bounds,
        };
        let asked = asked(visitor).into_iter();
        let asked = asked.filter(|(name, value)| !view.is_default(name, value));
        Ok(Self {
            asked: asked.collect(),
            ..view
        })
    }

    /// Whether a parameter says what would be so without it: forms send every choice, and links
    /// should not carry them on to views in which something else is usual.
    fn is_default(&self, name: &str, value: &str) -> bool {
        let usual = match name {
            "hours" if self.grain.is_within_day() => "open",
            "hours" => "all",
            "volume" | "compare" if self.definition.is_count || name == "compare" => "none",
            "volume" => "attempts",
            "kind" if self.definition.is_count => "bars",
            "kind" => "line",
            "as" => "absolute",
            "zone" => "centre",
            _ => return false,
        };
        value == usual
    }

    /// The first day that is not shown.
    #[must_use]
    pub fn to(&self) -> Date {
        self.last.saturating_add(1.day())
    }

    /// Days shown.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.to().duration_since(self.first).as_hours() / 24
    }

    /// Whether closed hours are left out.
    #[must_use]
    pub fn open_only(&self) -> bool {
        self.own_hours.unwrap_or(self.grain.is_within_day())
    }

    /// Start of the first day and end of the last.
    #[must_use]
    pub fn span_ms(&self, site: &Site) -> (Millis, Millis) {
        let zone = &site.centre().zone;
        (
            period::day_start_ms(self.first, zone),
            period::day_start_ms(self.to(), zone),
        )
    }

    /// What the figures are asked for a measure of this view. Weeks and months are whole.
    #[must_use]
    pub fn ask(&self, site: &Site, measure: &'static str) -> SeriesAsk {
        let zone = &site.centre().zone;
        SeriesAsk {
            line: self.line.clone(),
            measure,
            cause: None,
            channel: None,
            grain: self.grain,
            from_ms: period::day_start_ms(self.grain.first_day(self.first), zone),
            to_ms: period::day_start_ms(self.to(), zone),
        }
    }

    /// What else is wanted.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        Wanted {
            compare: self.compare.clone(),
            overlays: self.overlays,
        }
    }

    /// The address of this view with some parameters changed; an empty value removes one.
    #[must_use]
    pub fn address(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let value = |name: &str| {
            let change = changes.iter().find(|(changed, _)| *changed == name);
            let kept = || self.asked.iter().find(|(kept, _)| *kept == name);
            match change {
                Some((_, value)) => Some((*value).to_owned()),
                None => kept().map(|(_, value)| value.clone()),
            }
        };
        let pairs: Vec<String> = PARAMETERS
            .iter()
            .filter_map(|name| Some((*name, value(name).filter(|value| !value.is_empty())?)))
            .map(|(name, value)| {
                format!(
                    "{name}={}",
                    encoded(&value).replace("%2C", ",").replace("%3A", ":")
                )
            })
            .collect();
        if pairs.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", pairs.join("&"))
        }
    }

    /// The address of a picture of exactly this view, which stays what it is tomorrow.
    #[must_use]
    pub fn fixed_address(&self, path: &str) -> String {
        if self.range.is_some_and(|range| range != Range::Max) {
            self.address(path, &[("end", &self.last.to_string())])
        } else {
            let (from, until) = (self.first.to_string(), self.last.to_string());
            self.address(
                path,
                &[
                    ("range", ""),
                    ("end", ""),
                    ("from", &from),
                    ("until", &until),
                ],
            )
        }
    }

    /// The same length of time just before, if there is data.
    #[must_use]
    pub fn earlier(&self) -> Option<String> {
        let (first_data, _) = self.bounds?;
        let last = self.first.saturating_sub(1.day());
        (last >= first_data && self.range != Some(Range::Max)).then(|| self.ending(last))
    }

    /// The same length of time just after, up to today.
    #[must_use]
    pub fn later(&self) -> Option<String> {
        if self.last >= self.today {
            return None;
        }
        match self.range {
            Some(range) => Some(self.ending(range.next_last(self.last)?.min(self.today))),
            None => Some(self.ending(self.last.saturating_add(self.days().days()))),
        }
    }

    /// The same length of time with the newest data, where this is older.
    #[must_use]
    pub fn latest(&self) -> Option<String> {
        let last = default_last(self.range, self.bounds, self.today);
        (self.last < last).then(|| self.ending(last))
    }

    fn ending(&self, last: Date) -> String {
        if self.range.is_some() {
            return self.address("/history", &[("end", &last.to_string())]);
        }
        let first = last.saturating_sub((self.days() - 1).days());
        let changes = [("from", &*first.to_string()), ("until", &*last.to_string())];
        self.address("/history", &changes)
    }
}

/// The parameters that were given, in their order.
fn asked(visitor: &Visitor) -> Vec<(&'static str, String)> {
    let value = |name: &str| match name {
        "overlay" => Some(visitor.parameters(name).join(",")),
        _ => visitor.parameter(name),
    };
    let pairs = PARAMETERS
        .iter()
        .filter_map(|name| Some((*name, value(name)?)));
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

/// Range, first and last day.
fn days(
    visitor: &Visitor,
    bounds: Option<(Date, Date)>,
    today: Date,
) -> Result<(Option<Range>, Date, Date), Error> {
    let range = one_of(visitor, "range", Range::ALL, Range::name)?;
    let (from, until) = (day(visitor, "from")?, day(visitor, "until")?);
    // The API's word for the day after the last.
    let day_after = day(visitor, "to")?;
    let until = until.or_else(|| day_after.and_then(|day| day.yesterday().ok()));
    let end = day(visitor, "end")?;
    if from.is_none() && until.is_none() {
        let range = range.unwrap_or(Range::Month);
        let last = end.unwrap_or_else(|| default_last(Some(range), bounds, today));
        let first = range.first(last, bounds.map(|(first, _)| first));
        return check_days(first, last).map(|()| (Some(range), first, last));
    }
    let default_last = default_last(None, bounds, today);
    let last = until.unwrap_or_else(|| from.map_or(default_last, |from| from.max(default_last)));
    let first = from.unwrap_or_else(|| Range::Month.first(last, None));
    check_days(first, last).map(|()| (None, first, last))
}

/// Today; the last day with data where the data ended earlier.
fn default_last(range: Option<Range>, bounds: Option<(Date, Date)>, today: Date) -> Date {
    let Some((_, last_data)) = bounds.filter(|(_, last)| *last < today) else {
        return today;
    };
    let is_over = today.duration_since(last_data).as_hours() / 24 > ENDED_DAYS;
    if is_over || range == Some(Range::Day) {
        last_data
    } else {
        today
    }
}

fn check_days(first: Date, last: Date) -> Result<(), Error> {
    let bad = |why| Error::BadParameter {
        name: "from",
        why,
        known: Vec::new(),
    };
    if first > last {
        return Err(bad(Why::OrderOfDays));
    }
    if last.duration_since(first).as_hours() / 24 > MOST_DAYS {
        return Err(bad(Why::TooLong));
    }
    Ok(())
}

fn day(visitor: &Visitor, name: &'static str) -> Result<Option<Date>, Error> {
    let Some(text) = visitor.parameter(name) else {
        return Ok(None);
    };
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let day = day.filter(|day| (1900..=2200).contains(&day.year()));
    day.map(Some).ok_or(Error::BadParameter {
        name,
        why: Why::BadDay,
        known: Vec::new(),
    })
}

fn one_of<T: Copy, const N: usize>(
    visitor: &Visitor,
    name: &'static str,
    all: [T; N],
    word: fn(T) -> &'static str,
) -> Result<Option<T>, Error> {
    let Some(text) = visitor.parameter(name) else {
        return Ok(None);
    };
    let found = all.into_iter().find(|one| word(*one) == text);
    found.map(Some).ok_or_else(|| Error::BadParameter {
        name,
        why: Why::NotOneOfThese,
        known: all.map(|one| word(one).to_owned()).into(),
    })
}

/// Which of two words was given.
fn flag(
    visitor: &Visitor,
    name: &'static str,
    words: [&'static str; 2],
) -> Result<Option<bool>, Error> {
    let both = [(false, words[0]), (true, words[1])];
    Ok(one_of(visitor, name, both, |(_, word)| word)?.map(|(is_second, _)| is_second))
}

/// Boxes exist for waits; of any of their measures the middle one is the series.
fn boxes_of<'a>(
    site: &'a Site,
    asked: &'a Definition,
    drawn: Option<Drawn>,
) -> (&'a Definition, Option<BoxIds>) {
    let definitions = site.figures().definitions();
    let find = |id: &str| definitions.iter().find(|definition| definition.id == id);
    let ids = BOXES.into_iter().find(|ids| ids.contains(&asked.id));
    let ids =
        ids.filter(|ids| drawn == Some(Drawn::Box) && ids.iter().all(|id| find(id).is_some()));
    match ids.and_then(|ids| Some((find(ids[1])?, ids))) {
        Some((middle, ids)) => (middle, Some(ids)),
        None => (asked, None),
    }
}

fn volume<'a>(
    site: &'a Site,
    visitor: &Visitor,
    definition: &Definition,
) -> Result<Option<&'a Definition>, Error> {
    let definitions = site.figures().definitions().iter();
    let counts = definitions.filter(|one| one.is_count && one.within_day);
    let asked = visitor.parameter("volume");
    let id = match asked.as_deref() {
        None if definition.is_count => return Ok(None),
        Some("none") => return Ok(None),
        None => "attempts",
        Some(id) => id,
    };
    let found = counts.clone().find(|count| count.id == id);
    match found {
        Some(found) => Ok(Some(found)),
        None if asked.is_none() => Ok(None),
        None => {
            let is_known = Measure::from_id(id).is_some();
            let ids = counts.map(|count| count.id.to_owned());
            Err(Error::BadParameter {
                name: "volume",
                why: if is_known {
                    Why::NotACount
                } else {
                    Why::UnknownMeasure
                },
                known: std::iter::once("none".to_owned()).chain(ids).collect(),
            })
        }
    }
}

/// The grain, and whether it was asked for. Control limits are drawn on weeks.
fn grain(
    visitor: &Visitor,
    definition: &Definition,
    (first, last): (Date, Date),
    overlays: Overlays,
) -> Result<(Grain, bool), Error> {
    let days = last.duration_since(first).as_hours() / 24 + 1;
    let Some(grain) = one_of(visitor, "grain", Grain::ALL, Grain::name)? else {
        if overlays.xmr && (56..=1_100).contains(&days) {
            return Ok((Grain::Week, true));
        }
        return Ok((grains_for(days, definition.finest)[0], false));
    };
    let bad = |why, known: Vec<Grain>| Error::BadParameter {
        name: "grain",
        why,
        known: known
            .into_iter()
            .map(|grain| grain.name().to_owned())
            .collect(),
    };
    if grain < definition.finest {
        return Err(bad(Why::TooFine, api::grains_from(definition.finest)));
    }
    let fits = |grain: Grain| days * 86_400_000 / api::shortest_ms(grain) <= api::MOST_POINTS;
    if !fits(grain) {
        let known = Grain::ALL
            .into_iter()
            .filter(|grain| fits(*grain))
            .collect();
        return Err(bad(Why::TooManyPoints, known));
    }
    Ok((grain, true))
}
