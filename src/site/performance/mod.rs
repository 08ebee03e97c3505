//! `/performance` and `/api/v1/performance`: what happened yesterday, this week, this month or in
//! own days, each figure with those it is of, its target and what it was before.
//!
//! Made of published cells only: one day, week or month, or the whole cells of a free range added
//! up. So a figure here is the one that the history and the API show.

mod callers;
mod conserved;
mod course;
mod draw;
mod figure;
mod json;
mod page;
mod range;
mod record;
mod rows;
mod sites;
#[cfg(test)]
mod tests;

pub use json::show as api;
pub use page::show;
pub use range::{Choice, PARAMETERS};
pub use record::ids as record_ids;
