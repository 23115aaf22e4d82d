//! `init`: the database of a new street.

use super::{CliError, Demo, output};
use crate::{
    demo::Street,
    enroll::server_url,
    secret::fill,
    storage::{Meta, SqliteStorage, Storage, StorageError, setting, sqlite},
};
use beehive_core::{Epoch, StreetId};
use serde::Serialize;
use std::{path::Path, sync::Arc};

/// Where phones look until `serve` has been bound somewhere.
const DEFAULT_URL: &str = "http://127.0.0.1:8787";

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
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(dir)?);
    crate::rescue::ensure(dir, &storage)?;
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

/// All or nothing: a database that was not filled is taken away again, so that `init` can be repeated.
fn create(dir: &Path, street: Street, (id, epoch): (StreetId, Epoch), url: Option<String>) -> Result<(), StorageError> {
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::create(dir)?);
    let filled = storage.write(move |tx| {
        tx.set_meta(&Meta { epoch, tenant: street.name.clone(), street: id })?;
        tx.set_setting(setting::BOUND_URL, DEFAULT_URL)?;
        if let Some(url) = &url {
            tx.set_setting(setting::PUBLIC_URL, url)?;
        }
        street.write(tx)
    });
    drop(storage);
    if filled.is_err() {
        for suffix in ["", "-wal", "-shm"] {
            // What cannot be removed is told by the next `init`.
            let _ = std::fs::remove_file(dir.join(format!("{}{suffix}", sqlite::FILE)));
        }
    }
    filled
}
