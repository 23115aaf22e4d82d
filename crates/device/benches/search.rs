//! How long searches, numbers and the truth strip take on a phone with 50,000 matters, of which in the end none was sent yet:
//! `cargo bench -p beehive-device --bench search`. Prints the median and the slowest of twenty goes each; nothing here fails for being
//! slow. `BEEHIVE_BENCH_UNSENT` says how many are recorded and not sent, if 50,000 take too long.

use beehive_core::{
    DeviceId, DocId, Epoch,
    model::{Grant, RecordKind, Role, Status},
    reference::{Building, Dataset, Level, Member, OrgNode, Unit},
    sync::{Bootstrap, EnrollResponse, OpenRecord, PROTOCOL, Pack, ReferenceUpdate, StandingState, SyncResponse},
};
use beehive_device::{
    api::Response,
    clock::FixedClock,
    engine::{Engine, OpenOptions},
    key::StoreKey,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};

const NOW: i64 = 1_795_132_800;
const MATTERS: u32 = 50_000;
const GOES: usize = 20;
const TROUBLES: [&str; 8] =
    ["门禁坏了刷卡没反应", "楼道灯不亮", "水管漏水", "电梯停运", "重建围墙的申请", "下水道堵了", "楼道堆放旧家具", "独居老人需要陪同就医"];
const WHERE: [&str; 6] = ["东门", "西侧", "一楼大厅", "车棚旁边", "楼顶", "长椅附近"];

fn line(n: u32) -> OpenRecord {
    let (trouble, spot) = (TROUBLES[n as usize % TROUBLES.len()], WHERE[n as usize / 8 % WHERE.len()]);
    let mut id = [0; DocId::LEN];
    id[..4].copy_from_slice(&n.to_be_bytes());
    OpenRecord {
        doc: DocId(id),
        kind: RecordKind::Demand,
        status: Status::Reported,
        path: None,
        title: format!("{spot}{trouble}，第{n}号"),
        place: format!(r#"{{"b":"b-{}","u":"{}","r":"{}0{}"}}"#, n % 60, n / 60 % 4 + 1, n / 240 % 6 + 1, n / 1440 % 4 + 1),
        category: format!("c-{}", n % 8),
        assignee: None,
        due: None,
        created_at: NOW - i64::from(n) * 600,
        created_by: "wang".into(),
        needs_eyes: vec![],
        number: None,
    }
}

fn member() -> Member {
    let grant = Grant { role: Role::MicroLead, node: "m1".into(), buildings: vec![], from: None, until: None, on_behalf: None };
    Member { id: "wang".into(), name: "王秀英".into(), kinds: vec![], grants: vec![grant] }
}

fn datasets() -> Vec<Dataset> {
    let node = |id: &str, parent: Option<&str>, level| OrgNode { id: id.into(), parent: parent.map(Into::into), level, name: id.into() };
    let unit = |name: u32| Unit { name: name.to_string(), doors: vec![] };
    let building =
        |n: u32| Building { id: format!("b-{n}").into(), node: "m1".into(), name: format!("{n} 栋"), units: (1..5).map(unit).collect() };
    vec![
        Dataset::Org(vec![node("s", None, Level::Street), node("m1", Some("s"), Level::MicroGrid)]),
        Dataset::Places((0..60).map(building).collect()),
        Dataset::Members(vec![member()]),
    ]
}

fn phone(dir: &std::path::Path) -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = Engine::open(OpenOptions { dir: dir.to_owned(), key: StoreKey::random()?, clock: Arc::new(FixedClock::new(NOW)) })?;
    let answer = EnrollResponse {
        device: DeviceId([7; 8]),
        credential: Some("secret".into()),
        member: member(),
        tenant: "保和街道".into(),
        epoch: Epoch([1; 8]),
        time: NOW,
        rescue_key: None,
        street: None,
    };
    engine.enrolled("https://server.example", None, answer)?;
    let sent = engine.sync_request()?;
    // A pack that never comes: without one, lines sent ahead are given up as soon as the download is whole.
    let packs = vec![Pack { name: "pack".into(), size: 1, docs: MATTERS }];
    let first = SyncResponse {
        v: PROTOCOL,
        epoch: Epoch([1; 8]),
        time: NOW,
        standing: StandingState::Ok,
        verdicts: vec![],
        scopes: vec![],
        bootstrap: vec![Bootstrap { scope: "m1".into(), cursor: 10, packs, open: (0..MATTERS).map(line).collect() }],
        gone: vec![],
        docs: vec![],
        missing: vec![],
        reference: datasets().into_iter().map(|dataset| ReferenceUpdate { version: "1".into(), dataset }).collect(),
        actors: vec![],
        decided: vec![],
        rescue_key: None,
        more: false,
    };
    engine.apply(&sent, first)?;
    Ok(engine)
}

