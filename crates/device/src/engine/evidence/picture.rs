//! Photos as they are kept: scaled down, turned upright, and without anything a camera wrote along (the place, the owner's name).
//!
//! A copy takes the place of what came in only if it is surely as good to a reader: the file is of the common kind, its decoder's
//! picture is confirmed by a second, and what can be read in it stays large enough. Everything else is kept whole, as the file that it
//! is. Done here, so that it is the same for the app, the browser and the command line, and tested once. What comes in is hostile
//! until decoded: lengths are checked before memory is taken for them.

use super::{
    jpeg::{self, Kind, Tiles},
    notes::Notes,
    size,
};
use beehive_core::Media;
use image::{
    DynamicImage, GenericImageView, GrayImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits, RgbImage,
    codecs::jpeg::JpegEncoder, codecs::png::PngDecoder, metadata::Orientation,
};
use std::io::Cursor;

/// JPEG quality of photos.
const QUALITY: u8 = 80;
/// JPEG quality of small pictures.
const SMALL_QUALITY: u8 = 72;
/// The most memory a decoded picture may take, in bytes: what a cheap phone has to spare.
const MAX_MEMORY: u64 = 160 * 1024 * 1024;
/// The most pixels of a JPEG that is kept whole of which a small picture is made: two decoders hold all of it.
const MAX_UNSURE: usize = 16_000_000;
/// The longest colour profile that goes along with a small picture, in bytes.
const SMALL_PROFILE: usize = 4096;

/// A photo ready to be kept.
pub struct Picture {
    /// What is kept: a scaled JPEG, or the file as it came.
    pub bytes: Vec<u8>,
    /// What that is.
    pub media: Media,
    /// The small picture, a JPEG; `None` if this program is not sure what the file shows.
    pub small: Option<Small>,
    /// Width and height of what is kept, upright.
    pub pixels: Option<(u32, u32)>,
    /// Where it was taken, if that was asked for and is known.
    pub pos: Option<String>,
}

/// A small picture.
pub struct Small {
    /// A JPEG.
    pub bytes: Vec<u8>,
    /// Width and height.
    pub pixels: (u32, u32),
}

/// A file that is no picture although it begins like one: nothing of it can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

/// What a decoder made of a file.
struct Decoded {
    image: DynamicImage,
    /// Its colour profile, if it has one.
    profile: Option<Vec<u8>>,
    /// Whether it was confirmed, and may take the file's place.
    sure: bool,
    /// Its size in the file, which may have been decoded smaller.
    full: (u32, u32),
}

/// Makes a photo ready. `keep_position`: read from the camera's notes where it was taken, before they are dropped.
pub fn prepare(bytes: &[u8], media: Media, keep_position: bool) -> Result<Picture, Damaged> {
    if !has_content(bytes, media) {
        return Err(Damaged);
    }
    let notes = Notes::of(bytes);
    let pos = keep_position.then(|| notes.position()).flatten();
    let Some(mut decoded) = decode(bytes, media) else {
        return Ok(Picture { bytes: notes.removed(bytes, media), media, small: None, pixels: None, pos });
    };
    let turned = notes.orientation();
    let full = upright(decoded.full, turned);
    let target = size::copy(full.0, full.1).filter(|_| decoded.sure);
    if let Some(size) = target.filter(|size| *size != full) {
        let (width, height) = upright(size, turned);
        // `thumbnail` averages whole pixels: as good as slower filters when making smaller, and a sixth of their time.
        decoded.image = decoded.image.thumbnail_exact(width, height);
    }
    decoded.image.apply_orientation(turned);
    let profile = decoded.profile.as_deref();
    let small = small(&decoded.image, profile);
    let copy = target.and_then(|_| encode(&decoded.image, QUALITY, profile));
    Ok(match (copy, target) {
        // A copy of the same size that saves nothing is only worse.
        (Some(copy), Some(size)) if size != full || copy.len() < bytes.len() => {
            Picture { bytes: copy, media: Media::Jpeg, small, pixels: Some(size), pos }
        }
        _ => Picture { bytes: notes.removed(bytes, media), media, small, pixels: Some(full), pos },
    })
}

