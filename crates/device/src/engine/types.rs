//! What passes between the engine and its callers beside the API: how it is opened, and what the network layer exchanges with it.

use crate::{clock::Clock, key::StoreKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use beehive_core::{ChangeHash, CredentialHash, DeviceId, DocId, NodeId, StreetId, reference::Member, sync::SyncRequest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{fmt, path::PathBuf, sync::Arc};
use zeroize::Zeroizing;

/// What the engine needs to open.
pub struct OpenOptions {
    /// The folder of the store. Made if it does not exist.
    pub dir: PathBuf,
    /// The key of the store.
    pub key: StoreKey,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

/// The secret that the phone shows to the server. Never printed, wiped from memory when dropped.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credential(#[serde(with = "secret")] Zeroizing<String>);

impl Credential {
    /// Random bytes of one made here.
    const BYTES: usize = 32;

    /// Keeps a secret.
    pub fn new(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// A new secret; `None` if the system gives no random numbers.
    pub(crate) fn random() -> Option<Self> {
        let mut bytes = Zeroizing::new([0u8; Self::BYTES]);
        getrandom::fill(&mut bytes[..]).ok()?;
        Some(Self::new(URL_SAFE_NO_PAD.encode(&bytes[..])))
    }

    /// What the server keeps of it.
    pub fn hash(&self) -> CredentialHash {
        CredentialHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The secret itself, for the `Authorization` header only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

mod secret {
    use serde::{Deserialize, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub fn serialize<S: Serializer>(secret: &Zeroizing<String>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(secret)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Zeroizing<String>, D::Error> {
        String::deserialize(d).map(Zeroizing::new)
    }
}

/// Whose phone this is, and which server it talks to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// The server's address.
    pub server: String,
    /// The pinned fingerprint of the server's certificate, if the invitation named one.
    pub fingerprint: Option<String>,
    /// The device's id at the server.
    pub device: DeviceId,
    /// The device's secret.
    pub credential: Credential,
    /// The member, as last heard from the server.
    pub member: Member,
    /// The name of the street.
    pub tenant: String,
    /// Which street; absent while its server has not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<StreetId>,
}

/// A request that is ready to be sent, with what must be remembered to understand the answer.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What to send.
    pub request: SyncRequest,
    /// Whether the outbox holds more than this request carries.
    pub more: bool,
    /// The changes of each pushed group, in the order sent.
    pub(crate) groups: Vec<SentGroup>,
}

impl Prepared {
    /// How many changes it carries.
    pub fn changes(&self) -> u32 {
        self.groups.iter().map(|g| g.hashes.len() as u32).sum()
    }

    /// How many records those belong to.
    pub fn records(&self) -> u32 {
        self.groups.len() as u32
    }
}

/// One pushed group.
#[derive(Debug, Clone)]
pub(crate) struct SentGroup {
    pub doc: DocId,
    pub hashes: Vec<ChangeHash>,
}

/// What applying a response came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Changes the server has on its disk now that it did not have from us before.
    pub sent: u32,
    /// Changes taken in.
    pub received: u32,
    /// Groups refused or held.
    pub refused: u32,
    /// Whether another request should follow: the server or the outbox has more.
    pub more: bool,
    /// Whether another request must follow at once for this exchange to be whole (history asked for, values made anew, a scope to
    /// read again).
    pub need_now: bool,
}

/// A pack still to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPack {
    /// The scope it belongs to.
    pub scope: NodeId,
    /// Its name: `GET /v1/packs/{name}`.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// How many bytes of it are here: the offset to go on from.
    pub received: u64,
}
