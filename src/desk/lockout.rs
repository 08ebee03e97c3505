//! Who must wait before the next try: delays that grow, and that a stranger cannot use against the
//! owner of an account.
//!
//! Wrong tries are counted in three ways. Of an account from an address; of an account from all
//! addresses it never signed in from, together; of an address whatever the account. An address
//! that has signed in as this account before is held up by the first alone, which only it can move.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use crate::domain::event::Millis;

/// Wrong tries of an account from an address that cost nothing.
const FREE_TRIES: u32 = 5;

/// The same of an account from all strange addresses, and of an address for all accounts.
const FREE_TRIES_TOGETHER: u32 = 20;

/// The first delay; each further wrong try doubles it.
const FIRST_DELAY_MS: Millis = 30_000;

/// The longest.
const LONGEST_DELAY_MS: Millis = 3_600_000;

/// Tries are forgotten so long after the last one.
const FORGET_AFTER_MS: Millis = 24 * 3_600_000;

/// More than these are not counted: those tried longest ago are forgotten first.
const MOST_COUNTERS: usize = 20_000;

/// Whose tries are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Counter {
    /// Of an account from an address.
    Both(String, IpAddr),
    /// Of an account from all strange addresses.
    Account(String),
    /// Of a strange address.
    Address(IpAddr),
}

impl Counter {
    fn free_tries(&self) -> u32 {
        match self {
            Self::Both(..) => FREE_TRIES,
            Self::Account(_) | Self::Address(_) => FREE_TRIES_TOGETHER,
        }
    }
}

/// Wrong tries since the last right one.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    wrong: u32,
    last_ms: Millis,
}

/// Who tries, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The name of an account, which need not exist.
    pub account: String,
    /// From where.
    pub address: IpAddr,
    /// Whether the account has signed in from there before.
    pub is_known: bool,
}

impl Attempt {
    fn counters(&self) -> Vec<Counter> {
        let address = neighbourhood(self.address);
        let mut counters = vec![Counter::Both(self.account.clone(), address)];
        if !self.is_known {
            counters.push(Counter::Account(self.account.clone()));
            counters.push(Counter::Address(address));
        }
        counters
    }
}

/// The wrong tries of the last day, in memory only.
#[derive(Debug, Default)]
pub struct Lockout {
    tries: Mutex<Counters>,
}

impl Lockout {
    /// Begins an attempt: it counts as wrong until it is known to be right, so that many at once
    /// are as many tries. Until when it must wait, if it may not be made now.
    #[must_use]
    pub fn begin(&self, attempt: &Attempt, now_ms: Millis) -> Option<Millis> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let until_ms = locked_until(&tries, attempt, now_ms);
        if until_ms.is_none() {
            count(&mut tries, attempt, now_ms);
        }
        until_ms
    }

    /// The attempt was not wrong, and there is more to come: it counts for nothing.
    pub fn undo(&self, attempt: &Attempt) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        for counter in attempt.counters() {
            if let Some(own) = tries.get_mut(&counter) {
                own.wrong = own.wrong.saturating_sub(1);
            }
        }
    }

    /// Whoever tried has signed in: the wrong tries of the account from there are forgotten.
    pub fn right(&self, attempt: &Attempt) {
        self.undo(attempt);
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let address = neighbourhood(attempt.address);
        tries.remove(&Counter::Both(attempt.account.clone(), address));
    }
}

type Counters = HashMap<Counter, Tries>;

fn locked_until(tries: &Counters, attempt: &Attempt, now_ms: Millis) -> Option<Millis> {
    let until = attempt.counters().into_iter().filter_map(|counter| {
        let own = tries.get(&counter)?;
        Some(own.last_ms + delay_ms(own.wrong, counter.free_tries())?)
    });
    until.max().filter(|until_ms| now_ms < *until_ms)
}

fn count(tries: &mut Counters, attempt: &Attempt, now_ms: Millis) {
    for counter in attempt.counters() {
        let own = tries.entry(counter).or_default();
        if now_ms - own.last_ms > FORGET_AFTER_MS {
            own.wrong = 0;
        }
        own.wrong = own.wrong.saturating_add(1);
        own.last_ms = now_ms;
    }
    if tries.len() > MOST_COUNTERS {
        forget(tries);
    }
}

/// Half of the counters stay: those that were moved last.
fn forget(tries: &mut Counters) {
    let mut ages: Vec<Millis> = tries.values().map(|own| own.last_ms).collect();
    ages.sort_unstable();
    let middle_ms = ages[ages.len() / 2];
    tries.retain(|_, own| own.last_ms > middle_ms);
}

