//! Days of a street, as scripts: a patrol without signal, a courtyard meeting, a matter that goes the long way, two leads who disagree.
//! What a person would see is checked on the phone of whoever would look.

use anyhow::{Context, Result, ensure};
use beehive_tests::{BUILDING, COLLEAGUE, LEAD, Phone, Server, WORKER};
use calamine::{Reader as _, Xlsx};
use serde_json::{Value, json};

/// The officer of the community above the lead's grid.
const OFFICER: &str = "m-005";
/// The building leader of `b-03`.
const BUILDING_LEADER: &str = "m-006";

/// Everyone sends and fetches until all hold the same.
fn exchange(phones: &[&Phone]) -> Result<()> {
    for phone in phones.iter().chain(phones) {
        let outcome = phone.sync()?;
        ensure!(outcome.done && outcome.refused == 0, "{outcome:?}");
    }
    Ok(())
}

fn status(shown: &Value) -> &str {
    shown["status"].as_str().unwrap_or_default()
}

fn act(phone: &Phone, id: &str, action: &str, note: &str, args: &Value) -> Result<Value> {
    phone.act(id, action, &["--note", note, "--args", &args.to_string()])
}

fn offers(phone: &Phone, id: &str) -> Result<Vec<String>> {
    let shown = phone.json(&["show", id, "--local", "--json"])?;
    let offers = shown["local"]["offers"].as_array().context("no offers")?;
    Ok(offers.iter().filter_map(|o| o.as_str().or(o["action"].as_str())).map(str::to_owned).collect())
}

/// 1: a patrol of a unit without signal: 3 hazards, 2 demands, the program killed twice on the way.
#[test]
fn a_patrol_without_signal_loses_nothing() -> Result<()> {
    let mut server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    server.stop()?;
    let mut ids = Vec::new();
    for (n, (kind, title)) in [
        ("finding", "七楼过道堆了纸箱"),
        ("finding", "六楼应急灯不亮"),
        ("demand", "502 想要人陪同就医"),
        ("finding", "三楼电线裸露"),
        ("demand", "102 水管漏水"),
    ]
    .into_iter()
    .enumerate()
    {
        if n == 2 || n == 4 {
            // Killed in the middle of a record that nobody was told is saved.
            let mut cut = phone.command(&["record", "finding", "--title", "没存完的"])?.spawn()?;
            cut.kill()?;
            cut.wait()?;
        }
        ids.push(phone.record(kind, title, &["--building", BUILDING, "--unit", "1"])?);
    }
    let held = phone.list()?;
    ensure!(ids.iter().all(|id| held.contains(id)), "{held:?}");
    server.run()?;
    let lead = Phone::enrolled(&server, LEAD)?;
    exchange(&[&phone, &lead])?;
    for id in &ids {
        assert_eq!(phone.show(id)?, lead.show(id)?);
        ensure!(lead.show(id)?["number"].as_str().is_some_and(|n| n.starts_with("BH-")), "it has its official number");
    }
    Ok(())
}

/// The rows of one sheet of a workbook, without the heading, as text.
fn sheet(book: &std::path::Path, name: &str) -> Result<Vec<Vec<String>>> {
    let mut book: Xlsx<_> = calamine::open_workbook(book)?;
    ensure!(book.worksheet_formula(name)?.is_empty(), "nothing in it computes");
    Ok(book.worksheet_range(name)?.rows().skip(1).map(|row| row.iter().map(ToString::to_string).collect()).collect())
}

