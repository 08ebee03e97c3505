//! Who works at the desk: accounts, what each role may do, and the list of what was changed.

use serde::{Deserialize, Serialize};

use super::event::Millis;

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers for the service: enters what editors may, and signs. Always has a second factor.
    Officer,
    /// Enters occasions.
    Editor,
    /// Reads.
    Analyst,
}

impl Role {
    /// All roles, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Officer, Self::Editor, Self::Analyst];

    /// The word in commands, the database and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Editor => "editor",
            Self::Analyst => "analyst",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it may enter, change and cancel.
    #[must_use]
    pub fn may_enter(self) -> bool {
        matches!(self, Self::Officer | Self::Editor)
    }

    /// Whether it may register actions, and enter what became of them.
    #[must_use]
    pub fn may_register(self) -> bool {
        self == Self::Officer
    }

    /// Whether a password alone does not let it in.
    #[must_use]
    pub fn needs_second_factor(self) -> bool {
        self == Self::Officer
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name of the account; staff only, pages for everybody say the role.
    pub account: String,
    /// What it was allowed to do then.
    pub role: Role,
}

/// The longest name of an account.
const LONGEST_NAME: usize = 40;

/// Whether a text can be the name of an account: a–z, 0–9, `.`, `-`, `_`, `@`, 40 at most.
#[must_use]
pub fn is_account_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_known = |byte: u8| is_plain(byte) || b".-_@".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(is_known)
}

/// What can be changed, as the audit list names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// An account was made.
    AddUser,
    /// An account can no longer sign in.
    DisableUser,
    /// An account got a new password, and a new second factor if it has one.
    ResetUser,
    /// A token that speaks for an account was made.
    AddToken,
    /// An occasion was entered.
    EnterOccasion,
    /// An occasion was changed.
    ChangeOccasion,
    /// An occasion was cancelled.
    CancelOccasion,
    /// An action was registered.
    RegisterAction,
    /// It was entered what became of an action.
    StepAction,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AddUser,
        Self::DisableUser,
        Self::ResetUser,
        Self::AddToken,
        Self::EnterOccasion,
        Self::ChangeOccasion,
        Self::CancelOccasion,
        Self::RegisterAction,
        Self::StepAction,
    ];

    /// The word in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AddUser => "user.add",
            Self::DisableUser => "user.disable",
            Self::ResetUser => "user.reset",
            Self::AddToken => "user.token",
            Self::EnterOccasion => "event.enter",
            Self::ChangeOccasion => "event.change",
            Self::CancelOccasion => "event.cancel",
            Self::RegisterAction => "action.register",
            Self::StepAction => "action.step",
        }
    }

    /// The act of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// A change, for the audit list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at_ms: Millis,
    /// The name of an account, or [`COMMAND_LINE`].
    pub who: String,
    /// What was done.
    pub act: Act,
    /// What to: the name of an account, the id of an occasion or an action.
    pub subject: String,
    /// What it was before (JSON), if it was there.
    pub before: Option<String>,
    /// What it is now (JSON). No secret, nor a hash of one.
    pub after: Option<String>,
}

/// Who changes something without signing in: whoever has the machine.
pub const COMMAND_LINE: &str = "command line";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_what_they_name() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        for act in Act::ALL {
            assert_eq!(Act::from_name(act.name()), Some(act));
        }
        assert_eq!(Role::from_name("king"), None);
    }

    #[test]
    fn an_analyst_reads_and_only_an_officer_needs_a_second_factor() {
        assert_eq!(
            Role::ALL.map(|role| (role.may_enter(), role.needs_second_factor())),
            [(true, true), (true, false), (false, false)]
        );
        assert_eq!(Role::ALL.map(Role::may_register), [true, false, false]);
    }

    #[test]
    fn names_of_accounts_are_plain() {
        assert!(is_account_name("ada.lovelace@example.org"));
        for bad in ["", "Ada", "a b", "ada\n", COMMAND_LINE, &"a".repeat(41)] {
            assert!(!is_account_name(bad), "{bad:?}");
        }
    }
}
