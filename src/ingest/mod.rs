//! The writing side: whatever comes in by the door reaches the database through one writer.

pub mod apply;
pub mod rebuild;
pub mod retention;
pub mod writer;
