//! The words of the daily record.

use super::{Lang, Words};
use crate::domain::measures::Way;

macro_rules! texts {
    ($($field:ident),* $(,)?) => {
        /// What the daily record says.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are named after what they say; read en/performance.rs")]
        pub struct PerformanceWords { $(pub $field: &'static str,)* }

        #[cfg(test)]
        impl PerformanceWords {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

texts! {
    nav, title, period, yesterday, week, month, own, from, to, so_far, whole_only, to_whole,
    sides_title, sides_note, customer_side, company_side, target, no_target, of_callers,
    within, from_first_ring, from_queue, differs_by_line,
    callers_title, callers_note, soon, later, late, answered, gave_up, turned_away, callback_kept,
    callback_failed, untold, beside, self_served, still_open, unexplained, callers_unknown,
    callers_column, of_ten,
    waits_title, flow_title, purposes_title, complaints_title, causes_title, satisfaction_title,
    spread_title, backlog_title, conserved_title, received_title, lines_title,
    figure, value, of, against, purpose, share, count, cause, opened, closed, cumulative,
    score, answers, line,
    higher, lower, unclear, unjudged, then,
    judged_note, other_days, withheld_cells, missing_cells, left_out_days, percentiles_note,
    interval, hidden_few, csat_spread, nps_spread, ces_spread, spread_of, no_spread,
    causes_note, no_causes,
    answering, backlog_few, backlog_none, backlog_unknown, backlog_now,
    conserved_note, adds_up, off_by, cannot_check, not_known, unreported,
    received_note, received, counted, duplicate, orphaned, rejected,
    as_json, in_history, unclassified, purposes_over_time, purposes_chart, pareto_chart, cause_trend,
    trend_note, channels_title, channels_note, few_of_line, data,
}

impl PerformanceWords {
    /// What a way of a caller is called.
    #[must_use]
    pub fn way(&self, way: Way) -> &'static str {
        match way {
            Way::AnsweredSoon => self.soon,
            Way::AnsweredLater => self.later,
            Way::AnsweredLate => self.late,
            Way::GaveUp => self.gave_up,
            Way::TurnedAway => self.turned_away,
            Way::CallbackKept => self.callback_kept,
            Way::CallbackFailed => self.callback_failed,
        }
    }
}

/// What the first sentence tells; what is not known is left out.
pub struct Told {
    /// The days.
    pub days: String,
    /// They are not over.
    pub is_running: bool,
    /// How many tried, as a number.
    pub attempts: Option<String>,
    /// The share on the customer's side, with its unit.
    pub customer: Option<String>,
    /// The share on the company's side, with its unit.
    pub company: Option<String>,
}

/// The first sentence.
#[must_use]
pub fn record_sentence(words: &Words, told: &Told) -> String {
    let days = &told.days;
    let so_far = if told.is_running {
        format!(" ({})", words.performance.so_far)
    } else {
        String::new()
    };
    let Some(attempts) = &told.attempts else {
        return match words.lang {
            Lang::En => format!("{days}{so_far}: how many tried to reach us is not told."),
            Lang::Fr => format!("{days}{so_far}\u{a0}: le nombre de tentatives n’est pas donné."),
        };
    };
    let sides = match (words.lang, &told.customer, &told.company) {
        (_, None, None) => ".".to_owned(),
        (Lang::En, Some(customer), None) => {
            format!("; {customer} of those who wanted a person reached one as promised.")
        }
        (Lang::En, customer, Some(company)) => {
            let customer = customer.as_ref().map_or_else(String::new, |customer| {
                format!("; {customer} of those who wanted a person reached one as promised")
            });
            format!("{customer}; counted from the queue we answered {company} within our target.")
        }
        (Lang::Fr, Some(customer), None) => format!(
            "\u{202f}; {customer} de celles qui voulaient un interlocuteur l’ont eu dans le délai promis."
        ),
        (Lang::Fr, customer, Some(company)) => {
            let customer = customer.as_ref().map_or_else(String::new, |customer| {
                format!(
                    "\u{202f}; {customer} de celles qui voulaient un interlocuteur l’ont eu dans le délai promis"
                )
            });
            format!(
                "{customer}\u{202f}; depuis la file, nous avons répondu à {company} dans le délai visé."
            )
        }
    };
    match words.lang {
        Lang::En => format!("{days}{so_far}: {attempts} contacts{sides}"),
        Lang::Fr => format!("{days}{so_far}\u{a0}: {attempts} contacts{sides}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{EN, FR};

    #[test]
    fn nothing_is_empty_in_any_language() {
        for lang in Lang::ALL {
            for (name, text) in lang.words().performance.all() {
                assert!(!text.is_empty(), "{name} is missing in {}", lang.code());
            }
        }
    }

    #[test]
    fn the_sentence_leaves_out_what_is_not_known() {
        let told = |attempts: Option<&str>, customer: Option<&str>, company: Option<&str>| Told {
            days: "1 August".to_owned(),
            is_running: false,
            attempts: attempts.map(str::to_owned),
            customer: customer.map(str::to_owned),
            company: company.map(str::to_owned),
        };
        assert_eq!(
            record_sentence(&EN, &told(None, Some("71%"), None)),
            "1 August: how many tried to reach us is not told."
        );
        assert_eq!(
            record_sentence(&EN, &told(Some("40"), None, None)),
            "1 August: 40 contacts."
        );
        assert_eq!(
            record_sentence(&EN, &told(Some("40"), None, Some("80%"))),
            "1 August: 40 contacts; counted from the queue we answered 80% within our target."
        );
        let both = record_sentence(&FR, &told(Some("40"), Some("71\u{a0}%"), Some("80\u{a0}%")));
        assert!(
            both.contains("71\u{a0}%") && both.contains("80\u{a0}%"),
            "{both}"
        );
    }
}
