//! What the series of one answer have in common: worked out once for all of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use jiff::civil::Date;

use super::sites::Answers;
use super::{RawData, WHOLE_CENTRE};
use crate::domain::centre::Centre;
use crate::domain::coverage::{Covered, Need};
use crate::domain::measures::Measure;
use crate::domain::period::Span;

/// The opening time on days.
type Openings = HashMap<Date, Rc<[Span]>>;

/// Kept while series are put together of the same data at the same instant.
#[derive(Default)]
pub struct Common {
    covered: RefCell<Vec<(Vec<Need>, Rc<Covered>)>>,
    /// By line.
    openings: RefCell<HashMap<String, Openings>>,
    /// By first day and the one after the last.
    answers: RefCell<HashMap<(Date, Date), Rc<Answers>>>,
    /// The same.
    untold_channels: RefCell<HashMap<(Date, Date), bool>>,
}

impl Common {
    /// What is covered for a measure.
    pub(super) fn covered(&self, measure: &Measure, raw: &RawData) -> Rc<Covered> {
        let needs: Vec<Need> = measure.all_needs().collect();
        let mut known = self.covered.borrow_mut();
        if let Some((_, covered)) = known.iter().find(|(of, _)| *of == needs) {
            return Rc::clone(covered);
        }
        let covered = Rc::new(raw.coverage.of_needs(needs.iter().copied()));
        known.push((needs, Rc::clone(&covered)));
        covered
    }

    /// Who answered in some days.
    pub(super) fn answers(
        &self,
        days: &Range<Date>,
        work: impl FnOnce() -> Answers,
    ) -> Rc<Answers> {
        let key = (days.start, days.end);
        if let Some(answers) = self.answers.borrow().get(&key) {
            return Rc::clone(answers);
        }
        let answers = Rc::new(work());
        let mut known = self.answers.borrow_mut();
        known.insert(key, Rc::clone(&answers));
        answers
    }

    /// Whether the channels of some days are not told: the same for each of them.
    pub(super) fn are_channels_untold(
        &self,
        days: &Range<Date>,
        work: impl FnOnce() -> bool,
    ) -> bool {
        let key = (days.start, days.end);
        let known = self.untold_channels.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let made = work();
            self.untold_channels.borrow_mut().insert(key, made);
            made
        })
    }

    /// The opening time of a line, or of all of them, on a day.
    pub(super) fn opening(
        &self,
        line: &str,
        day: Date,
        raw: &RawData,
        centre: &Centre,
    ) -> Rc<[Span]> {
        let mut known = self.openings.borrow_mut();
        let spans = known.get(line).and_then(|days| days.get(&day));
        if let Some(spans) = spans {
            return Rc::clone(spans);
        }
        let lines = centre.lines.iter();
        let wanted = lines.filter(|own| line == WHOLE_CENTRE || own.id == line);
        let spans: Rc<[Span]> = wanted.flat_map(|own| (raw.hours)(own, day)).collect();
        let days = known.entry(line.to_owned()).or_default();
        days.insert(day, Rc::clone(&spans));
        spans
    }
}
