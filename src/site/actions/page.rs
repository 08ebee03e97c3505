//! The page of one action: what was registered, what became of it, the verdict and what it is made
//! of, and what else may be behind it.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::Date;

use super::course::{Drawn, Told, draw};
use super::judge::{Finding, Segments, judge, read};
use super::list::{owner_address, today};
use super::look::{self, Writer};
use crate::domain::action::{Action, Comparison, Turn};
use crate::domain::event::Millis;
use crate::domain::impact::{Impact, Unjudged, Verdict};
use crate::domain::measures::{Measure, breaks_of};
use crate::domain::occasion::Occasion;
use crate::domain::period::{day_start_ms, local_day};
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::error::Error;
use crate::site::page::{Page, Visitor, answer};
use crate::words::{ActionWords, Measured, Words, effect_sentence, few_days_sentence, span_words};

#[derive(Template)]
#[template(path = "action.html")]
struct View {
    page: Page,
    a: &'static ActionWords,
    own_title: String,
    description: String,
    state: &'static str,
    owner: String,
    owner_link: String,
    /// Label, text, address.
    facts: Vec<(&'static str, String, Option<String>)>,
    definition_note: Option<String>,
    steps: Vec<StepView>,
    notes: Vec<&'static str>,
    idea: Option<String>,
    class: &'static str,
    verdict: &'static str,
    sentences: Vec<String>,
    /// Segment, before, after, change.
    means: Vec<[String; 4]>,
    /// Effect, the ends of its interval, days known.
    effect: Option<[String; 3]>,
    names: [String; 2],
    drawn: Option<Drawn>,
    causes: Vec<Cause>,
}

struct StepView {
    text: String,
    reason: Option<String>,
}

/// What else may be behind an effect.
pub struct Cause {
    /// "event", "action" or "threshold".
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// The local day on which it begins.
    pub day: Date,
    link: String,
    title: String,
    what: String,
}

/// The page.
pub async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let result = compose(&site, &visitor, &id, &headers).await;
    answer(&site, &visitor, result)
}

async fn compose(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    request: &HeaderMap,
) -> Result<Response, Error> {
    let words = visitor.words();
    let actions = site.figures().actions();
    let own = actions.iter().find(|own| own.id == id);
    let own = own.ok_or(Error::NoSuchPage)?;
    let finding = judge(site, own).await?;
    let segments = read(site.centre(), site.figures(), own).await?;
    let title = own.title(words.lang.code());
    let page = Page::new(site, visitor, title);
    let causes = causes(site, own, words);
    let flags: Vec<(Date, String)> = causes
        .iter()
        .map(|cause| (cause.day, cause.title.clone()))
        .collect();
    let drawn = segments.as_ref().map(|segments| {
        let told = Told {
            own,
            segments,
            impact: finding.impact(),
            flags: &flags,
        };
        draw(site, &told, words)
    });
    let writer = Writer::of(own, segments.as_ref(), words);
    let (class, verdict) = look::verdict(own, &finding, words);
    let view = View {
        a: &words.action,
        own_title: title.to_owned(),
        description: in_language(own, words),
        state: words.action.state(own.state(today(site))),
        owner: own.facts.owner.clone(),
        owner_link: page.link(&owner_address(&own.facts.owner)),
        facts: facts(site, &page, own, words),
        definition_note: definition_note(own, words),
        steps: steps(site, own, words),
        notes: notes(site, own, words),
        idea: idea(site, own, words),
        class,
        verdict,
        sentences: sentences(site, own, (&finding, &writer), words),
        means: finding.impact().map_or_else(Vec::new, |impact| {
            means(site, own, (impact, &writer), words)
        }),
        effect: finding
            .impact()
            .map(|impact| effect(impact, &writer, words)),
        names: [
            look::segment(site, own, words),
            look::comparison(site, own, words),
        ],
        drawn: drawn.transpose()?.filter(has_days(segments.as_ref())),
        causes,
        page,
    };
    let text = view.render();
    let text = text.map_err(|error| anyhow::Error::new(error).context("rendering a page"))?;
    Ok(tagged(text, "text/html; charset=utf-8", A_TICK, request))
}

/// Whether there is a day to draw.
fn has_days(segments: Option<&Segments>) -> impl Fn(&Drawn) -> bool {
    let has = segments.is_some_and(|both| !both.treated.points.is_empty());
    move |_| has
}

