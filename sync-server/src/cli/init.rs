//! `init`: the database of a new street.

use super::{CliError, Demo, output};
use crate::{
    demo::Street,
    enroll::server_url,
    secret::fill,
    storage::{Meta, SqliteStorage, Storage, StorageError, setting, sqlite, sqlite::ServeLock},
};
use beehive_core::{Epoch, StreetId};
use beehive_machine::private;
use serde::Serialize;
use std::{fs, path::Path, sync::Arc};

/// Where phones look until `serve` has been bound somewhere.
const DEFAULT_URL: &str = "http://127.0.0.1:8787";

/// Where the database is made, within the data folder.
const STAGE: &str = "starting";

#[derive(Serialize)]
struct Made {
    tenant: String,
    street: String,
    epoch: String,
    url: String,
    nodes: usize,
    buildings: usize,
    doors: usize,
    members: usize,
}

pub fn init(dir: &Path, demo: Option<Demo>, seed: u64, name: Option<String>, url: Option<String>, json: bool) -> Result<(), CliError> {
    let url = url.map(|url| server_url(&url).ok_or_else(CliError::bad_url)).transpose()?;
    let mut street = match demo {
        Some(Demo::Small) => Street::small(seed),
        Some(Demo::Baohe) => Street::baohe(seed),
        None => Street::empty(name.as_deref().unwrap_or("街道")),
    };
    if let Some(name) = name {
        street.nodes.iter_mut().filter(|n| n.parent.is_none()).for_each(|n| n.name.clone_from(&name));
        street.name = name;
    }
    let mut epoch = Epoch::default();
    fill(&mut epoch.0)?;
    let mut id = StreetId::default();
    fill(&mut id.0)?;
    let made = Made {
        tenant: street.name.clone(),
        street: id.to_string(),
        epoch: epoch.to_string(),
        url: url.clone().unwrap_or_else(|| DEFAULT_URL.to_owned()),
        nodes: street.nodes.len(),
        buildings: street.buildings.len(),
        doors: street.doors(),
        members: street.members.len(),
    };
    create(dir, street, (id, epoch), url)?;
    if json {
        output::json(&made);
    } else {
        output::line(format!(
            "已建立“{}”：{} 个组织节点，{} 栋楼，{} 户，{} 名成员。",
            made.tenant, made.nodes, made.buildings, made.doors, made.members
        ));
        output::line(format!("下一步：sync-server --data {} serve --listen 127.0.0.1:8787", dir.display()));
    }
    Ok(())
}

/// All or nothing: the database is made in a folder of its own and moved to its place once it is
/// whole, so that `init` can be repeated after whatever stopped it.
fn create(dir: &Path, street: Street, ids: (StreetId, Epoch), url: Option<String>) -> Result<(), StorageError> {
    if sqlite::is_in(dir) {
        return Err(StorageError::Present);
    }
    let litter = Litter::of(dir);
    private::folder(dir)?;
    private::narrow(dir, sqlite::OURS);
    let lock = ServeLock::take(dir)?;
    let made = fill_and_move(dir, street, ids, url);
    drop(lock);
    if made.is_err() {
        litter.remove();
    }
    made
}

fn fill_and_move(dir: &Path, street: Street, (id, epoch): (StreetId, Epoch), url: Option<String>) -> Result<(), StorageError> {
    let stage = dir.join(STAGE);
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::create(&stage)?);
    storage.write(move |tx| {
        tx.set_meta(&Meta { epoch, tenant: street.name.clone(), street: id })?;
        tx.set_setting(setting::BOUND_URL, DEFAULT_URL)?;
        if let Some(url) = &url {
            tx.set_setting(setting::PUBLIC_URL, url)?;
        }
        street.write(tx)
    })?;
    crate::rescue::ensure(dir, &storage)?;
    drop(storage);
    // Closing the last connection folded the log into the database: it is one file.
    fs::File::open(stage.join(sqlite::FILE))?.sync_all()?;
    fs::rename(stage.join(sqlite::FILE), dir.join(sqlite::FILE))?;
    private::sync_folder(dir)?;
    Ok(fs::remove_dir_all(&stage)?)
}

/// What a failed `init` takes away again: only what it made.
struct Litter<'a> {
    dir: &'a Path,
    files: Vec<&'static str>,
    folder: bool,
}

impl<'a> Litter<'a> {
    fn of(dir: &'a Path) -> Self {
        let files = ["lock", crate::rescue::KEY_FILE].into_iter().filter(|name| !dir.join(name).exists()).collect();
        Self { dir, files, folder: !dir.exists() }
    }

    /// What cannot be removed stands in nobody's way: the next `init` begins anew.
    fn remove(self) {
        let _ = fs::remove_dir_all(self.dir.join(STAGE));
        for name in &self.files {
            let _ = fs::remove_file(self.dir.join(name));
        }
        if self.folder {
            let _ = fs::remove_dir(self.dir);
        }
    }
}
