//! Opens the phone behind the window. What goes wrong is shown on the page, not lost in a log.

use crate::key;
use beehive_device::{
    api::ApiError,
    clock::SystemClock,
    engine::{Engine, OpenOptions},
    net::{Phone, PhoneOptions},
};
use std::{path::PathBuf, sync::Arc};
use tauri::{AppHandle, Manager};

/// Where the data is kept instead of the platform's place: for tests and for two phones on one desk.
const DATA_DIR: &str = "BEEHIVE_DATA_DIR";

/// The phone, or what to tell the person.
pub fn phone(app: &AppHandle) -> Result<Phone, ApiError> {
    let dir = data_dir(app)?;
    let key = key::store_key(&dir).map_err(|error| {
        tracing::error!(%error, "no key for the store");
        ApiError {
            code: "no_key".into(),
            message: "打不开这台设备的钥匙串，记录还在，但现在读不出来。".into(),
            hint: "请解锁钥匙串（重新登录一次），再打开应用。".into(),
        }
    })?;
    let engine = Engine::open(OpenOptions { dir, key, clock: Arc::new(SystemClock) }).map_err(|error| {
        tracing::error!(%error, "the store cannot be opened");
        error.api()
    })?;
    let options = PhoneOptions { device_name: format!("蜂巢 ({})", std::env::consts::OS), ..PhoneOptions::default() };
    Ok(Phone::new(engine, options))
}

fn data_dir(app: &AppHandle) -> Result<PathBuf, ApiError> {
    if let Some(dir) = std::env::var_os(DATA_DIR) {
        return Ok(dir.into());
    }
    app.path().app_data_dir().map_err(|error| {
        tracing::error!(%error, "no folder for the data");
        ApiError {
            code: "no_data_dir".into(),
            message: "找不到存放记录的地方。".into(),
            hint: "请检查这台设备的存储空间和权限，再打开应用。".into(),
        }
    })
}
