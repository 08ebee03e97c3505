//! Who asks, from where, and whether a form was sent from a page of ours.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Desk;
use super::lockout::{Attempt, neighbourhood};
use super::page::Refusal;
use super::session::{NOTE_EVERY_MS, Secret, holds};
use crate::domain::staff::Person;
use crate::store::users::Session;
use crate::words::{Lang, Words};

/// Where a proxy says for whom it asks.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks, as far as headers tell.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The language of the answer.
    pub lang: Lang,
    /// Whether `?lang=` asked for it: links then keep it.
    pub lang_is_asked: bool,
    /// `before` of the query: where the audit list goes on.
    pub before: Option<i64>,
    /// From where.
    pub address: IpAddr,
    headers: HeaderMap,
}

impl FromRequestParts<Desk> for Asker {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(own, _)| *own == name);
            found.map(|(_, value)| value)
        };
        let languages = &desk.inner.languages;
        let asked = parameter("lang")
            .and_then(Lang::from_code)
            .filter(|lang| languages.contains(lang));
        let liked = || {
            let header = parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            Lang::accepted(header, languages)
        };
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
        Ok(Self {
            lang: asked.or_else(liked).unwrap_or(languages[0]),
            lang_is_asked: asked.is_some(),
            before: parameter("before").and_then(|text| text.parse().ok()),
            address: client(peer, &parts.headers),
            headers: parts.headers.clone(),
        })
    }
}

/// Whom a request counts for. A proxy on this machine is believed when it names somebody; the last
/// name is its own, those before anybody's.
fn client(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let named = headers.get_all(FORWARDED_FOR).into_iter().next_back();
    let named = named
        .and_then(|value| value.to_str().ok()?.rsplit(',').next())
        .and_then(|address| address.trim().parse().ok());
    match named {
        Some(named) if peer.to_canonical().is_loopback() => named,
        _ => peer,
    }
}

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The session.
    pub session: Session,
    /// Its cookie.
    pub secret: Secret,
}

impl Signed {
    /// For the audit list and as the author of what is entered.
    #[must_use]
    pub fn person(&self) -> Person {
        Person {
            account: self.session.account.name.clone(),
            role: self.session.account.role,
        }
    }
}

/// Names and values of a form.
pub type Pairs = Vec<(String, String)>;

impl Asker {
    /// The strings of the language.
    #[must_use]
    pub fn words(&self) -> &'static Words {
        self.lang.words()
    }

    /// A link within the desk that keeps the language that was asked for.
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        if !self.lang_is_asked {
            return target.to_owned();
        }
        let joint = if target.contains('?') { '&' } else { '?' };
        format!("{target}{joint}lang={}", self.lang.code())
    }

    /// The session that a request belongs to, whole or waiting for its code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn session(&self, desk: &Desk) -> anyhow::Result<Option<Signed>> {
        let Some(secret) = Secret::of_session(&self.headers) else {
            return Ok(None);
        };
        let hash = secret.hash();
        let session = desk.store().session(&hash).await;
        let session = session.context("reading a session")?;
        let now_ms = desk.now_ms();
        let Some(session) = session.filter(|session| holds(session, now_ms)) else {
            return Ok(None);
        };
        if session.is_whole && now_ms - session.seen_ms >= NOTE_EVERY_MS {
            let used = desk.store().use_session(&hash, now_ms).await;
            used.context("noting that a session was used")?;
        }
        Ok(Some(Signed { session, secret }))
    }

    /// The whole session that a request belongs to.
    ///
    /// # Errors
    /// `NotSignedIn` without one.
    pub async fn signed(&self, desk: &Desk) -> Result<Signed, Refusal> {
        let session = self.session(desk).await?;
        let whole = session.filter(|signed| signed.session.is_whole);
        whole.ok_or(Refusal::NotSignedIn)
    }

    /// Whoever may enter something and sent this form from a page of ours.
    ///
    /// # Errors
    /// What is not so.
    pub async fn may_enter(&self, desk: &Desk, form: &Pairs) -> Result<Signed, Refusal> {
        self.is_from_here()?;
        let signed = self.signed(desk).await?;
        is_own_form(&signed.secret, form)?;
        if !signed.session.account.role.may_enter() {
            return Err(Refusal::NotYourRole);
        }
        Ok(signed)
    }

    /// The cookie of a form without a session, if it came back.
    #[must_use]
    pub fn form_secret(&self) -> Option<Secret> {
        Secret::of_form(&self.headers)
    }

    /// Whether the page that sent a form was served by this host.
    ///
    /// # Errors
    /// `OtherSite` if it was not, or the browser does not say.
    pub fn is_from_here(&self) -> Result<(), Refusal> {
        let text = |name: HeaderName| self.headers.get(name)?.to_str().ok();
        let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
        let host = text(header::HOST);
        match (origin, host) {
            (Some(("http" | "https", from)), Some(host)) if from == host => Ok(()),
            _ => Err(Refusal::OtherSite),
        }
    }

    /// The bearer token, if there is one.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// An attempt to sign in.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn attempt(&self, desk: &Desk, account: &str) -> anyhow::Result<Attempt> {
        let address = self.address_hash(desk);
        let known = desk.store().knows_address(account, &address);
        Ok(Attempt {
            account: account.to_owned(),
            address: self.address,
            is_known: known.await.context("reading an account's addresses")?,
        })
    }

    /// How the database knows the address.
    #[must_use]
    pub fn address_hash(&self, desk: &Desk) -> String {
        // HMAC takes a key of any length.
        let mac = Hmac::<Sha256>::new_from_slice(&desk.inner.address_key);
        mac.map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(neighbourhood(self.address).to_string().as_bytes());
                hex::encode(&mac.finalize().into_bytes()[..16])
            },
        )
    }
}

