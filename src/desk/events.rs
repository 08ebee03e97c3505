//! Entering, changing and cancelling what explains demand: the forms, and what they and programs
//! do in common.

use anyhow::Context as _;
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::Desk;
use super::expected::expected;
use super::guard::{Asker, Pairs, Signed, value, values, values_by};
use super::page::{Page, Refusal, answer, html, see};
use crate::domain::centre::Text;
use crate::domain::event::Millis;
use crate::domain::occasion::{Facts, Fault, Kind, Occasion, Origin, Typed};
use crate::domain::period::{civil, timestamp};
use crate::domain::staff::{Act, Change, Person};
use crate::words::Lang;

#[derive(Template)]
#[template(path = "desk/event.html")]
struct EventForm {
    page: Page,
    action: String,
    /// Anchor, name of the field, what is wrong.
    faults: Vec<(String, String, String)>,
    kinds: Vec<(&'static str, &'static str, bool)>,
    origins: Vec<(&'static str, &'static str, bool)>,
    /// Code, name of the language, text.
    titles: Vec<(String, String, String)>,
    lines: Vec<(String, String, bool)>,
    start: String,
    end: String,
    /// Where to cancel it, if it is there already.
    cancel: Option<String>,
}

/// The empty form.
pub async fn show_new(State(desk): State<Desk>, asker: Asker) -> Response {
    let compose = async {
        let signed = may_enter(&desk, &asker).await?;
        let typed = Typed {
            kind: Kind::BillRun.name().to_owned(),
            origin: Origin::Planned.name().to_owned(),
            ..Typed::default()
        };
        form_page(&desk, &asker, &signed, (None, &typed, &[]))
    };
    answer(&desk, &asker, compose.await)
}

/// The form of an event that is there.
pub async fn show(State(desk): State<Desk>, asker: Asker, Path(id): Path<String>) -> Response {
    let compose = async {
        let signed = may_enter(&desk, &asker).await?;
        let occasions = desk.store().occasions().await;
        let mut occasions = occasions.context("reading the events")?.into_iter();
        let own = occasions.find(|own| own.id == id && own.cancelled_ms.is_none());
        let own = own.ok_or(Refusal::NoSuchEvent)?;
        let typed = as_typed(&desk, &own.facts);
        form_page(&desk, &asker, &signed, (Some(&id), &typed, &[]))
    };
    answer(&desk, &asker, compose.await)
}

/// Takes a new event.
pub async fn enter(
    State(desk): State<Desk>,
    asker: Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let result = keep(&desk, &asker, form, None).await;
    answer(&desk, &asker, result)
}

/// Takes an event in place of the one of the same id.
pub async fn change(
    State(desk): State<Desk>,
    asker: Asker,
    Path(id): Path<String>,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let result = keep(&desk, &asker, form, Some(&id)).await;
    answer(&desk, &asker, result)
}

/// Cancels an event.
pub async fn cancel(
    State(desk): State<Desk>,
    asker: Asker,
    Path(id): Path<String>,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let compose = async {
        let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
        let signed = asker.may_enter(&desk, &form).await?;
        let done = desk.cancel_occasion(&id, &signed.person()).await?;
        done.map(|_| see(&asker, "/desk"))
            .ok_or(Refusal::NoSuchEvent)
    };
    answer(&desk, &asker, compose.await)
}

async fn may_enter(desk: &Desk, asker: &Asker) -> Result<Signed, Refusal> {
    let signed = asker.signed(desk).await?;
    let may = signed.session.account.role.may_enter();
    may.then_some(signed).ok_or(Refusal::NotYourRole)
}

async fn keep(
    desk: &Desk,
    asker: &Asker,
    form: Result<Form<Pairs>, FormRejection>,
    id: Option<&str>,
) -> Result<Response, Refusal> {
    let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
    let signed = asker.may_enter(desk, &form).await?;
    let typed = Typed {
        kind: value(&form, "kind").to_owned(),
        origin: value(&form, "origin").to_owned(),
        title: Text(values_by(&form, "title")),
        lines: values(&form, "lines"),
        start: value(&form, "start").to_owned(),
        end: value(&form, "end").to_owned(),
    };
    let facts = match typed.read(desk.centre(), desk.now_ms()) {
        Ok(facts) => facts,
        Err(faults) => {
            let mut page = form_page(desk, asker, &signed, (id, &typed, &faults))?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(page);
        }
    };
    let person = signed.person();
    match id {
        None => {
            desk.enter_occasion(new_id(), facts, &person).await?;
        }
        Some(id) => {
            let changed = desk.change_occasion(id, facts, &person).await?;
            changed.ok_or(Refusal::NoSuchEvent)?;
        }
    }
    Ok(see(asker, "/desk"))
}

