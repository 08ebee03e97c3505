//! Every public string, one file per language. Knows the types that are shown, and nothing of pages.
//!
//! A language is a value of [`Words`]; a string that is missing in one does not compile.

mod action;
mod card;
mod data;
mod definition;
mod desk;
mod edition;
mod edition_view;
mod en;
mod format;
mod fr;
mod history;
mod limited;
mod occasion;
mod performance;
mod sentence;
mod summary;
mod verify;

pub use action::{ActionWords, Measured, effect_sentence, few_days_sentence};
pub use card::CardWords;
pub use data::DataWords;
pub use definition::DefinitionWords;
pub use desk::DeskWords;
pub use edition::{EditionWords, cell_words, figure_words, finding_words};
pub use edition_view::{
    BlockView, EditionView, FigureRow, PieceView, comment_view, doubt_words, edition_view,
};
pub use en::EN;
pub use format::{Clock, day_and_time};
pub use fr::FR;
pub use history::HistoryWords;
pub use limited::{limits_note, limits_sentence};
pub use occasion::{OccasionWords, span_words};
pub use performance::{PerformanceWords, Told, record_sentence};
pub use sentence::{line_note, saving_sentence, verdict_sentence, week_sentence, window_sentence};
pub use verify::VerifyWords;

pub use summary::{Said, summary_text};

use crate::live::frame::{StripTime, WaitRange};

/// "Over 5 min" for 5 to more than 60 minutes would promise too much: below this both ends are said.
const FAR_FROM_AN_HOUR: i64 = 15;

/// A language in which every public string exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// French.
    Fr,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Fr];

    /// Its BCP 47 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// The language of a code such as `fr` or `fr-CA`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| primary.eq_ignore_ascii_case(lang.code()))
    }

    /// Its strings.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::En => &EN,
            Self::Fr => &FR,
        }
    }

    /// The language of `offered` that an Accept-Language header likes best; none if it likes none.
    #[must_use]
    pub fn accepted(header: &str, offered: &[Self]) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for part in header.split(',').take(20) {
            let mut pieces = part.split(';');
            let code = pieces.next().unwrap_or_default().trim();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())
                .unwrap_or(0.0);
            let lang = if code == "*" {
                offered.first().copied()
            } else {
                Self::from_code(code).filter(|lang| offered.contains(lang))
            };
            let better = best.is_none_or(|(_, so_far)| weight > so_far);
            if let Some(lang) = lang.filter(|_| weight > 0.0 && better) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }
}

/// A name and what it means, in one sentence.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// The public name.
    pub name: &'static str,
    /// One sentence.
    pub meaning: &'static str,
}

macro_rules! measure_words {
    ($($id:ident),* $(,)?) => {
        /// The public name and meaning of every measure; the fields are the ids of the measures.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are the ids; MEASURES.md words say what they are")]
        pub struct MeasureWords { $(pub $id: Named),* }

        impl MeasureWords {
            /// The words of a measure; none for an id that has none yet.
            #[must_use]
            pub fn of(&self, id: &str) -> Option<Named> {
                match id {
                    $(stringify!($id) => Some(self.$id),)*
                    _ => None,
                }
            }

            /// All ids that have words.
            pub const IDS: &[&str] = &[$(stringify!($id)),*];
        }
    };
}

measure_words! {
    attempts, refused, left_in_menu, self_served, offered, answered, abandoned, deflected,
    callbacks_requested, callbacks_kept, callbacks_pending, callbacks_failed, lost, waiting,
    transferred, handled, service_level, service_level_customer, reach_rate, refused_rate,
    abandonment, short_abandonment, long_wait, wait_median, wait_p90, wait_mean,
    wait_customer_median, wait_customer_p90, wait_p10, wait_max, wait_customer_p10,
    wait_customer_max, handle_time, resolution, average_backlog,
    purpose_information, purpose_transaction, purpose_problem, purpose_complaint, purpose_idea,
    purpose_compliment, share_information, share_transaction, share_problem, share_complaint,
    share_idea, share_compliment, share_unclassified, complaints_opened, complaints_closed,
    complaints_closed_unopened, complaints_quick, complaints_in_time, complaints_per_thousand,
    surveys_sent, response_rate, csat, nps, ces_mean, ces_easy, answered_soon, answered_late,
}

