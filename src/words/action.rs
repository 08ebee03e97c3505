//! The words of actions, for everybody and for the desk.

use super::{Lang, Words};
use crate::domain::action::{NoStep, State, Turn, Wrong};
use crate::domain::impact::{Direction, FEWEST_DAYS, FEWEST_WEEKS, Verdict};

macro_rules! texts {
    ($($field:ident),* $(,)?) => {
        /// What pages say of actions and their impact.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are named after what they say; read en/action.rs")]
        pub struct ActionWords { $(pub $field: &'static str,)* }

        #[cfg(test)]
        impl ActionWords {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

texts! {
    nav, title, intro, none, all, of_owner, in_word, overdue, started, registered, done,
    withdrawn, owner, figure, segment, comparison, year_before, expected, up, down, start, due,
    verdict_on, cause, definition, definition_changed, registered_title, registered_note,
    timeline, was_registered, was_started, was_done, was_withdrawn, by, reason, done_late,
    start_missed, idea_title, idea_received, idea_taken_up, idea_done, idea_open, verdict,
    improved, no_change, worse, too_early, not_enough, never_judged, why_improved, why_no_change,
    why_worse, why_too_early, why_never, why_same, why_no_figure, measured, before, after, change,
    effect, interval, interval_from, interval_to, days_known, days_before, days_after,
    method_note, method_title, method_days, method_interval,
    percent_points, chart, chart_note, chart_none, day, window, window_before,
    window_settling, window_after, causes, causes_note, causes_none, an_action, threshold_changed, promises, kept,
    late, running, given_up, verdicts, as_json, register, register_intro, owner_field, title_in,
    description_in, cause_field, no_cause, measure_field, line_field, direction_field, size_field,
    start_field, due_field, verdict_field, comparison_field, idea_field, up_field, down_field,
    send, manage, see_public, next_step, enter_started, enter_done, withdraw, withdraw_words,
    reason_in, only_officers, no_such_action, step_over, step_already, step_not_started,
    step_before_start, unknown_word, missing, bad_text, unknown_line,
    unknown_measure, unknown_cause, not_by_day, whole_centre_only, touched, no_other_line,
    bad_size, bad_day, late_start, too_far, bad_due, early_verdict, future_idea,
}

impl ActionWords {
    /// The title of a group of actions.
    #[must_use]
    pub fn state(&self, state: State) -> &'static str {
        match state {
            State::Overdue => self.overdue,
            State::Started => self.started,
            State::Registered => self.registered,
            State::Done => self.done,
            State::Withdrawn => self.withdrawn,
        }
    }

    /// What a step of the timeline says.
    #[must_use]
    pub fn turn(&self, turn: Turn) -> &'static str {
        match turn {
            Turn::Started => self.was_started,
            Turn::Done => self.was_done,
            Turn::Withdrawn => self.was_withdrawn,
        }
    }

    /// The verdict in words.
    #[must_use]
    pub fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Improved => self.improved,
            Verdict::NoChange => self.no_change,
            Verdict::Worse => self.worse,
            Verdict::TooEarly => self.too_early,
            Verdict::NotEnoughData => self.not_enough,
        }
    }

    /// "a fall of", before the size.
    #[must_use]
    pub fn direction(&self, direction: Direction) -> &'static str {
        match direction {
            Direction::Up => self.up,
            Direction::Down => self.down,
        }
    }

    /// Why a step cannot be entered, and what can be done.
    #[must_use]
    pub fn no_step(&self, why: NoStep) -> &'static str {
        match why {
            NoStep::Over => self.step_over,
            NoStep::AlreadyStarted => self.step_already,
            NoStep::NotStarted => self.step_not_started,
            NoStep::BeforeItsStart => self.step_before_start,
        }
    }

    /// What is wrong with a field, and so what would be right.
    #[must_use]
    pub fn wrong_field(&self, wrong: Wrong) -> &'static str {
        match wrong {
            Wrong::UnknownWord => self.unknown_word,
            Wrong::Missing => self.missing,
            Wrong::BadText => self.bad_text,
            Wrong::UnknownLine => self.unknown_line,
            Wrong::UnknownMeasure => self.unknown_measure,
            Wrong::UnknownCause => self.unknown_cause,
            Wrong::NotByDay => self.not_by_day,
            Wrong::WholeCentreOnly => self.whole_centre_only,
            Wrong::TouchedComparison => self.touched,
            Wrong::NoOtherLine => self.no_other_line,
            Wrong::BadSize => self.bad_size,
            Wrong::BadDay => self.bad_day,
            Wrong::LateStart => self.late_start,
            Wrong::TooFar => self.too_far,
            Wrong::BadDue => self.bad_due,
            Wrong::EarlyVerdict => self.early_verdict,
            Wrong::FutureIdea => self.future_idea,
        }
    }
}

/// What was measured, each number with its sign and unit.
pub struct Measured {
    /// The figure and its segment.
    pub what: String,
    /// By how much it changed.
    pub change: String,
    /// What it is compared with.
    pub other: String,
    /// By how much that changed.
    pub other_change: String,
    /// The difference of the two.
    pub effect: String,
    /// The ends of its interval.
    pub interval: [String; 2],
}

/// The effect in a sentence.
#[must_use]
pub fn effect_sentence(words: &Words, told: &Measured) -> String {
    let Measured {
        what,
        change,
        other,
        other_change,
        effect,
        interval: [low, high],
    } = told;
    match words.lang {
        Lang::En => format!(
            "{what} changed by {change}, the comparison ({other}) by {other_change}. The \
             difference, {effect}, is the effect; its 95% interval runs from {low} to {high}."
        ),
        Lang::Fr => format!(
            "{what}\u{a0}: évolution de {change}\u{202f}; comparaison ({other})\u{a0}: \
             {other_change}. La différence, {effect}, est l’effet\u{202f}; son intervalle à \
             95\u{a0}% va de {low} à {high}."
        ),
    }
}

/// Why so few known days say nothing.
#[must_use]
pub fn few_days_sentence(words: &Words, [before, after]: [usize; 2]) -> String {
    match words.lang {
        Lang::En => format!(
            "Of the 28 days before and the 28 days after, {before} and {after} are known of both \
             segments. At least {FEWEST_DAYS} in {FEWEST_WEEKS} different weeks are needed."
        ),
        Lang::Fr => format!(
            "Des 28 jours avant et des 28 jours après, {before} et {after} sont connus des deux \
             segments. Il en faut au moins {FEWEST_DAYS}, dans {FEWEST_WEEKS} semaines différentes."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{EN, FR};

    #[test]
    fn nothing_is_empty_in_any_language() {
        for lang in Lang::ALL {
            for (name, text) in lang.words().action.all() {
                assert!(!text.is_empty(), "{name} is missing in {}", lang.code());
            }
        }
    }

    #[test]
    fn the_effect_is_said_with_its_interval() {
        let told = Measured {
            what: "Abandonment, Billing".to_owned(),
            change: "−3 points".to_owned(),
            other: "Moving".to_owned(),
            other_change: "+1 points".to_owned(),
            effect: "−4 points".to_owned(),
            interval: ["−6 points".to_owned(), "−2 points".to_owned()],
        };
        for words in [&EN, &FR] {
            let text = effect_sentence(words, &told);
            for part in [
                "−3 points",
                "+1 points",
                "−4 points",
                "−6 points",
                "−2 points",
            ] {
                assert!(text.contains(part), "{text}");
            }
        }
        assert!(few_days_sentence(&EN, [14, 28]).contains("14 and 28"));
    }
}
