//! The lists' words. They are for ledgers, so they are the trade's own and not the phone's.

use super::street::Street;
use beehive_core::{
    EventBody,
    clock::Due,
    model::{Answer, Helped, NeedsEyesReason, Path, RecordKind, Status, Urgency},
};

pub fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Demand => "需求",
        RecordKind::Finding => "巡查发现",
        RecordKind::Request => "居民诉求",
    }
}

pub fn path(path: Path) -> &'static str {
    match path {
        Path::Now => "马上办",
        Path::Coordinate => "协调办",
        Path::Track => "跟踪办",
    }
}

pub fn urgency(code: &str) -> &str {
    match Urgency::from_code(code) {
        Some(Urgency::Normal) => "一般",
        Some(Urgency::Soon) => "较急",
        Some(Urgency::Urgent) => "紧急",
        None => code,
    }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Reported => "已上报",
        Status::Returned => "待补充",
        Status::Accepted => "已受理",
        Status::Working => "办理中",
        Status::Suspended => "已挂起",
        Status::Disputed => "有异议",
        Status::Resolved => "已办结",
        Status::Closed => "已结案",
        Status::Declined => "不予受理",
        Status::Merged => "已并案",
        Status::Withdrawn => "已撤回",
    }
}

pub fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Pending => "还没说",
        Answer::Accepted => "接了",
        Answer::Declined => "退了",
    }
}

pub fn helped(helped: Helped) -> &'static str {
    match helped {
        Helped::Yes => "有用",
        Helped::Partly => "有一点用",
        Helped::No => "没有用",
    }
}

pub fn due(due: Due) -> &'static str {
    match due {
        Due::Accept => "受理",
        Due::Solve | Due::Assigned | Due::Promised => "办好",
        Due::Meet => "碰头商量",
        Due::HandUp => "报给上级",
        Due::Contact => "回访",
        Due::Review => "再看一次",
        Due::Resume => "恢复办理",
        Due::Ask => "问有没有用",
    }
}

pub fn needs_eyes(reason: NeedsEyesReason) -> &'static str {
    match reason {
        NeedsEyesReason::TwoPaths => "定了不同的办法",
        NeedsEyesReason::TwoAssignments => "派给了不同的人",
        NeedsEyesReason::ClosedWhileWorked => "有人办结，有人还在办",
        NeedsEyesReason::TwoOutcomes => "有人办结，有人撤回或并案",
        NeedsEyesReason::ReturnedWhileTaken => "有人退回，有人在办",
        NeedsEyesReason::TwoAnswers => "又接又退",
        NeedsEyesReason::TwoExtensions => "延到了不同的日子",
        NeedsEyesReason::RestedWhileWorked => "有人挂起，有人在办",
    }
}

/// What an event did, without the words that were said to it: those stand in a column of their own.
pub fn event(street: &Street, body: &EventBody) -> String {
    match body {
        EventBody::Accept { path: p, .. } => format!("受理：{}", path(*p)),
        EventBody::Assign { to, help, due, .. } => {
            let names: Vec<&str> = help.iter().map(|m| street.name(m)).collect();
            let help = if names.is_empty() { String::new() } else { format!("，{}帮忙", names.join("、")) };
            let due = due.map(|at| format!("，{}前", street.day(at))).unwrap_or_default();
            format!("派给{}{help}{due}", street.name(to))
        }
        EventBody::Step { .. } => "有进展".to_owned(),
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
        EventBody::Promise { due, .. } => format!("答应{}前办好", street.day(*due)),
        EventBody::Extend { until, .. } => format!("延期到{}", street.day(*until)),
        EventBody::Suspend { until, .. } => until.map_or_else(|| "挂起".to_owned(), |at| format!("挂起到{}", street.day(at))),
        EventBody::Resume { .. } => "恢复办理".to_owned(),
        EventBody::Coordinate { parties, agreed, .. } => {
            let said = |p: &beehive_core::action::Party| match p.promise.as_str() {
                "" => p.name.clone(),
                promise => format!("{}答应“{promise}”", p.name),
            };
            let outcome = if *agreed { "谈成了" } else { "没谈成" };
            let parties: Vec<String> = parties.iter().map(said).collect();
            if parties.is_empty() {
                format!("协调会，{outcome}")
            } else {
                format!("协调会，{outcome}（{}）", parties.join("，"))
            }
        }
        EventBody::HandUp { to, number, .. } if number.is_empty() => format!("上报{to}"),
        EventBody::HandUp { to, number, .. } => format!("上报{to}（{number}）"),
        EventBody::Answered { number, .. } if number.is_empty() => "上级答复".to_owned(),
        EventBody::Answered { number, .. } => format!("上级答复（{number}）"),
        EventBody::Contact { .. } => "回访".to_owned(),
        EventBody::Urge { .. } => "催办".to_owned(),
        EventBody::Dispute { .. } => "有异议".to_owned(),
        EventBody::Effect { asking, helped: answer, .. } => {
            let question = street.rules.askings.iter().find(|a| a.code == *asking).map_or(asking.as_str(), |a| a.zh.as_str());
            format!("{question}{}", helped(*answer))
        }
        EventBody::Close { .. } => "结案".to_owned(),
        EventBody::Merge { .. } => "并到另一件里办".to_owned(),
        EventBody::Unmerge { .. } => "撤销并案".to_owned(),
        EventBody::Attach { media, .. } if media.starts_with("audio/") => "添加了语音".to_owned(),
        EventBody::Attach { .. } => "添加了照片".to_owned(),
    }
}