/// Whether there is anything behind the first bytes by which a file is known.
fn has_content(bytes: &[u8], media: Media) -> bool {
    let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    match media {
        Media::Jpeg => has(b"\xff\xda"),
        Media::Png => has(b"IDAT"),
        Media::WebP => has(b"VP8"),
        Media::Heic | Media::Avif => has(b"meta") || has(b"moov"),
        _ => bytes.len() > 13,
    }
}

/// Width and height of a picture that is turned; turned back, they are those of before.
fn upright((width, height): (u32, u32), turned: Orientation) -> (u32, u32) {
    match turned {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

fn decode(bytes: &[u8], media: Media) -> Option<Decoded> {
    match media {
        Media::Jpeg => decode_jpeg(bytes),
        Media::Png => decode_png(bytes),
        // One decoder alone knows this format here: good enough for a small picture.
        Media::WebP => full(bytes, ImageFormat::WebP).map(|image| unsure(flat(image).0)),
        _ => None,
    }
}

fn unsure(image: DynamicImage) -> Decoded {
    Decoded { full: image.dimensions(), image, profile: None, sure: false }
}

/// All of a picture, by the decoders of the crate `image`.
fn full(bytes: &[u8], format: ImageFormat) -> Option<DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().ok()?;
    if decoder.total_bytes() > MAX_MEMORY {
        return None;
    }
    DynamicImage::from_decoder(decoder).ok()
}

/// By a decoder that makes pictures smaller while it reads, so that 200 million pixels take no more memory than two. It is confirmed by
/// our own reading of the file; of a kind which that one does not read, only a small picture is made, if a second decoder agrees.
fn decode_jpeg(bytes: &[u8]) -> Option<Decoded> {
    let read = jpeg::read(bytes);
    let scale = match &read {
        Some(read) if read.kind == Kind::Baseline => scale(read.size),
        _ => 8,
    };
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(MAX_MEMORY).ok()?);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    let full = (u32::from(info.width), u32::from(info.height));
    let area = usize::from(info.width) * usize::from(info.height);
    if area * scale * scale / 64 * 3 > MAX_MEMORY as usize || (scale == 8 && area > MAX_UNSURE && !is_baseline(read.as_ref())) {
        return None;
    }
    let of = |side: u16| (u32::from(side) * scale as u32).div_ceil(8) as u16;
    let (width, height) = decoder.scale(of(info.width), of(info.height)).ok()?;
    let pixels = decoder.decode().ok()?;
    let profile = decoder.icc_profile();
    let (wide, high) = (usize::from(width), usize::from(height));
    let known = profile.as_ref().is_none_or(|p| p.get(16..20) == Some(b"RGB ") && info.pixel_format == jpeg_decoder::PixelFormat::RGB24);
    let confirmed = match &read {
        Some(read) if read.kind == Kind::Baseline => read.shows(&pixels, wide, high, scale),
        _ => is_seen_alike(bytes, &pixels, wide, high),
    };
    let image = image(info.pixel_format, u32::from(width), u32::from(height), pixels)?;
    // A rare kind of file on which both agree has its small picture, and stays what it is.
    confirmed.then(|| Decoded { image, profile, sure: is_baseline(read.as_ref()) && known, full })
}

fn is_baseline(read: Option<&jpeg::Jpeg>) -> bool {
    read.is_some_and(|read| read.kind == Kind::Baseline)
}

/// Eighths of its size in which a JPEG is decoded: the fewest that leave enough for the copy.
fn scale((width, height): (usize, usize)) -> usize {
    let (width, height) = (u32::try_from(width).unwrap_or(u32::MAX), u32::try_from(height).unwrap_or(u32::MAX));
    // Without a copy there is still the small picture.
    let wanted = size::copy(width, height).unwrap_or_else(|| size::small(width, height).1);
    [1, 2, 4].into_iter().find(|scale| width * *scale / 8 >= wanted.0 && height * *scale / 8 >= wanted.1).unwrap_or(8) as usize
}

fn image(format: jpeg_decoder::PixelFormat, width: u32, height: u32, pixels: Vec<u8>) -> Option<DynamicImage> {
    match format {
        jpeg_decoder::PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        jpeg_decoder::PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        _ => None,
    }
}

