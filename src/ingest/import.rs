//! `quietline import`: files in, every row accounted for.
//!
//! A row becomes the events that a live source would have sent, and passes the same door. Batches
//! are acknowledged one by one and the names of events follow from their rows, so an import that
//! was interrupted is simply repeated.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use jiff::civil::Date;

use super::account::{Account, Break, RefusedRow};
use super::covers::{DayRange, ranges};
use super::door::{Door, Threshold};
use super::keys::KeyMaker;
use super::mapping::{Mapped, Mapper};
use super::rows::{Next, RowReader};
use super::sink::{Outcome, Outgoing, SubmitBatches};
use crate::config::map::{Covers, ImportMap};
use crate::domain::centre::Centre;
use crate::domain::event::{Event, Millis};

/// Events sent together: enough that the commit's cost no longer shows, few enough that an
/// interrupted import has little to repeat.
pub(super) const EVENTS_A_BATCH: usize = 2_000;

/// A bar on stderr that moves with the bytes of the files; hidden where stderr is no terminal.
#[must_use]
pub fn progress_bar(files: &[PathBuf]) -> ProgressBar {
    let length = |file: &PathBuf| std::fs::metadata(file).map_or(0, |data| data.len());
    let bar = ProgressBar::new(files.iter().map(length).sum());
    let form = "{bar:40} {bytes}/{total_bytes} {eta} {msg}";
    if let Ok(style) = indicatif::ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar
}

/// Imports files and says what became of every row.
///
/// # Errors
/// If a file cannot be opened or is not what the map describes, or the batches cannot be taken
/// in. What was acknowledged until then stays.
pub async fn import_files(
    map: &ImportMap,
    centre: &Centre,
    keys: &KeyMaker,
    now_ms: Millis,
    files: &[PathBuf],
    sink: &mut impl SubmitBatches,
    progress: &ProgressBar,
) -> anyhow::Result<Account> {
    let door = Door::new(centre, keys.clone());
    let mut mapper = Mapper::new(map, centre)?;
    let threshold = door.open_to(&map.source, now_ms).ok_or_else(|| {
        anyhow::anyhow!("the map's source {:?} is not in centre.toml", map.source)
    })?;
    let mut account = Account::default();
    for file in files {
        let name = (files.len() > 1).then(|| file.display().to_string());
        let mut import = FileImport::new(threshold, name, &mut account);
        import.run(file, map, &mut mapper, sink, progress).await?;
    }
    account
        .refused
        .sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    account.ambiguous_times = mapper.ambiguous_times;
    account.skipped_times = mapper.skipped_times;
    Ok(account)
}

/// One file on its way in.
pub(super) struct FileImport<'a> {
    threshold: Threshold<'a>,
    /// Its name, where there are several files.
    name: Option<String>,
    pub(super) account: &'a mut Account,
    waiting: Waiting,
}

/// Rows that are not acknowledged yet.
#[derive(Default)]
struct Waiting {
    outgoing: Outgoing,
    /// Line of each row and how many events it has.
    rows: Vec<(u64, usize)>,
}

/// The local days of a file's rows.
#[derive(Default)]
pub(super) struct Days {
    pub(super) all: BTreeSet<Date>,
    unsorted: bool,
}

impl Days {
    pub(super) fn note(&mut self, day: Option<Date>) {
        if let Some(day) = day {
            self.unsorted |= self.all.last().is_some_and(|last| day < *last);
            self.all.insert(day);
        }
    }

    /// The days a file covers that broke off: of a sorted one all but the last, which may have
    /// had more rows; of another none, for any day may have had more.
    pub(super) fn without_the_end(mut self) -> BTreeSet<Date> {
        self.all.pop_last();
        if self.unsorted {
            BTreeSet::new()
        } else {
            self.all
        }
    }
}

impl<'a> FileImport<'a> {
    /// A file whose rows pass this door; `name` where there are several files.
    pub(super) fn new(
        threshold: Threshold<'a>,
        name: Option<String>,
        account: &'a mut Account,
    ) -> Self {
        Self {
            threshold,
            name,
            account,
            waiting: Waiting::default(),
        }
    }

