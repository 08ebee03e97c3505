//! Nothing there, or nothing known: what the sources of a centre covered, for each measure.
//!
//! A source is *expected* from its first coverage to its last; a live one until now. A span is
//! covered for a count if every source that reports it and is expected then covers the span, and
//! at least one does; it is covered for a measure if it is covered for every count it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::centre::Centre;
use super::event::{EventKind, Millis};
use super::period::{IntervalStart, Span};
use super::tally::Count;

/// A live source that was heard less than this ago covers the time until now: its next sign of
/// life is only under way. After it the source is *delayed*.
pub const DELAYED_AFTER_MS: Millis = 60_000;

/// Below this share of covered opening time a value is of low reliability `[u]`, percent.
pub const RELIABLE_PERCENT: i64 = 98;

struct SourceCoverage {
    reports: Vec<Count>,
    tells: Vec<EventKind>,
    covers: Spans,
    expected: Span,
}

/// The coverage of all sources of a centre, of all time.
pub struct Coverage {
    sources: Vec<SourceCoverage>,
    /// What the sources declare, also those that were never heard.
    declared: BTreeSet<Count>,
    /// The events of which any of them declares to send all.
    told: BTreeSet<EventKind>,
}

/// What has to be reported for a measure to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A count that sources declare to report in full.
    Count(Count),
    /// Events of a kind of which sources declare to send all.
    Events(EventKind),
}

impl Coverage {
    /// From all coverage the store has (of all time: when a source began and ceased to be
    /// expected must not depend on the range that somebody looks at).
    ///
    /// `expected_until` names the live sources: they are expected until then, usually now.
    #[must_use]
    pub fn new(
        centre: &Centre,
        spans: &[(String, Span)],
        expected_until: &BTreeMap<String, Millis>,
        now_ms: Millis,
    ) -> Self {
        let sources = centre.sources.iter().filter_map(|source| {
            let own = spans.iter().filter(|(id, _)| *id == source.id);
            let mut covers = Spans::of(own.map(|(_, span)| *span).collect());
            let live_until = expected_until.get(&source.id).copied();
            if live_until.is_some() {
                covers.extend_last_until(now_ms, DELAYED_AFTER_MS);
            }
            let expected = Span {
                start_ms: covers.0.first()?.start_ms,
                end_ms: covers
                    .0
                    .last()?
                    .end_ms
                    .max(live_until.unwrap_or(Millis::MIN)),
            };
            Some(SourceCoverage {
                reports: source.reports.clone(),
                tells: source.tells.clone(),
                covers,
                expected,
            })
        });
        Self {
            sources: sources.collect(),
            declared: centre
                .sources
                .iter()
                .flat_map(|source| source.reports.iter().copied())
                .collect(),
            told: centre
                .sources
                .iter()
                .flat_map(|source| source.tells.iter().copied())
                .collect(),
        }
    }

    /// What is covered for a measure that needs these counts.
    #[must_use]
    pub fn of(&self, needs: &[Count]) -> Covered {
        self.of_needs(needs.iter().map(|count| Need::Count(*count)))
    }

    /// What is covered for a measure that needs all of these.
    #[must_use]
    pub fn of_needs(&self, needs: impl Iterator<Item = Need>) -> Covered {
        let mut covered: Option<Spans> = None;
        let mut is_reported = true;
        for need in needs {
            let spans = self.of_need(need);
            covered = Some(covered.map_or_else(|| spans.clone(), |all| all.intersect(&spans)));
            is_reported &= match need {
                Need::Count(count) => self.declared.contains(&count),
                Need::Events(kind) => self.told.contains(&kind),
            };
        }
        Covered {
            spans: covered.unwrap_or_default(),
            is_reported,
        }
    }

    fn of_need(&self, need: Need) -> Spans {
        let reports = move |source: &&SourceCoverage| match need {
            Need::Count(count) => source.reports.contains(&count),
            Need::Events(kind) => source.tells.contains(&kind),
        };
        let reporters = || self.sources.iter().filter(reports);
        let all = reporters().flat_map(|source| source.covers.0.iter().copied());
        let mut covered = Spans::of(all.collect());
        for source in reporters() {
            let missing = Spans(vec![source.expected]).subtract(&source.covers);
            covered = covered.subtract(&missing);
        }
        covered
    }
}

/// What is known of a span of time for one measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// All of it is covered: what was not counted did not happen.
    Covered,
    /// Some of it is covered.
    Partly,
    /// None of it is covered.
    Uncovered,
}

/// What may be said about a value, before small numbers are withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// The value, a zero included.
    Good,
    /// The value, of low reliability `[u]`.
    Low,
    /// Nothing was counted, and nothing is known `[x]`.
    NoData,
    /// Nothing was counted, nothing is known, and it was closed all the time.
    Closed,
}

/// What is covered for one measure.
pub struct Covered {
    spans: Spans,
    is_reported: bool,
}