/// Whether a form carries the token of its cookie.
///
/// # Errors
/// `StaleForm` if it does not.
pub fn is_own_form(secret: &Secret, form: &Pairs) -> Result<(), Refusal> {
    let is_own = secret.is_of_form(value(form, "form"));
    is_own.then_some(()).ok_or(Refusal::StaleForm)
}

/// The first value of a name; empty without one.
#[must_use]
pub fn value<'f>(form: &'f Pairs, name: &str) -> &'f str {
    let mut pairs = form.iter();
    let found = pairs.find(|(own, _)| own == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// All values of a name.
#[must_use]
pub fn values(form: &Pairs, name: &str) -> Vec<String> {
    let own = form.iter().filter(|(own, _)| own == name);
    own.map(|(_, value)| value.clone()).collect()
}

/// The values of `prefix.*`, by what stands for the star.
#[must_use]
pub fn values_by(form: &Pairs, prefix: &str) -> BTreeMap<String, String> {
    let own = form.iter().filter_map(|(name, value)| {
        let rest = name.strip_prefix(prefix)?.strip_prefix('.')?;
        Some((rest.to_owned(), value.clone()))
    });
    own.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asker(pairs: &[(HeaderName, &'static str)]) -> Asker {
        let pairs = pairs.iter().cloned();
        let pairs = pairs.map(|(name, value)| (name, HeaderValue::from_static(value)));
        Asker {
            lang: Lang::En,
            lang_is_asked: false,
            before: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            headers: pairs.collect(),
        }
    }

    #[test]
    fn a_form_comes_from_a_page_of_this_host_or_it_is_refused() {
        let from = |origin| {
            asker(&[
                (header::HOST, "calls.example:8443"),
                (header::ORIGIN, origin),
            ])
        };
        assert!(from("https://calls.example:8443").is_from_here().is_ok());
        for bad in [
            "https://calls.example",
            "https://evil.example",
            "null",
            "file://calls.example:8443",
        ] {
            assert!(from(bad).is_from_here().is_err(), "{bad}");
        }
        let silent = asker(&[(header::HOST, "calls.example")]);
        assert!(silent.is_from_here().is_err());
    }

    #[test]
    fn a_proxy_on_this_machine_is_believed_and_nobody_else() {
        let headers = asker(&[(FORWARDED_FOR, "203.0.113.1, 198.51.100.2")]).headers;
        let local: IpAddr = "127.0.0.1".parse().expect("an address");
        let far: IpAddr = "192.0.2.1".parse().expect("an address");
        assert_eq!(client(local, &headers).to_string(), "198.51.100.2");
        assert_eq!(client(far, &headers), far);
        assert_eq!(client(local, &HeaderMap::new()), local);
    }

    #[test]
    fn values_of_a_form_are_found_by_name() {
        let form: Pairs = [
            ("lines", "a"),
            ("lines", "b"),
            ("title.en", "x"),
            ("title", "y"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        assert_eq!(values(&form, "lines"), ["a", "b"]);
        assert_eq!(
            values_by(&form, "title").into_iter().collect::<Vec<_>>(),
            [("en".to_owned(), "x".to_owned())]
        );
        assert_eq!((value(&form, "title"), value(&form, "none")), ("y", ""));
    }
}
