//! Voice notes: kept as the phone recorded them. What they are is told by their first bytes.

/// The longest voice note, in bytes: two minutes are a tenth of it.
pub const MAX_SOUND: usize = 4 * 1024 * 1024;
/// The longest voice note, in seconds.
pub const MAX_SECS: u32 = 120;

/// The media type of a sound; `None` if it is none that is known.
pub fn media(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("audio/webm"),
        [b'O', b'g', b'g', b'S', ..] => Some("audio/ogg"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("audio/mp4"),
        [b'I', b'D', b'3', ..] | [0xff, 0xf1 | 0xf9 | 0xfb | 0xf3, ..] => Some("audio/mpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("audio/wav"),
        _ => None,
    }
}
