//! The life of an upload: begun, looked at, finished.

use super::{Asked, EXPIRY, FileError, MAX_DAY, MAX_DAY_FILES, MAX_FILE, MAX_UNFINISHED, access, disk, sweep};
use crate::{
    app::App,
    error::ApiError,
    secret,
    storage::{FileRow, UploadId, UploadRow},
    sync::Caller,
};
use beehive_core::{FileHash, Media};
use std::sync::Arc;

/// How much of a file is looked at to know what it is, in bytes.
const HEAD: u64 = 64 * 1024;

/// An upload as its phone is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The file is here.
    Whole(FileHash, u64),
    /// Go on from `offset`.
    Under {
        /// Its name.
        id: UploadId,
        /// How many bytes have come.
        offset: u64,
        /// How many there will be.
        size: u64,
        /// Until when it is kept, seconds since 1970.
        expires: i64,
    },
}

/// Begins an upload, or finds the one that this device has begun for the same file: a phone whose answer was lost asks again.
pub async fn begin(app: &Arc<App>, caller: Caller, asked: Asked) -> Result<Begun, ApiError> {
    if asked.size > MAX_FILE {
        return Err(FileError::TooLarge.into());
    }
    let known = app.off_thread(move |app| find_or_add(app, &caller, &asked)).await?;
    let (id, device) = match known {
        Found::Whole(hash, size) => return Ok(Begun::Whole(hash, size)),
        Found::Added(row) => return Ok(Begun::Under { id: row.id, offset: 0, size: row.size, expires: row.created_at + EXPIRY }),
        Found::Under(row) => (row.id, row.device),
    };
    let row = state(app, device, id).await?;
    Ok(row)
}

enum Found {
    Whole(FileHash, u64),
    Added(UploadRow),
    Under(UploadRow),
}

fn find_or_add(app: &App, caller: &Caller, asked: &Asked) -> Result<Found, ApiError> {
    sweep(app)?;
    let (device, now) = (caller.device.id, app.now());
    let (may, file, theirs, under) = app.storage.read(|rows| {
        let may = access::may_bring(app, rows, caller, asked)?;
        let file = rows.file(&asked.hash)?;
        // Knowing a hash is not having the file. Whoever could not have it from here must bring the bytes, or naming somebody else's
        // photo in a record of one's own would be a way to it.
        let theirs = match &file {
            Some(file) => file.device == device || access::may_have(app, rows, caller, &asked.hash)?,
            None => false,
        };
        Ok((may, file, theirs, rows.upload_under_way(&device, &asked.hash, &asked.doc)?))
    })?;
    if !may {
        return Err(FileError::NotNamed.into());
    }
    if let Some(file) = file.filter(|_| theirs)
        && app.files.blobs().size(&asked.hash).map_err(disk)? == Some(file.size)
    {
        let (hash, doc) = (asked.hash, asked.doc);
        app.storage.write(move |tx| tx.link_file(&hash, &doc))?;
        return Ok(Found::Whole(hash, file.size));
    }
    if let Some(row) = under.filter(|row| row.size == asked.size && row.created_at + EXPIRY > now) {
        return Ok(Found::Under(row));
    }
    let (unfinished, (files, bytes)) =
        app.storage.read(|rows| Ok((rows.uploads_under_way(&device)?, rows.uploaded_since(&device, now - 86_400)?)))?;
    if bytes + asked.size > MAX_DAY || files >= MAX_DAY_FILES {
        return Err(FileError::Quota.into());
    }
    if unfinished >= MAX_UNFINISHED {
        return Err(FileError::TooMany.into());
    }
    let mut id = UploadId([0; 16]);
    secret::fill(&mut id.0)?;
    let (hash, doc, size, media) = (asked.hash, asked.doc, asked.size, asked.media.clone());
    let row = UploadRow { id, device, hash, doc, size, media, created_at: now, done_at: None };
    // Looked at again where it is written: a phone whose link broke may ask a second time while the first question is still on its way,
    // and two uploads of one file would leave a half behind.
    let here = app.files.blobs().size(&hash).map_err(disk)? == Some(size);
    Ok(app.storage.write(move |tx| {
        let rows = tx.as_read();
        if let Some(file) = rows.file(&hash)?.filter(|file| here && file.device == device) {
            tx.link_file(&hash, &doc)?;
            return Ok(Found::Whole(hash, file.size));
        }
        if let Some(under) =
            rows.upload_under_way(&device, &hash, &doc)?.filter(|under| under.size == size && under.created_at + EXPIRY > now)
        {
            return Ok(Found::Under(under));
        }
        tx.add_upload(&row)?;
        Ok(Found::Added(row))
    })?)
}

