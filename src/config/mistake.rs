//! A mistake in a file of the operator: where, what, and what to write instead.

use std::fmt;

pub(super) use crate::domain::spelling::nearest;

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

/// "did you mean …?" for a near word, else all the words there are.
pub(super) fn suggest(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write one of: {}", known.join(", ")),
    }
}
