//! Photos as they are kept: scaled down, turned upright, and without anything a camera wrote along (the place, the owner's name).
//!
//! Done here, so that it is the same for the app, the browser and the command line, and tested once. What comes in is hostile until
//! decoded: lengths are checked before memory is taken for them.

use exif::{In, Tag, Value};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder, metadata::Orientation};
use std::io::Cursor;

/// The longest side of a kept photo, in pixels: the number on a meter and the face of a crack can be read.
const SIDE: u32 = 1600;
/// The longest side of a small picture.
const SMALL_SIDE: u32 = 320;
/// JPEG quality of photos.
const QUALITY: u8 = 80;
/// JPEG quality of small pictures.
const SMALL_QUALITY: u8 = 72;
/// The most pixels that are decoded: what the cameras of phones make, and not the claims of a forged header.
const MAX_PIXELS: u64 = 64_000_000;
/// The most memory decoding may take, in bytes.
const MAX_MEMORY: u64 = 320 * 1024 * 1024;

/// The media type of what is kept.
pub const MEDIA: &str = "image/jpeg";

/// A photo ready to be kept.
pub struct Picture {
    /// The scaled photo.
    pub bytes: Vec<u8>,
    /// The small picture.
    pub small: Vec<u8>,
    /// Width and height of the scaled photo.
    pub pixels: (u32, u32),
    /// Width and height of the small picture.
    pub small_pixels: (u32, u32),
    /// Where it was taken, if that was asked for and is known.
    pub pos: Option<String>,
}

/// Why a photo cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureError {
    /// A format this program does not read (HEIC, GIF, ...).
    Format,
    /// The bytes are not a whole picture.
    Damaged,
    /// More pixels than are decoded.
    TooLarge,
}

/// Makes a photo ready. `keep_position`: read from the camera's notes where it was taken, before they are dropped.
pub fn prepare(bytes: &[u8], keep_position: bool) -> Result<Picture, PictureError> {
    let format = image::guess_format(bytes).map_err(|_| PictureError::Format)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(PictureError::Format);
    }
    let image = decode(bytes, format)?;
    // `thumbnail` averages whole pixels: as good as slower filters when making smaller, and a sixth of their time.
    let scaled = if image.width().max(image.height()) > SIDE { image.thumbnail(SIDE, SIDE) } else { image };
    let small = if scaled.width().max(scaled.height()) > SMALL_SIDE { scaled.thumbnail(SMALL_SIDE, SMALL_SIDE) } else { scaled.clone() };
    Ok(Picture {
        bytes: encode(&scaled, QUALITY)?,
        small: encode(&small, SMALL_QUALITY)?,
        pixels: (scaled.width(), scaled.height()),
        small_pixels: (small.width(), small.height()),
        pos: keep_position.then(|| position(bytes)).flatten(),
    })
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(30_000);
    limits.max_image_height = Some(30_000);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failure)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(PictureError::TooLarge);
    }
    // Unreadable notes of the camera are no reason to lose the photo.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(failure)?;
    image.apply_orientation(orientation);
    Ok(flat(image))
}

/// Opaque, eight bits a channel: what JPEG can hold. What was transparent becomes white, as paper.
fn flat(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return DynamicImage::ImageRgb8(image.into_rgb8());
    }
    let rgba = image.into_rgba8();
    let over_white = |c: u8, a: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8;
    let rgb = image::RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        image::Rgb([over_white(r, a), over_white(g, a), over_white(b, a)])
    });
    DynamicImage::ImageRgb8(rgb)
}

fn encode(image: &DynamicImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).map_err(failure)?;
    Ok(bytes)
}

fn failure(e: image::ImageError) -> PictureError {
    match e {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        image::ImageError::Unsupported(_) => PictureError::Format,
        _ => PictureError::Damaged,
    }
}

/// Latitude and longitude in degrees, to four decimals.
fn position(bytes: &[u8]) -> Option<String> {
    let notes = exif::Reader::new().read_from_container(&mut Cursor::new(bytes)).ok()?;
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
