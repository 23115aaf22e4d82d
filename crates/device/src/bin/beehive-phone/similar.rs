//! `similar`: what a new record may already be.

use crate::{cli::Similar, commands::unexpected, failure::Failure, output};
use beehive_device::{
    api::{Nearness, Request, Response, SimilarView},
    net::Phone,
};
use serde_json::json;

/// Asks and prints.
pub async fn similar(phone: &Phone, what: Similar) -> Result<(), Failure> {
    let Similar { title, detail, kind, category, building, unit, door, output } = what;
    match phone.call(Request::Similar { kind, title, detail, category, building, unit, door }).await {
        Response::Similar { rows, recurrence } if output.json => output::json(&json!({ "rows": rows, "recurrence": recurrence })),
        Response::Similar { rows, recurrence } => {
            if let Some(again) = recurrence {
                output::line(format!("同一处 {} 天内第 {} 次", again.days, again.nth));
            }
            print(&rows)
        }
        other => return Err(unexpected(other)),
    }
    Ok(())
}

fn print(rows: &[SimilarView]) {
    for r in rows {
        let near = match r.near {
            Nearness::Door => "同一户",
            Nearness::Unit => "同一单元",
            Nearness::Building => "同一栋",
            Nearness::Words => "写法相近",
        };
        let done = r.done_days_ago.map(|days| format!("，{days} 天前办结过")).unwrap_or_default();
        let id = r.row.id.to_string();
        output::line(format!("{}  {near}{done}  {}  {}", &id[..8], r.row.title, r.row.place));
    }
    if rows.is_empty() {
        output::line("没有相近的事。");
    }
}
