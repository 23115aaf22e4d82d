//! One request, one answer. No rules here: each arm hands on and wraps.

use super::{
    Inner, evidence,
    similar::{Joining, Typed},
    words::error,
    write::RecordForm,
};
use crate::{
    api::{ApiError, Request, Response, StorageView},
    store::{StoreError, draft, file},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::Ordering,
};

/// How old a file is at least that a clean-up takes.
const DEFAULT_DAYS: u32 = 30;

/// Answers a request. An error, even a panic of ours, becomes an answer: nothing was saved, and the person is told.
pub fn handle(inner: &Inner, request: Request) -> Response {
    let answer = catch_unwind(AssertUnwindSafe(|| answer(inner, request)));
    let answer = answer.unwrap_or_else(|_| {
        tracing::error!("a request ended in a panic");
        Err(error("internal", "程序出了错，这次没有做成。以前存的都在。", "请再试一次；还不行，请告诉管理员。"))
    });
    answer.unwrap_or_else(|error| Response::Error { error })
}

fn answer(inner: &Inner, request: Request) -> Result<Response, ApiError> {
    Ok(match request {
        Request::Status => Response::Status { status: inner.status().map_err(|e| e.api())? },
        Request::DamageSeen { file } => {
            inner.store.damage_seen(&file).map_err(|e| e.api())?;
            inner.notify_status();
            Response::Status { status: inner.status().map_err(|e| e.api())? }
        }
        Request::Me => me(inner)?,
        Request::Today => Response::Today { today: inner.today().map_err(|e| e.api())? },
        Request::List { list, filter, order, offset, limit } => {
            let (rows, total) = inner.list(list, &filter, order, offset, limit).map_err(|e| e.api())?;
            Response::List { rows, total }
        }
        Request::Counts => Response::Counts { counts: inner.counts().map_err(|e| e.api())? },
        Request::Reminders => Response::Reminders { reminders: inner.reminders().map_err(|e| e.api())? },
        Request::Show { id } => matter(inner, &id)?,
        Request::Record {
            kind,
            title,
            detail,
            category,
            building,
            unit,
            door,
            place_text,
            grid,
            urgency,
            asker,
            resolved_note,
            photos,
            draft,
        } => {
            let form = RecordForm {
                kind,
                title,
                detail,
                category,
                building,
                unit,
                door,
                place_text,
                grid,
                urgency,
                asker,
                resolved_note,
                photos,
                draft,
            };
            Response::Recorded { id: inner.record(form)? }
        }
        Request::Similar { kind, title, detail, category, building, unit, door } => {
            let typed = Typed { kind, title, detail, category, building, unit, door };
            Response::Similar {
                rows: inner.similar(&typed).map_err(|e| e.api())?,
                recurrence: inner.recurrence(&typed).map_err(|e| e.api())?,
            }
        }
        Request::Join { id, note, asker, again, photos, draft } => {
            inner.join(&id, Joining { note, asker, again, photos, draft })?;
            matter(inner, &id)?
        }
        Request::Set { id, field, value } => {
            inner.set(&id, &field, &value)?;
            matter(inner, &id)?
        }
        Request::Act { id, event, photos, draft } => {
            inner.act(&id, event, &photos, draft.as_deref())?;
            matter(inner, &id)?
        }
        Request::Attach { id, photo, note } => {
            inner.attach(&id, &photo, &note)?;
            matter(inner, &id)?
        }
        Request::File { hash } => {
            let found = inner.store.files(|conn| file::get(conn, &hash)).map_err(|e| e.api())?;
            let (media, bytes) = found.ok_or_else(evidence::missing)?;
            Response::File { media, base64: BASE64_STANDARD.encode(bytes) }
        }
        Request::KeepPhoto { photo } => Response::Kept { kept: inner.keep_photo(&photo)? },
        Request::DropPhoto { hash } => {
            inner.drop_photo(&hash)?;
            storage(inner.storage(DEFAULT_DAYS))?
        }
        Request::Files => Response::Files { files: inner.files().map_err(|e| e.api())? },
        Request::Storage { days } => storage(inner.storage(days))?,
        Request::CleanFiles { days } => storage(inner.clean_files(days))?,
        Request::Network { metered } => {
            inner.metered.store(metered, Ordering::Relaxed);
            inner.notify_status();
            Response::Status { status: inner.status().map_err(|e| e.api())? }
        }
        Request::Choices => inner.choices(),
        Request::StandIns => Response::StandIns { stand_ins: inner.stand_ins() },
        Request::SaveDraft { id, body } => Response::Draft { draft: Some(inner.save_draft(id, body)?) },
        Request::Draft { id } => Response::Draft { draft: inner.store.read(|conn| draft::get(conn, &id)).map_err(|e| e.api())? },
        Request::DropDraft { id } => {
            inner.store.write(|tx| draft::remove(tx, &id)).map_err(|e| e.api())?;
            Response::Draft { draft: None }
        }
        Request::Refused => refused(inner)?,
        Request::RetryRefused { entry } => {
            inner.retry_refused(entry)?;
            refused(inner)?
        }
        Request::DismissRefused { entry } => {
            inner.dismiss_refused(entry)?;
            refused(inner)?
        }
        Request::RescueExport => {
            let (name, file, summary) = inner.rescue()?;
            Response::Rescue { name, base64: BASE64_STANDARD.encode(file), summary }
        }
        Request::Configure { settings } => {
            inner.configure(&settings)?;
            me(inner)?
        }
        Request::Sync
        | Request::Enroll { .. }
        | Request::Invitation { .. }
        | Request::StandIn { .. }
        | Request::CutLink { .. }
        | Request::FetchFile { .. }
        | Request::SendFiles => {
            return Err(error("needs_network", "这一步要联网，这里没有连着网络。", "请在有信号的地方再试。"));
        }
    })
}

fn storage(view: Result<StorageView, StoreError>) -> Result<Response, ApiError> {
    Ok(Response::Storage { storage: view.map_err(|e| e.api())? })
}

fn me(inner: &Inner) -> Result<Response, ApiError> {
    Ok(Response::Me { me: Box::new(inner.me().map_err(|e| e.api())?) })
}

fn matter(inner: &Inner, id: &beehive_core::DocId) -> Result<Response, ApiError> {
    Ok(Response::Matter { matter: Box::new(inner.show(id)?) })
}

fn refused(inner: &Inner) -> Result<Response, ApiError> {
    Ok(Response::Refused { entries: inner.refused().map_err(|e| e.api())? })
}
