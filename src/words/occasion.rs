//! The words of occasions, which everybody knows as events.

use super::Clock;
use crate::domain::occasion::{Kind, Origin};
use crate::domain::period::{Span, day_start_ms, local_day};
use crate::domain::staff::Role;

macro_rules! texts {
    ($($field:ident),* $(,)?) => {
        /// What pages say of events that explain demand.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are named after what they say; read en/occasion.rs")]
        pub struct OccasionWords { $(pub $field: &'static str,)* }

        #[cfg(test)]
        impl OccasionWords {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

texts! {
    title, intro, none, coming, running, past, cancelled_title, bill_run, campaign,
    price_change, outage, holiday, other, planned, happened, all_lines, concerns, entered_by,
    changed_on, cancelled_on, afterwards, changed_afterwards, by_officer, by_editor, by_analyst,
    calendar, busy_day, busy_note, as_json, all_events, compared_line, expected, came, difference, basis,
    by_forecast, by_four_weeks, not_known, compared_note, table_caption,
}

impl OccasionWords {
    /// What a kind is called.
    #[must_use]
    pub fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::BillRun => self.bill_run,
            Kind::Campaign => self.campaign,
            Kind::PriceChange => self.price_change,
            Kind::Outage => self.outage,
            Kind::Holiday => self.holiday,
            Kind::Other => self.other,
        }
    }

    /// Whether it was planned.
    #[must_use]
    pub fn origin(&self, origin: Origin) -> &'static str {
        match origin {
            Origin::Planned => self.planned,
            Origin::Happened => self.happened,
        }
    }

    /// "an editor": names of people are the staff's own matter.
    #[must_use]
    pub fn by(&self, role: Role) -> &'static str {
        match role {
            Role::Officer => self.by_officer,
            Role::Editor => self.by_editor,
            Role::Analyst => self.by_analyst,
        }
    }
}

/// "Mon 7 Dec 2026, 8:00 – Wed 9 Dec 2026, 20:00"; the day is said once if there is but one, and
/// whole days without times.
#[must_use]
pub fn span_words(clock: Clock<'_>, span: Span) -> String {
    let words = clock.words;
    let day = |at_ms| {
        let day = local_day(at_ms, clock.zone);
        let date = words.day_month_short(day);
        format!("{} {date} {}", words.weekday_short(day), day.year())
    };
    let is_midnight = |at_ms| day_start_ms(local_day(at_ms, clock.zone), clock.zone) == at_ms;
    let is_whole = is_midnight(span.start_ms) && is_midnight(span.end_ms);
    let (first, last) = (day(span.start_ms), day(span.end_ms - 1));
    let (from, until) = (clock.time(span.start_ms), clock.time(span.end_ms));
    match (is_whole, first == last) {
        (true, true) => first,
        (true, false) => format!("{first} – {last}"),
        (false, true) => format!("{first}, {from} – {until}"),
        (false, false) => format!("{first}, {from} – {}, {until}", day(span.end_ms)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::words::{EN, Lang};

    #[test]
    fn a_stretch_of_time_says_no_more_than_it_must() {
        const HOUR_MS: i64 = 3_600_000;
        // Friday 20 November 2026, 0:00.
        const FRIDAY_MS: i64 = 1_795_132_800_000;
        let said = |from: i64, until: i64| {
            let clock = Clock {
                words: &EN,
                zone: &TimeZone::UTC,
            };
            let span = Span {
                start_ms: FRIDAY_MS + from * HOUR_MS,
                end_ms: FRIDAY_MS + until * HOUR_MS,
            };
            span_words(clock, span)
        };
        assert_eq!(said(8, 18), "Fri 20 Nov 2026, 8:00 – 18:00");
        assert_eq!(
            said(8, 42),
            "Fri 20 Nov 2026, 8:00 – Sat 21 Nov 2026, 18:00"
        );
        assert_eq!(said(0, 24), "Fri 20 Nov 2026");
        assert_eq!(said(0, 72), "Fri 20 Nov 2026 – Sun 22 Nov 2026");
        assert_eq!(said(20, 24), "Fri 20 Nov 2026, 20:00 – 0:00");
    }

    #[test]
    fn nothing_is_empty_in_any_language() {
        for lang in Lang::ALL {
            for (name, text) in lang.words().occasion.all() {
                assert!(!text.is_empty(), "{name} is missing in {}", lang.code());
            }
        }
    }
}
