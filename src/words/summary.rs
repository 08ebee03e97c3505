//! A range in one to three sentences.

use super::{Lang, Words};

/// What there is to say, already written as the language writes numbers and dates.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// "Contact attempts, all lines together, 23 October – 22 November 2026, by day".
    pub what: String,
    /// The sum, for counts.
    pub total: Option<String>,
    /// When and how much.
    pub busiest: Option<(String, String)>,
    /// When and how much.
    pub quietest: Option<(String, String)>,
    /// The middle.
    pub median: Option<String>,
    /// Points withheld.
    pub withheld: usize,
    /// Points without data.
    pub missing: usize,
    /// What it is compared with, how many points are clearly higher, clearly lower, and judged.
    pub compared: Option<(String, usize, usize, usize)>,
    /// The target, if it is compared with it.
    pub target: Option<String>,
    /// How many signals control limits show.
    pub signals: Option<usize>,
}

/// The sentences.
#[must_use]
pub fn summary_text(words: &Words, said: &Said) -> String {
    let mut text = format!("{}{}", said.what, colon(words));
    let mut parts = Vec::new();
    match words.lang {
        Lang::En => {
            parts.extend(said.total.as_ref().map(|total| format!("{total} in total")));
            parts.extend(
                said.busiest
                    .as_ref()
                    .map(|(when, value)| format!("highest {when} ({value})")),
            );
            parts.extend(
                said.quietest
                    .as_ref()
                    .map(|(when, value)| format!("lowest {when} ({value})")),
            );
            parts.extend(
                said.median
                    .as_ref()
                    .map(|median| format!("median {median}")),
            );
        }
        Lang::Fr => {
            parts.extend(said.total.as_ref().map(|total| format!("{total} au total")));
            parts.extend(
                said.busiest
                    .as_ref()
                    .map(|(when, value)| format!("maximum {when} ({value})")),
            );
            parts.extend(
                said.quietest
                    .as_ref()
                    .map(|(when, value)| format!("minimum {when} ({value})")),
            );
            parts.extend(
                said.median
                    .as_ref()
                    .map(|median| format!("médiane {median}")),
            );
        }
    }
    if parts.is_empty() {
        parts.push(words.history.none_yet.to_lowercase());
    }
    text += &parts.join(", ");
    text.push('.');
    let more = [
        unknown(words, said),
        comparison(words, said),
        overlay(words, said),
    ];
    for sentence in more.iter().flatten() {
        text.push(' ');
        text += sentence;
    }
    text
}

fn colon(words: &Words) -> &'static str {
    match words.lang {
        Lang::En => ": ",
        Lang::Fr => "\u{a0}: ",
    }
}

fn unknown(words: &Words, said: &Said) -> Option<String> {
    let number = |n: usize| words.count(i64::try_from(n).unwrap_or(i64::MAX));
    let (withheld, missing) = (number(said.withheld), number(said.missing));
    match (words.lang, said.withheld, said.missing) {
        (_, 0, 0) => None,
        (Lang::En, _, 0) => Some(format!("Withheld, because of few contacts: {withheld}.")),
        (Lang::En, 0, _) => Some(format!("Without data: {missing}.")),
        (Lang::En, _, _) => Some(format!(
            "Withheld, because of few contacts: {withheld}; without data: {missing}."
        )),
        (Lang::Fr, _, 0) => Some(format!("Non publiés, faute de contacts\u{a0}: {withheld}.")),
        (Lang::Fr, 0, _) => Some(format!("Sans données\u{a0}: {missing}.")),
        (Lang::Fr, _, _) => Some(format!(
            "Non publiés, faute de contacts\u{a0}: {withheld}\u{202f}; sans données\u{a0}: {missing}."
        )),
    }
}

fn comparison(words: &Words, said: &Said) -> Option<String> {
    if let Some(target) = &said.target {
        return Some(match words.lang {
            Lang::En => format!("The target is {target}."),
            Lang::Fr => format!("L’objectif est {target}."),
        });
    }
    let (label, up, down, judged) = said.compared.as_ref()?;
    Some(match (words.lang, judged) {
        (Lang::En, 0) => format!("Compared with {label}."),
        (Lang::En, judged) => format!(
            "Compared with {label}: clearly higher at {up}, clearly lower at {down} of {judged} points."
        ),
        (Lang::Fr, 0) => format!("Comparé avec {label}."),
        (Lang::Fr, judged) => format!(
            "Comparé avec {label}\u{a0}: nettement plus élevé en {up}, nettement plus bas en {down} points sur {judged}."
        ),
    })
}

fn overlay(words: &Words, said: &Said) -> Option<String> {
    let signals = said.signals?;
    Some(match (words.lang, signals) {
        (Lang::En, 0) => "Within its control limits there is no signal.".to_owned(),
        (Lang::En, 1) => "The control limits show 1 signal.".to_owned(),
        (Lang::En, n) => format!("The control limits show {n} signals."),
        (Lang::Fr, 0) => "Les limites de contrôle ne montrent aucun signal.".to_owned(),
        (Lang::Fr, 1) => "Les limites de contrôle montrent 1 signal.".to_owned(),
        (Lang::Fr, n) => format!("Les limites de contrôle montrent {n} signaux."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{EN, FR};

    #[test]
    fn a_range_is_told_in_a_few_sentences() {
        let said = Said {
            what: "Contacts, by day".into(),
            total: Some("1,000".into()),
            busiest: Some(("Mon 2 Nov".into(), "90".into())),
            withheld: 2,
            compared: Some(("the period before".into(), 3, 1, 20)),
            ..Said::default()
        };
        assert_eq!(
            summary_text(&EN, &said),
            "Contacts, by day: 1,000 in total, highest Mon 2 Nov (90). Withheld, because of few \
             contacts: 2. Compared with the period before: clearly higher at 3, clearly lower at 1 \
             of 20 points."
        );
        let nothing = Said {
            what: "Contacts".into(),
            signals: Some(0),
            ..Said::default()
        };
        assert!(
            summary_text(&FR, &nothing).starts_with("Contacts\u{a0}: pas encore de valeurs. Les")
        );
    }
}
