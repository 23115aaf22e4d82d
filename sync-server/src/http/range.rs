//! HTTP ranges, as far as a download that goes on needs them: one range of bytes.

/// What to send of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// From the first to the last byte, both inclusive.
    Bytes(u64, u64),
    /// The range lies outside the body.
    Outside,
}

/// Reads a `Range` header for a body of `size` bytes. What is not one range of bytes is ignored, as RFC 9110 wants it.
pub fn part(header: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = header.and_then(|h| h.strip_prefix("bytes=")).and_then(|r| r.split_once('-')) else { return Part::Whole };
    let (first, last) = (first.trim(), last.trim());
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), _) if first >= size => Part::Outside,
        (Ok(first), Ok(last)) if first <= last => Part::Bytes(first, last.min(size - 1)),
        (Ok(first), Err(_)) if last.is_empty() => Part::Bytes(first, size - 1),
        (Err(_), Ok(0)) if first.is_empty() => Part::Outside,
        (Err(_), Ok(length)) if first.is_empty() && size > 0 => Part::Bytes(size.saturating_sub(length), size - 1),
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, want) in [
            (None, Part::Whole),
            (Some("bytes=0-"), Part::Bytes(0, 99)),
            (Some("bytes=40-"), Part::Bytes(40, 99)),
            (Some("bytes=40-59"), Part::Bytes(40, 59)),
            (Some("bytes=40-400"), Part::Bytes(40, 99)),
            (Some("bytes=-10"), Part::Bytes(90, 99)),
            (Some("bytes=-1000"), Part::Bytes(0, 99)),
            (Some("bytes=99-"), Part::Bytes(99, 99)),
            (Some("bytes=100-"), Part::Outside),
            (Some("bytes=-0"), Part::Outside),
            (Some("bytes=5-2"), Part::Whole),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
            (Some("bytes=x"), Part::Whole),
        ] {
            assert_eq!(part(header, 100), want, "{header:?}");
        }
    }
}
