//! The words of open data.

/// What `/data` says.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are named after what they say; read en/data.rs"
)]
pub struct DataWords {
    pub title: &'static str,
    /// What the data set as a whole is called.
    pub series_title: &'static str,
    pub intro: &'static str,
    pub nothing_yet: &'static str,
    pub unknown_file: &'static str,
    pub not_signed: &'static str,
    pub terms: &'static str,
    pub licence: &'static str,
    pub publisher: &'static str,
    pub contact: &'static str,
    pub version: &'static str,
    pub version_note: &'static str,
    pub days: &'static str,
    /// Between the first day and the last.
    pub to: &'static str,
    pub everything: &'static str,
    pub everything_note: &'static str,
    pub by_year: &'static str,
    pub by_year_note: &'static str,
    pub file_of: &'static str,
    pub describes: &'static str,
    pub columns_title: &'static str,
    pub columns_note: &'static str,
    pub column: &'static str,
    pub meaning: &'static str,
    /// Name and meaning of each column of the CSV.
    pub columns: &'static [(&'static str, &'static str)],
    pub json_note: &'static str,
    pub weekly_note: &'static str,
    pub measures: &'static str,
    pub check_title: &'static str,
    pub check: &'static str,
    pub check_signed: &'static str,
    pub check_unsigned: &'static str,
    pub changes_title: &'static str,
    pub changes_none: &'static str,
    pub changes_rule: &'static str,
    pub revised: &'static str,
    pub and_more: &'static str,
    pub api_title: &'static str,
    /// Address and what is there.
    pub api: &'static [(&'static str, &'static str)],
}
