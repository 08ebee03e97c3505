//! `/actions`, `/actions/{id}` and `/api/v1/actions`: what is done about the figures, and whether it
//! worked, computed from what is published.

mod api;
mod course;
mod judge;
mod list;
mod look;
mod page;
#[cfg(test)]
mod tests;

pub use api::PARAMETERS;
pub use api::show as api;
pub use judge::{Memo, find};
pub use list::show as list;
pub use page::show;