/// A name that nobody has guessed or used.
#[must_use]
pub fn new_id() -> String {
    format!("e-{}", hex::encode(rand::random::<[u8; 8]>()))
}

/// The facts as a form holds them.
fn as_typed(desk: &Desk, facts: &Facts) -> Typed {
    let local = |at_ms: Millis| {
        let local = civil(at_ms, &desk.centre().zone);
        local.strftime("%Y-%m-%dT%H:%M").to_string()
    };
    Typed {
        kind: facts.kind.name().to_owned(),
        origin: facts.origin.name().to_owned(),
        title: facts.title.clone(),
        lines: facts.lines.clone(),
        start: local(facts.start_ms),
        end: local(facts.end_ms),
    }
}

fn form_page(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    (id, typed, faults): (Option<&str>, &Typed, &[Fault]),
) -> Result<Response, Refusal> {
    let (d, o) = (&asker.words().desk, &asker.words().occasion);
    let centre = desk.centre();
    let title = if id.is_some() {
        d.change_title
    } else {
        d.enter_event
    };
    let address = id.map_or_else(
        || "/desk/events".to_owned(),
        |id| format!("/desk/events/{id}"),
    );
    let titles = centre.languages.iter().map(|code| {
        let text = typed.title.0.get(code).cloned().unwrap_or_default();
        (code.clone(), language_name(code), text)
    });
    let lines = centre.lines.iter().map(|line| {
        let name = line.name.in_language(asker.lang.code()).to_owned();
        (line.id.clone(), name, typed.lines.contains(&line.id))
    });
    html(&EventForm {
        page: Page::new(desk, asker, title, Some(signed)),
        action: asker.link(&address),
        faults: faults
            .iter()
            .map(|fault| fault_words(asker, fault))
            .collect(),
        kinds: Kind::ALL
            .map(|kind| (kind.name(), o.kind(kind), typed.kind == kind.name()))
            .into(),
        origins: Origin::ALL
            .map(|own| (own.name(), o.origin(own), typed.origin == own.name()))
            .into(),
        titles: titles.collect(),
        lines: lines.collect(),
        start: typed.start.clone(),
        end: typed.end.clone(),
        cancel: id.map(|id| asker.link(&format!("/desk/events/{id}/cancel"))),
    })
}

fn language_name(code: &str) -> String {
    let lang = Lang::from_code(code);
    lang.map_or_else(|| code.to_owned(), |lang| lang.words().own_name.to_owned())
}

fn fault_words(asker: &Asker, fault: &Fault) -> (String, String, String) {
    let d = &asker.words().desk;
    let (part, rest) = fault.field.split_once('.').unwrap_or((&fault.field, ""));
    let name = match part {
        "kind" => d.kind,
        "origin" => d.origin,
        "lines" => d.lines,
        "start" => d.start,
        "end" => d.end,
        _ => d.title_in,
    };
    let name = if rest.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({})", language_name(rest))
    };
    let known = if fault.known.is_empty() {
        String::new()
    } else {
        format!(" ({})", fault.known.join(", "))
    };
    let text = format!("{}{known}.", d.wrong_field(fault.wrong));
    (fault.field.clone(), name, text)
}

/// What became of an occasion that was entered.
#[derive(Clone, Debug, PartialEq)]
pub enum Entered {
    /// It was not there before.
    New(Occasion),
    /// The same was there already.
    Same(Occasion),
    /// Another one of this id was there already.
    Taken,
}

