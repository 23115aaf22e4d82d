//! Hostile zstd: honest frames around hostile content, and frames that are hostile themselves.

use super::{bytes, number, pick};
use rand::{Rng, RngExt as _};

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What a repeating block may say it becomes at most, in bytes.
const MAX_BLOCK: usize = 128 * 1024;

/// Any frame around this content: mostly an honest one, so that the content is read.
///
/// # Panics
/// If zstd cannot compress it.
pub fn around(rng: &mut impl Rng, content: &[u8]) -> Vec<u8> {
    let honest = || zstd::bulk::compress(content, 1).expect("zstd compresses");
    match rng.random_range(0..40) {
        0 => bytes(rng, &honest(), &[]),
        1 => {
            let mut cut = honest();
            cut.truncate(rng.random_range(0..cut.len()));
            cut
        }
        2 => [honest(), honest()].concat(),
        3 => [honest(), bomb(rng.random_range(1..400), 0)].concat(),
        4 => {
            let size = number(rng);
            plain(content, Some(size), pick(rng, &[0x00, 0x50, 0x88, 0xf8]))
        }
        5 => plain(content, None, rng.random()),
        // A frame to be skipped before it, of any length.
        6 => {
            let says = if rng.random() { 4 } else { number(rng) as u32 };
            [&0x184d_2a50u32.to_le_bytes()[..], &says.to_le_bytes(), b"skip", &honest()].concat()
        }
        7 => bomb(rng.random_range(1..400), rng.random()),
        _ => honest(),
    }
}

/// A frame of a few bytes that becomes `blocks` times 128 KB of the same byte.
pub fn bomb(blocks: usize, byte: u8) -> Vec<u8> {
    // A window of 8 MB, no content size.
    let mut out = [&MAGIC[..], &[0x00, 0x68]].concat();
    for n in 0..blocks {
        block(&mut out, 1, MAX_BLOCK, n + 1 == blocks);
        out.push(byte);
    }
    out
}

/// An uncompressed frame that says any content size and window.
pub fn plain(content: &[u8], says: Option<u64>, window: u8) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.push(if says.is_some() { 0xc0 } else { 0x00 });
    out.push(window);
    out.extend(says.into_iter().flat_map(u64::to_le_bytes));
    let pieces = content.chunks(MAX_BLOCK).count();
    for (n, piece) in content.chunks(MAX_BLOCK).enumerate() {
        block(&mut out, 0, piece.len(), n + 1 == pieces);
        out.extend_from_slice(piece);
    }
    out
}

/// A block's header: 0 = as it is, 1 = one byte repeated.
fn block(out: &mut Vec<u8>, kind: u32, size: usize, last: bool) {
    let header = (size as u32) << 3 | kind << 1 | u32::from(last);
    out.extend_from_slice(&header.to_le_bytes()[..3]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn hand_made_frames_are_frames() {
        let read = |frame: &[u8]| {
            let mut out = Vec::new();
            zstd::Decoder::new(frame).unwrap().read_to_end(&mut out).map(|_| out)
        };
        assert_eq!(read(&plain(b"content", None, 0x50)).unwrap(), b"content");
        assert_eq!(read(&plain(b"content", Some(7), 0x50)).unwrap(), b"content");
        assert!(read(&plain(b"content", Some(8), 0x50)).is_err());
        assert_eq!(read(&bomb(3, 7)).unwrap(), vec![7; 3 * MAX_BLOCK]);
    }
}
