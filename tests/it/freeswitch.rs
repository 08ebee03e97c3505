//! FreeSWITCH's event socket, spoken by a listener of the test's own, on both databases.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quietline::app::{self, Settings};
use quietline::clock::Clock;
use quietline::domain::batch::Committed;
use quietline::domain::centre::Centre;
use quietline::domain::event::Millis;
use quietline::domain::tally::{Count, Tally};
use quietline::ingest::door::Door;
use quietline::ingest::event_socket::Link;
use quietline::ingest::writer::{Writer, WriterHandle};
use quietline::store::Store;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::{Kind, MONDAY_NINE, Spawned, TestDb, fresh_db};

/// What is done in the background is waited for so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// The event socket of an exchange.
struct Exchange(TcpListener);

/// A connection to it.
struct Call(TcpStream);

impl Exchange {
    async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn centre(&self, folder: &Path) -> Arc<Centre> {
        let secret = folder.join("password");
        std::fs::write(&secret, "ClueCon\n").unwrap();
        let text = format!(
            "name = \"C\"\nzone = \"UTC\"\nhours = {{ mon-sun = \"0:00-24:00\" }}\n\
             [[lines]]\nid = \"billing\"\nname = \"Billing\"\n\
             [[sources]]\nid = \"pbx\"\nkind = \"freeswitch_callcenter\"\naddress = \"{}\"\n\
             secret_file = \"{}\"\nqueues = {{ \"support@default\" = \"billing\" }}\n",
            self.0.local_addr().unwrap(),
            secret.display()
        );
        Arc::new(quietline::config::parse_centre(&text).unwrap())
    }

    /// Somebody calls and says the password.
    async fn accept(&self) -> Call {
        let accepting = tokio::time::timeout(PATIENCE, self.0.accept());
        let (stream, _) = accepting.await.unwrap().unwrap();
        let mut call = Call(stream);
        call.say("Content-Type: auth/request\n\n").await;
        assert_eq!(call.command().await, "auth ClueCon");
        call
    }

    /// Somebody calls and is let in.
    async fn welcome(&self) -> Call {
        let mut call = self.accept().await;
        call.reply("+OK accepted").await;
        assert_eq!(call.command().await, "api module_exists mod_callcenter");
        call.send("api/response", "true").await;
        let events = "event plain HEARTBEAT CUSTOM callcenter::info";
        assert_eq!(call.command().await, events);
        call.reply("+OK event listener enabled plain").await;
        call
    }
}

impl Call {
    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    async fn send(&mut self, kind: &str, body: &str) {
        let length = body.len();
        let head = format!("Content-Length: {length}\nContent-Type: {kind}\n\n");
        self.say(&(head + body)).await;
    }

    async fn reply(&mut self, text: &str) {
        let reply = format!("Content-Type: command/reply\nReply-Text: {text}\n\n");
        self.say(&reply).await;
    }

    async fn command(&mut self) -> String {
        let mut command = Vec::new();
        while !command.ends_with(b"\n\n") {
            command.push(self.0.read_u8().await.unwrap());
        }
        String::from_utf8(command).unwrap().trim_end().to_owned()
    }

    async fn tell(&mut self, event: &str) {
        self.send("text/event-plain", event).await;
    }

    async fn is_asked_who_waits(&mut self) {
        let asked = "api callcenter_config queue list members support@default";
        assert_eq!(self.command().await, asked);
    }

    async fn says_who_waits(&mut self, sessions: &[&str]) {
        let rows = sessions.iter().map(|session| {
            format!(
                "support@default|box|m-{session}|{session}|079|A name|1|1|0|0|0|0|0|||Waiting|1\n"
            )
        });
        let names = "queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|\
                     joined_epoch|rejoined_epoch|bridge_epoch|abandoned_epoch|base_score|\
                     skill_score|serving_agent|serving_system|state|score\n";
        let table = names.to_owned() + &rows.collect::<String>() + "+OK\n";
        self.send("api/response", &table).await;
    }

