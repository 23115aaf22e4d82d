//! Rescue files: taken in like a push of the device that made them, by anybody who can carry them, as often as they like.

use crate::harness::{NOW, Phone, Server};
use beehive_core::{
    DeviceId, DocId, FileHash,
    rescue::{Head, Rescue, RescueDoc, RescueDraft, RescueError, RescueFile, RescueKey, RescueRefused, pack, seal},
    sync::VerdictKind,
};
use crypto_box::aead::OsRng;
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};
use sync_server::{
    rescue::{ImportError, ImportReport, Source, ensure, import},
    storage::setting,
};

fn rescue(phone: &Phone) -> Rescue {
    let docs = phone.groups().into_iter().map(|g| RescueDoc { doc: g.doc, changes: g.changes, history: vec![] }).collect();
    let head = Head {
        street_id: None,
        device: phone.device.parse().unwrap(),
        member: phone.member.clone(),
        tenant: "保和街道".into(),
        epoch: phone.epoch,
        at: NOW,
        program: "0.1.0".into(),
        actors: vec![phone.actor],
    };
    Rescue { head, docs, refused: vec![], drafts: vec![], files: vec![] }
}

fn key(server: &Server) -> RescueKey {
    ensure(server.dir(), &server.storage).unwrap();
    server.storage.read(|r| r.setting(setting::RESCUE_KEY)).unwrap().unwrap().parse().unwrap()
}

fn sealed(server: &Server, phone: &Phone, rescue: &Rescue) -> Vec<u8> {
    let mark: [u8; 32] = Sha256::digest(phone.credential.as_bytes()).into();
    seal(&mut OsRng, &key(server), &pack(rescue, &mark).unwrap()).unwrap()
}

fn take_in(server: &Server, file: &[u8], dry_run: bool) -> Result<ImportReport, ImportError> {
    import(server.dir(), &server.storage, file, dry_run, server.now())
}

fn told(report: &ImportReport) -> Vec<(VerdictKind, Option<&str>)> {
    report.docs.iter().map(|d| (d.verdict, d.code.as_deref())).collect()
}

#[tokio::test]
async fn unsent_work_is_stored_reaches_others_and_is_a_duplicate_for_its_phone() {
    let server = Server::start();
    let (mut stuck, mut other) = (server.phone("m-001").await, server.phone("m-002").await);
    let shared = other.record("同事记的");
    other.sync(&server).await;
    stuck.sync(&server).await;
    let fresh = stuck.record("没信号的地方记的");
    stuck.step(shared, "去看过了");
    let file = sealed(&server, &stuck, &rescue(&stuck));

    let dry = take_in(&server, &file, true).unwrap();
    assert_eq!((dry.dry_run, told(&dry)), (true, vec![(VerdictKind::Stored, None); 2]));
    assert!(server.storage.read(|r| r.document(&fresh)).unwrap().is_none(), "only looked at");
    let report = take_in(&server, &file, false).unwrap();
    assert_eq!((told(&report), report.member.as_str()), (vec![(VerdictKind::Stored, None); 2], "m-001"));
    // Again and again: nothing changes.
    assert_eq!(told(&take_in(&server, &file, false).unwrap()), [(VerdictKind::Duplicate, None); 2]);

    other.sync(&server).await;
    assert!(other.docs.contains_key(&fresh));
    assert_eq!(other.docs[&shared].matter().unwrap().timeline.len(), 1);
    // The phone found signal after all.
    let verdicts = stuck.push(&server, stuck.groups()).await;
    assert!(verdicts.iter().all(|v| v.kind == VerdictKind::Duplicate), "{verdicts:?}");
    stuck.sync(&server).await;
}

