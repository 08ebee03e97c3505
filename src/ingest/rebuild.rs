//! Proves, or restores, that tallies are the sum over contacts and counts, and that sealed days are
//! what they were.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::facts::{self, DayFacts, FactKey};
use crate::domain::period::{IntervalStart, Span};
use crate::domain::tally::{CellKey, Tally, contribution};
use crate::domain::volume;
use crate::store::facts::hash_of_frozen;
use crate::store::seal::DayCells;
use crate::store::{Store, StoreWriter, WriteTx};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Days whose cells were recomputed from contacts and counts.
    pub days_recomputed: usize,
    /// Contacts behind them.
    pub contacts: usize,
    /// Counts of sources that know no contacts behind them.
    pub counts: usize,
    /// Days that were checked by their hash.
    pub days_sealed: usize,
    /// Counts of surveys and complaints that were compared.
    pub facts: usize,
    /// Days that do not agree, with what is wrong.
    pub wrong: Vec<(Date, String)>,
}

/// Recomputes every unsealed day from contacts and counts, and every sealed one from its cells' hash, on one
/// snapshot; writes nothing.
///
/// # Errors
/// If the database fails or a row cannot be read.
pub async fn check(store: &Store, centre: &Centre) -> sqlx::Result<Findings> {
    let mut findings = Findings::default();
    let mut snapshot = store.snapshot().await?;
    // Of the same instant as the contacts: a day may be sealed at any moment.
    let sealed = snapshot.sealed_days().await?;
    for day in snapshot.known_days().await? {
        let kept = snapshot
            .cells_of_day(day, Span::of_day(day, &centre.zone))
            .await?;
        if let Some(hash) = sealed.get(&day) {
            findings.days_sealed += 1;
            if kept.hash() != *hash {
                findings
                    .wrong
                    .push((day, "its cells are not those that were sealed".to_owned()));
            }
            continue;
        }
        let (cells, contacts, counts) = recompute(&mut snapshot, centre, day).await?;
        findings.days_recomputed += 1;
        findings.contacts += contacts;
        findings.counts += counts;
        if let Some(difference) = difference(&kept, &DayCells::from_cells(&cells)) {
            findings.wrong.push((day, difference));
        }
    }
    check_facts(&mut snapshot, centre, &mut findings).await?;
    Ok(findings)
}

/// Surveys and complaints: of every day, what is frozen must have its hash, and the rest must be
/// the sum over the contacts and complaints that are kept.
async fn check_facts(
    tx: &mut WriteTx<'_>,
    centre: &Centre,
    findings: &mut Findings,
) -> sqlx::Result<()> {
    let mut counted: BTreeMap<Date, DayFacts> = BTreeMap::new();
    let mut days = tx.days_of_facts().await?;
    for (key, value) in recount_facts(tx, centre).await? {
        days.entry(key.day).or_default();
        counted.entry(key.day).or_default().insert(key, value);
    }
    for (day, frozen_hash) in days {
        let kept = tx.facts_of_day(day).await?;
        findings.facts += kept.len();
        if hash_of_frozen(&kept) != frozen_hash {
            let what = "its surveys and complaints are not those that were frozen";
            findings.wrong.push((day, what.to_owned()));
        }
        let right = counted.remove(&day).unwrap_or_default();
        let of_kept = |key: &FactKey| kept.get(key).map_or(0, |kept| kept.value - kept.frozen);
        let wrong = kept
            .keys()
            .chain(right.keys())
            .find(|key| of_kept(key) != right.get(key).copied().unwrap_or(0));
        if let Some(key) = wrong {
            let line = &key.place.line;
            let what = format!(
                "{} of line {line} differs from the sum over its contacts",
                key.fact
            );
            findings.wrong.push((day, what));
        }
    }
    Ok(())
}

/// What all contacts and complaints that are kept count, by day.
async fn recount_facts(tx: &mut WriteTx<'_>, centre: &Centre) -> sqlx::Result<DayFacts> {
    let mut counted = DayFacts::new();
    let kept = tx.followed_contacts(None).await?;
    for (_, contact) in kept.into_iter().chain(tx.complaints().await?) {
        facts::add(&mut counted, facts::contribution(&contact, centre), 1);
    }
    Ok(counted)
}

/// Sets the counts of surveys and complaints to what is frozen and what is counted again.
async fn rebuild_facts(tx: &mut WriteTx<'_>, centre: &Centre, now_ms: Millis) -> sqlx::Result<()> {
    let mut deltas = recount_facts(tx, centre).await?;
    for day in tx.days_of_facts().await?.into_keys() {
        for (key, kept) in tx.facts_of_day(day).await? {
            *deltas.entry(key).or_default() += kept.frozen - kept.value;
        }
    }
    tx.add_facts(&deltas, now_ms).await
}

/// Writes the cells of every unsealed day anew from its contacts and counts; says how many days.
///
/// # Errors
/// If the database fails; then nothing was changed.
pub async fn rebuild(
    writer: &mut StoreWriter,
    sealed: &BTreeMap<Date, String>,
    centre: &Centre,
    now_ms: Millis,
) -> sqlx::Result<usize> {
    let mut tx = writer.begin().await?;
    let days = tx.known_days().await?;
    let mut rebuilt = 0;
    for day in days.into_iter().filter(|day| !sealed.contains_key(day)) {
        let (cells, ..) = recompute(&mut tx, centre, day).await?;
        let span = Span::of_day(day, &centre.zone);
        let from = IntervalStart::containing(span.start_ms);
        let to = IntervalStart::containing(span.end_ms);
        tx.clear_cells(day, from, to).await?;
        tx.put_cells(&cells, now_ms).await?;
        rebuilt += 1;
    }
    rebuild_facts(&mut tx, centre, now_ms).await?;
    tx.commit().await?;
    Ok(rebuilt)
}

/// The cells of a day, and how many contacts and counts are behind them.
async fn recompute(
    tx: &mut WriteTx<'_>,
    centre: &Centre,
    day: Date,
) -> sqlx::Result<(BTreeMap<CellKey, Tally>, usize, usize)> {
    let contacts = tx.contacts_of_day(day).await?;
    let mut cells: BTreeMap<CellKey, Tally> = BTreeMap::new();
    for (cell, tally) in contacts
        .iter()
        .filter_map(|contact| contribution(contact, &centre.zone))
    {
        *cells.entry(cell).or_default() += &tally;
    }
    let registers = tx.registers_of_day(day).await?;
    for (key, register) in &registers {
        let (cell, tally) = volume::contribution(key, register, &centre.zone);
        *cells.entry(cell).or_default() += &tally;
    }
    Ok((cells, contacts.len(), registers.len()))
}

fn difference(kept: &DayCells, right: &DayCells) -> Option<String> {
    if kept == right {
        return None;
    }
    let by_day = kept
        .day
        .iter()
        .find(|(place, tally)| right.day.get(place) != Some(tally));
    let missing = right.day.keys().find(|place| !kept.day.contains_key(place));
    let place = by_day.map(|(place, _)| place).or(missing);
    Some(place.map_or_else(
        || "an interval differs from the sum over its contacts and counts".to_owned(),
        |place| {
            let channel = place.channel.name();
            format!(
                "line {} ({channel}) differs from the sum over its contacts and counts",
                place.line
            )
        },
    ))
}