fn in_language(own: &Action, words: &Words) -> String {
    let description = &own.facts.description;
    description.in_language(words.lang.code()).to_owned()
}

fn facts(
    site: &Site,
    page: &Page,
    own: &Action,
    words: &'static Words,
) -> Vec<(&'static str, String, Option<String>)> {
    let a = &words.action;
    let facts = &own.facts;
    let method = page.link(&format!("/method#{}", facts.measure));
    let version = format!("{} {}", words.definition_version, facts.measure_version);
    let mut rows = vec![
        (a.figure, look::figure(own, words), Some(method)),
        (a.definition, version, None),
        (a.segment, look::segment(site, own, words), None),
        (a.expected, look::expected(own, words), None),
        (a.comparison, look::comparison(site, own, words), None),
        (a.start, words.long_date(facts.start), None),
        (a.due, words.long_date(facts.due), None),
        (a.verdict_on, words.long_date(facts.verdict), None),
    ];
    if let Some(id) = &facts.cause {
        let cause = site.centre().cause(id);
        let code = words.lang.code();
        let name = cause.map_or(id.as_str(), |cause| cause.name.in_language(code));
        let link = page.link("/performance#causes");
        rows.push((a.cause, name.to_owned(), Some(link)));
    }
    rows
}

fn definition_note(own: &Action, words: &'static Words) -> Option<String> {
    let measure = Measure::from_id(&own.facts.measure)?;
    let is_other = measure.version != own.facts.measure_version;
    is_other.then(|| format!("{} {}.", words.action.definition_changed, measure.version))
}

fn steps(site: &Site, own: &Action, words: &'static Words) -> Vec<StepView> {
    let (a, o) = (&words.action, &words.occasion);
    let clock = site.clock(words);
    let said = |at_ms: Millis, what: &str, by: &str| {
        let (day, time) = (clock.long_date(at_ms), clock.time(at_ms));
        format!("{day}, {time}: {what} {} {by}", a.by)
    };
    let first = StepView {
        text: said(own.registered_ms, a.was_registered, o.by(own.by.role)),
        reason: None,
    };
    let steps = own.steps.iter().map(|step| {
        let reason = step.reason.in_language(words.lang.code());
        StepView {
            text: said(step.at_ms, a.turn(step.turn), o.by(step.by.role)),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
        }
    });
    std::iter::once(first).chain(steps).collect()
}

