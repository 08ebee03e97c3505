//! Honest records hold, all others are found.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

use super::*;
use crate::domain::log::Kind;
use crate::publish::keys::{KeyPair, key_leaf};
use crate::publish::leaf;
use crate::publish::record::{KEYS, inclusion_path, leaf_path};
use crate::publish::testing::History;

fn check(files: &Files) -> Report {
    verify(files, &Known::default())
}

fn only_fault(files: &Files, known: &Known) -> Fault {
    let report = verify(files, known);
    assert_eq!(report.faults.len(), 1, "{:?}", report.faults);
    report.faults[0].clone()
}

#[test]
fn the_record_that_another_program_made_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/record");
    let files = crate::publish::export::read(&folder).expect("the fixture");
    let report = check(&files);
    assert_eq!(report.faults, []);
    for told in [
        (13, "leaves"),
        (6, "signed heads"),
        (2, "editions"),
        (1, "missed slots"),
        (2, "days"),
    ] {
        assert!(report.checked.contains(&told), "{:?}", report.checked);
    }
}

#[test]
fn a_thousand_honest_histories_raise_no_alarm() {
    for seed in 0..1_000 {
        let history = History::honest(seed, 1 + usize::try_from(seed % 9).expect("small"));
        let report = check(&history.files());
        assert_eq!(report.faults, [], "seed {seed}");
        let kept = history.heads[history.heads.len() / 2].clone();
        let known = Known {
            head: Some(kept),
            ..Known::default()
        };
        assert!(verify(&history.files(), &known).is_sound(), "seed {seed}");
    }
}

#[test]
#[ignore = "writes what the verifiers are measured with; benches/README.md"]
fn ten_years_of_editions_are_written() {
    let folder = std::env::var("QUIETLINE_RECORD").expect("a folder to write to");
    for (name, has_days) in [("all", true), ("editions", false)] {
        let files = History::of_ten_years(has_days).files();
        let report = check(&files);
        assert_eq!(report.faults, []);
        let editions = report.checked.iter().find(|(_, what)| *what == "editions");
        assert_eq!(editions, Some(&(520, "editions")));
        crate::publish::export::write(&files, &Path::new(&folder).join(name)).expect("written");
    }
}

#[test]
fn every_single_bit_that_is_changed_in_an_edition_is_found() {
    let history = History::honest(7, 3);
    let files = history.files();
    let is_edition =
        |bytes: &Vec<u8>| leaf::read(bytes).is_ok_and(|told| told.kind == Kind::Edition);
    let number = history
        .leaves
        .iter()
        .position(is_edition)
        .expect("an edition");
    let path = leaf_path(number as u64);
    for bit in 0..files[&path].len() * 8 {
        let mut changed = files.clone();
        changed.get_mut(&path).expect("the leaf")[bit / 8] ^= 1 << (bit % 8);
        assert!(!check(&changed).is_sound(), "bit {bit}");
    }
}

/// Changes one thing in the files and says what it was.
fn mutate(files: &mut Files, chance: &mut StdRng) -> String {
    let paths: Vec<String> = files.keys().cloned().collect();
    let pick = |chance: &mut StdRng| paths[chance.random_range(0..paths.len())].clone();
    let (path, other) = (pick(chance), pick(chance));
    let bytes = files[&path].clone();
    let at = chance.random_range(0..bytes.len());
    let is_there = |number: &u64| files.contains_key(&leaf_path(*number));
    let leaves = (0..=u64::MAX).find(|number| !is_there(number)).unwrap_or(0);
    let number = chance.random_range(0..leaves);
    let own = files.entry(path.clone()).or_default();
    match chance.random_range(0..10) {
        0 => own[at] ^= 1 << chance.random_range(0..8),
        1 => own.insert(at, chance.random()),
        2 => {
            own.remove(at);
        }
        3 => own.truncate(at),
        4 => {
            files.remove(&path);
        }
        5 => {
            let replaced = files.insert(other.clone(), bytes).unwrap_or_default();
            files.insert(path.clone(), replaced);
        }
        6 => {
            // A leaf is left out, and those after it move up.
            for next in number + 1..leaves {
                let moved = files[&leaf_path(next)].clone();
                files.insert(leaf_path(next - 1), moved);
            }
            files.remove(&leaf_path(leaves - 1));
        }
        7 => {
            let thief = KeyPair::of_secret(&chance.random());
            let leaf = key_leaf(&thief, None, 1_793_610_000_000).expect("a leaf");
            files.insert(leaf_path(0), leaf.bytes);
            let told = leaf::read(&files[&leaf_path(0)]).expect("a leaf");
            let keys = crate::publish::record::keys_of([(0, &told)]);
            let keys = crate::publish::record::keys_json(&keys);
            files.insert(
                KEYS.to_owned(),
                canonical::to_bytes(&keys).expect("canonical"),
            );
        }
        8 => {
            let proof = files[&inclusion_path(number)].clone();
            files.insert(inclusion_path((number + 1) % leaves), proof);
        }
        _ => {
            files.insert(format!("{path}.bak"), bytes);
        }
    }
    format!("{path} {at} {other} {number}")
}

