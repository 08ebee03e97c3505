//! Registering what is done about the figures, and entering what became of it.

use anyhow::Context as _;
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::Desk;
use super::guard::{Asker, Pairs, Signed, value, values_by};
use super::page::{Page, Refusal, answer, html, see};
use crate::domain::action::{Action, Comparison, Fault, Step, Turn, Typed, Wrong, read_reason};
use crate::domain::centre::Text;
use crate::domain::impact::Direction;
use crate::domain::measures::MEASURES;
use crate::domain::period::{Grain, local_day};
use crate::domain::series::WHOLE_CENTRE;
use crate::domain::staff::{Act, Change, Person};
use crate::words::{ActionWords, Lang, Words};

/// A value, its text, whether it is chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "desk/action_new.html")]
struct NewForm {
    page: Page,
    a: &'static ActionWords,
    faults: Vec<(String, String, String)>,
    typed: Typed,
    /// Code, name of the language, title, description.
    texts: Vec<(String, String, String, String)>,
    causes: Vec<Choice>,
    measures: Vec<Choice>,
    lines: Vec<Choice>,
    directions: Vec<Choice>,
    comparisons: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "desk/action.html")]
struct Manage {
    page: Page,
    a: &'static ActionWords,
    own_title: String,
    state: &'static str,
    address: String,
    public: String,
    faults: Vec<(String, String, String)>,
    /// The word of the turn, its button.
    next: Option<(&'static str, &'static str)>,
    may_withdraw: bool,
    /// Why nothing can be entered now, if so.
    note: Option<&'static str>,
    /// Code, name of the language, text.
    reasons: Vec<(String, String, String)>,
}

/// The empty form.
pub async fn show_new(State(desk): State<Desk>, asker: Asker) -> Response {
    let compose = async {
        let signed = may_register(&asker.signed(&desk).await?)?.clone();
        form_page(&desk, &asker, &signed, (&Typed::default(), &[]))
    };
    answer(&desk, &asker, compose.await)
}

/// Takes a new action.
pub async fn register(
    State(desk): State<Desk>,
    asker: Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let compose = async {
        let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
        let signed = asker.may_enter(&desk, &form).await?;
        may_register(&signed)?;
        let typed = read_form(&form);
        let id = new_id();
        match desk.register_action(id, &typed, signed.person()).await? {
            Registered::New(own) | Registered::Same(own) => {
                Ok(see(&asker, &format!("/desk/actions/{}", own.id)))
            }
            // Nobody has guessed a new id.
            Registered::Taken => Err(Refusal::Unreadable),
            Registered::Faulty(faults) => {
                let mut page = form_page(&desk, &asker, &signed, (&typed, &faults))?;
                *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                Ok(page)
            }
        }
    };
    answer(&desk, &asker, compose.await)
}

/// What can be entered about an action now.
pub async fn show(State(desk): State<Desk>, asker: Asker, Path(id): Path<String>) -> Response {
    let compose = async {
        let signed = asker.signed(&desk).await?;
        may_register(&signed)?;
        let own = desk.action(&id).await?;
        manage_page(&desk, &asker, &signed, (&own, &Text::default(), &[]))
    };
    answer(&desk, &asker, compose.await)
}

/// Takes a step of the timeline.
pub async fn step(
    State(desk): State<Desk>,
    asker: Asker,
    Path(id): Path<String>,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let compose = async {
        let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
        let signed = asker.may_enter(&desk, &form).await?;
        may_register(&signed)?;
        let own = desk.action(&id).await?;
        let turn = Turn::from_name(value(&form, "turn")).ok_or(Refusal::Unreadable)?;
        let mut reason = Text::default();
        if turn == Turn::Withdrawn {
            let typed = Text(values_by(&form, "reason"));
            reason = match read_reason(&typed, desk.centre()) {
                Ok(reason) => reason,
                Err(faults) => {
                    let mut page = manage_page(&desk, &asker, &signed, (&own, &typed, &faults))?;
                    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                    return Ok(page);
                }
            };
        }
        desk.add_step(own, (turn, reason), signed.person()).await?;
        Ok(see(&asker, &format!("/desk/actions/{id}")))
    };
    answer(&desk, &asker, compose.await)
}

fn may_register(signed: &Signed) -> Result<&Signed, Refusal> {
    let may = signed.session.account.role.may_register();
    may.then_some(signed).ok_or(Refusal::OfficersOnly)
}

fn read_form(form: &Pairs) -> Typed {
    let text = |name: &str| value(form, name).to_owned();
    Typed {
        owner: text("owner"),
        title: Text(values_by(form, "title")),
        description: Text(values_by(form, "description")),
        cause: text("cause"),
        measure: text("measure"),
        line: text("line"),
        direction: text("direction"),
        size: text("size"),
        start: text("start"),
        due: text("due"),
        verdict: text("verdict"),
        comparison: text("comparison"),
        idea: text("idea"),
    }
}

