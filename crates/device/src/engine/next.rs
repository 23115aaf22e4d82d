//! What to do about something the server did not take: one thing for each code, in words.

use super::authored::{Authored, AuthoredWrite};
use crate::{
    api::{RefusedForm, RefusedNext},
    store::refused::{DECLINED, HELD},
};
use beehive_core::{
    EventBody, GateError, Refusal,
    fold::scalar_text,
    model::{Place, field},
};

/// The one thing to do.
pub fn of(code: &str) -> RefusedNext {
    if let Some(refusal) = Refusal::from_code(code) {
        return of_refusal(refusal);
    }
    match code {
        HELD => RefusedNext::Wait,
        DECLINED => RefusedNext::Ask,
        // Somebody begins another record with it.
        full if full == GateError::RecordFull.code() => RefusedNext::Ask,
        // A fault of the server in judging this one record.
        "internal" => RefusedNext::Retry,
        // The gate's codes, and those of a full shelf or another phone's work: nothing its author could write better.
        _ => RefusedNext::Export,
    }
}

fn of_refusal(refusal: Refusal) -> RefusedNext {
    match refusal {
        Refusal::NoteMissing
        | Refusal::TooLong
        | Refusal::TitleMissing
        | Refusal::UnknownField
        | Refusal::BadValue
        | Refusal::UnknownMember
        | Refusal::NotYourBuilding
        | Refusal::UnknownScope => RefusedNext::Edit,
        Refusal::UnknownAction | Refusal::UnknownKind => RefusedNext::Export,
        _ => RefusedNext::Ask,
    }
}

/// The same in words.
pub fn hint(next: RefusedNext) -> &'static str {
    match next {
        RefusedNext::Edit => "改一改，再送一次。",
        RefusedNext::Retry => "内容没有问题。过一会儿原样再送一次。",
        RefusedNext::Ask => "请告诉网格长，把下面写的给他看，由他来办。",
        RefusedNext::Export => "改也没用。请到“我的”里存成文件，交给管理员。",
        RefusedNext::Wait => "不用重记。负责人看过以后，这里会告诉你。有急事请直接找网格长。",
    }
}

/// A new record as its form has it.
pub fn form(authored: &Authored) -> RefusedForm {
    let fact = |name: &str| {
        let value = authored.writes.iter().find_map(|w| match w {
            AuthoredWrite::Fact { field, value } if field == name => Some(scalar_text(value)),
            _ => None,
        });
        value.unwrap_or_default()
    };
    let events = || {
        authored.writes.iter().filter_map(|w| match w {
            AuthoredWrite::Event(body) => Some(body),
            AuthoredWrite::Fact { .. } => None,
        })
    };
    let created = authored.created.as_ref();
    RefusedForm {
        kind: created.map(|c| c.kind).unwrap_or(beehive_core::model::RecordKind::Demand),
        title: fact(field::TITLE),
        detail: fact(field::DETAIL),
        category: fact(field::CATEGORY),
        place: fact(field::PLACE),
        grid: created.filter(|_| Place::from_scalar(&fact(field::PLACE)).building.is_none()).map(|c| c.scope.to_string()),
        urgency: fact(field::URGENCY),
        asker: fact(field::ASKER),
        done: events().find_map(|e| match e {
            EventBody::Resolve { note, .. } => Some(note.clone()),
            _ => None,
        }),
        photos: events()
            .filter_map(|e| match e {
                EventBody::Attach { file, .. } => Some(*file),
                _ => None,
            })
            .collect(),
    }
}
