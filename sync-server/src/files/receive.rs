//! Taking the bytes of one `PATCH`, as far as they come.

use super::{FileError, disk, upload};
use crate::{app::App, error::ApiError, storage::UploadId};
use axum::body::{Body, Bytes};
use beehive_core::DeviceId;
use http_body_util::BodyExt as _;
use std::{fs::File, io::Write as _, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Bytes are written in pieces of about this many.
const PIECE: usize = 64 * 1024;
/// How long one request may bring bytes. Less than the limit of a whole request, so that what came is put away by its own hand.
const DEADLINE: Duration = Duration::from_secs(100);

/// Adds a request's body to an upload, from `offset` on; answers the new offset. What came before a break is kept: the phone goes on
/// from there.
pub async fn receive(app: &Arc<App>, device: DeviceId, id: UploadId, offset: u64, body: Body) -> Result<u64, ApiError> {
    // A task of its own: when the connection breaks, the handler is dropped in the middle, and what came would be lost.
    let app = app.clone();
    tokio::spawn(async move { take(&app, device, id, offset, body).await }).await.map_err(|e| {
        tracing::error!(error = %e, "taking an upload panicked");
        ApiError::Internal
    })?
}

async fn take(app: &Arc<App>, device: DeviceId, id: UploadId, offset: u64, body: Body) -> Result<u64, ApiError> {
    let mut claim = app.files.parts.claim(&id).await.ok_or(FileError::Busy)?;
    let row = app.off_thread(move |app| upload::own(app, &device, &id)).await?;
    if row.done_at.is_some() {
        return if offset == row.size { Ok(row.size) } else { Err(FileError::Offset.into()) };
    }
    let came = app.off_thread(move |app| app.files.parts.len(&id).map_err(disk)).await?;
    if offset != came {
        return Err(FileError::Offset.into());
    }
    let mut taking = Taking { app, id, at: came, size: row.size, file: None };
    let ended = taking.all(body, &mut claim).await;
    taking.settle().await?;
    if taking.at == row.size {
        app.off_thread(move |app| upload::finish(app, &row)).await?;
    }
    ended.map(|()| taking.at)
}

struct Taking<'a> {
    app: &'a Arc<App>,
    id: UploadId,
    at: u64,
    size: u64,
    file: Option<File>,
}

impl Taking<'_> {
    /// Writes what comes until it ends, breaks off, takes too long, or somebody else wants to go on.
    async fn all(&mut self, mut body: Body, claim: &mut super::parts::Claim) -> Result<(), ApiError> {
        let until = Instant::now() + DEADLINE;
        let mut piece = Vec::new();
        loop {
            let frame = tokio::select! {
                biased;
                () = claim.called_off() => Err(FileError::Busy.into()),
                () = tokio::time::sleep_until(until) => Err(ApiError::Timeout),
                frame = body.frame() => match frame {
                    None => Ok(None),
                    Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
                    Some(Err(_)) => Err(ApiError::BodyCut),
                },
            };
            let frame: Option<Bytes> = match frame {
                Ok(frame) => frame,
                Err(e) => {
                    self.write(piece).await?;
                    return Err(e);
                }
            };
            let Some(bytes) = frame else { return self.write(piece).await };
            let room = self.size.saturating_sub(self.at + piece.len() as u64);
            if bytes.len() as u64 > room {
                self.write(piece).await?;
                return Err(FileError::TooLong.into());
            }
            piece.extend_from_slice(&bytes);
            if piece.len() >= PIECE {
                self.write(std::mem::take(&mut piece)).await?;
            }
        }
    }

    async fn write(&mut self, piece: Vec<u8>) -> Result<(), ApiError> {
        if piece.is_empty() {
            return Ok(());
        }
        let (id, opened, length) = (self.id, self.file.take(), piece.len() as u64);
        let work = move |app: &App| {
            let mut file = match opened {
                Some(file) => file,
                None => app.files.parts.open(&id).map_err(disk)?,
            };
            file.write_all(&piece).map_err(disk)?;
            Ok(file)
        };
        self.file = Some(self.app.off_thread(work).await?);
        self.at += length;
        Ok(())
    }

    /// What the phone is told to be here is on the disk.
    async fn settle(&mut self) -> Result<(), ApiError> {
        let Some(file) = self.file.take() else { return Ok(()) };
        self.app.off_thread(move |_| file.sync_all().map_err(disk)).await
    }
}
