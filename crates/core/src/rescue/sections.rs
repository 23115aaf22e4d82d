//! The sections inside the box, written and read in bounds. What is read is hostile until the mark proves which device made it, and
//! bounded even then: a phone in the field may be anybody's.

use super::{Head, MAX_CHANGES, MAX_DOCS, MAX_FILES, Rescue, RescueDoc, RescueDraft, RescueError, RescueFile, RescueRefused};
use crate::{
    id::FileHash,
    sync::{Inflated, encode, inflate},
};
use hmac::{Hmac, Mac as _};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

type Mark = Hmac<Sha256>;

const END: u8 = 0;
const HEAD: u8 = 1;
const DOCS: u8 = 2;
const REFUSED: u8 = 3;
const DRAFTS: u8 = 4;
const FILE: u8 = 5;

/// Bytes of a mark.
const MARK: usize = 32;
/// The most sections.
const MAX_SECTIONS: usize = 20_000;
/// The largest a head may become when inflated.
const MAX_HEAD: usize = 64 * 1024;
/// The largest one section may become when inflated: a document at its limit, twice, and some room.
const MAX_SECTION: usize = 12 * 1024 * 1024;
/// The largest all sections together may become when inflated, files apart.
const MAX_ALL: usize = 128 * 1024 * 1024;
/// The largest they may become however small the file is, and how much more for each of its bytes.
/// Changes and words take a third of their bytes when compressed, never a sixteenth: each change
/// names others by hashes, which do not compress.
const FREE: usize = 16 * 1024 * 1024;
const RATIO: usize = 16;
/// What may be made of a head, in bytes of memory.
const MAX_HEAD_COST: usize = 1024 * 1024;
/// About how much goes into one section.
const FILL: usize = 1024 * 1024;
const LEVEL: i32 = 9;
/// Says what the mark is of, so that it can never be taken for another one made with the same key.
const DOMAIN: &[u8] = b"beehive rescue file 1";

fn mark(key: &[u8; 32]) -> Mark {
    // A key of any length is taken; this one is 32 bytes.
    let mut mark = <Mark as hmac::Mac>::new_from_slice(key).unwrap_or_else(|_| <Mark as hmac::Mac>::new(&Default::default()));
    mark.update(DOMAIN);
    mark
}

fn section(out: &mut Vec<u8>, kind: u8, body: &[u8]) -> Result<(), RescueError> {
    let length = u32::try_from(body.len()).map_err(|_| RescueError::TooLarge)?;
    out.push(kind);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(body);
    Ok(())
}

/// Writes items as sections of about [`FILL`] bytes each.
fn batches<T: Serialize>(out: &mut Vec<u8>, kind: u8, items: &[T], size: impl Fn(&T) -> usize) -> Result<(), RescueError> {
    let mut rest = items;
    while !rest.is_empty() {
        let (mut bytes, mut many) = (0, 0);
        while many < rest.len() && bytes < FILL {
            bytes += size(&rest[many]);
            many += 1;
        }
        let (now, later) = rest.split_at(many);
        section(out, kind, &encode(&now, LEVEL).map_err(|_| RescueError::Unwritable)?)?;
        rest = later;
    }
    Ok(())
}

fn bytes_of(changes: &[serde_bytes::ByteBuf]) -> usize {
    changes.iter().map(|c| c.len() + 8).sum()
}

/// Writes everything, with the mark of the device: `key` is the SHA-256 of its credential, which is all the server knows of it.
///
/// # Errors
/// [`RescueError::Unwritable`], [`RescueError::TooLarge`].
pub fn pack(rescue: &Rescue, key: &[u8; 32]) -> Result<Vec<u8>, RescueError> {
    let mut out = Vec::new();
    section(&mut out, HEAD, &encode(&rescue.head, LEVEL).map_err(|_| RescueError::Unwritable)?)?;
    batches(&mut out, DOCS, &rescue.docs, |d| 32 + bytes_of(&d.changes) + bytes_of(&d.history))?;
    batches(&mut out, REFUSED, &rescue.refused, |r| 256 + bytes_of(&r.changes))?;
    batches(&mut out, DRAFTS, &rescue.drafts, |d| 64 + d.body.len())?;
    for file in &rescue.files {
        let media = u8::try_from(file.media.len()).map_err(|_| RescueError::Unwritable)?;
        let mut body = Vec::with_capacity(FileHash::LEN + 1 + file.media.len() + file.bytes.len());
        body.extend_from_slice(file.hash.as_bytes());
        body.push(media);
        body.extend_from_slice(file.media.as_bytes());
        body.extend_from_slice(&file.bytes);
        section(&mut out, FILE, &body)?;
    }
    let mut mark = mark(key);
    mark.update(&out);
    let mark: [u8; MARK] = mark.finalize().into_bytes().into();
    section(&mut out, END, &mark)?;
    Ok(out)
}

