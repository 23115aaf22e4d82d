//! The command line, as scripts use it.

use crate::harness::NOW;
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
};

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sync-server")).arg("--data").arg(dir).args(args).env("RUST_LOG", "off").output().unwrap()
}

fn json(dir: &Path, args: &[&str]) -> Value {
    let output = run(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn failure(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = run(dir, args);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    let code = told.rsplit('[').next().unwrap().trim_end().trim_end_matches(']').to_owned();
    (output.status.code(), code)
}

#[test]
fn a_street_is_made_listed_and_examined() {
    let dir = tempfile::tempdir().unwrap();
    let made = json(dir.path(), &["init", "--demo", "small", "--name", "试验街道", "--json"]);
    assert_eq!((made["tenant"].as_str(), made["members"].as_u64()), (Some("试验街道"), Some(17)));
    let members = json(dir.path(), &["members", "--json"]);
    assert_eq!(members[0]["id"], "m-001");
    assert_eq!(members[0]["devices"], 0);
    assert_eq!(
        members[5]["grants"][0],
        serde_json::json!({ "role": "building_leader", "node": "w-1", "node_name": "1-1 微网格", "buildings": ["b-03"] })
    );
    for list in ["devices", "documents", "refused", "held"] {
        assert_eq!(json(dir.path(), &[list, "--json"]), serde_json::json!([]), "{list}");
    }
    let report = json(dir.path(), &["doctor", "--json"]);
    assert_eq!((report["ok"].as_bool(), report["counts"]["members"].as_u64()), (Some(true), Some(17)));
}

#[test]
fn invitations_are_one_line_and_name_the_address() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--demo", "small"]);
    let plain = String::from_utf8(run(dir.path(), &["invite", "m-001"]).stdout).unwrap();
    assert_eq!(plain.lines().count(), 1);
    assert!(plain.starts_with("beehive://join?s=http://127.0.0.1:8787&c="), "{plain}");
    let invited = json(dir.path(), &["invite", "m-002", "--json", "--days", "1", "--url", "https://fengchao.example.cn/"]);
    assert_eq!(invited["member"], "m-002");
    let (text, expires) = (invited["invitation"].as_str().unwrap(), invited["expires_at"].as_i64().unwrap());
    assert!(text.starts_with("beehive://join?s=https://fengchao.example.cn&c=") && text.ends_with(&format!("&x={expires}")), "{text}");
    assert!(expires > NOW - 86_400 * 365);
    assert_eq!(failure(dir.path(), &["invite", "m-999"]), (Some(1), "unknown_member".into()));
    assert_eq!(failure(dir.path(), &["invite", "m-001", "--url", "fengchao"]), (Some(1), "bad_url".into()));
    for url in ["http://8.8.8.8:80", "http://0.0.0.0:8787", "http://127.0.0.1:99999", "http://fengchao.example.cn", "https://a:0"] {
        assert_eq!(failure(dir.path(), &["invite", "m-001", "--url", url]), (Some(1), "bad_url".into()), "{url}");
        assert_eq!(failure(&dir.path().join("new"), &["init", "--url", url]), (Some(1), "bad_url".into()), "{url}");
    }
    assert_eq!(failure(dir.path(), &["invite", "m-001", "--days", "0"]), (Some(1), "bad_days".into()));
}

#[test]
fn what_cannot_be_done_is_told_on_one_line_with_a_code() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(failure(dir.path(), &["members"]), (Some(3), "not_initialised".into()));
    assert_eq!(failure(dir.path(), &["serve", "--listen", "127.0.0.1:0"]), (Some(3), "not_initialised".into()));
    assert_eq!(failure(dir.path(), &["init", "--url", "nonsense"]), (Some(1), "bad_url".into()));
    run(dir.path(), &["init"]);
    assert_eq!(failure(dir.path(), &["init"]), (Some(3), "already_initialised".into()));
    assert_eq!(failure(dir.path(), &["revoke", "nobody"]), (Some(1), "unknown_target".into()));
    assert_eq!(failure(dir.path(), &["dump", "00", "--out", "x"]), (Some(1), "unknown_document".into()));
    assert_eq!(run(dir.path(), &["frobnicate"]).status.code(), Some(2));
}

#[test]
fn doctor_finds_what_was_tampered_with() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--demo", "small"]);
    let conn = rusqlite::Connection::open(dir.path().join("server.db")).unwrap();
    conn.execute_batch(
        "INSERT INTO scope_counter VALUES ('w-1', 3, zeroblob(16));
         INSERT INTO log VALUES ('w-1', 1, zeroblob(16), 'left', NULL, zeroblob(8)), ('w-1', 3, zeroblob(16), 'left', NULL, zeroblob(8));
         UPDATE building SET node = 'w-99' WHERE id = 'b-01';",
    )
    .unwrap();
    let output = run(dir.path(), &["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<&str> = report["problems"].as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unknown_node", "log_gap"]);
}

