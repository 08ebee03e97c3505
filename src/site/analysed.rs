//! A series with what is said about it: comparison, overlays, summary, known events. The same for
//! the page, the pictures and the API.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Site;
use super::error::{Error, Why};
use super::figures::SeriesAsk;
use super::page::Visitor;
use super::promises::{is_divided, target};
use crate::domain::analysis::{
    self, Against, BAND_WEEKS, Band, Change, MEAN_DAYS, Shift, Summary, align, summarise,
};
use crate::domain::event::Millis;
use crate::domain::hours::opening_spans;
use crate::domain::measures::{Kind, Measure};
use crate::domain::occasion::Occasion;
use crate::domain::period::{self, Grain, Span};
use crate::domain::published::{Mark, Point, Series};
use crate::domain::xmr::{Xmr, xmr};
use crate::words::Lang;

/// What a series is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The period before.
    Before,
    /// The same weeks of last year.
    LastYear,
    /// Another line at the same time.
    Line(String),
    /// What the centre has set itself.
    Target,
}

impl Compare {
    /// The value of the parameter.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Line(line) => format!("line:{line}"),
            _ => self.kind().to_owned(),
        }
    }

    /// The word in JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::LastYear => "last_year",
            Self::Line(_) => "line",
            Self::Target => "target",
        }
    }

    /// Reads `compare` for a series of `line`.
    ///
    /// # Errors
    /// When it is none of the known ones.
    pub fn read(site: &Site, visitor: &Visitor, line: &str) -> Result<Option<Self>, Error> {
        let Some(text) = visitor.parameter("compare").filter(|text| text != "none") else {
            return Ok(None);
        };
        let bad = |why| {
            let lines = std::iter::once("*".to_owned()).chain(site.line_ids());
            let plain = ["none", "before", "last_year", "target"].map(str::to_owned);
            let lines = lines.filter(|id| id != line).map(|id| format!("line:{id}"));
            Error::BadParameter {
                name: "compare",
                why,
                known: plain.into_iter().chain(lines).collect(),
            }
        };
        match text.as_str() {
            "before" => Ok(Some(Self::Before)),
            "last_year" => Ok(Some(Self::LastYear)),
            "target" => Ok(Some(Self::Target)),
            other => {
                let id = other
                    .strip_prefix("line:")
                    .ok_or_else(|| bad(Why::NotOneOfThese))?;
                if id == line {
                    return Err(bad(Why::Itself));
                }
                if id != "*" && site.centre().line(id).is_none() {
                    return Err(bad(Why::UnknownLine));
                }
                Ok(Some(Self::Line(id.to_owned())))
            }
        }
    }
}

/// Lines over a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlays {
    /// The mean over seven days.
    pub mean7: bool,
    /// The usual band.
    pub band: bool,
    /// Control limits on weekly points.
    pub xmr: bool,
}

impl Overlays {
    /// Their names.
    pub const NAMES: [&'static str; 3] = ["mean7", "band", "xmr"];

    /// Reads `overlay`, a list with commas. A form sends one `overlay` for each box that is ticked.
    ///
    /// # Errors
    /// When one of them is not known.
    pub fn read(visitor: &Visitor) -> Result<Self, Error> {
        let mut overlays = Self::default();
        for text in visitor.parameters("overlay") {
            for name in text.split(',').map(str::trim) {
                match name {
                    "" | "none" => {}
                    "mean7" => overlays.mean7 = true,
                    "band" => overlays.band = true,
                    "xmr" => overlays.xmr = true,
                    _ => {
                        return Err(Error::BadParameter {
                            name: "overlay",
                            why: Why::NotOneOfThese,
                            known: Self::NAMES.map(str::to_owned).into(),
                        });
                    }
                }
            }
        }
        Ok(overlays)
    }

    /// The value of the parameter; empty without any.
    #[must_use]
    pub fn value(self) -> String {
        let chosen = [self.mean7, self.band, self.xmr]
            .into_iter()
            .zip(Self::NAMES);
        let names: Vec<&str> = chosen
            .filter(|(chosen, _)| *chosen)
            .map(|(_, name)| name)
            .collect();
        names.join(",")
    }
}

/// A comparison, point by point.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What with.
    pub with: Compare,
    /// Its local days `[from, to)`, where they are others.
    pub days: Option<(Date, Date)>,
    /// Whether its weekdays are the same.
    pub keeps_weekdays: bool,
    /// For each point of the series its companion.
    pub points: Vec<Option<Point>>,
    /// What changed since then.
    pub change: Vec<Option<Change>>,
    /// The target, in the unit of the measure.
    pub target: Option<f64>,
}

impl Compared {
    /// Whether there is anything to compare with.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let mut points = self.points.iter().flatten();
        self.target.is_some() || points.any(|point| analysis::known(point).is_some())
    }
}

/// What lies over a series; `None` where it was not asked for.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Means; all `None` unless points are days.
    pub mean7: Option<Vec<Option<f64>>>,
    /// The band; all `None` where points are months.
    pub band: Option<Band>,
    /// Control limits; none unless points are weeks and there are enough.
    pub xmr: Option<Xmr>,
    /// Control limits were asked for.
    pub wants_xmr: bool,
}