fn form_page(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    (typed, faults): (&Typed, &[Fault]),
) -> Result<Response, Refusal> {
    let words = asker.words();
    let a = &words.action;
    let centre = desk.centre();
    let code = asker.lang.code();
    let choice = |value: &str, text: &str, chosen: &str| {
        let is_chosen = value == chosen;
        (value.to_owned(), text.to_owned(), is_chosen)
    };
    let lines = |besides: (&str, &str), chosen: &str| -> Vec<Choice> {
        let lines = centre.lines.iter();
        let lines = lines.map(|line| (line.id.as_str(), line.name.in_language(code)));
        let all = std::iter::once(besides).chain(lines);
        all.map(|(id, name)| choice(id, name, chosen)).collect()
    };
    let today = local_day(desk.now_ms(), &centre.zone);
    let causes = centre.causes.iter();
    let causes = causes.filter(|own| own.retired.is_none_or(|retired| today < retired));
    let causes = causes.map(|own| (own.id.as_str(), own.name.in_language(code)));
    let causes = std::iter::once(("", a.no_cause)).chain(causes);
    let measures = MEASURES.iter().filter(|own| own.finest <= Grain::Day);
    let texts = centre.languages.iter().map(|language| {
        let of = |text: &Text| text.0.get(language).cloned().unwrap_or_default();
        let (title, description) = (of(&typed.title), of(&typed.description));
        (
            language.clone(),
            language_name(language),
            title,
            description,
        )
    });
    html(&NewForm {
        a,
        page: Page::new(desk, asker, a.register, Some(signed)),
        faults: faults.iter().map(|own| fault_words(words, own)).collect(),
        texts: texts.collect(),
        causes: causes
            .map(|(id, name)| choice(id, name, &typed.cause))
            .collect(),
        measures: measures
            .map(|own| {
                choice(
                    own.id,
                    &measure_words(own.id, own.unit, words),
                    &typed.measure,
                )
            })
            .collect(),
        lines: lines((WHOLE_CENTRE, words.whole_centre), &typed.line),
        directions: vec![
            choice(Direction::Up.name(), a.up_field, &typed.direction),
            choice(Direction::Down.name(), a.down_field, &typed.direction),
        ],
        comparisons: lines((Comparison::YEAR_BEFORE, a.year_before), &typed.comparison),
        typed: typed.clone(),
    })
}

/// The name of a figure with the unit in which its size is typed.
fn measure_words(id: &str, unit: &str, words: &Words) -> String {
    let name = words.measures.of(id).map_or(id, |named| named.name);
    let unit = match unit {
        "percent" => words.action.percent_points,
        "seconds" => words.unit_seconds,
        "contacts" => words.unit_contacts,
        "complaints" => words.unit_complaints,
        "surveys" => words.unit_surveys,
        "per_thousand" => words.unit_per_thousand,
        "points" => words.unit_points,
        _ => words.unit_persons,
    };
    format!("{name} ({unit})")
}

fn manage_page(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    (own, typed, faults): (&Action, &Text, &[Fault]),
) -> Result<Response, Refusal> {
    let words = asker.words();
    let a = &words.action;
    let centre = desk.centre();
    let today = local_day(desk.now_ms(), &centre.zone);
    let turns = [(Turn::Started, a.enter_started), (Turn::Done, a.enter_done)];
    let next = turns
        .into_iter()
        .find(|(turn, _)| own.may(*turn, today).is_ok());
    let note = match own.may(Turn::Started, today) {
        Err(why) if next.is_none() => Some(a.no_step(why)),
        _ => None,
    };
    let reasons = centre.languages.iter().map(|language| {
        let text = typed.0.get(language).cloned().unwrap_or_default();
        (language.clone(), language_name(language), text)
    });
    html(&Manage {
        a,
        own_title: own.title(asker.lang.code()).to_owned(),
        state: a.state(own.state(today)),
        address: asker.link(&format!("/desk/actions/{}", own.id)),
        public: asker.link(&format!("/actions/{}", own.id)),
        faults: faults.iter().map(|own| fault_words(words, own)).collect(),
        next: next.map(|(turn, button)| (turn.name(), button)),
        may_withdraw: own.may(Turn::Withdrawn, today).is_ok(),
        note,
        reasons: reasons.collect(),
        page: Page::new(desk, asker, a.manage, Some(signed)),
    })
}

fn language_name(code: &str) -> String {
    let lang = Lang::from_code(code);
    lang.map_or_else(|| code.to_owned(), |lang| lang.words().own_name.to_owned())
}

