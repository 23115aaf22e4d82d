//! A photo from one phone to the other.

use crate::{fetched, files, half, photo, record, whole};
use anyhow::{Context, Result, bail};
use beehive_core::action::Pair;
use beehive_device::api::{FileState, Request, Response, SettingsView, StorageView};
use beehive_tests::{COLLEAGUE, LocalPhone, NOW, Server, WORKER};

fn storage(phone: &LocalPhone, request: Request) -> Result<StorageView> {
    match phone.call(request)? {
        Response::Storage { storage } => Ok(storage),
        other => bail!("{other:?}"),
    }
}

/// The record arrives at once and says what there is; the small picture comes when it is shown, the original when somebody wants it.
#[test]
fn a_photo_reaches_the_other_phone_small_and_then_whole() -> Result<()> {
    let server = Server::start()?;
    let a = LocalPhone::enrolled(&server, WORKER, server.address())?;
    let b = LocalPhone::enrolled(&server, COLLEAGUE, server.address())?;
    let id = record(&a, "楼道堆了杂物", vec![half(1, Pair::Before)?, half(2, Pair::After)?])?;
    a.sync()?;
    b.sync()?;
    let before_bytes = b.show(id)?.attachments;
    assert_eq!(before_bytes.iter().map(|p| p.pair).collect::<Vec<_>>(), [Some(Pair::Before), Some(Pair::After)]);
    assert!(before_bytes.iter().all(|p| p.state == FileState::Remote && !p.here && !p.thumb_here), "the record is there, no bytes yet");
    let early = b.runtime().block_on(b.phone().call(Request::FetchFile { hash: before_bytes[0].hash }));
    match early {
        Response::Error { error } => assert_eq!(error.code, "file_not_here", "the other phone has not sent it yet, and that is said"),
        other => bail!("{other:?}"),
    }

    let outcome = a.runtime().block_on(a.phone().send_files())?;
    assert_eq!((outcome.sent, outcome.left), (4, 0), "two originals, two small pictures");
    assert!(files(&a)?.iter().all(|f| f.state == FileState::Delivered));
    assert_eq!(whole(&server)?.len(), 4);

    let shown = b.show(id)?.attachments;
    let thumb = shown[0].thumb.context("a small picture")?;
    let small = fetched(&b, thumb)?;
    let shown = &b.show(id)?.attachments[0];
    assert!(shown.thumb_here && !shown.here, "the small one alone");
    let original = fetched(&b, shown.hash)?;
    assert!(small.len() * 3 < original.len(), "{} and {} bytes", small.len(), original.len());
    assert_eq!((original.len() as u64, b.show(id)?.attachments[0].state), (shown.size, FileState::Delivered));
    assert_eq!(original, fetched(&a, shown.hash)?);
    Ok(())
}

/// An original is given up only after the server has it, and comes back when asked for.
#[test]
fn cleaning_up_takes_only_what_the_server_has() -> Result<()> {
    let server = Server::start()?;
    let a = LocalPhone::enrolled(&server, WORKER, server.address())?;
    let sent = record(&a, "送到的", vec![photo(3, 640)?])?;
    a.sync()?;
    a.runtime().block_on(a.phone().send_files())?;
    let unsent = record(&a, "没送的", vec![photo(4, 640)?])?;
    a.set_time(NOW + 40 * 86_400);
    let meter = storage(&a, Request::Storage { days: 30 })?;
    assert_eq!((meter.files, meter.cleanable), (2, 1));
    assert_eq!(meter.unsent, a.show(unsent)?.attachments[0].size);

    let cleaned = storage(&a, Request::CleanFiles { days: 30 })?;
    assert_eq!((cleaned.cleaned, cleaned.cleaned_bytes, cleaned.files), (1, meter.cleanable_bytes, 1));
    let (gone, kept) = (&a.show(sent)?.attachments[0], &a.show(unsent)?.attachments[0]);
    assert!(!gone.here && gone.thumb_here && gone.delivered, "{gone:?}");
    assert!(kept.here && !kept.delivered, "{kept:?}");
    assert_eq!(fetched(&a, gone.hash)?.len() as u64, gone.size, "it can be had again");
    Ok(())
}

/// Only Wi-Fi: records go, photos wait and say why, and they go when there is Wi-Fi.
#[test]
fn photos_wait_for_wifi_when_asked_to() -> Result<()> {
    let server = Server::start()?;
    let a = LocalPhone::enrolled(&server, WORKER, server.address())?;
    let Response::Me { me } = a.call(Request::Me)? else { bail!("no settings") };
    a.call(Request::Configure { settings: SettingsView { wifi_only: true, ..me.settings } })?;
    a.call(Request::Network { metered: true })?;
    record(&a, "等无线网络", vec![photo(5, 320)?])?;
    a.sync()?;
    let outcome = a.runtime().block_on(a.phone().send_files())?;
    assert_eq!((outcome.sent, outcome.left, outcome.paused), (0, 1, true));
    let status = a.status()?;
    assert_eq!((status.unsent, status.files.unsent, status.files.paused.as_deref()), (0, 1, Some("wifi")));
    assert!(whole(&server)?.is_empty());
    a.call(Request::Network { metered: false })?;
    assert_eq!(a.status()?.files.paused, None);
    assert_eq!(a.runtime().block_on(a.phone().send_files())?.sent, 2);
    assert_eq!(a.status()?.files.unsent, 0);
    Ok(())
}