/// 3: a courtyard meeting: 40 demands on three phones without signal, 6 of them said twice; merged later; the three lists as a workbook.
#[test]
fn forty_demands_of_a_courtyard_meeting_are_merged_later() -> Result<()> {
    let mut server = Server::start()?;
    let phones = [WORKER, COLLEAGUE, "m-003"].map(|m| Phone::enrolled(&server, m));
    let phones: Vec<Phone> = phones.into_iter().collect::<Result<_>>()?;
    server.stop()?;
    let mut pairs = Vec::new();
    for n in 0..34 {
        let title = format!("坝坝会第 {n} 件");
        let id = phones[n % 3].record("demand", &title, &["--building", BUILDING])?;
        if n < 6 {
            pairs.push((id, phones[(n + 1) % 3].record("demand", &title, &["--building", BUILDING])?));
        }
    }
    server.run()?;
    let lead = Phone::enrolled(&server, LEAD)?;
    let all: Vec<&Phone> = phones.iter().chain([&lead]).collect();
    exchange(&all)?;
    assert_eq!(lead.json(&["list", "--open", "--json"])?["total"], 40);
    for (first, again) in &pairs {
        let merged = act(&lead, again, "merge", "同一件事", &json!({ "into": first }))?;
        assert_eq!((status(&merged), merged["merged_into"].as_str()), ("merged", Some(first.as_str())));
    }
    exchange(&all)?;
    for phone in &all {
        assert_eq!(phone.json(&["counts", "--json"])?["open"], 34);
        assert_eq!(phone.show(&pairs[0].1)?, lead.show(&pairs[0].1)?);
    }
    // One was no duplicate after all.
    act(&lead, &pairs[0].1, "unmerge", "不是同一户", &json!({}))?;
    exchange(&all)?;
    assert_eq!(phones[2].json(&["counts", "--json"])?["open"], 35);

    // One is given to somebody and begun.
    act(&lead, &pairs[0].0, "accept", "", &json!({ "path": "now" }))?;
    act(&lead, &pairs[0].0, "assign", "", &json!({ "to": WORKER, "help": [COLLEAGUE] }))?;
    exchange(&all)?;
    act(&phones[0], &pairs[0].0, "step", "=1+1，已联系物业", &json!({}))?;
    exchange(&all)?;
    the_three_lists(&server, &lead.show(&pairs[0].0)?, &lead.show(&pairs[1].0)?)
}

/// The workbook says what the phones say: of a matter that was given to somebody, and of one that another was merged into.
fn the_three_lists(server: &Server, given: &Value, into: &Value) -> Result<()> {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("三单.xlsx");
    let file = path.to_str().context("path")?;
    let written = server.json(&["lists", "--xlsx", file, "--json"])?;
    assert_eq!((&written["demand"], &written["responsibility"]), (&json!(40), &json!(1)));
    let demand = sheet(&path, "需求清单")?;
    assert_eq!((demand.len(), demand.iter().filter(|row| row[13] == "已并案").count()), (40, 5));
    let merged: Vec<_> = demand.iter().filter(|row| row[16] == text(into, "number")).collect();
    ensure!(merged.len() == 1 && merged[0][13] == "已并案", "{merged:?}");
    ensure!(demand.iter().all(|row| row[0].starts_with("BH-") && row[4].starts_with("坝坝会第") && row[6] == "1 栋"), "{demand:?}");
    let responsibility = sheet(&path, "责任清单")?;
    let row = &responsibility[0];
    assert_eq!((&row[0], row[4].as_str(), row[7].as_str()), (&text(given, "number"), "马上办", "还没说"));
    ensure!(!row[5].is_empty() && !row[6].is_empty() && row[5] != row[6], "who, and with whose help: {row:?}");
    let steps: Vec<_> = sheet(&path, "推进清单")?.into_iter().filter(|row| row[0] == text(given, "number")).collect();
    let did: Vec<&str> = steps.iter().map(|row| row[5].split('：').next().unwrap_or_default()).collect();
    assert_eq!((did[0], did[1], did[3]), ("记下来了", "受理", "有进展"), "in order");
    assert_eq!(steps[3][6], "=1+1，已联系物业", "what was typed is text");
    // Of another grid there is nothing; of none there is no list.
    assert_eq!(server.json(&["lists", "--xlsx", file, "--force", "--node", "w-2", "--json"])?["demand"], 0);
    assert_eq!(sheet(&path, "需求清单")?.len(), 0);
    let unknown = server.command(&["lists", "--xlsx", file, "--node", "nowhere"])?.output()?;
    ensure!(unknown.status.code() == Some(1) && String::from_utf8_lossy(&unknown.stderr).contains("[unknown_node]"), "{unknown:?}");
    Ok(())
}

