//! Rescue files: what phones could not send, brought in by hand. The key they are sealed for, and the taking in.

mod import;
mod key;
mod shelf;

pub use import::{DocReport, ImportError, ImportReport, Source, import};
pub use key::{FILE as KEY_FILE, ensure};
pub use shelf::FOLDER;
