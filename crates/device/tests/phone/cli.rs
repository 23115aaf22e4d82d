//! The command line's contract: what is printed with `--json`, and the exit codes.

use crate::{server::Server, support::foreign};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A phone's folder and the binary on it.
pub struct Bee {
    dir: TempDir,
}

/// What a run of the binary came to.
pub struct Ran {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Bee {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn dir(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beehive-phone"));
        // A proxy of the environment must never be asked.
        command.env("http_proxy", "http://127.0.0.1:9").env("RUST_LOG", "off").arg("--data").arg(self.dir.path().join("data")).args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            exit: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A run that must succeed; what it printed.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.exit, 0, "{args:?}: {} {}", ran.out, ran.err);
        ran.out
    }

    /// A run that must succeed and print one JSON document.
    pub fn json(&self, args: &[&str]) -> Value {
        json(&self.ok(args))
    }

    /// A run that must fail with this exit code and, as JSON on stderr, this code.
    pub fn fails(&self, args: &[&str], exit: i32, code: &str) {
        let ran = self.run(&[args, &["--json"]].concat());
        assert_eq!((ran.exit, json(&ran.err)["code"].as_str()), (exit, Some(code)), "{args:?}: {} {}", ran.out, ran.err);
        assert!(ran.out.is_empty(), "{}", ran.out);
        // Without --json: one line, in Chinese, with the code.
        let ran = self.run(args);
        assert_eq!((ran.exit, ran.err.trim_end().lines().count()), (exit, 1), "{}", ran.err);
        assert!(ran.err.contains(&format!("[{code}]")) && !ran.err.is_ascii(), "{}", ran.err);
    }
}

/// The one JSON document that a text is.
pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// A 1x1 PNG.
const PNG: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90\x77\x53\xde\x00\x00\x00\x0c\x49\x44\x41\x54\x78\x9c\x63\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

