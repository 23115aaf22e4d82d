//! What programs of the first release read and write: their messages as they were declared then, frozen. A field they did not have they skip; one
//! they had and do not find, or a word they did not know, is an answer they cannot read.

use beehive_core::{
    ActorId, ChangeHash, DeviceId, DocId, Epoch, MemberId, NodeId, PlaceId,
    sync::{Batch, Digest},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// A list of words that may stand in one place, and no others.
macro_rules! words {
    ($name:ident: $($variant:ident = $word:literal),+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $word)] $variant),+ }
    };
}
words!(RecordKind: Demand = "demand", Finding = "finding", Request = "request");
words!(Status: Reported = "reported", Accepted = "accepted", Working = "working", Resolved = "resolved", Withdrawn = "withdrawn");
words!(Path: Now = "now", Coordinate = "coordinate", Track = "track");
words!(NeedsEyesReason:
    TwoPaths = "two_paths", TwoAssignments = "two_assignments", ClosedWhileWorked = "closed_while_worked", TwoOutcomes = "two_outcomes");
words!(VerdictKind:
    Stored = "stored", Duplicate = "duplicate", NeedHistory = "need_history", Forked = "forked", Refused = "refused", Held = "held");
words!(StandingState: Ok = "ok", Revoked = "revoked");
words!(Level:
    Street = "street", Community = "community", GeneralGrid = "general_grid", MicroGrid = "micro_grid", DedicatedGrid = "dedicated_grid");
words!(Role:
    MicroWorker = "micro_worker", MicroLead = "micro_lead", BuildingLeader = "building_leader", FamilyDoctor = "family_doctor",
    PropertyStaff = "property_staff", GridLead = "grid_lead", CommunityOfficer = "community_officer",
    AlliancePartner = "alliance_partner", StreetDispatcher = "street_dispatcher", StreetAdmin = "street_admin", Auditor = "auditor");
words!(MemberKind:
    PartyMember = "party_member", Veteran = "veteran", ResidentGroup = "resident_group", PropertyStaff = "property_staff",
    OwnersCommittee = "owners_committee", Resident = "resident", Officer = "officer");

#[derive(Debug, Serialize, Deserialize)]
pub struct EnrollRequest {
    pub v: u32,
    pub code: String,
    pub device_name: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct EnrollResponse {
    pub device: DeviceId,
    pub credential: String,
    pub member: Member,
    pub tenant: String,
    pub epoch: Epoch,
    pub time: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    pub node: NodeId,
    #[serde(default)]
    pub buildings: Vec<PlaceId>,
    #[serde(default)]
    pub from: Option<i64>,
    #[serde(default)]
    pub until: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Member {
    pub id: MemberId,
    pub name: String,
    #[serde(default)]
    pub kinds: Vec<MemberKind>,
    pub grants: Vec<Grant>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct OrgNode {
    pub id: NodeId,
    #[serde(default)]
    pub parent: Option<NodeId>,
    pub level: Level,
    pub name: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Unit {
    pub name: String,
    pub doors: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Building {
    pub id: PlaceId,
    pub node: NodeId,
    pub name: String,
    pub units: Vec<Unit>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct DictionaryEntry {
    pub dictionary: String,
    pub code: String,
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub kinds: Vec<RecordKind>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "set", content = "rows", rename_all = "snake_case")]
pub enum Dataset {
    Org(Vec<OrgNode>),
    Places(Vec<Building>),
    Members(Vec<Member>),
    Dictionary(Vec<DictionaryEntry>),
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SyncRequest {
    pub v: u32,
    #[serde(rename = "cap", default)]
    pub capabilities: Vec<String>,
    #[serde(rename = "a")]
    pub actor: ActorId,
    #[serde(rename = "ep", default)]
    pub epoch: Option<Epoch>,
    #[serde(rename = "cur", default)]
    pub cursors: BTreeMap<NodeId, u64>,
    #[serde(rename = "ref", default)]
    pub reference: BTreeMap<String, String>,
    #[serde(rename = "up", default)]
    pub push: Batch,
    #[serde(rename = "want", default)]
    pub want: Vec<DocId>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Verdict {
    #[serde(rename = "d")]
    pub doc: DocId,
    #[serde(rename = "k")]
    pub kind: VerdictKind,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Vec<ChangeHash>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ScopePage {
    #[serde(rename = "s")]
    pub scope: NodeId,
    #[serde(rename = "cur")]
    pub cursor: u64,
    #[serde(rename = "b", default)]
    pub batch: Batch,
    #[serde(rename = "x", default)]
    pub evict: Vec<DocId>,
    #[serde(rename = "dg", default)]
    pub digest: Option<Digest>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct OpenRecord {
    #[serde(rename = "d")]
    pub doc: DocId,
    #[serde(rename = "k")]
    pub kind: RecordKind,
    #[serde(rename = "s")]
    pub status: Status,
    #[serde(rename = "p", default)]
    pub path: Option<Path>,
    #[serde(rename = "t")]
    pub title: String,
    #[serde(rename = "l", default)]
    pub place: String,
    #[serde(rename = "c", default)]
    pub category: String,
    #[serde(rename = "a", default)]
    pub assignee: Option<MemberId>,
    #[serde(rename = "u", default)]
    pub due: Option<i64>,
    #[serde(rename = "m")]
    pub created_at: i64,
    #[serde(rename = "b")]
    pub created_by: MemberId,
    #[serde(rename = "e", default)]
    pub needs_eyes: Vec<NeedsEyesReason>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Bootstrap {
    #[serde(rename = "s")]
    pub scope: NodeId,
    #[serde(rename = "cur")]
    pub cursor: u64,
    #[serde(rename = "pk")]
    pub packs: Vec<Pack>,
    #[serde(rename = "o")]
    pub open: Vec<OpenRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Pack {
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "z")]
    pub size: u64,
    #[serde(rename = "c")]
    pub docs: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct PackDoc {
    #[serde(rename = "d")]
    pub doc: DocId,
    #[serde(rename = "b")]
    pub snapshot: ByteBuf,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ReferenceUpdate {
    #[serde(rename = "v")]
    pub version: String,
    #[serde(rename = "d")]
    pub dataset: Dataset,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SyncResponse {
    pub v: u32,
    #[serde(rename = "ep")]
    pub epoch: Epoch,
    #[serde(rename = "t")]
    pub time: i64,
    #[serde(rename = "st")]
    pub standing: StandingState,
    #[serde(rename = "vd", default)]
    pub verdicts: Vec<Verdict>,
    #[serde(rename = "sc", default)]
    pub scopes: Vec<ScopePage>,
    #[serde(rename = "bt", default)]
    pub bootstrap: Vec<Bootstrap>,
    #[serde(rename = "gone", default)]
    pub gone: Vec<NodeId>,
    #[serde(rename = "docs", default)]
    pub docs: Vec<PackDoc>,
    #[serde(rename = "miss", default)]
    pub missing: Vec<DocId>,
    #[serde(rename = "ref", default)]
    pub reference: Vec<ReferenceUpdate>,
    #[serde(rename = "ac", default)]
    pub actors: Vec<(ActorId, MemberId)>,
    #[serde(rename = "more", default)]
    pub more: bool,
}
