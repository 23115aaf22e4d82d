//! Voice notes: kept as the phone recorded them.

use beehive_core::{Media, media::MAX_FILE};

/// The longest voice note, in bytes: two minutes are a tenth of it.
const MAX_SOUND: usize = 4 * 1024 * 1024;
/// The longest voice note, in seconds.
pub const MAX_SECS: u32 = 120;

/// How long the file of a voice note may be, in bytes. What is not compressed is ten times as long.
pub fn most(media: Media) -> usize {
    if matches!(media, Media::Wav | Media::Flac) { MAX_FILE } else { MAX_SOUND }
}
