//! Many WebSocket listeners: how late the last of them gets a frame, and what each costs in memory.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use quietline::clock::Clock;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use super::process::Server;

/// Listeners of one source address; ports would last for 28,000.
const PER_ADDRESS: usize = 5_000;

/// Frames before everybody is settled are not counted.
const SETTLE: Duration = Duration::from_secs(3);

/// A frame is read with one call, so that the listeners take little from the server's cores.
pub type Socket = BufReader<TcpStream>;

/// One receipt of a frame.
#[derive(Clone, Copy)]
pub struct Receipt {
    /// The frame's number.
    seq: u64,
    /// The full second that it names.
    pub as_of_ms: i64,
    /// When it was there, milliseconds after that.
    late_ms: i64,
}

/// Connects, listens, and prints.
pub async fn run(count: usize, seconds: u64) -> anyhow::Result<()> {
    let folder = TempDir::new_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    let server = Server::start(folder.path(), None)?;
    let before = server.resident_kib()?;
    let streams = connect_all(server.address, count).await?;
    let from = tokio::time::Instant::now() + SETTLE;
    let until = from + Duration::from_secs(seconds);
    let listening: Vec<_> = streams
        .into_iter()
        .map(|stream| tokio::spawn(listen(stream, from, until)))
        .collect();
    tokio::time::sleep_until(from).await;
    let busy = server.busy_secs()?;
    tokio::time::sleep_until(until - Duration::from_secs(1)).await;
    let busy = server.busy_secs()? - busy;
    let after = server.resident_kib()?;
    let (mut receipts, mut bytes, mut ended) = (Vec::new(), 0, 0);
    for task in listening {
        let heard = task.await??;
        receipts.extend(heard.receipts);
        bytes = bytes.max(heard.frame_bytes);
        ended += usize::from(heard.ended_early);
    }
    println!("  frames of {bytes} bytes");
    report(&receipts, count)?;
    println!(
        "  {ended} ended early; the server's processor time {:.0} % of one core",
        busy * 100.0 / f64::from(u32::try_from(seconds)?.max(2) - 1)
    );
    let grown = f64::from(u32::try_from(after.saturating_sub(before))?);
    let each = grown / f64::from(u32::try_from(count)?);
    println!("  resident: {before} KiB before, {after} KiB with all: {each:.2} KiB a listener");
    Ok(())
}

/// Opens so many WebSockets.
pub async fn connect_all(server: SocketAddr, count: usize) -> anyhow::Result<Vec<Socket>> {
    let began = Instant::now();
    // The kernel's queue of connections not yet accepted is short.
    let at_once = Arc::new(Semaphore::new(64));
    let mut connecting = Vec::with_capacity(count);
    for number in 0..count {
        let at_once = Arc::clone(&at_once);
        connecting.push(tokio::spawn(async move {
            let _place = at_once.acquire().await?;
            connect(server, number).await
        }));
    }
    let mut streams = Vec::with_capacity(count);
    for stream in connecting {
        streams.push(stream.await??);
    }
    println!(
        "listeners: {count} connected in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    Ok(streams)
}

/// Prints how late frames came. They were at least one.
pub fn report(receipts: &[Receipt], count: usize) -> anyhow::Result<()> {
    ensure!(!receipts.is_empty(), "no frame came");
    let mut first: BTreeMap<u64, i64> = BTreeMap::new();
    for receipt in receipts {
        let first = first.entry(receipt.seq).or_insert(receipt.late_ms);
        *first = (*first).min(receipt.late_ms);
    }
    let late = receipts.iter().map(|receipt| receipt.late_ms);
    let mut since_second: Vec<i64> = late.collect();
    let after_first = |receipt: &Receipt| receipt.late_ms - first[&receipt.seq];
    let mut since_first: Vec<i64> = receipts.iter().map(after_first).collect();
    since_second.sort_unstable();
    since_first.sort_unstable();
    println!(
        "  {} frames, {} receipts of {} possible",
        first.len(),
        receipts.len(),
        first.len() * count
    );
    for (words, sorted) in [
        ("the second the frame names", since_second),
        ("the first receipt", since_first),
    ] {
        let at = |percent: usize| sorted[(sorted.len() - 1) * percent / 100];
        println!(
            "  from {words} to receipt: p50 {} ms, p99 {} ms, last {} ms",
            at(50),
            at(99),
            at(100)
        );
    }
    Ok(())
}

/// Opens a WebSocket, from an address that has ports left.
pub async fn connect(server: SocketAddr, number: usize) -> anyhow::Result<Socket> {
    let socket = TcpSocket::new_v4()?;
    let host = u8::try_from(2 + number / PER_ADDRESS)?;
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0)))?;
    let stream = socket.connect(server).await?;
    let mut stream = BufReader::with_capacity(32 * 1_024, stream);
    let ask = "GET /api/v1/live/ws HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\n\
        upgrade: websocket\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(ask.as_bytes()).await?;
    // Byte for byte, so that the first frame stays in the buffer.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
        ensure!(head.len() < 2_048, "an endless answer");
    }
    ensure!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    Ok(stream)
}

/// What a listener heard.
#[derive(Default)]
pub struct Heard {
    /// Its frames.
    pub receipts: Vec<Receipt>,
    frame_bytes: usize,
    /// The server ended it.
    pub ended_early: bool,
}

/// Listens until then; frames before `from` are not counted.
pub async fn listen(
    mut stream: Socket,
    from: tokio::time::Instant,
    until: tokio::time::Instant,
) -> anyhow::Result<Heard> {
    let mut heard = Heard::default();
    let mut buffer = Vec::new();
    loop {
        let Ok(message) =
            tokio::time::timeout_at(until, read_message(&mut stream, &mut buffer)).await
        else {
            return Ok(heard);
        };
        if message.is_err() {
            heard.ended_early = true;
            return Ok(heard);
        }
        let now_ms = Clock::System.now_ms();
        if buffer.is_empty() || tokio::time::Instant::now() < from {
            continue;
        }
        heard.frame_bytes = buffer.len();
        let start = std::str::from_utf8(&buffer[..buffer.len().min(400)]).unwrap_or_default();
        heard
            .receipts
            .push(receipt(start, now_ms).context("a frame without its place")?);
    }
}

/// Reads one message of the server; a ping leaves the buffer empty.
pub async fn read_message(stream: &mut Socket, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let length = match head[1] & 0x7f {
        126 => usize::from(stream.read_u16().await?),
        127 => usize::try_from(stream.read_u64().await?)?,
        short => usize::from(short),
    };
    ensure!(length < 1 << 20, "a frame of {length} bytes");
    buffer.resize(length, 0);
    stream.read_exact(buffer).await?;
    if head[0] & 0x0f != 1 {
        buffer.clear();
    }
    Ok(())
}

fn receipt(start: &str, now_ms: i64) -> Option<Receipt> {
    let after = |name: &str| Some(start.split_once(name)?.1);
    let seq = after("\"seq\":")?.split([',', '}']).next()?.parse().ok()?;
    let as_of = after("\"as_of\":\"")?.split('"').next()?;
    let as_of: jiff::Timestamp = as_of.parse().ok()?;
    let as_of_ms = as_of.as_millisecond();
    Some(Receipt {
        seq,
        as_of_ms,
        late_ms: now_ms - as_of_ms,
    })
}