fn fault_words(words: &Words, fault: &Fault) -> (String, String, String) {
    let a = &words.action;
    let (part, rest) = fault.field.split_once('.').unwrap_or((&fault.field, ""));
    let name = match part {
        "owner" => a.owner,
        "title" => a.title_in,
        "description" => a.description_in,
        "cause" => a.cause_field,
        "measure" => a.figure,
        "line" => a.segment,
        "direction" => a.direction_field,
        "size" => a.expected,
        "start" => a.start,
        "due" => a.due,
        "verdict" => a.verdict_on,
        "comparison" => a.comparison,
        "reason" => a.reason_in,
        _ => a.idea_received,
    };
    let name = if rest.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({})", language_name(rest))
    };
    // The list of figures stands in the form, and is long.
    let is_listed = !fault.known.is_empty() && fault.wrong != Wrong::UnknownMeasure;
    let known = if is_listed {
        format!(" ({})", fault.known.join(", "))
    } else {
        String::new()
    };
    let text = format!("{}{known}.", a.wrong_field(fault.wrong));
    (fault.field.clone(), name, text)
}

/// A name that nobody has guessed or used.
#[must_use]
pub fn new_id() -> String {
    format!("a-{}", hex::encode(rand::random::<[u8; 8]>()))
}

/// What became of an action that was to be registered.
pub enum Registered {
    /// It was not there before.
    New(Action),
    /// The same was there already.
    Same(Action),
    /// Another one of this id was there already.
    Taken,
    /// What of it cannot be used.
    Faulty(Vec<Fault>),
}

impl Desk {
    /// The action of an id.
    pub(super) async fn action(&self, id: &str) -> Result<Action, Refusal> {
        let actions = self.store().actions().await;
        let mut actions = actions.context("reading the actions")?.into_iter();
        actions
            .find(|own| own.id == id)
            .ok_or(Refusal::NoSuchAction)
    }

    /// Keeps a new action and tells everybody. One that is there already, and has begun since, is
    /// still the same.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn register_action(
        &self,
        id: String,
        typed: &Typed,
        by: Person,
    ) -> anyhow::Result<Registered> {
        let mut tx = self.store().begin_desk().await?;
        let there = self
            .store()
            .actions()
            .await
            .context("reading the actions")?;
        if let Some(there) = there.into_iter().find(|own| own.id == id) {
            // By what was right when it was registered.
            let read = typed.read(self.centre(), there.registered_ms);
            let is_same = there.by == by && read.is_ok_and(|facts| facts == there.facts);
            return Ok(if is_same {
                Registered::Same(there)
            } else {
                Registered::Taken
            });
        }
        let facts = match typed.read(self.centre(), self.now_ms()) {
            Ok(facts) => facts,
            Err(faults) => return Ok(Registered::Faulty(faults)),
        };
        let own = Action {
            id,
            facts,
            registered_ms: self.now_ms(),
            by,
            steps: Vec::new(),
        };
        tx.add_action(&own).await.context("keeping an action")?;
        tx.note(&registered(&own)).await?;
        tx.commit().await.context("keeping an action")?;
        self.tell_actions().await?;
        Ok(Registered::New(own))
    }

    /// Keeps a step of an action as it was read and tells everybody. What was read may have gone on
    /// meanwhile: then the number of the step is taken, and nothing is kept.
    pub(super) async fn add_step(
        &self,
        mut own: Action,
        (turn, reason): (Turn, Text),
        by: Person,
    ) -> Result<Action, Refusal> {
        let today = local_day(self.now_ms(), &self.centre().zone);
        own.may(turn, today).map_err(Refusal::NoStep)?;
        let step = Step {
            at_ms: self.now_ms(),
            turn,
            reason,
            by,
        };
        let before = state_json(&own);
        let number = own.steps.len();
        let change = Change {
            at_ms: step.at_ms,
            who: step.by.account.clone(),
            act: Act::StepAction,
            subject: own.id.clone(),
            before: Some(before),
            after: None,
        };
        own.steps.push(step.clone());
        let change = Change {
            after: Some(state_json(&own)),
            ..change
        };
        let work = async {
            let mut tx = self.store().begin_desk().await?;
            let added = tx.add_step(&own.id, number, &step).await;
            added.context("keeping a step of an action")?;
            tx.note(&change).await?;
            tx.commit().await.context("keeping a step of an action")?;
            self.tell_actions().await
        };
        work.await.map_err(Refusal::Failed)?;
        Ok(own)
    }
}

/// What the audit list keeps of a timeline.
fn state_json(own: &Action) -> String {
    let last = own.steps.last();
    let state = last.map_or("registered", |step| step.turn.name());
    let reason = last.map(|step| &step.reason);
    let reason = reason.filter(|reason| !reason.0.is_empty());
    json!({"state": state, "reason": reason}).to_string()
}

/// The row of the audit list for an action as it was registered.
#[must_use]
pub fn registered(own: &Action) -> Change {
    Change {
        at_ms: own.registered_ms,
        who: own.by.account.clone(),
        act: Act::RegisterAction,
        subject: own.id.clone(),
        before: None,
        after: serde_json::to_string(&own.facts).ok(),
    }
}
