//! What the phone and the server must agree on: records, actions, policy, fold, gate and sync messages.
//!
//! Pure: no files, sockets, threads, clock or randomness. Time, randomness and bytes come in as arguments, so everything here can
//! be simulated and replayed. `core` knows no other crate of the workspace.
#![warn(missing_docs)]

pub mod action;
pub mod address;
pub mod author;
pub mod clock;
pub mod document;
pub mod effect;
pub mod fold;
pub mod gate;
pub mod id;
pub mod key;
pub mod media;
pub mod model;
pub mod policy;
pub mod reference;
pub mod refusal;
pub mod rescue;
pub mod rules;
pub mod scalar;
pub mod sync;
pub mod text;
pub mod turn;
pub mod visible;

pub use action::{Action, EventBody, Pair};
pub use author::{NewChange, NewRecord, Write};
pub use document::Document;
pub use fold::fold;
pub use gate::{GateError, History};
pub use id::{ActorId, ChangeHash, CredentialHash, DeviceId, DocId, Epoch, FileHash, MatterNumber, MemberId, NodeId, PlaceId, StreetId};
pub use key::{EventId, Key};
pub use media::Media;
pub use refusal::Refusal;
pub use rules::Rules;
pub use scalar::Scalar;
