//! Signing in and out: a name and a password, then a code for those who have a second factor.
//!
//! A name that does not exist is answered like a wrong password, in the same words and time.

use anyhow::Context as _;
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::guard::{Asker, Pairs, Signed, is_own_form, value};
use super::lockout::Attempt;
use super::page::{Page, Refusal, answer, clock, html, see};
use super::session::{LONGEST_MS, Secret, take_session};
use super::{Desk, password, totp};
use crate::domain::event::Millis;
use crate::domain::staff::is_account_name;
use crate::store::users::Account;

/// An address is known so long after an account signed in from it.
const KNOWN_FOR_MS: Millis = 180 * 86_400_000;

#[derive(Template)]
#[template(path = "desk/login.html")]
struct Login {
    page: Page,
    form: String,
    name: String,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/code.html")]
struct Code {
    page: Page,
    fault: Option<String>,
}

/// Takes a name and a password.
pub async fn login(
    State(desk): State<Desk>,
    asker: Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let result = check_password(&desk, &asker, form).await;
    answer(&desk, &asker, result)
}

/// Takes a code.
pub async fn code(
    State(desk): State<Desk>,
    asker: Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let result = check_code(&desk, &asker, form).await;
    answer(&desk, &asker, result)
}

/// Ends the session.
pub async fn logout(
    State(desk): State<Desk>,
    asker: Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let result = end(&desk, &asker, form).await;
    answer(&desk, &asker, result)
}

async fn check_password(
    desk: &Desk,
    asker: &Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Result<Response, Refusal> {
    asker.is_from_here()?;
    let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
    let secret = asker.form_secret().ok_or(Refusal::NoCookie)?;
    is_own_form(&secret, &form)?;
    let name = value(&form, "name").trim().to_lowercase();
    let typed = value(&form, "password");
    // What cannot be a name is counted as one and the same.
    let counted = if is_account_name(&name) { &name } else { "" };
    let attempt = asker.attempt(desk, counted).await?;
    if let Some(until_ms) = desk.inner.lockout.begin(&attempt, desk.now_ms()) {
        return locked(desk, asker, &name, until_ms);
    }
    let Some(account) = right_account(desk, counted, typed).await? else {
        let fault = asker.words().desk.wrong.to_owned();
        let mut page = login_page(desk, asker, &name, Some(fault))?;
        *page.status_mut() = StatusCode::FORBIDDEN;
        return Ok(page);
    };
    if account.totp_secret.is_none() {
        return sign_in(desk, asker, &account.name, &attempt, &secret).await;
    }
    desk.inner.lockout.undo(&attempt);
    let half = begin(desk, &account.name, false, &secret).await?;
    let mut response = see(asker, "/desk");
    half.put_session(&mut response);
    Ok(response)
}

/// The account of a name and its password, if it may sign in.
async fn right_account(desk: &Desk, name: &str, typed: &str) -> Result<Option<Account>, Refusal> {
    let account = desk.store().account(name).await;
    let account = account.context("reading an account")?;
    let hash = account
        .as_ref()
        .map_or(password::NOBODYS, |own| &own.password);
    let is_right = desk.is_right(typed, hash).await?;
    let may_sign_in = |own: &Account| {
        let has_factors = own.totp_secret.is_some() || !own.role.needs_second_factor();
        own.disabled_ms.is_none() && has_factors
    };
    Ok(account.filter(|own| is_right && may_sign_in(own)))
}

async fn check_code(
    desk: &Desk,
    asker: &Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Result<Response, Refusal> {
    asker.is_from_here()?;
    let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
    let signed = asker.session(desk).await?.ok_or(Refusal::NotSignedIn)?;
    is_own_form(&signed.secret, &form)?;
    let account = &signed.session.account;
    if signed.session.is_whole {
        return Ok(see(asker, "/desk"));
    }
    let now_ms = desk.now_ms();
    let attempt = asker.attempt(desk, &account.name).await?;
    if let Some(until_ms) = desk.inner.lockout.begin(&attempt, now_ms) {
        let fault = locked_words(desk, asker, until_ms);
        let mut page = code_page(desk, asker, &signed, Some(fault))?;
        mark_locked(&mut page, until_ms - now_ms);
        return Ok(page);
    }
    let secret = account.totp_secret.as_deref().unwrap_or_default();
    let step = totp::step_of(secret, value(&form, "code"), now_ms);
    let is_unused = match step {
        Some(step) => {
            let used = desk.store().use_totp_step(&account.name, step).await;
            used.context("using up a code")?
        }
        None => false,
    };
    if !is_unused {
        let fault = asker.words().desk.wrong_code.to_owned();
        let mut page = code_page(desk, asker, &signed, Some(fault))?;
        *page.status_mut() = StatusCode::FORBIDDEN;
        return Ok(page);
    }
    sign_in(desk, asker, &account.name, &attempt, &signed.secret).await
}

/// A whole session in place of what there was.
async fn sign_in(
    desk: &Desk,
    asker: &Asker,
    account: &str,
    attempt: &Attempt,
    instead_of: &Secret,
) -> Result<Response, Refusal> {
    let now_ms = desk.now_ms();
    let times = (now_ms, now_ms - KNOWN_FOR_MS);
    let address = asker.address_hash(desk);
    let known = desk.store().know_address(account, &address, times).await;
    known.context("keeping an account's address")?;
    let whole = begin(desk, account, true, instead_of).await?;
    desk.inner.lockout.right(attempt);
    tracing::info!(account, "signed in at the desk");
    let mut response = see(asker, "/desk");
    whole.put_session(&mut response);
    Ok(response)
}

async fn begin(
    desk: &Desk,
    account: &str,
    is_whole: bool,
    instead_of: &Secret,
) -> anyhow::Result<Secret> {
    let now_ms = desk.now_ms();
    let secret = Secret::new();
    let hashes = (secret.hash(), instead_of.hash());
    let begun = desk.store().begin_session(
        (&hashes.0, &hashes.1),
        (account, is_whole),
        (now_ms, now_ms - LONGEST_MS),
    );
    begun.await.context("beginning a session")?;
    Ok(secret)
}

async fn end(
    desk: &Desk,
    asker: &Asker,
    form: Result<Form<Pairs>, FormRejection>,
) -> Result<Response, Refusal> {
    asker.is_from_here()?;
    let Form(form) = form.map_err(|_| Refusal::Unreadable)?;
    if let Some(signed) = asker.session(desk).await? {
        is_own_form(&signed.secret, &form)?;
        let ended = desk.store().end_session(&signed.secret.hash()).await;
        ended.context("ending a session")?;
    }
    let mut response = see(asker, "/desk");
    take_session(&mut response);
    Ok(response)
}

/// The page on which to sign in, with a cookie for its form.
///
/// # Errors
/// When it cannot be rendered.
pub fn login_page(
    desk: &Desk,
    asker: &Asker,
    name: &str,
    fault: Option<String>,
) -> Result<Response, Refusal> {
    let secret = asker.form_secret().unwrap_or_default();
    let mut response = html(&Login {
        page: Page::new(desk, asker, asker.words().desk.sign_in, None),
        form: secret.form_token(),
        name: name.to_owned(),
        fault,
    })?;
    secret.put_form(&mut response);
    Ok(response)
}

/// The page that asks for a code.
///
/// # Errors
/// When it cannot be rendered.
pub fn code_page(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    fault: Option<String>,
) -> Result<Response, Refusal> {
    html(&Code {
        page: Page::new(desk, asker, asker.words().desk.code_title, Some(signed)),
        fault,
    })
}

fn locked(desk: &Desk, asker: &Asker, name: &str, until_ms: Millis) -> Result<Response, Refusal> {
    let fault = locked_words(desk, asker, until_ms);
    let mut page = login_page(desk, asker, name, Some(fault))?;
    mark_locked(&mut page, until_ms - desk.now_ms());
    Ok(page)
}

fn locked_words(desk: &Desk, asker: &Asker, until_ms: Millis) -> String {
    let at = clock(desk, asker).time_with_seconds(until_ms);
    format!("{} {at}.", asker.words().desk.locked)
}

fn mark_locked(page: &mut Response, left_ms: Millis) {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let secs = HeaderValue::from(left_ms.max(0) / 1_000 + 1);
    page.headers_mut().insert(header::RETRY_AFTER, secs);
}

impl Desk {
    /// Whether a password is right, checked on a thread of its own, few at a time.
    pub(super) async fn is_right(&self, typed: &str, hash: &str) -> Result<bool, Refusal> {
        let waiting = self.inner.waiting.try_acquire();
        let _waiting = waiting.map_err(|_| Refusal::Busy)?;
        let checking = self.inner.checking.acquire().await;
        let _checking = checking.context("the desk is closing")?;
        if typed.len() > password::MOST_BYTES {
            return Ok(false);
        }
        let (typed, hash) = (typed.to_owned(), hash.to_owned());
        let check = move || password::is_right(&typed, &hash);
        let checked = tokio::task::spawn_blocking(check).await;
        Ok(checked.context("checking a password")?)
    }
}
