//! Photos on their way: by the same requests as a phone's, some of which are cut.

use crate::world::World;
use anyhow::{Context, Result, bail};
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_device::engine::Upload;
use std::collections::HashSet;

const BODY_MEDIA: &str = "application/offset+octet-stream";
/// Requests for one file at most.
const MAX_TRIES: u32 = 6;

/// What the server said of an upload.
enum Said {
    At { place: String, offset: u64 },
    Code(String),
}

impl World {
    /// A phone sends what waits of photos.
    pub fn send_files(&mut self, p: usize) -> Result<()> {
        if self.phones[p].unknown || self.phones[p].revoked {
            return Ok(());
        }
        let mut tried = HashSet::new();
        let mut sent = 0;
        loop {
            let next = self.phones[p].with(|engine| engine.next_upload(&tried))?.context("reading is no step")??;
            let Some(file) = next else { break };
            tried.insert((file.doc, file.hash));
            sent += u32::from(self.send_file(p, &file)?);
        }
        if !tried.is_empty() {
            self.say(format!("{}: {sent} of {} photos arrive", self.phones[p].name, tried.len()));
        }
        Ok(())
    }

    /// Sends one file; answers whether it is at the server.
    fn send_file(&mut self, p: usize, file: &Upload) -> Result<bool> {
        let (doc, hash) = (&file.doc, &file.hash);
        let Some(bytes) = &file.bytes else {
            let there = matches!(self.head(p, &hash.to_string())?, Said::At { .. });
            let told = self.phones[p].with(|e| if there { e.file_delivered(doc, hash) } else { e.file_nowhere(doc, hash) })?;
            told.context("no fault is armed")??;
            return Ok(there);
        };
        let mut place = match &file.place {
            Some(name) => match self.head(p, name)? {
                Said::At { place, offset } => Some((place, offset)),
                Said::Code(_) => None,
            },
            None => None,
        };
        for _ in 0..MAX_TRIES {
            let (from, name) = match &place {
                Some((name, offset)) => (usize::try_from(*offset)?, Some(name.clone())),
                None => (0, None),
            };
            let rest = &bytes[from.min(bytes.len())..];
            let part = if self.temper.faults && self.rng.chance(30) { &rest[..self.rng.below(rest.len() + 1)] } else { rest };
            match self.upload(p, file, bytes.len(), from, name, part)? {
                Said::At { offset, .. } if offset == bytes.len() as u64 => {
                    self.phones[p].with(|e| e.file_delivered(doc, hash))?.context("no fault is armed")??;
                    return Ok(true);
                }
                Said::At { place: name, offset } => {
                    let told = self.phones[p].with(|e| e.file_sent(doc, hash, Some(name.clone()), offset))?;
                    told.context("no fault is armed")??;
                    place = Some((name, offset));
                }
                Said::Code(code) if matches!(code.as_str(), "upload_offset" | "upload_unknown") => place = None,
                Said::Code(code) if matches!(code.as_str(), "file_not_named" | "bad_upload") => {
                    self.phones[p].with(|e| e.file_refused(doc, hash, &code))?.context("no fault is armed")??;
                    self.say(format!("{}: a photo is not taken: {code}", self.phones[p].name));
                    return Ok(false);
                }
                Said::Code(code) if matches!(code.as_str(), "unauthorized" | "revoked") => return Ok(false),
                Said::Code(code) => bail!("every request is answered: a photo of {}: {code}", self.phones[p].name),
            }
        }
        Ok(false)
    }

    fn upload(&self, p: usize, file: &Upload, size: usize, from: usize, place: Option<String>, part: &[u8]) -> Result<Said> {
        let request = match &place {
            None => {
                let b64 = |text: &str| BASE64_STANDARD.encode(text);
                let about = format!("sha256 {},doc {},media {}", b64(&file.hash.to_string()), b64(&file.doc.to_string()), b64(&file.media));
                Request::builder().method(Method::POST).uri("/v1/files").header("Upload-Length", size).header("Upload-Metadata", about)
            }
            Some(name) => Request::builder().method(Method::PATCH).uri(format!("/v1/files/{name}")).header("Upload-Offset", from),
        };
        self.tus(p, request.header(header::CONTENT_TYPE, BODY_MEDIA), part.to_vec(), place)
    }

    fn head(&self, p: usize, name: &str) -> Result<Said> {
        self.tus(p, Request::builder().method(Method::HEAD).uri(format!("/v1/files/{name}")), vec![], Some(name.to_owned()))
    }

    fn tus(&self, p: usize, request: axum::http::request::Builder, body: Vec<u8>, place: Option<String>) -> Result<Said> {
        let credential = self.phones[p].with(|engine| engine.account())?.flatten().context("an account")?.credential;
        let request = request.header("Tus-Resumable", "1.0.0").header(header::AUTHORIZATION, format!("Bearer {}", credential.reveal()));
        let answer = self.server.send(request.body(Body::from(body))?)?;
        let text = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok());
        if answer.status.is_success() {
            let offset = text("Upload-Offset").and_then(|v| v.parse().ok()).context("an offset")?;
            let place = text("Location").and_then(|v| v.rsplit('/').next()).map(str::to_owned).or(place).context("a place")?;
            return Ok(Said::At { place, offset });
        }
        let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = problem["code"].as_str().map_or_else(|| answer.status.as_u16().to_string(), str::to_owned);
        Ok(Said::Code(code))
    }
}
