//! What is remembered of the calls that were heard of last.

use std::collections::HashMap;

/// Calls remembered in each of two generations: far more than wait and talk at once.
pub(super) const CALLS_IN_MEMORY: usize = 32_768;

/// Calls by their names; those that were heard of longest ago are forgotten first.
#[derive(Clone, Debug)]
pub(super) struct Recent<T> {
    young: HashMap<String, T>,
    old: HashMap<String, T>,
}

impl<T> Recent<T> {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// What is known of a call.
    pub(super) fn recall(&self, name: &str) -> Option<&T> {
        let young = self.young.get(name);
        young.or_else(|| self.old.get(name))
    }

    /// Keeps what is known now.
    pub(super) fn keep(&mut self, name: &str, call: T) {
        if self.young.len() >= CALLS_IN_MEMORY {
            self.old = std::mem::take(&mut self.young);
        }
        if let Some(kept) = self.young.get_mut(name) {
            *kept = call;
            return;
        }
        self.old.remove(name);
        self.young.insert(name.to_owned(), call);
    }

    /// All calls, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.old.iter().chain(&self.young)
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_has_an_end_and_keeps_the_newest() {
        let mut calls = Recent::new();
        for number in 0..3 * CALLS_IN_MEMORY {
            calls.keep(&number.to_string(), number);
        }
        assert!(calls.iter().count() <= 2 * CALLS_IN_MEMORY);
        assert_eq!(calls.recall("0"), None);
        let newest = 3 * CALLS_IN_MEMORY - 1;
        assert_eq!(calls.recall(&newest.to_string()), Some(&newest));
    }

    #[test]
    fn a_call_is_remembered_once() {
        let mut calls = Recent::new();
        calls.keep("a", 1);
        calls.keep("a", 2);
        assert_eq!(calls.iter().count(), 1);
        assert_eq!(calls.recall("a"), Some(&2));
        calls.clear();
        assert_eq!(calls.recall("a"), None);
    }
}