/// A known event on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The local day.
    pub day: Date,
    /// Its start.
    pub start_ms: Millis,
    /// What it is.
    pub kind: &'static str,
    /// Its public name.
    pub text: String,
}

/// A series and all that is said about it.
#[derive(Clone, Debug)]
pub struct Analysed {
    /// The series.
    pub series: Series,
    /// Whether its measure is a count.
    pub is_count: bool,
    /// What it is compared with.
    pub compare: Option<Compared>,
    /// What lies over it.
    pub found: Found,
    /// The range in four figures.
    pub summary: Summary,
    /// Known events inside the range.
    pub flags: Vec<Flag>,
    /// Indices of points outside of the opening hours, which a view may leave out.
    pub shut: Vec<usize>,
}

/// What is wanted besides the series.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// A comparison.
    pub compare: Option<Compare>,
    /// Overlays.
    pub overlays: Overlays,
}

/// The local days `[from, to)` an ask touches.
#[must_use]
pub fn days_of(site: &Site, ask: &SeriesAsk) -> (Date, Date) {
    let zone = &site.centre().zone;
    let last = period::local_day(ask.to_ms.saturating_sub(1).max(ask.from_ms), zone);
    (
        period::local_day(ask.from_ms, zone),
        last.saturating_add(1.day()),
    )
}

/// Puts everything together round a series that was read for `ask`.
///
/// # Errors
/// When the figures cannot be had.
pub async fn analyse(
    site: &Site,
    series: Series,
    ask: &SeriesAsk,
    wanted: &Wanted,
    lang: Lang,
) -> Result<Analysed, Error> {
    let now_ms = site.figures().at_ms();
    let kind = Measure::from_id(series.measure).map(|measure| &measure.kind);
    let is_count = Measure::from_id(series.measure).is_some_and(Measure::is_count);
    let compare = match &wanted.compare {
        Some(with) => Some(compare(site, &series, ask, with, kind).await?),
        None => None,
    };
    let found = match kind {
        Some(kind) => overlays(site, &series, ask, wanted.overlays, kind).await?,
        None => Found::default(),
    };
    Ok(Analysed {
        summary: summarise(&series.points, is_count, now_ms),
        flags: flags(site, ask, lang),
        shut: shut(site, ask, &series),
        is_count,
        compare,
        found,
        series,
    })
}

async fn compare(
    site: &Site,
    series: &Series,
    ask: &SeriesAsk,
    with: &Compare,
    kind: Option<&'static Kind>,
) -> Result<Compared, Error> {
    let (from, to) = days_of(site, ask);
    let grain = ask.grain;
    let (line, shift) = match with {
        Compare::Before => (&ask.line, Shift::of(Against::Before, from, to, grain)),
        Compare::LastYear => (&ask.line, Shift::of(Against::LastYear, from, to, grain)),
        Compare::Line(line) => (line, Shift::NONE),
        Compare::Target => {
            return Ok(Compared {
                with: with.clone(),
                days: None,
                keeps_weekdays: true,
                points: Vec::new(),
                change: Vec::new(),
                target: target(site, &ask.line, ask.measure, &(from..to)),
            });
        }
    };
    let zone = &site.centre().zone;
    let days = match shift {
        Shift::Days(_) => (shift.back(from), shift.back(to)),
        Shift::Months(_) => {
            let last = shift.back(to.saturating_sub(1.day()));
            (shift.back(from), Grain::Month.next_first_day(last))
        }
    };
    let other = SeriesAsk {
        line: line.clone(),
        measure: ask.measure,
        cause: ask.cause.clone(),
        channel: ask.channel,
        grain,
        from_ms: period::day_start_ms(days.0, zone),
        to_ms: period::day_start_ms(days.1, zone),
    };
    let others = site.figures().series(other).await?.points;
    let now_ms = site.figures().at_ms();
    let places = align(&series.points, &others, (shift, grain), zone);
    let points: Vec<Option<Point>> = places
        .into_iter()
        .map(|place| place.map(|place| others[place].clone()))
        .collect();
    let pairs = series.points.iter().zip(&points);
    let change = pairs.map(|(now, then)| {
        let then = then.as_ref()?;
        if is_divided(&series.breaks, (then.start_ms, now.end_ms), zone) {
            return None;
        }
        analysis::change(kind?, now, then, now_ms)
    });
    Ok(Compared {
        with: with.clone(),
        days: (shift != Shift::NONE).then_some(days),
        keeps_weekdays: shift.keeps_weekdays(),
        change: change.collect(),
        points,
        target: None,
    })
}