/// How far an upload of this device has come. Whoever still writes to it makes way first, so that the answer holds.
pub async fn state(app: &Arc<App>, device: beehive_core::DeviceId, id: UploadId) -> Result<Begun, ApiError> {
    let _claim = app.files.parts.claim(&id).await.ok_or(FileError::Busy)?;
    app.off_thread(move |app| {
        let row = own(app, &device, &id)?;
        let size = row.size;
        if row.done_at.is_some() {
            return Ok(Begun::Under { id, offset: size, size, expires: row.created_at + EXPIRY });
        }
        let came = app.files.parts.len(&id).map_err(disk)?;
        // Whole, yet not finished: the program ended between the last byte and the note of it.
        let whole = came == size || (came == 0 && app.files.blobs().size(&row.hash).map_err(disk)? == Some(size));
        if whole {
            finish(app, &row)?;
        }
        Ok(Begun::Under { id, offset: if whole { size } else { came.min(size) }, size, expires: row.created_at + EXPIRY })
    })
    .await
}

/// The row of an upload of this device.
pub(super) fn own(app: &App, device: &beehive_core::DeviceId, id: &UploadId) -> Result<UploadRow, ApiError> {
    let row = app.storage.read(|rows| rows.upload(id))?;
    let live = |row: &UploadRow| row.device == *device && row.created_at + EXPIRY > app.now();
    row.filter(live).ok_or_else(|| FileError::UnknownUpload.into())
}

/// Checks an upload that is complete and makes a file of it. Wrong bytes are erased, and the upload with them: it starts anew.
pub(super) fn finish(app: &App, row: &UploadRow) -> Result<(), ApiError> {
    let files = &app.files;
    if files.parts.len(&row.id).map_err(disk)? == row.size && files.parts.path(&row.id).exists() {
        if files.parts.hash(&row.id).map_err(disk)? != row.hash.0 {
            files.parts.erase(&row.id).map_err(disk)?;
            let id = row.id;
            app.storage.write(move |tx| tx.drop_upload(&id))?;
            tracing::warn!(device = %row.device, "an upload's bytes are not those announced");
            return Err(FileError::HashDiffers.into());
        }
        files.blobs().put(&row.hash, &files.parts.path(&row.id)).map_err(disk)?;
    } else {
        // Taken over already, by a process that ended before it could note that.
        files.blobs().settle(&row.hash).map_err(disk)?;
    }
    let (id, doc, now) = (row.id, row.doc, app.now());
    // What it is told to be to its readers is what it is. A kind that only newer phones know stays what its phone says.
    let head = files.blobs().read(&row.hash, 0, row.size.clamp(1, HEAD) - 1).map_err(disk)?;
    let media = Media::of(&head).map_or_else(|| row.media.clone(), |media| media.mime().to_owned());
    let file = FileRow { hash: row.hash, size: row.size, media, device: row.device, at: now };
    app.storage.write(move |tx| {
        tx.put_file(&file)?;
        tx.link_file(&file.hash, &doc)?;
        tx.finish_upload(&id, now)
    })?;
    Ok(())
}
