//! What is to be expected: history in, expected demand and waits out. Pure; knows only `domain`.

pub mod advice;
pub mod demand;
pub mod foresight;
pub mod live_wait;
pub mod minutes;
pub mod profile;
pub mod score;
pub mod scoring;
pub mod wait;
