//! Names that people type: which of the known ones was meant.

use std::collections::BTreeSet;

/// Longer names are cut before they are compared or repeated: nobody means them.
const MOST_CHARS: usize = 60;

/// The one of `known` that was probably meant, if one is near enough.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let (distance, candidate) = known
        .into_iter()
        .map(|candidate| (near(candidate), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    // One slip in three letters is still a slip; more is another word.
    (distance <= word.chars().count().max(3) / 3).then_some(candidate)
}

/// What is wrong with the names of the parameters of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// There is no such parameter.
    Unknown {
        /// As it was typed.
        name: String,
        /// Those that exist.
        known: &'static [&'static str],
    },
    /// Given twice, so that nobody can say which was meant.
    Twice {
        /// Its name.
        name: String,
    },
}

impl Misuse {
    /// The parameter.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown { name, .. } | Self::Twice { name } => name,
        }
    }

    /// What is wrong and what would be right.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (name, known) = match self {
            Self::Twice { name } => {
                return format!("the parameter {name} is given twice; give it once");
            }
            Self::Unknown { name, known } => (name, *known),
        };
        let meant = nearest(name, known.iter().copied());
        let meant = meant.map_or_else(String::new, |near| format!(" Did you mean {near}?"));
        let known = known.join(", ");
        format!("there is no parameter {name} here.{meant} These exist: {known}.")
    }
}

/// Checks the names of parameters against those that exist. Names without a letter, as from `?a=1&`,
/// are left alone.
///
/// # Errors
/// The first that does not exist or stands there twice.
pub fn check_names<'a>(
    names: impl IntoIterator<Item = &'a str>,
    known: &'static [&'static str],
) -> Result<(), Misuse> {
    let mut seen = BTreeSet::new();
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        let told = || name.chars().take(MOST_CHARS).collect();
        if !known.contains(&name) {
            return Err(Misuse::Unknown {
                name: told(),
                known,
            });
        }
        if !seen.insert(name) {
            return Err(Misuse::Twice { name: told() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["line", "measure", "from"];

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let known = ["threshold_secs", "target_percent", "holidays"];
        assert_eq!(nearest("treshold_sec", known), Some("threshold_secs"));
        assert_eq!(nearest("holydays", known), Some("holidays"));
        assert_eq!(nearest("Holidays", known), Some("holidays"));
        assert_eq!(nearest("bank", known), None);
        assert_eq!(nearest("bank", []), None);
    }

    #[test]
    fn a_parameter_that_does_not_exist_is_told_with_those_that_do() {
        let told = |name| check_names([name], KNOWN).unwrap_err().sentence();
        assert_eq!(
            told("mesure"),
            "there is no parameter mesure here. Did you mean measure? \
             These exist: line, measure, from."
        );
        assert_eq!(
            told("foo"),
            "there is no parameter foo here. These exist: line, measure, from."
        );
        assert!(told(&"x".repeat(20_000)).len() < 200);
    }

    #[test]
    fn a_parameter_that_is_given_twice_is_named() {
        let misuse = check_names(["line", "from", "line"], KNOWN).unwrap_err();
        assert_eq!(misuse.name(), "line");
        assert!(misuse.sentence().contains("given twice"));
        assert_eq!(check_names(["line", "", "from", ""], KNOWN), Ok(()));
    }
}
