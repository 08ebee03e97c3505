//! The words of the report card: how good our forecasts were.

/// What `/method` and the pages say of forecasts.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are named after what they say; read en/card.rs"
)]
pub struct CardWords {
    pub title: &'static str,
    pub rules: &'static [&'static str],
    pub none: &'static str,
    pub waits: &'static str,
    pub contacts: &'static str,
    pub told: &'static str,
    pub told_when_calling: &'static str,
    pub told_that_day: &'static str,
    pub told_week_ahead: &'static str,
    pub calls: &'static str,
    pub half_hours: &'static str,
    pub within: &'static str,
    pub median_miss: &'static str,
    pub pinball: &'static str,
    pub against_last_week: &'static str,
    pub against_last_four: &'static str,
    pub better: &'static str,
    pub worse: &'static str,
    pub line: &'static str,
    pub advice: &'static str,
    pub advice_note: &'static str,
    pub advised: &'static str,
    pub saved: &'static str,
    pub longer: &'static str,
    pub captured: &'static str,
    pub by_rule: &'static str,
    pub rule_is_better: &'static str,
    pub by_model: &'static str,
    pub weeks_of_history: &'static str,
    pub too_little: &'static str,
    pub simpler_is_better: &'static str,
}
