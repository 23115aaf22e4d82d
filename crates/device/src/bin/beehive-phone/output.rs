//! What is printed for people. Nothing here is a contract; programs use `--json`.

use beehive_core::model::{NeedsEyesReason, Path, RecordKind, Status};
use beehive_device::api::{
    Connection, CountsView, DamageView, MatterView, RecordState, RefusedView, RowView, StandInsView, StatusView, SyncOutcome,
};
use beehive_machine::terminal;
pub use beehive_machine::terminal::line;
use serde::Serialize;

/// Says something beside the answer.
pub fn warn(text: impl AsRef<str>) {
    terminal::complain(text.as_ref());
}

/// Prints one JSON document.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => terminal::json(&text),
        Err(e) => tracing::error!(error = %e, "what was to be printed is not JSON"),
    }
}

/// The rows of a list, one line each.
pub fn rows(rows: &[RowView]) {
    for r in rows {
        let mark = if r.conflict || !r.needs_eyes.is_empty() { " ⚠" } else { "" };
        let place = if r.place.is_empty() { String::new() } else { format!(" · {}", r.place) };
        let id = r.id.to_string();
        let (id, state, kind, status, title) = (&id[..8], state(r.state), kind(r.kind), status(r.status), &r.title);
        line(format!("{id}  {state}  {kind}  {status}{mark}  {title}{place}"));
    }
    if rows.is_empty() {
        line("没有记录。");
    }
}

/// One record, whole.
pub fn matter(m: &MatterView) {
    line(format!("{}（{}）", m.row.title, kind(m.row.kind)));
    line(format!("编号 {}", m.row.id));
    let path = m.row.path.map(|p| format!("，{}", path(p))).unwrap_or_default();
    line(format!("{}{path}，{}，{}", status(m.row.status), state(m.row.state), m.scope_name));
    for fact in &m.facts {
        match fact.values.as_slice() {
            [] => {}
            [one] => line(format!("{}：{}", fact.field, one.shown)),
            several => {
                line(format!("{}：有 {} 个不同的写法，请选一个", fact.field, several.len()));
                several.iter().for_each(|v| line(format!("  - {}（{}）", v.shown, v.by)));
            }
        }
    }
    for why in &m.needs_eyes {
        line(format!("需要有人看：{}", needs_eyes(why.reason)));
    }
    for t in m.timeline.iter().rev() {
        let note = t.event.as_ref().map_or("", |e| e.note());
        let (space, to) = (if note.is_empty() { "" } else { "：" }, t.to.as_ref().map(|to| format!(" → {to}")).unwrap_or_default());
        line(format!("{}  {} {}{to}{space}{note}", at(t.at), t.by, what(&t.what)));
    }
}

/// The truth strip and the numbers behind it.
pub fn status_view(s: &StatusView) {
    let last = s.last_sync.map_or_else(|| "从未".to_owned(), at);
    line(format!(
        "{}。未送出 {}，被退回 {}，等负责人 {}，需要看 {}。上次全部送达：{last}。",
        connection(s.connection),
        s.unsent,
        s.refused,
        s.held,
        s.attention
    ));
    damage(&s.damage).iter().for_each(line);
}

/// Damaged databases that were set aside, a line each.
pub fn damage(damage: &[DamageView]) -> Vec<String> {
    let line = |d: &DamageView| {
        let (what, when) = (if d.photos { "照片和录音" } else { "记录" }, at(d.at));
        let got = match (d.photos, d.opened) {
            (_, false) => "没有读出任何东西".to_owned(),
            (true, true) => format!("救回文件 {} 个", d.files),
            (false, true) => format!("救回没送出的记录 {} 条、草稿 {} 份", d.unsent, d.drafts),
        };
        let rest = if d.whole { "，内容都读出来了" } else { "；可能还有没救回来的" };
        format!("⚠ 这台手机存{what}的文件在 {when} 坏了，已原样收起（{}）：{got}{rest}。处理完请运行 damage --seen {}。", d.file, d.file)
    };
    damage.iter().map(line).collect()
}

/// The numbers above the lists.
pub fn counts(c: &CountsView) {
    line(format!(
        "在办 {}（马上办 {}，协调办 {}，跟踪办 {}，待受理 {}），已派 {}，派给我 {}，逾期 {}，等我办 {}。",
        c.open, c.now, c.coordinate, c.track, c.waiting, c.responsibility, c.to_me, c.overdue, c.turn
    ));
    let rate = |r: Option<u32>| r.map_or_else(|| "—".to_owned(), |r| format!("{r}%"));
    for r in &c.rates {
        let name = if r.name.is_empty() { "合计" } else { &r.name };
        line(format!("{name}：共 {}，办结率 {}，见效率 {}", r.all, rate(r.done_rate), rate(r.effect_rate)));
    }
}

