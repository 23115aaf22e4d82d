//! Our own strict reading of JPEG files, to know when another decoder can be believed.
//!
//! JPEG is large, and decoders differ at its edges: some files that are quite in order come out as stripes. What a camera writes is
//! a small part of it. This reader knows that part only. It walks a file to its last bit (so nothing is cut off, skipped or left
//! over in the middle) and takes from each block of 8 x 8 the mean, which the decoder's picture is then compared with. Whatever
//! is beyond it is not wrong, but rare, and such a file is kept as it is.

use super::huffman::{Bits, Table};

/// Blocks along a side of the tiles that are compared one by one: a stripe is seen although the rest of the picture is right.
const TILE: usize = 8;
/// How far the means of a whole picture may differ, of 255: colours beyond what a screen shows are clipped.
const MEAN: f64 = 3.0;
/// How far they may differ in one tile.
const TILE_MEAN: f64 = 20.0;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In one pass: what cameras write.
    Baseline,
    /// In several passes. Its blocks were not read: whether it is in order is not known.
    Progressive,
}

/// What was read of a file.
#[derive(Debug)]
pub struct Jpeg {
    /// How it is written.
    pub kind: Kind,
    /// Width and height in pixels, before it is turned upright.
    pub size: (usize, usize),
    planes: Vec<Plane>,
    most: (usize, usize),
}

/// One colour's means.
#[derive(Debug)]
struct Plane {
    id: u8,
    /// Blocks of it in one unit of the file, across and down.
    sampling: (usize, usize),
    /// Which table its means are scaled by.
    quant: usize,
    /// Blocks in one row.
    across: usize,
    means: Vec<i16>,
}

/// Reads a file; `None` if anything of it is not of the common kind. Takes two bytes for each 64 pixels.
pub fn read(bytes: &[u8]) -> Option<Jpeg> {
    let mut reader = Reader { bytes: bytes.strip_prefix(b"\xff\xd8")?, ..Reader::default() };
    loop {
        let marker = reader.marker()?;
        match marker {
            0xc0 | 0xc2 => reader.frame(marker)?,
            0xc4 => reader.huffman()?,
            0xdb => reader.quants()?,
            0xdd => reader.interval = usize::from(u16::from_be_bytes(reader.segment()?.try_into().ok()?)),
            0xda => {
                if reader.scan()? {
                    break;
                }
            }
            0xd9 => break,
            0xe0 => reader.jfif |= reader.segment()?.starts_with(b"JFIF\0"),
            0xee => reader.adobe()?,
            0xe1..=0xef | 0xfe => {
                reader.segment()?;
            }
            // Arithmetic coding, lossless, hierarchical, lines counted at the end, or something unheard of.
            _ => return None,
        }
    }
    reader.jpeg.filter(|_| reader.scans > 0)
}