    async fn heartbeat(&mut self, core: &str, at_ms: Millis) {
        let event = format!(
            "Event-Name: HEARTBEAT\nCore-UUID: {core}\nEvent-Date-Timestamp: {at_ms}000\n\n"
        );
        self.tell(&event).await;
    }
}

/// An event of a member, by the clock of the exchange.
fn event(member: &str, at_ms: Millis, action: &str, more: &str) -> String {
    format!(
        "Event-Subclass: callcenter%3A%3Ainfo\nEvent-Name: CUSTOM\nCore-UUID: one\n\
         Event-Date-Timestamp: {at_ms}000\nCC-Queue: support%40default\nCC-Action: {action}\n\
         CC-Member-UUID: m-{member}\nCC-Member-Session-UUID: {member}\n\
         CC-Member-CID-Number: 0791234567\n{more}\n"
    )
}

/// A process that listens.
struct Listening {
    store: Store,
    committed: mpsc::UnboundedReceiver<Committed>,
    link: JoinHandle<()>,
    writer: JoinHandle<anyhow::Result<()>>,
}

impl Listening {
    async fn start(db: &TestDb, centre: &Arc<Centre>, clock: &Clock) -> Self {
        let store = Store::open(&db.location).await.unwrap();
        let (sender, committed) = mpsc::unbounded_channel();
        let writer = Writer::open(&store, Arc::clone(centre), clock.clone(), sender).await;
        let (handle, waiting) = WriterHandle::channel();
        let writer = tokio::spawn(writer.unwrap().run(waiting));
        let door = Arc::new(Door::new(centre, app::key_maker(&store).await.unwrap()));
        let link = Link::of(&centre.sources[0], door, handle, clock.clone()).unwrap();
        let link = tokio::spawn(link.unwrap().run());
        Self {
            store,
            committed,
            link,
            writer,
        }
    }

    async fn tally(&self) -> Tally {
        let days = (2026..=2027).map(|year| jiff::civil::date(year, 1, 1));
        let days: Vec<_> = days.collect();
        let cells = self.store.day_cells(days[0], days[1]).await.unwrap();
        cells.into_iter().map(|(_, _, tally)| tally).sum()
    }

    async fn covered(&self) -> Vec<(Millis, Millis)> {
        let spans = self.store.coverage(0, i64::MAX).await.unwrap();
        let spans = spans.iter();
        spans
            .map(|(_, span)| (span.start_ms, span.end_ms))
            .collect()
    }

    async fn next_commit(&mut self) {
        let next = tokio::time::timeout(PATIENCE, self.committed.recv());
        next.await.expect("nothing more is written").unwrap();
    }

    /// Waits until so many are counted.
    async fn until(&mut self, count: Count, number: i64) {
        while self.tally().await.count(count) != number {
            self.next_commit().await;
        }
    }

    /// Waits until the source was heard at an instant.
    async fn until_heard(&mut self, at_ms: Millis) {
        let heard = |spans: &[(Millis, Millis)]| spans.iter().any(|span| span.1 >= at_ms);
        while !heard(&self.covered().await) {
            self.next_commit().await;
        }
    }

    async fn stop(self) {
        self.link.abort();
        self.writer.await.unwrap().unwrap();
        self.store.close().await;
    }
}

/// Four calls: one answered, one abandoned, two lost.
fn has_counted(tally: &Tally) {
    let counts = [
        Count::Offered,
        Count::Answered,
        Count::Abandoned,
        Count::Waiting,
        Count::HandleMsSum,
        Count::WaitAnsweredMsSum,
    ];
    let counted = counts.map(|count| tally.count(count));
    assert_eq!(counted, [4, 1, 1, 0, 60_000, 10_000]);
}

