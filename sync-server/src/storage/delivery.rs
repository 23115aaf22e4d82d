//! Rows about what went to whom: packs, what narrow viewers hold, and what was put aside instead of stored.

use super::Result;
use beehive_core::{ActorId, DeviceId, DocId, MemberId, NodeId};

/// A pack of document snapshots, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackMeta {
    /// Its name: derived from its content, and unguessable.
    pub name: String,
    /// The scope it is of.
    pub scope: NodeId,
    /// The one device that may read it; `None` for everyone who reads the whole scope.
    pub owner: Option<DeviceId>,
    /// Its place among the packs made together, from 0.
    pub no: u32,
    /// Where the scope's log stood when it was made.
    pub at_seq: u64,
    /// Its length in bytes.
    pub size: u64,
    /// How many documents are in it.
    pub docs: u32,
    /// The actors that appear in it.
    pub actors: Vec<ActorId>,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
}

/// A pack with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRow {
    /// What it is.
    pub meta: PackMeta,
    /// The body as served.
    pub body: Vec<u8>,
}

/// A document that a device with a narrowed view holds, or is being told to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRow {
    /// Which document.
    pub doc: DocId,
    /// `true`: it was sent. `false`: it is to be erased.
    pub held: bool,
    /// The device has taken note once it comes with a cursor of at least this.
    pub at_seq: u64,
}

/// Under which view of a scope a device was last given the scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// A key over the grants that reached the scope.
    pub view: String,
    /// The device's own entries up to here are sent too, because it read the scope anew.
    pub echo_until: u64,
}

/// Changes that were not stored but must not be lost either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideRow {
    /// A number to name it by.
    pub id: i64,
    /// The device that brought them.
    pub device: DeviceId,
    /// The member of that device.
    pub member: MemberId,
    /// The document they claim to be of.
    pub doc: DocId,
    /// Why.
    pub code: String,
    /// The changes, as a frame of [`beehive_core::sync::DocChanges`].
    pub bytes: Vec<u8>,
    /// When they last came, seconds since 1970.
    pub at: i64,
    /// How often they came.
    pub times: u32,
}

/// What a supervisor decided about held changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When, seconds since 1970.
    pub at: i64,
    /// Whether they were stored.
    pub accepted: bool,
    /// Why.
    pub note: String,
}

/// Reads about delivery.
pub trait ReadDelivery {
    /// The newest packs of a scope (for everyone, or for one device), in order.
    fn packs(&self, scope: &NodeId, owner: Option<&DeviceId>) -> Result<Vec<PackMeta>>;
    /// A pack by name.
    fn pack(&self, name: &str) -> Result<Option<PackRow>>;
    /// What a device with a narrowed view holds of a scope.
    fn seen(&self, device: &DeviceId, scope: &NodeId) -> Result<Vec<SeenRow>>;
    /// Under which view a device was given a scope.
    fn view(&self, device: &DeviceId, scope: &NodeId) -> Result<Option<ViewRow>>;
    /// What was refused, newest first.
    fn refused(&self) -> Result<Vec<AsideRow>>;
    /// What is held, newest first.
    fn held(&self) -> Result<Vec<AsideRow>>;
    /// What was held and is decided, the last one first.
    fn decided(&self) -> Result<Vec<(AsideRow, Decision)>>;
    /// One held entry, decided or not.
    fn held_entry(&self, id: i64) -> Result<Option<(AsideRow, Option<Decision>)>>;
    /// What is held of a member's changes of a document and not decided yet. By the member, for a phone that enrols again is another
    /// device.
    fn held_of(&self, member: &MemberId, doc: &DocId) -> Result<Vec<AsideRow>>;
    /// What was decided about a member's changes of a document, likewise.
    fn decided_of(&self, member: &MemberId, doc: &DocId) -> Result<Vec<(AsideRow, Decision)>>;
    /// How many bytes of one device are put aside.
    fn aside_bytes(&self, device: &DeviceId) -> Result<u64>;
}

/// Writes about delivery.
pub trait WriteDelivery {
    /// Stores a pack. The same name again changes nothing but the time.
    fn put_pack(&self, pack: &PackRow) -> Result<()>;
    /// Forgets packs of a scope that were made before a time and are not the newest.
    fn drop_packs(&self, scope: &NodeId, owner: Option<&DeviceId>, before: i64) -> Result<()>;
    /// Writes what a device holds of a scope.
    fn put_seen(&self, device: &DeviceId, scope: &NodeId, row: &SeenRow) -> Result<()>;
    /// Forgets that a device was told to erase a document.
    fn drop_seen(&self, device: &DeviceId, scope: &NodeId, doc: &DocId) -> Result<()>;
    /// Writes under which view a device was given a scope.
    fn put_view(&self, device: &DeviceId, scope: &NodeId, row: &ViewRow) -> Result<()>;
    /// Keeps refused changes. The same bytes from the same device again only count up. `id` and `times` of the row are ignored.
    fn put_refused(&self, row: &AsideRow) -> Result<()>;
    /// Keeps changes for a supervisor, likewise.
    fn put_held(&self, row: &AsideRow) -> Result<()>;
    /// Notes what was decided about a held entry; `false` if it is unknown or was decided before.
    fn decide_held(&self, id: i64, decision: &Decision) -> Result<bool>;
}
