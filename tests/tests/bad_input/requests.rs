//! Requests that nobody honest makes.

use super::ensure_well;
use anyhow::{Context, Result, ensure};
use beehive_core::{
    DocId,
    sync::{self, DocChanges, MAX_BODY, SyncRequest},
};
use beehive_tests::{
    COLLEAGUE, Phone, Server, WORKER,
    http::{self, RawDevice},
};
use serde_bytes::ByteBuf;
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

const SYNC: &str = "application/vnd.beehive.sync";
const JSON: &str = "application/json";

/// Each has its own status and code, and costs the server nothing.
#[test]
fn a_malformed_request_gets_a_typed_error() -> Result<()> {
    let mut server = Server::start()?;
    let device = RawDevice::enroll(&server, WORKER, "0102030405060710".parse()?)?;
    let bearer = format!("Bearer {}", device.credential);
    let (wrong, long) = ("Bearer 0000000000000000".to_owned(), format!("Bearer {}", "a".repeat(5_000)));
    let own = [("Authorization", bearer.as_str()), ("Content-Type", SYNC)];
    let json = [("Content-Type", JSON)];
    let honest = device.request(vec![]);
    let with = |change: &dyn Fn(&mut SyncRequest)| -> Result<Vec<u8>> {
        let mut request = honest.clone();
        change(&mut request);
        Ok(sync::encode(&request, 3)?)
    };
    let newer = with(&|r| r.v = 99)?;
    let crowd = with(&|r| r.push.docs = vec![DocChanges { doc: DocId::default(), changes: vec![] }; 2_001])?;
    let bomb = sync::encode(&ByteBuf::from(vec![0u8; 200 << 20]), 1)?;
    // CBOR that announces an array of 2^60 elements.
    let giant = zstd::bulk::compress(&[0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0], 1)?;
    let deep = zstd::bulk::compress(&vec![0x81; 1 << 20], 1)?;
    let oversized = vec![7u8; MAX_BODY + 1];
    let newer_enrolment = br#"{"v":99,"code":"x","device_name":"x"}"#.to_vec();
    let unknown_code = br#"{"v":1,"code":"0000000000","device_name":"x"}"#.to_vec();
    let long_enrolment = format!(r#"{{"v":1,"code":"{}","device_name":"x"}}"#, "c".repeat(20_000)).into_bytes();

    type Case<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);
    let cases: [Case<'_>; 27] = [
        ("no such address", "GET", "/nothing", &[], b"", 404, "not_found"),
        ("a way out of the folder", "GET", "/../../etc/passwd", &[], b"", 404, "not_found"),
        ("another method", "GET", "/v1/sync", &[], b"", 405, "method_not_allowed"),
        ("another method", "DELETE", "/healthz", &[], b"", 405, "method_not_allowed"),
        ("no credential", "POST", "/v1/sync", &[("Content-Type", SYNC)], b"", 401, "unauthorized"),
        ("a wrong credential", "POST", "/v1/sync", &[("Authorization", &wrong), ("Content-Type", SYNC)], b"", 401, "unauthorized"),
        ("a long credential", "POST", "/v1/sync", &[("Authorization", &long), ("Content-Type", SYNC)], b"", 401, "unauthorized"),
        ("another scheme", "POST", "/v1/sync", &[("Authorization", "Basic YTpi"), ("Content-Type", SYNC)], b"", 401, "unauthorized"),
        ("no scheme", "POST", "/v1/sync", &[("Authorization", &device.credential)], b"", 401, "unauthorized"),
        ("another media type", "POST", "/v1/sync", &[own[0], ("Content-Type", JSON)], b"{}", 415, "wrong_content"),
        ("no media type", "POST", "/v1/sync", &own[..1], b"{}", 415, "wrong_content"),
        ("nothing", "POST", "/v1/sync", &own, b"", 400, "malformed_body"),
        ("noise", "POST", "/v1/sync", &own, b"\x28\xb5\x2f\xfd noise", 400, "malformed_body"),
        ("a giant array", "POST", "/v1/sync", &own, &giant, 400, "malformed_body"),
        ("a deep nest", "POST", "/v1/sync", &own, &deep, 400, "malformed_body"),
        ("a bomb", "POST", "/v1/sync", &own, &bomb, 413, "body_too_large"),
        ("too large", "POST", "/v1/sync", &own, &oversized, 413, "body_too_large"),
        ("a newer protocol", "POST", "/v1/sync", &own, &newer, 426, "unsupported_protocol"),
        ("a crowd", "POST", "/v1/sync", &own, &crowd, 413, "too_many_groups"),
        ("no such pack", "GET", "/v1/packs/0123456789abcdef", &own[..1], b"", 404, "pack_unknown"),
        ("no such pack either", "GET", "/v1/packs/..%2f..%2fserver.db", &own[..1], b"", 404, "pack_unknown"),
        ("a pack for nobody", "GET", "/v1/packs/0123456789abcdef", &[], b"", 401, "unauthorized"),
        ("enrolling with something else", "POST", "/v1/enroll", &[], b"{}", 415, "wrong_content"),
        ("enrolling with noise", "POST", "/v1/enroll", &json, b"{\"v\":1", 400, "malformed_body"),
        ("enrolling with a newer protocol", "POST", "/v1/enroll", &json, &newer_enrolment, 426, "unsupported_protocol"),
        ("enrolling with too much", "POST", "/v1/enroll", &json, &long_enrolment, 413, "body_too_large"),
        ("an unknown invitation", "POST", "/v1/enroll", &json, &unknown_code, 404, "invitation_unknown"),
    ];
    for (what, method, path, headers, body, status, code) in cases {
        let answer = http::send(server.address(), method, path, headers, body).with_context(|| what.to_owned())?;
        let problem = answer.problem().with_context(|| what.to_owned())?;
        assert_eq!((answer.status, problem.code.as_str()), (status, code), "{what}");
    }
    assert!(device.push(vec![])?.verdicts.is_empty(), "the same device is served as before");
    ensure_well(&mut server)
}

