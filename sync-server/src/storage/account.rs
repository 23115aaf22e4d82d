//! Rows about who may talk to the server: invitations, devices and the actors they write under.

use super::Result;
use crate::secret::SecretHash;
use beehive_core::{ActorId, DeviceId, MemberId};

/// An invitation. The code itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of the code.
    pub code: SecretHash,
    /// Who is invited.
    pub member: MemberId,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// When it stops being good (exclusive), seconds since 1970.
    pub expires_at: i64,
    /// When it was used, seconds since 1970.
    pub used_at: Option<i64>,
}

/// An enrolled device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// SHA-256 of its credential.
    pub credential: SecretHash,
    /// What it calls itself.
    pub name: String,
    /// When it was enrolled, seconds since 1970.
    pub enrolled_at: i64,
    /// When it was revoked, seconds since 1970.
    pub revoked_at: Option<i64>,
    /// When it last synchronised, seconds since 1970; kept to about ten minutes.
    pub last_seen: Option<i64>,
}

/// Which device and member write under an actor id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorRow {
    /// The actor.
    pub actor: ActorId,
    /// The device it belongs to.
    pub device: DeviceId,
    /// The member of that device.
    pub member: MemberId,
}

/// Reads of accounts.
pub trait ReadAccounts {
    /// The invitation with this code's hash.
    fn invitation(&self, code: &SecretHash) -> Result<Option<Invitation>>;
    /// One device.
    fn device(&self, id: &DeviceId) -> Result<Option<Device>>;
    /// The device with this credential's hash.
    fn device_by_credential(&self, credential: &SecretHash) -> Result<Option<Device>>;
    /// Every device, by time of enrolment.
    fn devices(&self) -> Result<Vec<Device>>;
    /// Whose an actor is.
    fn actor(&self, actor: &ActorId) -> Result<Option<ActorRow>>;
}

/// Writes of accounts.
pub trait WriteAccounts {
    /// Stores a new invitation.
    fn add_invitation(&self, invitation: &Invitation) -> Result<()>;
    /// Marks an invitation as used; `false` if it was used already.
    fn use_invitation(&self, code: &SecretHash, at: i64) -> Result<bool>;
    /// Makes a member's unused invitations useless.
    fn cancel_invitations(&self, member: &MemberId, at: i64) -> Result<()>;
    /// Stores a new device.
    fn add_device(&self, device: &Device) -> Result<()>;
    /// Revokes a device; `false` if it is unknown or was revoked already.
    fn revoke_device(&self, id: &DeviceId, at: i64) -> Result<bool>;
    /// Notes that a device was here.
    fn touch_device(&self, id: &DeviceId, at: i64) -> Result<()>;
    /// Registers an actor unless it is registered; gives back whose it is now.
    fn register_actor(&self, actor: &ActorRow) -> Result<ActorRow>;
}