#[tokio::test]
async fn each_record_is_judged_by_itself_and_what_cannot_be_stored_goes_on_its_shelf() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record_at("w-3", beehive_core::model::RecordKind::Finding, "不归他管", None);
    phone.record("好的");
    let mut content = rescue(&phone);
    content.docs.insert(0, RescueDoc { doc: DocId([9; 16]), changes: vec![ByteBuf::from(b"rubbish".to_vec())], history: vec![] });
    let report = take_in(&server, &sealed(&server, &phone, &content), false).unwrap();
    let kinds: Vec<_> = report.docs.iter().map(|d| d.verdict).collect();
    assert_eq!(kinds, [VerdictKind::Refused, VerdictKind::Refused, VerdictKind::Stored]);
    assert_eq!(report.docs[1].code.as_deref(), Some("not_your_scope"));
    let codes: Vec<_> = server.storage.read(|r| r.refused()).unwrap().into_iter().map(|r| r.code).collect();
    assert_eq!(codes.len(), 2);
}

#[tokio::test]
async fn a_revoked_phones_file_is_held_for_a_supervisor_once() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("丢了的手机里的");
    let file = sealed(&server, &phone, &rescue(&phone));
    let device: DeviceId = phone.device.parse().unwrap();
    server.storage.write(move |tx| tx.revoke_device(&device, NOW)).unwrap();
    for _ in 0..2 {
        assert_eq!(told(&take_in(&server, &file, false).unwrap()), [(VerdictKind::Held, Some("revoked"))]);
    }
    let held = server.storage.read(|r| r.held()).unwrap();
    assert_eq!((held.len(), held[0].doc), (1, doc));
    sync_server::sync::accept(&server.storage, held[0].id, "", server.now()).unwrap();
    assert_eq!(told(&take_in(&server, &file, false).unwrap()), [(VerdictKind::Duplicate, None)]);
}

#[tokio::test]
async fn what_builds_on_a_history_the_server_lost_comes_with_it() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("服务器忘了的");
    let first = phone.groups()[0].changes.clone();
    phone.step(doc, "再去一次");
    let whole = phone.groups()[0].changes.clone();
    let mut content = rescue(&phone);
    content.docs = vec![RescueDoc { doc, changes: vec![whole[1].clone()], history: vec![] }];
    assert_eq!(told(&take_in(&server, &sealed(&server, &phone, &content), false).unwrap())[0].0, VerdictKind::NeedHistory);
    content.docs[0].history = whole;
    assert_eq!(told(&take_in(&server, &sealed(&server, &phone, &content), false).unwrap()), [(VerdictKind::Stored, None)]);
    assert_eq!(first.len(), 1);
}