/// Whether the second decoder sees the same.
fn is_seen_alike(bytes: &[u8], pixels: &[u8], width: usize, height: usize) -> bool {
    let Some(other) = full(bytes, ImageFormat::Jpeg) else { return false };
    if (other.width() as usize, other.height() as usize) != (width, height) || other.as_bytes().len() != pixels.len() || width == 0 {
        return false;
    }
    let row = pixels.len() / height.max(1);
    let block = 8 * (row / width);
    let mut tiles = Tiles::new(width.div_ceil(8));
    for (y, (ours, theirs)) in pixels.chunks(row).zip(other.as_bytes().chunks(row)).enumerate() {
        for (x, (a, b)) in ours.chunks(block).zip(theirs.chunks(block)).enumerate() {
            let sum: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            tiles.add(x, y / 8, f64::from(sum) / a.len() as f64);
        }
    }
    tiles.agree()
}

fn decode_png(bytes: &[u8]) -> Option<Decoded> {
    let mut image = full(bytes, ImageFormat::Png)?;
    let profile = PngDecoder::new(Cursor::new(bytes)).ok()?.icc_profile().ok()?;
    let known = profile.as_ref().is_none_or(|p| p.get(16..20) == Some(b"RGB "));
    let common = is_common_png(bytes) && known;
    let opaque;
    (image, opaque) = flat(image);
    if profile.is_some() || !matches!(image, DynamicImage::ImageLuma8(_)) {
        image = DynamicImage::ImageRgb8(image.into_rgb8());
    }
    Some(Decoded { full: image.dimensions(), image, profile, sure: common && opaque })
}

/// Whether a PNG is what cameras and screenshots are: eight bits, line by line, one picture, whole, in colours that a screen means.
fn is_common_png(bytes: &[u8]) -> bool {
    let (mut rest, mut managed, mut odd_gamma) = (&bytes[8..], false, false);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let Some((part, after)) = (u32::from_be_bytes(*length) as usize).checked_add(8).and_then(|length| after.split_at_checked(length))
        else {
            return false;
        };
        let content = &part[4..part.len() - 4];
        let known = match &part[..4] {
            // Depth, colours, packing, filters, order.
            b"IHDR" => matches!(content.get(8..), Some([8, _, 0, 0, 0])),
            b"sRGB" | b"iCCP" => {
                managed = true;
                true
            }
            b"gAMA" => {
                odd_gamma |= !matches!(content.first_chunk().map(|g| u32::from_be_bytes(*g)), Some(45_450..=45_460));
                true
            }
            b"IEND" => return managed || !odd_gamma,
            b"IDAT" | b"PLTE" | b"tRNS" | b"bKGD" | b"cHRM" | b"pHYs" | b"sBIT" | b"hIST" | b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt"
            | b"tIME" => true,
            // Animation, high dynamic range, or something that may change how it looks.
            _ => false,
        };
        if !known {
            return false;
        }
        rest = after;
    }
    false
}

/// Opaque, eight bits a channel: what JPEG can hold, and whether it was that before. What was transparent becomes white, as paper.
fn flat(image: DynamicImage) -> (DynamicImage, bool) {
    if !image.color().has_alpha() {
        return if matches!(image, DynamicImage::ImageLuma8(_)) {
            (image, true)
        } else {
            (DynamicImage::ImageRgb8(image.into_rgb8()), true)
        };
    }
    let mut rgba = image.into_rgba8();
    let mut opaque = true;
    for pixel in rgba.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        if a < 255 {
            opaque = false;
            let over_white = |c: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8;
            pixel.0 = [over_white(r), over_white(g), over_white(b), 255];
        }
    }
    (DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(rgba).into_rgb8()), opaque)
}

fn small(image: &DynamicImage, profile: Option<&[u8]>) -> Option<Small> {
    let (part, pixels) = size::small(image.width(), image.height());
    let part = if part == image.dimensions() { None } else { Some(image.crop_imm(0, 0, part.0, part.1)) };
    let image = part.as_ref().unwrap_or(image);
    let small = if pixels == image.dimensions() { image.clone() } else { image.thumbnail_exact(pixels.0, pixels.1) };
    let bytes = encode(&small, SMALL_QUALITY, profile.filter(|p| p.len() <= SMALL_PROFILE))?;
    Some(Small { bytes, pixels })
}

fn encode(image: &DynamicImage, quality: u8, profile: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.to_owned()).ok()?;
    }
    image.write_with_encoder(encoder).ok()?;
    Some(bytes)
}
