//! Twilio signs the address by which the public knows the site, whatever the proxy calls it.

use std::sync::Arc;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use quietline::app::Settings;
use quietline::clock::Clock;
use quietline::domain::centre::{Centre, Feed, FeedKind};
use reqwest::StatusCode;
use sha1::Sha1;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use crate::support::{Kind, MONDAY_NINE, Spawned, centre, fresh_db};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const PATH: &str = "/ingest/v1/twilio/pbx";

fn centre_of_twilio(token: &NamedTempFile) -> Arc<Centre> {
    let mut centre = Centre::clone(&centre());
    let source = centre.sources.iter_mut().find(|source| source.id == "pbx");
    source.unwrap().feed = Some(Feed {
        kind: FeedKind::TwilioTaskRouter,
        queues: [("WQ1".to_owned(), "billing".to_owned())].into(),
        labels: std::collections::BTreeMap::new(),
        path: None,
        address: None,
        secret_file: Some(token.path().to_owned()),
    });
    Arc::new(centre)
}

fn signature(address: &str, parameters: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(format!("{address}{parameters}").as_bytes());
    BASE64.encode(&mac.finalize().into_bytes())
}

#[tokio::test]
async fn the_public_address_is_the_one_that_is_signed() {
    let token = NamedTempFile::new().unwrap();
    std::fs::write(token.path(), TOKEN).unwrap();
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings {
        public_url: Some("https://calls.example.org".parse().unwrap()),
        ..Settings::default()
    };
    let clock = Clock::fixed(MONDAY_NINE);
    let app = Spawned::start_centre(centre_of_twilio(&token), db, clock, (listener, settings));
    let app = app.await;
    let at = MONDAY_NINE - 60_000;
    let body =
        format!("EventType=task-queue.entered&TaskQueueSid=WQ1&TaskSid=WT1&TimestampMs={at}");
    let parameters = body.replace(['=', '&'], "");
    let local = app.url(PATH);
    for (address, wanted) in [
        (
            format!("https://calls.example.org{PATH}"),
            StatusCode::NO_CONTENT,
        ),
        (local.clone(), StatusCode::UNAUTHORIZED),
    ] {
        let request = app.client.post(&local).body(body.clone());
        let answer = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature(&address, &parameters))
            .send();
        assert_eq!(answer.await.unwrap().status(), wanted, "{address}");
    }
    app.stop().await;
}
