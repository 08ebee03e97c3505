//! Whoever signs gives the password and a new code once more: a session that was left open signs
//! nothing.

use anyhow::Context as _;

use super::guard::{Asker, Pairs, Signed, value};
use super::page::Refusal;
use super::{Desk, totp};
use crate::domain::event::Millis;

/// What became of the factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factors {
    /// Both are right.
    Right,
    /// One of them is wrong, or the code was used before.
    Wrong,
    /// Too many were wrong; not before this.
    Locked(Millis),
}

/// Checks `password` and `code` of a form for the account of a session. A right code is used up.
///
/// # Errors
/// If the database fails or too many are checked at once.
pub async fn check(
    desk: &Desk,
    asker: &Asker,
    signed: &Signed,
    form: &Pairs,
) -> Result<Factors, Refusal> {
    let account = &signed.session.account;
    let now_ms = desk.now_ms();
    let attempt = asker.attempt(desk, &account.name).await?;
    if let Some(until_ms) = desk.inner.lockout.begin(&attempt, now_ms) {
        return Ok(Factors::Locked(until_ms));
    }
    if !desk
        .is_right(value(form, "password"), &account.password)
        .await?
    {
        return Ok(Factors::Wrong);
    }
    let Some(secret) = account.totp_secret.as_deref() else {
        return Ok(Factors::Wrong);
    };
    let Some(step) = totp::step_of(secret, value(form, "code"), now_ms) else {
        return Ok(Factors::Wrong);
    };
    let used = desk.store().use_totp_step(&account.name, step).await;
    if !used.context("using up a code")? {
        return Ok(Factors::Wrong);
    }
    desk.inner.lockout.right(&attempt);
    Ok(Factors::Right)
}
