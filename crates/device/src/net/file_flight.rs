//! The one flight of files at a time: started, joined, told of.

use super::{
    SyncError,
    files::{self, FilesOutcome},
    phone::Phone,
};
use crate::api::{Request, Response};
use beehive_core::FileHash;
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

type Flying = Shared<BoxFuture<'static, Result<FilesOutcome, SyncError>>>;

/// The flight under way, if any.
#[derive(Default)]
pub(super) struct FileFlight(Mutex<Option<Flying>>);

impl FileFlight {
    fn lock(&self) -> MutexGuard<'_, Option<Flying>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Phone {
    /// Sends photos and voice notes whose records the server has. While that is under way, joins it.
    ///
    /// # Errors
    /// See [`SyncError`]. What the server has confirmed stays confirmed; the rest stays here and waits.
    pub async fn send_files(&self) -> Result<FilesOutcome, SyncError> {
        self.launch_files().await
    }

    /// Starts a flight of files, or joins the one under way.
    pub(super) fn launch_files(&self) -> Flying {
        let mut flight = self.0.file_flight.lock();
        if let Some(flying) = flight.as_ref().filter(|f| f.peek().is_none()) {
            return flying.clone();
        }
        // A task of its own: a screen that goes away must not end it half way.
        let phone = self.clone();
        let task = tokio::spawn(async move { phone.fly_files().await });
        let done = async move { task.await.unwrap_or_else(|e| Err(SyncError::Internal(e.to_string()))) };
        let done = done.boxed().shared();
        *flight = Some(done.clone());
        done
    }

    /// Waits until no flight of files is under way.
    pub(super) async fn files_idle(&self) {
        let under_way = self.0.file_flight.lock().clone();
        if let Some(done) = under_way {
            // Its outcome was told to whoever asked for it.
            let _ = done.await;
        }
    }

    async fn fly_files(&self) -> Result<FilesOutcome, SyncError> {
        let mut outcome = FilesOutcome::default();
        let _busy = self.busy()?;
        let mut wire = self.wire().await?;
        let result = files::send(self, &mut wire, &mut outcome).await;
        outcome.round_trips = wire.traffic.round_trips;
        outcome.bytes_up = wire.traffic.bytes_up;
        let rested = self.on_store(|engine| {
            engine.file_rests();
            Ok(())
        });
        if let Err(e) = rested.await {
            tracing::warn!(error = %e, "the end of sending was not told");
        }
        if let Response::Status { status } = self.ask_engine(Request::Status).await {
            outcome.left = status.files.unsent;
        }
        let FilesOutcome { sent, left, round_trips, bytes_up, paused } = outcome;
        match &result {
            Ok(()) if round_trips == 0 => {}
            Ok(()) => tracing::info!(sent, left, round_trips, bytes_up, paused, "files sent"),
            Err(e) if e.is_offline() => tracing::info!(sent, left, error = %e, "files not all sent"),
            Err(e) => tracing::warn!(sent, left, error = %e, "files not all sent"),
        }
        result.map(|()| outcome)
    }

    /// Fetches a file from the server, unless it is here.
    ///
    /// # Errors
    /// See [`SyncError`]; `file_not_here` if the phone it was made with has not sent it yet.
    pub async fn fetch_file(&self, hash: &FileHash) -> Result<(), SyncError> {
        let hash = *hash;
        if matches!(self.ask_engine(Request::File { hash }).await, Response::File { .. }) {
            return Ok(());
        }
        let _busy = self.busy()?;
        let (media, bytes) = files::fetch(&mut self.wire().await?, &hash).await?;
        if self.on_store(move |engine| engine.file_fetched(&hash, &media, &bytes)).await? {
            Ok(())
        } else {
            Err(SyncError::BadAnswer("other bytes than the file's"))
        }
    }
}
