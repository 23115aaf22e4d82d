//! Phones of the first release before this server.

use crate::{
    recording::{self, Exchange},
    words::{EnrollRequest, EnrollResponse, PackDoc, Status, SyncResponse, VerdictKind},
};
use anyhow::{Context, Result, bail, ensure};
use beehive_core::{MemberId, sync};
use beehive_device::api::Response;
use beehive_tests::{BUILDING, LEAD, Street, http};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use sync_server::{
    secret::SecretHash,
    storage::{Invitation, SqliteStorage, Storage},
};

const SYNC_MEDIA: &str = "application/vnd.beehive.sync";

/// Makes the invitation that the recorded phone used.
fn invite(street: &Street, code: &str, member: &MemberId) -> Result<()> {
    let storage: Box<dyn Storage> = Box::new(SqliteStorage::open(&street.data())?);
    let (now, code, member) = (street.now(), SecretHash::of(code), member.clone());
    Ok(storage
        .write(move |tx| tx.add_invitation(&Invitation { code, member, created_at: now, expires_at: now + 86_400, used_at: None }))?)
}

/// Sends what the old phone sent, and reads the answer as it would.
fn enroll(street: &Street, exchange: &Exchange) -> Result<String> {
    let request: EnrollRequest = serde_json::from_slice(&exchange.request()?)?;
    let before: EnrollResponse = serde_json::from_slice(&exchange.response()?)?;
    invite(street, &request.code, &before.member.id)?;
    let headers = [("Content-Type", "application/json")];
    let answer = http::send(street.address(), &exchange.method, &exchange.path, &headers, &exchange.request()?)?;
    ensure!(answer.status == 200, "{answer:?}");
    let now: EnrollResponse = serde_json::from_slice(&answer.body)?;
    assert_eq!((&now.member.id, &now.tenant, now.epoch), (&before.member.id, &before.tenant, before.epoch));
    Ok(now.credential)
}

fn changes(answer: &SyncResponse) -> BTreeSet<Vec<u8>> {
    let docs = answer.scopes.iter().flat_map(|page| &page.batch.docs);
    docs.flat_map(|doc| doc.changes.iter().map(|c| c.to_vec())).collect()
}

#[test]
fn every_request_of_the_recorded_day_is_answered_so_that_the_old_phone_reads_it() -> Result<()> {
    let recorded = recording::exchanges()?;
    let first: EnrollResponse = serde_json::from_slice(&recorded.first().context("nothing recorded")?.response()?)?;
    let street = Street::start_as(first.epoch, first.time)?;
    let mut credentials: BTreeMap<&str, String> = BTreeMap::new();
    let (mut pushed, mut received, mut whole) = (0, 0, 0);
    for exchange in &recorded {
        if exchange.path == "/v1/enroll" {
            credentials.insert(&exchange.who, enroll(&street, exchange)?);
            continue;
        }
        // Packs have names of their own here; they are fetched below, as this server names them.
        if exchange.path != "/v1/sync" {
            continue;
        }
        let bearer = format!("Bearer {}", credentials.get(exchange.who.as_str()).context("not enrolled")?);
        let headers = [("Content-Type", SYNC_MEDIA), ("Authorization", &bearer)];
        let answer = http::send(street.address(), "POST", "/v1/sync", &headers, &exchange.request()?)?;
        ensure!(answer.status == exchange.status, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        let (before, now): (SyncResponse, SyncResponse) = (sync::decode(&exchange.response()?)?, sync::decode(&answer.body)?);
        assert_eq!((now.v, now.epoch, now.standing), (before.v, before.epoch, before.standing));
        // The same verdicts, the same changes, the same cursors and digests: nothing of it is read differently now.
        let verdicts = |a: &SyncResponse| a.verdicts.iter().map(|v| (v.doc, v.kind, v.code.clone())).collect::<Vec<_>>();
        assert_eq!(verdicts(&now), verdicts(&before));
        ensure!(now.verdicts.iter().all(|v| v.kind == VerdictKind::Stored));
        let pages = |a: &SyncResponse| a.scopes.iter().map(|p| (p.scope.clone(), p.cursor, p.digest)).collect::<Vec<_>>();
        assert_eq!(pages(&now), pages(&before));
        assert_eq!(changes(&now), changes(&before));
        let open = |a: &SyncResponse| {
            let scopes = a.bootstrap.iter();
            scopes
                .map(|b| (b.scope.clone(), b.cursor, b.open.iter().map(|o| (o.doc, o.title.clone(), o.status)).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        };
        assert_eq!(open(&now), open(&before));
        pushed += now.verdicts.len();
        received += changes(&now).len();
        for pack in now.bootstrap.iter().flat_map(|b| &b.packs) {
            let answer = http::send(street.address(), "GET", &format!("/v1/packs/{}", pack.name), &[("Authorization", &bearer)], b"")?;
            ensure!(answer.status == 200 && answer.body.len() as u64 == pack.size, "{}", answer.head);
            let docs: Vec<PackDoc> = sync::decode(&answer.body)?;
            assert_eq!(docs.len(), pack.docs as usize);
            whole += docs.len();
        }
    }
    ensure!(pushed >= 6 && received >= 6 && whole >= 1, "a day with something in it: {pushed} {received} {whole}");
    street.stop()
}

/// What newer programs do meanwhile does not shut an old phone out: a first download is in its words, whatever became of the matters.
#[test]
fn a_street_full_of_newer_states_can_still_be_downloaded() -> Result<()> {
    let recorded = recording::exchanges()?;
    let late: Vec<&Exchange> = recorded.iter().filter(|e| e.who == "c").collect();
    let [joined, first, ..] = late[..] else { bail!("no late phone was recorded") };
    let before: EnrollResponse = serde_json::from_slice(&joined.response()?)?;
    let street = Street::start_as(before.epoch, before.time)?;
    let lead = street.phone(LEAD)?;
    let call = |request: Value| lead.call(serde_json::from_value(request)?);
    let newer = [
        json!([{ "t": "accept", "path": "now", "note": "" }, { "t": "suspend", "note": "等住户回来" }]),
        json!([{ "t": "return", "note": "是哪个单元" }]),
        json!([{ "t": "resolve", "note": "换了" }, { "t": "dispute", "note": "还是黑的" }]),
    ];
    for (n, events) in newer.into_iter().enumerate() {
        let record = json!({
            "do": "record", "kind": "finding", "title": format!("新版的 {n}"), "detail": "", "category": "water", "building": BUILDING, "urgency": "",
            "asker": "", "photos": [],
        });
        let Response::Recorded { id } = call(record)? else { bail!("not recorded") };
        for event in events.as_array().into_iter().flatten() {
            call(json!({ "do": "act", "id": id, "event": event }))?;
        }
    }
    lead.sync_all()?;

    let bearer = format!("Bearer {}", enroll(&street, joined)?);
    let headers = [("Content-Type", SYNC_MEDIA), ("Authorization", &bearer)];
    let answer = http::send(street.address(), "POST", "/v1/sync", &headers, &first.request()?)?;
    let answer: SyncResponse = sync::decode(&answer.body)?;
    let open: Vec<Status> = answer.bootstrap.iter().flat_map(|b| b.open.iter().map(|o| o.status)).collect();
    assert_eq!(open.len(), 3, "{:?}", answer.bootstrap);
    ensure!(open.iter().all(|status| !matches!(status, Status::Resolved | Status::Withdrawn)), "what is open is shown as open: {open:?}");
    street.stop()
}
