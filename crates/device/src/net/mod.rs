//! The phone's way to the server: one HTTP client, enrolment, the exchange of one sync, and the front that every carrier calls.
//!
//! The engine never waits for the network; everything here does, and nothing here decides anything about a record.

mod answer;
mod auto;
mod enrol;
mod error;
mod file_flight;
mod file_wire;
mod files;
mod fingerprint;
mod http_client;
mod invitation;
mod phone;
mod round;
mod stand_in;
mod wire;

pub use auto::{AutoSync, Pace};
pub use error::{EnrollError, SyncError};
pub use files::FilesOutcome;
pub use fingerprint::Fingerprint;
pub use http_client::{ClientError, http_client};
pub use invitation::{Invitation, InvitationError};
pub use phone::{Phone, PhoneOptions};
