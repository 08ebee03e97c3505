//! `quietline import --format asterisk-queue-log`: past logs in, every line accounted for.
//!
//! The events are named as the running server names them, so a log that is both tailed and
//! imported counts once, also after it was renamed, copied or compressed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

use super::account::{Account, Break};
use super::adapters::Said;
use super::adapters::asterisk::QueueLog;
use super::covers::ranges;
use super::door::{Door, EARLIEST_MS};
use super::follow::{PRINT_BYTES, print_of};
use super::import::{Days, EVENTS_A_BATCH, FileImport};
use super::keys::KeyMaker;
use super::mapping::Mapped;
use super::sink::SubmitBatches;
use super::tail::event_name;
use crate::domain::centre::{Centre, Feed, Source};
use crate::domain::event::Millis;
use crate::domain::period::local_day;

/// A longer line is not one of a log.
const MOST_LINE_BYTES: u64 = 64 * 1024;

/// Imports logs of a source, earliest first, and says what became of every line.
///
/// # Errors
/// If a file cannot be opened, or the batches cannot be taken in. What was acknowledged until
/// then stays.
pub async fn import_logs(
    (source, feed): (&Source, &Feed),
    centre: &Centre,
    keys: &KeyMaker,
    now_ms: Millis,
    files: &[PathBuf],
    sink: &mut impl SubmitBatches,
    progress: &ProgressBar,
) -> anyhow::Result<Account> {
    let door = Door::new(centre, keys.clone());
    let threshold = door.open_to(&source.id, now_ms);
    let threshold = threshold.context("the source is not in centre.toml")?;
    let mut account = Account::default();
    // One reader for all: a call may wait in one file and be answered in the next.
    let mut log = QueueLog::new(feed.clone(), &source.prefix);
    for file in files {
        let opened = File::open(file).with_context(|| format!("opening {}", file.display()))?;
        let input = inflated(progress.wrap_read(opened))?;
        let name = (files.len() > 1).then(|| file.display().to_string());
        let mut import = LogImport {
            file: FileImport::new(threshold, name, &mut account),
            now_ms,
            centre,
        };
        import.run(file, input, &mut log, sink).await?;
    }
    Ok(account)
}

struct LogImport<'a> {
    file: FileImport<'a>,
    now_ms: Millis,
    centre: &'a Centre,
}

impl LogImport<'_> {
    async fn run(
        &mut self,
        path: &Path,
        mut input: impl BufRead,
        log: &mut QueueLog,
        sink: &mut impl SubmitBatches,
    ) -> anyhow::Result<()> {
        let mut days = Days::default();
        let (mut number, mut offset, mut print) = (0, 0, String::new());
        let mut line = Vec::new();
        loop {
            number += 1;
            line.clear();
            let read = (&mut input)
                .take(MOST_LINE_BYTES)
                .read_until(b'\n', &mut line);
            let bytes = match read {
                Ok(0) => break,
                Ok(bytes) => u64::try_from(bytes).unwrap_or(u64::MAX),
                Err(error) => {
                    let file = path.display().to_string();
                    let cause = error.to_string();
                    self.file.account.truncated.push(Break {
                        file,
                        line: number,
                        cause,
                    });
                    break;
                }
            };
            if offset == 0 {
                print = print_of(&line[..line.len().min(PRINT_BYTES)]).unwrap_or_default();
            }
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let read = log.read(text, &event_name(&print, offset));
            offset += bytes;
            let known = read
                .at_ms
                .filter(|at| (EARLIEST_MS..=self.now_ms).contains(at));
            days.note(known.map(|at_ms| local_day(at_ms, &self.centre.zone)));
            self.account(number, read.said);
            if self.file.is_full(EVENTS_A_BATCH) {
                self.file.flush(sink).await?;
            }
        }
        let broken = !self.file.account.truncated.is_empty();
        let days = if broken {
            days.without_the_end()
        } else {
            days.all
        };
        self.file.cover(ranges(&days));
        self.file.flush(sink).await
    }

    fn account(&mut self, number: u64, said: Said) {
        self.file.account.rows += 1;
        match said {
            Said::Ignored(reason) => {
                self.file.account.not_a_contact += 1;
                *self
                    .file
                    .account
                    .ignored
                    .entry(reason.to_owned())
                    .or_default() += 1;
            }
            Said::Refused(reason) => self.file.take(number, Err(reason)),
            Said::Events(events) => {
                let events = events.into_iter().map(|event| (0, event)).collect();
                self.file.take(number, Ok(Mapped { events }));
            }
        }
    }
}

/// Plain or gzip, told by the first bytes.
fn inflated(input: impl Read + Send + 'static) -> std::io::Result<Box<dyn BufRead + Send>> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    if input.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let inflated = MultiGzDecoder::new(input);
        return Ok(Box::new(BufReader::with_capacity(64 * 1024, inflated)));
    }
    Ok(Box::new(input))
}
