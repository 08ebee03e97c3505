//! What a bad day does to a visitor: thousands of connections that say nothing, thousands of
//! listeners that lose their connection and come back all at once, and as many that never read.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::listeners::{Socket, connect, read_message};
use super::process::Server;

/// Times that a visitor asks.
const ASKS: usize = 400;
/// Whoever has no frame by then has failed.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long nobody reads.
const UNREAD: Duration = Duration::from_secs(20);
/// Source addresses of those who say nothing, apart from those of listeners.
const SILENT_HOST: u8 = 100;
/// Connections of one source address.
const PER_ADDRESS: usize = 5_000;

/// Runs the bad day with so many of each, and prints.
pub async fn run(count: usize) -> anyhow::Result<()> {
    let folder = TempDir::new_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    let server = Server::start(folder.path(), None)?;
    let address = server.address;
    let before = server.resident_kib()?;
    println!("storm: {count} of each; answers to / in ms: p50, p99, last");
    asked("nobody else", address, ASKS).await?;

    let silent = say_nothing(address, count).await?;
    asked("silent connections", address, ASKS).await?;
    let began = Instant::now();
    let closed = count_closed(silent).await;
    println!(
        "  {closed} of {count} silent ones were closed within {:.0} s",
        began.elapsed().as_secs_f64()
    );

    let (listeners, _) = all_listen(address, count).await?;
    let began = Instant::now();
    for listener in &listeners {
        // They are gone without a word, as behind a proxy that was restarted.
        listener.get_ref().set_zero_linger()?;
    }
    drop(listeners);
    let visitor = tokio::spawn(asked("the storm", address, ASKS));
    let (mut listeners, failed) = all_listen(address, count).await?;
    println!(
        "  {} of {count} have their first frame again after {:.1} s, {failed} failed",
        listeners.len(),
        began.elapsed().as_secs_f64()
    );
    visitor.await??;

    tokio::time::sleep(UNREAD).await;
    asked("listeners that do not read", address, ASKS).await?;
    let after = server.resident_kib()?;
    let grown = f64::from(u32::try_from(after.saturating_sub(before))?);
    println!(
        "  resident since the start: {:.1} KiB more for each that does not read",
        grown / f64::from(u32::try_from(count)?)
    );
    let mut newest = Vec::new();
    let last = listeners.last_mut().context("somebody listens")?;
    read_message(last, &mut newest).await?;
    Ok(())
}

/// Connections that never send a byte.
async fn say_nothing(server: SocketAddr, count: usize) -> anyhow::Result<Vec<TcpStream>> {
    let mut silent = Vec::with_capacity(count);
    for number in 0..count {
        let socket = TcpSocket::new_v4()?;
        let host = SILENT_HOST + u8::try_from(number / PER_ADDRESS)?;
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0)))?;
        silent.push(socket.connect(server).await?);
    }
    Ok(silent)
}

async fn count_closed(silent: Vec<TcpStream>) -> usize {
    let mut waiting = JoinSet::new();
    for mut stream in silent {
        waiting.spawn(async move {
            let ended = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
            ended.is_ok_and(|read| read.is_err())
        });
    }
    let ended = waiting.join_all().await;
    ended.into_iter().filter(|is_closed| *is_closed).count()
}

/// All connect at the same moment and wait for their first frame. Those who got it, and how many
/// did not.
async fn all_listen(server: SocketAddr, count: usize) -> anyhow::Result<(Vec<Socket>, usize)> {
    let mut coming = JoinSet::new();
    for number in 0..count {
        coming.spawn(async move {
            let first = async {
                let mut socket = connect(server, number).await?;
                let mut frame = Vec::new();
                while frame.is_empty() {
                    read_message(&mut socket, &mut frame).await?;
                }
                anyhow::Ok(socket)
            };
            tokio::time::timeout(PATIENCE, first).await
        });
    }
    let came = coming.join_all().await;
    let sockets: Vec<Socket> = came.into_iter().flatten().flatten().collect();
    ensure!(!sockets.is_empty(), "nobody got a frame");
    let failed = count - sockets.len();
    Ok((sockets, failed))
}

/// Asks for the first page again and again, each time on a connection of its own.
async fn asked(beside: &'static str, server: SocketAddr, times: usize) -> anyhow::Result<()> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        let mut stream = TcpStream::connect(server).await?;
        let ask = "GET / HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n";
        stream.write_all(ask.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        ensure!(
            answer.starts_with(b"HTTP/1.1 200"),
            "beside {beside}: no page"
        );
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let at = |percent: usize| took[(times - 1) * percent / 100].as_secs_f64() * 1_000.0;
    println!(
        "  beside {beside}: {:.1}, {:.1}, {:.1}",
        at(50),
        at(99),
        at(100)
    );
    Ok(())
}
