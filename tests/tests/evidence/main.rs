//! Photos between real phones and the real server: small pictures first, originals when somebody looks, and every word about them true.

mod many;
mod travel;

use anyhow::{Context, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_core::{DocId, FileHash, action::Pair, model::RecordKind};
use beehive_device::api::{FileView, NewPhoto, Request, Response};
use beehive_tests::{BUILDING, LocalPhone, Server, picture};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A photo of noise, wider than high.
fn photo(seed: u64, width: u32) -> Result<NewPhoto> {
    let base64 = BASE64_STANDARD.encode(picture::jpeg(seed, width, width * 3 / 4)?);
    Ok(NewPhoto { media: "image/jpeg".into(), base64, ..NewPhoto::default() })
}

/// A photo that is one half of a pair.
fn half(seed: u64, pair: Pair) -> Result<NewPhoto> {
    Ok(NewPhoto { pair: Some(pair), ..photo(seed, 640)? })
}

/// Records something with photos.
fn record(phone: &LocalPhone, title: &str, photos: Vec<NewPhoto>) -> Result<DocId> {
    phone.record(Request::Record {
        kind: RecordKind::Finding,
        title: title.into(),
        detail: String::new(),
        category: String::new(),
        building: Some(BUILDING.into()),
        unit: None,
        door: None,
        place_text: None,
        grid: None,
        urgency: String::new(),
        asker: String::new(),
        resolved_note: None,
        photos,
        draft: None,
    })
}

/// Every file of a phone's records.
fn files(phone: &LocalPhone) -> Result<Vec<FileView>> {
    match phone.call(Request::Files)? {
        Response::Files { files } => Ok(files),
        other => bail!("{other:?}"),
    }
}

/// A file's bytes, fetched if it is not here.
fn fetched(phone: &LocalPhone, hash: FileHash) -> Result<Vec<u8>> {
    match phone.call(Request::FetchFile { hash })? {
        Response::File { base64, .. } => Ok(BASE64_STANDARD.decode(base64)?),
        other => bail!("{other:?}"),
    }
}

/// The whole files on the server's disk, with their lengths.
fn whole(server: &Server) -> Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    collect(&server.data().join("files"), &mut found)?;
    Ok(found)
}

/// The lengths of the unfinished ones.
fn parts(server: &Server) -> Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in entries(&server.data().join("files/parts"))? {
        // It may have become whole meanwhile.
        found.extend(fs::metadata(entry).map(|meta| meta.len()));
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut BTreeMap<String, u64>) -> Result<()> {
    for path in entries(folder)? {
        let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "parts" {
                collect(&path, found)?;
            }
        } else {
            found.insert(name, fs::metadata(&path)?.len());
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    Ok(fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?)
}