#[tokio::test]
async fn refused_work_drafts_and_photos_come_along() {
    let server = Server::start();
    let (mut phone, mut other) = (server.phone("m-001").await, server.phone("m-002").await);
    let doc = phone.record("当时被退回的");
    let mut content = rescue(&phone);
    let changes = content.docs.remove(0).changes;
    let entry = |changes| RescueRefused {
        doc,
        code: "internal".into(),
        held: false,
        at: NOW,
        title: "当时被退回的".into(),
        says: vec!["新记：隐患".into()],
        changes,
    };
    content.refused = vec![entry(changes), entry(vec![])];
    content.drafts = vec![RescueDraft { id: "record".into(), at: NOW, body: r#"{"words":"写了一半"}"#.into() }];
    let bytes = b"\xff\xd8\xff a photo".to_vec();
    let hash = FileHash(Sha256::digest(&bytes).into());
    content.files = vec![RescueFile { hash, media: "image/jpeg".into(), bytes: bytes.clone() }];
    let file = sealed(&server, &phone, &content);
    let report = take_in(&server, &file, false).unwrap();
    assert_eq!((report.docs.len(), report.docs[0].from, report.docs[0].verdict), (1, Source::Refused, VerdictKind::Stored));
    assert_eq!((report.drafts, report.files, report.files_new), (1, 1, 1));
    let words = std::fs::read_to_string(report.words.unwrap()).unwrap();
    assert!(words.contains("写了一半") && words.contains("新记：隐患"));
    assert_eq!(std::fs::read(server.dir().join(format!("rescued/files/{hash}.jpg"))).unwrap(), bytes);
    assert_eq!(take_in(&server, &file, false).unwrap().files_new, 0);
    other.sync(&server).await;
    assert!(other.docs.contains_key(&doc));
    // Its phone has put it out of the record, so it is sent back.
    phone.unsent.clear();
    phone.docs.remove(&doc);
    phone.sync(&server).await;
    assert!(phone.docs.contains_key(&doc));
}

#[tokio::test]
async fn nobody_can_pass_work_off_as_anothers() {
    let server = Server::start();
    let (mut a, b) = (server.phone("m-001").await, server.phone("m-002").await);
    a.record("冒充");
    let mut forged = rescue(&a);
    forged.head.device = b.device.parse().unwrap();
    let forged = sealed(&server, &a, &forged);
    assert!(matches!(take_in(&server, &forged, false), Err(ImportError::File(RescueError::NotFromDevice))));
    let mut unknown = rescue(&a);
    unknown.head.device = DeviceId([9; 8]);
    assert!(matches!(take_in(&server, &sealed(&server, &a, &unknown), false), Err(ImportError::UnknownDevice)));
    // One's own file cannot carry another phone's work either.
    let mut theirs = server.phone("m-002").await;
    theirs.record("别人的");
    theirs.sync(&server).await;
    let mut stolen = rescue(&a);
    let doc = *theirs.docs.keys().next().unwrap();
    theirs.step(doc, "别人的一步");
    stolen.docs = theirs.groups().into_iter().map(|g| RescueDoc { doc: g.doc, changes: g.changes, history: vec![] }).collect();
    assert_eq!(told(&take_in(&server, &sealed(&server, &a, &stolen), false).unwrap()), [(VerdictKind::Refused, Some("actor_not_yours"))]);
}

#[tokio::test]
async fn damaged_files_and_lost_keys_are_told_apart() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record("坏了的文件");
    let file = sealed(&server, &phone, &rescue(&phone));
    let error = |bytes: &[u8]| match take_in(&server, bytes, false) {
        Err(ImportError::File(e)) => e,
        other => panic!("{other:?}"),
    };
    assert_eq!(error(&file[..file.len() / 2]), RescueError::Damaged);
    assert_eq!(error(b"%PDF-1.7"), RescueError::NotRescue);
    let key_file = server.dir().join("rescue.key");
    let lost = std::fs::read_to_string(&key_file).unwrap();
    std::fs::remove_file(&key_file).unwrap();
    assert_eq!(error(&file), RescueError::OtherKey);
    // Found again, both keys work, and phones keep the present one.
    let present = std::fs::read_to_string(&key_file).unwrap();
    std::fs::write(&key_file, format!("{lost}{present}")).unwrap();
    assert_eq!(told(&take_in(&server, &file, false).unwrap()), [(VerdictKind::Stored, None)]);
    std::fs::write(&key_file, "not a key").unwrap();
    assert!(matches!(take_in(&server, &file, false), Err(ImportError::Storage(_))));
}

#[tokio::test]
async fn the_key_reaches_phones_with_enrolment_on_demand_and_when_it_changes() {
    let server = Server::start();
    let before = server.phone("m-001").await;
    assert!(before.exchange(&server, &before.request(vec![])).await.rescue_key.is_none(), "there is none yet");
    let key = key(&server);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(server.dir().join("rescue.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let answer = server.enroll(&server.invite("m-002")).await;
    let enrolled: beehive_core::sync::EnrollResponse = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(enrolled.rescue_key, Some(key));
    // A phone that has the org tree as it was gets both; then nothing more.
    let mut old = before;
    assert_eq!(old.sync(&server).await[0].rescue_key, Some(key));
    assert_eq!(old.exchange(&server, &old.request(vec![])).await.rescue_key, None);
    let mut asking = old.request(vec![]);
    asking.capabilities.push("rescue-key".into());
    assert_eq!(old.exchange(&server, &asking).await.rescue_key, Some(key));
}
