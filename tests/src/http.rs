//! A phone that may say anything: raw HTTP/1.1 without a client library in the way, and a device that pushes whatever bytes it is given.

use crate::Server;
use anyhow::{Context, Result, bail};
use beehive_core::{
    ActorId,
    reference::Member,
    sync::{self, Batch, DocChanges, EnrollRequest, EnrollResponse, PROTOCOL, Problem, SyncRequest, SyncResponse},
};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// The media type of sync bodies.
const SYNC_MEDIA: &str = "application/vnd.beehive.sync";
/// Longer than any honest answer takes, even in a dev build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, as text.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The error in it; fails if it is not one of ours: a code, a Chinese sentence and a next step.
    pub fn problem(&self) -> Result<Problem> {
        let text = || String::from_utf8_lossy(&self.body).into_owned();
        let problem: Problem =
            serde_json::from_slice(&self.body).with_context(|| format!("{} without a problem: {}", self.status, text()))?;
        let chinese = |s: &str| s.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        if problem.code.is_empty() || !chinese(&problem.message) || !chinese(&problem.hint) {
            bail!("not a whole problem: {}", text());
        }
        Ok(problem)
    }
}

/// Sends bytes as they are and reads until the server closes or says no more.
pub fn raw(to: SocketAddr, bytes: &[u8]) -> Result<Answer> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // A server that has heard enough answers and closes: then the rest cannot be written, and the answer still counts.
    let written = stream.write_all(bytes);
    let mut all = Vec::new();
    let read = stream.read_to_end(&mut all);
    let Some(end) = all.windows(4).position(|w| w == b"\r\n\r\n") else {
        written?;
        read?;
        bail!("no answer: {:?}", String::from_utf8_lossy(&all));
    };
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).context("no status")?;
    Ok(Answer { status, head, body: all[end + 4..].to_vec() })
}

/// One request on a connection of its own.
pub fn send(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
    let mut bytes =
        format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    raw(to, &bytes)
}

/// An enrolled device without a phone behind it.
#[derive(Debug, Clone)]
pub struct RawDevice {
    /// Where it sends to.
    pub server: SocketAddr,
    /// Its secret.
    pub credential: String,
    /// Whose it is.
    pub member: Member,
    /// What it says it writes as.
    pub actor: ActorId,
}

impl RawDevice {
    /// Enrols one for a member.
    pub fn enroll(server: &Server, member: &str, actor: ActorId) -> Result<Self> {
        let invitation = server.invite(member)?;
        let code = code_of(&invitation)?;
        let answer = enroll_with(server.address(), &code)?;
        if answer.status != 200 {
            bail!("not enrolled: {}", String::from_utf8_lossy(&answer.body));
        }
        let enrolled: EnrollResponse = serde_json::from_slice(&answer.body)?;
        Ok(Self { server: server.address(), credential: enrolled.credential.context("no credential")?, member: enrolled.member, actor })
    }

    /// Sends any body to the sync route.
    pub fn post(&self, body: &[u8]) -> Result<Answer> {
        let bearer = format!("Bearer {}", self.credential);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", SYNC_MEDIA)];
        send(self.server, "POST", "/v1/sync", &headers, body)
    }

    /// A request that pushes these groups and asks for nothing.
    pub fn request(&self, docs: Vec<DocChanges>) -> SyncRequest {
        SyncRequest {
            v: PROTOCOL,
            capabilities: vec!["raw".into()],
            actor: self.actor,
            epoch: None,
            cursors: BTreeMap::new(),
            reference: BTreeMap::new(),
            push: Batch::raw(docs),
            want: vec![],
            waiting: vec![],
        }
    }

    /// Pushes groups of changes, whatever is in them.
    pub fn push(&self, docs: Vec<DocChanges>) -> Result<SyncResponse> {
        let answer = self.post(&sync::encode(&self.request(docs), 3)?)?;
        if answer.status != 200 {
            bail!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(sync::decode(&answer.body)?)
    }
}

/// The one-time code in an invitation.
pub fn code_of(invitation: &str) -> Result<String> {
    let (_, rest) = invitation.split_once("c=").context("an invitation without a code")?;
    Ok(rest.split('&').next().unwrap_or(rest).trim().to_owned())
}

/// Tries to enrol with a code.
pub fn enroll_with(server: SocketAddr, code: &str) -> Result<Answer> {
    let request = EnrollRequest { v: PROTOCOL, code: code.to_owned(), device_name: "测试机".into(), credential: None };
    send(server, "POST", "/v1/enroll", &[("Content-Type", "application/json")], &serde_json::to_vec(&request)?)
}
