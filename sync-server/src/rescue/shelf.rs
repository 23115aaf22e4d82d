//! What of a rescue file is no record: drafts and the wording of refused work as readable JSON, photos and voice notes as files. Kept in the
//! data folder under names made of their content, so that a second import changes nothing.

use beehive_core::{
    Media,
    rescue::{Rescue, RescueDraft, RescueFile, RescueRefused},
};
use beehive_machine::private;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{
    io,
    path::{Path, PathBuf},
};

/// The folder within the data folder.
pub const FOLDER: &str = "rescued";

#[derive(Serialize)]
struct Readable<'a> {
    device: String,
    member: String,
    at: i64,
    drafts: Vec<Draft<'a>>,
    refused: Vec<Refused<'a>>,
}

#[derive(Serialize)]
struct Draft<'a> {
    id: &'a str,
    at: i64,
    body: serde_json::Value,
}

#[derive(Serialize)]
struct Refused<'a> {
    doc: String,
    code: &'a str,
    held: bool,
    at: i64,
    title: &'a str,
    says: &'a [String],
}

/// Keeps drafts and wordings; where, if there were any.
pub fn keep_words(dir: &Path, rescue: &Rescue) -> io::Result<Option<PathBuf>> {
    if rescue.drafts.is_empty() && rescue.refused.is_empty() {
        return Ok(None);
    }
    let draft = |d: &'_ RescueDraft| serde_json::from_str(&d.body).unwrap_or_else(|_| serde_json::Value::String(d.body.clone()));
    let drafts = rescue.drafts.iter().map(|d| Draft { id: &d.id, at: d.at, body: draft(d) }).collect();
    let refused = |r: &'_ RescueRefused| r.doc.to_string();
    let refused = rescue
        .refused
        .iter()
        .map(|r| Refused { doc: refused(r), code: &r.code, held: r.held, at: r.at, title: &r.title, says: &r.says })
        .collect();
    let head = &rescue.head;
    let readable = Readable { device: head.device.to_string(), member: head.member.to_string(), at: head.at, drafts, refused };
    let text = serde_json::to_vec_pretty(&readable)?;
    let name = format!("{}-{}.json", head.device, hex::encode(&Sha256::digest(&text)[..8]));
    let path = dir.join(FOLDER).join(name);
    write_once(&path, &text)?;
    Ok(Some(path))
}

/// Keeps a photo or voice note; whether it is new here.
pub fn keep_file(dir: &Path, file: &RescueFile) -> io::Result<bool> {
    let ending = Media::of(&file.bytes).or_else(|| Media::named(&file.media)).map_or("bin", Media::ending);
    write_once(&dir.join(FOLDER).join("files").join(format!("{}.{ending}", file.hash)), &file.bytes)
}

/// Writes a file whole, readable by its owner only, unless it is there.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let Some(folder) = path.parent() else { return Ok(false) };
    private::folder(folder)?;
    private::replace(path, bytes)?;
    Ok(true)
}
