//! CBOR inside zstd, with bounds: what arrives is hostile until proven otherwise.

use super::{
    limits::{MAX_DECODED, MAX_INFLATED},
    scan::scan,
};
use serde::{Serialize, de::DeserializeOwned};
use std::io::Read;
use thiserror::Error;

/// A body that cannot be read or written.
#[derive(Debug, Error)]
pub enum FrameError {
    /// Larger than [`super::MAX_BODY`], or than [`MAX_INFLATED`] once inflated, or more of it would
    /// be made in memory than is kept.
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
    inflate(body, MAX_INFLATED, MAX_DECODED).map(|inflated| inflated.message)
}

/// A message, and what it took.
pub(crate) struct Inflated<T> {
    pub(crate) message: T,
    /// How many bytes it inflated to.
    pub(crate) bytes: usize,
    /// What it becomes in memory at most.
    pub(crate) cost: usize,
}

/// Reads a message that may inflate to `limit` bytes, and become `budget` bytes in memory.
pub(crate) fn inflate<T: DeserializeOwned>(body: &[u8], limit: usize, budget: usize) -> Result<Inflated<T>, FrameError> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(|_| FrameError::Zstd)?;
    // A frame may ask for a window of gigabytes; 2^24 covers everything that MAX_INFLATED can need.
    decoder.window_log_max(24).map_err(|_| FrameError::Zstd)?;
    let mut cbor = Vec::new();
    decoder.take(limit as u64 + 1).read_to_end(&mut cbor).map_err(|_| FrameError::Zstd)?;
    if cbor.len() > limit {
        return Err(FrameError::TooLarge);
    }
    let cost = scan(&cbor, budget)?;
    let mut rest = &cbor[..];
    let message = ciborium::from_reader(&mut rest).map_err(|_| FrameError::Cbor)?;
    if rest.is_empty() { Ok(Inflated { message, bytes: cbor.len(), cost }) } else { Err(FrameError::Cbor) }
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
