//! `/method`: every definition, mark and rule, printed from the code that applies them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Site;
use super::error::Error;
use super::figures::SourceState;
use super::forecasts::{self, Card};
use super::page::{Page, Visitor, answer, html};
use super::promises::{self, Held, PastView};
use crate::domain::event::Millis;
use crate::words::{Clock, Words};

/// A source silent for longer is late (COUNTING.md, Coverage).
const LATE_AFTER_MS: Millis = 60_000;
/// A source silent for longer has no data.
const SILENT_AFTER_MS: Millis = 300_000;

#[derive(Template)]
#[template(path = "method.html")]
struct Method {
    page: Page,
    definitions: Vec<DefinitionView>,
    past: Vec<PastView>,
    promises: Vec<PromiseView>,
    marks: Vec<(&'static str, &'static str)>,
    sources: Vec<SourceView>,
    card: Card,
}

struct DefinitionView {
    id: &'static str,
    name: String,
    meaning: &'static str,
    formula: &'static str,
    version: u32,
    since: String,
}

/// What a line promised for a while, in words.
struct PromiseView {
    line: String,
    since: String,
    company: String,
    customer: String,
    short: String,
    reason: String,
}

struct SourceView {
    id: String,
    seen: String,
    kind: &'static str,
    state: &'static str,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = compose(&site, &visitor).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor) -> Result<Response, Error> {
    let words = visitor.words();
    let at_ms = site.figures().at_ms();
    let clock = site.clock(words);
    let sources = site.figures().sources().await?;
    let definitions = site.figures().definitions().iter().map(|definition| {
        let named = words.measures.of(definition.id);
        DefinitionView {
            id: definition.id,
            name: named.map_or_else(|| definition.id.to_owned(), |named| named.name.to_owned()),
            meaning: named.map_or(definition.meaning, |named| named.meaning),
            formula: definition.formula,
            version: definition.version,
            since: definition.since.clone(),
        }
    });
    html(&Method {
        definitions: definitions.collect(),
        past: promises::past(words),
        promises: promises::held(site, visitor.lang)
            .into_iter()
            .map(|held| promise_view(held, words))
            .collect(),
        marks: marks(words),
        card: forecasts::card(site, words),
        sources: sources
            .iter()
            .map(|source| source_view(source, clock, at_ms))
            .collect(),
        page: Page::new(site, visitor, words.method_title),
    })
}

fn promise_view(held: Held, words: &Words) -> PromiseView {
    let d = &words.definition;
    let secs = |secs: i64| words.with_unit(&words.count(secs), words.unit_seconds);
    let promise = |percent: f64, time: i64| {
        let decimals = usize::from(percent.fract() != 0.0);
        let percent = words.with_unit(&words.number(percent, decimals), words.unit_percent);
        format!("{percent} {} {}", d.within, secs(time))
    };
    let service = &held.service;
    let since = held.since.map(|day| words.long_date(day));
    PromiseView {
        since: since.unwrap_or_else(|| d.beginning.to_owned()),
        company: promise(service.target_percent, service.threshold_secs),
        customer: promise(service.promise_percent, service.promise_secs),
        short: format!("{} {}", d.within, secs(service.short_abandon_secs)),
        line: held.name,
        reason: held.reason,
    }
}

fn marks(words: &Words) -> Vec<(&'static str, &'static str)> {
    vec![
        ("[p]", words.mark_p),
        ("[r]", words.mark_r),
        ("[b]", words.mark_b),
        ("[u]", words.mark_u),
        ("[c]", words.mark_c),
        ("[x]", words.mark_x),
        (words.no_value, words.mark_none),
    ]
}

fn source_view(source: &SourceState, clock: Clock<'_>, at_ms: Millis) -> SourceView {
    let words = clock.words;
    let silent_ms = source
        .last_seen_ms
        .map_or(Millis::MAX, |seen_ms| at_ms - seen_ms);
    let (kind, state) = if silent_ms < LATE_AFTER_MS {
        ("good", words.state_live)
    } else if silent_ms < SILENT_AFTER_MS {
        ("busy", words.state_delayed)
    } else {
        ("unknown", words.state_silent)
    };
    let seen = source.last_seen_ms.map_or_else(
        || words.never.to_owned(),
        |seen_ms| {
            format!(
                "{}, {}",
                clock.long_date(seen_ms),
                clock.time_with_seconds(seen_ms)
            )
        },
    );
    SourceView {
        id: source.id.clone(),
        seen,
        kind,
        state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::EN;
    use jiff::tz::TimeZone;

    #[test]
    fn a_source_is_late_after_a_minute_and_silent_after_five() {
        let clock = Clock {
            words: &EN,
            zone: const { &TimeZone::UTC },
        };
        let state = |silent_ms: Option<Millis>| {
            let last_seen_ms = silent_ms.map(|silent_ms| 10_000_000 - silent_ms);
            source_view(
                &SourceState {
                    id: "pbx".into(),
                    last_seen_ms,
                },
                clock,
                10_000_000,
            )
            .state
        };
        assert_eq!(state(Some(59_999)), "live");
        assert_eq!(state(Some(60_000)), "late");
        assert_eq!(state(Some(300_000)), "silent");
        assert_eq!(state(None), "silent");
    }
}
