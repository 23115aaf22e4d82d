//! Rules of files and uploads.

use super::{NOW, device, doc};
use crate::storage::{FileRow, Storage, UploadId, UploadRow};
use beehive_core::FileHash;
use std::sync::Arc;

fn file(n: u8) -> FileRow {
    FileRow { hash: FileHash([n; 32]), size: 1_000, media: "image/jpeg".into(), device: device(1), at: NOW }
}

fn upload(n: u8, of: u8, created_at: i64) -> UploadRow {
    UploadRow {
        id: UploadId([n; 16]),
        device: device(of),
        hash: FileHash([n; 32]),
        doc: doc(1),
        size: 500,
        media: "image/jpeg".into(),
        created_at,
        done_at: None,
    }
}

pub fn a_file_is_kept_once_and_belongs_to_documents(storage: &Arc<dyn Storage>) {
    storage
        .write(|tx| {
            tx.put_file(&file(1))?;
            tx.put_file(&FileRow { media: "text/html".into(), device: device(2), ..file(1) })?;
            tx.put_file(&file(2))?;
            tx.link_file(&file(1).hash, &doc(1))?;
            tx.link_file(&file(1).hash, &doc(2))?;
            tx.link_file(&file(1).hash, &doc(2))
        })
        .unwrap();
    assert_eq!(storage.read(|rows| rows.file(&file(1).hash)).unwrap(), Some(file(1)), "as it was brought first");
    assert_eq!(storage.read(|rows| rows.documents_of_file(&file(1).hash)).unwrap(), [doc(1), doc(2)]);
    assert_eq!(storage.read(|rows| rows.documents_of_file(&file(2).hash)).unwrap(), []);
    assert_eq!(storage.read(|rows| rows.all_files()).unwrap(), [file(1), file(2)]);
}

pub fn an_upload_is_found_until_it_is_done(storage: &Arc<dyn Storage>) {
    let (row, hash) = (upload(1, 1, NOW), FileHash([1; 32]));
    let kept = row.clone();
    storage.write(move |tx| tx.add_upload(&kept)).unwrap();
    let under_way = |of: u8| storage.read(|rows| rows.upload_under_way(&device(of), &hash, &doc(1))).unwrap();
    assert_eq!(under_way(1), Some(row.clone()));
    assert_eq!(under_way(2), None, "another device's");
    let id = row.id;
    storage.write(move |tx| tx.finish_upload(&id, NOW + 5)).unwrap();
    assert_eq!(under_way(1), None);
    let done = storage.read(|rows| rows.upload(&id)).unwrap();
    assert_eq!(done.and_then(|u| u.done_at), Some(NOW + 5), "an answer that was lost is asked for again");
    storage.write(move |tx| tx.drop_upload(&id)).unwrap();
    assert_eq!(storage.read(|rows| rows.upload(&id)).unwrap(), None);
}

pub fn what_a_device_uploads_is_counted(storage: &Arc<dyn Storage>) {
    storage
        .write(|tx| {
            for (n, of, at) in [(1, 1, NOW - 100), (2, 1, NOW), (3, 1, NOW + 1), (4, 2, NOW)] {
                tx.add_upload(&upload(n, of, at))?;
            }
            tx.finish_upload(&UploadId([2; 16]), NOW + 2)
        })
        .unwrap();
    assert_eq!(storage.read(|rows| rows.uploaded_since(&device(1), NOW)).unwrap(), (2, 1_000));
    assert_eq!(storage.read(|rows| rows.uploaded_since(&device(3), NOW)).unwrap(), (0, 0));
    assert_eq!(storage.read(|rows| rows.uploads_under_way(&device(1))).unwrap(), 2);
    let ids = |rows: Vec<UploadRow>| rows.into_iter().map(|u| u.id.0[0]).collect::<Vec<_>>();
    assert_eq!(ids(storage.read(|rows| rows.uploads_before(NOW)).unwrap()), [1]);
    assert_eq!(storage.read(|rows| rows.upload_ids()).unwrap().len(), 3);
}