macro_rules! words {
    ($($field:ident),* $(,)?) => {
        /// All strings of one language that take no parameter, and the rules of its numbers and dates.
        #[derive(Clone, Copy)]
        #[expect(missing_docs, reason = "the fields are named after what they say; read en.rs")]
        pub struct Words {
            pub lang: Lang,
            /// The language's name in itself.
            pub own_name: &'static str,
            /// Monday first.
            pub weekdays: [&'static str; 7],
            pub weekdays_short: [&'static str; 7],
            /// What a weekday is called when it is said of every week: "Mondays", "le lundi".
            pub weekdays_every: [&'static str; 7],
            pub months: [&'static str; 12],
            pub months_short: [&'static str; 12],
            pub decimal_mark: char,
            pub thousands_mark: char,
            pub measures: MeasureWords,
            pub history: HistoryWords,
            pub privacy_rules: &'static [&'static str],
            pub live_wait_rules: &'static [&'static str],
            pub verdict_rules: &'static [&'static str],
            pub action: ActionWords,
            pub card: CardWords,
            pub data: DataWords,
            /// Definitions that change.
            pub definition: DefinitionWords,
            pub desk: DeskWords,
            pub occasion: OccasionWords,
            pub performance: PerformanceWords,
            pub edition: EditionWords,
            pub verify: VerifyWords,
            $(pub $field: &'static str,)*
        }
    };
}

words! {
    // Frame of every page.
    skip_to_content, nav_now, nav_history, nav_method, nav_label, sample_banner, broken_banner, times_in_zone,
    footer_promise, open_data, language_label,
    // The first three seconds.
    title_now, now, then, call, call_anyway, remind_me_at, other_ways, other_lines, closes_at, midnight, updated,
    how_we_count, usually, other_quiet_times, or_at, waiting_now, waiting_fewer, longest_wait, answered_half_hour,
    staffed, today_so_far, until, attempts_word, answered_word, abandoned_word, expected_wait,
    // What the visitor says: when they can call, what it is about.
    limits_summary, limits_after, limits_before, limits_clear, bad_time, order_of_times, purposes_title,
    purpose_clear, unknown_purpose, quicker_online, write_instead, quiet_feed,
    // On pages of others.
    sample_short, full_page,
    // Strip.
    strip_title, strip_desc, strip_table, time, measured, expected, few_calls, no_data, closed, minutes_short,
    minutes_axis, wait_column, range_column, kind_column,
    // Week.
    week_title, week_caption, week_caption_busy, week_unit, busier, quieter, week_missing, week_basis, this_half_hour,
    // Lines.
    lines_title, good_now, busy_now, see_line,
    // Line page.
    opening_hours, opening_hours_closed, holidays_ahead, holidays_none, promise_title, target_title, phone_title, to_midnight,
    channel_voice, channel_chat, channel_email, channel_message, channels_title,
    // History.
    history_title, measure, line, whole_centre, range, date,
    show, earlier, later, first_data, latest, not_yet, table_of_values, start, value, cases, mark, legend, legend_provisional, legend_withheld, legend_closed,
    legend_no_data, legend_bound, legend_unreliable, legend_no_basis, legend_value, total, highest, lowest, middle, withheld_cells, as_csv,
    as_json, as_svg, as_png, chart_of, empty_range, shown_coarser, under, at_least, no_value, of_which,
    // Units.
    unit_contacts, unit_percent, unit_seconds, unit_minutes, unit_persons,
    unit_complaints, unit_surveys, unit_points, unit_per_thousand, axis_seconds, axis_minutes, grain_interval, grain_half_hour, grain_hour, grain_day,
    grain_week, grain_month,
    // Method.
    method_title, method_intro, contents, definitions, definition_version, formula, since, marks_title, mark_p, mark_r, mark_b, mark_u, mark_c,
    mark_x, mark_none, live_wait_title, verdict_title, privacy_title, sources_title, sources_intro, source, last_seen,
    state, state_live, state_delayed, state_silent, never, sources_none,
    // The live script.
    lost_connection, your_time,
    // Errors.
    error_404_title, error_404_text, error_400_title, error_400_text, error_500_title, error_500_text, error_503_title,
    error_503_text, error_405_title, error_405_text, go_home, remedy,
    unknown_line, unknown_measure, unknown_grain, unknown_format, bad_instant, order_of_range, too_many_points, too_fine, whole_centre_only,
    not_by_cause, unknown_cause, not_by_channel, not_by_site, bad_at, known_are,
    one_of_these, bad_day, order_of_days, too_long, volume_is_count, not_itself,
}

impl Words {
    /// `1` or many: the language's own rule.
    #[must_use]
    pub fn is_singular(&self, n: i64) -> bool {
        match self.lang {
            Lang::En => n == 1,
            // French counts zero and one in the singular.
            Lang::Fr => n == 0 || n == 1,
        }
    }

    /// "past", "now", "expected" as a row of the strip's table says it.
    #[must_use]
    pub fn strip_time(&self, when: StripTime) -> &'static str {
        match when {
            StripTime::Past => self.measured,
            StripTime::Now => self.now,
            StripTime::Expected => self.expected,
        }
    }

    /// A range of minutes with its unit, never more precise than its steps.
    #[must_use]
    pub fn minutes_range(&self, range: WaitRange) -> String {
        match (range.low_mins, range.high_mins) {
            (_, Some(0)) => self.no_wait().to_owned(),
            (0, Some(high)) if high <= 2 => self.under_minutes(high),
            (low, Some(high)) if low == high => format!("{low}\u{a0}min"),
            (low, Some(high)) => format!("{low}–{high}\u{a0}min"),
            (low, None) if low < FAR_FROM_AN_HOUR => format!("{low}–60+\u{a0}min"),
            (low, None) => self.over_minutes(low),
        }
    }

    /// The same for a narrow cell: no unit.
    #[must_use]
    pub fn minutes_range_bare(&self, range: WaitRange) -> String {
        match (range.low_mins, range.high_mins) {
            (0, Some(high)) if high <= 2 => format!("<\u{a0}{}", high.max(1)),
            (low, Some(high)) if low == high => low.to_string(),
            (low, Some(high)) => format!("{low}–{high}"),
            (low, None) if low < FAR_FROM_AN_HOUR => format!("{low}–60+"),
            (low, None) => format!("{low}+"),
        }
    }

    fn no_wait(&self) -> &'static str {
        match self.lang {
            Lang::En => "no wait",
            Lang::Fr => "sans attente",
        }
    }

    /// A wait beyond the last class of the histograms.
    #[must_use]
    pub fn over_ten_days(&self) -> &'static str {
        match self.lang {
            Lang::En => "over 10\u{a0}days",
            Lang::Fr => "plus de 10\u{a0}jours",
        }
    }

    fn under_minutes(&self, mins: i64) -> String {
        match self.lang {
            Lang::En => format!("under {mins}\u{a0}min"),
            Lang::Fr => format!("moins de {mins}\u{a0}min"),
        }
    }

    fn over_minutes(&self, mins: i64) -> String {
        match self.lang {
            Lang::En => format!("over {mins}\u{a0}min"),
            Lang::Fr => format!("plus de {mins}\u{a0}min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{estimate, learning};

    #[test]
    fn the_methods_of_the_live_wait_are_named_with_their_versions() {
        for lang in [Lang::En, Lang::Fr] {
            let rules = lang.words().live_wait_rules.concat();
            for method in [learning::METHOD, estimate::METHOD] {
                assert!(rules.contains(method), "{method} in {}", lang.code());
            }
        }
    }

    #[test]
    fn the_visitors_favourite_offered_language_wins() {
        let both = [Lang::En, Lang::Fr];
        assert_eq!(
            Lang::accepted("fr-CA,fr;q=0.9,en;q=0.8", &both),
            Some(Lang::Fr)
        );
        assert_eq!(
            Lang::accepted("de, en;q=0.5, fr;q=0.7", &both),
            Some(Lang::Fr)
        );
        assert_eq!(Lang::accepted("fr", &[Lang::En]), None);
        assert_eq!(Lang::accepted("*", &[Lang::Fr, Lang::En]), Some(Lang::Fr));
        assert_eq!(Lang::accepted("fr;q=0, en;q=0.1", &both), Some(Lang::En));
        assert_eq!(Lang::accepted(";;;,q=,\u{0}", &both), None);
    }

    #[test]
    fn a_range_of_minutes_reads_naturally() {
        let range = |low_mins, high_mins| WaitRange {
            low_mins,
            high_mins,
        };
        assert_eq!(EN.minutes_range(range(10, Some(20))), "10–20\u{a0}min");
        assert_eq!(EN.minutes_range(range(0, Some(1))), "under 1\u{a0}min");
        assert_eq!(FR.minutes_range(range(0, Some(2))), "moins de 2\u{a0}min");
        assert_eq!(FR.minutes_range(range(60, None)), "plus de 60\u{a0}min");
        assert_eq!(EN.minutes_range(range(5, Some(5))), "5\u{a0}min");
        assert_eq!(EN.minutes_range_bare(range(45, None)), "45+");
        assert_eq!(EN.minutes_range_bare(range(0, None)), "0–60+");
        assert_eq!(EN.minutes_range(range(5, None)), "5–60+\u{a0}min");
    }

    #[test]
    fn every_measure_has_a_name_and_a_sentence_in_every_language() {
        for lang in Lang::ALL {
            for id in MeasureWords::IDS {
                let words = lang.words().measures.of(id);
                let named = words.expect("listed ids have words");
                assert!(!named.name.is_empty(), "{id} has no name");
                assert!(named.meaning.ends_with('.'), "{id}: {}", named.meaning);
            }
        }
        assert!(EN.measures.of("composite_score").is_none());
        for measure in crate::domain::measures::MEASURES {
            let named = EN.measures.of(measure.id);
            assert!(
                named.is_some(),
                "{} is defined but has no words",
                measure.id
            );
        }
    }
}
