//! The engine as its callers see it: what was saved is there, what the server says is done, and nothing is lost on the way.
//!
//! "Other phones" are documents of `beehive-core`; the server is whatever response a test hands in.

mod conflicts;
mod damage;
mod drafts_and_settings;
mod entry_files;
mod evidence;
mod grids;
mod healing;
mod incoming;
mod life;
mod lists;
mod packs;
mod pictures;
mod places;
mod records;
mod recurrence;
mod rescue;
mod similar;
mod store;
mod streets;
mod support;
mod verdicts;
mod wrong_clocks;
