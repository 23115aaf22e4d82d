//! The words people read: events, fields and reasons in Chinese. Screens have words of their own for buttons; these are for lines
//! that are made of a record's content.

use super::reference::Reference;
use crate::{
    api::ApiError,
    store::refused::{DECLINED, HELD},
};
use beehive_core::{
    EventBody, GateError, Refusal,
    model::{Path, RecordKind, Urgency, field},
};

/// Takes a sentence apart into what happened and what to do next.
pub(crate) fn split_sentence(sentence: &str) -> (&str, &str) {
    match sentence.find('。') {
        Some(i) if i + '。'.len_utf8() < sentence.len() => sentence.split_at(i + '。'.len_utf8()),
        _ => (sentence, "请核对后再试一次。"),
    }
}

/// An error in the form every caller of the API knows.
pub(crate) fn error(code: &str, message: impl Into<String>, hint: impl Into<String>) -> ApiError {
    ApiError { code: code.into(), message: message.into(), hint: hint.into() }
}

/// A refusal as an error.
pub(crate) fn refusal(r: Refusal) -> ApiError {
    let (message, hint) = split_sentence(r.sentence());
    error(r.code(), message, hint)
}

/// What a code of the server means: a refusal of policy, of the gate, or held.
pub(crate) fn reason(code: &str) -> &'static str {
    if let Some(r) = Refusal::from_code(code) {
        return r.sentence();
    }
    if let Some(e) = GateError::from_code(code) {
        return e.sentence();
    }
    match code {
        HELD => "这条记录先由服务器代为保管，等负责人看过再处理。",
        DECLINED => "负责人看过了，没有收下这条记录。内容还在本机。",
        _ => "服务器没有收下这条记录。内容还在本机，可以改一改再送，或者请网格长帮忙。",
    }
}

/// A field's name.
pub(crate) fn field(name: &str) -> &str {
    match name {
        field::TITLE => "标题",
        field::DETAIL => "详细情况",
        field::CATEGORY => "类别",
        field::PLACE => "地点",
        field::URGENCY => "紧急程度",
        field::CHANNEL => "来源",
        field::ASKER => "谁提的",
        field::CONTACT => "怎么联系",
        other => other,
    }
}

/// A kind's name.
pub(crate) fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Demand => "需求",
        RecordKind::Finding => "巡查发现",
        RecordKind::Request => "居民诉求",
    }
}

/// A path's name.
pub(crate) fn path(path: Path) -> &'static str {
    match path {
        Path::Now => "马上办",
        Path::Coordinate => "协调办",
        Path::Track => "跟踪办",
    }
}

/// An urgency's name; an unknown one as it is.
pub(crate) fn urgency(code: &str) -> &str {
    match Urgency::from_code(code) {
        Some(Urgency::Normal) => "一般",
        Some(Urgency::Soon) => "较急",
        Some(Urgency::Urgent) => "紧急",
        None => code,
    }
}

/// An event as one line.
pub(crate) fn event(reference: &Reference, body: &EventBody) -> String {
    let what = match body {
        EventBody::Accept { path: p, .. } => format!("受理：{}", path(*p)),
        EventBody::Assign { to, help, .. } if help.is_empty() => format!("派给{}", reference.name(to)),
        EventBody::Assign { to, help, .. } => {
            let names: Vec<&str> = help.iter().map(|m| reference.name(m)).collect();
            format!("派给{}，{}帮忙", reference.name(to), names.join("、"))
        }
        EventBody::Step { note } => return note.clone(),
        EventBody::Resolve { .. } => "办结".to_owned(),
        EventBody::Reopen { .. } => "重新打开".to_owned(),
        EventBody::Withdraw { .. } => "撤回".to_owned(),
        EventBody::Join { asker, .. } if asker.is_empty() => "也有人反映".to_owned(),
        EventBody::Join { asker, .. } => format!("{asker}也反映"),
        EventBody::Attach { media, .. } if media.starts_with("audio/") => "添加了语音".to_owned(),
        EventBody::Attach { .. } => "添加了照片".to_owned(),
    };
    if body.note().is_empty() { what } else { format!("{what}：{}", body.note()) }
}

/// A text shortened to `max` characters.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
