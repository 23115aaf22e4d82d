//! Keeping photos and voice notes, and the events by which a record names them.
//!
//! Scaling takes a good part of a second on a cheap phone. So a form keeps each photo as it is added and holds its hash; saving the
//! record then only names what is on the disk. A draft with hashes in it survives the end of the program.

use super::{
    super::{Inner, words::error},
    picture::{self, Damaged, Picture},
    sound,
};
use crate::{
    api::{ApiError, KeptView, NewPhoto},
    store::{
        StoreError,
        file::{self, About, FileRow},
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_core::{
    EventBody, FileHash, Media,
    media::{MAX_FILE, TAKEN},
};

/// Photos and voice notes at most in one go.
pub const MAX_PHOTOS: usize = 9;

impl Inner {
    /// Makes a photo or voice note ready and keeps it.
    pub fn keep_photo(&self, photo: &NewPhoto) -> Result<KeptView, ApiError> {
        self.kept(photo).map(view)
    }

    /// Forgets a file that was kept for a form and then taken out of it again. What a record or another draft names stays.
    pub fn drop_photo(&self, hash: &FileHash) -> Result<(), ApiError> {
        let row = self.store.files(|conn| file::row(conn, hash)).map_err(|e| e.api())?;
        let Some(row) = row else { return Ok(()) };
        let mut gone = vec![row.hash];
        gone.extend(row.about.thumb);
        for hash in gone {
            if self.is_orphan(&hash).map_err(|e| e.api())? {
                self.store.files(|conn| file::remove(conn, &hash)).map_err(|e| e.api())?;
            }
        }
        Ok(())
    }

    /// Keeps what is new of these, before the record that names them, so that a record never names what is not there. Answers the events.
    pub fn attach_events(&self, photos: &[NewPhoto]) -> Result<Vec<EventBody>, ApiError> {
        if photos.len() > MAX_PHOTOS {
            return Err(error("too_many_photos", "一次最多加 9 张照片，这次没有存。", "请先存 9 张，再在这件事里继续加。"));
        }
        let rows: Vec<FileRow> = photos.iter().map(|photo| self.kept(photo)).collect::<Result<_, _>>()?;
        let event = |(photo, row): (&NewPhoto, FileRow)| EventBody::Attach {
            file: row.hash,
            media: row.media,
            size: row.size,
            note: photo.note.trim().to_owned(),
            thumb: row.about.thumb,
            pair: photo.pair,
            secs: row.about.secs,
            pos: row.about.pos,
        };
        Ok(photos.iter().zip(rows).map(event).collect())
    }

    fn kept(&self, photo: &NewPhoto) -> Result<FileRow, ApiError> {
        if let Some(hash) = &photo.hash {
            let row = self.store.files(|conn| file::row(conn, hash)).map_err(|e| e.api())?;
            return row.ok_or_else(missing);
        }
        let bytes = decoded(&photo.base64)?;
        match Media::of(&bytes) {
            Some(media) if media.is_picture() => self.keep_picture(&bytes, media, photo),
            Some(media) => self.keep_sound(&bytes, media, photo.secs),
            None => Err(error("bad_media", "这个文件不是照片也不是录音，没有加上。文字没有受影响。", TAKEN)),
        }
    }

    fn keep_picture(&self, bytes: &[u8], media: Media, photo: &NewPhoto) -> Result<FileRow, ApiError> {
        let damaged = |Damaged| error("bad_file", "这张照片的内容不完整，没有加上。文字没有受影响。", "请重新拍一张，或换一张。");
        let mut made = picture::prepare(bytes, media, photo.keep_position).map_err(damaged)?;
        if let Some(copy) = copied(photo, &made)? {
            made = Picture { pos: made.pos, ..copy };
        }
        let now = self.clock.now();
        let kept = self.store.files(|conn| {
            let thumb = match &made.small {
                Some(small) => {
                    let about = About { small: true, pixels: Some(small.pixels), ..About::default() };
                    Some(file::put(conn, Media::Jpeg.mime(), &small.bytes, &about, now)?)
                }
                None => None,
            };
            // A photo that is no larger than its small picture is its own.
            let about = About { thumb, pixels: made.pixels, pos: made.pos.clone(), ..About::default() };
            let hash = file::put(conn, made.media.mime(), &made.bytes, &about, now)?;
            file::row(conn, &hash)
        });
        kept.map_err(|e| e.api())?.ok_or_else(missing)
    }

    fn keep_sound(&self, bytes: &[u8], media: Media, secs: Option<u32>) -> Result<FileRow, ApiError> {
        if bytes.len() > sound::most(media) {
            return Err(error("sound_too_large", "这段录音太长，没有加上。文字没有受影响。", "一段最多两分钟；请分几段录，或写成文字。"));
        }
        let about = About { secs: secs.map(|s| s.clamp(1, sound::MAX_SECS)), ..About::default() };
        let kept = self.store.files(|conn| {
            let hash = file::put(conn, media.mime(), bytes, &about, self.clock.now())?;
            file::row(conn, &hash)
        });
        kept.map_err(|e| e.api())?.ok_or_else(missing)
    }
}

/// The bytes of a new file.
fn decoded(base64: &str) -> Result<Vec<u8>, ApiError> {
    if base64.len() / 4 * 3 > MAX_FILE + 3 {
        return Err(StoreError::FileTooLarge { size: base64.len() / 4 * 3, limit: MAX_FILE }.api());
    }
    let bytes = BASE64_STANDARD.decode(base64).ok().filter(|b| !b.is_empty());
    bytes.ok_or_else(|| error("bad_file", "照片的内容读不出来，没有存。文字没有受影响。", "请重新拍一张。"))
}

/// The page's own picture of a file that this program cannot look into, if it is one: then that is kept.
fn copied(photo: &NewPhoto, made: &Picture) -> Result<Option<Picture>, ApiError> {
    if photo.copy.is_empty() || made.small.is_some() {
        return Ok(None);
    }
    let bytes = decoded(&photo.copy)?;
    let copy = picture::prepare(&bytes, Media::Jpeg, false).ok();
    Ok(copy.filter(|copy| Media::of(&bytes) == Some(Media::Jpeg) && copy.small.is_some()))
}

/// A file that should be here is not.
pub fn missing() -> ApiError {
    error("file_missing", "这张照片不在这台手机上。", "有信号时可以从服务器取回。")
}

fn view(row: FileRow) -> KeptView {
    let About { thumb, secs, pos, .. } = row.about;
    KeptView { hash: row.hash, thumb, media: row.media, size: row.size, secs, pos }
}
