//! `members`, `invite`, `revoke`, `devices`.

use super::{CliError, output};
use crate::{
    app::system_clock,
    enroll,
    storage::{Device, Result as StorageResult, Storage},
};
use beehive_core::{
    DeviceId, MemberId,
    model::{Grant, MemberKind},
    policy::Duty,
};
use serde::Serialize;
use std::collections::HashMap;

#[derive(Serialize)]
struct MemberRow {
    id: String,
    name: String,
    kinds: Vec<MemberKind>,
    grants: Vec<GrantRow>,
    /// Duties that were ended or changed, the oldest first; only if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Vec<EndedRow>>,
    /// Devices that are not revoked.
    devices: usize,
}

#[derive(Serialize)]
struct GrantRow {
    role: String,
    node: String,
    node_name: String,
    buildings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    /// Whom a stand-in stands in for.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf: Option<String>,
}

/// A duty that was ended or changed.
#[derive(Serialize)]
struct EndedRow {
    #[serde(flatten)]
    grant: GrantRow,
    /// When it was given; absent = before that was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<i64>,
    opened_by: String,
    ended_at: i64,
    ended_by: String,
}

fn grant_row(g: &Grant, names: &HashMap<&str, &str>) -> GrantRow {
    GrantRow {
        role: g.role.code().to_owned(),
        node: g.node.to_string(),
        node_name: names.get(g.node.as_str()).copied().unwrap_or_default().to_owned(),
        buildings: g.buildings.iter().map(ToString::to_string).collect(),
        from: g.from,
        until: g.until,
        on_behalf: g.on_behalf.as_ref().map(ToString::to_string),
    }
}

fn ended_row(duty: Duty, names: &HashMap<&str, &str>) -> Option<EndedRow> {
    let grant = grant_row(&duty.grant, names);
    let (opened_at, ended_at) = ((duty.opened_at > 0).then_some(duty.opened_at), duty.ended_at?);
    Some(EndedRow { grant, opened_at, opened_by: duty.opened_by, ended_at, ended_by: duty.ended_by.unwrap_or_default() })
}

/// Lists the members with their duties; with `ended` also those that they had.
pub fn members(storage: &dyn Storage, ended: bool, json: bool) -> Result<(), CliError> {
    let (members, nodes, devices, mut past) = storage.read(|rows| {
        let members = rows.members()?;
        let ids = members.iter().filter(|_| ended).map(|m| &m.id);
        let past: HashMap<MemberId, Vec<Duty>> = ids.map(|id| Ok((id.clone(), rows.duties(id)?))).collect::<StorageResult<_>>()?;
        Ok((members, rows.org()?, rows.devices()?, past))
    })?;
    let names: HashMap<&str, &str> = nodes.iter().map(|n| (n.id.as_str(), n.name.as_str())).collect();
    let mut active: HashMap<&MemberId, usize> = HashMap::new();
    for device in devices.iter().filter(|d| d.revoked_at.is_none()) {
        *active.entry(&device.member).or_default() += 1;
    }
    let rows: Vec<MemberRow> = members
        .iter()
        .map(|m| MemberRow {
            id: m.id.to_string(),
            name: m.name.clone(),
            kinds: m.kinds.clone(),
            grants: m.grants.iter().map(|g| grant_row(g, &names)).collect(),
            ended: past.remove(&m.id).map(|duties| duties.into_iter().filter_map(|d| ended_row(d, &names)).collect()),
            devices: active.get(&m.id).copied().unwrap_or_default(),
        })
        .collect();
    if json {
        output::json(&rows);
        return Ok(());
    }
    for row in &rows {
        let grants: Vec<String> = row.grants.iter().map(|g| format!("{} @ {}", g.role, g.node_name)).collect();
        output::line(format!("{}  {}  {}  手机 {}", row.id, row.name, grants.join("；"), row.devices));
        for e in row.ended.iter().flatten() {
            let from = e.opened_at.max(e.grant.from).map(output::time).unwrap_or_default();
            let until = output::time(e.grant.until.map_or(e.ended_at, |until| until.min(e.ended_at)));
            output::line(format!("    曾任 {} @ {}  {from} 至 {until}（{}）", e.grant.role, e.grant.node_name, e.ended_by));
        }
    }
    Ok(())
}

pub fn invite(storage: &dyn Storage, member: &str, url: Option<&str>, days: u32, json: bool) -> Result<(), CliError> {
    let invited = enroll::invite(storage, &MemberId::from(member), url, days, system_clock()())?;
    if json {
        output::json(&invited);
    } else {
        output::line(&invited.invitation);
    }
    Ok(())
}

#[derive(Serialize)]
struct Revoked {
    /// The devices that were revoked now.
    revoked: Vec<String>,
}

pub fn revoke(storage: &dyn Storage, target: &str, json: bool) -> Result<(), CliError> {
    let now = system_clock()();
    let (device, member) = (target.parse::<DeviceId>().ok(), MemberId::from(target));
    let revoked = storage.write(move |tx| {
        let known = tx.member(&member)?.is_some();
        let all = tx.devices()?;
        if !known && !all.iter().any(|d| Some(d.id) == device) {
            return Ok(None);
        }
        if known {
            tx.cancel_invitations(&member, now)?;
        }
        let mut revoked = Vec::new();
        for d in all.iter().filter(|d| Some(d.id) == device || d.member == member) {
            if tx.revoke_device(&d.id, now)? {
                revoked.push(d.id.to_string());
            }
        }
        Ok(Some(revoked))
    })?;
    let Some(revoked) = revoked else {
        return Err(CliError::new("unknown_target", "没有这台手机，也没有这个成员。请用 devices 或 members 查看编号。"));
    };
    if json {
        output::json(&Revoked { revoked });
    } else if revoked.is_empty() {
        output::line("没有需要停用的手机；未用的邀请已作废。");
    } else {
        output::line(format!("已停用：{}", revoked.join("，")));
    }
    Ok(())
}

#[derive(Serialize)]
struct DeviceRow {
    id: String,
    member: String,
    member_name: String,
    name: String,
    enrolled_at: i64,
    revoked_at: Option<i64>,
    last_seen: Option<i64>,
}

pub fn devices(storage: &dyn Storage, json: bool) -> Result<(), CliError> {
    let (devices, names) = storage.read(|rows| Ok((rows.devices()?, names(rows.members()?))))?;
    let row = |d: &Device| DeviceRow {
        id: d.id.to_string(),
        member: d.member.to_string(),
        member_name: names.get(&d.member).cloned().unwrap_or_default(),
        name: d.name.clone(),
        enrolled_at: d.enrolled_at,
        revoked_at: d.revoked_at,
        last_seen: d.last_seen,
    };
    let rows: Vec<DeviceRow> = devices.iter().map(row).collect();
    if json {
        output::json(&rows);
        return Ok(());
    }
    for d in rows {
        let state = match (d.revoked_at, d.last_seen) {
            (Some(at), _) => format!("{} 停用", output::time(at)),
            (None, Some(at)) => format!("{} 来过", output::time(at)),
            (None, None) => "还没有同步过".to_owned(),
        };
        output::line(format!("{}  {} {}  {}  {state}", d.id, d.member, d.member_name, d.name));
    }
    Ok(())
}

/// Names by id.
pub fn names(members: Vec<beehive_core::reference::Member>) -> HashMap<MemberId, String> {
    members.into_iter().map(|m| (m.id, m.name)).collect()
}
