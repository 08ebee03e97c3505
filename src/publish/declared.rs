//! What stands in the log about how figures are made: definitions that hold, and those withdrawn.

use serde_json::{Map, Value};

use crate::domain::log::Kind;

/// A definition, or that there is none any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// [`Kind::Definition`] or [`Kind::Withdrawal`].
    pub kind: Kind,
    /// What it is of: `measure/attempts`, `line/billing`, `cause/billing`.
    pub subject: String,
    /// What it says.
    pub body: Map<String, Value>,
}
