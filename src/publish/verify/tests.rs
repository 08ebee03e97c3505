//! The smallest honest record, and what is found when it is not.
