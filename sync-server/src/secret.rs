//! Invitation codes and device credentials: made here, shown once, stored as hashes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use beehive_core::CredentialHash;
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// The SHA-256 of a secret. Enough for secrets of 128 random bits and more, which cannot be guessed from their hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// The hash of a secret as it was handed out.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// The hash as a phone sent it.
    pub fn given(hash: CredentialHash) -> Self {
        Self(hash.0)
    }

    /// Compares without telling by the time taken how much agrees.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// A secret that can be shown, but only on purpose: it prints as dots.
pub struct Secret(String);

impl Secret {
    /// A new secret of `bytes` random bytes, as URL-safe base64.
    pub fn random(bytes: usize) -> Result<Self, RandomError> {
        let mut raw = vec![0u8; bytes];
        fill(&mut raw)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(raw)))
    }

    /// The text to hand out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What to store.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The operating system gave no randomness. Nothing secret can be made then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct RandomError;

/// Fills a buffer with the operating system's randomness.
pub fn fill(buffer: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(buffer).map_err(|_| RandomError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_its_hash_and_never_printed() {
        let secret = Secret::random(32).unwrap();
        assert_eq!(secret.reveal().len(), 43);
        assert!(secret.hash().matches(&SecretHash::of(secret.reveal())));
        assert!(!secret.hash().matches(&Secret::random(32).unwrap().hash()));
        assert!(!format!("{secret:?} {:?}", secret.hash()).contains(secret.reveal()));
    }
}