#[test]
fn ten_thousand_random_changes_of_the_record_are_found() {
    let mut chance = StdRng::seed_from_u64(6);
    let right = History::honest(11, 3).files();
    let (mut changed, mut same) = (0, 0);
    while changed < 10_000 {
        let mut files = right.clone();
        let what = mutate(&mut files, &mut chance);
        if files == right {
            same += 1;
            continue;
        }
        changed += 1;
        assert!(!check(&files).is_sound(), "change {changed}: {what}");
    }
    assert!(same < 1_000, "{same} changes changed nothing");
}

#[test]
fn history_rewritten_with_the_stolen_key_is_found_by_whoever_kept_a_head() {
    let history = History::honest(3, 5);
    let kept = history.heads[history.heads.len() - 2].clone();
    let known = Known {
        head: Some(kept),
        ..Known::default()
    };
    let mut leaves = history.leaves.clone();
    let is_edition =
        |bytes: &Vec<u8>| leaf::read(bytes).is_ok_and(|told| told.kind == Kind::Edition);
    let number = leaves.iter().position(is_edition).expect("an edition");
    let mut told = leaf::read(&leaves[number]).expect("a leaf");
    told.members
        .insert("comment".to_owned(), "All was well.".into());
    leaves[number] = canonical::to_bytes(&told.members.into()).expect("canonical");
    let files = history.rewritten(&leaves);
    assert_eq!(
        check(&files).faults,
        [],
        "the control: without a head nobody can tell"
    );
    let fault = only_fault(&files, &known);
    assert!(fault.what.contains("rewritten"), "{fault:?}");

    let shorter = history.leaves[..history.leaves.len() / 2].to_vec();
    let cut = verify(&history.rewritten(&shorter), &known);
    assert!(
        cut.faults
            .iter()
            .any(|fault| fault.what.contains("cut short")),
        "{:?}",
        cut.faults
    );
    let other = only_fault(&History::honest(4, 5).files(), &known);
    assert!(other.what.contains("another log"), "{other:?}");
    assert!(verify(&history.files(), &known).is_sound());
}

#[test]
fn a_week_that_was_left_out_is_named() {
    let mut history = History::begin(1);
    let facts = |history: &mut History, week: &str| {
        let hash = history.keep(&json!({"week": week}));
        history.tell(
            Kind::Edition,
            (week, 1),
            &json!({"documents": {"facts": hash}}),
        );
    };
    facts(&mut history, "2026-W52");
    facts(&mut history, "2027-W01");
    history.sign();
    let fault = only_fault(&history.files(), &Known::default());
    assert_eq!(fault.place, "2026-W53");
    history.tell(Kind::MissedSlot, ("2026-W53", 1), &json!({}));
    history.sign();
    assert!(check(&history.files()).is_sound());

    let calendar = br#"{"slots":[{"week":"2027-W01","due":"2027-01-11T09:00:00Z"},
        {"week":"2027-W02","due":"2027-01-18T09:00:00Z"}]}"#;
    let mut known = Known {
        calendar: Some(read_calendar(calendar).expect("a calendar")),
        now_ms: leaf::instant_ms("2027-01-18T08:59:59Z"),
        ..Known::default()
    };
    assert!(verify(&history.files(), &known).is_sound());
    known.now_ms = leaf::instant_ms("2027-01-18T09:00:00Z");
    assert_eq!(only_fault(&history.files(), &known).place, "2027-W02");
    assert!(read_calendar(b"{\"slots\":[{\"week\":\"2027-W2\"}]}").is_err());
}

#[test]
fn a_day_that_was_changed_after_its_promise_or_kept_back_is_named() {
    use crate::publish::days;
    let build = |opened: [Option<&str>; 2]| {
        let mut history = History::begin(2);
        for (day, opened) in ["2026-11-01", "2026-11-02"].into_iter().zip(opened) {
            let salt = [5; 32];
            let promised =
                canonical::to_bytes(&json!({"day": day, "offered": 10})).expect("canonical");
            let promise = days::commitment(&salt, &promised);
            let leaf = days::commitment_leaf(day, &promise, 1_793_610_000_000).expect("a leaf");
            history.append(&leaf);
            let Some(offered) = opened else { continue };
            let offered: i64 = offered.parse().expect("a number");
            let hash = history.keep(&json!({"day": day, "offered": offered}));
            let secret = (hex::encode(salt), hash);
            let secret = (secret.0.as_str(), secret.1.as_str());
            let leaf = days::opening_leaf(day, secret, 1_793_610_000_000).expect("a leaf");
            history.append(&leaf);
        }
        history.sign();
        check(&history.files())
    };
    assert_eq!(build([Some("10"), Some("10")]).faults, []);
    let waiting = build([Some("10"), None]);
    assert_eq!((waiting.faults.len(), waiting.notes.len()), (0, 1));
    let changed = build([Some("10"), Some("11")]);
    assert!(
        changed.faults[0].what.contains("not the one"),
        "{:?}",
        changed.faults
    );
    let kept_back = build([None, Some("10")]);
    assert!(
        kept_back.faults[0].what.contains("never opened"),
        "{:?}",
        kept_back.faults
    );
}
