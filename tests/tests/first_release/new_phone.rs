//! This phone before a server of the first release.

use crate::{
    recording::{self, Exchange},
    words::{StandingState, SyncRequest, SyncResponse, Verdict, VerdictKind},
};
use anyhow::{Context, Result, bail, ensure};
use beehive_core::{DocId, sync};
use beehive_device::api::{ListFilter, Response};
use beehive_tests::LocalPhone;
use serde_json::json;
use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// The phone that came late in the recorded day: everything was there already.
const LATE: &str = "c";

/// What the old server is to say, and what it was asked.
struct Old {
    recorded: Vec<Exchange>,
    syncs: VecDeque<usize>,
    asked: Vec<SyncRequest>,
    /// Requests that it would have understood nothing of.
    strange: Vec<String>,
}

impl Old {
    fn of(who: &str) -> Result<Self> {
        let recorded: Vec<Exchange> = recording::exchanges()?.into_iter().filter(|e| e.who == who).collect();
        let syncs = recorded.iter().enumerate().filter(|(_, e)| e.path == "/v1/sync").map(|(n, _)| n).collect();
        Ok(Self { recorded, syncs, asked: Vec::new(), strange: Vec::new() })
    }

    fn at(&self, path: &str) -> Result<Option<Vec<u8>>> {
        self.recorded.iter().find(|e| e.path == path).map(Exchange::response).transpose()
    }

    fn answer(&mut self, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        if path == "/v1/sync" {
            return Ok((200, self.sync(body)?));
        }
        if let Some(body) = self.at(path)? {
            return Ok((200, body));
        }
        self.strange.push(path.to_owned());
        let unknown = json!({ "code": "not_found", "message": "没有这个地址。", "hint": "请更新程序。" });
        Ok((404, unknown.to_string().into_bytes()))
    }

    /// Reads a request as a program of that time does; says what was recorded, then what such a server says to what is new.
    fn sync(&mut self, body: &[u8]) -> Result<Vec<u8>> {
        let request: SyncRequest = sync::decode(body)?;
        let stored = |doc: DocId| Verdict { doc, kind: VerdictKind::Stored, code: None, stored: None };
        let verdicts: Vec<Verdict> = request.push.docs.iter().map(|d| stored(d.doc)).collect();
        self.asked.push(request);
        if let Some(n) = self.syncs.pop_front() {
            return self.recorded[n].response();
        }
        let last = self.recorded.iter().rfind(|e| e.path == "/v1/sync").context("no exchange")?;
        let last: SyncResponse = sync::decode(&last.response()?)?;
        let answer = SyncResponse { verdicts, scopes: vec![], reference: vec![], bootstrap: vec![], standing: StandingState::Ok, ..last };
        Ok(sync::encode(&answer, 3)?)
    }
}

/// Serves it, one connection after the other, as long as the test lives.
fn serve(old: Arc<Mutex<Old>>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Err(e) = one(&old, &stream) {
                eprintln!("the old server: {e:#}");
            }
        }
    });
    Ok(address)
}

fn one(old: &Mutex<Old>, mut stream: &TcpStream) -> Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).context("no path")?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, answer) = old.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.answer(&path, &body)?;
    // As it said it (the recording has no headers): without the name that servers give themselves since.
    let binary = status == 200 && (path == "/v1/sync" || path.starts_with("/v1/packs/"));
    let media = if binary { "application/vnd.beehive.sync" } else { "application/json" };
    let length = answer.len();
    write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n")?;
    stream.write_all(&answer)?;
    Ok(stream.flush()?)
}

fn call(phone: &LocalPhone, request: serde_json::Value) -> Result<Response> {
    phone.call(serde_json::from_value(request)?)
}

#[test]
fn this_phone_reads_what_the_old_server_says_and_the_old_server_what_this_phone_says() -> Result<()> {
    let old = Arc::new(Mutex::new(Old::of(LATE)?));
    let address = serve(old.clone())?;
    let phone = LocalPhone::new()?;
    let enrolled: serde_json::Value = serde_json::from_slice(&old.lock().unwrap().at("/v1/enroll")?.context("not enrolled")?)?;
    let now = enrolled["time"].as_i64().context("no time")?;
    phone.set_time(now);
    phone.enroll(&format!("beehive://join?s=http://{address}&c=AAAAAAAAAAAAAAAAAAAAAA&x={}", now + 86_400))?;
    phone.sync_all()?;

    // The day as it was.
    let rows = phone.rows(&ListFilter::default())?;
    let mut told: Vec<(&str, &str)> = rows.iter().map(|r| (r.title.as_str(), r.status.code())).collect();
    told.sort_unstable();
    assert_eq!(told, [("402 水管漏水", "accepted"), ("楼梯间的灯不亮", "resolved"), ("过道堆了纸箱", "resolved")]);
    let lamp = rows.iter().find(|r| r.title.contains("灯")).context("no lamp")?;
    let shown = phone.show(lamp.id)?;
    let mut did: Vec<&str> = shown.timeline.iter().map(|line| line.what.as_str()).collect();
    did.sort_unstable();
    assert_eq!(did, ["accept", "assign", "created", "resolve", "step"]);
    ensure!(!shown.row.place.is_empty() && !shown.scope_name.is_empty(), "reference data came too");

    // What only this program can do is written, sent, and readable there as a request; the phone takes the answer for what it is.
    let record = json!({
        "do": "record", "kind": "demand", "title": "新版记的", "detail": "", "category": "other", "urgency": "", "asker": "", "photos": [],
    });
    let Response::Recorded { id } = call(&phone, record)? else { bail!("not recorded") };
    let leak = rows.iter().find(|r| r.title.contains("水管")).context("no leak")?.id;
    call(&phone, json!({ "do": "act", "id": leak, "event": { "t": "join", "note": "楼下也说漏水", "asker": "张阿姨" } }))?;
    let outcome = phone.sync_all()?;
    assert_eq!((outcome.sent, outcome.refused), (2, 0), "{outcome:?}");
    assert_eq!(phone.status()?.unsent, 0);
    let old = old.lock().unwrap();
    let sent: Vec<DocId> = old.asked.iter().flat_map(|r| &r.push.docs).map(|d| d.doc).collect();
    ensure!(sent.contains(&id) && sent.contains(&leak), "{sent:?}");
    ensure!(old.asked.iter().all(|r| r.v == 1 && r.capabilities.contains(&"raw".to_owned())));
    println!("asked in vain: {:?}", old.strange);
    Ok(())
}
