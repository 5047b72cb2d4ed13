//! Refresh tokens: 256 random bits that only the client has; the service keeps a hash of them.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

/// Who comes back within this time stays signed in.
pub const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(30);

pub struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// `random` must come from the system's source of randomness.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// What a client sent; `None` for what was never issued.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What the service keeps. A plain hash will do: there is nothing to guess in 256 random bits.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }

    /// What the client gets, once.
    pub fn reveal(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_revealed_is_recognised_and_nothing_else() {
        let token = RefreshToken::new([7; 32]);
        assert_eq!(RefreshToken::parse(&token.reveal()).map(|again| again.hash()), Some(token.hash()));
        for text in ["", "short", "not base64!", &"A".repeat(44)] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn neither_the_kept_hash_nor_the_log_gives_the_token_away() {
        let token = RefreshToken::new([7; 32]);
        assert_ne!(token.hash(), [7; 32]);
        assert!(!format!("{token:?}").contains('7'));
    }
}
