//! The words of editions, and the sentences that are made of their numbers.

use std::collections::BTreeMap;

use super::{Lang, Words};
use crate::domain::edition::State;
use crate::domain::edition::facts::Cell;
use crate::domain::edition::findings::{Against, Finding};
use crate::domain::measures::Measure;

macro_rules! texts {
    ($($field:ident),* $(,)?) => {
        /// What editions, and the desk on which they are signed, say.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are named after what they say; read en/edition.rs")]
        pub struct EditionWords { $(pub $field: &'static str,)* }

        #[cfg(test)]
        impl EditionWords {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

texts! {
    nav, title, intro, none_yet, calendar_title, coming, past, week, week_of, due_at, state, versions,
    proof, proof_note, state_due, state_unsigned, state_published, state_signed_late, state_not_signed,
    state_missed, late_by, day_one, days_many, subscribe_calendar, subscribe_atom, as_json, as_csv,
    as_svg, as_png, officer_says, no_comment, signed_by, signed_on, not_signed_by, not_signed_yet,
    nobody_named, unsupported, unsupported_note, findings, no_findings, findings_note, figures,
    figure, this_week, before, last_year, four_weeks, target, by_day, lines, causes, line, cause,
    actions_title, no_actions, forecasts_title, no_forecasts, contacts_within, waits_within,
    trust_title, completeness, days_told, days_closed, days_unreliable, days_missing, conservation,
    adds_up, off_by, withheld, not_known, revised, no_breaks, breaks, version_since, threshold_since, seen_by,
    seen_by_nobody, superseded, newest, version, correction, corrected_by, reason, size_of_change,
    late_signature, figures_changed, days_changed, largest_change, released_at, sample, leaf, hash, facts_hash, no_data, chart_title,
    share_title, next_edition, desk_title, desk_intro, open_draft, open_warning, no_drafts, draft_of,
    sceptic_title, sceptic_none, two_points, few_cases, missing_days, changed_definitions, comment,
    comment_help, characters, preview, preview_title, sign_title, sign_help, password, code, sign,
    signed_already, scheduled_for, signs_late, no_draft, fault_too_long, fault_hidden, fault_html,
    fault_markup, fault_foreign, fault_unknown, wrong_factor, unsound, officers_only, correct_title,
    correct_help, correct, no_reason, unchanged, not_out, bindable,
}

impl EditionWords {
    /// What became of a slot.
    #[must_use]
    pub fn state(&self, state: State) -> String {
        match state {
            State::Due => self.state_due.to_owned(),
            State::Unsigned => self.state_unsigned.to_owned(),
            State::Published => self.state_published.to_owned(),
            State::SignedLate { days } => {
                let unit = if days == 1 {
                    self.day_one
                } else {
                    self.days_many
                };
                self.state_signed_late
                    .replace("{}", &format!("{days}\u{a0}{unit}"))
            }
            State::NotSigned => self.state_not_signed.to_owned(),
            State::Missed => self.state_missed.to_owned(),
        }
    }
}

/// A value of a measure, written in its unit.
#[must_use]
pub fn figure_words(words: &Words, unit: &str, value: f64) -> String {
    if value.is_infinite() {
        return words.over_ten_days().to_owned();
    }
    let (value, places, unit) = match unit {
        "seconds" if value >= 300.0 => (value / 60.0, 1, words.unit_minutes),
        "seconds" => (value, 0, words.unit_seconds),
        "percent" => (value, 1, words.unit_percent),
        "points" => (value, 1, words.unit_points),
        "per_thousand" => (value, 2, words.unit_per_thousand),
        "contacts" | "complaints" | "surveys" => return words.number(value, 0),
        _ => (value, 1, ""),
    };
    let number = words.number(value, places);
    if unit.is_empty() {
        number
    } else {
        words.with_unit(&number, unit)
    }
}

/// A published value with its mark, as a table shows it.
#[must_use]
pub fn cell_words(words: &Words, unit: &str, cell: &Cell) -> String {
    let bound = |word: &str, text: &Option<String>| {
        let value = text.as_ref()?.parse().ok()?;
        Some(format!("{word} {}", figure_words(words, unit, value)))
    };
    let value = cell
        .number()
        .map(|value| figure_words(words, unit, value))
        .or_else(|| bound(words.under, &cell.under))
        .or_else(|| bound(words.at_least, &cell.at_least));
    match (value, cell.mark.as_deref()) {
        (None, Some("closed")) => words.closed.to_owned(),
        (value, None | Some("closed")) => value.unwrap_or_else(|| words.no_value.to_owned()),
        (value, Some(mark)) => {
            let value = value.unwrap_or_else(|| words.no_value.to_owned());
            format!("{value}\u{a0}[{mark}]")
        }
    }
}

/// A finding in a sentence of every language.
#[must_use]
pub fn finding_words(finding: &Finding) -> BTreeMap<String, String> {
    let said = Lang::ALL.map(|lang| (lang.code().to_owned(), finding_sentence(lang, finding)));
    said.into()
}

fn finding_sentence(lang: Lang, finding: &Finding) -> String {
    let words = lang.words();
    let unit = Measure::from_id(&finding.measure).map_or("", |own| own.unit);
    let value = |text: &str| {
        let value = text.parse().ok();
        value.map_or_else(|| text.to_owned(), |value| figure_words(words, unit, value))
    };
    let named = words.measures.of(&finding.measure);
    let name = named.map_or(finding.measure.as_str(), |own| own.name);
    let (now, then) = (value(&finding.value), value(&finding.then));
    let is_up = finding.change == "up";
    match (lang, finding.against) {
        (Lang::En, Against::Usual) => {
            let side = if is_up { "above" } else { "below" };
            format!(
                "{name}: {now}. A signal: {side} what was usual in the last half year (mean {then})."
            )
        }
        (Lang::Fr, Against::Usual) => {
            let side = if is_up { "au-dessus" } else { "au-dessous" };
            format!(
                "{name}\u{a0}: {now}. Un signal\u{a0}: {side} de l’habituel des six derniers mois (moyenne {then})."
            )
        }
        (Lang::En, against) => {
            let side = if is_up { "higher" } else { "lower" };
            let when = if against == Against::Before {
                "the week before"
            } else {
                "the same week last year"
            };
            format!("{name}: {now}, clearly {side} than {when} ({then}).")
        }
        (Lang::Fr, against) => {
            let side = if is_up { "plus haut" } else { "plus bas" };
            let when = if against == Against::Before {
                "la semaine précédente"
            } else {
                "la même semaine de l’année passée"
            };
            format!("{name}\u{a0}: {now}, nettement {side} que {when} ({then}).")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{EN, FR};

    #[test]
    fn nothing_is_empty_in_any_language() {
        for lang in Lang::ALL {
            for (name, text) in lang.words().edition.all() {
                assert!(!text.is_empty(), "{name} is missing in {}", lang.code());
            }
        }
    }

    #[test]
    fn a_finding_is_said_with_its_numbers() {
        let finding = Finding {
            measure: "service_level".to_owned(),
            against: Against::Before,
            change: "down".to_owned(),
            value: "64.1".to_owned(),
            then: "81.94".to_owned(),
            weight: "5.00".to_owned(),
            rule: None,
            words: BTreeMap::new(),
        };
        let said = finding_words(&finding);
        assert!(
            said["en"].ends_with(": 64.1%, clearly lower than the week before (81.9%)."),
            "{said:?}"
        );
        assert!(
            said["fr"].contains("64,1\u{a0}%, nettement plus bas"),
            "{said:?}"
        );
    }

    #[test]
    fn missing_withheld_and_bounds_are_written_as_what_they_are() {
        let cell = |value: Option<&str>, under: Option<&str>, mark: Option<&str>| Cell {
            value: value.map(str::to_owned),
            under: under.map(str::to_owned),
            mark: mark.map(str::to_owned),
            ..Cell::default()
        };
        let said = |own: &Cell| cell_words(&EN, "contacts", own);
        assert_eq!(said(&cell(Some("12345"), None, None)), "12,345");
        assert_eq!(said(&cell(Some("12"), None, Some("r"))), "12\u{a0}[r]");
        assert!(said(&cell(None, Some("5"), Some("c"))).ends_with("5\u{a0}[c]"));
        assert!(said(&cell(None, None, Some("x"))).ends_with("[x]"));
        assert_eq!(
            FR.edition.state(State::SignedLate { days: 1 }),
            "signée avec 1\u{a0}jour de retard"
        );
        assert_eq!(
            EN.edition.state(State::SignedLate { days: 3 }),
            "signed 3\u{a0}days late"
        );
    }
}
