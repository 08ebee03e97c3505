//! A browser without scripts: it keeps cookies, and sends forms with the token of the last page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use reqwest::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};

use crate::support::Spawned;

/// Somebody with a browser.
pub struct Browser<'a> {
    /// The token of the forms of the last page.
    pub form: String,
    app: &'a Spawned,
    client: Client,
    cookies: BTreeMap<String, String>,
    address: Option<&'static str>,
}

impl<'a> Browser<'a> {
    /// One on this machine.
    pub fn of(app: &'a Spawned) -> Self {
        let client = Client::builder().redirect(Policy::none());
        Self {
            form: String::new(),
            app,
            client: client.build().unwrap(),
            cookies: BTreeMap::new(),
            address: None,
        }
    }

    /// One elsewhere, behind a proxy on this machine.
    pub fn from(app: &'a Spawned, address: &'static str) -> Self {
        Self {
            address: Some(address),
            ..Self::of(app)
        }
    }

    /// A page.
    pub async fn get(&mut self, path: &str) -> (StatusCode, String) {
        let request = self.client.get(self.app.url(path));
        self.send(request).await
    }

    /// Sends a form of the last page.
    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> (StatusCode, String) {
        let origin = self.app.url("");
        self.forge(path, pairs, &origin).await
    }

    /// Sends a form as if from a page of another origin.
    pub async fn forge(
        &mut self,
        path: &str,
        pairs: &[(&str, &str)],
        origin: &str,
    ) -> (StatusCode, String) {
        let mut body = format!("form={}", self.form);
        for (name, value) in pairs {
            write!(body, "&{name}={}", encoded(value)).unwrap();
        }
        let request = self.client.post(self.app.url(path));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header(ORIGIN, origin)
            .body(body);
        self.send(request).await
    }

    /// Gives a name and a password; the page after it.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> String {
        self.get("/desk").await;
        let pairs = [("name", name), ("password", password)];
        let (status, page) = self.post("/desk/login", &pairs).await;
        if status != StatusCode::SEE_OTHER {
            return page;
        }
        self.get("/desk").await.1
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.get(name).cloned()
    }

    /// Puts a cookie back.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    async fn send(&mut self, mut request: RequestBuilder) -> (StatusCode, String) {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = pairs.collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(address) = self.address {
            request = request.header("x-forwarded-for", address);
        }
        let host = self.app.url("").replace("http://", "");
        let answer = request.header(HOST, host).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("Secure; HttpOnly; SameSite=Strict"),
                "{cookie}"
            );
            let (pair, rest) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        let status = answer.status();
        let page = answer.text().await.unwrap();
        if let Some((_, rest)) = page.split_once("name=\"form\" value=\"") {
            let token = rest.split('"').next().unwrap();
            token.clone_into(&mut self.form);
        }
        (status, page)
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
        encoded
    })
}
