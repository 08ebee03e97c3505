//! An action as somebody typed it: what of it cannot be used, field by field.

#[cfg(test)]
mod tests;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Comparison;
use crate::domain::centre::{Centre, Text};
use crate::domain::event::Millis;
use crate::domain::impact::{Direction, VERDICT_AFTER_DAYS};
use crate::domain::measures::{MEASURES, Measure};
use crate::domain::period::{Grain, local_day};
use crate::domain::series::WHOLE_CENTRE;

/// The longest title, in characters.
pub const LONGEST_TITLE: usize = 120;

/// The longest description.
pub const LONGEST_DESCRIPTION: usize = 1_000;

/// The longest name of an owner.
pub const LONGEST_OWNER: usize = 80;

/// The longest reason for giving up.
pub const LONGEST_REASON: usize = 300;

/// How far ahead it may start, and after its start be judged.
pub const REACH_DAYS: i64 = 366;

/// What is registered, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Who answers for it: a name or an office, public.
    pub owner: String,
    /// Its public title in each language of the centre.
    pub title: Text,
    /// What is done.
    pub description: Text,
    /// The cause of complaints that it answers.
    pub cause: Option<String>,
    /// Id of the figure it should move.
    pub measure: String,
    /// The version of the figure's definition then.
    pub measure_version: u32,
    /// The segment: id of a line, or `*`.
    pub line: String,
    /// Which way the figure should go.
    pub direction: Direction,
    /// By how much, in the unit of the figure; above zero.
    pub size: f64,
    /// The local day on which it takes effect.
    pub start: Date,
    /// The last local day on which it is to be done.
    pub due: Date,
    /// The local day from which on there is a verdict.
    pub verdict: Date,
    /// What it is compared with.
    pub comparison: Comparison,
    /// It answers an idea that customers sent: the local day on which the first came in.
    pub idea: Option<Date>,
}

/// An action as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// Who answers for it.
    pub owner: String,
    /// Titles by language.
    pub title: Text,
    /// Descriptions by language.
    pub description: Text,
    /// Id of a cause, or nothing.
    pub cause: String,
    /// Id of a measure.
    pub measure: String,
    /// Id of a line, or `*`.
    pub line: String,
    /// The word of a direction.
    pub direction: String,
    /// A number.
    pub size: String,
    /// A local day, ISO.
    pub start: String,
    /// The same.
    pub due: String,
    /// The same.
    pub verdict: String,
    /// Id of a line, or [`Comparison::YEAR_BEFORE`].
    pub comparison: String,
    /// A local day, or nothing.
    pub idea: String,
}

/// A field that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its name in forms: that of [`Typed`], with `.en` where there is one for each language.
    pub field: String,
    /// What is wrong with it.
    pub wrong: Wrong,
    /// What would be right, if it can be listed.
    pub known: Vec<String>,
}

/// What is wrong with a field, and so what would be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// None of the words that are known.
    UnknownWord,
    /// Nothing was typed.
    Missing,
    /// Too long, or with signs that no text has.
    BadText,
    /// The centre has no such line.
    UnknownLine,
    /// There is no such measure now.
    UnknownMeasure,
    /// The centre has no such cause, or it is retired.
    UnknownCause,
    /// The measure is not told by day.
    NotByDay,
    /// The measure is told of all lines together only.
    WholeCentreOnly,
    /// The comparison contains the segment, or is it.
    TouchedComparison,
    /// What concerns all lines can be compared with the year before only.
    NoOtherLine,
    /// Not a number above zero.
    BadSize,
    /// Not a date.
    BadDay,
    /// The start is not after today: it would be registered late.
    LateStart,
    /// Further ahead than [`REACH_DAYS`].
    TooFar,
    /// Not between the start and the verdict.
    BadDue,
    /// The windows, or the days in which the figure settles, are not over then.
    EarlyVerdict,
    /// An idea cannot come in tomorrow.
    FutureIdea,
}

/// The first day on which a verdict on a figure can be due.
#[must_use]
pub fn earliest_verdict(measure: &Measure, start: Date) -> Date {
    start.saturating_add((VERDICT_AFTER_DAYS + measure.settles_days()).days())
}

