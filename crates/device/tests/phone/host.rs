//! The loopback host, by the binary, as a browser sees it.

use crate::{
    cli::{Bee, json},
    server::Server,
};
use beehive_device::net::http_client;
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

/// A phone's host, running.
struct Host {
    child: Child,
    bee: Bee,
    url: String,
    client: Client,
    token: String,
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ui(dir: &Path) {
    fs::create_dir_all(dir.join("assets")).unwrap();
    fs::write(dir.join("index.html"), "<!doctype html><meta name=\"beehive-token\" content=\"__BEEHIVE_TOKEN__\">蜂巢").unwrap();
    fs::write(dir.join("assets/app.js"), "export {}").unwrap();
    fs::write(dir.join("../outside.txt"), "outside").unwrap();
}

impl Host {
    async fn start(bee: Bee) -> Self {
        let dir = bee.dir().join("ui");
        ui(&dir);
        let ready = bee.dir().join("ready");
        let mut child = bee
            .command(&[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--no-auto-sync",
                "--ui",
                dir.to_str().unwrap(),
                "--ready-file",
                ready.to_str().unwrap(),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = fs::read_to_string(ready).unwrap();
        let url = format!("http://{address}");
        assert!(line.contains(&format!("{url}/")), "{line}");
        let client = http_client(None).unwrap();
        let page = client.get(&url).send().await.unwrap().text().await.unwrap();
        let token = page.split("content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(token.len(), 64, "{page}");
        Self { child, bee, url, client, token }
    }

    async fn api(&self, request: Value) -> Value {
        let response = self
            .client
            .post(format!("{}/api", self.url))
            .header("x-beehive-token", &self.token)
            .body(request.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }
}

#[tokio::test]
async fn pages_are_the_ui_and_say_what_they_may_load() {
    let host = Host::start(Bee::new()).await;
    for (path, status) in [
        ("/", 200),
        ("/index.html", 200),
        ("/matter/0123", 200),
        ("/assets/app.js", 200),
        ("/assets/missing.js", 404),
        ("/..%2foutside.txt", 404),
        ("/%2e%2e/outside.txt", 404),
        ("/api/elsewhere", 404),
        ("/api", 405),
    ] {
        let response = host.client.get(format!("{}{path}", host.url)).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let header = |name: header::HeaderName| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = header(header::CONTENT_SECURITY_POLICY);
        for part in [
            "default-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "font-src 'self' data:",
            "media-src 'self' data:",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(header(header::REFERRER_POLICY), "no-referrer");
        let is_page = matches!(path, "/" | "/index.html" | "/matter/0123");
        assert_eq!(header(header::CACHE_CONTROL) == "no-store", is_page, "{path}");
        assert_eq!(response.text().await.unwrap().contains(&host.token), is_page, "{path}");
    }
}

#[tokio::test]
async fn only_the_own_page_may_call() {
    let host = Host::start(Bee::new()).await;
    let post = |token: Option<&str>, named: Option<&str>| {
        let mut request = host.client.post(format!("{}/api", host.url)).body(r#"{"do":"status"}"#);
        if let Some(token) = token {
            request = request.header("X-Beehive-Token", token);
        }
        if let Some(named) = named {
            request = request.header(header::HOST, named);
        }
        request.send()
    };
    let token = host.token.as_str();
    let port = host.url.rsplit(':').next().unwrap();
    assert_eq!(post(Some(token), None).await.unwrap().status(), 200);
    assert_eq!(post(Some(token), Some(&format!("localhost:{port}"))).await.unwrap().status(), 200);
    for wrong in [None, Some(""), Some("0000"), Some(&token[1..]), Some(&token.to_uppercase())] {
        let response = post(wrong, None).await.unwrap();
        assert_eq!(response.status(), 401);
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!((&body["is"], &body["error"]["code"]), (&json!("error"), &json!("wrong_token")));
    }
    for named in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1:1", "192.168.0.7"] {
        assert_eq!(post(Some(token), Some(named)).await.unwrap().status(), 403, "{named}");
        let page = host.client.get(&host.url).header(header::HOST, named).send().await.unwrap();
        assert!(!page.text().await.unwrap().contains(token), "{named}");
    }
    let events = |token: &str| host.client.get(format!("{}/api/events?token={token}", host.url)).send();
    assert_eq!(events("").await.unwrap().status(), 401);
    assert_eq!(events(token).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_nobody_understands_is_answered() {
    let host = Host::start(Bee::new()).await;
    for body in ["", "{", "[]", r#"{"do":"explode"}"#, r#"{"do":"show","id":"zz"}"#] {
        let response =
            host.client.post(format!("{}/api", host.url)).header("x-beehive-token", &host.token).body(body).send().await.unwrap();
        let answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(answer["error"]["code"], "bad_request", "{body}");
    }
    let huge = vec![b' '; 2 * beehive_core::media::MAX_FILE + 1];
    // A client of its own, for the link does not outlive this.
    let client = http_client(None).unwrap();
    let response = client.post(format!("{}/api", host.url)).header("x-beehive-token", &host.token).body(huge).send().await;
    // The host may have closed the link before the whole of it was sent.
    assert!(response.map_or(true, |r| r.status() == StatusCode::PAYLOAD_TOO_LARGE));
    assert_eq!(host.api(json!({ "do": "status" })).await["is"], "status");
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_are_told_that_something_changed() {
    let server = Server::start().await;
    let bee = Bee::new();
    bee.ok(&["enroll", &server.invite("m-001", server.address)]);
    let host = Host::start(bee).await;
    let mut events = host.client.get(format!("{}/api/events?token={}", host.url, host.token)).send().await.unwrap();
    assert_eq!(events.headers()[header::CONTENT_TYPE], "text/event-stream");
    let recorded = host.api(json!({ "do": "record", "kind": "demand", "title": "楼道灯不亮", "building": "b-3" })).await;
    assert_eq!(recorded["is"], "recorded", "{recorded}");
    let mut text = String::new();
    while !text.contains(r#"{"ev":"changed"}"#) {
        text.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    // This host can cut its link; the app and the command line cannot.
    let cut = host.api(json!({ "do": "cut_link", "cut": true })).await;
    assert_eq!((&cut["status"]["cut"], &cut["status"]["can_cut"]), (&json!(true), &json!(true)));
    assert_eq!(host.api(json!({ "do": "sync" })).await["error"]["code"], "offline");
    host.api(json!({ "do": "cut_link", "cut": false })).await;
    assert_eq!(host.api(json!({ "do": "sync" })).await["outcome"]["sent"], 1);
}

#[tokio::test]
async fn while_it_serves_the_store_is_its_own_and_it_stops_when_told() {
    let mut host = Host::start(Bee::new()).await;
    let locked = host.bee.run(&["status", "--json"]);
    assert_eq!((locked.exit, json(&locked.err)["code"].as_str()), (4, Some("store_locked")));
    assert!(locked.out.is_empty());

    // With an event stream open, which would otherwise never end.
    let mut events = host.client.get(format!("{}/api/events?token={}", host.url, host.token)).send().await.unwrap();
    assert!(std::process::Command::new("kill").args(["-TERM", &host.child.id().to_string()]).status().unwrap().success());
    assert_eq!(host.child.wait().unwrap().code(), Some(0));
    while let Ok(Some(_)) = events.chunk().await {}
    host.bee.ok(&["status"]);
}

#[test]
fn it_serves_this_machine_only() {
    let bee = Bee::new();
    ui(&bee.dir().join("ui"));
    let refused = bee.run(&["serve", "--listen", "0.0.0.0:0", "--ui", bee.dir().join("ui").to_str().unwrap()]);
    assert_eq!(refused.exit, 2);
    assert!(refused.err.contains("[not_loopback]"), "{}", refused.err);
    let missing = bee.run(&["serve", "--ui", bee.dir().join("nowhere").to_str().unwrap()]);
    assert_eq!(missing.exit, 1);
    assert!(missing.err.contains("[ui_missing]"), "{}", missing.err);
}
