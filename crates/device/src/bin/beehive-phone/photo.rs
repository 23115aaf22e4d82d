//! Photos and voice notes from files: what they are is told by their first bytes, not by their names.

use crate::{
    commands::unexpected,
    failure::{Failure, REFUSED},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use beehive_core::{
    Media,
    media::{MAX_FILE, TAKEN},
};
use beehive_device::{
    api::{NewPhoto, Request, Response},
    net::Phone,
};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// Keeps a photo on the phone's disk, as a form does, before a record names it.
pub async fn keep(phone: &Phone, path: &Path) -> Result<NewPhoto, Failure> {
    let photo = read(path)?;
    match phone.call(Request::KeepPhoto { photo }).await {
        Response::Kept { kept } => Ok(NewPhoto { hash: Some(kept.hash), ..NewPhoto::default() }),
        other => Err(unexpected(other).about(&path.display().to_string())),
    }
}

/// Keeps all of them, for a step that is not done without them: if one cannot be kept, none is.
pub async fn keep_all(phone: &Phone, paths: &[PathBuf]) -> Result<Vec<NewPhoto>, Failure> {
    let mut kept = Vec::new();
    for path in paths {
        match keep(phone, path).await {
            Ok(photo) => kept.push(photo),
            Err(failure) => {
                forget(phone, &kept).await;
                return Err(failure.nothing_was_done());
            }
        }
    }
    Ok(kept)
}

/// Gives up what was kept for a record that was then not written. What another record names stays.
pub async fn forget(phone: &Phone, kept: &[NewPhoto]) {
    for hash in kept.iter().filter_map(|photo| photo.hash) {
        // What stays all the same is cleaned up with what is abandoned.
        let _ = phone.call(Request::DropPhoto { hash }).await;
    }
}

/// Reads a photo or voice note.
fn read(path: &Path) -> Result<NewPhoto, Failure> {
    let shown = path.display();
    let unreadable =
        |e: std::io::Error| Failure::new(REFUSED, "photo_unreadable", format!("读不了照片 {shown}：{e}。这张没有存。"), "请检查文件名。");
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE as u64 {
        return Err(Failure::new(
            REFUSED,
            "photo_too_large",
            format!("照片 {shown} 太大（超过 40 MB）。这张没有存。"),
            "请把照片缩小后再加。",
        ));
    }
    let media = Media::of(&bytes)
        .ok_or_else(|| Failure::new(REFUSED, "not_a_photo", format!("{shown} 不是照片，也不是录音。这张没有存。"), TAKEN))?;
    Ok(NewPhoto { media: media.mime().to_owned(), base64: STANDARD.encode(&bytes), ..NewPhoto::default() })
}
