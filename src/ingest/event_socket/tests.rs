//! Conversations with an event socket that stands in memory.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;

use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::super::testing::{Folded, NOW_MS, folding_writer, keys, small_centre};
use super::frames::Frames;
use super::*;
use crate::domain::batch::Receipt;
use crate::domain::centre::{Centre, Feed};
use crate::domain::tally::Count;

const HEARTBEAT: &str = "Event-Name: HEARTBEAT\nCore-UUID: one\n";

/// A source that is listened to, and the other end of the line.
struct Site {
    centre: Centre,
    folded: Arc<Mutex<Folded>>,
    link: Link,
    _secret: NamedTempFile,
}

fn password(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn centre_with(secret: &NamedTempFile) -> Centre {
    let mut centre = small_centre();
    centre.sources[0].feed = Some(Feed {
        kind: FeedKind::FreeSwitch,
        queues: [("support@default".to_owned(), "billing".to_owned())].into(),
        labels: BTreeMap::new(),
        path: None,
        address: Some("127.0.0.1:1".to_owned()),
        secret_file: Some(secret.path().to_owned()),
    });
    centre
}

impl Site {
    fn new() -> Self {
        let secret = password("ClueCon\n");
        let centre = centre_with(&secret);
        let (writer, folded) = folding_writer();
        let door = Arc::new(Door::new(&centre, keys()));
        let clock = Clock::fixed(NOW_MS);
        let link = Link::of(&centre.sources[0], door, writer, clock).unwrap();
        Self {
            centre,
            folded,
            link: link.unwrap(),
            _secret: secret,
        }
    }

    /// One conversation, in which the exchange says all of this; what it was asked, and the end.
    async fn converse(&mut self, said: &str, then: Then) -> (String, Trouble) {
        let (near, mut far) = duplex(1 << 20);
        let mut wire = Wire::new(near);
        far.write_all(said.as_bytes()).await.unwrap();
        if then == Then::HangsUp {
            far.shutdown().await.unwrap();
        }
        let (hand, handed) = mpsc::channel(BATCHES_WAITING);
        let Err(trouble) = self.link.converse(&mut wire, &hand).await;
        drop((wire, hand));
        hand_over(self.link.writer.clone(), handed, Duration::ZERO).await;
        (asked(far).await, trouble)
    }

    fn count(&self, count: Count) -> i64 {
        let folded = self.folded.lock().unwrap();
        folded.tally(&self.centre.zone).count(count)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    HangsUp,
    SaysNothing,
}

async fn asked(mut far: DuplexStream) -> String {
    let mut asked = String::new();
    far.read_to_string(&mut asked).await.unwrap();
    asked
}

fn framed(kind: &str, body: &str) -> String {
    let length = body.len();
    format!("Content-Length: {length}\nContent-Type: {kind}\n\n{body}")
}

fn welcome() -> String {
    "Content-Type: auth/request\n\nContent-Type: command/reply\nReply-Text: +OK accepted\n\n"
        .to_owned()
        + &framed("api/response", "true")
        + "Content-Type: command/reply\nReply-Text: +OK event listener enabled plain\n\n"
}

/// A caller comes at a second before now, and hangs up five seconds later.
fn call(before: i64, name: &str) -> String {
    let at = NOW_MS / 1_000 - before;
    let event = |at: i64, action: &str, more: &str| {
        let event = format!(
            "Event-Name: CUSTOM\nEvent-Subclass: callcenter%3A%3Ainfo\nCore-UUID: one\n\
             Event-Date-Timestamp: {at}000000\nCC-Queue: support%40default\nCC-Action: {action}\n\
             CC-Member-UUID: m-{name}\nCC-Member-Session-UUID: {name}\n{more}\n"
        );
        framed("text/event-plain", &event)
    };
    event(at, "member-queue-start", "")
        + &event(
            at + 5,
            "member-queue-end",
            "CC-Cause: Cancel\nCC-Cancel-Reason: BREAK_OUT\n",
        )
}

#[tokio::test]
async fn what_is_said_is_counted_and_begins_anew() {
    let mut site = Site::new();
    let said = welcome() + &call(30, "a") + &framed("text/event-plain", HEARTBEAT);
    let (asked, trouble) = site.converse(&said, Then::HangsUp).await;
    assert!(matches!(trouble, Trouble::Closed), "{trouble}");
    assert_eq!(
        asked,
        "auth ClueCon\n\napi module_exists mod_callcenter\n\n\
         event plain HEARTBEAT CUSTOM callcenter::info\n\n"
    );
    assert_eq!(site.count(Count::Abandoned), 1);
    let account = &site.link.account;
    assert_eq!((account.events, account.told, account.refused), (3, 2, 0));
    assert_eq!(site.folded.lock().unwrap().signals.len(), 1, "one beat");
}

#[tokio::test]
async fn the_first_word_of_a_connection_says_that_something_may_be_missing() {
    let mut site = Site::new();
    let (hand, mut handed) = mpsc::channel(2);
    site.link.begin(&hand).unwrap();
    let batch = handed.recv().await.unwrap();
    assert!(batch.mark.is_some_and(|mark| mark.after_gap));
    assert_eq!(batch.events.len(), 1);
}

#[tokio::test]
async fn who_is_turned_away_is_told_what_to_do() {
    let greeting = "Content-Type: auth/request\n\n";
    let accepted = "Content-Type: command/reply\nReply-Text: +OK accepted\n\n";
    let wrong = "Content-Type: command/reply\nReply-Text: -ERR invalid\n\n";
    let cases = [
        (greeting.to_owned() + wrong, "the password is wrong"),
        (
            framed("text/rude-rejection", "Access Denied, go away.\n"),
            "apply-inbound-acl",
        ),
        (
            "Content-Type: rude/rejection\nContent-Length 24\n\n".to_owned(),
            "apply-inbound-acl",
        ),
        (
            greeting.to_owned() + accepted + &framed("api/response", "false"),
            "load mod_callcenter",
        ),
        ("HTTP/1.1 400 Bad Request\n\n".to_owned(), "the right port?"),
        ("Content-Length: 99999999\n\n".to_owned(), "the right port?"),
        (String::new(), "closed the connection"),
    ];
    for (said, remedy) in cases {
        let mut site = Site::new();
        let (_, trouble) = site.converse(&said, Then::HangsUp).await;
        assert!(trouble.to_string().contains(remedy), "{said:?}: {trouble}");
        let folded = site.folded.lock().unwrap();
        assert_eq!(folded.batches, 0, "nothing is covered: {said:?}");
    }
}

#[tokio::test]
async fn a_connection_that_falls_silent_ends() {
    let mut site = Site::new();
    site.link.silence = Duration::from_millis(20);
    let said = welcome() + &call(30, "a");
    let (_, trouble) = site.converse(&said, Then::SaysNothing).await;
    assert!(matches!(trouble, Trouble::Silent), "{trouble}");
    assert_eq!(site.count(Count::Abandoned), 1);
}

#[tokio::test]
async fn what_comes_cut_in_the_middle_is_lost_and_what_came_before_counts() {
    let mut site = Site::new();
    let whole = welcome() + &call(30, "a");
    let said = whole.clone() + &call(20, "b")[..200];
    let (_, trouble) = site.converse(&said, Then::HangsUp).await;
    assert!(matches!(trouble, Trouble::Closed), "{trouble}");
    assert_eq!(site.count(Count::Offered), 1);
    // Said once more, and whole: nothing is counted twice.
    let said = whole + &call(20, "b");
    site.converse(&said, Then::HangsUp).await;
    assert_eq!(site.count(Count::Offered), 2);
    assert_eq!(site.count(Count::Abandoned), 2);
}

#[tokio::test]
async fn who_falls_behind_begins_anew_and_loses_nothing_that_was_read() {
    let mut site = Site::new();
    let (hand, mut handed) = mpsc::channel(1);
    site.link.begin(&hand).unwrap();
    let event = framed("text/event-plain", "x");
    let mut frames = Frames::default();
    frames.push(event.as_bytes());
    frames.push(call(30, "a").as_bytes());
    let frames: Vec<Frame> = std::iter::from_fn(|| frames.take().unwrap()).collect();
    let trouble = site.link.hear(&frames, &hand).unwrap_err();
    assert!(matches!(trouble, Trouble::Behind), "{trouble}");
    assert!(matches!(
        site.link.begin(&hand).unwrap_err(),
        Trouble::Behind
    ));
    handed.recv().await.unwrap();
    // There is a place for what was read, and not yet for what begins anew.
    assert!(site.link.begin(&hand).is_err());
    let kept = handed.recv().await.unwrap();
    assert_eq!((kept.events.len(), kept.rejected), (2, 1));
}

#[tokio::test]
async fn what_the_writer_does_not_take_is_handed_to_it_again() {
    let site = Site::new();
    let (hand, handed) = mpsc::channel(2);
    for _ in 0..2 {
        hand.send(site.link.batch(NOW_MS)).await.unwrap();
    }
    let (writer, mut queue) = WriterHandle::channel();
    let handing = hand_over(writer, handed, Duration::ZERO);
    let writing = async {
        let answers = [Err(SubmitError::Full), Ok(()), Err(SubmitError::Stopped)];
        for answer in answers {
            let (_, reply) = queue.recv().await.unwrap();
            let receipt = |()| Receipt {
                outcomes: Vec::new(),
            };
            reply.send(answer.map(receipt)).unwrap();
        }
    };
    tokio::join!(handing, writing);
}

#[test]
fn a_password_is_one_line_and_is_never_printed() {
    for (text, is_one) in [
        ("ClueCon\n", true),
        ("", false),
        (" \n", false),
        ("a\nb", false),
    ] {
        let secret = password(text);
        let read = password_of(&centre_with(&secret).sources[0]);
        assert_eq!(read.is_ok(), is_one, "{text:?}");
        if let Ok(read) = read {
            assert!(!format!("{read:?}").contains("ClueCon"));
        }
    }
    assert!(password_of(&small_centre().sources[0]).unwrap().is_none());
}
