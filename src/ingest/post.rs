//! The sending side of `POST /ingest/v1/events`: what `import --to` and `replay` do.

use std::time::Duration;

use anyhow::{Context as _, bail};
use rand::Rng;
use reqwest::{Client, StatusCode, Url, header};
use serde::Deserialize;

use super::wire::WireEvent;

/// Tries of one batch: with the pauses between them about five minutes.
const MOST_TRIES: u32 = 12;
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A server that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_mins(1);

/// Posts events to one server with one token. Never prints the token.
#[derive(Clone)]
pub struct Poster {
    client: Client,
    address: Url,
    token: String,
}

impl std::fmt::Debug for Poster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Poster to {}", self.address)
    }
}

/// What the server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Sent {
    /// Taken in.
    pub accepted: usize,
    /// Changed nothing.
    pub duplicates: usize,
    /// Not taken in.
    pub rejected: Vec<Refused>,
    /// The places of the duplicates, if they were asked for.
    pub duplicate_indexes: Vec<usize>,
}

/// One refused event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Refused {
    /// Its place.
    pub index: usize,
    /// Why, as a word.
    pub reason: String,
    /// Why, as a sentence.
    pub detail: String,
}

/// What one try came to.
enum Try {
    Sent(Sent),
    /// Try again, if the server said so after this long.
    Again(Option<Duration>, String),
}

impl Poster {
    /// Prepares to post to the server at `url`, which may be its root or the address of its
    /// ingest.
    ///
    /// # Errors
    /// If the address is none, or TLS cannot be set up.
    pub fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        // Somebody else in this process may have chosen a provider already; then that one holds.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut address = Url::parse(url).with_context(|| format!("reading the address {url}"))?;
        if address.path() == "/" {
            address.set_path("/ingest/v1/events");
        }
        let client = Client::builder().timeout(PATIENCE).build()?;
        Ok(Self {
            client,
            address,
            token: token.to_owned(),
        })
    }

    /// Sends events in one request, again and again while the server is busy or away. Sending
    /// twice does no harm: what was taken in already is a duplicate.
    ///
    /// # Errors
    /// If the server refuses the request as a whole, or stays away.
    pub async fn post(
        &self,
        events: &[WireEvent<'_>],
        query: &[(&str, &str)],
    ) -> anyhow::Result<Sent> {
        let mut body = Vec::with_capacity(events.len() * 300);
        for event in events {
            serde_json::to_writer(&mut body, event)?;
            body.push(b'\n');
        }
        let mut address = self.address.clone();
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        let mut tries = 0;
        loop {
            let (asked, why) = match self.try_once(address.clone(), body.clone()).await? {
                Try::Sent(sent) => return Ok(sent),
                Try::Again(asked, why) => (asked, why),
            };
            tries += 1;
            if tries == MOST_TRIES {
                bail!("sending events to {}: {why}, {tries} times", self.address);
            }
            tokio::time::sleep(pause(tries, asked)).await;
        }
    }

    async fn try_once(&self, address: Url, body: Vec<u8>) -> anyhow::Result<Try> {
        let request = self
            .client
            .post(address)
            .bearer_auth(&self.token)
            .header(header::CONTENT_TYPE, "application/x-ndjson")
            .body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(Try::Again(None, format!("{:#}", anyhow::Error::new(error)))),
        };
        let status = response.status();
        if status.is_success() {
            let answer = response.text().await.context("reading the answer")?;
            return Ok(Try::Sent(
                serde_json::from_str(&answer).context("reading the answer")?,
            ));
        }
        let asked = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let again = [
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::INSUFFICIENT_STORAGE,
            StatusCode::BAD_GATEWAY,
            StatusCode::GATEWAY_TIMEOUT,
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::REQUEST_TIMEOUT,
        ];
        if again.contains(&status) {
            return Ok(Try::Again(asked, format!("the server answered {status}")));
        }
        let said = response.text().await.unwrap_or_default();
        let said: String = said.chars().take(400).collect();
        bail!("the server answered {status}: {said}");
    }
}

/// How long to wait before the next try: what the server asked for, else a random part of a time
/// that doubles, so that senders cut off together do not come back together.
fn pause(tries: u32, asked: Option<Duration>) -> Duration {
    let doubled = Duration::from_millis(500) * 2u32.saturating_pow(tries.min(8));
    let jitter = doubled
        .min(LONGEST_PAUSE)
        .mul_f64(rand::rng().random_range(0.0..1.0));
    asked.map_or(jitter, |asked| asked.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_be_the_root_of_the_server() {
        let address = |url: &str| Poster::new(url, "t").unwrap().address.to_string();
        let full = "http://127.0.0.1:8080/ingest/v1/events";
        assert_eq!(address("http://127.0.0.1:8080"), full);
        assert_eq!(address("http://127.0.0.1:8080/"), full);
        assert_eq!(address(full), full);
        assert_eq!(
            address("https://a.example/q/ingest"),
            "https://a.example/q/ingest"
        );
        assert!(Poster::new("nonsense", "t").is_err());
    }

    #[test]
    fn a_server_that_names_a_pause_gets_it_within_reason() {
        let secs = Duration::from_secs;
        assert_eq!(pause(1, Some(secs(3))), secs(3));
        assert_eq!(pause(1, Some(secs(86_400))), LONGEST_PAUSE);
        assert!(pause(1, None) <= secs(1));
        assert!(pause(30, None) <= LONGEST_PAUSE);
    }

    #[test]
    fn the_token_is_not_printed() {
        let poster = Poster::new("http://127.0.0.1", "hush").unwrap();
        assert!(!format!("{poster:?}").contains("hush"));
    }
}
