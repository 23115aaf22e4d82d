//! `rescue`: what could not be sent, as a file to hand over.

use crate::{
    commands::unexpected,
    failure::{Failure, REFUSED},
    output,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use beehive_device::{
    api::{Request, Response},
    net::Phone,
};
use beehive_machine::export::{Export, ExportError, Over};
use serde_json::json;
use std::path::Path;

/// Asks for the file and writes it. Nothing on the phone changes.
pub async fn rescue(phone: &Phone, dir: &Path, out: &Path, over: Over, json: bool) -> Result<(), Failure> {
    let unwritable = |e: ExportError| {
        // An older file may be the only copy of something. Its code is older than that of all others.
        let code = if matches!(e, ExportError::Exists(_)) { "cannot_write" } else { e.code() };
        Failure::new(REFUSED, code, format!("{}记录都还在这台手机里。", e.message()), e.hint())
    };
    let mut export = Export::begin(out, over, &[dir]).map_err(unwritable)?;
    let (base64, summary) = match phone.call(Request::RescueExport).await {
        Response::Rescue { base64, summary, .. } => (base64, summary),
        other => return Err(unexpected(other)),
    };
    let bytes = STANDARD.decode(base64).map_err(|e| unwritable(ExportError::Io(out.to_owned(), std::io::Error::other(e))))?;
    export.put(&bytes).and_then(|()| export.finish()).map_err(unwritable)?;
    if json {
        output::json(&json!({ "file": out, "summary": summary }));
    } else if summary.damaged > 0 {
        let left = if summary.left_out > 0 { format!("；还有 {} 个太大，放不下", summary.left_out) } else { String::new() };
        output::line(format!(
            "这台手机已经不知道自己是哪个街道的，封不成给服务器的文件。已把 {} 个坏了的文件原样存到 {}{left}：要和这台手机的密钥一起交给管理员才读得出来。手机里的都还在。",
            summary.damaged,
            out.display()
        ));
    } else {
        let left = if summary.left_out > 0 { format!("；还有 {} 个照片或录音放不下", summary.left_out) } else { String::new() };
        output::line(format!(
            "已存到 {}：没送出的 {} 条，被退回的 {} 组，等负责人的 {} 组，草稿 {} 份，照片和录音 {} 个{left}。手机里的都还在。",
            out.display(),
            summary.records,
            summary.refused,
            summary.held,
            summary.drafts,
            summary.photos
        ));
    }
    Ok(())
}
