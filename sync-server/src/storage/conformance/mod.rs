//! What every backend must keep to. A backend's tests call [`conformance_suite!`] with a function that makes an empty database.
#![allow(missing_docs)] // the name of a rule is its description

pub mod accounts;
pub mod batches;
pub mod delivery;
pub mod documents;
pub mod files;
pub mod reference;
pub mod transactions;

use super::Storage;
use beehive_core::{ActorId, ChangeHash, DeviceId, DocId};
use std::sync::Arc;

/// An empty database and whatever must live as long as it.
pub struct Fixture {
    /// The database.
    pub storage: Arc<dyn Storage>,
    /// E.g. its temporary folder.
    pub guard: Box<dyn std::any::Any>,
}

/// One test per rule, for the backend that `$make` makes.
#[macro_export]
macro_rules! conformance_suite {
    ($make:path) => {
        $crate::conformance_suite!(@ $make, accounts: [an_invitation_is_used_once, devices_are_found_by_their_credential_and_revoked_once,
            an_actor_stays_with_whom_it_was_first]);
        $crate::conformance_suite!(@ $make, reference: [rows_come_back_in_the_order_of_writing, what_is_taken_off_a_list_keeps_its_name, a_grant_is_ended_and_never_forgotten,
            where_a_grid_hung_is_kept, each_dataset_counts_its_changes]);
        $crate::conformance_suite!(@ $make, documents: [changes_come_back_in_the_order_of_admission, a_hash_or_number_is_taken_once, numbers_run_on_and_can_be_left_out,
            each_scope_has_its_own_log_without_gaps, open_records_come_newest_first]);
        $crate::conformance_suite!(@ $make, batches: [many_entries_are_as_one_after_the_other, a_size_is_that_of_the_row]);
        $crate::conformance_suite!(@ $make, delivery: [the_newest_packs_are_found_and_old_ones_go_when_told, what_is_put_aside_again_only_counts_up,
            what_a_device_holds_is_kept_per_scope]);
        $crate::conformance_suite!(@ $make, files: [a_file_is_kept_once_and_belongs_to_documents, an_upload_is_found_until_it_is_done,
            what_a_device_uploads_is_counted]);
        $crate::conformance_suite!(@ $make, transactions: [a_failing_job_is_undone_and_alone, a_panicking_job_is_undone_and_alone,
            a_reader_sees_one_moment, writers_at_once_leave_no_gap, meta_and_settings_are_kept]);
    };
    (@ $make:path, $group:ident: [$($rule:ident),+ $(,)?]) => {
        mod $group {
            $(
                #[test]
                fn $rule() {
                    let fixture = $make();
                    $crate::storage::conformance::$group::$rule(&fixture.storage);
                    drop(fixture.storage);
                }
            )+
        }
    };
}

/// The moment the tests stand at: 2026-11-20 08:00 UTC.
pub const NOW: i64 = 1_795_161_600;

pub(crate) fn doc(n: u8) -> DocId {
    DocId([n; 16])
}

pub(crate) fn hash(n: u8) -> ChangeHash {
    ChangeHash([n; 32])
}

pub(crate) fn device(n: u8) -> DeviceId {
    DeviceId([n; 8])
}

pub(crate) fn actor(n: u8) -> ActorId {
    ActorId([n; 8])
}
