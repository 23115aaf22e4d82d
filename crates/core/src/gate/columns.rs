//! Decoders of Automerge's column encodings (run-length, delta, boolean, values), bounded by the number of rows asked for.

use super::{GateError, reader::Reader};
use crate::scalar::Scalar;

type Result<T> = std::result::Result<T, GateError>;

/// Which columns a chunk carries, by their specification number, in ascending order.
pub(super) struct Columns<'a> {
    found: Vec<(u32, &'a [u8])>,
}

/// The column directory of a chunk, before its data: `(specification, length)`.
pub(super) type Directory = Vec<(u32, usize)>;

/// Reads a column directory; anything outside `allowed` (also: compressed columns) is not of the flat subset.
pub(super) fn directory(reader: &mut Reader<'_>, allowed: &[u32]) -> Result<Directory> {
    let n = reader.count(allowed.len())?;
    let mut out: Directory = Vec::with_capacity(n);
    for _ in 0..n {
        let spec = u32::try_from(reader.u64()?).map_err(|_| GateError::NotFlat)?;
        if !allowed.contains(&spec) {
            return Err(GateError::NotFlat);
        }
        if out.last().is_some_and(|(last, _)| *last >= spec) {
            return Err(GateError::NotCanonical);
        }
        let len = usize::try_from(reader.u64()?).map_err(|_| GateError::NotAChange)?;
        out.push((spec, len));
    }
    Ok(out)
}

impl<'a> Columns<'a> {
    /// Cuts the data behind a directory into columns.
    pub(super) fn cut(reader: &mut Reader<'a>, directory: &Directory) -> Result<Self> {
        let found = directory.iter().map(|(spec, len)| Ok((*spec, reader.take(*len)?))).collect::<Result<_>>()?;
        Ok(Self { found })
    }

    /// A column's bytes; empty if it is not there.
    pub(super) fn get(&self, spec: u32) -> Reader<'a> {
        Reader::new(self.found.iter().find(|(s, _)| *s == spec).map_or(&[], |(_, data)| data))
    }
}

/// Decodes a run-length column into at most `max` rows; `None` is a null.
fn runs<'a, T: Clone>(mut reader: Reader<'a>, max: usize, mut value: impl FnMut(&mut Reader<'a>) -> Result<T>) -> Result<Vec<Option<T>>> {
    let mut out: Vec<Option<T>> = Vec::new();
    while !reader.is_empty() {
        let run = reader.i64()?;
        let room = max - out.len();
        let n = usize::try_from(run.unsigned_abs()).map_err(|_| GateError::TooMany)?;
        if n > room {
            return Err(GateError::TooMany);
        }
        match run {
            0 => {
                let n = reader.count(room)?;
                if n == 0 {
                    return Err(GateError::NotCanonical);
                }
                out.resize(out.len() + n, None);
            }
            1.. => {
                let v = value(&mut reader)?;
                out.resize(out.len() + n, Some(v));
            }
            _ => {
                for _ in 0..n {
                    out.push(Some(value(&mut reader)?));
                }
            }
        }
    }
    Ok(out)
}

fn all_present<T>(rows: Vec<Option<T>>) -> Result<Vec<T>> {
    rows.into_iter().collect::<Option<Vec<_>>>().ok_or(GateError::NotFlat)
}

fn exactly<T>(rows: Vec<T>, n: usize) -> Result<Vec<T>> {
    if rows.len() == n { Ok(rows) } else { Err(GateError::NotAChange) }
}

/// Unsigned numbers, no nulls, however many there are up to `max`.
pub(super) fn numbers_up_to(reader: Reader<'_>, max: usize) -> Result<Vec<u64>> {
    all_present(runs(reader, max, |r| r.u64())?)
}

/// Exactly `n` unsigned numbers.
pub(super) fn numbers(reader: Reader<'_>, n: usize) -> Result<Vec<u64>> {
    exactly(numbers_up_to(reader, n)?, n)
}

/// Exactly `n` numbers stored as differences.
pub(super) fn deltas(reader: Reader<'_>, n: usize) -> Result<Vec<i64>> {
    let mut sum = 0i64;
    let rows = all_present(runs(reader, n, |r| r.i64())?)?;
    let rows = rows.into_iter().map(|d| {
        sum = sum.checked_add(d).ok_or(GateError::NotCanonical)?;
        Ok(sum)
    });
    exactly(rows.collect::<Result<Vec<_>>>()?, n)
}

/// Exactly `n` texts. The total length is bounded because every text of a literal run takes its bytes, and a repeated one is shared.
pub(super) fn texts<'a>(reader: Reader<'a>, n: usize) -> Result<Vec<&'a str>> {
    let rows = runs(reader, n, |r| std::str::from_utf8(r.prefixed()?).map_err(|_| GateError::NotFlat))?;
    exactly(all_present(rows)?, n)
}

/// A boolean column that must say `n` times no.
pub(super) fn all_false(mut reader: Reader<'_>, n: usize) -> Result<()> {
    if reader.u64()? == n as u64 && reader.is_empty() { Ok(()) } else { Err(GateError::NotFlat) }
}

/// Exactly `n` scalar values out of the two value columns.
pub(super) fn values(meta: Reader<'_>, mut raw: Reader<'_>, n: usize) -> Result<Vec<Scalar>> {
    let out = numbers(meta, n)?.into_iter().map(|meta| value(meta, &mut raw)).collect::<Result<Vec<_>>>()?;
    if raw.is_empty() { Ok(out) } else { Err(GateError::NotCanonical) }
}

fn value(meta: u64, raw: &mut Reader<'_>) -> Result<Scalar> {
    let len = usize::try_from(meta >> 4).map_err(|_| GateError::NotAChange)?;
    let bytes = raw.take(len)?;
    match (meta & 0x0f, len) {
        (0, 0) => Ok(Scalar::Null),
        (1, 0) => Ok(Scalar::Bool(false)),
        (2, 0) => Ok(Scalar::Bool(true)),
        (4, 1..=10) => {
            let mut reader = Reader::new(bytes);
            let i = reader.i64()?;
            if reader.is_empty() { Ok(Scalar::Int(i)) } else { Err(GateError::NotCanonical) }
        }
        (5, 8) => {
            let float = f64::from_le_bytes(bytes.try_into().map_err(|_| GateError::NotAChange)?);
            if float.is_finite() { Ok(Scalar::Float(float)) } else { Err(GateError::BadValue) }
        }
        (6, _) => std::str::from_utf8(bytes).map(Scalar::from).map_err(|_| GateError::BadValue),
        _ => Err(GateError::NotFlat),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_ten_million_is_refused_before_it_is_made() {
        // run length 10,000,000 of the value 1
        let bytes = [0x80, 0xad, 0xe2, 0x04, 0x01];
        assert_eq!(numbers_up_to(Reader::new(&bytes), 200), Err(GateError::TooMany));
        // a null run of the same length
        let bytes = [0x00, 0x80, 0xad, 0xe2, 0x04];
        assert_eq!(numbers_up_to(Reader::new(&bytes), 200), Err(GateError::TooMany));
        // i64::MIN
        let bytes = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(numbers_up_to(Reader::new(&bytes), 200), Err(GateError::TooMany));
    }

    #[test]
    fn literal_and_repeated_runs_are_read() {
        let bytes = [0x7e, 5, 6, 3, 9]; // two literals 5 6, then 9 three times
        assert_eq!(numbers(Reader::new(&bytes), 5).unwrap(), [5, 6, 9, 9, 9]);
        assert_eq!(deltas(Reader::new(&bytes), 5).unwrap(), [5, 11, 20, 29, 38]);
    }
}
