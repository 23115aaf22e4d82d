//! What the engine answers.

use super::{
    RecurrenceView, RefusedView, RescueSummary, SimilarView,
    choice::*,
    evidence::{FileView, KeptView, StorageView},
    life::*,
    stand_in::StandInsView,
    view::*,
};
use beehive_core::DocId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An answer of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Response {
    /// The truth strip.
    Status {
        /// Everything about it.
        status: StatusView,
    },
    /// Who runs this phone.
    Me {
        /// The person and the settings.
        me: Box<MeView>,
    },
    /// Where an invitation leads.
    Invited {
        /// Whether it is another street, and what would be set aside.
        invited: InvitedView,
    },
    /// What to do now.
    Today {
        /// Grouped and counted.
        today: TodayView,
    },
    /// One page of a list.
    List {
        /// The page.
        rows: Vec<RowView>,
        /// How many rows there are in all.
        total: u32,
    },
    /// What is being typed may already be one of these.
    Similar {
        /// At most five: open ones first, the likeliest first.
        rows: Vec<SimilarView>,
        /// That the same sort of trouble was there not long ago.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        recurrence: Option<RecurrenceView>,
    },
    /// The numbers above the lists.
    Counts {
        /// The numbers.
        counts: CountsView,
    },
    /// What should be brought to mind.
    Reminders {
        /// The nearest first.
        reminders: Vec<ReminderView>,
    },
    /// One matter.
    Matter {
        /// Whole.
        matter: Box<MatterView>,
    },
    /// A new record is on the phone's disk.
    Recorded {
        /// Its id.
        id: DocId,
    },
    /// A sync came to its end.
    Synced {
        /// What it did.
        outcome: SyncOutcome,
    },
    /// What forms offer.
    Choices {
        /// The category dictionary.
        categories: Vec<CategoryView>,
        /// Buildings of the reader's grids.
        buildings: Vec<BuildingView>,
        /// Buildings that records may name and forms no longer offer: to show and to look for.
        #[serde(default)]
        past_buildings: Vec<PastBuildingView>,
        /// Micro-grids in which the reader may record; with more than one, a form that names no building must say which.
        #[serde(default)]
        grids: Vec<GridView>,
        /// Members work can be given to.
        members: Vec<MemberView>,
    },
    /// Who stands in for whom.
    StandIns {
        /// Those that concern the reader, and whom they could name.
        stand_ins: StandInsView,
    },
    /// A draft, if there is one.
    Draft {
        /// The draft.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        draft: Option<DraftView>,
    },
    /// What the server refused.
    Refused {
        /// The entries, newest first.
        entries: Vec<RefusedView>,
    },
    /// Everything unsent as one sealed file.
    Rescue {
        /// What to call it.
        name: String,
        /// Its bytes in base64.
        base64: String,
        /// What is in it.
        summary: RescueSummary,
    },
    /// A file on this phone.
    File {
        /// Media type.
        media: String,
        /// Its bytes in base64.
        base64: String,
    },
    /// A photo or voice note is on the phone's disk.
    Kept {
        /// What it is now.
        kept: KeptView,
    },
    /// Every file of this phone's records.
    Files {
        /// In the order recorded.
        files: Vec<FileView>,
    },
    /// What takes room.
    Storage {
        /// The meter.
        storage: StorageView,
    },
    /// It could not be done. Nothing was lost.
    Error {
        /// Why and what next.
        error: ApiError,
    },
}

/// What a person or a program is told when something could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiError {
    /// Stable code for programs.
    pub code: String,
    /// What happened and what it means for the record, in Chinese.
    pub message: String,
    /// The one thing to do next, in Chinese.
    pub hint: String,
}
