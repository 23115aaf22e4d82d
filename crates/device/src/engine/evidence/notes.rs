//! What a camera writes along with a photo: how it was held, where it was taken, whose it is.
//!
//! The first is needed, the second is told only on purpose, and the rest concerns nobody. A photo that is kept as it is loses these
//! notes too; not one byte of the picture itself is touched.

use beehive_core::Media;
use exif::{Exif, In, Tag, Value};
use image::metadata::Orientation;
use std::io::Cursor;

/// The notes of a file, if there are any that can be read.
pub struct Notes(Option<Exif>);

impl Notes {
    /// Of any file.
    pub fn of(bytes: &[u8]) -> Self {
        Self(exif::Reader::new().read_from_container(&mut Cursor::new(bytes)).ok())
    }

    /// How the picture is turned upright.
    pub fn orientation(&self) -> Orientation {
        let number = self.0.as_ref().and_then(|notes| notes.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
        number.and_then(|n| Orientation::from_exif(u8::try_from(n).ok()?)).unwrap_or(Orientation::NoTransforms)
    }

    /// Latitude and longitude in degrees, to four decimals.
    pub fn position(&self) -> Option<String> {
        let notes = self.0.as_ref()?;
        let degrees = |tag: Tag, of: Tag, negative: u8| {
            let Value::Rational(parts) = &notes.get_field(tag, In::PRIMARY)?.value else { return None };
            let [d, m, s] = parts.get(..3)? else { return None };
            let sum = d.to_f64() + m.to_f64() / 60.0 + s.to_f64() / 3600.0;
            let sign = match &notes.get_field(of, In::PRIMARY)?.value {
                Value::Ascii(letters) if letters.first()?.first() == Some(&negative) => -1.0,
                _ => 1.0,
            };
            sum.is_finite().then_some(sign * sum)
        };
        let lat = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S').filter(|d| d.abs() <= 90.0)?;
        let lon = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W').filter(|d| d.abs() <= 180.0)?;
        Some(format!("{lat:.4},{lon:.4}"))
    }

    /// The file without its notes, but still turned upright. What cannot be walked stays as it is.
    pub fn removed(&self, bytes: &[u8], media: Media) -> Vec<u8> {
        let upright = self.orientation();
        match media {
            Media::Jpeg => jpeg(bytes, upright),
            Media::Png => png(bytes, upright),
            Media::WebP => webp(bytes, upright),
            Media::Heic | Media::Avif => return self.blanked(bytes),
            _ => None,
        }
        .unwrap_or_else(|| bytes.to_owned())
    }

    /// In a file of boxes everything is found by its distance from the beginning: there the notes are overwritten in their place.
    /// How the picture is turned stands in a box of its own.
    fn blanked(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_owned();
        if let Some(notes) = self.0.as_ref().map(Exif::buf).filter(|notes| notes.len() >= 8)
            && let Some(at) = find(&bytes, notes)
        {
            bytes[at..at + notes.len()].fill(0);
            bytes[at..at + 8].copy_from_slice(b"II*\0\0\0\0\0");
        }
        while let Some(at) = find(&bytes, b"<x:xmpmeta") {
            let end = find(&bytes[at..], b"</x:xmpmeta>").map_or(at + 10, |length| at + length + 12);
            bytes[at..end].fill(b' ');
        }
        bytes
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The shortest notes that say how a picture is turned; nothing if it is upright.
fn only(upright: Orientation) -> Option<Vec<u8>> {
    let number = upright.to_exif();
    (number != 1).then(|| [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[number][..], b"\0\0\0\0\0\0"].concat())
}

fn jpeg(bytes: &[u8], upright: Orientation) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    let mut kept = b"\xff\xd8".to_vec();
    let mut turned = only(upright);
    loop {
        let [0xff, marker, body @ ..] = rest else { return None };
        if *marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        if *marker == 0xda {
            break;
        }
        let (one, after) = rest.split_at_checked(2 + usize::from(u16::from_be_bytes(*body.first_chunk()?)))?;
        // Behind the JFIF mark, which must be the first.
        if *marker != 0xe0
            && let Some(notes) = turned.take()
        {
            let length = u16::try_from(notes.len() + 8).ok()?.to_be_bytes();
            kept.extend([b"\xff\xe1", &length[..], b"Exif\0\0", &notes].concat());
        }
        if !matches!(marker, 0xe1 | 0xed | 0xfe) {
            kept.extend_from_slice(one);
        }
        rest = after;
    }
    kept.extend_from_slice(rest);
    Some(kept)
}

fn png(bytes: &[u8], upright: Orientation) -> Option<Vec<u8>> {
    let (mut kept, mut rest) = (bytes.get(..8)?.to_vec(), &bytes[8..]);
    let mut turned = only(upright);
    while let Some(length) = rest.first_chunk::<4>() {
        let (one, after) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?.checked_add(12)?)?;
        let name = one.get(4..8)?;
        if name == b"IDAT"
            && let Some(notes) = turned.take()
        {
            let content = [b"eXIf", &notes[..]].concat();
            let (length, sum) = (u32::try_from(notes.len()).ok()?.to_be_bytes(), crc(&content).to_be_bytes());
            kept.extend([&length[..], &content, &sum].concat());
        }
        if !matches!(name, b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME") {
            kept.extend_from_slice(one);
        }
        rest = after;
    }
    kept.extend_from_slice(rest);
    Some(kept)
}

/// The check sum of PNG's parts (its annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ crc >> 1 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

fn webp(bytes: &[u8], upright: Orientation) -> Option<Vec<u8>> {
    const NOTES: u8 = 0b1000;
    const XMP: u8 = 0b0100;
    let (mut kept, mut rest) = (bytes.get(..12)?.to_vec(), &bytes[12..]);
    let turned = only(upright);
    while let Some((name, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*after.first_chunk()?)).ok()?;
        let (one, after) = rest.split_at_checked(length.checked_add(8 + length % 2)?)?;
        match name {
            b"VP8X" => {
                let mut one = one.to_owned();
                let flags = one.get_mut(8)?;
                *flags &= !(NOTES | XMP);
                *flags |= if turned.is_some() { NOTES } else { 0 };
                kept.extend(one);
            }
            b"EXIF" | b"XMP " => {}
            _ => kept.extend_from_slice(one),
        }
        rest = after;
    }
    if let Some(notes) = turned {
        kept.extend([b"EXIF", &u32::try_from(notes.len()).ok()?.to_le_bytes()[..], &notes].concat());
    }
    let size = u32::try_from(kept.len() - 8).ok()?.to_le_bytes();
    kept.get_mut(4..8)?.copy_from_slice(&size);
    Some(kept)
}
