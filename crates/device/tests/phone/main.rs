//! What the phone's users rely on beyond its engine: the line to the server, the loopback host, the command line.
//!
//! Against the small server of [`server`], which keeps what it is given and can be told to misbehave. The real one is tried in the
//! workspace's `tests`.

mod cli;
mod client;
mod exchange;
mod files;
mod host;
mod hostile;
mod packs;
mod proxy;
mod server;
mod strangers;
mod streets;
mod support;
