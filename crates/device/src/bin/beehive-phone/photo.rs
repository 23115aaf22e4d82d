//! Photos and voice notes from files: what they are is told by their first bytes, not by their names.

use crate::{
    commands::unexpected,
    failure::{Failure, REFUSED},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use beehive_device::{
    api::{NewPhoto, Request, Response},
    net::Phone,
};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// The largest photo that is read, in bytes. What the engine keeps may be less.
const MAX_PHOTO: u64 = 40 * 1024 * 1024;

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

/// Reads a photo.
fn read(path: &Path) -> Result<NewPhoto, Failure> {
    let shown = path.display();
    let unreadable =
        |e: std::io::Error| Failure::new(REFUSED, "photo_unreadable", format!("读不了照片 {shown}：{e}。这张没有存。"), "请检查文件名。");
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_PHOTO + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_PHOTO {
        return Err(Failure::new(
            REFUSED,
            "photo_too_large",
            format!("照片 {shown} 太大（超过 40 MB）。这张没有存。"),
            "请把照片缩小后再加。",
        ));
    }
    let media = media_type(&bytes).ok_or_else(|| {
        let message = format!("{shown} 不是照片（JPEG、PNG、WebP 或 HEIC），也不是录音。这张没有存。");
        Failure::new(REFUSED, "not_a_photo", message, "请换一张照片。")
    })?;
    Ok(NewPhoto { media: media.to_owned(), base64: STANDARD.encode(&bytes), ..NewPhoto::default() })
}

fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..]
            if matches!(brand.get(..4), Some(b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"msf1")) =>
        {
            Some("image/heic")
        }
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("audio/webm"),
        [b'O', b'g', b'g', b'S', ..] => Some("audio/ogg"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn a_photo_is_known_by_its_first_bytes() {
        assert_eq!(media_type(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some("image/jpeg"));
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n\0\0"), Some("image/png"));
        assert_eq!(media_type(b"RIFF\x10\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(media_type(b"\0\0\0\x18ftypheic\0\0\0\0"), Some("image/heic"));
        for other in [&b""[..], b"\xff\xd8", b"GIF89a", b"%PDF-1.7", b"<svg xmlns", b"\0\0\0\x18ftypisom", b"\0\0\0\x18ftyp"] {
            assert_eq!(media_type(other), None);
        }
    }
}