async fn calls_count_through_everything_that_happens(kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let exchange = Exchange::open().await;
    let clock = Clock::fixed(MONDAY_NINE);
    let mut listening = Listening::start(&db, &exchange.centre(folder.path()), &clock).await;
    // The password is corrected in the exchange meanwhile.
    exchange.accept().await.reply("-ERR invalid").await;

    let mut call = exchange.welcome().await;
    let at = |second: i64| MONDAY_NINE + second * 1_000;
    for name in ["a", "b", "d"] {
        call.tell(&event(name, at(1), "member-queue-start", ""))
            .await;
    }
    let joined = format!("CC-Member-Joined-Time: {}\n", at(1) / 1_000);
    let answered = joined.clone() + &format!("CC-Agent-Answered-Time: {}\n", at(11) / 1_000);
    call.tell(&event("a", at(11), "bridge-agent-start", &answered))
        .await;
    listening.until(Count::Answered, 1).await;
    clock.set(at(60));
    call.heartbeat("one", at(60)).await;
    listening.until_heard(at(60)).await;
    // In the middle of the news that d has hung up.
    let canceled = "CC-Cause: Cancel\nCC-Cancel-Reason: BREAK_OUT\nAnswer-State: hangup\n";
    let event_of_d = event("d", at(61), "member-queue-end", canceled);
    call.say(&format!(
        "Content-Length: {}\nContent-Type: text/event-plain\n\n{}",
        event_of_d.len(),
        &event_of_d[..event_of_d.len() / 2]
    ))
    .await;
    drop(call);

    clock.set(at(120));
    let mut call = exchange.welcome().await;
    // Of b and d, who waited, b still does. What happens before the answer is not lost.
    call.is_asked_who_waits().await;
    let ended = answered + &format!("CC-Bridge-Terminated-Time: {}\n", at(71) / 1_000);
    call.tell(&event("a", at(71), "bridge-agent-end", &ended))
        .await;
    call.says_who_waits(&["b"]).await;
    listening.until(Count::Lost, 1).await;
    // Came while nobody listened, and is known by its end.
    let joined = format!("CC-Member-Joined-Time: {}\n", at(90) / 1_000);
    let left = joined + canceled;
    call.tell(&event("c", at(121), "member-queue-end", &left))
        .await;
    listening.until(Count::Abandoned, 1).await;
    drop(call);

    // Another run of the exchange: those who still waited are lost.
    clock.set(at(200));
    let mut call = exchange.welcome().await;
    call.is_asked_who_waits().await;
    call.says_who_waits(&["b"]).await;
    call.heartbeat("two", at(200)).await;
    listening.until(Count::Lost, 2).await;
    has_counted(&listening.tally().await);
    let covered = listening.covered().await;
    assert!(covered.contains(&(at(0), at(60))), "{covered:?}");
    let between = |(start, end): &(Millis, Millis)| *start < at(119) && *end > at(61);
    assert!(!covered.iter().any(between), "a gap is a gap: {covered:?}");
    listening.stop().await;
}

#[tokio::test]
async fn calls_count_through_everything_that_happens_on_sqlite() {
    calls_count_through_everything_that_happens(Kind::Sqlite).await;
}

#[tokio::test]
async fn calls_count_through_everything_that_happens_on_postgres() {
    calls_count_through_everything_that_happens(Kind::Postgres).await;
}

#[tokio::test]
async fn a_whole_server_shows_who_waits_in_freeswitch() {
    let folder = TempDir::new().unwrap();
    let exchange = Exchange::open().await;
    let centre = exchange.centre(folder.path());
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Clock::fixed(MONDAY_NINE);
    let settings = Settings::default();
    let app = Spawned::start_centre(centre, db, clock, (listener, settings)).await;
    let mut call = exchange.welcome().await;
    for number in 0..7 {
        let start = event(&number.to_string(), MONDAY_NINE, "member-queue-start", "");
        call.tell(&start).await;
    }
    let shown = async {
        while app.next_frame().await["lines"][0]["waiting"] != 7 {
            tokio::task::yield_now().await;
        }
    };
    let shown = tokio::time::timeout(PATIENCE, shown).await;
    shown.expect("seven who wait are shown");
    app.stop().await;
}