impl Typed {
    /// What was meant.
    ///
    /// # Errors
    /// Every field that cannot be used.
    pub fn read(&self, centre: &Centre, now_ms: Millis) -> Result<Facts, Vec<Fault>> {
        let mut faults = Vec::new();
        let today = local_day(now_ms, &centre.zone);
        let owner = read_line("owner", &self.owner, LONGEST_OWNER, &mut faults);
        let title = read_text("title", &self.title, LONGEST_TITLE, centre, &mut faults);
        let description = &self.description;
        let length = LONGEST_DESCRIPTION;
        let description = read_text("description", description, length, centre, &mut faults);
        let cause = self.read_cause(centre, today, &mut faults);
        let measure = self.read_measure(&mut faults);
        let is_line = self.line == WHOLE_CENTRE || centre.line(&self.line).is_some();
        if !is_line {
            faults.push(unknown_line("line", centre, Some(WHOLE_CENTRE)));
        }
        let comparison = self.read_comparison(centre, &mut faults);
        let direction = Direction::from_name(&self.direction);
        if direction.is_none() {
            let known = Direction::ALL.map(Direction::name);
            faults.push(fault_of(
                "direction",
                Wrong::UnknownWord,
                known.map(str::to_owned),
            ));
        }
        let size = self.read_size(&mut faults);
        let days = self.read_days(today, measure, &mut faults);
        let idea = self.read_idea(today, &mut faults);
        let (Some(measure), Some(comparison), Some(direction), Some(size), Some(days), true) = (
            measure,
            comparison,
            direction,
            size,
            days,
            faults.is_empty(),
        ) else {
            return Err(faults);
        };
        let [start, due, verdict] = days;
        Ok(Facts {
            owner,
            title,
            description,
            cause,
            measure: measure.id.to_owned(),
            measure_version: measure.version,
            line: self.line.clone(),
            direction,
            size,
            start,
            due,
            verdict,
            comparison,
            idea,
        })
    }

    fn read_cause(&self, centre: &Centre, today: Date, faults: &mut Vec<Fault>) -> Option<String> {
        if self.cause.is_empty() {
            return None;
        }
        let is_open = |retired: Option<Date>| retired.is_none_or(|retired| today < retired);
        let causes = centre.causes.iter().filter(|own| is_open(own.retired));
        let known: Vec<String> = causes.map(|own| own.id.clone()).collect();
        if known.contains(&self.cause) {
            return Some(self.cause.clone());
        }
        faults.push(fault_of("cause", Wrong::UnknownCause, known));
        None
    }

