//! The key of the store: in the platform's keyring; on a desktop without one, in a file beside the store, with a warning.

use beehive_device::key::{KeyError, StoreKey, file_key};
use keyring_core::Entry;
use std::path::Path;
use thiserror::Error;
use zeroize::Zeroizing;

const SERVICE: &str = "cn.beehive.microgrid";

/// No key can be had.
#[derive(Debug, Error)]
pub enum NoKey {
    /// The store was made with a key of the keyring, and the keyring does not give it now.
    #[error("the keyring does not give the key of the store: {0}")]
    Withheld(keyring_core::Error),
    /// What the keyring holds is not a key.
    #[error("the keyring holds something else than a key")]
    Malformed,
    /// The key file cannot be used.
    #[error(transparent)]
    File(#[from] KeyError),
    /// A phone without a keystore is refused rather than served without protection.
    #[cfg(mobile)]
    #[error("no keystore: {0}")]
    NoKeystore(keyring_core::Error),
}

/// The key for the store in `dir`.
///
/// A store that exists is only ever opened with the kind of key it was made with: were a keyring that is locked today answered with a new
/// key file, the store could not be opened and would be set aside.
pub fn store_key(dir: &Path) -> Result<StoreKey, NoKey> {
    if dir.join("store.key").exists() {
        return Ok(file_key(dir)?);
    }
    match from_keyring(dir) {
        Ok(key) => Ok(key),
        Err(NoKey::Withheld(error)) if !dir.join("phone.db").exists() => without_keyring(dir, error),
        Err(error) => Err(error),
    }
}

#[cfg(not(mobile))]
fn without_keyring(dir: &Path, error: keyring_core::Error) -> Result<StoreKey, NoKey> {
    tracing::warn!(%error, "this desktop has no keyring");
    Ok(file_key(dir)?)
}

#[cfg(mobile)]
fn without_keyring(_: &Path, error: keyring_core::Error) -> Result<StoreKey, NoKey> {
    Err(NoKey::NoKeystore(error))
}

fn from_keyring(dir: &Path) -> Result<StoreKey, NoKey> {
    platform_store().map_err(NoKey::Withheld)?;
    // One key a folder: two stores of one person do not share it.
    let entry = Entry::new(SERVICE, &dir.to_string_lossy()).map_err(NoKey::Withheld)?;
    match entry.get_secret() {
        Ok(secret) => {
            let secret = Zeroizing::new(secret);
            let key: [u8; 32] = secret.as_slice().try_into().map_err(|_| NoKey::Malformed)?;
            Ok(StoreKey::Raw(Zeroizing::new(key)))
        }
        Err(error @ keyring_core::Error::NoEntry) if dir.join("phone.db").exists() => Err(NoKey::Withheld(error)),
        Err(keyring_core::Error::NoEntry) => {
            let key = StoreKey::random()?;
            let StoreKey::Raw(bytes) = &key;
            entry.set_secret(&bytes[..]).map_err(NoKey::Withheld)?;
            Ok(key)
        }
        Err(error) => Err(NoKey::Withheld(error)),
    }
}

#[cfg(target_os = "linux")]
fn platform_store() -> keyring_core::Result<()> {
    keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn platform_store() -> keyring_core::Result<()> {
    Err(keyring_core::Error::NotSupportedByStore("no keystore is wired up for this platform yet".into()))
}
