//! How files stand, as screens show it.

use super::super::{Inner, words};
use crate::{
    api::{ApiError, AttachmentView, FileState, FileView, FilesView},
    store::{
        StoreError,
        attachment::{self, AttachmentRow, LOST, NOT_NAMED, Sending},
        file,
    },
};
use beehive_core::{ActorId, EventBody, FileHash, model::Matter};
use std::{
    collections::{HashMap, HashSet},
    sync::atomic::Ordering,
};

impl Inner {
    /// The photos and voice notes of a matter, in the order they were added. A file that was added twice is shown once.
    pub fn attachments(&self, matter: &Matter, name: impl Fn(&ActorId) -> String) -> Result<Vec<AttachmentView>, StoreError> {
        let mut seen = HashSet::new();
        let named: Vec<_> =
            matter.timeline.iter().filter(|e| matches!(&e.body, Some(EventBody::Attach { file, .. }) if seen.insert(*file))).collect();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.store.read(|conn| attachment::of(conn, &matter.id))?;
        let rows: HashMap<FileHash, AttachmentRow> = rows.into_iter().map(|row| (row.hash, row)).collect();
        let sending = self.sending();
        self.store.files(|conn| {
            let mut views = Vec::with_capacity(named.len());
            for entry in named {
                let Some(EventBody::Attach { file, media, size, note, thumb, pair, secs, pos }) = &entry.body else { continue };
                let here = file::exists(conn, file)?;
                let thumb_here = match thumb {
                    Some(thumb) => file::exists(conn, thumb)?,
                    None => false,
                };
                let row = rows.get(file);
                let state = state(row, here, sending.as_ref() == Some(file));
                views.push(AttachmentView {
                    hash: *file,
                    media: media.clone(),
                    size: *size,
                    here,
                    delivered: delivered(row, here),
                    state,
                    sent: row.filter(|r| r.state == Sending::Waiting).map_or(0, |r| r.sent),
                    problem: row.filter(|_| state == FileState::Refused).and_then(|r| r.code.as_deref()).map(problem),
                    thumb: *thumb,
                    thumb_here,
                    pair: *pair,
                    secs: *secs,
                    pos: pos.clone(),
                    note: note.clone(),
                    by: name(&entry.actor),
                    at: entry.at,
                });
            }
            Ok(views)
        })
    }

    /// Every file of this phone's records.
    pub fn files(&self) -> Result<Vec<FileView>, StoreError> {
        let rows = self.store.read(attachment::all)?;
        let sending = self.sending();
        self.store.files(|conn| {
            let view = |row: AttachmentRow| {
                let known = file::row(conn, &row.hash)?;
                let here = known.is_some();
                Ok(FileView {
                    id: row.doc,
                    hash: row.hash,
                    small: row.small,
                    size: known.map_or(row.size, |f| f.size),
                    here,
                    mine: row.mine,
                    state: state(Some(&row), here, sending == Some(row.hash)),
                    sent: row.sent,
                    code: row.code,
                })
            };
            rows.into_iter().map(view).collect()
        })
    }

    /// How the files to be sent stand.
    pub fn files_view(&self, conn: &rusqlite::Connection, wifi_only: bool) -> Result<FilesView, StoreError> {
        let (unsent, bytes, refused) = attachment::waiting(conn)?;
        let paused = unsent > 0 && wifi_only && self.metered.load(Ordering::Relaxed);
        Ok(FilesView { unsent, bytes, refused, sending: self.sending().is_some(), paused: paused.then(|| "wifi".to_owned()) })
    }
}

fn delivered(row: Option<&AttachmentRow>, here: bool) -> bool {
    match row {
        Some(row) if row.mine => row.state == Sending::Delivered,
        // Somebody else's file can only have come from the server.
        _ => here,
    }
}

fn state(row: Option<&AttachmentRow>, here: bool, sending: bool) -> FileState {
    match row {
        Some(row) if row.mine && row.state == Sending::Refused => FileState::Refused,
        _ if !here => FileState::Remote,
        Some(row) if row.mine && row.state == Sending::Waiting && sending => FileState::Sending,
        row if delivered(row, here) => FileState::Delivered,
        _ => FileState::Local,
    }
}

/// Why the server does not take a file, in words.
fn problem(code: &str) -> ApiError {
    let (message, hint) = match code {
        NOT_NAMED => ("服务器上的这条记录还没有用到这张照片，先留在本机。", "记录送到后会自动再送；一直这样，请联系网格长。"),
        LOST => ("原图已从本机清理，服务器恢复备份后也没有这一张。", "还有小图可看；需要原图请重拍一张。"),
        "file_too_large" => ("这个文件太大，服务器没有收下。它还在本机。", "请重拍一张小一些的，再加到这件事里。"),
        "file_hash_differs" => ("送了几次，服务器收到的都不完整，先留在本机。", "请换一个网络，再点“再送一次”。"),
        _ => ("服务器没有收下这个文件。它还在本机，没有丢。", "请稍后再试；一直这样，请告诉管理员。"),
    };
    words::error(code, message, hint)
}
