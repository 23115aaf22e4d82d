//! Tells a wrong key from a damaged file: to SQLCipher both look the same, but only one of them may be set aside.

use crate::key::StoreKey;
use beehive_machine::private;
use sha2::{Digest, Sha256};
use std::{fs, io, path::Path};
use subtle::ConstantTimeEq;

/// What the check file says about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCheck {
    /// There is none yet.
    Absent,
    /// It is the key of this store.
    Fits,
    /// It is not.
    Differs,
}

const SALT: usize = 16;

/// Compares a key with the check file.
pub fn check(path: &Path, key: &StoreKey) -> io::Result<KeyCheck> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(KeyCheck::Absent),
        Err(e) => return Err(e),
    };
    let Some((salt, tag)) = bytes.split_at_checked(SALT) else { return Ok(KeyCheck::Absent) };
    if tag.len() != 32 {
        return Ok(KeyCheck::Absent); // cut short while it was first written: worth nothing, not a verdict
    }
    Ok(if bool::from(tag.ct_eq(&digest(salt, key))) { KeyCheck::Fits } else { KeyCheck::Differs })
}

/// Writes the check file for a key that has just opened the store.
pub fn write(path: &Path, key: &StoreKey, salt: [u8; SALT]) -> io::Result<()> {
    let mut bytes = salt.to_vec();
    bytes.extend_from_slice(&digest(&salt, key));
    private::replace(path, &bytes)
}

/// The key has 256 random bits, so a plain hash gives nothing away.
fn digest(salt: &[u8], key: &StoreKey) -> [u8; 32] {
    Sha256::new().chain_update(b"beehive key check 1").chain_update(salt).chain_update(key.bytes()).finalize().into()
}
