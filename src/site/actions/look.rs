//! How actions and their effects are written.

use crate::domain::action::{Action, Comparison};
use crate::domain::impact::{Impact, Verdict};
use crate::domain::measures::Measure;
use crate::domain::period::Grain;
use crate::domain::published::Series;
use crate::site::Site;
use crate::site::history::{Scale, line_name, measure_name};
use crate::words::Words;

use super::judge::{Finding, Segments};

/// Writes values and differences of one figure.
pub struct Writer {
    words: &'static Words,
    /// The scale of both segments.
    pub scale: Scale,
    is_percent: bool,
}

impl Writer {
    /// For the figure of an action; seconds become minutes where both segments show many.
    #[must_use]
    pub fn of(own: &Action, segments: Option<&Segments>, words: &'static Words) -> Self {
        let measure = Measure::from_id(&own.facts.measure);
        let (id, unit, version) =
            measure.map_or(("", "points", 0), |own| (own.id, own.unit, own.version));
        let both = segments.map(|both| [&both.treated, &both.comparison]);
        let points = both
            .into_iter()
            .flatten()
            .flat_map(|own| own.points.clone());
        let series = Series {
            line: own.facts.line.clone(),
            measure: id,
            grain: Grain::Day,
            zone: String::new(),
            unit,
            version,
            breaks: Vec::new(),
            points: points.collect(),
        };
        let is_count = measure.is_some_and(Measure::is_count);
        Self {
            scale: Scale::of(&series, is_count, false, words),
            is_percent: unit == "percent",
            words,
        }
    }

    /// A value with its unit.
    #[must_use]
    pub fn value(&self, value: f64) -> String {
        self.scale.write(value, self.words)
    }

    /// A difference without its sign: shares differ by points, not by percent.
    #[must_use]
    pub fn size(&self, difference: f64) -> String {
        let words = self.words;
        if self.is_percent {
            let number = words.number(difference, 1);
            words.with_unit(&number, words.action.percent_points)
        } else {
            self.scale.write(difference, words)
        }
    }

    /// A difference with its sign.
    #[must_use]
    pub fn difference(&self, difference: f64) -> String {
        let text = self.size(difference);
        let is_more = difference > 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
        if is_more { format!("+{text}") } else { text }
    }

    /// "−42 s (−60 s … −25 s)".
    #[must_use]
    pub fn effect(&self, impact: &Impact) -> String {
        let ends = [impact.low, impact.high].map(|end| self.difference(end));
        let effect = self.difference(impact.effect);
        format!("{effect} ({} … {})", ends[0], ends[1])
    }
}

/// The figure's public name.
#[must_use]
pub fn figure(own: &Action, words: &Words) -> String {
    measure_name(&own.facts.measure, words)
}

/// The segment's public name.
#[must_use]
pub fn segment(site: &Site, own: &Action, words: &Words) -> String {
    named_line(site, &own.facts.line, words)
}

/// What it is compared with.
#[must_use]
pub fn comparison(site: &Site, own: &Action, words: &Words) -> String {
    match &own.facts.comparison {
        Comparison::Line(line) => named_line(site, line, words),
        Comparison::YearBefore => words.action.year_before.to_owned(),
    }
}

/// A line that the centre has given up is called by its id.
fn named_line(site: &Site, line: &str, words: &Words) -> String {
    if line == "*" || site.centre().line(line).is_some() {
        line_name(site, line, words.lang)
    } else {
        line.to_owned()
    }
}

/// "a fall of 30 s".
#[must_use]
pub fn expected(own: &Action, words: &'static Words) -> String {
    let size = Writer::of(own, None, words).size(own.facts.size);
    format!("{} {size}", words.action.direction(own.facts.direction))
}

/// The class and the word of a verdict; an action that is never judged has one of its own.
#[must_use]
pub fn verdict(own: &Action, finding: &Finding, words: &Words) -> (&'static str, &'static str) {
    let a = &words.action;
    finding
        .verdict(own)
        .map_or(("none", a.never_judged), |verdict| {
            (class(verdict), a.verdict(verdict))
        })
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Improved => "improved",
        Verdict::Worse => "worse",
        Verdict::NoChange => "unchanged",
        Verdict::TooEarly | Verdict::NotEnoughData => "none",
    }
}
