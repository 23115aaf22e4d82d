//! The words people read: events, fields and reasons in Chinese. Screens have words of their own for buttons; these are for lines
//! that are made of a record's content.

use super::reference::Reference;
use crate::{
    api::ApiError,
    store::refused::{DECLINED, HELD},
};
use beehive_core::{
    EventBody, GateError, Refusal,
    action::Party,
    model::{Helped, Path, RecordKind, Urgency, field},
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
        EventBody::Supplement { .. } => "补充".to_owned(),
        EventBody::Return { .. } => "退回补充".to_owned(),
        EventBody::Decline { .. } => "不予受理".to_owned(),
        EventBody::AcceptAssignment { .. } => "接了单".to_owned(),
        EventBody::DeclineAssignment { .. } => "退了单".to_owned(),
        EventBody::Promise { due, .. } => format!("答应{}前办好", day(reference, *due)),
        EventBody::Extend { until, .. } => format!("延期到{}", day(reference, *until)),
        EventBody::Suspend { until: Some(until), .. } => format!("挂起到{}", day(reference, *until)),
        EventBody::Suspend { until: None, .. } => "挂起".to_owned(),
        EventBody::Resume { .. } => "恢复办理".to_owned(),
        EventBody::Coordinate { parties, agreed, .. } => coordinated(parties, *agreed),
        EventBody::HandUp { to, number, .. } if number.is_empty() => format!("上报{to}"),
        EventBody::HandUp { to, number, .. } => format!("上报{to}（{number}）"),
        EventBody::Answered { number, .. } if number.is_empty() => "上级答复".to_owned(),
        EventBody::Answered { number, .. } => format!("上级答复（{number}）"),
        EventBody::Contact { .. } => "回访".to_owned(),
        EventBody::Urge { .. } => "催办".to_owned(),
        EventBody::Dispute { .. } => "有异议".to_owned(),
        EventBody::Effect { asking, helped, .. } => format!("{}：{}", asked(reference, asking), helpful(*helped)),
        EventBody::Close { .. } => "结案".to_owned(),
        EventBody::Merge { .. } => "并到另一件里办".to_owned(),
        EventBody::Unmerge { .. } => "撤销并案".to_owned(),
        EventBody::Attach { media, .. } if media.starts_with("audio/") => "添加了语音".to_owned(),
        EventBody::Attach { .. } => "添加了照片".to_owned(),
    };
    if body.note().is_empty() { what } else { format!("{what}：{}", body.note()) }
}

/// A day as people say it, by the street's own clock.
pub(crate) fn day(reference: &Reference, at: i64) -> String {
    let local = at.saturating_add(i64::from(reference.rules().calendar.utc_offset));
    chrono::DateTime::from_timestamp(local, 0).map_or_else(String::new, |t| t.format("%-m月%-d日").to_string())
}

/// Who met, and whether they agreed.
fn coordinated(parties: &[Party], agreed: bool) -> String {
    let outcome = if agreed { "谈成了" } else { "没谈成" };
    if parties.is_empty() {
        return format!("协调会，{outcome}");
    }
    let said = |p: &Party| if p.promise.is_empty() { p.name.clone() } else { format!("{}答应“{}”", p.name, p.promise) };
    format!("协调会，{outcome}（{}）", parties.iter().map(said).collect::<Vec<_>>().join("，"))
}

/// An asking by its question; its code if the street no longer asks it.
fn asked<'a>(reference: &'a Reference, code: &'a str) -> &'a str {
    reference.rules().askings.iter().find(|a| a.code == code).map_or(code, |a| a.zh.as_str())
}

/// An answer to whether it helped.
pub(crate) fn helpful(helped: Helped) -> &'static str {
    match helped {
        Helped::Yes => "有用",
        Helped::Partly => "有一点用",
        Helped::No => "没有用",
    }
}

/// A text shortened to `max` characters.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
