//! What kind of picture or sound a file is, told by its first bytes and never by its name or by what
//! somebody says of it.
//!
//! Here, because the phone's engine, its command line and the server's upload must take the same
//! files: where two of them disagreed, a photo was promised at one door and turned away at the next.

/// The largest file that a phone keeps and a server takes, in bytes. A photo as phones scale it is a
/// hundredth of this; what is kept whole (a rare format, a very large picture) may be this long.
pub const MAX_FILE: usize = 40 * 1024 * 1024;

/// What to do about a file that is neither: the one list that all doors tell.
pub const TAKEN: &str =
    "可以加的照片：JPEG、PNG、WebP、HEIC、AVIF、GIF；录音：m4a、mp3、wav、ogg、webm、aac、amr、flac。别的请截一张图，或写成文字。";

/// A kind of file that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    /// Photos of most cameras.
    Jpeg,
    /// Screenshots.
    Png,
    /// Pictures saved from messengers.
    WebP,
    /// Animated pictures.
    Gif,
    /// Photos of newer phones (HEIF with HEVC in it).
    Heic,
    /// HEIF with AV1 in it.
    Avif,
    /// What Chromium's recorder makes.
    WebmSound,
    /// Ogg with any sound in it.
    Ogg,
    /// `.m4a`, `.3gp` and what other recorders of web views make.
    Mp4Sound,
    /// `.mp3`.
    Mpeg,
    /// Bare AAC.
    Aac,
    /// What older phones record.
    Amr,
    /// Uncompressed.
    Wav,
    /// Without loss.
    Flac,
}

impl Media {
    /// Every kind, pictures first.
    pub const ALL: [Self; 14] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Heic,
        Self::Avif,
        Self::WebmSound,
        Self::Ogg,
        Self::Mp4Sound,
        Self::Mpeg,
        Self::Aac,
        Self::Amr,
        Self::Wav,
        Self::Flac,
    ];

    /// What a file is; `None` if it is neither a picture nor a sound, a film included. The first bytes are enough, except that
    /// a film in MP4 is known only by all of it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'R', b'I', b'F', b'F' | b'X', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Self::Wav),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => of_boxes(bytes),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => {
                (!begins_with_film(bytes, &[b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG"])).then_some(Self::WebmSound)
            }
            [b'O', b'g', b'g', b'S', ..] => (!begins_with_film(bytes, &[b"\x80theora"])).then_some(Self::Ogg),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [b'#', b'!', b'A', b'M', b'R', b'\n' | b'-', ..] => Some(Self::Amr),
            [b'I', b'D', b'3', ..] => Some(Self::Mpeg),
            // Twelve ones, then the layer: none in AAC's own frames, the third in mp3.
            [0xff, second, ..] if second & 0xf6 == 0xf0 => Some(Self::Aac),
            [0xff, second, third, ..] if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 && third & 0xf0 != 0xf0 => Some(Self::Mpeg),
            _ => None,
        }
    }

    /// Its media type as records, uploads and browsers name it.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Heic => "image/heic",
            Self::Avif => "image/avif",
            Self::WebmSound => "audio/webm",
            Self::Ogg => "audio/ogg",
            Self::Mp4Sound => "audio/mp4",
            Self::Mpeg => "audio/mpeg",
            Self::Aac => "audio/aac",
            Self::Amr => "audio/amr",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
        }
    }

    /// How names of such files end, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Heic => "heic",
            Self::Avif => "avif",
            Self::WebmSound => "webm",
            Self::Ogg => "ogg",
            Self::Mp4Sound => "m4a",
            Self::Mpeg => "mp3",
            Self::Aac => "aac",
            Self::Amr => "amr",
            Self::Wav => "wav",
            Self::Flac => "flac",
        }
    }

    /// The kind that a media type names, with or without parameters.
    pub fn named(mime: &str) -> Option<Self> {
        let bare = mime.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|media| media.mime().eq_ignore_ascii_case(bare))
    }

    /// Whether it is looked at; the others are listened to.
    pub fn is_picture(self) -> bool {
        self.mime().starts_with("image/")
    }
}

/// Whether one of these names stands in the beginning, where a file says what its tracks are.
fn begins_with_film(bytes: &[u8], names: &[&[u8]]) -> bool {
    let head = bytes.get(..8_192).unwrap_or(bytes);
    names.iter().any(|name| head.windows(name.len()).any(|window| window == *name))
}

/// A file of boxes (ISO 14496-12): pictures say so by their brand, the rest is sound unless one of its tracks is a film.
fn of_boxes(bytes: &[u8]) -> Option<Media> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let brands = bytes.get(8..length.min(bytes.len())).unwrap_or_default();
    // The second number is the minor version.
    let mut names = brands.chunks_exact(4).enumerate().filter(|(at, _)| *at != 1).map(|(_, brand)| brand);
    let major = names.next()?;
    let av1 = |brand: &[u8]| matches!(brand, b"avif" | b"avis");
    let hevc = |brand: &[u8]| matches!(brand, b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs");
    let still = |brand: &[u8]| matches!(brand, b"mif1" | b"mif2" | b"msf1" | b"miaf");
    if av1(major) {
        return Some(Media::Avif);
    }
    if hevc(major) {
        return Some(Media::Heic);
    }
    if still(major) {
        // The general brand: what is in it is told by the compatible ones.
        return Some(if names.any(av1) { Media::Avif } else { Media::Heic });
    }
    (!has_film(bytes, 0)).then_some(Media::Mp4Sound)
}

/// Whether a film's track is among these boxes.
fn has_film(mut boxes: &[u8], depth: u8) -> bool {
    while let Some((head, rest)) = boxes.split_first_chunk::<8>() {
        let [a, b, c, d, name @ ..] = *head;
        let mut length = u32::from_be_bytes([a, b, c, d]) as usize;
        let mut body = rest;
        if length == 1 {
            let Some((long, after)) = rest.split_first_chunk::<8>() else { return false };
            let long = usize::try_from(u64::from_be_bytes(*long)).unwrap_or(usize::MAX);
            (length, body) = (long.saturating_sub(8), after);
        } else if length == 0 {
            length = boxes.len();
        }
        let Some(inner) = length.checked_sub(8) else { return false };
        let inner = inner.min(body.len());
        let content = &body[..inner];
        let film = match &name {
            b"moov" | b"trak" | b"mdia" => depth < 4 && has_film(content, depth + 1),
            b"hdlr" => content.get(8..12) == Some(b"vide"),
            _ => false,
        };
        if film {
            return true;
        }
        boxes = &body[inner..];
    }
    false
}