impl Desk {
    /// Keeps a new occasion and tells everybody.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn enter_occasion(
        &self,
        id: String,
        facts: Facts,
        by: &Person,
    ) -> anyhow::Result<Entered> {
        let now_ms = self.now_ms();
        let expected = expected(self.store(), self.centre(), &facts, now_ms).await;
        let occasion = Occasion {
            expected: expected.context("reading what was expected")?,
            id,
            facts,
            by: by.clone(),
            entered_ms: now_ms,
            changed_ms: None,
            cancelled_ms: None,
        };
        let mut tx = self.store().begin_desk().await?;
        if let Some(there) = tx.occasion(&occasion.id).await? {
            let is_same = there.facts == occasion.facts && there.by == occasion.by;
            return Ok(if is_same {
                Entered::Same(there)
            } else {
                Entered::Taken
            });
        }
        tx.put_occasion(&occasion).await?;
        tx.note(&entered(&occasion)).await?;
        tx.commit().await.context("keeping an event")?;
        self.tell_occasions().await?;
        Ok(Entered::New(occasion))
    }

    /// Changes an occasion and tells everybody; `None` if there is none that can be changed.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn change_occasion(
        &self,
        id: &str,
        facts: Facts,
        by: &Person,
    ) -> anyhow::Result<Option<Occasion>> {
        let now_ms = self.now_ms();
        let Some(known_ms) = self.entered_ms(id).await? else {
            return Ok(None);
        };
        // Forecasts that were issued before it was first entered did not know of it.
        let expected = expected(self.store(), self.centre(), &facts, known_ms).await;
        let expected = expected.context("reading what was expected")?;
        let mut tx = self.store().begin_desk().await?;
        let before = tx.occasion(id).await?;
        let Some(before) = before.filter(|own| own.cancelled_ms.is_none()) else {
            return Ok(None);
        };
        if before.facts == facts {
            return Ok(Some(before));
        }
        let after = Occasion {
            expected,
            facts,
            changed_ms: Some(now_ms),
            ..before.clone()
        };
        tx.put_occasion(&after).await?;
        tx.note(&change_of(
            Act::ChangeOccasion,
            by,
            (Some(&before), &after),
            now_ms,
        ))
        .await?;
        tx.commit().await.context("changing an event")?;
        self.tell_occasions().await?;
        Ok(Some(after))
    }

    /// When an occasion was entered.
    async fn entered_ms(&self, id: &str) -> anyhow::Result<Option<Millis>> {
        let occasions = self.store().occasions().await;
        let mut occasions = occasions.context("reading the events")?.into_iter();
        let own = occasions.find(|own| own.id == id);
        Ok(own.map(|own| own.entered_ms))
    }

    /// Cancels an occasion and tells everybody; `None` if there is none that can be cancelled.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn cancel_occasion(
        &self,
        id: &str,
        by: &Person,
    ) -> anyhow::Result<Option<Occasion>> {
        let now_ms = self.now_ms();
        let mut tx = self.store().begin_desk().await?;
        let before = tx.occasion(id).await?;
        let Some(before) = before.filter(|own| own.cancelled_ms.is_none()) else {
            return Ok(None);
        };
        let after = Occasion {
            cancelled_ms: Some(now_ms),
            ..before.clone()
        };
        tx.put_occasion(&after).await?;
        tx.note(&change_of(
            Act::CancelOccasion,
            by,
            (Some(&before), &after),
            now_ms,
        ))
        .await?;
        tx.commit().await.context("cancelling an event")?;
        self.tell_occasions().await?;
        Ok(Some(after))
    }
}

/// The row of the audit list for an occasion as it was first entered.
#[must_use]
pub fn entered(own: &Occasion) -> Change {
    change_of(Act::EnterOccasion, &own.by, (None, own), own.entered_ms)
}

fn change_of(
    act: Act,
    by: &Person,
    (before, after): (Option<&Occasion>, &Occasion),
    at_ms: Millis,
) -> Change {
    Change {
        at_ms,
        who: by.account.clone(),
        act,
        subject: after.id.clone(),
        before: before.map(for_audit),
        after: Some(for_audit(after)),
    }
}

/// What people decide about an occasion; what was computed is not theirs to change.
fn for_audit(own: &Occasion) -> String {
    let facts = &own.facts;
    let instant = |at_ms: Millis| timestamp(at_ms).to_string();
    json!({
        "kind": facts.kind.name(),
        "origin": facts.origin.name(),
        "title": facts.title,
        "lines": if facts.lines.is_empty() { "*".to_owned() } else { facts.lines.join(", ") },
        "start": instant(facts.start_ms),
        "end": instant(facts.end_ms),
        "cancelled": own.cancelled_ms.map(instant),
    })
    .to_string()
}
