//! CBOR inside zstd, with bounds: what arrives is hostile until proven otherwise.

use serde::{Serialize, de::DeserializeOwned};
use std::io::Read;
use thiserror::Error;

/// The largest body (compressed) that is read at all, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// The largest a body may become when inflated, in bytes.
pub const MAX_INFLATED: usize = 16 * 1024 * 1024;

/// A body that cannot be read or written.
#[derive(Debug, Error)]
pub enum FrameError {
    /// Larger than [`MAX_BODY`], or than [`MAX_INFLATED`] once inflated.
    #[error("the body is larger than is accepted")]
    TooLarge,
    /// Not a zstd frame.
    #[error("the body is not a zstd frame")]
    Zstd,
    /// Not the CBOR that was expected.
    #[error("the body does not have the expected form")]
    Cbor,
}

/// Writes a message as CBOR under zstd.
pub fn encode<T: Serialize>(message: &T, level: i32) -> Result<Vec<u8>, FrameError> {
    let mut cbor = Vec::new();
    ciborium::into_writer(message, &mut cbor).map_err(|_| FrameError::Cbor)?;
    zstd::bulk::compress(&cbor, level).map_err(|_| FrameError::Zstd)
}

/// Reads a message. Bounded in memory whatever the bytes say.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    decode_within(body, MAX_INFLATED)
}

/// Reads a message that may inflate to `limit` bytes.
pub(crate) fn decode_within<T: DeserializeOwned>(body: &[u8], limit: usize) -> Result<T, FrameError> {
    inflate(body, limit).map(|(message, _)| message)
}

/// The same, and how many bytes it inflated to.
pub(crate) fn inflate<T: DeserializeOwned>(body: &[u8], limit: usize) -> Result<(T, usize), FrameError> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(|_| FrameError::Zstd)?;
    // A frame may ask for a window of gigabytes; 2^24 covers everything that MAX_INFLATED can need.
    decoder.window_log_max(24).map_err(|_| FrameError::Zstd)?;
    let mut cbor = Vec::new();
    decoder.take(limit as u64 + 1).read_to_end(&mut cbor).map_err(|_| FrameError::Zstd)?;
    if cbor.len() > limit {
        return Err(FrameError::TooLarge);
    }
    let mut rest = &cbor[..];
    let message = ciborium::from_reader(&mut rest).map_err(|_| FrameError::Cbor)?;
    if rest.is_empty() { Ok((message, cbor.len())) } else { Err(FrameError::Cbor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_refused_without_inflating_it() {
        let bomb = encode(&serde_bytes::ByteBuf::from(vec![0u8; 20 * 1024 * 1024]), 1).unwrap();
        assert!(bomb.len() < 4096);
        assert!(matches!(decode::<serde_bytes::ByteBuf>(&bomb), Err(FrameError::TooLarge)));
    }

    #[test]
    fn rubbish_and_left_overs_are_refused() {
        assert!(matches!(decode::<u32>(b"rubbish"), Err(FrameError::Zstd)));
        let mut two = Vec::new();
        ciborium::into_writer(&1u32, &mut two).unwrap();
        ciborium::into_writer(&2u32, &mut two).unwrap();
        let body = zstd::bulk::compress(&two, 1).unwrap();
        assert!(matches!(decode::<u32>(&body), Err(FrameError::Cbor)));
        assert_eq!(decode::<u32>(&encode(&7u32, 3).unwrap()).unwrap(), 7);
    }
}
