//! Which thresholds a line is judged by on which day: a change holds from its day on and leaves
//! the days before it as they were.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Kind, Measure, Quantity, Term, Threshold, Thresholds};
use crate::domain::centre::{Centre, ServiceChange, ServiceLevel};

/// The thresholds of one line, day by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    first: Thresholds,
    /// Each with the day from which it holds, the earliest first.
    later: Vec<(Date, Thresholds)>,
}

impl Judged {
    /// From what a line promised first, and what it changed.
    #[must_use]
    pub fn of(first: &ServiceLevel, changes: &[ServiceChange]) -> Self {
        let later = changes.iter();
        Self {
            first: Thresholds::from(first),
            later: later
                .map(|change| (change.valid_from, Thresholds::from(&change.service)))
                .collect(),
        }
    }

    /// The lines of a centre by id.
    #[must_use]
    pub fn of_lines(centre: &Centre) -> BTreeMap<&str, Self> {
        let lines = centre.lines.iter();
        lines
            .map(|line| (line.id.as_str(), Self::of(&line.service, &line.changes)))
            .collect()
    }

    /// Lines that the centre describes no more, by id: their past is judged by what held then.
    #[must_use]
    pub fn of_former_lines(centre: &Centre) -> BTreeMap<&str, Self> {
        let lines = centre.former_lines.iter();
        lines
            .map(|line| (line.id.as_str(), Self::of(&line.service, &line.changes)))
            .collect()
    }

    /// What the contacts of a local day are judged by.
    #[must_use]
    pub fn on(&self, day: Date) -> Thresholds {
        let held = self.later.partition_point(|(since, _)| *since <= day);
        held.checked_sub(1)
            .map_or(self.first, |last| self.later[last].1)
    }

    /// The same as if nothing had changed on a day or after it.
    #[must_use]
    pub fn as_before(mut self, day: Date) -> Self {
        self.later.retain(|(since, _)| *since < day);
        self
    }

    /// The days from which a measure is read by other thresholds than before.
    pub fn breaks(&self, measure: &Measure) -> impl Iterator<Item = Date> {
        let before = std::iter::once(self.first).chain(self.later.iter().map(|(_, held)| *held));
        let changes = before.zip(&self.later);
        changes
            .filter(|(before, (_, after))| measure.is_read_otherwise(*before, *after))
            .map(|(_, (since, _))| *since)
    }
}

/// The days from which a measure of a line, or of the whole centre (`*`), is read by other
/// thresholds than before.
#[must_use]
pub fn breaks_of(line: &str, measure: &Measure, centre: &Centre) -> BTreeSet<Date> {
    let lines = Judged::of_lines(centre).into_iter();
    let all = lines.chain(Judged::of_former_lines(centre));
    let asked = all.filter(|(id, _)| line == "*" || *id == line);
    let breaks = asked.map(|(_, judged)| judged.breaks(measure).collect::<Vec<_>>());
    breaks.flatten().collect()
}

impl Quantity {
    fn thresholds(self) -> impl Iterator<Item = Threshold> {
        let terms = self.plus.iter().chain(self.minus);
        terms.filter_map(|term| match term {
            Term::Within(_, threshold) | Term::Beyond(_, threshold) => Some(*threshold),
            Term::Count(_) | Term::Facts(_) => None,
        })
    }
}

impl Measure {
    /// The thresholds in its formula.
    #[must_use]
    pub fn thresholds(&self) -> Vec<Threshold> {
        match self.kind {
            Kind::Share {
                numerator,
                denominator,
            }
            | Kind::PerThousand {
                numerator,
                denominator,
            } => numerator
                .thresholds()
                .chain(denominator.thresholds())
                .collect(),
            Kind::Rating { numerator, .. } => numerator.thresholds().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether any threshold in its formula differs.
    fn is_read_otherwise(&self, before: Thresholds, after: Thresholds) -> bool {
        let mut own = self.thresholds().into_iter();
        own.any(|threshold| before.secs(threshold) != after.secs(threshold))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::testing;

    fn changed() -> Judged {
        let line = testing::line("billing");
        let change = |day, threshold_secs, target_percent| ServiceChange {
            valid_from: date(2026, 3, day),
            service: ServiceLevel {
                target_percent,
                threshold_secs,
                ..line.service.clone()
            },
            reason: testing::text("More calls than people"),
        };
        // The second one changes the target and no threshold.
        let changes = [
            change(2, 30, 80.0),
            change(9, 30, 70.0),
            change(16, 60, 70.0),
        ];
        Judged::of(&line.service, &changes)
    }

    #[test]
    fn a_day_is_judged_by_what_held_on_it() {
        let secs = |day| changed().on(day).service_level_secs;
        let days = [
            date(2020, 1, 1),
            date(2026, 3, 1),
            date(2026, 3, 2),
            date(2026, 3, 15),
        ];
        assert_eq!(days.map(secs), [20, 20, 30, 30]);
        assert_eq!(secs(date(2026, 3, 16)), 60);
        let before = changed().as_before(date(2026, 3, 16));
        assert_eq!(before.on(date(2030, 1, 1)).service_level_secs, 30);
    }

    #[test]
    fn a_measure_breaks_where_one_of_its_own_thresholds_changes() {
        let breaks = |id| -> Vec<Date> {
            let measure = Measure::from_id(id).unwrap();
            changed().breaks(measure).collect()
        };
        assert_eq!(
            breaks("service_level"),
            [date(2026, 3, 2), date(2026, 3, 16)]
        );
        assert!(breaks("service_level_customer").is_empty());
        assert!(breaks("abandonment").is_empty());
        assert!(breaks("attempts").is_empty());
    }
}