impl Covered {
    /// Whether any source reports all the counts of the measure; if not, it is `[x]` always.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        self.is_reported
    }

    /// What is known of a span.
    #[must_use]
    pub fn knowledge(&self, span: Span) -> Knowledge {
        let first = self.spans.first_after(span.start_ms);
        match self.spans.0.get(first) {
            Some(covers) if covers.start_ms <= span.start_ms && covers.end_ms >= span.end_ms => {
                Knowledge::Covered
            }
            Some(covers) if covers.start_ms < span.end_ms => Knowledge::Partly,
            _ => Knowledge::Uncovered,
        }
    }

    /// How many intervals of opening time a span has, and how many of them are covered.
    #[must_use]
    pub fn opening_intervals(&self, span: Span, opening: &[Span]) -> (i64, i64) {
        let mut all = 0;
        let mut covered = 0;
        for open in Spans::of(opening.to_vec()).0 {
            let open = common(open, span);
            let known = self.knowledge(whole_intervals(open));
            for interval in open.intervals() {
                all += 1;
                covered += i64::from(match known {
                    Knowledge::Covered => true,
                    Knowledge::Uncovered => false,
                    Knowledge::Partly => self.knowledge(whole(interval)) == Knowledge::Covered,
                });
            }
        }
        (all, covered)
    }

    /// Judges a span of any grain. `opening` is asked for only where coverage has gaps, and only
    /// as far as it has to be known: it costs more than the rest.
    pub fn judge(
        &self,
        span: Span,
        anything_counted: bool,
        mut opening: impl Iterator<Item = Span>,
    ) -> Reliability {
        if !self.is_reported {
            return Reliability::NoData;
        }
        match self.knowledge(span) {
            Knowledge::Covered => return Reliability::Good,
            Knowledge::Uncovered if anything_counted => return Reliability::Low,
            Knowledge::Uncovered => {
                let is_open = opening.any(|open| common(open, span).intervals().next().is_some());
                return if is_open {
                    Reliability::NoData
                } else {
                    Reliability::Closed
                };
            }
            Knowledge::Partly => {}
        }
        let opening: Vec<Span> = opening.collect();
        let (open, covered) = self.opening_intervals(span, &opening);
        if open > 0 && covered * 100 >= open * RELIABLE_PERCENT {
            Reliability::Good
        } else if anything_counted || covered > 0 {
            Reliability::Low
        } else if open > 0 {
            Reliability::NoData
        } else {
            Reliability::Closed
        }
    }
}

/// What two spans have in common; ends before it starts if that is nothing.
fn common(one: Span, other: Span) -> Span {
    Span {
        start_ms: one.start_ms.max(other.start_ms),
        end_ms: one.end_ms.min(other.end_ms),
    }
}

/// All of an interval.
fn whole(interval: IntervalStart) -> Span {
    Span {
        start_ms: interval.ms(),
        end_ms: interval.next().ms(),
    }
}

/// All of the intervals that start in a span.
fn whole_intervals(span: Span) -> Span {
    let last = IntervalStart::containing(span.end_ms - 1);
    Span {
        start_ms: span.start_ms,
        end_ms: span.end_ms.max(last.next().ms()),
    }
}

/// Spans in order that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Spans(Vec<Span>);

impl Spans {
    fn of(mut spans: Vec<Span>) -> Self {
        spans.retain(|span| span.start_ms < span.end_ms);
        spans.sort_unstable();
        let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start_ms <= last.end_ms => {
                    last.end_ms = last.end_ms.max(span.end_ms);
                }
                _ => merged.push(span),
            }
        }
        Self(merged)
    }

    /// The first span that ends after an instant.
    fn first_after(&self, at_ms: Millis) -> usize {
        self.0.partition_point(|span| span.end_ms <= at_ms)
    }

    fn extend_last_until(&mut self, now_ms: Millis, if_younger_than_ms: Millis) {
        if let Some(last) = self.0.last_mut()
            && now_ms > last.end_ms
            && now_ms - last.end_ms < if_younger_than_ms
        {
            last.end_ms = now_ms;
        }
    }

    fn intersect(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        for span in &self.0 {
            let overlapping = other.0[other.first_after(span.start_ms)..].iter();
            let overlapping = overlapping.take_while(|theirs| theirs.start_ms < span.end_ms);
            common.extend(overlapping.map(|theirs| Span {
                start_ms: span.start_ms.max(theirs.start_ms),
                end_ms: span.end_ms.min(theirs.end_ms),
            }));
        }
        Self(common)
    }

    fn subtract(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for span in &self.0 {
            let mut start_ms = span.start_ms;
            for theirs in &other.0[other.first_after(span.start_ms)..] {
                if theirs.start_ms >= span.end_ms {
                    break;
                }
                if theirs.start_ms > start_ms {
                    left.push(Span {
                        start_ms,
                        end_ms: theirs.start_ms,
                    });
                }
                start_ms = theirs.end_ms;
            }
            if start_ms < span.end_ms {
                left.push(Span {
                    start_ms,
                    end_ms: span.end_ms,
                });
            }
        }
        Self(left)
    }
}

#[cfg(test)]
mod tests;
