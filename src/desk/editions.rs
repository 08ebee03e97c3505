//! `/desk/editions`: drafts as their readers will see them, a comment, a signature; corrections.

use std::collections::BTreeMap;

use anyhow::Context as _;
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::guard::{Asker, Pairs, Signed, value};
use super::page::{Page, Refusal, answer, clock, html, see};
use super::sign::{Factors, check};
use crate::domain::edition::comment::{Fault, MOST_CHARS};
use crate::domain::edition::{IsoWeek, Slot};
use crate::domain::staff::Role;
use crate::publish::press::{Opened, Press, Refused};
use crate::store::editions::Signature;
use crate::words::{BlockView, EditionView, EditionWords, comment_view, doubt_words, edition_view};

/// Slots that the list names, the newest first.
const MOST_SLOTS: usize = 16;

#[derive(Template)]
#[template(path = "desk/editions.html")]
struct List {
    page: Page,
    e: &'static EditionWords,
    is_officer: bool,
    rows: Vec<Row>,
}

struct Row {
    week: String,
    days: String,
    due: String,
    state: String,
    /// Who signed, and when.
    signature: Option<String>,
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/edition.html")]
struct Draft {
    page: Page,
    e: &'static EditionWords,
    week: String,
    days: String,
    due: String,
    is_out: bool,
    faults: Vec<String>,
    doubts: Vec<String>,
    view: EditionView,
    comment: String,
    preview: Option<Vec<BlockView>>,
    has_unsupported: bool,
    signature: Option<String>,
    seen: Vec<String>,
    bindable: Vec<(String, String, String)>,
    most: usize,
    action: String,
    preview_action: String,
    correct_action: String,
    reason: String,
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed<'t> {
    comment: &'t str,
    reason: &'t str,
    faults: Vec<String>,
    is_preview: bool,
}

/// The list of drafts.
pub async fn list(State(desk): State<Desk>, asker: Asker) -> Response {
    let result = compose_list(&desk, &asker).await;
    answer(&desk, &asker, result)
}

/// A draft; whoever opens it before it is out is put on the list.
pub async fn show(State(desk): State<Desk>, asker: Asker, Path(week): Path<String>) -> Response {
    let compose = async {
        let signed = officer(&desk, &asker).await?;
        page(&desk, &asker, &signed, read_week(&week)?, Typed::default()).await
    };
    answer(&desk, &asker, compose.await)
}

/// The draft with the comment as readers will see it. Nothing is kept.
pub async fn preview(
    State(desk): State<Desk>,
    asker: Asker,
    Path(week): Path<String>,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let compose = async {
        let (signed, form) = officers_form(&desk, &asker, form).await?;
        let typed = Typed {
            comment: value(&form, "comment"),
            is_preview: true,
            ..Typed::default()
        };
        page(&desk, &asker, &signed, read_week(&week)?, typed).await
    };
    answer(&desk, &asker, compose.await)
}

/// Signs.
pub async fn sign(
    State(desk): State<Desk>,
    asker: Asker,
    Path(week): Path<String>,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let compose = async {
        let (signed, form) = officers_form(&desk, &asker, form).await?;
        let week = read_week(&week)?;
        let comment = value(&form, "comment");
        let account = &signed.session.account.name;
        // A comment that cannot be taken costs no code.
        let opened = desk.press()?.open_draft(week, account).await;
        let opened = opened.map_err(refusal)?;
        let taken = match Press::read_comment(comment, &opened.facts) {
            Ok(_) => match factors(&desk, &asker, &signed, &form).await? {
                Some(fault) => Err(vec![fault]),
                None => match desk.press()?.sign(week, account, comment).await {
                    Ok(()) => Ok(()),
                    Err(own) => Err(faults(&desk, &asker, own)?),
                },
            },
            Err(own) => Err(faults(&desk, &asker, own)?),
        };
        let typed = Typed {
            comment,
            ..Typed::default()
        };
        after(&desk, &asker, (&signed, week), typed, taken).await
    };
    answer(&desk, &asker, compose.await)
}

/// Brings out a correction.
pub async fn correct(
    State(desk): State<Desk>,
    asker: Asker,
    Path(week): Path<String>,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let compose = async {
        let (signed, form) = officers_form(&desk, &asker, form).await?;
        let week = read_week(&week)?;
        let reason = value(&form, "reason");
        let account = &signed.session.account.name;
        let wrong = factors(&desk, &asker, &signed, &form).await?;
        let taken = if let Some(fault) = wrong {
            Err(vec![fault])
        } else {
            match desk.press()?.correct(week, account, reason).await {
                Ok(_) => Ok(()),
                Err(own) => Err(faults(&desk, &asker, own)?),
            }
        };
        let typed = Typed {
            reason,
            ..Typed::default()
        };
        after(&desk, &asker, (&signed, week), typed, taken).await
    };
    answer(&desk, &asker, compose.await)
}

/// Back to the list, or the page once more with what is wrong.
async fn after(
    desk: &Desk,
    asker: &Asker,
    (signed, week): (&Signed, IsoWeek),
    typed: Typed<'_>,
    taken: Result<(), Vec<String>>,
) -> Result<Response, Refusal> {
    let Err(faults) = taken else {
        return Ok(see(asker, "/desk/editions"));
    };
    let typed = Typed { faults, ..typed };
    let mut page = page(desk, asker, signed, week, typed).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// What is wrong with password and code, if anything is.
async fn factors(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    form: &Pairs,
) -> Result<Option<String>, Refusal> {
    let words = asker.words();
    Ok(match check(desk, asker, signed, form).await? {
        Factors::Right => None,
        Factors::Wrong => Some(words.edition.wrong_factor.to_owned()),
        Factors::Locked(until_ms) => {
            let at = clock(desk, asker).time_with_seconds(until_ms);
            Some(format!("{} {at}.", words.desk.locked))
        }
    })
}

async fn officer(desk: &Desk, asker: &Asker) -> Result<Signed, Refusal> {
    let signed = asker.signed(desk).await?;
    let is_officer = signed.session.account.role == Role::Officer;
    is_officer.then_some(signed).ok_or(Refusal::OfficersSign)
}

async fn officers_form(
    desk: &Desk,
    asker: &Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Result<(Signed, Pairs), Refusal> {
    let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
    let signed = asker.may_enter(desk, &form).await?;
    let is_officer = signed.session.account.role == Role::Officer;
    is_officer
        .then_some((signed, form))
        .ok_or(Refusal::OfficersSign)
}

fn read_week(text: &str) -> Result<IsoWeek, Refusal> {
    text.parse().map_err(|_| Refusal::NoDraft)
}

/// What is wrong, in words; our own faults are no words of the officer's.
fn faults(desk: &Desk, asker: &Asker, refused: Refused) -> Result<Vec<String>, Refusal> {
    let e = &asker.words().edition;
    Ok(match refused {
        Refused::Comment(all) => all.iter().map(|own| fault_words(e, own)).collect(),
        Refused::Signed { name, at_ms } => {
            let name = name.in_language(asker.lang.code());
            let at = clock(desk, asker);
            let (day, time) = (at.long_date(at_ms), at.time(at_ms));
            vec![format!("{} {name}, {day}, {time}.", e.signed_already)]
        }
        Refused::Unsound => vec![e.unsound.to_owned()],
        Refused::NoReason => vec![e.no_reason.to_owned()],
        Refused::Unchanged => vec![e.unchanged.to_owned()],
        Refused::NotOut => vec![e.not_out.to_owned()],
        Refused::NoDraft => return Err(Refusal::NoDraft),
        Refused::Failed(error) => return Err(Refusal::Failed(error)),
    })
}

/// Why a draft cannot be opened.
fn refusal(refused: Refused) -> Refusal {
    match refused {
        Refused::Failed(error) => Refusal::Failed(error),
        _ => Refusal::NoDraft,
    }
}

fn fault_words(e: &EditionWords, fault: &Fault) -> String {
    match fault {
        Fault::TooLong(length) => format!("{} {length}.", e.fault_too_long),
        Fault::Hidden(code) => format!("{} U+{code:04X}.", e.fault_hidden),
        Fault::Html => e.fault_html.to_owned(),
        Fault::Markup => e.fault_markup.to_owned(),
        Fault::ForeignLink(link) => {
            let link: String = link.chars().take(80).collect();
            format!("{} {link}.", e.fault_foreign)
        }
        Fault::UnknownFigure(name) => format!("{} {{{name}}}.", e.fault_unknown),
    }
}

fn when(desk: &Desk, asker: &Asker, at_ms: i64) -> String {
    let clock = clock(desk, asker);
    format!("{}, {}", clock.long_date(at_ms), clock.time(at_ms))
}

fn days_words(asker: &Asker, week: IsoWeek) -> String {
    let words = asker.words();
    let days = week.days();
    let last = days.end.yesterday().unwrap_or(days.end);
    format!(
        "{} – {} {}",
        words.day_month(days.start),
        words.day_month(last),
        last.year()
    )
}

async fn compose_list(desk: &Desk, asker: &Asker) -> Result<Response, Refusal> {
    let signed = asker.signed(desk).await?;
    let press = desk.press()?;
    let shelf = press.refresh().await?;
    let now_ms = desk.now_ms();
    let drafts = desk.store().drafts().await.context("reading the drafts")?;
    let zone = &desk.centre().zone;
    let is_officer = signed.session.account.role == Role::Officer;
    let e = &asker.words().edition;
    let mut slots: Vec<Slot> = shelf
        .calendar
        .as_ref()
        .map_or_else(Vec::new, |calendar| calendar.closed(now_ms, zone));
    slots.reverse();
    slots.truncate(MOST_SLOTS);
    let mut signatures = BTreeMap::new();
    for slot in &slots {
        let own = desk.store().signature(slot.week).await;
        let own = own.context("reading who signed")?;
        signatures.extend(own.map(|own| (slot.week, own)));
    }
    let row = |slot: &Slot| {
        let has_draft = drafts.iter().any(|own| own.week == slot.week);
        Row {
            week: slot.week.to_string(),
            days: days_words(asker, slot.week),
            due: when(desk, asker, slot.due_ms),
            state: e.state(shelf.state(slot, now_ms)),
            signature: signatures
                .get(&slot.week)
                .map(|own| signature_words(desk, asker, own)),
            link: (has_draft && is_officer)
                .then(|| asker.link(&format!("/desk/editions/{}", slot.week))),
        }
    };
    html(&List {
        page: Page::new(desk, asker, e.desk_title, Some(&signed)),
        e,
        is_officer,
        rows: slots.iter().map(row).collect(),
    })
}

async fn page(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    week: IsoWeek,
    typed: Typed<'_>,
) -> Result<Response, Refusal> {
    let account = &signed.session.account.name;
    let opened = desk.press()?.open_draft(week, account).await;
    let opened = opened.map_err(refusal)?;
    let words = asker.words();
    let e = &words.edition;
    let signed_text = opened.signature.as_ref();
    let signed_text = signed_text.and_then(|own| own.comment.as_deref());
    let text = typed.is_preview.then_some(typed.comment).or(signed_text);
    let (preview, faults) = match text.map(|text| Press::read_comment(text, &opened.facts)) {
        Some(Ok(blocks)) => (
            Some(comment_view(words, &opened.facts, &blocks)),
            typed.faults,
        ),
        Some(Err(refused)) => (None, self::faults(desk, asker, refused)?),
        None => (None, typed.faults),
    };
    let shelf = desk.press()?.refresh().await?;
    let slot = shelf
        .calendar
        .as_ref()
        .and_then(|own| own.slot(week, &desk.centre().zone));
    let action = |what: &str| asker.link(&format!("/desk/editions/{week}/{what}"));
    html(&Draft {
        page: Page::new(desk, asker, e.draft_of, Some(signed)),
        e,
        week: week.to_string(),
        days: days_words(asker, week),
        due: slot.map_or_else(String::new, |slot| when(desk, asker, slot.due_ms)),
        is_out: shelf.newest(week).is_some(),
        faults,
        doubts: doubt_words(words, &opened.facts),
        view: edition_view(words, desk.centre(), &opened.facts),
        comment: typed.comment.to_owned(),
        has_unsupported: preview.iter().flatten().any(is_unsupported),
        preview,
        signature: opened
            .signature
            .as_ref()
            .map(|own| signature_words(desk, asker, own)),
        seen: seen(desk, asker, &opened),
        bindable: bindable(asker, &opened),
        most: MOST_CHARS,
        action: action("sign"),
        preview_action: action("preview"),
        correct_action: action("correct"),
        reason: typed.reason.to_owned(),
    })
}

fn is_unsupported(block: &BlockView) -> bool {
    block.items.iter().flatten().any(|own| own.is_unsupported)
}

fn seen(desk: &Desk, asker: &Asker, opened: &Opened) -> Vec<String> {
    let seen = opened.seen_by.iter().map(|own| {
        let name = own.name.in_language(asker.lang.code());
        format!("{name}, {}", when(desk, asker, own.at_ms))
    });
    seen.collect()
}

fn signature_words(desk: &Desk, asker: &Asker, own: &Signature) -> String {
    let name = own.name.in_language(asker.lang.code());
    format!("{name}, {}", when(desk, asker, own.signed_ms))
}

/// Name in braces, what it is called, its value.
fn bindable(asker: &Asker, opened: &Opened) -> Vec<(String, String, String)> {
    let words = asker.words();
    let figures = opened.facts.figures.iter();
    let told = figures.filter(|own| own.value.value.is_some());
    told.map(|own| {
        let named = words.measures.of(&own.measure);
        let name = named.map_or(own.measure.as_str(), |named| named.name);
        let value = crate::words::cell_words(words, &own.unit, &own.value);
        (format!("{{{}}}", own.measure), name.to_owned(), value)
    })
    .collect()
}
