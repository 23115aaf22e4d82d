//! The messages of `POST /v1/enroll`, `POST /v1/sync` and `GET /v1/packs/{scope}/{n}`.
//!
//! Field names are short because the nothing-to-do exchange is counted in bytes. Fields are only ever added, with a default, so
//! that an older peer reads a newer message.

use super::{Batch, Digest, bounded, limits::MAX_DATASETS};
use crate::{
    id::{ActorId, ChangeHash, CredentialHash, DeviceId, DocId, Epoch, MatterNumber, MemberId, NodeId, RescueKey, StreetId},
    model::{NeedsEyesReason, Path, RecordKind, Status},
    reference::{Dataset, Member},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// What a phone sends to be enrolled. The only request without a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollRequest {
    /// Protocol version.
    pub v: u32,
    /// The one-time code of the invitation.
    pub code: String,
    /// What the phone calls itself, for the list of devices.
    pub device_name: String,
    /// The hash of a credential that the phone made and wrote down before it asked. The same question with the same hash gets the same
    /// device, so an answer that is lost costs no invitation. Absent: the server makes the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialHash>,
}

/// The credential and who it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollResponse {
    /// The device's id.
    pub device: DeviceId,
    /// The secret to present as `Authorization: Bearer`; the server keeps only its hash. Absent if the phone made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The member, with grants.
    pub member: Member,
    /// The name of the street.
    pub tenant: String,
    /// The server's present epoch.
    pub epoch: Epoch,
    /// Server time, seconds since 1970.
    #[serde(deserialize_with = "bounded::moment")]
    pub time: i64,
    /// The key to seal rescue files for; absent from a server that takes none in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescue_key: Option<RescueKey>,
    /// The street; absent from a server that does not name it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<StreetId>,
}

/// The header in which a phone says which street its request is meant for, and in which the server says in every answer which one it is.
/// A server refuses what is meant for another street before it reads the body.
pub const STREET_HEADER: &str = "beehive-street";

/// The code of a request that was meant for another street.
pub const OTHER_STREET: &str = "other_street";

/// The answer of `GET /v1/street`: which street this is, for a phone that must know before it sends anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreetAnswer {
    /// Protocol version.
    pub v: u32,
    /// The street.
    pub street: StreetId,
    /// Its name.
    pub name: String,
}

/// What a phone sends to let a colleague stand in for its member (代管), or to end that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandInRequest {
    /// Protocol version.
    pub v: u32,
    /// Who stands in.
    pub to: MemberId,
    /// For which node; absent = everything the member leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// Until when, seconds since 1970; absent = it ends now.
    #[serde(default, deserialize_with = "bounded::some_moment", skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandInResponse {
    /// Who stands in, with all grants as they are now.
    pub member: Member,
}

/// The unsent changes of one document.
pub type Push = super::DocChanges;

/// What a phone sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// Protocol version.
    pub v: u32,
    /// Capabilities by name: encodings understood, and later additions.
    #[serde(rename = "cap", default)]
    pub capabilities: Vec<String>,
    /// The store that writes now; registered to the device by the server on first sight.
    #[serde(rename = "a")]
    pub actor: ActorId,
    /// The epoch of the last response; absent before the first.
    #[serde(rename = "ep", default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// How far each scope's log has been read. A scope without a cursor gets a bootstrap.
    #[serde(rename = "cur", default)]
    pub cursors: BTreeMap<NodeId, u64>,
    /// Versions of the reference data held.
    #[serde(rename = "ref", default)]
    pub reference: BTreeMap<String, String>,
    /// Unsent changes; any prefix is dependency-closed. At most [`super::MAX_PUSH`] bytes of changes.
    #[serde(rename = "up", default)]
    pub push: Batch,
    /// Documents wanted whole: opened from the open list before their pack came, or whose history is missing.
    #[serde(rename = "want", default, skip_serializing_if = "Vec::is_empty")]
    pub want: Vec<DocId>,
    /// Documents of which changes are held for a supervisor: the phone asks what was decided.
    #[serde(rename = "wait", default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<DocId>,
}

/// What a supervisor decided about held changes of the caller's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDecision {
    /// Which document.
    #[serde(rename = "d")]
    pub doc: DocId,
    /// The changes it is about.
    #[serde(rename = "n")]
    pub hashes: Vec<ChangeHash>,
    /// Whether they are stored now; they come like any other changes of the scope. Otherwise they were declined.
    #[serde(rename = "y")]
    pub accepted: bool,
    /// What the supervisor wrote about it.
    #[serde(rename = "m", default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What became of one document's pushed changes. One bad group never holds up another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerdictKind {
    /// On the server's disk.
    #[serde(rename = "stored")]
    Stored,
    /// Was there already (a retry): as good as stored.
    #[serde(rename = "duplicate")]
    Duplicate,
    /// The changes depend on some the server does not have: send the document's whole history.
    #[serde(rename = "need_history")]
    NeedHistory,
    /// Another change has this actor and number (a cloned or restored phone): make the values again under a new actor.
    #[serde(rename = "forked")]
    Forked,
    /// Not allowed or not valid; the code says why.
    #[serde(rename = "refused")]
    Refused,
    /// Kept aside for a supervisor (late work of a revoked member, a type this server does not know yet).
    #[serde(rename = "held")]
    Held,
}

