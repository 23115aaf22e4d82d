//! The key of the store. On a phone it comes from the platform's keystore; a desktop without one, and the command line, keep it in a
//! file beside the store, which protects a lost disk no better than the file's permissions do.

use beehive_machine::private;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use thiserror::Error;
use zeroize::Zeroizing;

/// What opens the encrypted store.
#[derive(Clone)]
pub enum StoreKey {
    /// A 256-bit key, used as it is (deriving one from a passphrase would cost 150 ms at every start).
    Raw(Zeroizing<[u8; 32]>),
}

impl StoreKey {
    /// A new random key.
    pub fn random() -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0u8; 32]);
        getrandom::fill(&mut key[..]).map_err(|_| KeyError::Random)?;
        Ok(Self::Raw(key))
    }

    /// The key's bytes.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        match self {
            Self::Raw(key) => key,
        }
    }
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

/// The key file cannot be read or made.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file or its folder cannot be read or written.
    #[error("the key file {path} cannot be used: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file does not hold 64 hexadecimal digits. It is left as it is: replacing it would lock the store for good.
    #[error("the key file {0} does not hold a key")]
    Malformed(PathBuf),
    /// There is a store and the file of its key is gone. A new key would open nothing, and be taken for the right one.
    #[error("the key file {0} is gone, but there is a store")]
    Lost(PathBuf),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// Reads `DIR/store.key`, or makes it (readable by the owner only) when it does not exist.
pub fn file_key(dir: &Path) -> Result<StoreKey, KeyError> {
    let path = dir.join("store.key");
    let io = |source| KeyError::Io { path: path.clone(), source };
    tracing::warn!("the key of the store is kept in a file beside it; a platform keystore protects it better");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            let mut key = Zeroizing::new([0u8; 32]);
            hex::decode_to_slice(text.trim(), &mut key[..]).map_err(|_| KeyError::Malformed(path.clone()))?;
            Ok(StoreKey::Raw(key))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound && dir.join("key.check").exists() => Err(KeyError::Lost(path)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            private::folder(dir).map_err(io)?;
            let key = StoreKey::random()?;
            let text = Zeroizing::new(hex::encode(key.bytes()));
            private::replace(&path, text.as_bytes()).map_err(io)?;
            Ok(key)
        }
        Err(e) => Err(io(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let first = file_key(dir.path()).unwrap();
        assert_eq!(first.bytes(), file_key(dir.path()).unwrap().bytes());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(dir.path().join("store.key")).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("store.key"), "not a key").unwrap();
        assert!(matches!(file_key(dir.path()), Err(KeyError::Malformed(_))));
        assert_eq!(fs::read_to_string(dir.path().join("store.key")).unwrap(), "not a key");
    }
}
