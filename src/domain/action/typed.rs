//! An action as somebody typed it: what of it cannot be used, field by field.

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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::occasion::titled;
    use crate::domain::period::day_start_ms;
    use crate::domain::testing;

    const TODAY: Date = date(2026, 5, 25);

    fn centre() -> Centre {
        let mut centre = testing::centre(&["billing", "moving"]);
        centre.causes[3].retired = Some(date(2026, 1, 1));
        centre
    }

    fn typed() -> Typed {
        Typed {
            owner: " Head of\nbilling ".to_owned(),
            title: titled(&[("en", "<b>Clearer</b> bills")]),
            description: titled(&[("en", "One page\r\n instead of three.")]),
            cause: "pricing".to_owned(),
            measure: "wait_median".to_owned(),
            line: "billing".to_owned(),
            direction: "down".to_owned(),
            size: "30,5".to_owned(),
            start: "2026-06-01".to_owned(),
            due: "2026-06-10".to_owned(),
            verdict: "2026-07-06".to_owned(),
            comparison: "moving".to_owned(),
            idea: "2026-03-01".to_owned(),
        }
    }

    fn faults(change: impl FnOnce(&mut Typed)) -> Vec<(String, Wrong)> {
        let centre = centre();
        let mut own = typed();
        change(&mut own);
        let now_ms = day_start_ms(TODAY, &centre.zone) + 1;
        let faults = own.read(&centre, now_ms).err().unwrap_or_default();
        let pairs = faults.into_iter().map(|own| (own.field, own.wrong));
        pairs.collect()
    }

    fn only(field: &str, wrong: Wrong) -> Vec<(String, Wrong)> {
        vec![(field.to_owned(), wrong)]
    }

    #[test]
    fn what_can_be_used_is_kept_as_it_was_meant() {
        let centre = centre();
        let now_ms = day_start_ms(TODAY, &centre.zone);
        let facts = typed().read(&centre, now_ms).unwrap();
        assert_eq!(facts.owner, "Head of billing");
        assert_eq!(facts.title.in_language("en"), "<b>Clearer</b> bills");
        assert_eq!(
            facts.description.in_language("en"),
            "One page instead of three."
        );
        assert!((facts.size - 30.5).abs() < 1e-9);
        assert_eq!(facts.measure_version, 1);
        assert_eq!(facts.comparison, Comparison::Line("moving".to_owned()));
        assert_eq!(facts.idea, Some(date(2026, 3, 1)));
    }

    #[test]
    fn a_start_that_is_not_ahead_is_refused_with_the_first_day_that_is_not() {
        let centre = centre();
        let own = Typed {
            start: TODAY.to_string(),
            ..typed()
        };
        let now_ms = day_start_ms(TODAY, &centre.zone);
        let faults = own.read(&centre, now_ms).unwrap_err();
        assert_eq!(faults[0].wrong, Wrong::LateStart);
        assert_eq!(faults[0].known, ["2026-05-26"]);
    }

    #[test]
    fn a_verdict_waits_for_the_windows_and_until_the_figure_has_settled() {
        let early = |text: &str| faults(|own| text.clone_into(&mut own.verdict));
        assert_eq!(early("2026-07-05"), only("verdict", Wrong::EarlyVerdict));
        assert_eq!(early("2026-07-06"), []);
        let settling = faults(|own| own.measure = "resolution".to_owned());
        assert_eq!(settling, only("verdict", Wrong::EarlyVerdict));
        let measure = Measure::from_id("resolution").unwrap();
        let earliest = earliest_verdict(measure, date(2026, 6, 1));
        assert_eq!(earliest, date(2026, 7, 13));
        assert_eq!(early("2027-07-06"), only("verdict", Wrong::TooFar));
    }

    #[test]
    fn a_comparison_is_another_segment_or_another_year() {
        let compared = |line: &str, comparison: &str| {
            faults(|own| {
                line.clone_into(&mut own.line);
                comparison.clone_into(&mut own.comparison);
            })
        };
        let touched = only("comparison", Wrong::TouchedComparison);
        assert_eq!(compared("billing", "billing"), touched);
        assert_eq!(compared("billing", "*"), touched);
        assert_eq!(
            compared("*", "moving"),
            only("comparison", Wrong::NoOtherLine)
        );
        assert_eq!(
            compared("billing", "meters"),
            only("comparison", Wrong::UnknownLine)
        );
        assert_eq!(compared("*", Comparison::YEAR_BEFORE), []);
        assert_eq!(compared("billing", Comparison::YEAR_BEFORE), []);
    }

    #[test]
    fn every_field_that_cannot_be_used_is_named() {
        let bad: [(&str, Wrong, fn(&mut Typed)); 13] = [
            ("owner", Wrong::Missing, |own| own.owner.clear()),
            ("title.en", Wrong::Missing, |own| own.title.0.clear()),
            ("description.en", Wrong::BadText, |own| {
                own.description = titled(&[("en", &"x".repeat(1_001))]);
            }),
            ("cause", Wrong::UnknownCause, |own| {
                own.cause = "other".to_owned()
            }),
            ("measure", Wrong::UnknownMeasure, |own| {
                own.measure = "score".to_owned()
            }),
            ("measure", Wrong::NotByDay, |own| {
                own.measure = "csat".to_owned();
                own.verdict = "2026-09-01".to_owned();
            }),
            ("line", Wrong::UnknownLine, |own| {
                own.line = "meters".to_owned()
            }),
            ("line", Wrong::WholeCentreOnly, |own| {
                own.measure = "share_idea".to_owned()
            }),
            ("direction", Wrong::UnknownWord, |own| {
                own.direction = "better".to_owned()
            }),
            ("size", Wrong::BadSize, |own| own.size = "-3".to_owned()),
            ("start", Wrong::BadDay, |own| {
                own.start = "1 June".to_owned()
            }),
            ("due", Wrong::BadDue, |own| {
                own.due = "2026-05-31".to_owned()
            }),
            ("idea", Wrong::FutureIdea, |own| {
                own.idea = "2026-05-26".to_owned()
            }),
        ];
        for (field, wrong, change) in bad {
            assert_eq!(faults(change), only(field, wrong));
        }
    }

    #[test]
    fn a_reason_is_given_in_every_language() {
        let centre = centre();
        let given = titled(&[("en", "No money ")]);
        let read = read_reason(&given, &centre).unwrap();
        assert_eq!(read.in_language("en"), "No money");
        let faults = read_reason(&Text::default(), &centre).unwrap_err();
        assert_eq!(faults[0].field, "reason.en");
    }
}
