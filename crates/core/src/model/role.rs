//! Roles, kinds of members and grants.

use super::kind::coded;
use crate::id::{MemberId, NodeId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

coded! {
    /// What a grant lets a member do, within its org node. The table of roles: `docs/domain.md`.
    Role {
        /// 微网格员
        MicroWorker = "micro_worker",
        /// 微网格长
        MicroLead = "micro_lead",
        /// 楼栋长
        BuildingLeader = "building_leader",
        /// 家庭医生
        FamilyDoctor = "family_doctor",
        /// 物业
        PropertyStaff = "property_staff",
        /// 网格长 / 书记
        GridLead = "grid_lead",
        /// 社区干部
        CommunityOfficer = "community_officer",
        /// 联盟单位
        AlliancePartner = "alliance_partner",
        /// 街道调度
        StreetDispatcher = "street_dispatcher",
        /// 管理员
        StreetAdmin = "street_admin",
        /// 审计
        Auditor = "auditor",
    }
}

coded! {
    /// What a member is besides their roles; several may hold at once.
    MemberKind {
        /// 党员
        PartyMember = "party_member",
        /// 退役军人
        Veteran = "veteran",
        /// 居民小组成员
        ResidentGroup = "resident_group",
        /// 物业人员
        PropertyStaff = "property_staff",
        /// 业委会成员
        OwnersCommittee = "owners_committee",
        /// 群众骨干
        Resident = "resident",
        /// 社区工作者
        Officer = "officer",
    }
}

/// A role at an org node for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Grant {
    /// What.
    pub role: Role,
    /// Where: holds for this node and everything below it.
    pub node: NodeId,
    /// For building leaders: the buildings it is narrowed to. Empty = the whole node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buildings: Vec<crate::id::PlaceId>,
    /// From when, seconds since 1970; absent = always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub from: Option<i64>,
    /// Until when (exclusive), seconds since 1970; absent = for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub until: Option<i64>,
    /// For a stand-in (代管): whose duty it is. Never passed on, and ended by that member at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub on_behalf: Option<MemberId>,
}

impl Grant {
    /// Whether the grant holds at a moment (seconds since 1970).
    pub fn holds_at(&self, at: i64) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}
