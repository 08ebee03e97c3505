//! Sessions: a random cookie that the database knows by its hash, and the token of its forms.
//!
//! The cookie is `__Host-` and `Secure` always. Browsers keep such a cookie over plain HTTP only
//! from the machine itself (127.0.0.1, localhost; Safari not even then): everybody else needs TLS
//! in front, and is told so when the cookie does not come back.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::domain::event::Millis;
use crate::store::users::Session;

/// A session that is not used ends.
pub const IDLE_MS: Millis = 30 * 60_000;

/// Every session ends.
pub const LONGEST_MS: Millis = 12 * 3_600_000;

/// Whoever has given the password gives the code within this.
pub const CODE_WITHIN_MS: Millis = 5 * 60_000;

/// That a session was used is noted no more often.
pub const NOTE_EVERY_MS: Millis = 60_000;

/// The cookie of a session.
const SESSION: &str = "__Host-desk";

/// The cookie of a form that is sent before there is a session.
const FORM: &str = "__Host-desk-form";

/// The random value of a cookie: 32 bytes in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self(hex::encode(rand::random::<[u8; 32]>()))
    }

    /// The one of the session that a request belongs to.
    #[must_use]
    pub fn of_session(headers: &HeaderMap) -> Option<Self> {
        cookie(headers, SESSION)
    }

    /// The one of the form that a request without a session belongs to.
    #[must_use]
    pub fn of_form(headers: &HeaderMap) -> Option<Self> {
        cookie(headers, FORM)
    }

    /// How the database knows it.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// The token that its forms carry: other sites can send forms, but not know this.
    #[must_use]
    pub fn form_token(&self) -> String {
        // HMAC takes a key of any length.
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes());
        mac.map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(b"form of the desk");
                hex::encode(mac.finalize().into_bytes())
            },
        )
    }

    /// Whether a form carries its token.
    #[must_use]
    pub fn is_of_form(&self, token: &str) -> bool {
        let own = self.form_token();
        !own.is_empty() && own.as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Makes it the cookie of a session.
    pub fn put_session(&self, response: &mut Response) {
        put(response, &format!("{SESSION}={}; {ATTRIBUTES}", self.0));
    }

    /// Makes it the cookie of a form.
    pub fn put_form(&self, response: &mut Response) {
        put(response, &format!("{FORM}={}; {ATTRIBUTES}", self.0));
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new()
    }
}

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// Takes the cookie of a session away.
pub fn take_session(response: &mut Response) {
    put(response, &format!("{SESSION}=; Max-Age=0; {ATTRIBUTES}"));
}

fn put(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<Secret> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let mut pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(own, _)| *own == name)?;
    let is_ours = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_ours.then(|| Secret(value.to_owned()))
}

/// Whether a session still holds.
#[must_use]
pub fn holds(session: &Session, now_ms: Millis) -> bool {
    let age_ms = now_ms - session.created_ms;
    if session.is_whole {
        age_ms < LONGEST_MS && now_ms - session.seen_ms < IDLE_MS
    } else {
        age_ms < CODE_WITHIN_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::staff::Role;
    use crate::store::users::Account;

    fn session(is_whole: bool, seen_ms: Millis) -> Session {
        Session {
            account: Account {
                name: "ada".to_owned(),
                role: Role::Editor,
                password: String::new(),
                totp_secret: None,
                created_ms: 0,
                disabled_ms: None,
            },
            is_whole,
            created_ms: 0,
            seen_ms,
        }
    }

    #[test]
    fn a_session_ends_after_half_an_hour_of_nothing_and_after_twelve_hours() {
        assert!(holds(&session(true, 0), IDLE_MS - 1));
        assert!(!holds(&session(true, 0), IDLE_MS));
        assert!(holds(&session(true, LONGEST_MS - 2), LONGEST_MS - 1));
        assert!(!holds(&session(true, LONGEST_MS - 1), LONGEST_MS));
        assert!(holds(&session(false, 0), CODE_WITHIN_MS - 1));
        assert!(!holds(&session(false, CODE_WITHIN_MS), CODE_WITHIN_MS));
    }

    #[test]
    fn only_a_cookie_of_ours_is_read_and_its_forms_are_told_from_others() {
        let secret = Secret::new();
        let mut headers = HeaderMap::new();
        let text = format!("a=b; __Host-desk={}; __Host-desk-form=short", secret.0);
        headers.insert(header::COOKIE, HeaderValue::from_str(&text).expect("text"));
        assert_eq!(Secret::of_session(&headers), Some(secret.clone()));
        assert_eq!(Secret::of_form(&headers), None);
        assert!(secret.is_of_form(&secret.form_token()));
        assert!(!secret.is_of_form(&Secret::new().form_token()));
        assert!(!secret.is_of_form(""));
        assert_ne!(secret.hash(), secret.0);
    }

    #[test]
    fn the_cookie_is_bound_to_this_host_and_hidden_from_scripts() {
        let mut response = Response::default();
        Secret::new().put_session(&mut response);
        let cookie = response.headers()[header::SET_COOKIE]
            .to_str()
            .expect("text");
        for part in [
            "__Host-desk=",
            "Path=/",
            "Secure",
            "HttpOnly",
            "SameSite=Strict",
        ] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
}
