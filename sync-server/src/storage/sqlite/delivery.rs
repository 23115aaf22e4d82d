//! SQL of packs, narrowed views, and what was put aside.

use super::{
    Rows,
    convert::{col, id, int, uint},
};
use crate::storage::{AsideRow, Decision, PackMeta, PackRow, ReadDelivery, Result, SeenRow, StorageError, ViewRow, WriteDelivery};
use beehive_core::{ActorId, DeviceId, DocId, MemberId, NodeId};
use rusqlite::{Row, params};
use sha2::{Digest as _, Sha256};

/// The owner column: empty for everyone. (Not NULL, so that one index serves both.)
fn owner_bytes(owner: Option<&DeviceId>) -> &[u8] {
    owner.map_or(&[], DeviceId::as_bytes)
}

fn pack_meta(row: &Row<'_>) -> Result<PackMeta> {
    let owner: Vec<u8> = col(row, 2)?;
    let actors: Vec<u8> = col(row, 7)?;
    let bad = |_| StorageError::BadRow("pack");
    Ok(PackMeta {
        name: col(row, 0)?,
        scope: NodeId(col(row, 1)?),
        owner: if owner.is_empty() { None } else { Some(DeviceId::from_slice(&owner).map_err(bad)?) },
        no: col(row, 3)?,
        at_seq: uint(col(row, 4)?)?,
        size: uint(col(row, 5)?)?,
        docs: col(row, 6)?,
        actors: actors.chunks(ActorId::LEN).map(ActorId::from_slice).collect::<std::result::Result<_, _>>().map_err(bad)?,
        created_at: col(row, 8)?,
    })
}

fn aside(row: &Row<'_>) -> Result<AsideRow> {
    Ok(AsideRow {
        id: col(row, 0)?,
        device: id(row, 1, DeviceId::from_slice)?,
        member: MemberId(col(row, 2)?),
        doc: id(row, 3, DocId::from_slice)?,
        code: col(row, 4)?,
        bytes: col(row, 5)?,
        at: col(row, 6)?,
        times: col(row, 7)?,
    })
}

/// The columns of a held entry with its decision; no decision while `decided_at` is NULL.
macro_rules! held_sql {
    ($rest:literal) => {
        concat!("SELECT id, device, member, doc, code, bytes, at, times, decided_at, accepted, note FROM held ", $rest)
    };
}

fn held_entry(row: &Row<'_>) -> Result<(AsideRow, Option<Decision>)> {
    let at: Option<i64> = col(row, 8)?;
    let decision = match at {
        Some(at) => Some(Decision { at, accepted: col(row, 9)?, note: col(row, 10)? }),
        None => None,
    };
    Ok((aside(row)?, decision))
}

fn decided(rows: Vec<(AsideRow, Option<Decision>)>) -> Vec<(AsideRow, Decision)> {
    rows.into_iter().filter_map(|(row, decision)| decision.map(|d| (row, d))).collect()
}

macro_rules! put_aside_sql {
    ($table:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (device, member, doc, code, bytes, content, at, times) VALUES (?, ?, ?, ?, ?, ?, ?, 1)
             ON CONFLICT (device, content) DO UPDATE SET code = excluded.code, at = excluded.at, times = times + 1"
        )
    };
}

impl Rows<'_> {
    fn put_aside(&self, sql: &str, row: &AsideRow) -> Result<()> {
        let content: [u8; 32] = Sha256::digest(&row.bytes).into();
        let row = params![row.device.as_bytes(), row.member.as_str(), row.doc.as_bytes(), row.code, row.bytes, content, row.at];
        self.change_rows(sql, row).map(drop)
    }
}

