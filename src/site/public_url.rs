//! The address by which everybody knows the site, where requests do not name it rightly.

use std::str::FromStr;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Uri, header};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Scheme and host of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: HeaderValue,
    host: HeaderValue,
}

/// Why a text is not the address of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write scheme and host, without a path: https://calls.example.org")]
pub struct NotAnAddress;

impl FromStr for PublicUrl {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let uri: Uri = text.parse().map_err(|_| NotAnAddress)?;
        let scheme = uri.scheme_str().ok_or(NotAnAddress)?;
        let authority = uri.authority().ok_or(NotAnAddress)?;
        let is_plain = ["http", "https"].contains(&scheme)
            && uri.path_and_query().is_none_or(|path| path == "/")
            && !authority.as_str().contains('@');
        if !is_plain {
            return Err(NotAnAddress);
        }
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| NotAnAddress);
        Ok(Self {
            scheme: value(scheme)?,
            host: value(authority.as_str())?,
        })
    }
}

impl PublicUrl {
    /// The request as if it had come by this address.
    #[must_use]
    pub fn name(&self, mut request: Request) -> Request {
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        headers.insert(FORWARDED_PROTO, self.scheme.clone());
        request
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::super::page::absolute;
    use super::*;

    #[test]
    fn the_named_address_wins_over_what_a_request_says() {
        let public: PublicUrl = "https://calls.example.org:8443".parse().unwrap();
        let request = Request::builder()
            .header("host", "127.0.0.1:8080")
            .header("x-forwarded-proto", "http");
        let request = public.name(request.body(Body::empty()).unwrap());
        assert_eq!(
            absolute(request.headers(), "/editions"),
            "https://calls.example.org:8443/editions"
        );
    }

    #[test]
    fn only_scheme_and_host_are_an_address() {
        for wrong in [
            "calls.example.org",
            "https://calls.example.org/site",
            "https://calls.example.org/?a",
            "ftp://calls.example.org",
            "https://me@calls.example.org",
            "https://",
            "",
        ] {
            assert_eq!(wrong.parse::<PublicUrl>(), Err(NotAnAddress), "{wrong}");
        }
        assert!("http://[::1]:8080/".parse::<PublicUrl>().is_ok());
    }
}