    /// Whether so many events wait that they should be sent.
    pub(super) fn is_full(&self, events: usize) -> bool {
        self.waiting.outgoing.events.len() >= events
    }

    /// Covers days with what is sent next.
    pub(super) fn cover(&mut self, days: Vec<DayRange>) {
        self.waiting.outgoing.covers = days;
    }

    async fn run(
        &mut self,
        file: &Path,
        map: &ImportMap,
        mapper: &mut Mapper<'_>,
        sink: &mut impl SubmitBatches,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        let mut reader = RowReader::open(file, map, progress)?;
        let mut days = Days::default();
        let broken = loop {
            match reader.next_row() {
                Next::End => break None,
                Next::Broken(line, cause) => break Some((line, cause)),
                Next::Refused(line, reason) => {
                    self.account.rows += 1;
                    self.refuse(line, reason);
                }
                Next::Row(line, row) => {
                    self.account.rows += 1;
                    let (day, said) = mapper.map_row(&row);
                    days.note(day);
                    self.take(line, said);
                }
            }
            if self.waiting.outgoing.events.len() >= EVENTS_A_BATCH {
                self.flush(sink).await?;
            }
        };
        self.waiting.outgoing.covers = match (&map.covers, broken.is_some()) {
            (Covers::Rows, false) => ranges(&days.all),
            (Covers::Rows, true) => ranges(&days.without_the_end()),
            (Covers::Days(days), false) => days.clone(),
            (Covers::Days(_), true) => Vec::new(),
        };
        self.flush(sink).await?;
        if let Some((line, cause)) = broken {
            let file = file.display().to_string();
            self.account.truncated.push(Break { file, line, cause });
        }
        Ok(())
    }

    /// Passes a row through the door: all of its events, or none of them.
    pub(super) fn take(&mut self, line: u64, mapped: Result<Mapped, String>) {
        let mapped = match mapped {
            Ok(mapped) if mapped.events.is_empty() => {
                self.account.not_a_contact += 1;
                return;
            }
            Ok(mapped) => mapped,
            Err(reason) => return self.refuse(line, reason),
        };
        let admitted: Result<Vec<Event>, _> = mapped
            .events
            .iter()
            .map(|(_, wire)| self.threshold.admit(wire))
            .collect();
        let outgoing = &mut self.waiting.outgoing;
        match admitted {
            Ok(events) => {
                self.waiting.rows.push((line, events.len()));
                outgoing.events.extend(events);
                outgoing
                    .wires
                    .extend(mapped.events.into_iter().map(|(_, wire)| wire));
            }
            Err(refusal) => {
                outgoing.rejected += i64::try_from(mapped.events.len()).unwrap_or(i64::MAX);
                self.refuse(
                    line,
                    format!("{}: {}", refusal.reason.word(), refusal.detail),
                );
            }
        }
    }

    /// Sends what waits and settles its rows once it is durable.
    pub(super) async fn flush(&mut self, sink: &mut impl SubmitBatches) -> anyhow::Result<()> {
        let Waiting { outgoing, rows } = std::mem::take(&mut self.waiting);
        if outgoing.events.is_empty() && outgoing.covers.is_empty() && outgoing.rejected == 0 {
            return Ok(());
        }
        let outcomes = sink.submit(outgoing).await?;
        let mut outcomes = outcomes.into_iter();
        for (line, events) in rows {
            let row: Vec<Outcome> = outcomes.by_ref().take(events).collect();
            self.settle(line, &row);
        }
        Ok(())
    }

    fn settle(&mut self, line: u64, outcomes: &[Outcome]) {
        let refused = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Refused(reason) => Some(reason.clone()),
            Outcome::TakenIn | Outcome::Duplicate => None,
        });
        if let Some(reason) = refused {
            self.refuse(line, reason);
        } else if outcomes
            .iter()
            .all(|outcome| *outcome == Outcome::Duplicate)
        {
            self.account.duplicate += 1;
        } else {
            self.account.imported += 1;
        }
    }

    fn refuse(&mut self, line: u64, reason: String) {
        let file = self.name.clone();
        self.account.refused.push(RefusedRow { line, reason, file });
    }
}

#[cfg(test)]
mod tests;
