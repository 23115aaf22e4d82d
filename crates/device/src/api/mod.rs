//! The one API of the phone: what a screen, a script or a test may ask of the engine, and what it is told.
//!
//! Three carriers without logic pass these values on: the Tauri command, the loopback host's `POST /api`, and
//! `beehive-phone call`. TypeScript types are generated from here (`cargo xtask bindings`).

mod bindings;
mod choice;
mod event;
mod evidence;
mod life;
mod refused;
mod request;
mod response;
mod similar;
mod stand_in;
mod view;

pub use bindings::export_bindings;
pub use choice::{BuildingView, CategoryView, GridView, MemberView, PastBuildingView};
pub use event::Event;
pub use evidence::{AttachmentView, FileState, FileView, FilesView, KeptView, NewPhoto, StorageView};
pub use life::{AskingView, AssignmentView, CountsView, LifeView, OutsideView, RateView, ReminderView};
pub use refused::{RefusedForm, RefusedNext, RefusedView, RescueSummary};
pub use request::{ListFilter, ListKind, ListOrder, Request};
pub use response::{ApiError, Response};
pub use similar::{Nearness, RecurrenceView, SimilarView};
pub use stand_in::{LedView, StandInView, StandInsView};
pub use view::{
    ActionOffer, Connection, DamageView, DraftView, FactView, InvitedView, LeavingView, MatterView, MeView, NeedsEyesView, RecordState,
    RowView, SettingsView, StatusView, SyncOutcome, TimelineView, TodayView, ValueView,
};
