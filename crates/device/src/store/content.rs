//! Several byte strings in one column: each after its length, 32 bits, little-endian.

use super::StoreError;

/// Joins them.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        // The gate lets nothing near 4 GiB in; a longer part could not be read back.
        out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// Takes them apart.
pub fn split(mut bytes: &[u8]) -> Result<Vec<&[u8]>, StoreError> {
    let mut out = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(StoreError::Unreadable("changes"))?;
        out.push(part);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(out) } else { Err(StoreError::Unreadable("changes")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_and_a_cut_is_noticed() {
        let joined = join([&b"one"[..], b"", b"three"]);
        assert_eq!(split(&joined).unwrap(), [&b"one"[..], b"", b"three"]);
        assert!(split(&joined[..joined.len() - 1]).is_err());
        assert!(split(&joined[..2]).is_err());
    }
}
