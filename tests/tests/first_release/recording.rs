//! The day that was recorded between programs of the first release.

use anyhow::{Context, Result};
use beehive_tests::binary::root;
use serde::Deserialize;
use std::{fs, path::PathBuf};

/// One exchange.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    name: String,
    /// Which phone.
    pub who: String,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// What the server answered with.
    pub status: u16,
}

fn folder() -> PathBuf {
    root().join("tests/fixtures/first-release")
}

/// All of them, in order.
pub fn exchanges() -> Result<Vec<Exchange>> {
    let index = folder().join("index.json");
    serde_json::from_slice(&fs::read(&index)?).with_context(|| index.display().to_string())
}

impl Exchange {
    /// The body of the request.
    pub fn request(&self) -> Result<Vec<u8>> {
        Ok(fs::read(folder().join(format!("{}.request", self.name)))?)
    }

    /// The body of the answer.
    pub fn response(&self) -> Result<Vec<u8>> {
        Ok(fs::read(folder().join(format!("{}.response", self.name)))?)
    }
}
