//! All that a phone does except the screen.
pub mod api;
