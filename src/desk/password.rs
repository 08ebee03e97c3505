//! Passwords: argon2id, kept as PHC strings.

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;
use subtle::ConstantTimeEq;

/// The fewest characters of a password.
pub const FEWEST_CHARS: usize = 12;

/// The most bytes of one: nobody types more, and hashing megabytes is an attack.
pub const MOST_BYTES: usize = 1_024;

/// Memory in KiB, passes and lanes: OWASP's Password Storage Cheat Sheet, argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// Bytes of a salt.
const SALT_BYTES: usize = 16;

/// The hash of no password: whoever names an account that does not exist waits as long.
pub const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCEhIQ\
    $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is wrong with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Too short.
    #[error("a password has at least {FEWEST_CHARS} characters")]
    TooShort,
    /// Too long.
    #[error("a password has at most {MOST_BYTES} bytes")]
    TooLong,
    /// One character again and again.
    #[error("a password is more than one character again and again")]
    OneCharacter,
}

/// Whether a password may be used.
///
/// # Errors
/// What is wrong with it.
pub fn check(password: &str) -> Result<(), Unfit> {
    let first = password.chars().next();
    if password.chars().count() < FEWEST_CHARS {
        Err(Unfit::TooShort)
    } else if password.len() > MOST_BYTES {
        Err(Unfit::TooLong)
    } else if password.chars().all(|letter| Some(letter) == first) {
        Err(Unfit::OneCharacter)
    } else {
        Ok(())
    }
}

/// Hashes a password with a salt of its own. Takes some 20 ms and 19 MiB.
///
/// # Errors
/// If there is no memory for it.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let salt: [u8; SALT_BYTES] = rand::random();
    let hash = derive(password, &salt, COST)?;
    let (memory, passes, lanes) = COST;
    Ok(format!(
        "$argon2id$v=19$m={memory},t={passes},p={lanes}${}${}",
        BASE64_NOPAD.encode(&salt),
        BASE64_NOPAD.encode(&hash),
    ))
}

/// Whether a password is the one of a PHC string; never for a string that cannot be read.
#[must_use]
pub fn is_right(password: &str, phc: &str) -> bool {
    let Some((cost, salt, hash)) = read(phc) else {
        return false;
    };
    let derived = derive(password, &salt, cost);
    derived.is_ok_and(|derived| derived.ct_eq(&hash[..]).into())
}

fn derive(password: &str, salt: &[u8], cost: (u32, u32, u32)) -> anyhow::Result<[u8; HASH_BYTES]> {
    let failed = |error: argon2::Error| anyhow::anyhow!("hashing a password: {error}");
    let (memory, passes, lanes) = cost;
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).map_err(failed)?;
    let mut hash = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .map_err(failed)?;
    Ok(hash)
}

type Phc = ((u32, u32, u32), Vec<u8>, Vec<u8>);

fn read(phc: &str) -> Option<Phc> {
    let rest = phc.strip_prefix("$argon2id$v=19$")?;
    let mut parts = rest.split('$');
    let (cost, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let mut numbers = cost
        .split(',')
        .map(|part| part.split_once('=').and_then(|(_, n)| n.parse().ok()));
    let cost = (numbers.next()??, numbers.next()??, numbers.next()??);
    let decoded = |text: &str| BASE64_NOPAD.decode(text.as_bytes()).ok();
    Some((cost, decoded(salt)?, decoded(hash)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_and_another_one_is_not() {
        let phc = hash("correct horse battery").expect("a hash");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(is_right("correct horse battery", &phc));
        assert!(!is_right("correct horse batterY", &phc));
        assert!(!is_right("", &phc) && !is_right("x", "") && !is_right("x", "$2y$10$abc"));
        assert_ne!(
            phc,
            hash("correct horse battery").expect("a hash"),
            "salted"
        );
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_any() {
        let (cost, salt, hash) = read(NOBODYS).expect("a PHC string");
        assert_eq!(
            (cost, salt.len(), hash.len()),
            (COST, SALT_BYTES, HASH_BYTES)
        );
        assert!(!is_right("", NOBODYS));
    }

    /// RFC 9106 has no vector without secret and associated data; this one is of the reference
    /// implementation's test suite (argon2id, version 19, m = 2^16 KiB, t = 2, p = 1).
    #[test]
    fn the_hash_is_that_of_the_reference_implementation() {
        let hash = derive("password", b"somesalt", (65_536, 2, 1)).expect("a hash");
        assert_eq!(
            hex::encode(hash),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
    }

    #[test]
    fn short_endless_and_monotonous_passwords_are_refused() {
        assert_eq!(check("elevenchars"), Err(Unfit::TooShort));
        assert_eq!(check("twelve chars"), Ok(()));
        assert_eq!(check("éééééééééééé"), Err(Unfit::OneCharacter));
        assert_eq!(check(&"ab".repeat(513)), Err(Unfit::TooLong));
    }
}
