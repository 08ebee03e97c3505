//! The words of definitions: what holds since when, what held before, both read side by side.

/// What `/method` and `/history` say of changes.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are named after what they say; read en/definition.rs"
)]
pub struct DefinitionWords {
    pub promises: &'static str,
    pub promises_intro: &'static str,
    pub line: &'static str,
    pub since: &'static str,
    pub beginning: &'static str,
    pub company_side: &'static str,
    pub customer_side: &'static str,
    pub short: &'static str,
    pub within: &'static str,
    pub why: &'static str,
    pub past: &'static str,
    pub past_none: &'static str,
    pub withdrawn: &'static str,
    pub replaced: &'static str,
    pub until: &'static str,
    pub beside: &'static str,
    pub beside_note: &'static str,
    pub week: &'static str,
    pub as_judged: &'static str,
    pub as_before: &'static str,
}
