//! What telephone systems send, over HTTP: who may, and what becomes of it.

use std::sync::Mutex;

use axum::body::to_bytes;
use axum::http::{Request, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::super::http::Patience;
use super::super::testing::{Folded, NOW_MS, folding_writer, keys, small_centre};
use super::super::tokens::{TokenBook, Tokens, hash_token};
use super::*;
use crate::clock::Clock;
use crate::domain::centre::Feed;
use crate::domain::tally::Count;
use crate::ingest::door::Door;

const SECRET: &str = "a secret of the account";

struct Server {
    router: Router,
    folded: Arc<Mutex<Folded>>,
    centre: Centre,
    _home: TempDir,
}

fn server(kind: FeedKind) -> Server {
    let home = TempDir::new().unwrap();
    let file = home.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let mut centre = small_centre();
    centre.sources[0].feed = Some(Feed {
        kind,
        queues: [("*".to_owned(), "billing".to_owned())].into(),
        labels: std::collections::BTreeMap::new(),
        path: None,
        secret_file: Some(file),
    });
    let (writer, folded) = folding_writer();
    let book = TokenBook {
        by_hash: HashMap::from([(hash_token("token"), "pbx".to_owned())]),
    };
    let state = IngestState {
        door: Arc::new(Door::new(&centre, keys())),
        tokens: Tokens::new(book),
        writer,
        clock: Clock::fixed(NOW_MS),
        patience: Patience::default(),
    };
    Server {
        router: router(Webhooks::new(state, &centre).unwrap()),
        folded,
        centre,
        _home: home,
    }
}

impl Server {
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, Value) {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn chatwoot(&self, at: &str, signature: &str, body: &str) -> StatusCode {
        let headers = [
            ("x-chatwoot-timestamp", at),
            ("x-chatwoot-signature", signature),
        ];
        self.post("/ingest/v1/chatwoot/pbx", &headers, body).await.0
    }

    fn count(&self, count: Count) -> i64 {
        self.folded
            .lock()
            .unwrap()
            .tally(&self.centre.zone)
            .count(count)
    }
}

fn sign(at: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_signed_message_counts_and_a_replayed_one_changes_nothing() {
    let server = server(FeedKind::Chatwoot);
    let at = (NOW_MS / 1_000).to_string();
    let created = NOW_MS / 1_000 - 60;
    let body = json!({"event": "conversation_created", "id": 1, "created_at": created}).to_string();
    assert_eq!(
        server.chatwoot(&at, &sign(&at, &body), &body).await,
        StatusCode::OK
    );
    assert_eq!(
        server.chatwoot(&at, &sign(&at, &body), &body).await,
        StatusCode::OK
    );
    assert_eq!(server.count(Count::Offered), 1);
}

#[tokio::test]
async fn a_changed_byte_an_old_instant_and_a_missing_signature_are_refused() {
    let server = server(FeedKind::Chatwoot);
    let at = (NOW_MS / 1_000).to_string();
    let old = (NOW_MS / 1_000 - 301).to_string();
    let body = r#"{"event":"conversation_created","id":1,"created_at":1786090000}"#;
    let changed = body.replace("0000", "0001");
    for (at, signature, body) in [
        (&at, sign(&at, body), changed.as_str()),
        (&old, sign(&old, body), body),
        (&at, sign(&old, body), body),
        (&at, String::new(), body),
        (&at, "sha256=00".to_owned(), body),
    ] {
        assert_eq!(
            server.chatwoot(at, &signature, body).await,
            StatusCode::UNAUTHORIZED
        );
    }
    let (status, _) = server.post("/ingest/v1/chatwoot/pbx", &[], body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = server.post("/ingest/v1/chatwoot/crm", &[], body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(server.folded.lock().unwrap().batches, 0);
}

#[tokio::test]
async fn messages_of_amazon_connect_come_with_a_token() {
    let server = server(FeedKind::AmazonConnect);
    let path = "/ingest/v1/amazon-connect";
    let body = include_str!("../../../tests/fixtures/connect/messages.jsonl");
    assert_eq!(
        server.post(path, &[], body).await.0,
        StatusCode::UNAUTHORIZED
    );
    let token = [("authorization", "Bearer token")];
    let (status, done) = server.post(path, &token, body).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    assert_eq!(done["ignored"], 3, "{done}");
    assert_eq!(done["refused"], json!([]));
    assert_eq!(server.count(Count::Answered), 1);
    assert_eq!(server.count(Count::Abandoned), 1);
    assert_eq!(server.count(Count::CallbacksKept), 1);
    let (status, _) = server.post(path, &token, "{\"a\":").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    // An address for others than this source.
    let (status, _) = server.post("/ingest/v1/chatwoot/pbx", &token, body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn a_secret_that_is_none_stops_the_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(read_secret(file.path()).is_err());
    std::fs::write(file.path(), "short").unwrap();
    assert!(
        read_secret(file.path())
            .unwrap_err()
            .to_string()
            .contains("fewer than")
    );
    assert!(read_secret(Path::new("/nowhere/at/all")).is_err());
}
