//! Photos for tests: noise, which no encoder makes small, so that their length in bytes is that of a real photo; the same for the same seed.

use anyhow::Result;
use image::{RgbImage, codecs::jpeg::JpegEncoder};
use rand::{Rng, SeedableRng, rngs::SmallRng};

/// A photo of this many pixels as a camera writes it.
pub fn jpeg(seed: u64, width: u32, height: u32) -> Result<Vec<u8>> {
    let mut picture = RgbImage::new(width, height);
    SmallRng::seed_from_u64(seed).fill_bytes(picture.as_mut());
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 80))?;
    Ok(bytes)
}
