//! The words of the page that checks the public record.

/// What `/verify` says; its script finds the sentences of faults by the names of the fields.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are named after what they say; read en/verify.rs"
)]
pub struct VerifyWords {
    pub nav: &'static str,
    pub title: &'static str,
    pub intro: &'static str,
    pub how_title: &'static str,
    pub how: &'static [&'static str],
    pub start: &'static str,
    pub keep: &'static str,
    pub kept: &'static str,
    pub no_script: &'static str,
    pub reading: &'static str,
    pub checking: &'static str,
    pub sound: &'static str,
    pub wrong: &'static str,
    pub no_signatures: &'static str,
    pub not_reached: &'static str,
    pub bad_head: &'static str,
    pub counts: &'static str,
    pub files: &'static str,
    /// Name of the fault and its sentence.
    pub faults: &'static [(&'static str, &'static str)],
}
