//! The closing account of an import: what became of every row.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Refused rows shown to a person; all of them are in the JSON.
const SHOWN: usize = 10;

/// Every row is imported, a duplicate, not a contact, or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Rows read, headers and blank lines not among them.
    pub rows: u64,
    /// Changed something.
    pub imported: u64,
    /// Changed nothing: had been imported before.
    pub duplicate: u64,
    /// Tests and phantoms, as the map says.
    pub not_a_contact: u64,
    /// Of those that are not a contact: how many for which reason, where the format tells it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ignored: BTreeMap<String, u64>,
    /// Could not be taken in.
    pub refused: Vec<RefusedRow>,
    /// Wall-clock times that occurred twice, read as the earlier.
    pub ambiguous_times: u64,
    /// Wall-clock times that never occurred, moved forward by the gap.
    pub skipped_times: u64,
    /// Files that broke off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<Break>,
}

/// A row that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedRow {
    /// Line of the raw file, from 1, the header included.
    pub line: u64,
    /// Why: a word, a colon, a sentence.
    pub reason: String,
    /// The file, where there were several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Where a file broke off. What stood before it was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The file.
    pub file: String,
    /// The line that could not be read to its end.
    pub line: u64,
    /// What reading it said.
    pub cause: String,
}

impl Account {
    /// Whether all files were read to their end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.truncated.is_empty()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.refused.len();
        writeln!(f, "rows           {:>10}", self.rows)?;
        writeln!(f, "imported       {:>10}", self.imported)?;
        writeln!(f, "duplicate      {:>10}", self.duplicate)?;
        writeln!(f, "not a contact  {:>10}", self.not_a_contact)?;
        for (reason, number) in &self.ignored {
            writeln!(f, "  {number:>8}  {reason}")?;
        }
        writeln!(f, "refused        {refused:>10}")?;
        for row in self.refused.iter().take(SHOWN) {
            let file = row.file.as_deref().unwrap_or("");
            let gap = if file.is_empty() { "" } else { " " };
            writeln!(f, "  {file}{gap}line {}: {}", row.line, row.reason)?;
        }
        if refused > SHOWN {
            writeln!(f, "  … and {} more; --json lists them all", refused - SHOWN)?;
        }
        if self.ambiguous_times > 0 {
            let times = self.ambiguous_times;
            writeln!(f, "{times} times occurred twice; the earlier was taken")?;
        }
        if self.skipped_times > 0 {
            let times = self.skipped_times;
            writeln!(
                f,
                "{times} times never occurred; they were moved forward by the gap"
            )?;
        }
        for broken in &self.truncated {
            writeln!(
                f,
                "{} breaks off at line {}: {}; the rows before it were imported",
                broken.file, broken.line, broken.cause
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_has_the_promised_form() {
        let refused = RefusedRow {
            line: 7,
            reason: "unknown_line: …".to_owned(),
            file: None,
        };
        let account = Account {
            rows: 3,
            imported: 2,
            refused: vec![refused],
            ..Account::default()
        };
        assert_eq!(
            serde_json::to_string(&account).unwrap(),
            r#"{"rows":3,"imported":2,"duplicate":0,"not_a_contact":0,"refused":[{"line":7,"reason":"unknown_line: …"}],"ambiguous_times":0,"skipped_times":0}"#
        );
        assert!(account.to_string().contains("  line 7: unknown_line"));
    }

    #[test]
    fn a_long_list_is_cut_for_people_only() {
        let row = |line| RefusedRow {
            line,
            reason: "x".to_owned(),
            file: Some("a.csv".to_owned()),
        };
        let account = Account {
            refused: (1..=12).map(row).collect(),
            ..Account::default()
        };
        let text = account.to_string();
        assert!(text.contains("a.csv line 10: x") && !text.contains("line 11"));
        assert!(text.contains("and 2 more"));
    }
}
