//! `/desk`: what there is to sign in to, or the list of events and of everything that was changed.

use std::collections::BTreeMap;

use anyhow::Context as _;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::Desk;
use super::guard::{Asker, Signed};
use super::login::{code_page, login_page};
use super::page::{Page, Refusal, answer, clock, html, see};
use crate::domain::action::Action;
use crate::domain::occasion::{Occasion, State as Stands};
use crate::domain::period::local_day;
use crate::domain::staff::Change;
use crate::words::{Clock, DeskWords, OccasionWords, span_words};

/// Changes on a page.
const CHANGES_A_PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "desk/home.html")]
struct Home {
    page: Page,
    may_enter: bool,
    may_register: bool,
    /// Title, state, where to enter what becomes of it.
    actions: Vec<(String, &'static str, Option<String>)>,
    /// Title, whether it is unfolded, its rows.
    groups: Vec<(&'static str, bool, Vec<Row>)>,
    changes: Vec<ChangeRow>,
    older: Option<String>,
    newest: Option<String>,
}

struct Row {
    title: String,
    kind: &'static str,
    when: String,
    lines: String,
    notes: String,
    link: Option<String>,
}

struct ChangeRow {
    when: String,
    who: String,
    what: &'static str,
    subject: String,
    /// field, before, after.
    fields: Vec<(String, String, String)>,
}

/// The page.
pub async fn show(State(desk): State<Desk>, asker: Asker) -> Response {
    let result = compose(&desk, &asker).await;
    answer(&desk, &asker, result)
}

/// Where forms are sent to there is nothing to read.
pub async fn to_desk(asker: Asker) -> Response {
    see(&asker, "/desk")
}

async fn compose(desk: &Desk, asker: &Asker) -> Result<Response, Refusal> {
    match asker.session(desk).await? {
        None => login_page(desk, asker, "", None),
        Some(signed) if !signed.session.is_whole => code_page(desk, asker, &signed, None),
        Some(signed) => home(desk, asker, &signed).await,
    }
}

async fn home(desk: &Desk, asker: &Asker, signed: &Signed) -> Result<Response, Refusal> {
    let words = asker.words();
    let clock = clock(desk, asker);
    let occasions = desk.store().occasions().await;
    let occasions = occasions.context("reading the events")?;
    let may_enter = signed.session.account.role.may_enter();
    let now_ms = desk.now_ms();
    let group = |stands: Stands| {
        let own = occasions.iter().filter(|own| own.state(now_ms) == stands);
        let mut rows: Vec<Row> = own.map(|own| row(desk, asker, own, may_enter)).collect();
        if matches!(stands, Stands::Past | Stands::Cancelled) {
            rows.reverse();
        }
        rows
    };
    let actions = desk.store().actions().await;
    let actions = actions.context("reading the actions")?;
    let o = &words.occasion;
    let groups = vec![
        (o.running, true, group(Stands::Running)),
        (o.coming, true, group(Stands::Coming)),
        (o.past, false, group(Stands::Past)),
        (o.cancelled_title, false, group(Stands::Cancelled)),
    ];
    let changes = desk.store().audit(asker.before, CHANGES_A_PAGE).await;
    let changes = changes.context("reading the audit list")?;
    let is_full = i64::try_from(changes.len()).is_ok_and(|count| count == CHANGES_A_PAGE);
    let last = changes.last().filter(|_| is_full);
    html(&Home {
        older: last.map(|(id, _)| asker.link(&format!("/desk?before={id}"))),
        newest: asker.before.map(|_| asker.link("/desk")),
        changes: changes
            .iter()
            .map(|(_, change)| change_row(change, clock, &words.desk))
            .collect(),
        page: Page::new(desk, asker, words.desk.desk, Some(signed)),
        actions: action_rows(desk, asker, signed, &actions),
        may_register: signed.session.account.role.may_register(),
        may_enter,
        groups,
    })
}

/// Actions, the newest first.
fn action_rows(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    actions: &[Action],
) -> Vec<(String, &'static str, Option<String>)> {
    let a = &asker.words().action;
    let today = local_day(desk.now_ms(), &desk.centre().zone);
    let may = signed.session.account.role.may_register();
    let rows = actions.iter().rev().map(|own| {
        let title = own.title(asker.lang.code()).to_owned();
        let link = asker.link(&format!("/desk/actions/{}", own.id));
        (title, a.state(own.state(today)), may.then_some(link))
    });
    rows.collect()
}

fn row(desk: &Desk, asker: &Asker, own: &Occasion, may_enter: bool) -> Row {
    let o = &asker.words().occasion;
    let clock = clock(desk, asker);
    let code = asker.lang.code();
    let centre = desk.centre();
    let names = own.facts.lines.iter().map(|id| {
        let line = centre.line(id);
        line.map_or(id.as_str(), |line| line.name.in_language(code))
    });
    let names: Vec<&str> = names.collect();
    let can_change = may_enter && own.cancelled_ms.is_none();
    Row {
        title: own.title(code).to_owned(),
        kind: o.kind(own.facts.kind),
        when: span_words(clock, own.span()),
        lines: if names.is_empty() {
            o.all_lines.to_owned()
        } else {
            names.join(", ")
        },
        notes: notes(own, clock, o),
        link: can_change.then(|| asker.link(&format!("/desk/events/{}", own.id))),
    }
}

/// Who entered it and when, in names: only staff reads this.
fn notes(own: &Occasion, clock: Clock<'_>, o: &OccasionWords) -> String {
    let at = |at_ms| format!("{}, {}", clock.long_date(at_ms), clock.time(at_ms));
    let mut notes = vec![
        o.origin(own.facts.origin).to_owned(),
        format!(
            "{} {}, {}",
            o.entered_by,
            own.by.account,
            at(own.entered_ms)
        ),
    ];
    if own.is_entered_afterwards() {
        notes.push(o.afterwards.to_owned());
    }
    notes.extend(
        own.changed_ms
            .map(|ms| format!("{} {}", o.changed_on, at(ms))),
    );
    notes.extend(
        own.cancelled_ms
            .map(|ms| format!("{} {}", o.cancelled_on, at(ms))),
    );
    notes.join(" · ")
}

fn change_row(change: &Change, clock: Clock<'_>, words: &DeskWords) -> ChangeRow {
    let at_ms = change.at_ms;
    ChangeRow {
        when: format!(
            "{}, {}",
            clock.long_date(at_ms),
            clock.time_with_seconds(at_ms)
        ),
        who: change.who.clone(),
        what: words.act(change.act),
        subject: change.subject.clone(),
        fields: differences(change.before.as_deref(), change.after.as_deref()),
    }
}

/// The fields that differ: their place in the JSON, what stood there, what stands there now.
fn differences(before: Option<&str>, after: Option<&str>) -> Vec<(String, String, String)> {
    let mut fields: BTreeMap<String, [String; 2]> = BTreeMap::new();
    for (side, text) in [before, after].into_iter().enumerate() {
        let value = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(value) = value {
            leaves("", &value, &mut |place, text| {
                fields.entry(place).or_default()[side] = text;
            });
        }
    }
    fields.retain(|_, [was, is]| was != is);
    let fields = fields.into_iter();
    fields.map(|(place, [was, is])| (place, was, is)).collect()
}

/// Every value that is no object, with its place: `title.en`.
fn leaves(place: &str, value: &Value, take: &mut impl FnMut(String, String)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let joint = if place.is_empty() { "" } else { "." };
                leaves(&format!("{place}{joint}{name}"), member, take);
            }
        }
        Value::Null => {}
        Value::String(text) => take(place.to_owned(), text.clone()),
        other => take(place.to_owned(), other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_listed_by_its_place() {
        let before = r#"{"title":{"en":"Bills","fr":"Factures"},"lines":[]}"#;
        let after =
            r#"{"title":{"en":"Autumn bills","fr":"Factures"},"lines":["billing"],"x":null}"#;
        let row =
            |place: &str, was: &str, is: &str| (place.to_owned(), was.to_owned(), is.to_owned());
        assert_eq!(
            differences(Some(before), Some(after)),
            [
                row("lines", "[]", r#"["billing"]"#),
                row("title.en", "Bills", "Autumn bills"),
            ]
        );
        assert_eq!(
            differences(None, Some(r#"{"role":"editor"}"#)),
            [row("role", "", "editor")]
        );
        assert!(differences(None, None).is_empty());
    }
}
