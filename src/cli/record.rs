//! `quietline export`, `verify` and `publish`: the public record, and the keys that sign it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};

use super::CentreArgs;
use crate::clock::Clock;
use crate::domain::log::SignedHead;
use crate::publish::export;
use crate::publish::head::{self, of_json};
use crate::publish::integrity;
use crate::publish::key_files::KeyFolder;
use crate::publish::keys::key_leaf;
use crate::publish::ledger::Ledger;
use crate::publish::record::{
    BUNDLE, Files, HEAD, HEADS, KEYS, bundle_path, consistency_path, document_path, inclusion_path,
    leaf_path, proofs_path, texts_path,
};
use crate::publish::verify::{Known, Report, read_calendar, verify};
use crate::store::Store;

/// More faults are counted, not printed.
const MOST_FAULTS: usize = 20;

/// Questions under way at once.
const AT_ONCE: usize = 12;

/// A site that does not answer is given up after this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What can be written out.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// The whole public record as files that can be checked without us
    Editions {
        /// Description and data.
        #[command(flatten)]
        centre: CentreArgs,
        /// An empty folder, or one that holds an earlier export
        folder: PathBuf,
    },
}

/// Flags of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Address of a site, or a folder that was exported
    target: String,
    /// A signed head that you kept earlier: finds a history rewritten since
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// The release calendar: finds weeks cut off at the end
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// Where to keep the newest head, if all is well
    #[arg(long, value_name = "FILE")]
    keep_head: Option<PathBuf>,
}

/// What can be done for publishing.
#[derive(Debug, Subcommand)]
pub enum PublishCommand {
    /// Keys that sign the public record
    #[command(subcommand)]
    Key(KeyCommand),
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make the first key; a server does so by itself at its first start
    New(KeyArgs),
    /// Make a new key and let the one in force sign for it; what was signed before still holds
    Rotate(KeyArgs),
    /// Show the keys of the log and where the secret one lies
    Show(KeyArgs),
}

/// Where the log and its keys are.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// Description and data.
    #[command(flatten)]
    centre: CentreArgs,
}

