//! What each command does: one or two requests to the API, and printing the answer.

use crate::{
    cli::{Cli, Command, Record},
    evidence,
    failure::{Failure, OFFLINE, REFUSED, USAGE},
    lists, output, photo,
    portable::Portable,
    record_id::resolve,
    rescue, similar, stand_in,
};
use beehive_core::EventBody;
use beehive_device::{
    api::{ApiError, ListFilter, ListKind, ListOrder, NewPhoto, Request, Response, RowView, StatusView},
    clock::SystemClock,
    engine::{Engine, MAX_PHOTOS, OpenOptions},
    host::{self, HostOptions},
    key,
    net::{AutoSync, EnrollError, Invitation, Pace, Phone, PhoneOptions},
};
use beehive_machine::export::{Export, Over};
use serde_json::{Value, json};
use std::{future::Future, io::Read, path::Path, process::ExitCode, sync::Arc};

/// Rows asked for at once.
const PAGE: u32 = 500;

/// Opens the store and does it.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::new(REFUSED, "internal", format!("程序启动不了：{e}。"), "请重启后再试。"))?;
    if let Command::Enroll { invitation, .. } = &cli.command {
        // Before a store is made: a text that is no invitation leaves nothing.
        Invitation::parse(invitation).map_err(EnrollError::from)?;
    }
    runtime.block_on(async {
        let can_cut = cli.is_serve();
        let says = !cli.wants_json() && !matches!(cli.command, Command::Damage { .. } | Command::Status { .. });
        let engine = open(&cli.data)?;
        let phone = Phone::new(engine, PhoneOptions { can_cut, ..PhoneOptions::default() });
        if says && let Ok(status) = status(&phone).await {
            // Whatever is asked: an empty list must not look like all there was.
            output::damage(&status.damage).iter().for_each(output::warn);
        }
        let code = command(&phone, &cli.data, cli.command).await;
        // A first sync that goes on behind an enrolment must not be cut off by the end of the program.
        phone.idle().await;
        code
    })
}

fn open(dir: &Path) -> Result<Engine, Failure> {
    let key = key::file_key(dir)?;
    Ok(Engine::open(OpenOptions { dir: dir.to_owned(), key, clock: Arc::new(SystemClock) })?)
}