fn png(dir: &Path) -> String {
    let path = dir.join("photo.png");
    fs::write(&path, PNG).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_show_the_same() {
    let server = Server::start().await;
    let (a, b) = (Bee::new(), Bee::new());
    let status = json(&a.ok(&["enroll", &server.invite("m-001", server.address), "--json"]));
    assert_eq!(status["unsent"], 0);
    assert_eq!(status["cursors"]["g-1"], 0);
    b.ok(&["enroll", &server.invite("m-002", server.address)]);

    let photo = png(&a.dir());
    let id = a.ok(&[
        "record",
        "finding",
        "--title",
        "消防通道堆了杂物",
        "--building",
        "3 栋",
        "--unit",
        "1",
        "--door",
        "402",
        "--urgency",
        "soon",
        "--photo",
        &photo,
    ]);
    let id = id.trim();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    let also = a.json(&["record", "demand", "--title", "王大爷要人陪同就医", "--building", "b-3", "--json"]);
    assert_eq!(also["id"].as_str().unwrap().len(), 32);
    assert_eq!(a.json(&["status", "--json"])["unsent"], 2);

    let outcome = a.json(&["sync", "--json"]);
    for key in ["sent", "received", "refused", "round_trips", "bytes_up", "bytes_down", "done"] {
        assert!(!outcome[key].is_null(), "{key} is missing: {outcome}");
    }
    assert_eq!((&outcome["round_trips"], &outcome["refused"], &outcome["done"]), (&1.into(), &0.into(), &true.into()));
    b.ok(&["sync"]);

    // Both change the same fact without signal.
    a.ok(&["set", id, "title", "消防通道堆了纸箱"]);
    b.ok(&["set", &id[..6], "title", "消防通道堆了家具"]);
    b.ok(&["act", id, "step", "--note", "已联系物业"]);
    for phone in [&a, &b, &a] {
        phone.ok(&["sync"]);
    }
    let (shown, other) = (a.json(&["show", id, "--json"]), b.json(&["show", id, "--json"]));
    assert_eq!(shown, other);
    let titles: Vec<_> =
        shown["facts"]["title"].as_array().unwrap().iter().map(|v| (v["by"].as_str().unwrap(), v["value"].as_str().unwrap())).collect();
    assert_eq!(titles.len(), 2);
    assert!(titles.contains(&("m-001", "消防通道堆了纸箱")) && titles.contains(&("m-002", "消防通道堆了家具")), "{titles:?}");
    assert_eq!(shown["timeline"].as_array().unwrap().last().unwrap()["event"]["note"], "已联系物业");
    assert!(shown.get("local").is_none());
    assert_eq!(a.json(&["show", id, "--local", "--json"])["local"]["state"], "attention");

    // Choosing one settles it everywhere.
    b.ok(&["set", id, "title", "消防通道堆了纸箱"]);
    b.ok(&["sync"]);
    a.ok(&["sync"]);
    let shown = a.json(&["show", id, "--json"]);
    assert_eq!(shown["facts"]["title"].as_array().unwrap().len(), 1);
    assert_eq!(shown, b.json(&["show", id, "--json"]));

    assert_eq!(a.json(&["list", "--json"])["total"], 2);
    assert_eq!(a.json(&["list", "--kind", "finding", "--json"])["rows"][0]["id"], id);
    assert_eq!(b.json(&["search", "纸箱", "--json"])["rows"][0]["id"], id);
    let called = b.json(&["call", &format!(r#"{{"do":"show","id":"{id}"}}"#)]);
    assert_eq!(called["is"], "matter");
    let (a, b) = (a.json(&["status", "--json"]), b.json(&["status", "--json"]));
    assert_eq!((&a["digest"], &a["unsent"], &a["epoch"]), (&b["digest"], &b["unsent"], &b["epoch"]));
    assert_eq!(a["digest"].as_str().unwrap(), server.digest());
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_codes_words_and_exit_codes() {
    let server = Server::start().await;
    server.put(&foreign(9, "别人的"), "m-002");
    let bee = Bee::new();
    bee.fails(&["sync"], 1, "not_enrolled");
    bee.fails(&["enroll", "你好"], 1, "invitation_malformed");
    bee.fails(&["enroll", "beehive://join?s=http://127.0.0.1:9&c=k&x=1"], 1, "invitation_expired");
    bee.fails(&["enroll", "beehive://join?s=http://127.0.0.1:9&c=k&x=99999999999"], 3, "offline");
    bee.ok(&["enroll", &server.invite("m-001", server.address)]);
    let id = bee.json(&["list", "--json"])["rows"][0]["id"].as_str().unwrap().to_owned();

    bee.fails(&["show", "12345"], 2, "bad_id");
    bee.fails(&["show", "xyzxyzxyz"], 2, "bad_id");
    bee.fails(&["show", "ffffff"], 1, "not_found");
    bee.fails(&["act", &id, "accept"], 2, "bad_args");
    bee.fails(&["act", &id, "fly"], 2, "bad_args");
    bee.fails(&["act", &id, "assign", "--args", "[]"], 2, "bad_args");
    bee.fails(&["act", &id, "assign", "--args", "{"], 2, "bad_args");
    bee.fails(&["act", &id, "step"], 1, "note_missing");
    bee.fails(&["set", &id, "colour", "红"], 1, "unknown_field");
    bee.fails(&["record", "demand", "--title", " "], 1, "title_missing");

    let text = bee.dir().join("notes.txt");
    fs::write(&text, "不是照片").unwrap();
    let text = text.to_str().unwrap();
    let join: &[&str] = &["join", &id, "--note", "又来了", "--photo"];
    for step in [&["act", &id, "step", "--note", "看过了", "--photo"][..], join, &["attach", &id]] {
        bee.fails(&[step, &[text]].concat(), 1, "not_a_photo");
        bee.fails(&[step, &["/nowhere.jpg"]].concat(), 1, "photo_unreadable");
    }
    let mut huge = PNG.to_vec();
    huge.resize(41 << 20, 0);
    let path = bee.dir().join("huge.png");
    fs::write(&path, huge).unwrap();
    bee.fails(&["attach", &id, path.to_str().unwrap()], 1, "photo_too_large");
    assert_eq!(bee.json(&["show", &id, "--json"])["timeline"].as_array().unwrap().len(), 1, "nothing was half done");
    assert_eq!(bee.json(&["storage", "--json"])["files"], 0, "nor kept for it");

    for (request, exit, code) in
        [("{", 2, "bad_request"), (r#"{"do":"fly"}"#, 2, "bad_request"), (r#"{"do":"cut_link","cut":true}"#, 1, "not_here")]
    {
        let ran = bee.run(&["call", request]);
        assert_eq!((ran.exit, json(&ran.out)["error"]["code"].as_str()), (exit, Some(code)), "{request}");
    }
    for usage in [&["fly"][..], &["record", "party", "--title", "t"], &["show"], &["list", "--open", "--closed"]] {
        assert_eq!(bee.run(usage).exit, 2, "{usage:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_sync_ends_with_3_and_nothing_is_lost() {
    let server = Server::start().await;
    let proxy = crate::proxy::Proxy::start(server.address).await;
    let bee = Bee::new();
    bee.ok(&["enroll", &server.invite("m-001", proxy.address)]);
    bee.ok(&["record", "request", "--title", "请修门禁", "--building", "b-3"]);
    proxy.cut_after(0);
    bee.fails(&["sync"], 3, "offline");
    assert_eq!(bee.run(&["call", r#"{"do":"sync"}"#]).exit, 3);
    assert_eq!(bee.json(&["status", "--json"])["unsent"], 1);
    proxy.cut_after(i64::MAX);
    assert_eq!(bee.json(&["sync", "--json"])["done"], true);
    assert_eq!(bee.json(&["status", "--json"])["unsent"], 0);
    assert_eq!(server.lock().log.len(), 1);
}

#[test]
fn a_store_that_cannot_be_opened_is_exit_4() {
    let bee = Bee::new();
    bee.ok(&["status"]);
    fs::write(bee.dir().join("data/store.key"), "damaged").unwrap();
    bee.fails(&["status"], 4, "key_damaged");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_export_costs_a_file_that_is_there() {
    let server = Server::start().await;
    let bee = Bee::new();
    bee.ok(&["enroll", &server.invite("m-001", server.address)]);
    let photo = png(&bee.dir());
    bee.ok(&["record", "demand", "--title", "灯", "--photo", &photo]);
    let hash = bee.json(&["files", "--json"])["files"][0]["hash"].as_str().unwrap().to_owned();
    let at = |name: &str| bee.dir().join(name).to_str().unwrap().to_owned();
    fs::write(at("there"), "一份旧的").unwrap();
    let key = fs::read(at("data/store.key")).unwrap();
    for (file, code) in [
        ("data/phone.db", "file_in_data_folder"),
        ("data/store.key", "file_in_data_folder"),
        ("data/../data/new", "file_in_data_folder"),
        ("data", "not_a_file"),
    ] {
        for force in [&["--force"][..], &[]] {
            bee.fails(&[&["fetch", &hash, "--out", &at(file)], force].concat(), 1, code);
            bee.fails(&[&["rescue", "--out", &at(file)], force].concat(), 1, code);
        }
        let serve = bee.run(&["serve", "--ui", &at(""), "--ready-file", &at(file)]);
        assert!(serve.exit == 1 && serve.err.contains(code), "{}", serve.err);
    }
    bee.fails(&["fetch", &hash, "--out", &at("there")], 1, "file_exists");
    // The code of a rescue file is older than all others.
    bee.fails(&["rescue", "--out", &at("there")], 1, "cannot_write");
    assert_eq!(fs::read_to_string(at("there")).unwrap(), "一份旧的");
    bee.ok(&["fetch", &hash, "--out", &at("new")]);
    bee.ok(&["fetch", &hash, "--out", &at("there"), "--force"]);
    assert_eq!(fs::read(at("there")).unwrap(), fs::read(at("new")).unwrap());
    assert_eq!(fs::read(at("data/store.key")).unwrap(), key);
    assert_eq!(bee.json(&["list", "--json"])["total"], 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn everything_is_private_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start().await;
    let bee = Bee::new();
    let open = |args: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", "umask 0; exec \"$0\" --data \"$@\"", env!("CARGO_BIN_EXE_beehive-phone")]);
        command.env("RUST_LOG", "off").arg(bee.dir().join("a/data")).args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let photo = png(&bee.dir());
    fs::set_permissions(&photo, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(bee.dir(), fs::Permissions::from_mode(0o700)).unwrap();
    open(&["enroll", &server.invite("m-001", server.address)]);
    open(&["record", "demand", "--title", "灯", "--photo", &photo]);
    let wide = || beehive_machine::private::wide(&bee.dir().join("a"), &[""]).unwrap();
    assert_eq!(wide(), vec![]);
    // What an older version made is narrowed when it is opened.
    for (name, mode) in [("a/data", 0o755), ("a/data/phone.db", 0o644), ("a/data/files.db", 0o666)] {
        fs::set_permissions(bee.dir().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    open(&["status"]);
    assert_eq!(wide(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_printed_acts_on_a_terminal() {
    let server = Server::start().await;
    let title = "灯\u{1b}[2J\u{202e}\u{9b}31m\u{200b}\n假的一行";
    server.put(&foreign(9, title), "m-002");
    let bee = Bee::new();
    let clean = |text: &str| assert!(!text.contains(|c| c != '\n' && beehive_core::visible::is_hidden(c)), "{text:?}");
    bee.ok(&["enroll", &server.invite("m-001", server.address)]);
    let listed = bee.ok(&["list"]);
    clean(&listed);
    assert_eq!(listed.lines().count(), 1, "a title is one line: {listed}");
    assert!(listed.contains("灯\\u{1b}[2J\\u{202e}\\u{9b}31m\\u{200b}\\n假的一行"), "{listed}");
    let text = bee.ok(&["list", "--json"]);
    clean(&text);
    assert_eq!(json(&text)["rows"][0]["title"], title, "JSON says the same");
    let id = json(&text)["rows"][0]["id"].as_str().unwrap().to_owned();
    bee.ok(&["act", &id, "step", "--note", "看过了\u{1b}[31m"]);
    for args in [&["show", &id][..], &["show", &id, "--json"], &["show", &id, "--local", "--json"], &["search", "灯"], &["status"]] {
        clean(&bee.ok(args));
    }
    let typed = "\u{1b}[2J\u{202e}";
    for args in
        [&[typed][..], &["show", typed], &["record", typed], &["record", "demand", "--title", "t", "--photo", typed], &["call", typed]]
    {
        let ran = bee.run(args);
        assert_ne!(ran.exit, 0);
        clean(&ran.err);
        clean(&ran.out);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_not_written_is_not_success() {
    let server = Server::start().await;
    let bee = Bee::new();
    bee.run(&["enroll", "没有邀请"]);
    assert!(!bee.dir().join("data").exists(), "a text that is no invitation leaves nothing");
    bee.ok(&["enroll", &server.invite("m-001", server.address)]);
    let all: [&[&str]; 8] = [
        &["list"],
        &["list", "--json"],
        &["status"],
        &["counts"],
        &["files"],
        &["record", "demand", "--title", "灯"],
        &["call", r#"{"do":"status"}"#],
        &["--help"],
    ];
    for args in all {
        let full = || fs::File::options().write(true).open("/dev/full").unwrap();
        let told = bee.command(args).stdout(full()).output().unwrap();
        assert_eq!(told.status.code(), Some(1), "{args:?}");
        assert!(String::from_utf8_lossy(&told.stderr).contains("output_unwritten"), "{args:?}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(bee.command(args).stdout(writer).output().unwrap().status.code(), Some(1), "{args:?}");
    }
    // The same words within one second are one record.
    assert_ne!(bee.json(&["list", "--json"])["total"], 0, "what was done is done, as it said");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_never_lost_to_a_photo() {
    let server = Server::start().await;
    let bee = Bee::new();
    bee.ok(&["enroll", &server.invite("m-001", server.address)]);
    let good = png(&bee.dir());
    let at = |name: &str, bytes: &[u8]| {
        let path = bee.dir().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (text, cut) = (at("notes.txt", "不是照片".as_bytes()), at("cut.png", &PNG[..40]));
    for (n, (bad, code)) in
        [(text.as_str(), "not_a_photo"), ("/nowhere.jpg", "photo_unreadable"), (&cut, "bad_file")].into_iter().enumerate()
    {
        let ran = bee.run(&["record", "demand", "--title", &format!("灯 {n}"), "--photo", bad, &good, "--json"]);
        assert_eq!((ran.exit, json(&ran.err)["code"].as_str()), (1, Some(code)), "{}", ran.err);
        let id = json(&ran.out)["id"].as_str().unwrap().to_owned();
        assert!(json(&ran.err)["message"].as_str().unwrap().contains(&id), "{}", ran.err);
        let shown = bee.json(&["show", &id, "--json"]);
        assert_eq!(shown["facts"]["title"][0]["value"], format!("灯 {n}"));
        assert_eq!(shown["attachments"].as_array().unwrap().len(), 1, "the photo that can be kept is");
    }
    // A record that is not written keeps nothing, and says nothing else.
    let kept = bee.json(&["storage", "--json"])["files"].clone();
    bee.fails(&["record", "demand", "--title", " ", "--photo", &good], 1, "title_missing");
    assert_eq!(bee.json(&["storage", "--json"])["files"], kept);
    // More than one writing takes.
    let eleven = [good.as_str(); 11];
    let id = bee.ok(&[&["record", "demand", "--title", "很多", "--photo"], &eleven[..]].concat());
    assert_eq!(bee.json(&["show", id.trim(), "--json"])["timeline"].as_array().unwrap().len(), 12);
}
