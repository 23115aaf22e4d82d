//! All that a phone does except the screen: an encrypted store, an outbox, a sync client, search, and one typed API.
//!
//! [`engine::Engine`] answers every request of [`api`] from the local store; only the network layer beside it ever waits for signal.
pub mod api;
pub mod clock;
pub mod engine;
pub mod host;
pub mod key;
pub mod net;
pub mod store;
pub mod surroundings;
