//! Photos and voice notes: sending them after the records, looking at them, fetching them, making room.

use crate::{
    commands::unexpected,
    failure::{Failure, REFUSED, USAGE},
    output,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use beehive_core::{FileHash, action::Pair};
use beehive_device::{
    api::{FileState, FileView, Request, Response},
    net::Phone,
};
use beehive_machine::export::Export;
use serde_json::json;

/// Which half of a before/after pair a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    Before,
    After,
}

impl Role {
    pub fn pair(self) -> Pair {
        match self {
            Self::Before => Pair::Before,
            Self::After => Pair::After,
        }
    }
}

/// Records, then files. A photo that cannot be sent is no failure of the sync: what is left is told.
pub async fn sync(phone: &Phone, with_files: bool, json: bool) -> Result<(), Failure> {
    let outcome = phone.sync().await?;
    let mut problem = None;
    let mut sent = 0;
    if with_files {
        match phone.send_files().await {
            Ok(files) => sent = files.sent,
            Err(e) => {
                tracing::warn!(error = %e, "the records are exchanged, but not all files are sent");
                problem = Some(beehive_device::api::ApiError::from(e));
            }
        }
    }
    let left = match phone.call(Request::Status).await {
        Response::Status { status } => status.files.unsent,
        other => return Err(unexpected(other)),
    };
    if json {
        let mut value = json!(outcome);
        value["files_sent"] = json!(sent);
        value["files_left"] = json!(left);
        value["files_problem"] = json!(problem.map(|p| p.code));
        output::json(&value);
        return Ok(());
    }
    output::outcome(&outcome);
    if sent > 0 || left > 0 {
        output::line(format!("照片和录音：送出 {sent} 个文件，还有 {left} 个等着送。"));
    }
    if let Some(problem) = problem {
        output::line(format!("{}{}", problem.message, problem.hint));
    }
    Ok(())
}

/// Every file and how it stands.
pub async fn list(phone: &Phone, json: bool) -> Result<(), Failure> {
    let files = match phone.call(Request::Files).await {
        Response::Files { files } => files,
        other => return Err(unexpected(other)),
    };
    if json {
        output::json(&json!({ "files": files }));
        return Ok(());
    }
    if files.is_empty() {
        output::line("没有照片或录音。");
    }
    for f in &files {
        let size = if f.small { "小图" } else { "原图" };
        output::line(format!("{}  {}  {size}  {} 字节  记录 {}", &f.hash.to_string()[..12], state(f), f.size, &f.id.to_string()[..8]));
    }
    Ok(())
}

fn state(f: &FileView) -> String {
    match f.state {
        FileState::Local if f.sent > 0 => format!("只在本机（送了 {} 字节）", f.sent),
        FileState::Local => "只在本机".into(),
        FileState::Sending => "正在送".into(),
        FileState::Delivered => "已送达".into(),
        FileState::Refused => format!("需处理 [{}]", f.code.as_deref().unwrap_or_default()),
        FileState::Remote => "不在本机".into(),
    }
}

/// Fetches a file; writes it where asked.
pub async fn fetch(phone: &Phone, hash: &str, out: Option<Export>, json: bool) -> Result<(), Failure> {
    let hash: FileHash =
        hash.parse().map_err(|_| Failure::new(USAGE, "bad_hash", "文件编号要写 64 位十六进制数。", "请用 files 查看编号。"))?;
    let (media, bytes) = match phone.call(Request::FetchFile { hash }).await {
        Response::File { media, base64 } => (media, STANDARD.decode(base64)),
        other => return Err(unexpected(other)),
    };
    // Half a file is no file.
    let bytes = bytes.map_err(|e| Failure::new(REFUSED, "internal", format!("程序内部出错：{e}。"), "请更新应用后再试。"))?;
    if let Some(mut out) = out {
        out.put(&bytes)?;
        out.finish()?;
    }
    if json {
        output::json(&json!({ "hash": hash, "media": media, "size": bytes.len() }));
    } else {
        output::line(format!("在本机了：{media}，{} 字节。", bytes.len()));
    }
    Ok(())
}

/// The meter, or what a clean-up did and the meter after it.
pub async fn storage(phone: &Phone, request: Request, json: bool) -> Result<(), Failure> {
    let clean = matches!(request, Request::CleanFiles { .. });
    let s = match phone.call(request).await {
        Response::Storage { storage } => storage,
        other => return Err(unexpected(other)),
    };
    if json {
        output::json(&s);
        return Ok(());
    }
    if clean {
        output::line(format!("清理了 {} 个，{} 字节；需要时可以再取回。", s.cleaned, s.cleaned_bytes));
    }
    output::line(format!(
        "记录 {} 字节；照片和录音 {} 个，{} 字节（只在本机 {} 字节）；小图 {} 字节。可清理 {} 个，{} 字节。",
        s.records, s.files, s.bytes, s.unsent, s.thumbs, s.cleanable, s.cleanable_bytes
    ));
    Ok(())
}
