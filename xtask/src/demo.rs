//! `make demo`: the product's main job with real parts. A server with a small street, two enrolled phones in the browser.

use crate::{
    process::{self, Running, binary, command, linted_cargo, must, output},
    setup,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    time::Duration,
};

#[derive(Args)]
pub struct Options {
    /// Where the demo keeps its data; made anew at every start.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Starts everything, prints the addresses and stops again: for tests.
    #[arg(long)]
    once: bool,
}

/// What it is built with; after the gate there is nothing left to build.
pub const DEMO: [&str; 6] = ["build", "--locked", "-p", "sync-server", "-p", "beehive-device"];

/// Who holds the two phones: a worker, and the grid leader who decides.
const WORKER: &str = "m-001";
const LEAD: &str = "m-004";

pub fn run(options: &Options) -> Result<()> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = stop.send(());
    })?;
    setup::packages(&setup::BUILD)?;
    setup::ui()?;
    must("build", &mut linted_cargo(DEMO))?;
    let data = options.data.clone().unwrap_or_else(|| process::target().join("demo"));
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("cannot clear {}", data.display()))?;
    }
    fs::create_dir_all(&data)?;

    output("init", server(&data).args(["init", "--demo", "small"]))?;
    let (serving, address) = start("server", server(&data).args(["serve", "--listen", "127.0.0.1:0"]), &data)?;
    enroll(&data, "phone-a", WORKER, &address)?;
    enroll(&data, "phone-b", LEAD, &address)?;
    records(&data)?;
    let (phone_a, a) = serve_phone(&data, "phone-a")?;
    let (phone_b, b) = serve_phone(&data, "phone-b")?;
    print(&address, &a, &b);

    let mut running = [phone_a, phone_b, serving];
    if options.once {
        return Ok(());
    }
    while stopped.recv_timeout(Duration::from_millis(500)).is_err() {
        if let Some(ended) = running.iter_mut().find_map(|r| r.has_ended().then(|| r.name())) {
            bail!("{ended} stopped by itself");
        }
    }
    println!("\nstopping");
    Ok(())
}

fn server(data: &Path) -> Command {
    let mut command = command(&binary("sync-server").to_string_lossy(), ["--data"]);
    command.arg(data.join("server"));
    command
}

fn phone(data: &Path, name: &str) -> Command {
    let mut command = command(&binary("beehive-phone").to_string_lossy(), ["--data"]);
    command.arg(data.join(name));
    command
}

/// Starts something that writes its address to a ready file.
fn start(name: &'static str, command: &mut Command, data: &Path) -> Result<(Running, String)> {
    let ready = data.join(format!("{name}.ready"));
    let log = fs::File::create(data.join(format!("{name}.log")))?;
    command.arg("--ready-file").arg(&ready).stdout(log.try_clone()?).stderr(log);
    let mut running = Running::start(name, command)?;
    for _ in 0..300 {
        if let Ok(address) = fs::read_to_string(&ready) {
            return Ok((running, address.trim().to_owned()));
        }
        if running.has_ended() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let log = fs::read_to_string(data.join(format!("{name}.log"))).unwrap_or_default();
    bail!("{name} did not start:\n{log}")
}

fn serve_phone(data: &Path, name: &'static str) -> Result<(Running, String)> {
    let dist = process::root().join("ui/phone/dist");
    start(name, phone(data, name).args(["serve", "--listen", "127.0.0.1:0", "--ui"]).arg(dist), data)
}

fn enroll(data: &Path, name: &str, member: &str, address: &str) -> Result<()> {
    let url = format!("http://{address}");
    let invitation = output("invite", server(data).args(["invite", member, "--url", &url]))?;
    output("enroll", phone(data, name).args(["enroll", &invitation])).map(drop)
}

/// A few records, so that every list has something in it: recorded by the worker, decided by the grid leader.
fn records(data: &Path) -> Result<()> {
    let buildings = buildings(data)?;
    let building = |i: usize| buildings.get(i % buildings.len().max(1)).map_or("", String::as_str);
    let record = |args: &[&str]| output("record", phone(data, "phone-a").arg("record").args(args));
    let door = record(&[
        "finding",
        "--title",
        "二单元门禁坏了",
        "--detail",
        "刷卡没反应",
        "--category",
        "other",
        "--building",
        building(0),
        "--unit",
        "2",
    ])?;
    record(&[
        "finding",
        "--title",
        "五楼过道堆了旧沙发",
        "--detail",
        "纸箱把消防栓挡住了",
        "--category",
        "clutter",
        "--building",
        building(0),
        "--unit",
        "1",
    ])?;
    let shop = record(&[
        "demand",
        "--title",
        "陈大爷要人帮忙买菜",
        "--category",
        "errand",
        "--building",
        building(1),
        "--unit",
        "1",
        "--door",
        "402",
    ])?;
    let lamp =
        record(&["finding", "--title", "三楼灯不亮", "--category", "electric", "--building", building(1), "--resolved", "换了灯泡"])?;
    output("sync", phone(data, "phone-a").arg("sync"))?;
    output("sync", phone(data, "phone-b").arg("sync"))?;
    let act = |id: &str, args: &[&str]| output("act", phone(data, "phone-b").args(["act", id]).args(args));
    act(&door, &["accept", "--note", "要物业一起定", "--args", r#"{"path":"coordinate"}"#])?;
    act(&door, &["assign", "--args", &format!(r#"{{"to":"{WORKER}"}}"#)])?;
    act(&shop, &["accept", "--args", r#"{"path":"now"}"#])?;
    let _ = lamp;
    output("sync", phone(data, "phone-b").arg("sync"))?;
    output("sync", phone(data, "phone-a").arg("sync")).map(drop)
}

/// The names of the worker's buildings.
fn buildings(data: &Path) -> Result<Vec<String>> {
    let json = output("choices", phone(data, "phone-a").args(["call", r#"{"do":"choices"}"#]))?;
    let value: serde_json::Value = serde_json::from_str(&json)?;
    let names = value["buildings"].as_array().into_iter().flatten().filter_map(|b| b["id"].as_str().map(str::to_owned));
    Ok(names.collect())
}

fn print(server: &str, a: &str, b: &str) {
    println!(
        r#"
  服务器 server            http://{server}/healthz
  手机 A (微网格员)         http://{a}/
  手机 B (网格长)           http://{b}/

  Open both phones in a browser window as narrow as a phone, side by side, and try:
   1. 手机 A：点顶上的“断开信号”，再点红色的“记一件”，写一句话，存下。它标着“只在本机”。
   2. 手机 A：点“恢复信号”。一次来回就送到了：A 上变成“已送达”，B 的清单里就有了。
   3. 两部手机都断开信号，改同一件事的“详细情况”，写得不一样；都恢复信号：两个写法都留着，点“用这个”。
   4. 手机 B (网格长)：选怎么办、派给谁；手机 A：记一步进展、办结。

  Ctrl-C stops everything.
"#
    );
}
