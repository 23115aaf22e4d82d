//! A walk over CBOR before anything is made of it.
//!
//! A byte of CBOR can become a hundred bytes of memory (a list of empty texts), and a header can
//! announce what never comes. So every message is walked once, without allocating: its arrays and
//! maps must be complete, not too deep, of stated length, and what all of it becomes must fit. This
//! holds for every type of message at once, also for fields that only a newer program knows.

use super::{
    FrameError,
    limits::{MAX_DEPTH, cost},
};

// Major types: the upper three bits of an item's first byte.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;

/// Walks over exactly one item that fills `cbor`, and answers what it becomes in memory at most, in
/// bytes.
///
/// # Errors
/// [`FrameError::TooLarge`] if that is more than `budget`, [`FrameError::Cbor`] for anything else.
pub(super) fn scan(cbor: &[u8], budget: usize) -> Result<usize, FrameError> {
    let mut walk = Walk { rest: cbor, room: budget };
    // Items that are still to come, for every array or map around.
    let mut open = [0usize; MAX_DEPTH];
    let mut depth = 0;
    loop {
        let inside = walk.item()?;
        if inside > 0 {
            *open.get_mut(depth).ok_or(FrameError::Cbor)? = inside;
            depth += 1;
            continue;
        }
        while depth > 0 {
            let left = &mut open[depth - 1];
            *left -= 1;
            if *left > 0 {
                break;
            }
            depth -= 1;
        }
        if depth == 0 {
            return if walk.rest.is_empty() { Ok(budget - walk.room) } else { Err(FrameError::Cbor) };
        }
    }
}

struct Walk<'a> {
    rest: &'a [u8],
    room: usize,
}

impl Walk<'_> {
    /// Steps over an item, or over the head of an array or map; then answers how many items are in
    /// it.
    fn item(&mut self) -> Result<usize, FrameError> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        let argument = self.argument(info)?;
        match major {
            UNSIGNED | NEGATIVE | SIMPLE => {
                self.charge(cost::SCALAR)?;
                Ok(0)
            }
            BYTES | TEXT => {
                let length = usize::try_from(argument).map_err(|_| FrameError::Cbor)?;
                self.take(length)?;
                self.charge(cost::STRING.saturating_add(length))?;
                Ok(0)
            }
            ARRAY | MAP => {
                let each = if major == MAP { 2 } else { 1 };
                let inside = usize::try_from(argument).ok().and_then(|n| n.checked_mul(each)).ok_or(FrameError::Cbor)?;
                // Every item takes a byte at least: what is not there was only announced.
                if inside > self.rest.len() {
                    return Err(FrameError::Cbor);
                }
                self.charge(cost::GROUP)?;
                Ok(inside)
            }
            // A tag: we write none.
            _ => Err(FrameError::Cbor),
        }
    }

    /// The number behind an item's first byte. Neither indefinite lengths nor the reserved ones: we
    /// write none.
    fn argument(&mut self, info: u8) -> Result<u64, FrameError> {
        let width = match info {
            0..=23 => return Ok(u64::from(info)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Err(FrameError::Cbor),
        };
        Ok(self.take(width)?.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    fn take(&mut self, n: usize) -> Result<&[u8], FrameError> {
        let (head, tail) = self.rest.split_at_checked(n).ok_or(FrameError::Cbor)?;
        self.rest = tail;
        Ok(head)
    }

    fn charge(&mut self, bytes: usize) -> Result<(), FrameError> {
        self.room = self.room.checked_sub(bytes).ok_or(FrameError::TooLarge)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Result<usize, FrameError> {
        scan(bytes, 4_096)
    }

    #[test]
    fn what_is_whole_is_counted() {
        assert!(matches!(of(&[0x00]), Ok(cost::SCALAR)));
        assert!(matches!(of(&[0x43, 1, 2, 3]), Ok(n) if n == cost::STRING + 3));
        assert!(matches!(of(&[0x80]), Ok(cost::GROUP)));
        // {"a": [1, {}], "b": -1.5}
        let both = [0xa2, 0x61, b'a', 0x82, 1, 0xa0, 0x61, b'b', 0xfb, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0];
        assert!(matches!(of(&both), Ok(n) if n == 3 * cost::GROUP + 2 * (cost::STRING + 1) + 2 * cost::SCALAR));
    }

    #[test]
    fn what_is_not_is_refused() {
        for bad in [
            &[][..],
            &[0x00, 0x00],
            &[0x18],
            &[0x43, 1, 2],
            &[0x81],
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0xbb, 128, 0, 0, 0, 0, 0, 0, 0],
            &[0x9f, 0xff],
            &[0x7f, 0x61, b'a', 0xff],
            &[0xc0, 0x00],
            &[0x1c],
            &[0x82, 0x80, 0x81],
            &[0xff],
        ] {
            assert!(matches!(of(bad), Err(FrameError::Cbor)), "{bad:02x?}");
        }
    }

    #[test]
    fn depth_and_sum_are_bounded() {
        let nested = |n: usize| [vec![0x81; n], vec![0x00]].concat();
        assert!(of(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(of(&nested(MAX_DEPTH + 1)), Err(FrameError::Cbor)));
        let empty_texts = [&[0x98, 200][..], &[0x60; 200]].concat();
        assert!(matches!(of(&empty_texts), Err(FrameError::TooLarge)));
        assert!(scan(&empty_texts, cost::GROUP + 200 * cost::STRING).is_ok());
    }
}