/// Writes the record.
pub(super) async fn export(command: ExportCommand) -> anyhow::Result<ExitCode> {
    let ExportCommand::Editions { centre, folder } = command;
    let store = centre.open_store().await?;
    let files = export::files(&store).await?;
    export::write(&files, &folder)?;
    store.close().await;
    println!(
        "{} files written; check them with: quietline verify {}",
        files.len(),
        folder.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Checks a record and says in words what was checked and what is wrong.
pub(super) async fn check(args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let kept = args.head.as_deref().map(read_head).transpose()?;
    let calendar = args.calendar.as_deref().map(|path| {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let read = read_calendar(&bytes);
        read.map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))
    });
    let known = Known {
        head: kept,
        calendar: calendar.transpose()?,
        now_ms: Some(Clock::System.now_ms()),
        some_proofs: is_address(&args.target),
    };
    let files = if is_address(&args.target) {
        Site::new(&args.target)?.read().await?
    } else {
        export::read(Path::new(&args.target))?
    };
    let report = verify(&files, &known);
    print(&report);
    if !report.is_sound() {
        return Ok(ExitCode::FAILURE);
    }
    if let (Some(path), Some(newest)) = (&args.keep_head, &report.head) {
        let text = head::to_json(newest).to_string();
        let written = std::fs::write(path, text);
        written.with_context(|| format!("keeping the head in {}", path.display()))?;
        println!("The newest head is kept in {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn is_address(target: &str) -> bool {
    target.starts_with("http://") || target.starts_with("https://")
}

fn read_head(path: &Path) -> anyhow::Result<SignedHead> {
    let doing = || format!("reading the head in {}", path.display());
    let bytes = std::fs::read(path).with_context(doing)?;
    let value = serde_json::from_slice(&bytes).with_context(doing)?;
    of_json(&value).with_context(|| {
        format!(
            "{} is no signed head; keep one with --keep-head, or save /log/head.json",
            path.display()
        )
    })
}

fn print(report: &Report) {
    for (count, what) in &report.checked {
        println!("checked {count} {what}");
    }
    for note in &report.notes {
        println!("note: {note}");
    }
    for fault in report.faults.iter().take(MOST_FAULTS) {
        println!("WRONG {}: {}", fault.place, fault.what);
    }
    if report.is_sound() {
        println!("Nothing was changed.");
    } else {
        println!(
            "{} things are not as they were published.",
            report.faults.len()
        );
    }
}

/// A site whose record is read.
struct Site {
    client: reqwest::Client,
    base: String,
}

impl Site {
    fn new(url: &str) -> anyhow::Result<Self> {
        // Whoever was first has set the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(PATIENCE).build();
        Ok(Self {
            client: client.context("making a client")?,
            base: url.trim_end_matches('/').to_owned(),
        })
    }

    /// The record as it stood under one head; one that grew meanwhile is read again.
    async fn read(&self) -> anyhow::Result<Files> {
        let mut files = self.read_once().await?;
        for _ in 0..2 {
            if self.ask(HEAD).await?.as_ref() == files.get(HEAD) {
                break;
            }
            files = self.read_once().await?;
        }
        Ok(files)
    }

    async fn read_once(&self) -> anyhow::Result<Files> {
        let mut files = Files::new();
        for path in [HEAD, HEADS, KEYS] {
            let found = self.ask(path).await?;
            files.extend(found.map(|bytes| (path.to_owned(), bytes)));
        }
        let newest = files.get(HEAD).and_then(|bytes| json_head(bytes));
        let Some(newest) = newest else {
            bail!("{} has no public log at /{HEAD}", self.base);
        };
        let bundles = 0..newest.size.div_ceil(BUNDLE);
        let bundles = stream::iter(bundles).map(|bundle| self.read_bundle(bundle, newest.size));
        let found: Vec<Files> = bundles.buffered(AT_ONCE).try_collect().await?;
        files.extend(found.into_iter().flatten());
        let sizes = files.get(HEADS).map_or_else(Vec::new, |bytes| sizes(bytes));
        if let [.., old, new] = sizes[..] {
            let path = consistency_path(old, new);
            let found = self.ask(&path).await?;
            files.extend(found.map(|bytes| (path, bytes)));
        }
        Ok(files)
    }

    /// The leaves of a bundle, their texts and the proofs of what readers hold on to.
    async fn read_bundle(&self, bundle: u64, size: u64) -> anyhow::Result<Files> {
        let [leaves, texts, proofs] =
            [bundle_path, texts_path, proofs_path].map(|path| path(bundle));
        let (leaves, texts, proofs) = tokio::try_join!(
            self.ask_lines(&leaves),
            self.ask_lines(&texts),
            self.ask_lines(&proofs)
        )?;
        let numbers = bundle * BUNDLE..size;
        let leaves = numbers
            .zip(leaves)
            .map(|(number, own)| (leaf_path(number), own));
        let texts = texts
            .into_iter()
            .map(|own| (document_path(&hex::encode(Sha256::digest(&own))), own));
        let proofs = proofs.into_iter().map(|own| {
            let index = serde_json::from_slice::<serde_json::Value>(&own).ok();
            let index = index.and_then(|proof| proof.get("index")?.as_u64());
            (inclusion_path(index.unwrap_or(u64::MAX)), own)
        });
        Ok(leaves.chain(texts).chain(proofs).collect())
    }

    async fn ask_lines(&self, path: &str) -> anyhow::Result<Vec<Vec<u8>>> {
        let text = self.ask(path).await?.unwrap_or_default();
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        Ok(lines
            .map(|line| line.strip_suffix(b"\n").unwrap_or(line).to_owned())
            .collect())
    }

    /// A file of the site; none if it has none of that name.
    async fn ask(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let url = format!("{}/{path}", self.base);
        let doing = || format!("asking {url}");
        let answer = self.client.get(&url).send().await.with_context(doing)?;
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = answer.error_for_status().with_context(doing)?;
        Ok(Some(answer.bytes().await.with_context(doing)?.to_vec()))
    }
}

fn json_head(bytes: &[u8]) -> Option<SignedHead> {
    of_json(&serde_json::from_slice(bytes).ok()?)
}

fn sizes(bytes: &[u8]) -> Vec<u64> {
    let value: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let heads = value.get("heads").and_then(serde_json::Value::as_array);
    let heads = heads.into_iter().flatten();
    heads.filter_map(of_json).map(|head| head.size).collect()
}

/// Carries out `publish`.
pub(super) async fn publish(command: PublishCommand) -> anyhow::Result<ExitCode> {
    let PublishCommand::Key(command) = command;
    let (KeyCommand::New(args) | KeyCommand::Rotate(args) | KeyCommand::Show(args)) = &command;
    let store = args.centre.open_store().await?;
    let keys = KeyFolder::new(&args.centre.key_folder());
    let ledger = match integrity::examine(&store).await? {
        Ok(ledger) => ledger,
        Err(what) => bail!("the record was altered: {what}"),
    };
    match &command {
        KeyCommand::New(_) if ledger.size() > 0 => {
            bail!("the log has a key; to put another in its place: publish key rotate")
        }
        KeyCommand::Rotate(_) if ledger.size() == 0 => {
            bail!("the log has no key yet; make its first one: publish key new")
        }
        KeyCommand::New(_) | KeyCommand::Rotate(_) => {
            bring_into_force(&store, &keys, &ledger).await?;
        }
        KeyCommand::Show(_) => show(&keys, &ledger),
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn bring_into_force(store: &Store, keys: &KeyFolder, ledger: &Ledger) -> anyhow::Result<()> {
    let in_force = ledger.keys.last().map(|(_, key)| key.id());
    let previous = in_force.map(|id| {
        let key = keys.load(&id)?;
        key.with_context(|| format!("the key in force is missing: {}", keys.file(&id).display()))
    });
    let previous = previous.transpose()?;
    let key = keys.make()?;
    let leaf = key_leaf(&key, previous.as_ref(), Clock::System.now_ms())?;
    let appended = store.append_leaf(&leaf).await;
    let number = appended.context("adding the key to the log")?.number;
    println!("Key {} is in force from leaf {number} on", key.id());
    println!(
        "Its secret lies in {}; keep a copy where nobody else can read it.",
        keys.file(&key.id()).display()
    );
    println!("A running server signs with it within seconds.");
    Ok(())
}

fn show(keys: &KeyFolder, ledger: &Ledger) {
    if ledger.keys.is_empty() {
        println!("The log has no key yet; a server makes one at its first start.");
        return;
    }
    println!("{}, {} leaves", ledger.origin(), ledger.size());
    for (number, key) in &ledger.keys {
        println!("from leaf {number}: {} ({})", key.id(), key.to_hex());
    }
    if let Some((_, key)) = ledger.keys.last() {
        let file = keys.file(&key.id());
        let state = if file.is_file() {
            "lies"
        } else {
            "is MISSING; it should lie"
        };
        println!("The secret of the last one {state} in {}", file.display());
    }
}