fn notes(site: &Site, own: &Action, words: &'static Words) -> Vec<&'static str> {
    let a = &words.action;
    let today = today(site);
    let is_done_late = own.at(Turn::Done).is_some() && own.is_late(today, &site.centre().zone);
    let notes = [
        own.is_start_missed(today).then_some(a.start_missed),
        is_done_late.then_some(a.done_late),
    ];
    notes.into_iter().flatten().collect()
}

/// "The idea was received: 3 May · taken up: 1 June · done: 9 June".
fn idea(site: &Site, own: &Action, words: &'static Words) -> Option<String> {
    let a = &words.action;
    let received = own.facts.idea?;
    let day = |at_ms: Millis| words.long_date(local_day(at_ms, &site.centre().zone));
    let done = own.at(Turn::Done).map_or_else(
        || a.idea_open.to_owned(),
        |at_ms| format!("{}: {}", a.idea_done, day(at_ms)),
    );
    Some(format!(
        "{}: {} · {}: {} · {done}",
        a.idea_received,
        words.long_date(received),
        a.idea_taken_up,
        day(own.registered_ms),
    ))
}

fn sentences(
    site: &Site,
    own: &Action,
    (finding, writer): (&Finding, &Writer),
    words: &'static Words,
) -> Vec<String> {
    let a = &words.action;
    match finding {
        Finding::NeverJudged => vec![a.why_never.to_owned()],
        Finding::NotDue => {
            let day = words.long_date(own.facts.verdict);
            vec![format!("{} {day}.", a.why_too_early)]
        }
        Finding::NoFigure => vec![a.why_no_figure.to_owned()],
        Finding::Unjudged(Unjudged::SameSegment) => vec![a.why_same.to_owned()],
        Finding::Unjudged(Unjudged::TooFewDays(days)) => vec![few_days_sentence(words, *days)],
        Finding::Found(impact) => {
            let why = match impact.verdict(own.facts.direction) {
                Verdict::Improved => a.why_improved,
                Verdict::Worse => a.why_worse,
                _ => a.why_no_change,
            };
            let figure = look::figure(own, words);
            let told = Measured {
                what: format!("{figure} ({})", look::segment(site, own, words)),
                change: writer.difference(impact.treated.change()),
                other: look::comparison(site, own, words),
                other_change: writer.difference(impact.comparison.change()),
                effect: writer.difference(impact.effect),
                interval: [impact.low, impact.high].map(|end| writer.difference(end)),
            };
            vec![why.to_owned(), effect_sentence(words, &told)]
        }
    }
}

fn means(
    site: &Site,
    own: &Action,
    (impact, writer): (&Impact, &Writer),
    words: &'static Words,
) -> Vec<[String; 4]> {
    let sides = [
        (look::segment(site, own, words), impact.treated),
        (look::comparison(site, own, words), impact.comparison),
    ];
    let row = |(name, means): (String, crate::domain::impact::Means)| {
        [
            name,
            writer.value(means.before),
            writer.value(means.after),
            writer.difference(means.change()),
        ]
    };
    sides.map(row).into()
}

fn effect(impact: &Impact, writer: &Writer, words: &'static Words) -> [String; 3] {
    let a = &words.action;
    let [low, high] = [impact.low, impact.high].map(|end| writer.difference(end));
    let [before, after] = impact.days;
    [
        writer.difference(impact.effect),
        format!("{} {low} {} {high}", a.interval_from, a.interval_to),
        format!("{before} {}, {after} {}", a.days_before, a.days_after),
    ]
}

/// The line that the treated one is compared with: itself where that is done with the year before.
fn compared_line(own: &Action) -> &str {
    match &own.facts.comparison {
        Comparison::Line(line) => line,
        Comparison::YearBefore => &own.facts.line,
    }
}

/// Days from which the figure is read by other thresholds, on either segment.
fn breaks(site: &Site, own: &Action, words: &'static Words) -> Vec<Cause> {
    let days = own.days();
    let Some(measure) = Measure::from_id(&own.facts.measure) else {
        return Vec::new();
    };
    let lines = [&own.facts.line, compared_line(own)];
    let breaks = lines.map(|line| breaks_of(line, measure, site.centre()));
    let breaks: BTreeSet<Date> = breaks.into_iter().flatten().collect();
    let within = breaks.into_iter().filter(|day| days.contains(day));
    let cause = |day| Cause {
        kind: "threshold",
        id: format!("{}:{day}", measure.id),
        day,
        link: format!("/method#{}", measure.id),
        title: words.action.threshold_changed.to_owned(),
        what: words.long_date(day),
    };
    within.map(cause).collect()
}

/// Known events, other actions and changed thresholds on either segment in the days that are
/// compared, the earliest first.
#[must_use]
pub fn causes(site: &Site, own: &Action, words: &'static Words) -> Vec<Cause> {
    let zone = &site.centre().zone;
    let code = words.lang.code();
    let days = own.days();
    let range = day_start_ms(days.start, zone)..day_start_ms(days.end, zone);
    let other = compared_line(own);
    let occasions = site.figures().occasions();
    let is_near = |event: &&Occasion| {
        let span = event.span();
        let is_within = span.start_ms < range.end && range.start < span.end_ms;
        let concerns = event.concerns(&own.facts.line) || event.concerns(other);
        is_within && concerns && event.cancelled_ms.is_none()
    };
    let events = occasions.iter().filter(is_near).map(|event| Cause {
        kind: "event",
        id: event.id.clone(),
        day: local_day(event.facts.start_ms.max(range.start), zone),
        link: format!("/events#{}", event.id),
        title: event.title(code).to_owned(),
        what: format!(
            "{}, {}",
            words.occasion.kind(event.facts.kind),
            span_words(site.clock(words), event.span())
        ),
    });
    let actions = site.figures().actions();
    let others = actions
        .iter()
        .filter(|other| own.is_disturbed_by(other) && !other.is_never_judged(zone));
    let others = others.map(|other| Cause {
        kind: "action",
        id: other.id.clone(),
        day: other.facts.start,
        link: format!("/actions/{}", other.id),
        title: other.title(code).to_owned(),
        what: format!(
            "{}, {}",
            words.action.an_action,
            words.long_date(other.facts.start)
        ),
    });
    let breaks = breaks(site, own, words);
    let mut causes: Vec<Cause> = events.chain(others).chain(breaks).collect();
    causes.sort_by_key(|cause| cause.day);
    causes
}
