//! Sealing for the server's key: an anonymous box (X25519, XSalsa20-Poly1305), as libsodium makes it. Randomness comes from the caller.

use super::{MAGIC, MAX_RESCUE, RescueError, VERSION};
use crypto_box::{PublicKey, SecretKey, aead::rand_core::CryptoRngCore};
use sha2::{Digest as _, Sha256};
use std::fmt;

pub use crate::id::RescueKey;

/// Bytes of a key's name.
const NAME: usize = 8;
/// Bytes before the box.
const PREFIX: usize = MAGIC.len() + 1 + NAME;
/// What a box is longer than its content: a one-time key and the tag.
const OVERHEAD: usize = 32 + 16;

/// The name of a key: tells which of several a file was sealed for.
pub fn key_name(key: &RescueKey) -> [u8; NAME] {
    let digest = Sha256::digest(key.as_bytes());
    let mut name = [0; NAME];
    name.copy_from_slice(&digest[..NAME]);
    name
}

/// The half of the key that stays on the server. Wiped from memory when dropped, never printed.
pub struct RescueSecret(SecretKey);

impl RescueSecret {
    /// From its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretKey::from(bytes))
    }

    /// The half that phones get.
    pub fn public(&self) -> RescueKey {
        RescueKey(*self.0.public_key().as_bytes())
    }

    /// Opens a file with whichever of `secrets` it was sealed for; what comes out is what [`super::pack`] made.
    ///
    /// # Errors
    /// [`RescueError`]; nothing of a damaged file comes out.
    pub fn open(secrets: &[Self], file: &[u8]) -> Result<Vec<u8>, RescueError> {
        let Some(rest) = file.strip_prefix(MAGIC.as_slice()) else { return Err(RescueError::NotRescue) };
        if file.len() > MAX_RESCUE {
            return Err(RescueError::TooLarge);
        }
        match rest.first() {
            Some(&VERSION) => {}
            Some(&newer) if newer > VERSION => return Err(RescueError::Newer(newer)),
            _ => return Err(RescueError::Damaged),
        }
        if file.len() < PREFIX + OVERHEAD {
            return Err(RescueError::Damaged);
        }
        let (prefix, sealed) = file.split_at(PREFIX);
        let name = &prefix[MAGIC.len() + 1..];
        let secret = secrets.iter().find(|s| key_name(&s.public()) == *name).ok_or(RescueError::OtherKey)?;
        secret.0.unseal(sealed).map_err(|_| RescueError::Damaged)
    }
}

impl fmt::Debug for RescueSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RescueSecret(..)")
    }
}

/// Seals what [`super::pack`] made for the server that has the other half of `key`.
///
/// # Errors
/// [`RescueError::TooLarge`], [`RescueError::Unwritable`].
pub fn seal(rng: &mut impl CryptoRngCore, key: &RescueKey, packed: &[u8]) -> Result<Vec<u8>, RescueError> {
    if packed.len() + PREFIX + OVERHEAD > MAX_RESCUE {
        return Err(RescueError::TooLarge);
    }
    let sealed = PublicKey::from(key.0).seal(rng, packed).map_err(|_| RescueError::Unwritable)?;
    let mut file = Vec::with_capacity(PREFIX + sealed.len());
    file.extend_from_slice(MAGIC);
    file.push(VERSION);
    file.extend_from_slice(&key_name(key));
    file.extend_from_slice(&sealed);
    Ok(file)
}