/// The server's word on one pushed document group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which document.
    #[serde(rename = "d")]
    pub doc: DocId,
    /// What became of it.
    #[serde(rename = "k")]
    pub kind: VerdictKind,
    /// Why: a code of [`crate::Refusal`] or of [`crate::gate::GateError`].
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For the stored ones: the changes now on the server's disk (of those sent), if that is fewer than were sent. Absent = all.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Vec<ChangeHash>>,
    /// The matter's official number, if the server holds its first change.
    #[serde(rename = "no", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<MatterNumber>,
    /// For duplicates: changes that came late. What is stored just now came at the response's own time.
    #[serde(rename = "lt", default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
}

/// A change that the server received much later (or earlier) than its writer's clock says it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// The first eight bytes of its hash, big-endian.
    #[serde(rename = "h")]
    pub change: u64,
    /// When the server received it, seconds since 1970.
    #[serde(rename = "t", deserialize_with = "bounded::moment")]
    pub at: i64,
}

/// The same of a document that is sent whole: its hashes are there, so one is named by its place among them in ascending order, which
/// costs two bytes instead of eight that do not compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackLate(pub u32, #[serde(deserialize_with = "bounded::moment")] pub i64);

impl PackLate {
    /// The notes of a document, of all its changes.
    pub fn all(notes: &[Late], hashes: impl Iterator<Item = ChangeHash>) -> Vec<Self> {
        let mut names: Vec<u64> = hashes.map(|hash| Late::name(&hash)).collect();
        names.sort_unstable();
        let place = |note: &Late| u32::try_from(names.binary_search(&note.change).ok()?).ok();
        notes.iter().filter_map(|note| Some(Self(place(note)?, note.at))).collect()
    }

    /// What was sent, by name again. A place that the document does not have is left out.
    pub fn named(sent: &[Self], hashes: impl Iterator<Item = ChangeHash>) -> Vec<Late> {
        if sent.is_empty() {
            return Vec::new();
        }
        let mut names: Vec<u64> = hashes.map(|hash| Late::name(&hash)).collect();
        names.sort_unstable();
        let name = |place: u32| names.get(usize::try_from(place).ok()?).copied();
        sent.iter().filter_map(|Self(place, at)| Some(Late { change: name(*place)?, at: *at })).collect()
    }
}

impl Late {
    /// Receive times nearer to the writer's clock than this many seconds are not sent: they would change no deadline that people see.
    pub const WORTH_SAYING: i64 = 600;

    /// The note on a change, if it is worth saying.
    pub fn of(hash: &ChangeHash, written: i64, received: i64) -> Option<Self> {
        (written.abs_diff(received) >= Self::WORTH_SAYING as u64).then(|| Self { change: Self::name(hash), at: received })
    }

    /// What a change is called here.
    pub fn name(hash: &ChangeHash) -> u64 {
        hash.0.iter().take(8).fold(0, |name, byte| name << 8 | u64::from(*byte))
    }
}

/// What is new in one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopePage {
    /// Which scope.
    #[serde(rename = "s")]
    pub scope: NodeId,
    /// The cursor after this page.
    #[serde(rename = "cur")]
    pub cursor: u64,
    /// Changes since the request's cursor, except the caller's own.
    #[serde(rename = "b", default, skip_serializing_if = "Batch::is_empty")]
    pub batch: Batch,
    /// Documents that left the caller's view: to be erased once nothing of them is unsent.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub evict: Vec<DocId>,
    /// The digest of everything the caller may hold of this scope at `cursor`; only on the last page.
    #[serde(rename = "dg", default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The official numbers of documents that are new in the page.
    #[serde(rename = "no", default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<(DocId, MatterNumber)>,
    /// Changes of the page that arrived late.
    #[serde(rename = "lt", default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
}

/// An open record's lines for the lists, sent ahead of its document so that the phone is usable in a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRecord {
    /// Which document.
    #[serde(rename = "d")]
    pub doc: DocId,
    /// What about.
    #[serde(rename = "k")]
    pub kind: RecordKind,
    /// Where it stands.
    #[serde(rename = "s")]
    pub status: Status,
    /// The path, if chosen.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Path>,
    /// `f.title`
    #[serde(rename = "t")]
    pub title: String,
    /// `f.place`
    #[serde(rename = "l", default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// `f.category`
    #[serde(rename = "c", default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// Who is to do it.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<MemberId>,
    /// By when, seconds since 1970.
    #[serde(rename = "u", default, deserialize_with = "bounded::some_moment", skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
    /// When recorded, seconds since 1970.
    #[serde(rename = "m", deserialize_with = "bounded::moment")]
    pub created_at: i64,
    /// Who recorded it.
    #[serde(rename = "b")]
    pub created_by: MemberId,
    /// Why somebody must look.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub needs_eyes: Vec<NeedsEyesReason>,
    /// Its official number.
    #[serde(rename = "no", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<MatterNumber>,
}

