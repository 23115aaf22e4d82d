//! Changing street when something fails half way: the street that was open stays open, and asking again finishes it.

use crate::support::{EPOCH, NOW, Phone, members};
use beehive_core::{ActorId, DeviceId, StreetId, sync::EnrollResponse};
use beehive_device::{
    clock::FixedClock,
    engine::{Engine, OpenOptions, Way},
    key::StoreKey,
    store::StoreError,
    surroundings::Surroundings,
};
use rusqlite::Connection;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// Fails at the n-th step that reaches the disk; 0 = never.
#[derive(Default)]
struct Brittle(AtomicU32);

impl Brittle {
    fn step(&self) -> bool {
        let left = self.0.load(Ordering::SeqCst);
        self.0.store(left.saturating_sub(1), Ordering::SeqCst);
        left == 1
    }
}

impl Surroundings for Brittle {
    fn begun(&self, _: &Connection) -> Result<(), StoreError> {
        if self.step() { Err(StoreError::DiskFull) } else { Ok(()) }
    }

    fn committing(&self) -> Result<(), StoreError> {
        if self.step() { Err(StoreError::DiskFull) } else { Ok(()) }
    }

    fn replacing_file(&self) -> io::Result<()> {
        if self.step() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

fn answer(street: StreetId) -> EnrollResponse {
    EnrollResponse {
        device: DeviceId(street.0[..8].try_into().unwrap()),
        credential: Some(format!("secret of {street}")),
        member: members().into_iter().find(|m| m.id.as_str() == "wang").unwrap(),
        tenant: street.to_string(),
        epoch: EPOCH,
        time: NOW,
        rescue_key: None,
        street: Some(street),
    }
}

#[test]
fn a_change_that_breaks_at_any_step_can_be_repeated() {
    let (one, two) = (StreetId([1; 16]), StreetId([2; 16]));
    let way = Way::Leave(two.to_string());
    let mut done = 0;
    for step in 1..60 {
        let dir = tempfile::tempdir().unwrap();
        let (key, brittle) = (StoreKey::random().unwrap(), Arc::new(Brittle::default()));
        let open = || {
            let options = OpenOptions { dir: dir.path().to_owned(), key: key.clone(), clock: Arc::new(FixedClock::new(NOW)) };
            Engine::open_in(options, brittle.clone()).unwrap()
        };
        let engine = open();
        engine.enrolled("https://one.example", None, answer(one)).unwrap();
        let actor: ActorId = engine.sync_request().unwrap().request.actor;
        brittle.0.store(step, Ordering::SeqCst);
        let changed = engine.arrive(&way, "https://two.example", None, answer(two));
        let left = brittle.0.swap(0, Ordering::SeqCst);
        let here = |engine: &Engine| engine.account().unwrap().street.unwrap();
        let before_restart = here(&engine);
        assert_eq!(before_restart, if changed.is_ok() { two } else { one }, "step {step}");
        drop(engine);
        let engine = open();
        assert_eq!(here(&engine), before_restart, "step {step}");
        if changed.is_err() {
            assert_eq!(engine.sync_request().unwrap().request.actor, actor);
            engine.arrive(&way, "https://two.example", None, answer(two)).unwrap();
        }
        assert_eq!(here(&engine), two);
        // Each is found by its name, and the way back leads to the very same store.
        let back = engine.way_to("https://elsewhere.example", None, Some(one)).unwrap();
        assert_eq!((back.otherwise.clone(), back.probes.len()), (Way::Leave(String::new()), 0));
        engine.arrive(&back.otherwise, "https://one.example", None, answer(one)).unwrap();
        assert_eq!(here(&engine), one);
        if left > 0 {
            done += 1;
            if done > 1 {
                return;
            }
        }
    }
    panic!("it never came to its end");
}

#[test]
fn an_answer_of_another_street_is_not_taken_where_nobody_asked_for_it() {
    let phone = Phone::blank();
    phone.engine.enrolled("https://one.example", None, answer(StreetId([1; 16]))).unwrap();
    let refused = phone.engine.enrolled("https://one.example", None, answer(StreetId([2; 16]))).unwrap_err();
    assert_eq!(refused.code(), "other_street");
    assert_eq!(phone.engine.account().unwrap().street, Some(StreetId([1; 16])));
}

#[test]
fn a_lost_register_is_found_again_from_the_stores() {
    let (one, two) = (StreetId([1; 16]), StreetId([2; 16]));
    let phone = Phone::blank();
    phone.engine.enrolled("https://one.example", None, answer(one)).unwrap();
    phone.engine.arrive(&Way::Leave(two.to_string()), "https://two.example", None, answer(two)).unwrap();
    for text in [None, Some("{")] {
        let path = phone.dir.path().join("streets.json");
        match text {
            None => std::fs::remove_file(&path).unwrap(),
            Some(text) => std::fs::write(&path, text).unwrap(),
        }
        let dir = tempfile::tempdir().unwrap();
        copy(phone.dir.path(), dir.path());
        let options = OpenOptions { dir: dir.path().to_owned(), key: phone.key.clone(), clock: phone.clock.clone() };
        let engine = Engine::open(options).unwrap();
        let here = engine.account().unwrap().street.unwrap();
        let other = if here == one { two } else { one };
        let way = engine.way_to("https://x.example", None, Some(other)).unwrap().otherwise;
        engine.arrive(&way, "https://x.example", None, answer(other)).unwrap();
        assert_eq!(engine.leaving().unwrap().unwrap().street, other.to_string());
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            assert!(std::fs::copy(entry.path(), target).is_ok())
        }
    }
}