/// An opened file of which only the head has been read: it says whose mark to expect.
pub struct Marked<'a> {
    head: Head,
    sections: Vec<(u8, &'a [u8])>,
    marked: &'a [u8],
    mark: &'a [u8],
}

impl<'a> Marked<'a> {
    /// Takes the sections apart, without looking into any but the head.
    ///
    /// # Errors
    /// [`RescueError::Damaged`], [`RescueError::TooLarge`].
    pub fn read(packed: &'a [u8]) -> Result<Self, RescueError> {
        let (mut sections, mut rest) = (Vec::new(), packed);
        let (marked, mark) = loop {
            let marked = &packed[..packed.len() - rest.len()];
            let (head, after) = rest.split_at_checked(5).ok_or(RescueError::Damaged)?;
            let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let (body, after) = after.split_at_checked(length).ok_or(RescueError::Damaged)?;
            if head[0] == END {
                if !after.is_empty() || body.len() != MARK {
                    return Err(RescueError::Damaged);
                }
                break (marked, body);
            }
            if sections.len() >= MAX_SECTIONS {
                return Err(RescueError::TooLarge);
            }
            sections.push((head[0], body));
            rest = after;
        };
        let Some((HEAD, head)) = sections.first() else { return Err(RescueError::Damaged) };
        Ok(Self { head: inflate(head, MAX_HEAD, MAX_HEAD_COST)?.message, sections, marked, mark })
    }

    /// Who made it, by its own word.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Proves the mark with the SHA-256 of the device's credential, then reads everything.
    ///
    /// # Errors
    /// [`RescueError::NotFromDevice`], [`RescueError::Damaged`], [`RescueError::TooLarge`].
    pub fn prove(self, key: &[u8; 32]) -> Result<Rescue, RescueError> {
        let mut mark = mark(key);
        mark.update(self.marked);
        mark.verify_slice(self.mark).map_err(|_| RescueError::NotFromDevice)?;
        let mut rescue = Rescue { head: self.head, docs: vec![], refused: vec![], drafts: vec![], files: vec![] };
        let (mut room, mut changes) = (Room::of(self.marked.len()), 0);
        for (kind, body) in &self.sections[1..] {
            match *kind {
                DOCS => {
                    let docs: Vec<RescueDoc> = room.batch(body)?;
                    changes += docs.iter().map(|d| d.changes.len() + d.history.len()).sum::<usize>();
                    rescue.docs.extend(docs);
                }
                REFUSED => {
                    let refused: Vec<RescueRefused> = room.batch(body)?;
                    changes += refused.iter().map(|r| r.changes.len()).sum::<usize>();
                    rescue.refused.extend(refused);
                }
                DRAFTS => rescue.drafts.extend(room.batch::<RescueDraft>(body)?),
                FILE => rescue.files.push(file(body)?),
                HEAD => return Err(RescueError::Damaged),
                _ => {} // of a newer program
            }
            let counts = [(rescue.docs.len() + rescue.refused.len(), MAX_DOCS), (changes, MAX_CHANGES), (rescue.files.len(), MAX_FILES)];
            if counts.iter().any(|(count, most)| count > most) || rescue.drafts.len() > MAX_DOCS {
                return Err(RescueError::TooLarge);
            }
        }
        Ok(rescue)
    }
}

/// What the sections of one file may still become.
struct Room {
    inflated: usize,
    memory: usize,
}

impl Room {
    /// For a file of so many bytes. What is made of the sections takes less than twice their bytes
    /// when they are full of changes.
    fn of(file: usize) -> Self {
        let inflated = file.saturating_mul(RATIO).saturating_add(FREE).min(MAX_ALL);
        Self { inflated, memory: inflated * 2 }
    }

    fn batch<T: DeserializeOwned>(&mut self, body: &[u8]) -> Result<Vec<T>, RescueError> {
        let Inflated { message, bytes, cost } = inflate(body, MAX_SECTION.min(self.inflated), self.memory)?;
        self.inflated -= bytes;
        self.memory -= cost;
        Ok(message)
    }
}

fn file(body: &[u8]) -> Result<RescueFile, RescueError> {
    let (hash, rest) = body.split_at_checked(FileHash::LEN).ok_or(RescueError::Damaged)?;
    let (media, rest) = rest.split_first().ok_or(RescueError::Damaged)?;
    let (media, bytes) = rest.split_at_checked(usize::from(*media)).ok_or(RescueError::Damaged)?;
    let hash = FileHash::from_slice(hash).map_err(|_| RescueError::Damaged)?;
    if Sha256::digest(bytes).as_slice() != hash.as_bytes() {
        return Err(RescueError::Damaged);
    }
    let media = std::str::from_utf8(media).map_err(|_| RescueError::Damaged)?;
    Ok(RescueFile { hash, media: media.to_owned(), bytes: bytes.to_vec() })
}
