//! Who asks.

use crate::storage::{Device, Read, Result};
use beehive_core::reference::Member;

/// An authenticated device with its member. A revoked device is one, too: what it may do is up to the route.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The device.
    pub device: Device,
    /// Whose it is.
    pub member: Member,
}

impl Caller {
    /// The device that presents a credential; `None` if no device has it.
    pub fn find(rows: &dyn Read, credential: &str) -> Result<Option<Self>> {
        let hash = crate::secret::SecretHash::of(credential);
        let Some(device) = rows.device_by_credential(&hash)?.filter(|d| d.credential.matches(&hash)) else { return Ok(None) };
        Ok(rows.member(&device.member)?.map(|member| Self { device, member }))
    }
}