/// What is not even HTTP, or stops half way, or never says how long it will be.
#[test]
fn broken_connections_disturb_nobody() -> Result<()> {
    let mut server = Server::start()?;
    let device = RawDevice::enroll(&server, WORKER, "0102030405060711".parse()?)?;
    let phone = Phone::enrolled(&server, COLLEAGUE)?;
    let head = format!("POST /v1/sync HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {SYNC}\r\n", device.credential);
    let many = format!("{head}{}\r\n", "X-Pad: y\r\n".repeat(5_000));
    let endless = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", format!("10000\r\n{}\r\n", "z".repeat(0x10000)).repeat(40));
    let streams: Vec<Vec<u8>> = vec![
        vec![],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        vec![0xff; 100_000],
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        format!("{head}Content-Length: 5000\r\n\r\nhalf").into_bytes(),
        format!("{head}Content-Length: -1\r\n\r\n").into_bytes(),
        format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").into_bytes(),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nzzzz\r\n").into_bytes(),
        many.into_bytes(),
        endless.into_bytes(),
    ];
    for bytes in &streams {
        let mut stream = TcpStream::connect(server.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        // The server may hang up before it has heard everything.
        if stream.write_all(bytes).is_ok() && stream.shutdown(Shutdown::Write).is_ok() {
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            let answer = String::from_utf8_lossy(&answer);
            ensure!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
    }
    // A body without an announced length is bounded all the same.
    let answer = http::raw(server.address(), streams.last().context("streams")?)?;
    assert_eq!((answer.status, answer.problem()?.code.as_str()), (413, "body_too_large"));
    // Somebody who connects and says nothing keeps no place from others.
    let idle: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(server.address())).collect::<Result<_, _>>()?;
    assert!(phone.sync()?.done);
    drop(idle);
    ensure_well(&mut server)
}

/// What a script can get wrong with the phone's own API.
#[test]
fn the_phones_api_refuses_what_it_does_not_understand() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let id = phone.record("demand", "一件", &[])?;
    for request in
        ["", "{", "[]", "null", r#"{"do":"fly"}"#, r#"{"do":"show"}"#, r#"{"do":"show","id":"xyz"}"#, r#"{"do":"list","limit":-1}"#]
    {
        let ran = phone.run(&["call", request])?;
        let answer: serde_json::Value = serde_json::from_str(&ran.stdout)?;
        assert_eq!(
            (ran.code, answer["is"].as_str(), answer["error"]["code"].as_str()),
            (Some(2), Some("error"), Some("bad_request")),
            "{request}"
        );
    }
    let (unknown, note) = ("00".repeat(16), "写".repeat(10_000));
    for (args, exit, code) in [
        (vec!["show", &unknown, "--json"], 1, "no_such_record"),
        (vec!["show", "zz", "--json"], 2, "bad_id"),
        (vec!["set", &id, "owner", "x", "--json"], 1, "unknown_field"),
        (vec!["set", &id, "title", " ", "--json"], 1, "title_missing"),
        (vec!["set", &id, "urgency", "whenever", "--json"], 1, "bad_value"),
        (vec!["act", &id, "explode", "--json"], 2, "bad_args"),
        (vec!["act", &id, "accept", "--json"], 2, "bad_args"),
        (vec!["act", &id, "accept", "--args", r#"{"path":"now"}"#, "--json"], 1, "not_your_role"),
        (vec!["act", &id, "step", "--json"], 1, "note_missing"),
        (vec!["act", &id, "step", "--note", &note, "--json"], 1, "too_long"),
        (vec!["act", &id, "reopen", "--note", "x", "--json"], 1, "not_closed"),
        (vec!["record", "demand", "--title", "  ", "--json"], 1, "title_missing"),
        (vec!["record", "demand", "--title", "x", "--building", "没有这栋", "--json"], 1, "unknown_building"),
    ] {
        assert_eq!(phone.run(&args)?.complaint(exit)?.code, code, "{args:?}");
    }
    // Several grids may be meant: nothing is taken for granted, and the answer names them.
    let lead = Phone::enrolled(&server, "m-004")?;
    for (args, code) in [
        (vec!["record", "demand", "--title", "x", "--json"], "which_grid"),
        (vec!["record", "demand", "--title", "x", "--grid", "w-9", "--json"], "unknown_grid"),
        (vec!["record", "demand", "--title", "x", "--building", "b-01", "--grid", "w-2", "--json"], "other_grid"),
    ] {
        let complaint = lead.run(&args)?.complaint(1)?;
        assert_eq!(complaint.code, code, "{args:?}");
        assert!(complaint.message.contains("1-2 微网格"), "{args:?}: {}", complaint.message);
    }
    assert!(lead.list()?.is_empty());
    let ran = lead.run(&["record", "demand", "--title", "x", "--grid", "１-２ 微网格", "--json"])?;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!((phone.list()?, phone.values(&id, "title")?), (vec![id], vec!["一件".to_owned()]));
    Ok(())
}