    fn read_measure(&self, faults: &mut Vec<Fault>) -> Option<&'static Measure> {
        let Some(measure) = Measure::from_id(&self.measure) else {
            let known = MEASURES.iter().filter(|own| own.finest <= Grain::Day);
            let known = known.map(|own| own.id.to_owned());
            faults.push(fault_of("measure", Wrong::UnknownMeasure, known));
            return None;
        };
        if measure.finest > Grain::Day {
            faults.push(fault("measure", Wrong::NotByDay));
        }
        if measure.whole_centre_only && self.line != WHOLE_CENTRE {
            faults.push(fault_of(
                "line",
                Wrong::WholeCentreOnly,
                [WHOLE_CENTRE.to_owned()],
            ));
        }
        Some(measure)
    }

    fn read_comparison(&self, centre: &Centre, faults: &mut Vec<Fault>) -> Option<Comparison> {
        let own = self.comparison.as_str();
        if own == Comparison::YEAR_BEFORE {
            return Some(Comparison::YearBefore);
        }
        if own == WHOLE_CENTRE || own == self.line {
            faults.push(fault("comparison", Wrong::TouchedComparison));
        } else if centre.line(own).is_none() {
            let year = Some(Comparison::YEAR_BEFORE);
            faults.push(unknown_line("comparison", centre, year));
        } else if self.line == WHOLE_CENTRE {
            faults.push(fault("comparison", Wrong::NoOtherLine));
        } else {
            return Some(Comparison::Line(own.to_owned()));
        }
        None
    }

    /// A number with a point or a comma.
    fn read_size(&self, faults: &mut Vec<Fault>) -> Option<f64> {
        let number = self.size.trim().replace(',', ".").parse::<f64>().ok();
        let size = number.filter(|size| size.is_finite() && *size > 0.0);
        if size.is_none() {
            faults.push(fault("size", Wrong::BadSize));
        }
        size
    }

    /// Start, due day and verdict.
    fn read_days(
        &self,
        today: Date,
        measure: Option<&Measure>,
        faults: &mut Vec<Fault>,
    ) -> Option<[Date; 3]> {
        let fields = [
            ("start", &self.start),
            ("due", &self.due),
            ("verdict", &self.verdict),
        ];
        let days = fields.map(|(field, text)| read_day(field, text, faults));
        let [Some(start), Some(due), Some(verdict)] = days else {
            return None;
        };
        if start <= today {
            let tomorrow = today.saturating_add(1.day());
            faults.push(fault_of("start", Wrong::LateStart, [tomorrow.to_string()]));
        } else if start > today.saturating_add(REACH_DAYS.days()) {
            faults.push(fault("start", Wrong::TooFar));
        }
        let earliest = measure.map(|measure| earliest_verdict(measure, start));
        if earliest.is_some_and(|earliest| verdict < earliest) {
            let known = earliest.map(|earliest| earliest.to_string());
            faults.push(fault_of("verdict", Wrong::EarlyVerdict, known));
        } else if verdict > start.saturating_add(REACH_DAYS.days()) {
            faults.push(fault("verdict", Wrong::TooFar));
        } else if due < start || due > verdict {
            let known = [start.to_string(), verdict.to_string()];
            faults.push(fault_of("due", Wrong::BadDue, known));
        }
        Some([start, due, verdict])
    }

    fn read_idea(&self, today: Date, faults: &mut Vec<Fault>) -> Option<Date> {
        if self.idea.is_empty() {
            return None;
        }
        let day = read_day("idea", &self.idea, faults)?;
        if day > today {
            faults.push(fault("idea", Wrong::FutureIdea));
        }
        Some(day)
    }
}

/// Why an action is withdrawn, in each language of the centre.
///
/// # Errors
/// Every language in which it cannot be used.
pub fn read_reason(typed: &Text, centre: &Centre) -> Result<Text, Vec<Fault>> {
    let mut faults = Vec::new();
    let reason = read_text("reason", typed, LONGEST_REASON, centre, &mut faults);
    if faults.is_empty() {
        Ok(reason)
    } else {
        Err(faults)
    }
}

/// A text in each language of the centre.
fn read_text(
    name: &str,
    typed: &Text,
    longest: usize,
    centre: &Centre,
    faults: &mut Vec<Fault>,
) -> Text {
    let languages = centre.languages.iter();
    let texts = languages.map(|language| {
        let field = format!("{name}.{language}");
        let text = typed.0.get(language).map_or("", String::as_str);
        (language.clone(), read_line(&field, text, longest, faults))
    });
    Text(texts.collect())
}

/// A text as one line: line breaks and repeated blanks are one blank.
fn read_line(field: &str, typed: &str, longest: usize, faults: &mut Vec<Fault>) -> String {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let text = words.join(" ");
    if text.is_empty() {
        faults.push(fault(field, Wrong::Missing));
    } else if text.chars().count() > longest || text.contains(char::is_control) {
        faults.push(fault(field, Wrong::BadText));
    }
    text
}

fn read_day(field: &str, text: &str, faults: &mut Vec<Fault>) -> Option<Date> {
    let day = text.trim().parse::<Date>().ok();
    let day = day.filter(|_| text.trim().len() == 10);
    if day.is_none() {
        faults.push(fault(field, Wrong::BadDay));
    }
    day
}

fn unknown_line(field: &str, centre: &Centre, besides: Option<&str>) -> Fault {
    let lines = centre.lines.iter().map(|line| line.id.clone());
    let besides = besides.map(str::to_owned);
    fault_of(field, Wrong::UnknownLine, besides.into_iter().chain(lines))
}

fn fault(field: &str, wrong: Wrong) -> Fault {
    fault_of(field, wrong, [])
}

fn fault_of(field: &str, wrong: Wrong, known: impl IntoIterator<Item = String>) -> Fault {
    Fault {
        field: field.to_owned(),
        wrong,
        known: known.into_iter().collect(),
    }
}