/// One's own duty and the same done for somebody else are two: which of them ends is said, not guessed.
#[test]
fn of_two_equal_duties_the_one_that_is_named_ends() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--demo", "small"]);
    let behalf = |dir: &Path| -> Vec<Option<String>> {
        let grants = json(dir, &["members", "--json"])[2]["grants"].clone();
        grants.as_array().unwrap().iter().map(|g| g.get("on_behalf").map(|m| m.as_str().unwrap().to_owned())).collect()
    };
    let grant = ["grant", "m-003", "micro_lead", "w-1", "--on-behalf", "m-013"];
    let ungrant = ["ungrant", "m-003", "micro_lead", "w-1"];
    assert!(run(dir.path(), &grant).status.success());
    assert_eq!(failure(dir.path(), &ungrant), (Some(1), "which_duty".into()));
    assert_eq!(behalf(dir.path()), [None, Some("m-013".into())]);
    assert!(run(dir.path(), &[&ungrant[..], &["--on-behalf", "m-013"]].concat()).status.success());
    assert_eq!(behalf(dir.path()), [None]);
    run(dir.path(), &grant);
    assert!(run(dir.path(), &[&ungrant[..], &["--own"]].concat()).status.success());
    assert_eq!(behalf(dir.path()), [Some("m-013".into())]);
    assert!(run(dir.path(), &ungrant).status.success(), "one that is left needs no word");
}

