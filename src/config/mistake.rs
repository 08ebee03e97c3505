//! A mistake in a file of the operator: where, what, and what to write instead.

use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as the reader calls it: "centre.toml".
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1 in characters; known for mistakes of syntax.
    pub column: Option<usize>,
    /// What is wrong, with the name and the value of the setting.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(column) = self.column {
            write!(f, "column {column}: ")?;
        }
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// The one of `known` that was probably meant, if one is near enough.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let (distance, candidate) = known
        .into_iter()
        .map(|candidate| (near(candidate), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    // One slip in three letters is still a slip; more is another word.
    (distance <= word.chars().count().max(3) / 3).then_some(candidate)
}

/// "did you mean …?" for a near word, else all the words there are.
pub(super) fn suggest(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write one of: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let known = ["threshold_secs", "target_percent", "holidays"];
        assert_eq!(nearest("treshold_sec", known), Some("threshold_secs"));
        assert_eq!(nearest("holydays", known), Some("holidays"));
        assert_eq!(nearest("Holidays", known), Some("holidays"));
        assert_eq!(nearest("bank", known), None);
        assert_eq!(nearest("bank", []), None);
    }
}
