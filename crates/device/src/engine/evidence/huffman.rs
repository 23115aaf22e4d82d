//! The bits of a JPEG's pass and the codes they are written in (ITU-T T.81, annex F), read strictly.

/// A code of up to 16 bits for each value.
pub struct Table {
    /// For every beginning of eight bits: length and value, or length 0 if the code is longer.
    short: [(u8, u8); 256],
    /// For each length: the first code that is too large, its distance to the place of its value.
    ends: [(u32, i32); 17],
    values: Vec<u8>,
}

impl Table {
    /// From a file's own list: how many codes there are of each length, and their values.
    pub fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut table = Self { short: [(0, 0); 256], ends: [(0, 0); 17], values: values.to_vec() };
        let (mut code, mut at) = (0_u32, 0_usize);
        for (length, count) in (1_u8..).zip(counts) {
            let place = i32::try_from(at).ok()? - i32::try_from(code).ok()?;
            for _ in 0..*count {
                if length <= 8 {
                    let spare = 8 - length;
                    let first = usize::try_from(code << spare).ok()?;
                    table.short.get_mut(first..first + (1 << spare))?.fill((length, values[at]));
                }
                (code, at) = (code + 1, at + 1);
            }
            if code > 1 << length {
                return None;
            }
            table.ends[usize::from(length)] = (code, place);
            code <<= 1;
        }
        Some(table)
    }
}

/// The bits of a pass, with what is in between them taken out.
#[derive(Default)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    /// The next bits, at the lower end.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// Of a pass's bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Bytes that have not been looked at.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// Fetches bytes until a marker.
    fn fill(&mut self) {
        while self.count <= 48 {
            let (byte, taken) = match self.bytes {
                [0xff, 0, ..] => (0xff, 2),
                [0xff, ..] | [] => return,
                [byte, ..] => (*byte, 1),
            };
            self.bytes = &self.bytes[taken..];
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        if self.count < count {
            self.fill();
        }
        self.count = self.count.checked_sub(count)?;
        u32::try_from(self.held >> self.count & ((1 << count) - 1)).ok()
    }

    fn code(&mut self, table: &Table) -> Option<u8> {
        if self.count < 16 {
            self.fill();
        }
        if self.count >= 8 {
            let (length, value) = table.short[(self.held >> (self.count - 8) & 0xff) as usize];
            if length > 0 {
                self.count -= u32::from(length);
                return Some(value);
            }
        }
        let mut code = 0;
        for length in 1..=16 {
            code = code << 1 | self.take(1)?;
            let (end, place) = table.ends[length];
            if code < end {
                return table.values.get(usize::try_from(i32::try_from(code).ok()? + place).ok()?).copied();
            }
        }
        None
    }

    /// One block: the change of its mean. The other 63 numbers are only counted.
    pub fn block(&mut self, means: &Table, rest: &Table) -> Option<i32> {
        let size = u32::from(self.code(means)?);
        if size > 11 {
            return None;
        }
        let bits = i32::try_from(self.take(size)?).ok()?;
        let change = if size > 0 && bits < 1 << (size - 1) { bits - (1 << size) + 1 } else { bits };
        let mut at = 1;
        while at < 64 {
            let code = self.code(rest)?;
            let (skip, size) = (usize::from(code >> 4), u32::from(code & 15));
            match (skip, size) {
                (0, 0) => break,
                (15, 0) => at += 16,
                (_, 0) | (_, 11..) => return None,
                _ => {
                    at += skip + 1;
                    self.take(size)?;
                }
            }
        }
        (at <= 64).then_some(change)
    }

    /// What follows once fewer than eight bits are left: that they are is part of being in order.
    pub fn ended(&mut self) -> Option<&'a [u8]> {
        self.fill();
        let spare = std::mem::take(&mut self.count);
        self.held = 0;
        (spare < 8).then_some(self.bytes)
    }

    /// Goes past a mark between two parts of a pass, which are counted up to eight.
    pub fn restart(&mut self, number: usize) -> Option<()> {
        let mut bytes = self.ended()?;
        while let [0xff, 0xff, ..] = bytes {
            bytes = &bytes[1..];
        }
        let [0xff, marker, rest @ ..] = bytes else { return None };
        self.bytes = rest;
        (usize::from(*marker) == 0xd0 + number % 8).then_some(())
    }
}