/// Does it, on the store in `dir`.
async fn command(phone: &Phone, dir: &Path, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Enroll { invitation, leave_street, output } => enroll(phone, &invitation, leave_street, output.json).await?,
        Command::Record(what) => record(phone, what).await?,
        Command::List(args) => lists::list(phone, args).await?,
        Command::Counts { output } => lists::counts(phone, output.json).await?,
        Command::StandIn(args) => stand_in::stand_in(phone, args).await?,
        Command::Search { words, output } => {
            let filter = ListFilter { words: Some(words.join(" ")), ..ListFilter::default() };
            print_rows(&all_rows(phone, ListKind::Demand, filter, ListOrder::Usual).await?, output.json);
        }
        Command::Show { id, local, output } => {
            let id = resolve(phone, &id).await?;
            print_matter(phone.call(Request::Show { id }).await, output.json, local)?;
        }
        Command::Similar(what) => similar::similar(phone, what).await?,
        Command::Join { id, note, asker, again, photo, output } => {
            let id = resolve(phone, &id).await?;
            let photos = photo::keep_all(phone, &photo).await?;
            let kept = photos.clone();
            let done = phone.call(Request::Join { id, note, asker, again, photos, draft: None }).await;
            print_done(phone, done, &kept, output.json).await?;
        }
        Command::Set { id, field, value, output } => {
            let id = resolve(phone, &id).await?;
            print_matter(phone.call(Request::Set { id, field, value }).await, output.json, false)?;
        }
        Command::Act { id, action, note, args, photo, output } => {
            let event = event(&action, note, args.as_deref())?;
            let id = resolve(phone, &id).await?;
            let photos = photo::keep_all(phone, &photo).await?;
            let kept = photos.clone();
            let done = phone.call(Request::Act { id, event, photos, draft: None }).await;
            print_done(phone, done, &kept, output.json).await?;
        }
        Command::Attach { id, file, role, note, output } => {
            let id = resolve(phone, &id).await?;
            let kept = photo::keep_all(phone, &[file]).await?;
            let photo = kept.first().cloned().unwrap_or_default();
            let photo = NewPhoto { pair: role.map(evidence::Role::pair), ..photo };
            print_done(phone, phone.call(Request::Attach { id, photo, note }).await, &kept, output.json).await?;
        }
        Command::Sync { no_files, output } => evidence::sync(phone, !no_files, output.json).await?,
        Command::Files { output } => evidence::list(phone, output.json).await?,
        Command::Fetch { hash, out, force, output } => {
            let out = out.map(|out| Export::begin(&out, Over::force(force), &[dir])).transpose()?;
            evidence::fetch(phone, &hash, out, output.json).await?;
        }
        Command::Storage { days, output } => evidence::storage(phone, Request::Storage { days }, output.json).await?,
        Command::CleanUp { days, output } => evidence::storage(phone, Request::CleanFiles { days }, output.json).await?,
        Command::Status { output } => print_status(&status(phone).await?, output.json),
        Command::Damage { seen, output } => {
            if let Some(file) = seen
                && let Response::Error { error } = phone.call(Request::DamageSeen { file }).await
            {
                return Err(error.into());
            }
            let damage = status(phone).await?.damage;
            if output.json {
                output::json(&json!({ "damage": damage }));
            } else if damage.is_empty() {
                output::line("没有收起来的损坏文件。");
            } else {
                output::damage(&damage).iter().for_each(output::line);
            }
        }
        Command::Refused { retry, dismiss, output } => {
            let request = match (retry, dismiss) {
                (Some(entry), _) => Request::RetryRefused { entry },
                (None, Some(entry)) => Request::DismissRefused { entry },
                (None, None) => Request::Refused,
            };
            match phone.call(request).await {
                Response::Refused { entries } if output.json => output::json(&json!({ "entries": entries })),
                Response::Refused { entries } => output::refused(&entries),
                other => return Err(unexpected(other)),
            }
        }
        Command::Rescue { out, force, output } => rescue::rescue(phone, dir, &out, Over::force(force), output.json).await?,
        Command::Call { request } => return call(phone, request).await,
        Command::Serve { listen, ui, ready_file, no_auto_sync } => {
            serve(phone, HostOptions { listen, ui, ready_file }, !no_auto_sync).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn enroll(phone: &Phone, invitation: &str, leave: bool, json: bool) -> Result<(), Failure> {
    phone.enroll_or_leave(invitation, leave).await?;
    // The enrolment stands whatever becomes of the first sync.
    match phone.sync().await {
        Ok(outcome) if !json => {
            output::line("登记成功。");
            output::outcome(&outcome);
        }
        Ok(_) => {}
        Err(e) => {
            tracing::warn!(error = %e, "enrolled, but the first sync failed");
            if !json {
                output::line("登记成功；资料还没有下载完，请稍后再同步一次。");
            }
        }
    }
    if json {
        output::json(&status(phone).await?);
    }
    Ok(())
}

/// Records. The words are never lost to a photo: what cannot be kept is told beside the id.
async fn record(phone: &Phone, what: Record) -> Result<(), Failure> {
    let (mut photos, mut lost) = (Vec::new(), Vec::new());
    for path in &what.photo {
        match photo::keep(phone, path).await {
            Ok(photo) => photos.push(photo),
            Err(failure) => lost.push(failure),
        }
    }
    // So many as one writing takes; the others follow.
    let more = photos.split_off(photos.len().min(MAX_PHOTOS));
    let kept = photos.clone();
    let request = Request::Record {
        kind: what.kind,
        title: what.title,
        detail: what.detail,
        category: what.category,
        building: what.building,
        unit: what.unit,
        door: what.door,
        place_text: what.place_text,
        grid: what.grid,
        urgency: what.urgency,
        asker: what.asker,
        resolved_note: what.resolved,
        photos,
        draft: None,
    };
    let id = match phone.call(request).await {
        Response::Recorded { id } => id,
        other => {
            photo::forget(phone, &kept).await;
            photo::forget(phone, &more).await;
            return Err(unexpected(other));
        }
    };
    for photo in more {
        if let Response::Error { error } = phone.call(Request::Attach { id, photo, note: String::new() }).await {
            lost.push(error.into());
        }
    }
    if what.output.json {
        output::json(&json!({ "id": id }))
    } else {
        output::line(id.to_string())
    }
    Failure::without_photos(&id.to_string(), lost).map_or(Ok(()), Err)
}

/// The event of an action, its note and its arguments.
fn event(action: &str, note: Option<String>, args: Option<&str>) -> Result<EventBody, Failure> {
    let bad = |message: String| {
        Failure::new(
            USAGE,
            "bad_args",
            message,
            "例如：act 编号 accept --args '{\"path\":\"now\"}'，act 编号 assign --args '{\"to\":\"m-003\"}'。",
        )
    };
    let Value::Object(mut body) = serde_json::from_str(args.unwrap_or("{}")).map_err(|e| bad(format!("--args 不是 JSON：{e}。")))?
    else {
        return Err(bad("--args 要写成 JSON 对象。".into()));
    };
    // An empty note is judged like a missing one: with the reason in words, by policy.
    let note = note.map_or_else(|| body.get("note").cloned().unwrap_or_else(|| "".into()), Value::from);
    body.insert("note".into(), note);
    // 自办自结 is no event of its own: it is what resolving one's own record amounts to when nobody else took it.
    let action = if action == "self_resolve" { "resolve" } else { action };
    body.insert("t".into(), action.into());
    serde_json::from_value(Value::Object(body)).map_err(|e| bad(format!("动作“{action}”不对或缺少参数：{e}。")))
}

async fn call(phone: &Phone, request: String) -> Result<ExitCode, Failure> {
    let text = if request == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|e| Failure::new(USAGE, "bad_request", format!("读不了标准输入：{e}。"), "请检查后再试。"))?;
        text
    } else {
        request
    };
    let (response, code) = match serde_json::from_str(&text) {
        Ok(request) => {
            let response = phone.call(request).await;
            let code = match &response {
                Response::Error { error } if error.code == "offline" => ExitCode::from(OFFLINE),
                Response::Error { .. } => ExitCode::from(REFUSED),
                _ => ExitCode::SUCCESS,
            };
            (response, code)
        }
        Err(e) => {
            let error = ApiError {
                code: "bad_request".into(),
                message: format!("看不懂这个请求：{e}。"),
                hint: "请对照 docs/phone-cli.md。".into(),
            };
            (Response::Error { error }, ExitCode::from(USAGE))
        }
    };
    output::json(&response);
    Ok(code)
}

