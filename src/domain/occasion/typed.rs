//! An occasion as somebody typed it: what of it cannot be used, field by field.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::{Kind, Origin};
use crate::domain::centre::{Centre, Text};
use crate::domain::event::Millis;
use crate::domain::period::{Span, instant_ms, local_day};

/// The longest title, in characters.
pub const LONGEST_TITLE: usize = 120;

/// The longest occasion.
pub const LONGEST_DAYS: i64 = 366;

/// How far from now it may lie, either way.
pub const REACH_DAYS: i64 = 3 * 366;

const DAY_MS: Millis = 86_400_000;

/// What an occasion is, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its kind.
    pub kind: Kind,
    /// Whether it was planned.
    pub origin: Origin,
    /// Its public title in each language of the centre.
    pub title: Text,
    /// The lines it concerns; none are all.
    pub lines: Vec<String>,
    /// Its start.
    pub start_ms: Millis,
    /// Its end, exclusive.
    pub end_ms: Millis,
}

impl Facts {
    /// When it acts.
    #[must_use]
    pub fn span(&self) -> Span {
        Span {
            start_ms: self.start_ms,
            end_ms: self.end_ms,
        }
    }
}

/// An occasion as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The word of a kind.
    pub kind: String,
    /// The word of an origin.
    pub origin: String,
    /// Titles by language.
    pub title: Text,
    /// Ids of lines; none are all.
    pub lines: Vec<String>,
    /// Local time of the centre (`2026-11-22T09:00`) or RFC 3339.
    pub start: String,
    /// The same.
    pub end: String,
}

/// A field that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its name in forms and JSON: `kind`, `origin`, `title.en`, `lines`, `start`, `end`.
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
    /// No title in this language.
    NoTitle,
    /// A title of more than [`LONGEST_TITLE`] characters, or with a line break.
    BadTitle,
    /// The centre has no such language.
    UnknownLanguage,
    /// The centre has no such line.
    UnknownLine,
    /// Not a time.
    BadTime,
    /// The end is not after the start.
    OrderOfTimes,
    /// Longer than [`LONGEST_DAYS`].
    TooLong,
    /// Further from now than [`REACH_DAYS`].
    TooFar,
    /// What lies ahead has not happened.
    NotYet,
}

impl Typed {
    /// What was meant.
    ///
    /// # Errors
    /// Every field that cannot be used.
    pub fn read(&self, centre: &Centre, now_ms: Millis) -> Result<Facts, Vec<Fault>> {
        let mut faults = Vec::new();
        let kind = Kind::from_name(&self.kind);
        if kind.is_none() {
            faults.push(unknown("kind", &Kind::ALL.map(Kind::name)));
        }
        let origin = Origin::from_name(&self.origin);
        if origin.is_none() {
            faults.push(unknown("origin", &Origin::ALL.map(Origin::name)));
        }
        let title = self.read_title(centre, &mut faults);
        self.check_lines(centre, &mut faults);
        let span = self.read_span(centre, now_ms, &mut faults);
        if let (Some(Origin::Happened), Some(span)) = (origin, span)
            && span.start_ms > now_ms
        {
            faults.push(fault("start", Wrong::NotYet));
        }
        let (Some(kind), Some(origin), Some(span), true) = (kind, origin, span, faults.is_empty())
        else {
            return Err(faults);
        };
        Ok(Facts {
            kind,
            origin,
            title,
            lines: self.lines_in_order(centre),
            start_ms: span.start_ms,
            end_ms: span.end_ms,
        })
    }

    fn read_title(&self, centre: &Centre, faults: &mut Vec<Fault>) -> Text {
        let mut title = Text::default();
        for language in &centre.languages {
            let field = format!("title.{language}");
            let text = self.title.0.get(language).map_or("", |text| text.trim());
            if text.is_empty() {
                faults.push(fault(field, Wrong::NoTitle));
            } else if text.chars().count() > LONGEST_TITLE || text.contains(char::is_control) {
                faults.push(fault(field, Wrong::BadTitle));
            } else {
                title.0.insert(language.clone(), text.to_owned());
            }
        }
        for language in self.title.0.keys() {
            if !centre.languages.contains(language) {
                faults.push(Fault {
                    field: "title".to_owned(),
                    wrong: Wrong::UnknownLanguage,
                    known: centre.languages.clone(),
                });
                break;
            }
        }
        title
    }

    fn check_lines(&self, centre: &Centre, faults: &mut Vec<Fault>) {
        let mut lines = self.lines.iter();
        if lines.any(|line| centre.line(line).is_none()) {
            let known = centre.lines.iter().map(|line| line.id.clone());
            faults.push(Fault {
                field: "lines".to_owned(),
                wrong: Wrong::UnknownLine,
                known: known.collect(),
            });
        }
    }

    /// The lines once each, in the order of the centre; all of them are written as none.
    fn lines_in_order(&self, centre: &Centre) -> Vec<String> {
        let ids = centre.lines.iter().map(|line| line.id.clone());
        let own: Vec<String> = ids.filter(|id| self.lines.contains(id)).collect();
        if own.len() == centre.lines.len() {
            Vec::new()
        } else {
            own
        }
    }