impl OpenRecord {
    /// The record as a program of the first release can read it, which knows fewer statuses and reasons.
    pub fn as_first_release(mut self) -> Self {
        self.status = self.status.as_first_release();
        self.needs_eyes.retain(|reason| reason.is_of_first_release());
        self
    }
}

/// How a phone gets a scope it holds nothing of: the open records' lines at once, then whole documents in packs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Which scope.
    #[serde(rename = "s")]
    pub scope: NodeId,
    /// The cursor that holds once all packs are applied.
    #[serde(rename = "cur")]
    pub cursor: u64,
    /// The packs to fetch, in order, by name: `GET /v1/packs/{name}`. Immutable, so a cut download goes on by HTTP range.
    #[serde(rename = "pk")]
    pub packs: Vec<Pack>,
    /// Open records, newest first.
    #[serde(rename = "o")]
    pub open: Vec<OpenRecord>,
}

/// A pack to fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Its name, unguessable and stable for its content.
    #[serde(rename = "n")]
    pub name: String,
    /// Its length in bytes.
    #[serde(rename = "z")]
    pub size: u64,
    /// How many documents are in it.
    #[serde(rename = "c")]
    pub docs: u32,
}

/// One document of a pack. A pack's body is `Vec<PackDoc>` in the same frame as every message, newest document first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackDoc {
    /// Which document.
    #[serde(rename = "d")]
    pub doc: DocId,
    /// `save_nocompress()` of the document.
    #[serde(rename = "b")]
    pub snapshot: ByteBuf,
    /// Its official number.
    #[serde(rename = "no", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<MatterNumber>,
    /// Changes of it that arrived late.
    #[serde(rename = "lt", default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<PackLate>,
}

/// A dataset whose version changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceUpdate {
    /// The version to send from now on.
    #[serde(rename = "v")]
    pub version: String,
    /// The dataset, whole.
    #[serde(rename = "d")]
    pub dataset: Dataset,
}

/// Whether the device may still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum StandingState {
    /// In good standing.
    #[default]
    #[serde(rename = "ok")]
    Ok,
    /// Revoked: what was pushed is held, nothing is sent.
    #[serde(rename = "revoked")]
    Revoked,
}

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncResponse {
    /// Protocol version.
    pub v: u32,
    /// The server's epoch. Another than last time: a restored server; cursors are void and own changes are offered again.
    #[serde(rename = "ep")]
    pub epoch: Epoch,
    /// Server time, seconds since 1970.
    #[serde(rename = "t", deserialize_with = "bounded::moment")]
    pub time: i64,
    /// Whether the device may still read.
    #[serde(rename = "st", default)]
    pub standing: StandingState,
    /// One for each pushed document group, in the order sent.
    #[serde(rename = "vd", default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// What is new in scopes the phone has a cursor for.
    #[serde(rename = "sc", default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopePage>,
    /// Scopes the phone has no cursor for.
    #[serde(rename = "bt", default, skip_serializing_if = "Vec::is_empty")]
    pub bootstrap: Vec<Bootstrap>,
    /// Scopes that are no longer the caller's: everything of them is to be erased once nothing is unsent.
    #[serde(rename = "gone", default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<NodeId>,
    /// Documents asked for with `want`, whole.
    #[serde(rename = "docs", default, skip_serializing_if = "Vec::is_empty")]
    pub docs: Vec<PackDoc>,
    /// Documents asked for with `want` that the caller may not see or that do not exist.
    #[serde(rename = "miss", default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<DocId>,
    /// Reference data whose version changed.
    #[serde(rename = "ref", default, deserialize_with = "bounded::list::<_, _, MAX_DATASETS>", skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<ReferenceUpdate>,
    /// Which member each actor that appears in this response or in the packs it names belongs to.
    #[serde(rename = "ac", default, skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<(ActorId, MemberId)>,
    /// What was decided about changes the request waits for.
    #[serde(rename = "held", default, skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<HeldDecision>,
    /// The key to seal rescue files for, when the phone has none or it may be another one now.
    #[serde(rename = "rk", default, skip_serializing_if = "Option::is_none")]
    pub rescue_key: Option<RescueKey>,
    /// Whether another request should follow at once.
    #[serde(rename = "more", default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// The JSON of every error the server answers with: `{"code", "message", "hint"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code for programs.
    pub code: String,
    /// What happened, in Chinese.
    pub message: String,
    /// What to do next, in Chinese.
    pub hint: String,
}