async fn serve(phone: &Phone, options: HostOptions, auto_sync: bool) -> Result<(), Failure> {
    let stop = stop_signal().map_err(|e| Failure::new(REFUSED, "internal", format!("收不到停止信号：{e}。"), "请重启后再试。"))?;
    let auto = auto_sync.then(|| AutoSync::start(phone.clone(), Pace::default()));
    let ready = |address| output::line(format!("手机界面：http://{address}/  （按 Ctrl+C 停止）"));
    let ended = host::serve(phone.clone(), options, ready, stop).await;
    drop(auto);
    Ok(ended?)
}

/// Completes at SIGINT or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Completes at Ctrl+C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Every row of a list, page by page.
pub async fn all_rows(phone: &Phone, list: ListKind, filter: ListFilter, order: ListOrder) -> Result<Vec<RowView>, Failure> {
    let mut all = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
        match phone.call(Request::List { list, filter: filter.clone(), order, offset, limit: PAGE }).await {
            Response::List { rows, total } => {
                let last = rows.is_empty();
                all.extend(rows);
                if last || all.len() >= total as usize {
                    return Ok(all);
                }
            }
            other => return Err(unexpected(other)),
        }
    }
}

async fn status(phone: &Phone) -> Result<StatusView, Failure> {
    match phone.call(Request::Status).await {
        Response::Status { status } => Ok(status),
        other => Err(unexpected(other)),
    }
}

fn print_rows(rows: &[RowView], json: bool) {
    if json { output::json(&json!({ "total": rows.len(), "rows": rows })) } else { output::rows(rows) }
}

fn print_matter(response: Response, json: bool, local: bool) -> Result<(), Failure> {
    match response {
        Response::Matter { matter } if json => output::json(&Portable::new(&matter, local)),
        Response::Matter { matter } => output::matter(&matter),
        other => return Err(unexpected(other)),
    }
    Ok(())
}

fn print_status(status: &StatusView, json: bool) {
    if json { output::json(status) } else { output::status_view(status) }
}

/// The record after a step; without the step, what was kept for it goes.
async fn print_done(phone: &Phone, done: Response, kept: &[NewPhoto], json: bool) -> Result<(), Failure> {
    if matches!(done, Response::Error { .. }) {
        photo::forget(phone, kept).await;
    }
    print_matter(done, json, false)
}

/// An error as it is; any other answer than the one that belongs to the request is a fault of this program.
pub fn unexpected(response: Response) -> Failure {
    match response {
        Response::Error { error } => error.into(),
        _ => Failure::new(REFUSED, "internal", "程序内部出错：答复和请求对不上。", "请更新应用；还不行，请把情况告诉管理员。"),
    }
}
