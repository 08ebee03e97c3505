//! Durable events a second over HTTP, beside a bare loop that parses and inserts the same events.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use quietline::clock::Clock;
use quietline::config::parse_centre;
use quietline::domain::centre::Centre;
use quietline::ingest::tokens::hash_token;
use quietline::store::{Location, Store};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::postgres;
use super::process::{Server, post};
use super::sample::{BATCH, Spread, bodies, events_of};
use super::yardstick;

/// Seven lines and one source.
pub const CENTRE: &str = include_str!("../../tests/fixtures/bank/centre.toml");

const TOKEN: &str = "a token of the bench";

#[derive(Deserialize)]
struct Answer {
    accepted: usize,
}

/// On SQLite, and on PostgreSQL if `QUIETLINE_TEST_POSTGRES` names a server.
pub async fn run(events: usize, senders: usize) -> anyhow::Result<()> {
    let Ok(centre) = parse_centre(CENTRE) else {
        anyhow::bail!("the centre of the bench has mistakes");
    };
    println!("ingest: {events} events, {BATCH} a request, {senders} senders, an fsync each answer");
    let now_ms = Clock::System.now_ms();
    let plain = events_of(&centre, 0, events.min(200_000), Spread::Close, now_ms);

    // In the build folder, where a real disk is; a temporary folder may be memory.
    let folder = TempDir::new_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    let bare = yardstick::sqlite(folder.path(), &plain).await?;
    println!("SQLite      bare parse and insert, 1,000 a commit: {bare:>9.0} events/s");
    for spread in [Spread::Close, Spread::Far] {
        let folder = TempDir::new_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
        let location = Location::Folder(folder.path().to_owned());
        let figure = measure(&centre, &location, folder.path(), events, senders, spread).await?;
        report("SQLite", spread, &figure, bare);
    }

    let Ok(server) = std::env::var("QUIETLINE_TEST_POSTGRES") else {
        println!("PostgreSQL  SKIPPED: QUIETLINE_TEST_POSTGRES is not set");
        return Ok(());
    };
    let bare = with_database(&server, async |url| yardstick::postgres(&url, &plain).await).await?;
    println!("PostgreSQL  bare parse and unnest, 1,000 a statement: {bare:>6.0} events/s");
    for spread in [Spread::Close, Spread::Far] {
        let folder = TempDir::new_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
        let figure = with_database(&server, async |url| {
            let location = Location::Postgres(url);
            measure(&centre, &location, folder.path(), events, senders, spread).await
        })
        .await?;
        report("PostgreSQL", spread, &figure, bare);
    }
    Ok(())
}

struct Figure {
    a_second: f64,
    server_micros: f64,
}

fn report(database: &str, spread: Spread, figure: &Figure, bare: f64) {
    println!(
        "{database:<11} durable over HTTP, calls {spread:?}: {:>9.0} events/s = {:.2} of the bare loop; \
         the server's processor time {:.1} µs an event",
        figure.a_second,
        figure.a_second / bare,
        figure.server_micros,
    );
}

/// Runs on a database of its own, which is dropped afterwards.
async fn with_database<T>(
    server: &str,
    work: impl AsyncFnOnce(String) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let url = postgres::create(server).await?;
    let done = work(url.clone()).await;
    postgres::remove(server, &url).await?;
    done
}

async fn measure(
    centre: &Centre,
    location: &Location,
    folder: &Path,
    events: usize,
    senders: usize,
    spread: Spread,
) -> anyhow::Result<Figure> {
    let now_ms = Clock::System.now_ms();
    let store = Store::open(location).await?;
    let hash = hex::encode(hash_token(TOKEN));
    store
        .add_token(&hash, &centre.sources[0].id, now_ms)
        .await?;
    store.close().await;
    let url = match location {
        Location::Folder(_) => None,
        Location::Postgres(url) => Some(url.as_str()),
    };
    let requests: Vec<Vec<Vec<u8>>> = (0..senders)
        .map(|sender| bodies(centre, sender, events / senders, spread, now_ms))
        .collect();
    let server = Server::start(folder, url)?;
    let before = server.busy_secs()?;
    let began = Instant::now();
    let mut sending = Vec::new();
    for requests in requests {
        let mut stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        sending.push(tokio::spawn(async move {
            let mut accepted = 0;
            for body in requests {
                let answer = post(&mut stream, TOKEN, &body).await?;
                accepted += serde_json::from_slice::<Answer>(&answer)?.accepted;
            }
            anyhow::Ok(accepted)
        }));
    }
    let mut accepted = 0;
    for sender in sending {
        accepted += sender.await.context("a sender panicked")??;
    }
    let took = began.elapsed().as_secs_f64();
    let sent = events / senders * senders;
    ensure!(accepted == sent, "{accepted} of {sent} were accepted");
    let sent = f64::from(u32::try_from(sent)?);
    Ok(Figure {
        a_second: sent / took,
        server_micros: (server.busy_secs()? - before) * 1e6 / sent,
    })
}
