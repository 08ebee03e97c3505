//! What is to be expected: history in, expected demand and waits out. Pure; knows only `domain`.

pub mod minutes;
pub mod profile;
