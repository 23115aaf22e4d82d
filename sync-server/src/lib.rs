//! The sync server of Beehive: one binary, one folder.
//!
//! [`serve::serve`] runs it, for the program and for tests in the same process. The layers, from outside in: [`http`] (who asks, what),
//! [`sync`], [`enroll`] and [`stand_in`] (what it means), [`storage`] (rows in transactions). Rules about records live in `beehive_core`.
#![warn(missing_docs)]

pub mod app;
pub mod backup;
pub mod cli;
pub mod demo;
pub mod directory;
pub mod enroll;
pub mod error;
pub mod files;
pub mod http;
pub mod lists;
pub mod names;
pub mod rescue;
pub mod secret;
pub mod serve;
pub mod stand_in;
pub mod storage;
pub mod sync;

pub use serve::{Running, ServeOptions, serve};
