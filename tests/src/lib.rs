//! Shared parts of the checks across components: real phones against the real server, with a link between them that counts, is slow,
//! or breaks.
//!
//! Everything here returns `anyhow::Result`, so that a test says `?` and a failure names the step it failed in.

pub mod binary;
pub mod disk;
pub mod http;
pub mod local;
pub mod measure;
pub mod phone;
pub mod picture;
pub mod power;
pub mod proxy;
pub mod server;
pub mod serving;
pub mod street;
pub mod work;

pub use local::LocalPhone;
pub use phone::{Phone, Ran};
pub use proxy::{Link, Proxy};
pub use server::Server;
pub use serving::Serving;
pub use street::Street;

/// 2026-11-20 08:00 in Chengdu, seconds since 1970: the day on which everything here happens.
pub const NOW: i64 = 1_795_132_800;

/// A day, in seconds.
pub const DAY: i64 = 86_400;

/// A micro-grid worker of the small street: holds everything of `w-1`.
pub const WORKER: &str = "m-001";
/// Another worker of the same micro-grid.
pub const COLLEAGUE: &str = "m-002";
/// The leader of the general grid above it: decides, and also holds `w-2`.
pub const LEAD: &str = "m-004";
/// The micro-grid of both workers.
pub const GRID: &str = "w-1";
/// A building of it.
pub const BUILDING: &str = "b-01";
