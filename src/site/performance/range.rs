//! Which days are asked for, which cells they are made of, and which days they are compared with.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::period::{self, Grain};
use crate::domain::series::WHOLE_CENTRE;
use crate::site::Site;
use crate::site::error::{Error, Why};
use crate::site::page::Visitor;

/// What the page and the API read.
pub static PARAMETERS: [&str; 5] = ["period", "from", "to", "line", "lang"];

/// Nobody has more data than this, years.
const LONGEST_YEARS: i16 = 100;

/// Days that are compared go back by whole weeks, so that weekdays stay: four of them at least.
const WEEKS_BACK: i64 = 4;

/// A year of whole weeks, days.
const YEAR_DAYS: i64 = 364;

/// A choice of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The day before today.
    Yesterday,
    /// The running week, from Monday.
    Week,
    /// The running month.
    Month,
    /// Own days.
    Own,
}

impl Choice {
    /// All of them, as they are offered.
    pub const ALL: [Self; 4] = [Self::Yesterday, Self::Week, Self::Month, Self::Own];

    /// The word in addresses and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yesterday => "yesterday",
            Self::Week => "week",
            Self::Month => "month",
            Self::Own => "own",
        }
    }
}

/// What somebody asks for, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How the days were chosen.
    pub choice: Choice,
    /// The local days.
    pub days: Range<Date>,
    /// Id of a line, or `*`.
    pub line: String,
    /// The local day it is.
    pub today: Date,
}

impl Asked {
    /// Reads and checks the parameters. Own days are cut to those with data.
    ///
    /// # Errors
    /// Names the parameter that cannot be used, and the remedy.
    pub async fn read(site: &Site, visitor: &Visitor) -> Result<Self, Error> {
        let today = period::local_day(site.figures().at_ms(), &site.centre().zone);
        let choice = choice(visitor)?;
        let days = match choice {
            Choice::Yesterday => today.saturating_sub(1.day())..today,
            Choice::Week => Grain::Week.first_day(today)..Grain::Week.next_first_day(today),
            Choice::Month => Grain::Month.first_day(today)..Grain::Month.next_first_day(today),
            Choice::Own => {
                let first_data = site.figures().first_day().await?;
                own_days(visitor, first_data.unwrap_or(today), today)?
            }
        };
        let line = visitor.parameter("line");
        let line = line.unwrap_or_else(|| WHOLE_CENTRE.to_owned());
        if line != WHOLE_CENTRE {
            site.line(&line)?;
        }
        Ok(Self {
            choice,
            days,
            line,
            today,
        })
    }

    /// Whether all lines together are asked for.
    #[must_use]
    pub fn is_whole_centre(&self) -> bool {
        self.line == WHOLE_CENTRE
    }

    /// Whether some of the days are not over.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.days.end > self.today
    }

    /// The last of the days.
    #[must_use]
    pub fn last(&self) -> Date {
        self.days.end.saturating_sub(1.day())
    }
}

/// Own days say so by themselves.
fn choice(visitor: &Visitor) -> Result<Choice, Error> {
    let has_days = ["from", "to"].map(|name| visitor.parameter(name).is_some());
    let Some(text) = visitor.parameter("period") else {
        let is_own = has_days.contains(&true);
        return Ok(if is_own {
            Choice::Own
        } else {
            Choice::Yesterday
        });
    };
    let known = Choice::ALL.into_iter().find(|known| known.name() == text);
    known.ok_or_else(|| Error::BadParameter {
        name: "period",
        why: Why::NotOneOfThese,
        known: Choice::ALL.map(|one| one.name().to_owned()).into(),
    })
}

fn own_days(visitor: &Visitor, first_data: Date, today: Date) -> Result<Range<Date>, Error> {
    let from = day(visitor, "from")?;
    let to = day(visitor, "to")?;
    let last = to.unwrap_or(today);
    let first = from.unwrap_or_else(|| last.first_of_month());
    let bad = |name, why| Error::BadParameter {
        name,
        why,
        known: Vec::new(),
    };
    if last < first {
        return Err(bad("from", Why::OrderOfDays));
    }
    if last.year() - first.year() > LONGEST_YEARS {
        return Err(bad("from", Why::TooLong));
    }
    let tomorrow = today.saturating_add(1.day());
    let end = last.saturating_add(1.day()).min(tomorrow);
    // Days without data stay when there is nothing else: the page says that nothing is known.
    let cut = first.max(first_data);
    if cut < end {
        Ok(cut..end)
    } else {
        Ok(first..first.saturating_add(1.day()))
    }
}

fn day(visitor: &Visitor, name: &'static str) -> Result<Option<Date>, Error> {
    let Some(text) = visitor.parameter(name) else {
        return Ok(None);
    };
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    day.map(Some).ok_or(Error::BadParameter {
        name,
        why: Why::BadDay,
        known: Vec::new(),
    })
}

/// The whole cells that days are made of: months first, then weeks, then days, none finer than
/// `finest`. What is left over at the ends is in no cell. Neighbours of one grain are together.
#[must_use]
pub fn cells(days: &Range<Date>, finest: Grain) -> Vec<(Grain, Range<Date>)> {
    let mut cells: Vec<(Grain, Range<Date>)> = Vec::new();
    let mut first = days.start;
    while first < days.end {
        let next_month = Grain::Month.next_first_day(first);
        // A week must not reach into a month that fits as a whole.
        let stop = if Grain::Month.next_first_day(next_month) <= days.end {
            next_month
        } else {
            days.end
        };
        let fits = |grain: Grain, end: Date| {
            grain.first_day(first) == first && grain.next_first_day(first) <= end
        };
        let (grain, next) = if fits(Grain::Month, days.end) {
            (Grain::Month, next_month)
        } else if fits(Grain::Week, stop) {
            (Grain::Week, Grain::Week.next_first_day(first))
        } else {
            (Grain::Day, first.saturating_add(1.day()))
        };
        if grain >= finest {
            match cells.last_mut() {
                Some((last, range)) if *last == grain && range.end == first => range.end = next,
                _ => cells.push((grain, first..next)),
            }
        }
        if next <= first {
            break;
        }
        first = next;
    }
    cells
}

/// The days a measure can be told of: those asked for or, where no cell of it fits into them, the
/// month of the last one.
#[must_use]
pub fn days_for(days: &Range<Date>, finest: Grain) -> Range<Date> {
    if cells(days, finest).is_empty() {
        let last = days.end.saturating_sub(1.day());
        Grain::Month.first_day(last)..Grain::Month.next_first_day(last)
    } else {
        days.clone()
    }
}

/// The days before and those of last year. Whole months are compared with whole months, all else
/// with the same weekdays.
#[must_use]
pub fn earlier(days: &Range<Date>) -> [Range<Date>; 2] {
    let is_first = |day: Date| day.first_of_month() == day;
    if is_first(days.start) && is_first(days.end) && days.start < days.end {
        let years = i32::from(days.end.year()) - i32::from(days.start.year());
        let months = 12 * years + i32::from(days.end.month()) - i32::from(days.start.month());
        let back = |months: i32| {
            let back = |day: Date| day.saturating_sub(months.months());
            back(days.start)..back(days.end)
        };
        return [back(months), back(12)];
    }
    let length = days.end.duration_since(days.start).as_hours() / 24;
    let weeks = ((length + 6) / 7).max(WEEKS_BACK);
    let back = |count: i64| {
        let back = |day: Date| day.saturating_sub(count.days());
        back(days.start)..back(days.end)
    };
    [back(7 * weeks), back(YEAR_DAYS)]
}
