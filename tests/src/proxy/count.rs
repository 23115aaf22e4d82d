//! Counts HTTP/1.1 requests in a stream of bytes that may be cut anywhere, on connections that are kept alive.

/// Where in the stream we are.
#[derive(Debug, Default)]
enum At {
    /// In a head; its bytes so far.
    #[default]
    Start,
    Head(Vec<u8>),
    /// In a body of known length; so many bytes are left.
    Body(u64),
    /// In the line that tells a chunk's length.
    ChunkLength(Vec<u8>),
    /// In a chunk or the line end after it; so many bytes are left.
    Chunk(u64),
    /// In the lines after the last chunk.
    Trailer(Vec<u8>),
}

/// Counts requests.
#[derive(Debug, Default)]
pub struct RequestCounter {
    at: At,
}

impl RequestCounter {
    /// Takes in the next bytes; answers how many requests' heads ended in them.
    pub fn feed(&mut self, mut bytes: &[u8]) -> u64 {
        let mut ended = 0;
        while let Some((&byte, rest)) = bytes.split_first() {
            let skipped = match &mut self.at {
                At::Body(left) | At::Chunk(left) => (*left).min(bytes.len() as u64),
                _ => 0,
            };
            if skipped > 0 {
                bytes = &bytes[skipped as usize..];
                self.skip(skipped);
                continue;
            }
            bytes = rest;
            ended += u64::from(self.step(byte));
        }
        ended
    }

    fn skip(&mut self, bytes: u64) {
        self.at = match std::mem::take(&mut self.at) {
            At::Body(left) if left > bytes => At::Body(left - bytes),
            At::Chunk(left) if left > bytes => At::Chunk(left - bytes),
            At::Chunk(_) => At::ChunkLength(Vec::new()),
            _ => At::Start,
        };
    }

    /// One byte of something that ends with a line; answers whether a request's head ended with it.
    fn step(&mut self, byte: u8) -> bool {
        let (at, head) = match std::mem::take(&mut self.at) {
            At::Start => (At::Head(vec![byte]), false),
            At::Head(mut head) => {
                head.push(byte);
                if head.ends_with(b"\r\n\r\n") { (after_head(&head), true) } else { (At::Head(head), false) }
            }
            At::ChunkLength(mut line) => {
                line.push(byte);
                (if line.ends_with(b"\r\n") { after_length(&line) } else { At::ChunkLength(line) }, false)
            }
            At::Trailer(mut lines) => {
                lines.push(byte);
                (if lines == b"\r\n" || lines.ends_with(b"\r\n\r\n") { At::Start } else { At::Trailer(lines) }, false)
            }
            other @ (At::Body(_) | At::Chunk(_)) => (other, false),
        };
        self.at = at;
        head
    }
}

fn after_head(head: &[u8]) -> At {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|v| v.trim().to_owned()));
    if field("transfer-encoding").is_some_and(|v| v.ends_with("chunked")) {
        return At::ChunkLength(Vec::new());
    }
    match field("content-length").and_then(|v| v.parse().ok()) {
        Some(0) | None => At::Start,
        Some(length) => At::Body(length),
    }
}

fn after_length(line: &[u8]) -> At {
    let text = String::from_utf8_lossy(line);
    let digits = text.split(';').next().unwrap_or_default().trim();
    match u64::from_str_radix(digits, 16) {
        Ok(0) | Err(_) => At::Trailer(Vec::new()),
        Ok(length) => At::Chunk(length + 2),
    }
}

#[cfg(test)]
mod tests {
    use super::RequestCounter;

    const THREE: &[u8] = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n..\
        POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n4;x=y\r\n\r\n\r\n\r\n0\r\n\r\n";

    #[test]
    fn requests_are_counted_wherever_the_stream_is_cut() {
        for cut in 0..THREE.len() {
            let mut counter = RequestCounter::default();
            assert_eq!(counter.feed(&THREE[..cut]) + counter.feed(&THREE[cut..]), 3, "cut at {cut}");
            assert_eq!(counter.feed(b"GET / HTTP/1.1\r\n\r\n"), 1, "cut at {cut}");
        }
        let mut counter = RequestCounter::default();
        assert_eq!(THREE.iter().map(|b| counter.feed(&[*b])).sum::<u64>(), 3);
    }
}
