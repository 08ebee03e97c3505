//! The second factor: codes of six digits that change every 30 seconds (RFC 6238, HMAC-SHA-1, as
//! every authenticator app reads them).

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::domain::event::Millis;

/// How long a code holds.
const STEP_MS: Millis = 30_000;

/// Clocks may differ by so many steps, either way.
const SKEW: i64 = 1;

/// Bytes of a secret: the output length of the hash (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;

/// Digits of a code.
const DIGITS: usize = 6;

/// A new secret, base32 without padding.
#[must_use]
pub fn new_secret() -> String {
    BASE32_NOPAD.encode(&rand::random::<[u8; SECRET_BYTES]>())
}

/// The address that an authenticator app reads (Key URI Format).
#[must_use]
pub fn address(issuer: &str, account: &str, secret: &str) -> String {
    let (issuer, account) = (encoded(issuer), encoded(account));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}\
         &algorithm=SHA1&digits={DIGITS}&period=30"
    )
}

/// The step of which a code is right, if it is: the newest of those that clocks allow.
#[must_use]
pub fn step_of(secret: &str, code: &str, at_ms: Millis) -> Option<i64> {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = at_ms.div_euclid(STEP_MS);
    (now - SKEW..=now + SKEW).fold(None, |found, step| {
        // Every step is worked out, whatever was found: the time tells nothing.
        let own = code_at(&secret, step, DIGITS);
        let is_own = own.is_some_and(|own| own.as_bytes().ct_eq(code.as_bytes()).into());
        if is_own { Some(step) } else { found }
    })
}

/// HOTP of RFC 4226 with the step as its counter.
fn code_at(secret: &[u8], step: i64, digits: usize) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash.last()? & 0x0f);
    let bytes: [u8; 4] = hash.get(at..at + 4)?.try_into().ok()?;
    let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
    let number = u64::from(number) % 10_u64.pow(u32::try_from(digits).ok()?);
    Some(format!("{number:0digits$}"))
}

/// What may stand in an address as it is; all else as `%XX`.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// The code of an instant, as an authenticator app shows it; none for what is no secret.
#[must_use]
pub fn code_of(secret: &str, at_ms: Millis) -> Option<String> {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    code_at(&secret, at_ms.div_euclid(STEP_MS), DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The secret of RFC 6238, Appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    #[rstest]
    #[case(59, "94287082")]
    #[case(1_111_111_109, "07081804")]
    #[case(1_111_111_111, "14050471")]
    #[case(1_234_567_890, "89005924")]
    #[case(2_000_000_000, "69279037")]
    #[case(20_000_000_000, "65353130")]
    fn the_codes_are_those_of_rfc_6238(#[case] at_secs: i64, #[case] code: &str) {
        assert_eq!(code_at(SECRET, at_secs / 30, 8).as_deref(), Some(code));
        let secret = BASE32_NOPAD.encode(SECRET);
        let six = &code[2..];
        assert_eq!(step_of(&secret, six, at_secs * 1_000), Some(at_secs / 30));
    }

    #[test]
    fn a_code_holds_a_step_before_and_after_and_no_longer() {
        let secret = BASE32_NOPAD.encode(SECRET);
        let at = |secs: i64| step_of(&secret, " 287 082 ", secs * 1_000);
        assert_eq!([0, 29, 30, 89].map(at), [Some(1); 4]);
        assert_eq!([-1, 90].map(at), [None; 2]);
        assert_eq!(step_of(&secret, "", 59_000), None);
        assert_eq!(step_of("not base32!", "287082", 59_000), None);
    }

    #[test]
    fn the_address_holds_what_an_app_needs() {
        let address = address("Eaux du Nord", "ada@x.fr", "GEZDGNBV");
        assert!(
            address.starts_with("otpauth://totp/Eaux%20du%20Nord:ada%40x.fr?secret=GEZDGNBV&"),
            "{address}"
        );
        let secret = new_secret();
        assert_eq!(secret.len(), 32);
        assert_ne!(secret, new_secret());
    }
}
