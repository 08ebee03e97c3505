//! `/history`, `/chart.svg` and `/chart.png`: a measure of a line over time. Every parameter of the
//! view is in the address; the page is complete without its script.

mod data;
mod draw;
mod form;
mod links;
mod load;
mod look;
mod page;
mod range;
mod table;
#[cfg(test)]
mod tests;
mod view;

pub use draw::{Sheet, picture};
pub use load::load;
pub use look::{
    Scale, compare_label, days_words, line_name, mark_sign, measure_name, start_words,
    summary_words, value_words,
};
pub use page::show;
pub use range::Range;
pub use view::{PARAMETERS, View};