fn delay_ms(wrong: u32, free: u32) -> Option<Millis> {
    let beyond = wrong.checked_sub(free)?;
    // Beyond twenty doublings it is the longest anyway.
    let delay_ms = FIRST_DELAY_MS << beyond.min(20);
    Some(delay_ms.min(LONGEST_DELAY_MS))
}

/// Of IPv6 the /64: it belongs to one customer.
#[must_use]
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64))
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(account: &str, address: &str, is_known: bool) -> Attempt {
        Attempt {
            account: account.to_owned(),
            address: address.parse().expect("an address"),
            is_known,
        }
    }

    /// Tries that nobody holds up: when each of them was made is not what a test is about.
    fn fail(lockout: &Lockout, attempt: &Attempt, times: usize) {
        let mut tries = lockout.tries.lock().expect("whole");
        for _ in 0..times {
            count(&mut tries, attempt, 0);
        }
    }

    fn locked(lockout: &Lockout, attempt: &Attempt, now_ms: Millis) -> Option<Millis> {
        locked_until(&lockout.tries.lock().expect("whole"), attempt, now_ms)
    }

    #[test]
    fn delays_begin_after_five_wrong_tries_double_and_end_at_an_hour() {
        let lockout = Lockout::default();
        let own = attempt("ada", "192.0.2.1", true);
        for _ in 0..5 {
            assert_eq!(lockout.begin(&own, 0), None, "it may be made, and counts");
        }
        assert_eq!(lockout.begin(&own, 0), Some(FIRST_DELAY_MS));
        let mut delays = vec![FIRST_DELAY_MS / 1_000];
        for _ in 0..8 {
            fail(&lockout, &own, 1);
            delays.push(locked(&lockout, &own, 0).expect("locked") / 1_000);
        }
        assert_eq!(delays, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(lockout.begin(&own, 3_600_000), None, "it ends");
        lockout.right(&own);
        assert_eq!(locked(&lockout, &own, 0), None, "signed in");
    }

    #[test]
    fn strangers_cannot_lock_an_owner_out_however_many_they_are() {
        let lockout = Lockout::default();
        for n in 0..200 {
            let stranger = attempt("ada", &format!("203.0.113.{n}"), false);
            fail(&lockout, &stranger, 10);
        }
        let owner = attempt("ada", "192.0.2.1", true);
        assert_eq!(locked(&lockout, &owner, 0), None);
        let another = attempt("ada", "198.51.100.7", false);
        assert_eq!(
            locked(&lockout, &another, 0),
            Some(LONGEST_DELAY_MS),
            "a new address waits like the strangers it comes among"
        );
        fail(&lockout, &owner, 5);
        assert!(locked(&lockout, &owner, 0).is_some(), "its own counter");
    }

    #[test]
    fn a_password_that_is_right_does_not_forgive_wrong_codes() {
        let lockout = Lockout::default();
        let own = attempt("ada", "192.0.2.1", false);
        for _ in 0..5 {
            assert_eq!(lockout.begin(&own, 0), None, "the password");
            lockout.undo(&own);
            assert_eq!(lockout.begin(&own, 0), None, "the code");
        }
        assert!(lockout.begin(&own, 0).is_some());
    }

    #[test]
    fn an_address_that_tries_many_names_is_held_up() {
        let lockout = Lockout::default();
        for n in 0..FREE_TRIES_TOGETHER {
            let own = attempt(&format!("name{n}"), "203.0.113.9", false);
            assert_eq!(lockout.begin(&own, 0), None);
        }
        let next = attempt("one-more", "203.0.113.9", false);
        assert!(locked(&lockout, &next, 0).is_some());
        let neighbour = attempt("one-more", "203.0.113.10", false);
        assert_eq!(locked(&lockout, &neighbour, 0), None);
    }

    #[test]
    fn a_day_later_tries_are_forgotten_and_memory_has_an_end() {
        let lockout = Lockout::default();
        let own = attempt("ada", "2001:db8::1", true);
        fail(&lockout, &own, 20);
        assert_eq!(lockout.begin(&own, FORGET_AFTER_MS + 1), None);
        assert_eq!(locked(&lockout, &own, FORGET_AFTER_MS + 1), None);
        for n in 0..MOST_COUNTERS {
            let now_ms = FORGET_AFTER_MS + 2 + i64::try_from(n).expect("small");
            let one = attempt(&n.to_string(), "192.0.2.1", true);
            assert_eq!(lockout.begin(&one, now_ms), None);
        }
        let kept = lockout.tries.lock().expect("whole").len();
        assert!(kept <= MOST_COUNTERS, "{kept}");
        let same_house = neighbourhood("2001:db8::2".parse().expect("an address"));
        assert_eq!(same_house, neighbourhood(own.address));
    }
}
