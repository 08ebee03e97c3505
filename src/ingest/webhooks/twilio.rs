//! `X-Twilio-Signature`: whether Twilio sent a request, and this one.
//!
//! It is HMAC-SHA1 under the account's auth token, in base64, over the address that Twilio called
//! and, of a form, each of its parameters in the order of their names, name and value without
//! anything between. Of any other body the address tells the SHA-256 (`bodySHA256`). Source:
//! "Secure webhooks" in Twilio's documentation, and what its own libraries check.

use axum::http::{HeaderMap, Uri, header};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::ingest::problem::Problem;

/// Whether the body is a form: an event callback.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let kind = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Compares the signature with the request.
///
/// # Errors
/// 401 if there is none, or not that of this address and body under this token.
pub(super) fn check(
    token: &[u8],
    headers: &HeaderMap,
    address: &Uri,
    body: &[u8],
) -> Result<(), Problem> {
    let Some(given) = text(headers, "x-twilio-signature") else {
        return Err(Problem::not_signed("the request is not signed"));
    };
    let given = BASE64.decode(given.as_bytes());
    let given = given.map_err(|_| Problem::not_signed("no signature"))?;
    let parameters = if is_form(headers) {
        parameters(body)
    } else {
        check_hash(address, body)?;
        String::new()
    };
    for address in addresses(headers, address) {
        let mut mac = Hmac::<Sha1>::new_from_slice(token)
            .map_err(|_| Problem::not_signed("there is no token to compare with"))?;
        mac.update(address.as_bytes());
        mac.update(parameters.as_bytes());
        // Compared in full, so that the time it takes says nothing.
        if mac.verify_slice(&given).is_ok() {
            return Ok(());
        }
    }
    Err(Problem::not_signed(
        "the signature is not that of this address and body under the auth token",
    ))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// By name, then by value; what stands there twice counts once.
fn parameters(body: &[u8]) -> String {
    let mut pairs: Vec<_> = form_urlencoded::parse(body).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let pairs = pairs.iter();
    pairs
        .flat_map(|(name, value)| [&**name, &**value])
        .collect()
}

fn check_hash(address: &Uri, body: &[u8]) -> Result<(), Problem> {
    let query = address.query().unwrap_or_default().as_bytes();
    let mut query = form_urlencoded::parse(query);
    let told = query.find(|(name, _)| name == "bodySHA256");
    let told = told.and_then(|(_, hash)| hex::decode(hash.as_bytes()).ok());
    if told.is_some_and(|told| told == Sha256::digest(body).as_slice()) {
        Ok(())
    } else {
        Err(Problem::not_signed(
            "the body is not the one whose bodySHA256 stands in the address",
        ))
    }
}

/// The address that Twilio called, without its port and with it: Twilio signs either. A proxy tells
/// what it was called by in `Host` and `X-Forwarded-Proto`; who says nothing is taken for HTTPS.
fn addresses(headers: &HeaderMap, address: &Uri) -> [String; 2] {
    let scheme = match text(headers, "x-forwarded-proto") {
        Some("http") => "http",
        _ => "https",
    };
    let host = text(headers, header::HOST.as_str()).unwrap_or_default();
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let usual = if scheme == "http" { "80" } else { "443" };
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if is_port(port) => (host, port),
        _ => (host, usual),
    };
    let path = address.path_and_query().map_or("/", |path| path.as_str());
    [
        format!("{scheme}://{host}{path}"),
        format!("{scheme}://{host}:{port}{path}"),
    ]
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// What Twilio's libraries are tested with.
    const TOKEN: &[u8] = b"12345";
    const PATH: &str = "/myapp.php?foo=1&bar=2";
    const FORM: &[u8] = b"Digits=1234&To=%2B18005551212&From=%2B14158675309\
        &Caller=%2B14158675309&CallSid=CA1234567890ABCDE";
    const JSON: &[u8] = br#"{"property": "value", "boolean": true}"#;
    const HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn form(host: &str, scheme: &str, signature: &str) -> bool {
        let headers = headers(&[
            (
                "content-type",
                "application/x-www-form-urlencoded; charset=UTF-8",
            ),
            ("host", host),
            ("x-forwarded-proto", scheme),
            ("x-twilio-signature", signature),
        ]);
        check(TOKEN, &headers, &PATH.parse().unwrap(), FORM).is_ok()
    }

    #[test]
    fn forms_are_signed_with_and_without_the_port() {
        for (host, scheme, signature) in [
            ("mycompany.com", "https", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (
                "mycompany.com:1234",
                "https",
                "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            ),
            ("mycompany.com", "https", "kvajT1Ptam85bY51eRf/AJRuM3w="),
            ("mycompany.com", "http", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
            ("mycompany.com:1234", "http", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ] {
            assert!(form(host, scheme, signature), "{scheme}://{host}");
        }
        assert!(!form("other.com", "https", "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
        assert!(!form(
            "mycompany.com",
            "http",
            "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        ));
        assert!(!form("mycompany.com", "https", "FAIL"));
        assert!(!form("mycompany.com", "https", ""));
    }

    #[test]
    fn parameters_that_stand_there_twice_are_signed_once() {
        let body = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        assert_eq!(
            parameters(body),
            "Digits1234Digits5678SidCA123SidAccountAC123"
        );
    }

    #[test]
    fn of_other_bodies_the_address_tells_the_hash() {
        let headers = headers(&[
            ("content-type", "application/json"),
            ("host", "mycompany.com"),
            ("x-twilio-signature", "a9nBmqA0ju/hNViExpshrM61xv4="),
        ]);
        let address: Uri = format!("{PATH}&bodySHA256={HASH}").parse().unwrap();
        assert!(check(TOKEN, &headers, &address, JSON).is_ok());
        assert!(check(TOKEN, &headers, &address, b"{}").is_err());
        assert!(check(b"54321", &headers, &address, JSON).is_err());
        assert!(check(TOKEN, &headers, &PATH.parse().unwrap(), JSON).is_err());
    }
}