impl ReadDelivery for Rows<'_> {
    fn packs(&self, scope: &NodeId, owner: Option<&DeviceId>) -> Result<Vec<PackMeta>> {
        let sql = "SELECT name, scope, owner, no, at_seq, length(body), docs, actors, created_at FROM pack
                   WHERE scope = ?1 AND owner = ?2 AND at_seq = (SELECT max(at_seq) FROM pack WHERE scope = ?1 AND owner = ?2)
                   ORDER BY no";
        self.all(sql, params![scope.as_str(), owner_bytes(owner)], pack_meta)
    }

    fn pack(&self, name: &str) -> Result<Option<PackRow>> {
        let sql = "SELECT name, scope, owner, no, at_seq, length(body), docs, actors, created_at, body FROM pack WHERE name = ?";
        self.one(sql, [name], |row| Ok(PackRow { meta: pack_meta(row)?, body: col(row, 9)? }))
    }

    fn seen(&self, device: &DeviceId, scope: &NodeId) -> Result<Vec<SeenRow>> {
        let sql = "SELECT doc, held, at_seq FROM seen WHERE device = ? AND scope = ?";
        self.all(sql, params![device.as_bytes(), scope.as_str()], |row| {
            Ok(SeenRow { doc: id(row, 0, DocId::from_slice)?, held: col(row, 1)?, at_seq: uint(col(row, 2)?)? })
        })
    }

    fn view(&self, device: &DeviceId, scope: &NodeId) -> Result<Option<ViewRow>> {
        let sql = "SELECT view, echo_until FROM scope_view WHERE device = ? AND scope = ?";
        self.one(sql, params![device.as_bytes(), scope.as_str()], |row| Ok(ViewRow { view: col(row, 0)?, echo_until: uint(col(row, 1)?)? }))
    }

    fn refused(&self) -> Result<Vec<AsideRow>> {
        self.all("SELECT id, device, member, doc, code, bytes, at, times FROM refused ORDER BY at DESC, id DESC", [], aside)
    }

    fn held(&self) -> Result<Vec<AsideRow>> {
        let rows = self.all(held_sql!("WHERE decided_at IS NULL ORDER BY at DESC, id DESC"), [], held_entry)?;
        Ok(rows.into_iter().map(|(row, _)| row).collect())
    }

    fn decided(&self) -> Result<Vec<(AsideRow, Decision)>> {
        Ok(decided(self.all(held_sql!("WHERE decided_at IS NOT NULL ORDER BY decided_at DESC, id DESC"), [], held_entry)?))
    }

    fn held_entry(&self, id: i64) -> Result<Option<(AsideRow, Option<Decision>)>> {
        self.one(held_sql!("WHERE id = ?"), [id], held_entry)
    }

    fn held_of(&self, member: &MemberId, doc: &DocId) -> Result<Vec<AsideRow>> {
        let sql = held_sql!("WHERE member = ? AND doc = ? AND decided_at IS NULL ORDER BY id");
        let entries = self.all(sql, params![member.as_str(), doc.as_bytes()], held_entry)?;
        Ok(entries.into_iter().map(|(row, _)| row).collect())
    }

    fn decided_of(&self, member: &MemberId, doc: &DocId) -> Result<Vec<(AsideRow, Decision)>> {
        let sql = held_sql!("WHERE member = ? AND doc = ? AND decided_at IS NOT NULL ORDER BY decided_at, id");
        Ok(decided(self.all(sql, params![member.as_str(), doc.as_bytes()], held_entry)?))
    }

    fn aside_bytes(&self, device: &DeviceId) -> Result<u64> {
        let sql = "SELECT (SELECT coalesce(sum(length(bytes)), 0) FROM refused WHERE device = ?1)
                        + (SELECT coalesce(sum(length(bytes)), 0) FROM held WHERE device = ?1 AND accepted IS NOT 1)";
        self.one(sql, [device.as_bytes()], |row| uint(col(row, 0)?)).map(Option::unwrap_or_default)
    }
}

impl WriteDelivery for Rows<'_> {
    fn put_pack(&self, pack: &PackRow) -> Result<()> {
        let sql = "INSERT INTO pack (name, scope, owner, no, at_seq, docs, actors, created_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (name) DO UPDATE SET no = excluded.no, at_seq = excluded.at_seq, created_at = excluded.created_at";
        let m = &pack.meta;
        let actors: Vec<u8> = m.actors.iter().flat_map(|a| a.0).collect();
        let owner = owner_bytes(m.owner.as_ref());
        let row = params![m.name, m.scope.as_str(), owner, m.no, int(m.at_seq), m.docs, actors, m.created_at, pack.body];
        self.change_rows(sql, row).map(drop)
    }

    fn drop_packs(&self, scope: &NodeId, owner: Option<&DeviceId>, before: i64) -> Result<()> {
        let sql = "DELETE FROM pack WHERE scope = ?1 AND owner = ?2 AND created_at < ?3
                   AND at_seq < (SELECT max(at_seq) FROM pack WHERE scope = ?1 AND owner = ?2)";
        self.change_rows(sql, params![scope.as_str(), owner_bytes(owner), before]).map(drop)
    }

    fn put_seen(&self, device: &DeviceId, scope: &NodeId, row: &SeenRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO seen (device, scope, doc, held, at_seq) VALUES (?, ?, ?, ?, ?)";
        self.change_rows(sql, params![device.as_bytes(), scope.as_str(), row.doc.as_bytes(), row.held, int(row.at_seq)]).map(drop)
    }

    fn drop_seen(&self, device: &DeviceId, scope: &NodeId, doc: &DocId) -> Result<()> {
        let sql = "DELETE FROM seen WHERE device = ? AND scope = ? AND doc = ?";
        self.change_rows(sql, params![device.as_bytes(), scope.as_str(), doc.as_bytes()]).map(drop)
    }

    fn put_view(&self, device: &DeviceId, scope: &NodeId, row: &ViewRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO scope_view (device, scope, view, echo_until) VALUES (?, ?, ?, ?)";
        self.change_rows(sql, params![device.as_bytes(), scope.as_str(), row.view, int(row.echo_until)]).map(drop)
    }

    fn put_refused(&self, row: &AsideRow) -> Result<()> {
        self.put_aside(put_aside_sql!("refused"), row)
    }

    fn put_held(&self, row: &AsideRow) -> Result<()> {
        self.put_aside(put_aside_sql!("held"), row)
    }

    fn decide_held(&self, id: i64, decision: &Decision) -> Result<bool> {
        let sql = "UPDATE held SET decided_at = ?2, accepted = ?3, note = ?4 WHERE id = ?1 AND decided_at IS NULL";
        Ok(self.change_rows(sql, params![id, decision.at, decision.accepted, decision.note])? > 0)
    }
}