#[derive(Default)]
struct Reader<'a> {
    bytes: &'a [u8],
    jpeg: Option<Jpeg>,
    quants: [Option<u16>; 4],
    /// For means and for the rest, four tables each.
    tables: [[Option<Table>; 4]; 2],
    interval: usize,
    scans: usize,
    jfif: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn marker(&mut self) -> Option<u8> {
        let [0xff] = self.take(1)? else { return None };
        while let [0xff, ..] = self.bytes {
            self.bytes = &self.bytes[1..];
        }
        self.take(1).map(|byte| byte[0])
    }

    fn segment(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(u16::from_be_bytes(self.take(2)?.try_into().ok()?));
        self.take(length.checked_sub(2)?)
    }

    fn frame(&mut self, marker: u8) -> Option<()> {
        let [8, h1, h2, w1, w2, count, rest @ ..] = self.segment()? else { return None };
        let size = (usize::from(u16::from_be_bytes([*w1, *w2])), usize::from(u16::from_be_bytes([*h1, *h2])));
        let known = rest.len() == usize::from(*count) * 3 && matches!(count, 1 | 3) && size.0 > 0 && size.1 > 0;
        if self.jpeg.is_some() || !known {
            return None;
        }
        let mut planes = Vec::new();
        for [id, sampling, quant] in rest.as_chunks::<3>().0 {
            let sampling = (usize::from(sampling >> 4), usize::from(sampling & 15));
            let usual = match planes.len() {
                0 if *count == 3 => matches!(sampling, (1, 1) | (2, 1) | (2, 2)),
                _ => sampling == (1, 1),
            };
            if !usual || *quant > 3 {
                return None;
            }
            planes.push(Plane { id: *id, sampling, quant: usize::from(*quant), across: 0, means: Vec::new() });
        }
        // Colours named by their letters are no brightness and two differences.
        let ids: Vec<u8> = planes.iter().map(|p| p.id).collect();
        if ids.len() == 3 && ids != [1, 2, 3] && ids != [0, 1, 2] {
            return None;
        }
        let most = planes.first()?.sampling;
        let kind = if marker == 0xc0 { Kind::Baseline } else { Kind::Progressive };
        self.jpeg = Some(Jpeg { kind, size, planes, most });
        Some(())
    }

    /// What a program says of the colours: only the usual brightness and two differences are known here.
    fn adobe(&mut self) -> Option<()> {
        let content = self.segment()?;
        let usual =
            !content.starts_with(b"Adobe") || content.get(11) == Some(&1) || self.jpeg.as_ref().is_some_and(|j| j.planes.len() == 1);
        (usual || (self.jfif && content.get(11) != Some(&2))).then_some(())
    }

    fn quants(&mut self) -> Option<()> {
        let mut content = self.segment()?;
        while let [which, values @ ..] = content {
            *self.quants.get_mut(usize::from(*which))? = Some(u16::from(*values.first()?));
            content = values.get(64..)?;
        }
        Some(())
    }

    fn huffman(&mut self) -> Option<()> {
        let mut content = self.segment()?;
        while let [which, rest @ ..] = content {
            let (counts, values) = rest.split_first_chunk::<16>()?;
            let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
            let slot = self.tables.get_mut(usize::from(which >> 4))?.get_mut(usize::from(which & 15))?;
            *slot = Some(Table::new(counts, values.get(..total)?)?);
            content = &values[total..];
        }
        Some(())
    }

    /// Reads one pass; whether that was all.
    fn scan(&mut self) -> Option<bool> {
        let header = self.segment()?;
        self.scans += 1;
        let jpeg = self.jpeg.as_mut()?;
        if jpeg.kind == Kind::Progressive {
            self.bytes = &self.bytes[passed(self.bytes)?..];
            return Some(false);
        }
        let (count, rest) = header.split_first()?;
        let (chosen, [0, 63, 0]) = rest.split_last_chunk::<3>()? else { return None };
        if usize::from(*count) != jpeg.planes.len() || chosen.len() != jpeg.planes.len() * 2 {
            return None;
        }
        let mut tables = Vec::new();
        for (plane, [id, which]) in jpeg.planes.iter().zip(chosen.as_chunks::<2>().0) {
            let table = |class: usize, at: u8| self.tables.get(class)?.get(usize::from(at))?.as_ref();
            tables.push((table(0, which >> 4)?, table(1, which & 15)?));
            if plane.id != *id {
                return None;
            }
        }
        let mut bits = Bits::of(self.bytes);
        units(jpeg, &tables, self.interval, &mut bits)?;
        for plane in &mut jpeg.planes {
            let step = i32::from(self.quants[plane.quant]?);
            for mean in &mut plane.means {
                *mean = i16::try_from((i32::from(*mean) * step / 8 + 128).clamp(-512, 767)).ok()?;
            }
        }
        self.bytes = bits.ended()?;
        // What comes after the picture's end (a film, a brighter copy) is another matter; before it nothing may come.
        (self.marker()? == 0xd9).then_some(true)
    }
}