#[test]
fn duties_are_given_for_a_time_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--demo", "small"]);
    let done =
        run(dir.path(), &["grant", "m-002", "grid_lead", "g-1", "--from", "2026-12-01", "--until", "2099-12-31", "--on-behalf", "m-004"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let grants = |dir: &Path| json(dir, &["members", "--json"])[1]["grants"].clone();
    let given = &grants(dir.path())[1];
    assert_eq!((&given["role"], &given["on_behalf"]), (&"grid_lead".into(), &"m-004".into()));
    assert_eq!(given["until"].as_i64().unwrap() % 3_600, 0, "the end of the last day");
    // Said again, it is changed, not doubled.
    run(dir.path(), &["grant", "m-002", "grid_lead", "g-1", "--on-behalf", "m-004"]);
    assert_eq!((grants(dir.path()).as_array().unwrap().len(), grants(dir.path())[1].get("until")), (2, None));
    assert!(run(dir.path(), &["ungrant", "m-002", "grid_lead", "g-1"]).status.success());
    assert_eq!(grants(dir.path()).as_array().unwrap().len(), 1);
    // Ended once is ended; what never was cannot be ended.
    assert_eq!(failure(dir.path(), &["ungrant", "m-002", "grid_lead", "g-1"]), (Some(1), "already_ended".into()));
    assert_eq!(failure(dir.path(), &["ungrant", "m-002", "grid_lead", "g-2"]), (Some(1), "no_such_grant".into()));
    assert_eq!(failure(dir.path(), &["ungrant", "m-999", "grid_lead", "g-1"]), (Some(1), "unknown_member".into()));
    // Both rows that were ended or changed are still there, for who asks.
    assert_eq!(json(dir.path(), &["members", "--json"])[1].get("ended"), None);
    let ended = json(dir.path(), &["members", "--ended", "--json"])[1]["ended"].clone();
    let by: Vec<_> = ended.as_array().unwrap().iter().map(|e| (&e["opened_by"], &e["ended_by"], e["ended_at"].is_i64())).collect();
    assert_eq!(by, [(&"grant".into(), &"grant".into(), true), (&"grant".into(), &"ungrant".into(), true)]);
    assert!(ended[0]["until"].is_i64() && ended[1].get("until").is_none());
    let lines = String::from_utf8(run(dir.path(), &["members", "--ended"]).stdout).unwrap();
    assert_eq!(lines.matches("曾任 grid_lead").count(), 2, "{lines}");
    // Given again it is a row of its own, and saying the same once more changes nothing.
    for _ in 0..2 {
        assert!(run(dir.path(), &["grant", "m-002", "grid_lead", "g-1"]).status.success());
        assert_eq!(json(dir.path(), &["members", "--ended", "--json"])[1]["ended"].as_array().unwrap().len(), 2);
        assert_eq!(grants(dir.path()).as_array().unwrap().len(), 2);
    }
    assert_eq!(failure(dir.path(), &["grant", "m-999", "grid_lead", "g-1"]), (Some(1), "unknown_member".into()));
    assert_eq!(failure(dir.path(), &["grant", "m-002", "grid_lead", "g-77"]), (Some(1), "unknown_node".into()));
    assert_eq!(
        failure(dir.path(), &["grant", "m-002", "building_leader", "w-1", "--building", "b-77"]),
        (Some(1), "unknown_building".into())
    );
    assert_eq!(failure(dir.path(), &["grant", "m-002", "grid_lead", "g-1", "--until", "2020-01-01"]), (Some(1), "bad_time".into()));
    assert_eq!(run(dir.path(), &["grant", "m-002", "emperor", "g-1"]).status.code(), Some(2));
}

#[test]
fn rules_are_shown_changed_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--demo", "small"]);
    let shown: Value = json(dir.path(), &["rules", "show"]);
    assert_eq!((shown["now_hours"].as_u64(), shown["askings"].as_array().unwrap().len()), (Some(24), 3));
    let file = dir.path().join("rules.json");
    let set = |text: &str| {
        std::fs::write(&file, text).unwrap();
        ["rules", "set", file.to_str().unwrap()].map(str::to_owned)
    };
    let args = set(r#"{"now_hours": 48}"#);
    assert!(run(dir.path(), &args.each_ref().map(String::as_str)).status.success());
    let shown = json(dir.path(), &["rules", "show"]);
    assert_eq!((shown["now_hours"].as_u64(), shown["meet_days"].as_u64()), (Some(48), Some(3)));
    // A part of a part: the rest of the calendar is as a street begins.
    let args = set(r#"{"now_hours": 48, "calendar": {"day_ends_at": 17}}"#);
    assert!(run(dir.path(), &args.each_ref().map(String::as_str)).status.success());
    let (shown, begins) = (json(dir.path(), &["rules", "show"]), json(dir.path(), &["rules", "show", "--default"]));
    assert_eq!((&shown["calendar"]["day_ends_at"], &shown["calendar"]["utc_offset"]), (&17.into(), &28_800.into()));
    assert_eq!(shown["calendar"]["holidays"], begins["calendar"]["holidays"]);
    for bad in [
        "",
        "[]",
        r#"{"now_hour": 48}"#,
        r#"{"now_hours": 0}"#,
        r#"{"calendar": {"utc_offset": 28800, "day_ends_at": 18, "holidays": ["1.10."], "workdays": []}}"#,
        r#"{"calendar": {"day_end_at": 17}}"#,
        r#"{"calendar": 17}"#,
        r#"{"escalation": [{"after_hours": 1, "to": "grid_lead", "too": "x"}]}"#,
    ] {
        let args = set(bad);
        assert_eq!(failure(dir.path(), &args.each_ref().map(String::as_str)), (Some(1), "bad_rules".into()), "{bad}");
    }
    assert_eq!(json(dir.path(), &["rules", "show"])["now_hours"], 48, "the old ones stay");
    assert_eq!(json(dir.path(), &["rules", "show", "--default"])["now_hours"], 24);
    assert_eq!(failure(dir.path(), &["rules", "set", "/does/not/exist"]), (Some(1), "cannot_read".into()));
}

#[test]
fn no_export_costs_a_file_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (data, out) = (dir.path().join("srv"), dir.path().join("out"));
    run(&data, &["init", "--demo", "small"]);
    std::fs::create_dir(&out).unwrap();
    let before = json(&data, &["members", "--json"]);
    let (there, new) = (out.join("there"), out.join("new"));
    std::fs::write(&there, "一份旧的").unwrap();
    let paths = [&there, &new, &data.join("server.db"), &data.join("new"), &out.join("../srv/rescue.key")];
    let [there_name, new_name, db, within, key] = paths.map(|p| p.to_str().unwrap());
    let exports: [&[&str]; 2] = [&["lists", "--xlsx"], &["backup"]];
    for command in exports {
        for (file, force, code) in [
            (there_name, false, if command == ["backup"] { "backup_exists" } else { "file_exists" }),
            (db, false, "file_in_data_folder"),
            (db, true, "file_in_data_folder"),
            (key, true, "file_in_data_folder"),
            (within, true, "file_in_data_folder"),
            ("/dev/full", true, "not_a_file"),
            ("-", true, "not_a_file"),
        ] {
            let force = if force { &["--force"][..] } else { &[] };
            assert_eq!(failure(&data, &[command, &[file], force].concat()), (Some(1), code.into()), "{command:?} {file}");
        }
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "一份旧的");
        assert!(run(&data, &[command, &[new_name]].concat()).status.success());
        assert!(run(&data, &[command, &[there_name, "--force"]].concat()).status.success());
        assert_ne!(std::fs::read(&there).unwrap(), "一份旧的".as_bytes());
        std::fs::remove_file(&new).unwrap();
        std::fs::write(&there, "一份旧的").unwrap();
    }
    for file in [there_name, db, within] {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--ready-file", file];
        let code = if file == there_name { "file_exists" } else { "file_in_data_folder" };
        assert_eq!(failure(&data, &serve), (Some(1), code.into()), "{file}");
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1, "nothing is left beside");
    assert_eq!(json(&data, &["members", "--json"]), before);
}