/// Who stands in for whom.
pub fn stand_ins(view: &StandInsView) {
    for s in &view.stand_ins {
        let until = s.until.map_or_else(|| "另行通知".to_owned(), at);
        line(format!("{} 代 {}（{}，{}），到 {until}", s.to, s.lead, s.role.code(), s.node));
    }
    if view.stand_ins.is_empty() {
        line("现在没有人代管。");
    }
}

/// What a sync did.
pub fn outcome(o: &SyncOutcome) {
    let end = if o.done { "全部送达" } else { "还没有全部送完，请再同步一次" };
    line(format!(
        "{end}。送出 {}，收到 {}，退回 {}；往返 {} 次，上行 {} 字节，下行 {} 字节。",
        o.sent, o.received, o.refused, o.round_trips, o.bytes_up, o.bytes_down
    ));
}

/// Refused entries.
pub fn refused(entries: &[RefusedView]) {
    for e in entries {
        let note = if e.note.is_empty() { String::new() } else { format!("负责人说：{}。", e.note.trim_end_matches('。')) };
        line(format!("[{}] {} {}：{}{note}{} ({})", e.entry, &e.id.to_string()[..8], e.title, e.message, e.hint, e.code));
        e.says.iter().for_each(|say| line(format!("    {say}")));
    }
    if entries.is_empty() {
        line("没有被退回的记录。");
    }
}

fn at(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |t| t.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string())
}

fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Demand => "需求",
        RecordKind::Finding => "巡查发现",
        RecordKind::Request => "居民诉求",
    }
}

fn path(path: Path) -> &'static str {
    match path {
        Path::Now => "马上办",
        Path::Coordinate => "协调办",
        Path::Track => "跟踪办",
    }
}

fn status(status: Status) -> &'static str {
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

fn state(state: RecordState) -> &'static str {
    match state {
        RecordState::Local => "只在本机",
        RecordState::Delivered => "已送达",
        RecordState::Attention => "需处理",
    }
}

fn connection(connection: Connection) -> &'static str {
    match connection {
        Connection::NotEnrolled => "还没有登记",
        Connection::Unknown => "还没有联网",
        Connection::Online => "已连上",
        Connection::Offline => "没有信号",
        Connection::Syncing => "正在同步",
        Connection::Revoked => "已停用",
        Connection::OtherStreet => "这个地址上是另一个街道的服务器",
    }
}

fn needs_eyes(reason: NeedsEyesReason) -> &'static str {
    match reason {
        NeedsEyesReason::TwoPaths => "两个人选了不同的办法",
        NeedsEyesReason::TwoAssignments => "派给了不同的人",
        NeedsEyesReason::ClosedWhileWorked => "有人办结的同时，有人还在办",
        NeedsEyesReason::TwoOutcomes => "有人办结，有人撤回或并案",
        NeedsEyesReason::ReturnedWhileTaken => "有人退回补充，有人已经受理",
        NeedsEyesReason::TwoAnswers => "同一张单子，又接了又退了",
        NeedsEyesReason::TwoExtensions => "延期到了不同的日子",
        NeedsEyesReason::RestedWhileWorked => "有人挂起，有人恢复办理",
    }
}

fn what(code: &str) -> &str {
    match code {
        "created" => "记录",
        "accept" => "受理",
        "assign" => "派给",
        "step" => "进展",
        "resolve" => "办结",
        "reopen" => "重新打开",
        "withdraw" => "撤回",
        "supplement" => "补充",
        "return" => "退回补充",
        "decline" => "不予受理",
        "accept_assignment" => "接单",
        "decline_assignment" => "退单",
        "promise" => "承诺",
        "extend" => "延期",
        "suspend" => "挂起",
        "resume" => "恢复办理",
        "coordinate" => "协调会",
        "hand_up" => "上报",
        "answered" => "上级答复",
        "contact" => "回访",
        "urge" => "催办",
        "dispute" => "异议",
        "effect" => "问效",
        "close" => "结案",
        "merge" => "并案",
        "unmerge" => "撤销并案",
        "attach" => "加照片",
        "unknown" => "新版本才有的一步",
        other => other,
    }
}
