//! One of every event, and random ones.

use super::{RngExt, SmallRng};
use beehive_core::{
    DocId, EventBody, FileHash, MemberId,
    action::Party,
    model::{Helped, Path},
};

/// One of every event, as a person would fill it in.
pub fn every_event(at: i64) -> Vec<EventBody> {
    let note = || "情况说明".to_owned();
    vec![
        EventBody::Accept { path: Path::Now, note: note() },
        EventBody::Accept { path: Path::Coordinate, note: note() },
        EventBody::Accept { path: Path::Track, note: note() },
        EventBody::Return { note: note() },
        EventBody::Supplement { note: note() },
        EventBody::Decline { note: note() },
        EventBody::Assign { to: MemberId::from("m-7"), help: vec![], due: Some(at + 86_400), note: note() },
        EventBody::Assign { to: MemberId::from("m-8"), help: vec![MemberId::from("m-7")], due: None, note: note() },
        EventBody::AcceptAssignment { note: note() },
        EventBody::DeclineAssignment { note: note() },
        EventBody::Promise { due: at + 86_400, note: note() },
        EventBody::Step { note: note() },
        EventBody::Extend { until: at + 5 * 86_400, note: note() },
        EventBody::Suspend { until: Some(at + 9 * 86_400), note: note() },
        EventBody::Suspend { until: None, note: note() },
        EventBody::Resume { note: note() },
        EventBody::Coordinate {
            at, parties: vec![Party { name: "物业".into(), promise: "周三换锁".into() }], agreed: true, note: note()
        },
        EventBody::Coordinate { at, parties: vec![], agreed: false, note: note() },
        EventBody::HandUp { to: "区城管局".into(), number: "CG-77".into(), contact_by: Some(at + 7 * 86_400), note: note() },
        EventBody::Answered { number: "CG-78".into(), note: note() },
        EventBody::Contact { next: Some(at + 7 * 86_400), note: note() },
        EventBody::Resolve { by: Some(MemberId::from("m-7")), note: note() },
        EventBody::Resolve { by: None, note: note() },
        EventBody::Effect { asking: "person".into(), helped: Helped::Yes, note: note() },
        EventBody::Effect { asking: "place".into(), helped: Helped::No, note: note() },
        EventBody::Effect { asking: "time".into(), helped: Helped::Partly, note: note() },
        EventBody::Close { note: note() },
        EventBody::Dispute { note: note() },
        EventBody::Reopen { note: note() },
        EventBody::Urge { note: note() },
        EventBody::Join { note: note(), asker: "陈大爷".into(), by: Some(MemberId::from("m-7")) },
        EventBody::Join { note: note(), asker: String::new(), by: None },
        EventBody::Merge { into: DocId([7; 16]), note: note() },
        EventBody::Merge { into: DocId([8; 16]), note: note() },
        EventBody::Unmerge { note: note() },
        EventBody::Withdraw { note: note() },
        EventBody::Attach {
            file: FileHash([9; 32]),
            media: "image/jpeg".into(),
            size: 1_000,
            note: note(),
            thumb: Some(FileHash([8; 32])),
            pair: None,
            secs: None,
            pos: None,
        },
    ]
}

/// Any event at all, sensible there or not.
pub fn any_event(rng: &mut SmallRng, at: i64) -> EventBody {
    let mut all = every_event(at);
    all.swap_remove(rng.random_range(0..all.len()))
}
