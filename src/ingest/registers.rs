//! Registers of counts in work, within one transaction: what `apply` does with contacts, for what
//! sources say that know none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::batch::{Applied, Batch};
use crate::domain::event::Event;
use crate::domain::period::local_day;
use crate::domain::tally::{CellKey, Tally};
use crate::domain::volume::{Register, RegisterKey, contribution};
use crate::store::WriteTx;

/// The registers that a transaction may change.
#[derive(Debug)]
pub(super) struct Registers {
    /// As they stood, and as they are now where that is different.
    works: HashMap<RegisterKey, (Option<Register>, Option<Register>)>,
}

impl Registers {
    /// Loads the registers that some batches speak about.
    pub(super) async fn load(tx: &mut WriteTx<'_>, batches: &[Batch]) -> sqlx::Result<Self> {
        let events = batches.iter().flat_map(|batch| &batch.events);
        let starts: BTreeSet<_> = events
            .filter_map(|event| match event {
                Event::Volume(key, _) => Some(key.start_ms),
                _ => None,
            })
            .collect();
        let mut works = HashMap::new();
        if !starts.is_empty() {
            let standing = tx.load_registers(starts.into_iter().collect()).await?;
            let work = |(key, register)| (key, (Some(register), None));
            works.extend(standing.into_iter().map(work));
        }
        Ok(Self { works })
    }

    /// Joins a count into its register, unless that would change a sealed day.
    pub(super) fn join(
        &mut self,
        key: RegisterKey,
        register: Register,
        is_sealed: impl Fn(&RegisterKey) -> bool,
    ) -> Applied {
        let (before, after) = self
            .works
            .get(&key)
            .map_or((None, None), |(before, after)| {
                (before.as_ref(), after.as_ref())
            });
        let standing = after.or(before);
        if standing.is_some_and(|standing| !register.wins_over(standing)) {
            return Applied::Duplicate;
        }
        if is_sealed(&key) {
            return Applied::Sealed;
        }
        self.works.entry(key).or_default().1 = Some(register);
        Applied::Counted
    }

    /// Saves what changed and adds the differences to cells.
    pub(super) async fn save(
        self,
        tx: &mut WriteTx<'_>,
        zone: &TimeZone,
        cells: &mut BTreeMap<CellKey, Tally>,
    ) -> sqlx::Result<()> {
        let mut rows: Vec<(RegisterKey, Date, Register)> = Vec::new();
        for (key, (before, after)) in self.works {
            let Some(after) = after else { continue };
            if let Some(before) = before {
                let (cell, tally) = contribution(&key, &before, zone);
                *cells.entry(cell).or_default() -= &tally;
            }
            let (cell, tally) = contribution(&key, &after, zone);
            *cells.entry(cell).or_default() += &tally;
            let day = local_day(key.start_ms, zone);
            rows.push((key, day, after));
        }
        // Sorted, so that pages are met in their order.
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        tx.save_registers(rows).await
    }
}
