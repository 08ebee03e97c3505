//! The frame of the desk's pages, and what is said when something is refused.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::guard::{Asker, Signed};
use crate::domain::action::NoStep;
use crate::domain::staff::Role;
use crate::words::{Clock, DeskWords, OccasionWords, Words};

/// Why something is not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no session, or it is over.
    #[error("not signed in")]
    NotSignedIn,
    /// The form's cookie did not come back.
    #[error("no cookie")]
    NoCookie,
    /// The form was not sent from a page of this host.
    #[error("a form of another site")]
    OtherSite,
    /// The form belongs to another session.
    #[error("a form of another session")]
    StaleForm,
    /// The form, or its address, cannot be read.
    #[error("unreadable")]
    Unreadable,
    /// The role may not.
    #[error("not for this role")]
    NotYourRole,
    /// Only officers open drafts and sign.
    #[error("drafts are for officers only")]
    OfficersSign,
    /// There is no draft of this week.
    #[error("no such draft")]
    NoDraft,
    /// There is no event of this id.
    #[error("no such event")]
    NoSuchEvent,
    /// Only officers register actions.
    #[error("actions are for officers only")]
    OfficersOnly,
    /// There is no action of this id.
    #[error("no such action")]
    NoSuchAction,
    /// The step does not follow from those that were entered.
    #[error("no such step: {0:?}")]
    NoStep(NoStep),
    /// Too many sign in at once.
    #[error("busy")]
    Busy,
    /// Our fault.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NoCookie | Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::OtherSite
            | Self::StaleForm
            | Self::NotYourRole
            | Self::OfficersSign
            | Self::OfficersOnly => StatusCode::FORBIDDEN,
            Self::NoSuchEvent | Self::NoSuchAction | Self::NoDraft => StatusCode::NOT_FOUND,
            Self::NoStep(_) => StatusCode::CONFLICT,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What went wrong, and what helps.
    #[must_use]
    pub fn sentence(&self, words: &Words) -> &'static str {
        let (words, actions, editions) = (&words.desk, &words.action, &words.edition);
        match self {
            Self::NotSignedIn => words.not_signed_in,
            Self::NoCookie => words.no_cookie,
            Self::OtherSite => words.other_site,
            Self::StaleForm => words.stale_form,
            Self::Unreadable => words.unreadable,
            Self::NotYourRole => words.not_your_role,
            Self::NoSuchEvent => words.no_such_event,
            Self::OfficersSign => editions.officers_only,
            Self::NoDraft => editions.no_draft,
            Self::OfficersOnly => actions.only_officers,
            Self::NoSuchAction => actions.no_such_action,
            Self::NoStep(why) => actions.no_step(*why),
            Self::Busy => words.busy,
            Self::Failed(_) => words.failed,
        }
    }

    /// Writes the cause of our own faults to the log: called once, where the answer is made.
    pub fn log(&self) {
        if let Self::Failed(cause) = self {
            let cause = format!("{cause:#}").replace(['\n', '\r'], " ");
            tracing::error!(%cause, "the desk failed");
        }
    }
}

/// The frame of a page.
pub struct Page {
    /// Strings of every page.
    pub w: &'static Words,
    /// Strings of the desk.
    pub d: &'static DeskWords,
    /// Strings of occasions.
    pub o: &'static OccasionWords,
    /// The page's own title.
    pub title: &'static str,
    /// Public name of the centre.
    pub centre: String,
    /// IANA name of the centre's zone, as people write it.
    pub zone: String,
    /// Marks the page as sample data.
    pub sample: bool,
    /// The public record is not what was signed: what was found.
    pub broken: Option<String>,
    /// Addresses of the style sheets.
    pub styles: [String; 2],
    /// Account and role of whoever has signed in.
    pub person: Option<(String, &'static str)>,
    /// The token of its forms.
    pub form: String,
    /// The other languages: code, own name.
    pub languages: Vec<(&'static str, &'static str)>,
    asker: Asker,
}

impl Page {
    /// The frame for somebody who has signed in, or has not.
    #[must_use]
    pub fn new(desk: &Desk, asker: &Asker, title: &'static str, signed: Option<&Signed>) -> Self {
        let centre = desk.centre();
        let words = asker.words();
        let others = desk.inner.languages.iter();
        let others = others.filter(|lang| **lang != asker.lang);
        let whole = signed.filter(|signed| signed.session.is_whole);
        Self {
            w: words,
            d: &words.desk,
            o: &words.occasion,
            title,
            centre: centre.name.in_language(asker.lang.code()).to_owned(),
            zone: centre.zone_name.replace('_', " "),
            sample: centre.sample_data,
            broken: desk.inner.broken.borrow().clone(),
            styles: desk.inner.styles.clone(),
            person: whole.map(|signed| {
                let account = &signed.session.account;
                (account.name.clone(), role_word(account.role, &words.desk))
            }),
            form: signed.map_or_else(String::new, |signed| signed.secret.form_token()),
            languages: others
                .map(|lang| (lang.code(), lang.words().own_name))
                .collect(),
            asker: asker.clone(),
        }
    }

    /// A link that keeps the language that was asked for.
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        self.asker.link(target)
    }
}

/// What a role is called.
#[must_use]
pub fn role_word(role: Role, words: &DeskWords) -> &'static str {
    match role {
        Role::Officer => words.officer,
        Role::Editor => words.editor,
        Role::Analyst => words.analyst,
    }
}

/// Times as the centre's clock shows them, in words.
#[must_use]
pub fn clock<'d>(desk: &'d Desk, asker: &Asker) -> Clock<'d> {
    Clock {
        words: asker.words(),
        zone: &desk.centre().zone,
    }
}

#[derive(Template)]
#[template(path = "desk/refused.html")]
struct Refused {
    page: Page,
    text: &'static str,
}

/// A page, or the reason why there is none in its place.
pub fn answer(desk: &Desk, asker: &Asker, result: Result<Response, Refusal>) -> Response {
    result.unwrap_or_else(|refusal| {
        refusal.log();
        let words = asker.words();
        let text = refusal.sentence(words);
        let page = Page::new(desk, asker, words.desk.refused_title, None);
        let page = html(&Refused { page, text });
        let mut response = page.unwrap_or_else(|_| text.into_response());
        *response.status_mut() = refusal.status();
        response
    })
}

/// A rendered template as a response.
///
/// # Errors
/// When the template cannot be rendered, which is our fault.
pub fn html(template: &impl Template) -> Result<Response, Refusal> {
    let text = template.render();
    let text = text.map_err(|error| anyhow::Error::new(error).context("rendering a page"))?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// After a form: the page to read, which can be loaded again without sending anything.
#[must_use]
pub fn see(asker: &Asker, target: &str) -> Response {
    Redirect::to(&asker.link(target)).into_response()
}
