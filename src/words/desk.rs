//! The words of the desk, for staff.

use crate::domain::occasion::Wrong;
use crate::domain::staff::Act;

macro_rules! texts {
    ($($field:ident),* $(,)?) => {
        /// What the pages of the staff say.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are named after what they say; read en/desk.rs")]
        pub struct DeskWords { $(pub $field: &'static str,)* }

        #[cfg(test)]
        impl DeskWords {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

texts! {
    desk, sign_in, sign_in_intro, name, password, next, wrong, locked, code_title, code_intro,
    code_label, wrong_code, sign_out, signed_in_as, officer, editor, analyst, refused_title,
    not_signed_in, no_cookie, other_site, stale_form, unreadable, not_your_role, no_such_event,
    busy, failed, to_desk, events, enter_event, change_title, change, cancel_event,
    cancel_words, keep, kind, origin, title_in, lines, none_is_all, start, end, local_time,
    send, faults_title, unknown_word, no_title, bad_title, unknown_language, unknown_line,
    bad_time, order_of_times, too_long, too_far, not_yet, forecast_note, read_only, audit,
    audit_intro, audit_none, when, who, what, subject, was_and_is, older, newest, user_add,
    user_disable, user_reset, user_token, event_enter, event_change, event_cancel,
    action_register, action_step,
}

impl DeskWords {
    /// What was done.
    #[must_use]
    pub fn act(&self, act: Act) -> &'static str {
        match act {
            Act::AddUser => self.user_add,
            Act::DisableUser => self.user_disable,
            Act::ResetUser => self.user_reset,
            Act::AddToken => self.user_token,
            Act::EnterOccasion => self.event_enter,
            Act::ChangeOccasion => self.event_change,
            Act::CancelOccasion => self.event_cancel,
            Act::RegisterAction => self.action_register,
            Act::StepAction => self.action_step,
        }
    }

    /// What is wrong with a field, and so what would be right.
    #[must_use]
    pub fn wrong_field(&self, wrong: Wrong) -> &'static str {
        match wrong {
            Wrong::UnknownWord => self.unknown_word,
            Wrong::NoTitle => self.no_title,
            Wrong::BadTitle => self.bad_title,
            Wrong::UnknownLanguage => self.unknown_language,
            Wrong::UnknownLine => self.unknown_line,
            Wrong::BadTime => self.bad_time,
            Wrong::OrderOfTimes => self.order_of_times,
            Wrong::TooLong => self.too_long,
            Wrong::TooFar => self.too_far,
            Wrong::NotYet => self.not_yet,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::words::Lang;

    #[test]
    fn nothing_is_empty_in_any_language() {
        for lang in Lang::ALL {
            for (name, text) in lang.words().desk.all() {
                assert!(!text.is_empty(), "{name} is missing in {}", lang.code());
            }
        }
    }
}