async fn overlays(
    site: &Site,
    series: &Series,
    ask: &SeriesAsk,
    wanted: Overlays,
    kind: &'static Kind,
) -> Result<Found, Error> {
    let now_ms = site.figures().at_ms();
    let count = series.points.len();
    let mut found = Found::default();
    if wanted.xmr {
        // A count of part of a week is not the count of a week.
        let is_count = matches!(kind, Kind::Count(_) | Kind::Facts(_));
        let is_whole = |point: &Point| {
            analysis::is_complete(point, now_ms)
                && !(is_count && point.mark == Some(Mark::Unreliable))
        };
        let value = |point: &Point| analysis::known(point).filter(|_| is_whole(point));
        let values: Vec<Option<f64>> = series.points.iter().map(value).collect();
        found.wants_xmr = true;
        found.xmr = (ask.grain == Grain::Week).then(|| xmr(&values)).flatten();
    }
    let has_mean = wanted.mean7 && ask.grain == Grain::Day;
    let has_band = wanted.band && ask.grain != Grain::Month;
    if wanted.mean7 {
        found.mean7 = Some(vec![None; count]);
    }
    if wanted.band {
        let nothing = vec![None; count];
        found.band = Some(Band {
            low: nothing.clone(),
            high: nothing,
        });
    }
    let Some(first) = series.points.first().filter(|_| has_mean || has_band) else {
        return Ok(found);
    };
    let zone = &site.centre().zone;
    let back = if has_band {
        BAND_WEEKS * 7
    } else {
        i64::try_from(MEAN_DAYS).unwrap_or(7)
    };
    let from = period::local_day(first.start_ms, zone).saturating_sub(back.days());
    let before = SeriesAsk {
        from_ms: period::day_start_ms(from, zone),
        to_ms: first.start_ms,
        ..ask.clone()
    };
    let mut points = site.figures().series(before).await?.points;
    points.retain(|point| point.start_ms < first.start_ms);
    let start = points.len();
    points.extend(series.points.iter().cloned());
    if has_band {
        found.band = Some(analysis::band(&points, start, zone));
    }
    if has_mean {
        let mut means = analysis::mean7(&points, kind, now_ms);
        means.drain(..start);
        found.mean7 = Some(means);
    }
    Ok(found)
}

/// Points outside of the opening hours of the line, or of all lines. A closed day on which people
/// tried all the same is not among them.
fn shut(site: &Site, ask: &SeriesAsk, series: &Series) -> Vec<usize> {
    if ask.grain > Grain::Day {
        return Vec::new();
    }
    let centre = site.centre();
    let lines = centre.lines.iter();
    let lines: Vec<_> = lines
        .filter(|line| ask.line == "*" || line.id == ask.line)
        .collect();
    let mut open: Option<(Date, Vec<Span>)> = None;
    let is_shut = |(_, point): &(usize, &Point)| {
        let day = period::local_day(point.start_ms, &centre.zone);
        if open.as_ref().is_none_or(|(known, _)| *known != day) {
            let spans = lines
                .iter()
                .flat_map(|line| opening_spans(line, day, &centre.zone));
            open = Some((day, spans.collect()));
        }
        let spans = open.as_ref().map_or(&[][..], |(_, spans)| spans);
        let overlaps = |span: &Span| span.start_ms < point.end_ms && point.start_ms < span.end_ms;
        let is_used =
            ask.grain == Grain::Day && analysis::known(point).is_some_and(|value| value > 0.0);
        !is_used && !spans.iter().any(overlaps)
    };
    let points = series.points.iter().enumerate();
    points.filter(is_shut).map(|(index, _)| index).collect()
}

/// Holidays and known events of the line, or of any line of the centre, that touch the range; the
/// earliest first. What began before the range is flagged where the range begins.
fn flags(site: &Site, ask: &SeriesAsk, lang: Lang) -> Vec<Flag> {
    let (from, to) = days_of(site, ask);
    let zone = &site.centre().zone;
    let lines = site.centre().lines.iter();
    let own = lines.filter(|line| ask.line == "*" || line.id == ask.line);
    let holidays = own
        .flat_map(|line| &line.holidays)
        .filter(|holiday| from <= holiday.date && holiday.date < to)
        .map(|holiday| Flag {
            day: holiday.date,
            start_ms: period::day_start_ms(holiday.date, zone),
            kind: "holiday",
            text: holiday.name.in_language(lang.code()).to_owned(),
        });
    let range = Span {
        start_ms: period::day_start_ms(from, zone),
        end_ms: period::day_start_ms(to, zone),
    };
    let occasions = site.figures().occasions();
    let touches = |own: &&Occasion| {
        let span = own.span();
        let is_near = span.start_ms < range.end_ms && range.start_ms < span.end_ms;
        is_near && own.cancelled_ms.is_none() && own.concerns(&ask.line)
    };
    let known = occasions.iter().filter(touches).map(|own| {
        let start_ms = own.facts.start_ms.max(range.start_ms);
        Flag {
            day: period::local_day(start_ms, zone),
            start_ms,
            kind: own.facts.kind.name(),
            text: own.title(lang.code()).to_owned(),
        }
    });
    let mut flags: Vec<Flag> = holidays.chain(known).collect();
    flags.sort_by(|a, b| (a.start_ms, &a.text).cmp(&(b.start_ms, &b.text)));
    flags.dedup();
    flags
}
