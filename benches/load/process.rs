//! The release binary as a process of its own, and the little HTTP it takes to talk to it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A running server; it ends with this value.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts `quietline serve` and waits until it listens.
    pub fn start(folder: &Path, database_url: Option<&str>) -> anyhow::Result<Self> {
        let config = folder.join("centre.toml");
        std::fs::write(&config, super::ingest::CENTRE)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg("--config")
            .arg(&config);
        match database_url {
            Some(url) => command.args(["--database-url", url]),
            None => command.arg("--data-dir").arg(folder),
        };
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().context("the server's output")?;
        let mut said = String::new();
        BufReader::new(out).read_line(&mut said)?;
        let address = said
            .trim()
            .rsplit_once("http://")
            .and_then(|(_, address)| address.parse().ok());
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            child,
        };
        server.address = address.with_context(|| format!("the server said {said:?}"))?;
        Ok(server)
    }

    /// Its resident memory in KiB.
    pub fn resident_kib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let word = line.split_whitespace().next().context("no VmRSS")?;
        Ok(word.parse()?)
    }

    /// The processor time it has used so far, seconds (user and system).
    pub fn busy_secs(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(") ").context("no stat")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks / 100.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection that stays open; the body of a 200 answer.
pub async fn post(stream: &mut TcpStream, token: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let head = format!(
        "POST /ingest/v1/events HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
         content-type: application/cloudevents-batch+json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::with_capacity(1_024);
    loop {
        ensure!(stream.read_buf(&mut answer).await? > 0, "closed");
        let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&answer[..end])?;
        ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("no content-length")?;
        let whole = end + 4 + length.parse::<usize>()?;
        while answer.len() < whole {
            ensure!(stream.read_buf(&mut answer).await? > 0, "closed");
        }
        return Ok(answer.split_off(end + 4));
    }
}
