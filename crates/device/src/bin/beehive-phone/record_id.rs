//! Which record is meant by the digits that somebody typed.

use crate::{
    commands::all_rows,
    failure::{Failure, REFUSED, USAGE},
};
use beehive_core::{DocId, MatterNumber};
use beehive_device::{
    api::{ListFilter, ListKind, ListOrder},
    net::Phone,
};

/// Fewest digits of an abbreviated id.
const MIN_DIGITS: usize = 6;

/// A whole id as it is; an official number if a record here has it; an abbreviated id if it begins exactly one record's.
pub async fn resolve(phone: &Phone, text: &str) -> Result<DocId, Failure> {
    let text = text.trim().to_ascii_lowercase();
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    if let Some(number) = MatterNumber::parse(&text).map(|n| n.to_string()) {
        let rows = all_rows(phone, ListKind::Demand, ListFilter::default(), ListOrder::Usual).await?;
        let found = rows.iter().find(|row| row.numbered && row.number == number).map(|row| row.id);
        return found
            .ok_or_else(|| Failure::new(REFUSED, "not_found", format!("这台手机上没有 {number}。"), "请用 list 查看编号，或先同步。"));
    }
    if text.len() < MIN_DIGITS || text.len() > 2 * DocId::LEN || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Failure::new(USAGE, "bad_id", format!("“{text}”不是记录的编号。"), "请给出完整编号，或至少前 6 位（0-9、a-f）。"));
    }
    let rows = all_rows(phone, ListKind::Demand, ListFilter::default(), ListOrder::Usual).await?;
    let mut hits = rows.iter().map(|row| row.id).filter(|id| id.to_string().starts_with(&text));
    match (hits.next(), hits.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => {
            Err(Failure::new(REFUSED, "not_found", format!("这台手机上没有编号以 {text} 开头的记录。"), "请用 list 查看编号，或先同步。"))
        }
        (Some(_), Some(_)) => Err(Failure::new(USAGE, "ambiguous_id", format!("编号以 {text} 开头的记录不止一条。"), "请多给几位。")),
    }
}
