//! Which record is meant by the digits that somebody typed.

use crate::{
    commands::all_rows,
    failure::{Failure, REFUSED, USAGE},
};
use beehive_core::DocId;
use beehive_device::{
    api::{ListFilter, ListKind},
    net::Phone,
};

/// Fewest digits of an abbreviated id.
const MIN_DIGITS: usize = 6;

/// A whole id as it is; an abbreviated one if it begins exactly one record's id.
pub async fn resolve(phone: &Phone, text: &str) -> Result<DocId, Failure> {
    let text = text.trim().to_ascii_lowercase();
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    if text.len() < MIN_DIGITS || text.len() > 2 * DocId::LEN || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Failure::new(USAGE, "bad_id", format!("“{text}”不是记录的编号。"), "请给出完整编号，或至少前 6 位（0-9、a-f）。"));
    }
    let rows = all_rows(phone, ListKind::Demand, ListFilter::default()).await?;
    let mut hits = rows.iter().map(|row| row.id).filter(|id| id.to_string().starts_with(&text));
    match (hits.next(), hits.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => {
            Err(Failure::new(REFUSED, "not_found", format!("这台手机上没有编号以 {text} 开头的记录。"), "请用 list 查看编号，或先同步。"))
        }
        (Some(_), Some(_)) => Err(Failure::new(USAGE, "ambiguous_id", format!("编号以 {text} 开头的记录不止一条。"), "请多给几位。")),
    }
}