fn found(answer: &Response) -> String {
    match answer {
        Response::List { total, .. } => format!("{total} found"),
        Response::Similar { rows, recurrence } => format!("{} offered, time {}", rows.len(), recurrence.as_ref().map_or(1, |r| r.nth)),
        Response::Error { error } => format!("{error:?}"),
        Response::Status { status } => format!("{} unsent", status.unsent),
        Response::Counts { counts } => format!("{} open", counts.open),
        _ => String::new(),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let start = Instant::now();
    let engine = phone(dir.path())?;
    println!("{MATTERS} matters written in {:.1} s", start.elapsed().as_secs_f64());
    let list = |words: &str| json!({ "do": "list", "filter": { "words": words }, "limit": 50 });
    let typed = json!({ "do": "similar", "title": "楼道灯不亮", "category": "c-1", "building": "b-1", "unit": "1", "door": "101" });
    let asked: Vec<(&str, Value)> = vec![
        ("two characters, common", list("门禁")),
        ("two characters, rare", list("49")),
        ("two characters, none", list("鲸鱼")),
        ("three characters", list("楼道灯")),
        ("two initials", list("mj")),
        ("four initials", list("mjhl")),
        ("another reading (chong jian)", list("cjwq")),
        ("a place", list("13栋 2单元")),
        ("similar and recurrence", typed),
    ];
    asked.iter().try_for_each(|(name, request)| told(&engine, name, request))?;
    let unsent = std::env::var("BEEHIVE_BENCH_UNSENT").ok().and_then(|n| n.parse().ok()).unwrap_or(MATTERS).max(1);
    let mut saves = Vec::new();
    for n in 0..unsent {
        let title = format!("{}，第{n}次", TROUBLES[n as usize % TROUBLES.len()]);
        let building = format!("b-{}", n % 60);
        let request = json!({ "do": "record", "kind": "demand", "title": title, "building": building, "unit": "1" });
        let (time, _) = timed(&engine, &request)?;
        saves.push(time);
    }
    for (name, part) in ["first", "last"].into_iter().zip([saves.len().min(1_000), saves.len()]) {
        let mut thousand = saves[part.saturating_sub(1_000)..part].to_vec();
        thousand.sort_by(f64::total_cmp);
        println!("a save, the {name} thousand of {unsent}: median {:.1} ms", thousand[thousand.len() / 2]);
    }
    for name in ["status", "counts", "today", "me", "list"] {
        told(&engine, name, &json!({ "do": name }))?;
    }
    Ok(())
}

/// Asks a few times and prints how long it took.
fn told(engine: &Engine, name: &str, request: &Value) -> Result<(), Box<dyn std::error::Error>> {
    let goes: Vec<(f64, Response)> = (0..GOES).map(|_| timed(engine, request)).collect::<Result<_, _>>()?;
    let mut times: Vec<f64> = goes.iter().map(|(time, _)| *time).collect();
    let first = times[0];
    times.sort_by(f64::total_cmp);
    let (median, slowest) = (times[GOES / 2], times[GOES - 1]);
    println!("{name}: first {first:.1} ms, median {median:.1} ms, slowest {slowest:.1} ms, {}", found(&goes[0].1));
    Ok(())
}

/// One answer and how long it took, in milliseconds.
fn timed(engine: &Engine, request: &Value) -> Result<(f64, Response), Box<dyn std::error::Error>> {
    let request = serde_json::from_value(request.clone())?;
    let start = Instant::now();
    let answer = engine.handle(request);
    Ok((start.elapsed().as_secs_f64() * 1_000.0, answer))
}
