//! Which source a bearer token stands for. Tokens are known by their SHA-256 only.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The hash of a token, as it is stored.
pub type TokenHash = [u8; 32];

/// Hashes a token. Tokens are long and random, so a plain hash is enough.
#[must_use]
pub fn hash_token(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// All tokens in force: hash to the `id` of a source in centre.toml.
#[derive(Clone, Debug, Default)]
pub struct TokenBook {
    /// The source of each hash.
    pub by_hash: HashMap<TokenHash, String>,
}

impl TokenBook {
    /// The source a token stands for. Every hash is compared in full, so that the time it takes
    /// says nothing about how near a guess was.
    #[must_use]
    pub fn source_of(&self, token: &str) -> Option<&str> {
        let hash = hash_token(token);
        self.by_hash.iter().fold(None, |found, (known, source)| {
            if known.ct_eq(&hash).into() {
                Some(source.as_str())
            } else {
                found
            }
        })
    }
}

/// The token book that is in force now; replaced when tokens are made or withdrawn.
#[derive(Clone, Debug, Default)]
pub struct Tokens(Arc<RwLock<TokenBook>>);

impl Tokens {
    /// Starts with a book.
    #[must_use]
    pub fn new(book: TokenBook) -> Self {
        Self(Arc::new(RwLock::new(book)))
    }

    /// Puts another book in force.
    pub fn replace(&self, book: TokenBook) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = book;
    }

    /// The source a token stands for now.
    #[must_use]
    pub fn source_of(&self, token: &str) -> Option<String> {
        let book = self.0.read().unwrap_or_else(PoisonError::into_inner);
        book.source_of(token).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_its_source_until_the_book_is_replaced() {
        let book = |token, source: &str| TokenBook {
            by_hash: HashMap::from([(hash_token(token), source.to_owned())]),
        };
        let tokens = Tokens::new(book("secret", "pbx"));
        let copy = tokens.clone();
        assert_eq!(copy.source_of("secret").as_deref(), Some("pbx"));
        assert_eq!(copy.source_of("secreT"), None);
        assert_eq!(copy.source_of(""), None);
        tokens.replace(book("other", "crm"));
        assert_eq!(copy.source_of("secret"), None);
        assert_eq!(copy.source_of("other").as_deref(), Some("crm"));
    }
}
