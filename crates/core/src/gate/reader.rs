//! A cursor over hostile bytes: every read is bounded, every number must be in its shortest spelling.

use super::GateError;

/// Reads forward through a slice.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

type Result<T> = std::result::Result<T, GateError>;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(n).ok_or(GateError::NotAChange)?;
        self.rest = tail;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| GateError::NotAChange)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// An unsigned LEB128 number, shortest spelling only.
    pub(super) fn u64(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for i in 0..10 {
            let byte = self.byte()?;
            if i == 9 && byte > 1 {
                return Err(GateError::NotCanonical);
            }
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                return if byte == 0 && i > 0 { Err(GateError::NotCanonical) } else { Ok(value) };
            }
        }
        Err(GateError::NotCanonical)
    }

    /// A signed LEB128 number. Overlong spellings are caught by the comparison with the rebuilt bytes.
    pub(super) fn i64(&mut self) -> Result<i64> {
        let mut value = 0i64;
        for i in 0..10 {
            let byte = self.byte()?;
            let shift = 7 * i;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift + 7 < 64 {
                    value |= -1i64 << (shift + 7);
                }
                return Ok(value);
            }
        }
        Err(GateError::NotCanonical)
    }

    /// A length or count that must not exceed `max`; checked before anything is allocated for it.
    pub(super) fn count(&mut self, max: usize) -> Result<usize> {
        match usize::try_from(self.u64()?) {
            Ok(n) if n <= max => Ok(n),
            _ => Err(GateError::TooMany),
        }
    }

    /// Bytes behind their length.
    pub(super) fn prefixed(&mut self) -> Result<&'a [u8]> {
        let n = self.u64()?;
        self.take(usize::try_from(n).map_err(|_| GateError::NotAChange)?)
    }
}