    fn read_span(&self, centre: &Centre, now_ms: Millis, faults: &mut Vec<Fault>) -> Option<Span> {
        let mut read = |field: &str, text: &str| {
            let at_ms = read_time(text, centre);
            let wrong = match at_ms {
                None => Wrong::BadTime,
                Some(at_ms) if (at_ms - now_ms).abs() > REACH_DAYS * DAY_MS => Wrong::TooFar,
                Some(_) => return at_ms,
            };
            faults.push(fault(field, wrong));
            None
        };
        let (start_ms, end_ms) = (read("start", &self.start), read("end", &self.end));
        let (start_ms, end_ms) = (start_ms?, end_ms?);
        if end_ms <= start_ms {
            faults.push(fault("end", Wrong::OrderOfTimes));
            return None;
        }
        if end_ms - start_ms > LONGEST_DAYS * DAY_MS {
            faults.push(fault("end", Wrong::TooLong));
            return None;
        }
        Some(Span { start_ms, end_ms })
    }
}

/// Reads a local time of the centre, or an instant with its offset.
fn read_time(text: &str, centre: &Centre) -> Option<Millis> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_millisecond());
    }
    // A date alone is not a time: whoever writes one means a whole day, or forgot the hour.
    let local: DateTime = text.parse().ok().filter(|_| text.len() > 10)?;
    let at_ms = instant_ms(local, &centre.zone);
    // Beyond the calendar the clamped instant lies on another day.
    let day = local_day(at_ms, &centre.zone);
    (day.year() == local.year()).then_some(at_ms)
}

fn unknown(field: &str, known: &[&str]) -> Fault {
    Fault {
        field: field.to_owned(),
        wrong: Wrong::UnknownWord,
        known: known.iter().map(|word| (*word).to_owned()).collect(),
    }
}

fn fault(field: impl Into<String>, wrong: Wrong) -> Fault {
    Fault {
        field: field.into(),
        wrong,
        known: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::occasion::titled;
    use crate::domain::testing;

    /// Friday 20 November 2026, 14:32:10 in Paris.
    const NOW_MS: Millis = 1_795_181_530_000;

    fn centre() -> Centre {
        testing::centre(&["billing", "moving"])
    }

    fn typed() -> Typed {
        Typed {
            kind: "bill_run".to_owned(),
            origin: "planned".to_owned(),
            title: titled(&[("en", " Autumn bills ")]),
            lines: vec!["billing".to_owned()],
            start: "2026-12-07T08:00".to_owned(),
            end: "2026-12-09T20:00".to_owned(),
        }
    }

    fn faults(typed: &Typed) -> Vec<(String, Wrong)> {
        let faults = typed.read(&centre(), NOW_MS).expect_err("faults");
        faults
            .into_iter()
            .map(|fault| (fault.field, fault.wrong))
            .collect()
    }

    #[test]
    fn what_is_typed_is_read_in_the_zone_of_the_centre_and_trimmed() {
        let facts = typed().read(&centre(), NOW_MS).expect("facts");
        assert_eq!(facts.kind, Kind::BillRun);
        assert_eq!(facts.title.in_language("en"), "Autumn bills");
        let centre = centre();
        let local = crate::domain::period::civil(facts.start_ms, &centre.zone);
        assert_eq!(local.to_string(), "2026-12-07T08:00:00");
        let with_offset = Typed {
            start: "2026-12-07T08:00:00+05:00".to_owned(),
            ..typed()
        };
        let read = with_offset.read(&centre, NOW_MS).expect("facts");
        assert_eq!(read.start_ms, 1_796_612_400_000);
    }

    #[test]
    fn every_field_that_cannot_be_used_is_named() {
        let nothing = faults(&Typed::default());
        let fields: Vec<&str> = nothing.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["kind", "origin", "title.en", "start", "end"]);
    }

    #[test]
    fn each_mistake_has_its_reason() {
        let one = |change: fn(&mut Typed)| {
            let mut own = typed();
            change(&mut own);
            let found = faults(&own);
            assert_eq!(found.len(), 1, "{found:?}");
            found[0].clone()
        };
        let is = |field: &str, wrong| (field.to_owned(), wrong);
        assert_eq!(
            one(|own| own.lines.push("billling".to_owned())),
            is("lines", Wrong::UnknownLine)
        );
        assert_eq!(
            one(|own| own.end = own.start.clone()),
            is("end", Wrong::OrderOfTimes)
        );
        assert_eq!(
            one(|own| own.end = "2028-01-01T00:00".to_owned()),
            is("end", Wrong::TooLong)
        );
        assert_eq!(
            one(|own| own.end = "12026-01-01T00:00".to_owned()),
            is("end", Wrong::BadTime)
        );
        assert_eq!(
            one(|own| own.start = "2026-12-07".to_owned()),
            is("start", Wrong::BadTime)
        );
        assert_eq!(
            one(|own| own.start = "2020-01-01T00:00".to_owned()),
            is("start", Wrong::TooFar)
        );
        assert_eq!(
            one(|own| own.origin = "happened".to_owned()),
            is("start", Wrong::NotYet)
        );
        assert_eq!(
            one(|own| own.title = titled(&[("en", "two\nlines")])),
            is("title.en", Wrong::BadTitle)
        );
        assert_eq!(
            one(|own| own.title = titled(&[("en", "Bills"), ("tlh", "DeSwar")])),
            is("title", Wrong::UnknownLanguage)
        );
    }

    #[test]
    fn all_lines_are_written_as_none_and_none_stands_twice() {
        let mut own = typed();
        own.lines = ["moving", "billing", "moving"].map(str::to_owned).into();
        let facts = own.read(&centre(), NOW_MS).expect("facts");
        assert!(facts.lines.is_empty());
        own.lines.truncate(1);
        own.lines.push("moving".to_owned());
        let facts = own.read(&centre(), NOW_MS).expect("facts");
        assert_eq!(facts.lines, ["moving"]);
    }
}
