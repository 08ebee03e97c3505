//! Every day that was committed to was opened, and the opened record is the one committed to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;

use super::Look;
use super::leaves::Leaves;
use crate::domain::log::Kind;
use crate::publish::days::commitment;
use crate::publish::leaf::Told;
use crate::publish::record::{document_path, leaf_path};

/// Checks commitments, openings, and that no day between was left out.
pub(super) fn check(look: &mut Look<'_>, leaves: &Leaves) {
    let mut committed: BTreeMap<Date, (u64, &Told)> = BTreeMap::new();
    for (number, told) in leaves.of(Kind::DayCommitment) {
        let Some(day) = day_of(told) else {
            look.report
                .fault(leaf_path(number), "its subject is no day");
            continue;
        };
        let expected = committed
            .last_key_value()
            .map(|(last, _)| last.saturating_add(1.day()));
        if expected.is_some_and(|expected| expected != day) || told.version != 1 {
            let what = "the days that are committed to do not follow one another";
            look.report.fault(leaf_path(number), what);
        }
        committed.insert(day, (number, told));
    }
    let mut opened = Vec::new();
    for (number, told) in leaves.of(Kind::DayOpening) {
        let own = day_of(told).and_then(|day| Some((day, *committed.get(&day)?)));
        let Some((day, (promised, commitment))) = own.filter(|(_, (own, _))| *own < number) else {
            let what = "it opens a day that was not committed to before";
            look.report.fault(leaf_path(number), what);
            continue;
        };
        opened.push(day);
        if let Err(what) = check_opening(look, told, commitment) {
            let place = format!("{}, opened by leaf {number}", leaf_path(promised));
            look.report.fault(place, what);
        }
    }
    check_unopened(look, &committed, &opened);
    look.report.checked.push((opened.len(), "days"));
}

/// Days are opened in order, so one left out is one kept back.
fn check_unopened(look: &mut Look<'_>, committed: &BTreeMap<Date, (u64, &Told)>, opened: &[Date]) {
    let last = opened.iter().max();
    let mut waiting = 0;
    for (day, (number, _)) in committed.iter().filter(|(day, _)| !opened.contains(day)) {
        if last.is_some_and(|last| last > day) {
            let what = format!("{day} was committed to and never opened");
            look.report.fault(leaf_path(*number), what);
        } else {
            waiting += 1;
        }
    }
    if waiting > 0 {
        let note = format!("{waiting} days at the end are committed to and not opened yet");
        look.report.notes.push(note);
    }
}

/// Of a record: which day it is of. All of it is looked at with the documents.
#[derive(Deserialize)]
struct Opened<'t> {
    #[serde(borrow)]
    day: Cow<'t, str>,
}

fn check_opening(look: &mut Look<'_>, told: &Told, promise: &Told) -> Result<(), &'static str> {
    let document = told.documents.get("record");
    let path = document.map(|hash| document_path(hash));
    let record = path.and_then(|path| look.files.get(&path));
    let record = record.ok_or("the record of the day is missing")?;
    let mut salt = [0; 32];
    let text = told.text("salt").ok_or("its salt is missing")?;
    hex::decode_to_slice(text, &mut salt).map_err(|_| "its salt cannot be read")?;
    if promise.text("commitment") != Some(commitment(&salt, record).as_str()) {
        return Err("the record that was opened is not the one that was committed to");
    }
    let opened = serde_json::from_slice(record);
    if opened.map_or(true, |own: Opened| own.day != told.subject) {
        return Err("the record is that of another day");
    }
    Ok(())
}

fn day_of(told: &Told) -> Option<Date> {
    let day: Date = told.subject.parse().ok()?;
    (day.to_string() == told.subject).then_some(day)
}