/// A run under the umask of a careless machine.
#[cfg(unix)]
fn run_open(dir: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_sync-server");
    Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" --data \"$@\"", program])
        .arg(dir)
        .args(args)
        .env("RUST_LOG", "off")
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn everything_is_private_whatever_the_umask_and_doctor_tells_what_is_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let (data, again) = (dir.path().join("srv"), dir.path().join("again"));
    let archive = dir.path().join("archive");
    let archive_name = archive.to_str().unwrap();
    assert!(run_open(&data, &["init", "--demo", "small"]).status.success());
    // As long as somebody reads, the log and its index lie beside the database.
    let reading = rusqlite::Connection::open(data.join("server.db")).unwrap();
    reading.query_row("SELECT count(*) FROM member", [], |_| Ok(())).unwrap();
    assert!(run_open(&data, &["backup", archive_name]).status.success());
    assert!(run_open(&data, &["lists", "--xlsx", dir.path().join("x").to_str().unwrap()]).status.success());
    assert!(run_open(&again, &["restore", archive_name, "--yes"]).status.success());
    let wide = |root: &Path| beehive_machine::private::wide(root, &[""]).unwrap();
    assert_eq!((wide(&data), wide(&again)), (vec![], vec![]));
    let widen = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    widen(dir.path(), 0o700);
    assert_eq!(wide(dir.path()), vec![], "exports too");

    std::fs::create_dir_all(data.join("files/ab")).unwrap();
    std::fs::write(data.join("files/ab/photo"), "").unwrap();
    [(data.join("server.db"), 0o644), (data.join("files/ab/photo"), 0o644)].iter().for_each(|(path, mode)| widen(path, *mode));
    let told = |dir: &Path| {
        let output = run(dir, &["doctor", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let problems: Vec<String> =
            report["problems"].as_array().unwrap().iter().map(|p| p["detail"].as_str().unwrap().to_owned()).collect();
        assert_eq!(output.status.code(), Some(i32::from(!problems.is_empty())));
        problems
    };
    let found = told(&data);
    assert!(found.iter().any(|p| p.starts_with("server.db：") && p.contains("644")), "{found:?}");
    assert!(found.iter().any(|p| p.starts_with("files/ab/photo：") && p.contains("chmod -R go-rwx")), "{found:?}");
    assert!(!told(&data).iter().any(|p| p.starts_with("server.db")), "opening it narrowed it");
    assert_eq!(told(&again), Vec::<String>::new());
}

fn full() -> std::process::Stdio {
    std::fs::File::options().write(true).open("/dev/full").unwrap().into()
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_was_not_written_is_not_success() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--demo", "small"]);
    let lists: [&[&str]; 9] = [
        &["members"],
        &["members", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["held"],
        &["rules", "show"],
        &["invite", "m-001"],
        &["documents", "--json"],
        &["--help"],
    ];
    for args in lists {
        let program = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sync-server"));
            command.arg("--data").arg(dir.path()).args(args).env("RUST_LOG", "off").stderr(std::process::Stdio::piped());
            command
        };
        let told = program().stdout(full()).output().unwrap();
        assert_eq!(told.status.code(), Some(1), "{args:?}");
        assert!(String::from_utf8_lossy(&told.stderr).contains("[output_unwritten]"), "{args:?}");
        // A pipe that nobody reads from.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(program().stdout(writer).output().unwrap().status.code(), Some(1), "{args:?}");
    }
    let init = dir.path().join("other");
    let made = Command::new(env!("CARGO_BIN_EXE_sync-server")).arg("--data").arg(&init).arg("init").stdout(full()).status().unwrap();
    assert_eq!(made.code(), Some(1));
    assert!(run(&init, &["members"]).status.success(), "it was done, as it said");
}

#[test]
fn a_failed_init_or_restore_leaves_nothing_and_the_next_one_works() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let names = |folder: &Path| {
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    // A key file that cannot be read stops it half way.
    std::fs::create_dir(at("half")).unwrap();
    std::fs::write(at("half/rescue.key"), "no key").unwrap();
    assert_eq!(failure(&at("half"), &["init"]), (Some(3), "data_dir_unusable".into()));
    assert_eq!(names(&at("half")), ["rescue.key"]);
    // What was there before and cannot be a folder is not touched.
    std::fs::write(at("file"), "mine").unwrap();
    assert_eq!(failure(&at("file"), &["init"]).0, Some(3));
    assert_eq!(std::fs::read(at("file")).unwrap(), b"mine");
    // As a full disk or a kill leaves it: an empty database, one that is half made, half a key.
    std::fs::remove_file(at("half/rescue.key")).unwrap();
    std::fs::write(at("half/server.db"), "").unwrap();
    std::fs::write(at("half/rescue.key.new"), "ha").unwrap();
    std::fs::create_dir(at("half/starting")).unwrap();
    std::fs::write(at("half/starting/server.db"), "half").unwrap();
    json(&at("half"), &["init", "--demo", "small", "--json"]);
    assert!(!at("half/starting").exists());
    assert!(run(&at("half"), &["doctor"]).status.success());

    let archive = at("archive");
    assert!(run(&at("half"), &["backup", archive.to_str().unwrap()]).status.success());
    let mut bytes = std::fs::read(&archive).unwrap();
    let cut = bytes.len() / 2;
    std::fs::write(at("cut"), &bytes[..cut]).unwrap();
    bytes[cut] ^= 1;
    std::fs::write(at("changed"), &bytes).unwrap();
    std::fs::write(at("noise"), "不是备份").unwrap();
    for bad in ["cut", "changed", "noise"] {
        let bad = at(bad);
        for into in [at("new"), at("half")] {
            let before = into.exists().then(|| names(&into));
            assert_eq!(failure(&into, &["restore", bad.to_str().unwrap(), "--yes"]), (Some(1), "backup_damaged".into()), "{bad:?}");
            assert_eq!(
                into.exists().then(|| names(&into)),
                before.map(|mut b: Vec<String>| {
                    // A lock is no litter where a server lives.
                    if !b.contains(&"lock".to_owned()) {
                        b.push("lock".into());
                        b.sort();
                    }
                    b
                }),
                "{bad:?}"
            );
        }
    }
    // As a kill leaves it.
    std::fs::create_dir_all(at("new/restoring")).unwrap();
    std::fs::write(at("new/restoring/server.db"), "half").unwrap();
    assert!(run(&at("new"), &["restore", archive.to_str().unwrap(), "--yes"]).status.success());
    assert!(!at("new/restoring").exists() && run(&at("new"), &["doctor"]).status.success());
}

#[test]
fn nothing_that_is_printed_acts_on_a_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let name = "街\u{1b}[31m道\u{202e}\u{9b}2J\n第二行";
    let clean = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!text.contains(|c| c != '\n' && beehive_core::visible::is_hidden(c)), "{text:?}");
        text
    };
    let made = run(dir.path(), &["init", "--demo", "small", "--name", name]);
    assert!(clean(&made.stdout).contains("街\\u{1b}[31m道\\u{202e}\\u{9b}2J\\n第二行"));
    for args in [&["doctor"][..], &["doctor", "--json"], &["members"], &["members", "--json"]] {
        clean(&run(dir.path(), args).stdout);
    }
    assert_eq!(json(dir.path(), &["doctor", "--json"])["tenant"], name, "JSON says the same");
    let typed = "\u{1b}[2J\u{202e}";
    for args in [&[typed][..], &["grant", typed, typed, typed], &["rules", "set", typed], &["lists", "--xlsx", "/\u{1b}/x"]] {
        let ran = run(dir.path(), args);
        assert!(!ran.status.success());
        assert!(!clean(&ran.stderr).is_empty());
    }
}

#[test]
fn the_days_of_a_duty_are_the_street_s() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--demo", "small"]);
    for zone in ["UTC", "Asia/Shanghai", "America/New_York", "<+14>-14"] {
        let grant = ["grant", "m-002", "grid_lead", "g-1", "--from", "2098-12-01", "--until", "2099-12-31"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_sync-server"));
        let done = command.arg("--data").arg(dir.path()).args(grant).env("TZ", zone).env("RUST_LOG", "off").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let given = &json(dir.path(), &["members", "--json"])[1]["grants"][1];
        // Midnight in a street at UTC+8.
        let times = (given["from"].as_i64(), given["until"].as_i64());
        assert_eq!(times, (Some(4_068_230_400 - 28_800), Some(4_102_444_800 - 28_800)), "{zone}");
    }
}