/// 4: coordinate fails twice, it is handed up, answered, done - and comes back.
#[test]
fn a_matter_that_goes_the_long_way_and_comes_back() -> Result<()> {
    let server = Server::start()?;
    let (worker, lead, colleague) =
        (Phone::enrolled(&server, WORKER)?, Phone::enrolled(&server, LEAD)?, Phone::enrolled(&server, COLLEAGUE)?);
    let all = [&worker, &lead, &colleague];
    let id = worker.record("demand", "雨污管网倒灌", &["--building", BUILDING])?;
    exchange(&all)?;
    act(&lead, &id, "accept", "", &json!({ "path": "coordinate" }))?;
    act(&lead, &id, "assign", "", &json!({ "to": WORKER }))?;
    exchange(&all)?;
    act(&worker, &id, "accept_assignment", "", &json!({}))?;
    for _ in 0..2 {
        let parties = json!([{ "name": "物业", "promise": "" }, { "name": "业委会" }]);
        let shown = act(&worker, &id, "coordinate", "谁出钱没谈成", &json!({ "at": 0, "parties": parties, "agreed": false }))?;
        assert_eq!(status(&shown), "working");
    }
    exchange(&all)?;
    let bare = lead.run(&["act", &id, "accept", "--args", r#"{"path":"track"}"#, "--json"])?.complaint(1)?;
    assert_eq!(bare.code, "note_missing", "a path changes only for a reason");
    act(&lead, &id, "accept", "两次没谈成，要上级办", &json!({ "path": "track" }))?;
    let shown = act(&lead, &id, "hand_up", "附照片和两次会议记录", &json!({ "to": "区水务局", "number": "SW-31" }))?;
    assert_eq!((shown["path"].as_str(), shown["outside"]["number"].as_str()), (Some("track"), Some("SW-31")));
    act(&lead, &id, "contact", "告诉他已经报到区里", &json!({}))?;
    act(&lead, &id, "answered", "已排进下周施工", &json!({ "number": "SW-31" }))?;
    exchange(&all)?;
    act(&worker, &id, "resolve", "管道已疏通", &json!({}))?;
    let own = worker.run(&["act", &id, "effect", "--args", r#"{"asking":"person","helped":"yes"}"#, "--json"])?.complaint(1)?;
    assert_eq!(own.code, "own_work", "who solved it does not say that it helped");
    exchange(&all)?;
    let shown = act(&colleague, &id, "effect", "看过了，排得动", &json!({ "asking": "place", "helped": "yes" }))?;
    assert_eq!((status(&shown), shown["helped"].as_str()), ("resolved", Some("yes")));
    // Day 25: it is back.
    let shown = act(&lead, &id, "effect", "下雨又倒灌了", &json!({ "asking": "time", "helped": "no" }))?;
    assert_eq!((status(&shown), shown["reopened"].as_u64()), ("working", Some(1)));
    exchange(&all)?;
    assert_eq!(worker.show(&id)?, lead.show(&id)?);
    let rates = &lead.json(&["counts", "--json"])?["rates"][0];
    assert_eq!((rates["done_rate"].as_u64(), rates["effect_rate"].as_u64()), (Some(0), Some(0)), "it was done once, and did not help");
    Ok(())
}

/// 5: two leads choose different paths, neither knowing of the other: both are shown, the slower one holds, and one of them settles it.
#[test]
fn two_leads_choose_different_paths_and_settle_it() -> Result<()> {
    let server = Server::start()?;
    let (worker, lead, officer) = (Phone::enrolled(&server, WORKER)?, Phone::enrolled(&server, LEAD)?, Phone::enrolled(&server, OFFICER)?);
    let all = [&worker, &lead, &officer];
    let id = worker.record("finding", "外墙瓷砖松动", &["--building", BUILDING])?;
    exchange(&all)?;
    act(&lead, &id, "accept", "", &json!({ "path": "now" }))?;
    act(&officer, &id, "accept", "", &json!({ "path": "coordinate" }))?;
    exchange(&all)?;
    for phone in all {
        let shown = phone.show(&id)?;
        assert_eq!((shown["needs_eyes"][0]["reason"].as_str(), shown["path"].as_str()), (Some("two_paths"), Some("coordinate")));
        assert_eq!(shown["needs_eyes"][0]["events"].as_array().map(Vec::len), Some(2), "both are kept");
    }
    ensure!(!offers(&worker, &id)?.contains(&"accept".to_owned()), "the worker sees it, and who should look");
    act(&lead, &id, "accept", "", &json!({ "path": "now" }))?;
    exchange(&all)?;
    for phone in all {
        let shown = phone.show(&id)?;
        assert_eq!((shown["needs_eyes"].as_array().map(Vec::len), shown["path"].as_str()), (Some(0), Some("now")));
    }
    Ok(())
}

/// A building leader submits, follows, and says whether it helped; sees only their own building.
#[test]
fn a_building_leader_follows_their_own_buildings_matters() -> Result<()> {
    let server = Server::start()?;
    let (worker, lead, leader) =
        (Phone::enrolled(&server, WORKER)?, Phone::enrolled(&server, LEAD)?, Phone::enrolled(&server, BUILDING_LEADER)?);
    let all = [&worker, &lead, &leader];
    let elsewhere = worker.record("finding", "别的楼的事", &["--building", BUILDING])?;
    let id = leader.record("request", "三栋门禁坏了", &["--building", "b-03"])?;
    let refused = leader.run(&["record", "demand", "--title", "记需求", "--building", "b-03", "--json"])?.complaint(1)?;
    assert_eq!(refused.code, "not_your_role");
    exchange(&all)?;
    ensure!(!leader.list()?.contains(&elsewhere), "nothing of other buildings");
    act(&lead, &id, "accept", "", &json!({ "path": "now" }))?;
    act(&lead, &id, "assign", "", &json!({ "to": WORKER }))?;
    exchange(&all)?;
    act(&worker, &id, "resolve", "换了门锁", &json!({}))?;
    exchange(&all)?;
    ensure!(offers(&leader, &id)?.contains(&"effect".to_owned()));
    let shown = act(&leader, &id, "effect", "能刷卡了", &json!({ "asking": "person", "helped": "yes" }))?;
    assert_eq!(shown["helped"], "yes");
    exchange(&all)?;
    assert_eq!(worker.show(&id)?["helped"], "yes");
    Ok(())
}

/// Every action is taken by the name that the page of words gives it; what does not fit there and then is refused with a reason.
#[test]
fn every_action_is_taken_by_its_name() -> Result<()> {
    let server = Server::start()?;
    let lead = Phone::enrolled(&server, LEAD)?;
    let id = lead.record("demand", "门禁坏了", &["--building", BUILDING])?;
    let other = lead.record("demand", "又是门禁", &["--building", BUILDING])?;
    let args = json!({
        "accept": { "path": "now" }, "assign": { "to": LEAD }, "promise": { "due": 1_795_219_200 }, "extend": { "until": 0 },
        "coordinate": { "at": 0, "parties": [], "agreed": true }, "hand_up": { "to": "区城管局" },
        "effect": { "asking": "person", "helped": "yes" }, "merge": { "into": other },
    });
    let page = std::fs::read_to_string(beehive_tests::binary::root().join("docs/domain.md"))?;
    let section = page.split("## Actions").nth(1).and_then(|s| s.split("\n## ").next()).context("no actions")?;
    let first_cells = section.lines().filter(|l| l.starts_with("| `")).filter_map(|l| l.split('|').nth(1));
    let names: Vec<&str> = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    ensure!(names.len() >= 26, "{names:?}");
    for name in names.into_iter().filter(|n| *n != "attach") {
        let args = args.get(name).cloned().unwrap_or_else(|| json!({})).to_string();
        let ran = lead.run(&["act", &id, name, "--note", "说明", "--args", &args, "--json"])?;
        ensure!(ran.code == Some(0) || ran.code == Some(1), "{name}: {ran:?}");
    }
    let unknown = lead.run(&["act", &id, "wave", "--json"])?.complaint(2)?;
    assert_eq!(unknown.code, "bad_args");
    Ok(())
}
