//! SQL of accounts.

use super::{
    Rows,
    convert::{col, id},
};
use crate::{
    secret::SecretHash,
    storage::{ActorRow, Device, Invitation, ReadAccounts, Result, StorageError, WriteAccounts},
};
use beehive_core::{ActorId, DeviceId, MemberId};
use rusqlite::{Row, params};

fn secret(row: &Row<'_>, n: usize) -> Result<SecretHash> {
    id(row, n, |bytes| bytes.try_into().map(SecretHash))
}

fn device(row: &Row<'_>) -> Result<Device> {
    Ok(Device {
        id: id(row, 0, DeviceId::from_slice)?,
        member: MemberId(col(row, 1)?),
        credential: secret(row, 2)?,
        name: col(row, 3)?,
        enrolled_at: col(row, 4)?,
        revoked_at: col(row, 5)?,
        last_seen: col(row, 6)?,
    })
}

macro_rules! device_sql {
    ($rest:literal) => {
        concat!("SELECT id, member, credential, name, enrolled_at, revoked_at, last_seen FROM device ", $rest)
    };
}

impl ReadAccounts for Rows<'_> {
    fn invitation(&self, code: &SecretHash) -> Result<Option<Invitation>> {
        self.one("SELECT code, member, created_at, expires_at, used_at FROM invitation WHERE code = ?", [code.0], |row| {
            Ok(Invitation {
                code: secret(row, 0)?,
                member: MemberId(col(row, 1)?),
                created_at: col(row, 2)?,
                expires_at: col(row, 3)?,
                used_at: col(row, 4)?,
            })
        })
    }

    fn device(&self, id: &DeviceId) -> Result<Option<Device>> {
        self.one(device_sql!("WHERE id = ?"), [id.as_bytes()], device)
    }

    fn device_by_credential(&self, credential: &SecretHash) -> Result<Option<Device>> {
        self.one(device_sql!("WHERE credential = ?"), [credential.0], device)
    }

    fn devices(&self) -> Result<Vec<Device>> {
        self.all(device_sql!("ORDER BY rowid"), [], device)
    }

    fn actor(&self, actor: &ActorId) -> Result<Option<ActorRow>> {
        self.one("SELECT id, device, member FROM actor WHERE id = ?", [actor.as_bytes()], |row| {
            Ok(ActorRow {
                actor: id(row, 0, ActorId::from_slice)?,
                device: id(row, 1, DeviceId::from_slice)?,
                member: MemberId(col(row, 2)?),
            })
        })
    }
}

impl WriteAccounts for Rows<'_> {
    fn add_invitation(&self, i: &Invitation) -> Result<()> {
        let sql = "INSERT INTO invitation (code, member, created_at, expires_at, used_at) VALUES (?, ?, ?, ?, ?)";
        self.change_rows(sql, params![i.code.0, i.member.as_str(), i.created_at, i.expires_at, i.used_at]).map(drop)
    }

    fn use_invitation(&self, code: &SecretHash, at: i64) -> Result<bool> {
        self.change_rows("UPDATE invitation SET used_at = ? WHERE code = ? AND used_at IS NULL", params![at, code.0]).map(|n| n == 1)
    }

    fn cancel_invitations(&self, member: &MemberId, at: i64) -> Result<()> {
        let sql = "UPDATE invitation SET expires_at = min(expires_at, ?) WHERE member = ? AND used_at IS NULL";
        self.change_rows(sql, params![at, member.as_str()]).map(drop)
    }

    fn add_device(&self, d: &Device) -> Result<()> {
        let sql = "INSERT INTO device (id, member, credential, name, enrolled_at, revoked_at, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let row = params![d.id.as_bytes(), d.member.as_str(), d.credential.0, d.name, d.enrolled_at, d.revoked_at, d.last_seen];
        self.change_rows(sql, row).map(drop)
    }

    fn revoke_device(&self, id: &DeviceId, at: i64) -> Result<bool> {
        self.change_rows("UPDATE device SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", params![at, id.as_bytes()]).map(|n| n == 1)
    }

    fn touch_device(&self, id: &DeviceId, at: i64) -> Result<()> {
        self.change_rows("UPDATE device SET last_seen = ? WHERE id = ?", params![at, id.as_bytes()]).map(drop)
    }

    fn register_actor(&self, a: &ActorRow) -> Result<ActorRow> {
        let sql = "INSERT INTO actor (id, device, member) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        self.change_rows(sql, params![a.actor.as_bytes(), a.device.as_bytes(), a.member.as_str()])?;
        self.actor(&a.actor)?.ok_or(StorageError::BadRow("actor"))
    }
}
