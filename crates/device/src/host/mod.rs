//! The loopback host: the phone's UI in a browser on the same machine, over the same API as the app.
//!
//! It is a carrier without logic. It binds to this machine only, and because every page of every website can send requests to
//! 127.0.0.1, it answers only what names it by a loopback address and, for the API, shows the token that its own page was given.

mod api;
mod page;
mod serve;

pub use serve::{HostError, HostOptions, serve};
