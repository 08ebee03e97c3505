//! The words of the history page, of its summary and of what its script says.

macro_rules! history_words {
    ($($field:ident),* $(,)?) => {
        /// All strings of the history in one language; the script gets every one of them.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are named after what they say; read en/history.rs")]
        pub struct HistoryWords { $(pub $field: &'static str,)* }

        impl HistoryWords {
            /// Name and text of each, for the script.
            #[must_use]
            pub fn pairs(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

history_words! {
    // The view's form.
    range_1d, range_1w, range_1m, range_3m, range_6m, range_ytd, range_1y, range_max,
    range_1d_long, range_1w_long, range_1m_long, range_3m_long, range_6m_long, range_ytd_long,
    range_1y_long, range_max_long,
    own_dates, from, until, steps, steps_follow, lower_chart, none, drawn_as, kind_line,
    kind_bars, kind_box, compare_with, compare_before, compare_last_year, compare_line,
    compare_target, values, as_absolute, as_percent, add, overlay_mean7, overlay_middle7,
    overlay_band, overlay_xmr, hours, hours_open, hours_all, more_settings, zone, zone_centre,
    zone_visitor,
    // What is seen.
    details, summary, total, busiest, quietest, median, none_yet, same_day_before,
    same_weekdays_before, no_target, nothing_to_compare, target, by_steps, box_p10, box_median, box_p90, box_max,
    // Comparison.
    comparison, difference, higher, lower, percent_points, no_clear_change, not_judged, percent_of_first,
    percent_of_compare, percent_axis,
    // Overlays.
    band_words, mean7_days_only, xmr_weeks_only, xmr_too_few, xmr_centre, xmr_limits, xmr_signal,
    rule_outside, rule_one_side, rule_trend, rule_two_of_three, band_not_by_month,
    // States.
    provisional, unreliable, revised, broken, withheld, missing, shut, no_basis, so_far,
    // Flags.
    flags, flags_none, flag_holiday,
    // The table and the week.
    table, table_cut, week_of, week_caption, index,
    // Taking it away.
    take_away, copy_link, copied, describe_columns,
    // Ranges without data.
    before_first, after_last, first_data_is, last_data_is,
    // The script.
    chart_label, keyboard_help, zoom_in, zoom_out, reset, brush_start, brush_end, brush_label,
    loading, failed, point_of, visitor_zone_is, centre_zone_is,
}

#[cfg(test)]
mod tests {
    use crate::words::Lang;

    #[test]
    fn no_word_of_the_history_is_empty_in_any_language() {
        for lang in Lang::ALL {
            for (name, text) in lang.words().history.pairs() {
                assert!(!text.is_empty(), "{name} is missing in {}", lang.code());
            }
        }
    }
}