/// How many bytes of a pass there are before the next marker.
fn passed(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

/// Reads all blocks of a picture in one pass.
fn units(jpeg: &mut Jpeg, tables: &[(&Table, &Table)], interval: usize, bits: &mut Bits<'_>) -> Option<()> {
    let (across, down) = (jpeg.size.0.div_ceil(8 * jpeg.most.0), jpeg.size.1.div_ceil(8 * jpeg.most.1));
    for plane in &mut jpeg.planes {
        plane.across = across * plane.sampling.0;
        // Forged sizes end here: a block takes two bits at least.
        if plane.across * down > bits.left() * 4 {
            return None;
        }
        plane.means = vec![0; plane.across * down * plane.sampling.1];
    }
    let mut last = [0_i32; 3];
    for unit in 0..across * down {
        if interval > 0 && unit > 0 && unit % interval == 0 {
            bits.restart(unit / interval - 1)?;
            last = [0; 3];
        }
        let (x, y) = (unit % across, unit / across);
        for ((plane, (means, rest)), last) in jpeg.planes.iter_mut().zip(tables).zip(&mut last) {
            let (wide, high) = plane.sampling;
            for block in 0..wide * high {
                *last += bits.block(means, rest)?;
                let at = (y * high + block / wide) * plane.across + x * wide + block % wide;
                *plane.means.get_mut(at)? = i16::try_from(*last).ok()?;
            }
        }
    }
    Some(())
}

impl Jpeg {
    /// Whether a decoder's picture is the one of this file: `pixels` are rows of one or three bytes a pixel (grey or red, green,
    /// blue), `scale` pixels across a block of eight.
    pub fn shows(&self, pixels: &[u8], width: usize, height: usize, scale: usize) -> bool {
        let channels = self.planes.len();
        if self.kind != Kind::Baseline || pixels.len() != width * height * channels {
            return false;
        }
        self.planes.iter().enumerate().all(|(colour, plane)| {
            // Of a plane with fewer points a block covers more of the picture.
            let block = (scale * self.most.0 / plane.sampling.0, scale * self.most.1 / plane.sampling.1);
            let (across, down) = (width / block.0, height / block.1);
            let mut tiles = Tiles::new(across);
            for y in 0..down {
                for x in 0..across {
                    let mut sum = 0;
                    for row in y * block.1..(y + 1) * block.1 {
                        let first = (row * width + x * block.0) * channels;
                        sum += pixels[first..first + block.0 * channels].chunks_exact(channels).map(|p| part(p, colour)).sum::<i32>();
                    }
                    let seen = f64::from(sum) / 1_000.0 / (block.0 * block.1) as f64;
                    let meant = f64::from(plane.means[y * plane.across + x]).clamp(0.0, 255.0);
                    tiles.add(x, y, (seen - meant).abs());
                }
            }
            tiles.agree()
        })
    }
}

/// Brightness (0) or a difference (1 blue, 2 red) of a pixel, in thousandths (ITU-T T.871).
fn part(pixel: &[u8], colour: usize) -> i32 {
    let [r, g, b] = match pixel {
        [grey] => return i32::from(*grey) * 1_000,
        [r, g, b] => [*r, *g, *b].map(i32::from),
        _ => return 0,
    };
    match colour {
        0 => 299 * r + 587 * g + 114 * b,
        1 => 128_000 - 169 * r - 331 * g + 500 * b,
        _ => 128_000 + 500 * r - 419 * g - 81 * b,
    }
}

/// Differences summed up, over all and tile by tile.
#[derive(Debug)]
pub struct Tiles {
    across: usize,
    tiles: Vec<(f64, u32)>,
}

impl Tiles {
    /// For rows of so many blocks.
    pub fn new(across: usize) -> Self {
        Self { across: across.div_ceil(TILE), tiles: Vec::new() }
    }

    /// Adds a block's difference.
    pub fn add(&mut self, x: usize, y: usize, difference: f64) {
        let at = y / TILE * self.across + x / TILE;
        if self.tiles.len() <= at {
            self.tiles.resize(at + 1, (0.0, 0));
        }
        self.tiles[at].0 += difference;
        self.tiles[at].1 += 1;
    }

    /// Whether both pictures are the same to a reader.
    pub fn agree(&self) -> bool {
        let (sum, count) = self.tiles.iter().fold((0.0, 0), |all, tile| (all.0 + tile.0, all.1 + tile.1));
        sum <= MEAN * f64::from(count) && self.tiles.iter().all(|(sum, count)| *sum <= TILE_MEAN * f64::from(*count))
    }
}
