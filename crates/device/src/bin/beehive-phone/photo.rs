//! Photos and voice notes from files: what they are is told by their first bytes, not by their names.

use crate::failure::{Failure, REFUSED};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use beehive_core::{
    Media,
    media::{MAX_FILE, TAKEN},
};
use beehive_device::api::NewPhoto;
use std::{fs::File, io::Read, path::Path};

/// Reads a photo or voice note.
pub fn read(path: &Path) -> Result<NewPhoto, Failure> {
    let shown = path.display();
    let unreadable =
        |e: std::io::Error| Failure::new(REFUSED, "photo_unreadable", format!("读不了照片 {shown}：{e}。没有存。"), "请检查文件名。");
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE as u64 {
        return Err(Failure::new(REFUSED, "photo_too_large", format!("照片 {shown} 太大（超过 40 MB）。没有存。"), "请把照片缩小后再加。"));
    }
    let media =
        Media::of(&bytes).ok_or_else(|| Failure::new(REFUSED, "not_a_photo", format!("{shown} 不是照片，也不是录音。没有存。"), TAKEN))?;
    Ok(NewPhoto { media: media.mime().to_owned(), base64: STANDARD.encode(&bytes), ..NewPhoto::default() })
}
