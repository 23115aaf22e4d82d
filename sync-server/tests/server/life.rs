//! What only the server can say of a matter's life: its number, when it came, the street's rules; and what programs of the first release
//! are told instead of words they do not know.

use crate::harness::{HERE, NOW, Phone, Server};
use beehive_core::{
    DocId, EventBody, MatterNumber, Rules,
    model::{Path, Status},
    reference::Dataset,
    sync::{self, SyncRequest, SyncResponse, VerdictKind, capability},
};
use sync_server::storage::ReferenceSet;

/// A request of a program that reads the whole life of a matter.
fn of_today(phone: &Phone) -> SyncRequest {
    SyncRequest { capabilities: capability::ALL.iter().map(|c| (*c).to_owned()).collect(), ..phone.request(phone.groups()) }
}

fn number(year: u16, n: u32) -> Option<MatterNumber> {
    MatterNumber::new(year, n)
}

#[tokio::test]
async fn a_matter_gets_its_number_when_it_first_arrives_and_keeps_it() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let mut colleague = server.phone("m-002").await;
    let first = phone.record("第一件");
    let verdicts = phone.push(&server, phone.groups()).await;
    assert_eq!((verdicts[0].kind, verdicts[0].number), (VerdictKind::Stored, number(2026, 1)));
    // The answer that said so was lost.
    let again = phone.push(&server, phone.groups()).await;
    assert_eq!((again[0].kind, again[0].number), (VerdictKind::Duplicate, number(2026, 1)));
    phone.unsent.clear();
    phone.step(first, "去看过");
    assert_eq!(phone.push(&server, phone.groups()).await[0].number, None, "said once is enough");
    phone.unsent.clear();
    phone.record("第二件");
    assert_eq!(phone.push(&server, phone.groups()).await[0].number, number(2026, 2));
    phone.unsent.clear();
    // Who reads them learns the numbers along with them.
    let answers = colleague.sync(&server).await;
    let told: Vec<(DocId, MatterNumber)> = answers.iter().flat_map(|a| &a.scopes).flat_map(|p| p.numbers.clone()).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(first, number(2026, 1).unwrap())));
    // A new year begins at 1 again.
    server.advance(60 * 86_400);
    phone.record("明年的");
    assert_eq!(phone.push(&server, phone.groups()).await[0].number, number(2027, 1));
}

#[tokio::test]
async fn a_first_download_brings_the_numbers_too() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record_many(3);
    phone.sync(&server).await;
    let fresh = server.fresh_phone("m-002").await;
    let answer = fresh.exchange(&server, &of_today(&fresh)).await;
    let here = answer.bootstrap.iter().find(|b| b.scope.as_str() == HERE).unwrap();
    let open: Vec<_> = here.open.iter().map(|o| o.number).collect();
    assert_eq!(open.len(), 3);
    let body = fresh.pack(&server, &here.packs[0].name, None).await;
    let mut packed: Vec<_> = sync::decode::<Vec<sync::PackDoc>>(&body.body).unwrap().iter().map(|d| d.number).collect();
    packed.sort();
    assert_eq!(packed, [number(2026, 1), number(2026, 2), number(2026, 3)]);
    assert!(open.iter().all(|n| packed.contains(n)));
}

#[tokio::test]
async fn what_came_late_is_told_with_its_hour() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let mut colleague = server.phone("m-002").await;
    let doc = phone.record("没有信号时记的");
    server.advance(3 * 3_600);
    let answer = phone.exchange(&server, &phone.request(phone.groups())).await;
    assert_eq!((answer.time, answer.verdicts[0].late.len()), (NOW + 3 * 3_600, 0), "what is stored came at the answer's own time");
    server.advance(3_600);
    // The answer was lost: now only the server knows when it came.
    let again = phone.push(&server, phone.groups()).await.remove(0);
    assert_eq!(again.late.iter().map(|l| l.at).collect::<Vec<_>>(), [NOW + 3 * 3_600]);
    let late = |answers: &[SyncResponse]| answers.iter().flat_map(|a| &a.scopes).flat_map(|p| p.late.clone()).collect::<Vec<_>>();
    assert_eq!(late(&colleague.sync(&server).await), again.late);
    // In time: nothing to say.
    let mut prompt = server.phone("m-003").await;
    assert!(prompt.docs.contains_key(&doc));
    server.advance(-4 * 3_600);
    prompt.step(doc, "有信号时写的");
    assert!(prompt.push(&server, prompt.groups()).await[0].late.is_empty());
}

fn rules_in(answer: &SyncResponse) -> Option<Rules> {
    answer.reference.iter().find_map(|u| match &u.dataset {
        Dataset::Rules(rules) => Some((**rules).clone()),
        _ => None,
    })
}

#[tokio::test]
async fn the_rules_come_to_who_can_read_them_and_again_when_they_change() {
    let server = Server::start();
    let mut phone = server.fresh_phone("m-001").await;
    let old = phone.exchange(&server, &phone.request(vec![])).await;
    assert!(rules_in(&old).is_none() && !old.reference.is_empty(), "the first release knows no rules");
    let answer = phone.exchange(&server, &of_today(&phone)).await;
    assert_eq!(rules_in(&answer), Some(Rules::default()));
    phone.take_in(&server, &answer).await;
    assert!(phone.exchange(&server, &of_today(&phone)).await.reference.is_empty());
    let mut rules = Rules { now_hours: 48, ..Rules::default() };
    rules.calendar.holidays.insert("2027-01-01".into());
    let set = rules.clone();
    server
        .storage
        .write(move |tx| {
            tx.put_rules(&set)?;
            tx.bump(ReferenceSet::Rules)
        })
        .unwrap();
    let answer = phone.exchange(&server, &of_today(&phone)).await;
    assert_eq!((rules_in(&answer), answer.reference.len()), (Some(rules), 1));
}

#[tokio::test]
async fn a_program_of_the_first_release_is_told_words_it_knows() {
    let server = Server::start();
    let mut lead = server.phone("m-004").await;
    let doc = lead.record("门禁坏了");
    lead.act(doc, EventBody::Accept { path: Path::Now, note: String::new() });
    lead.act(doc, EventBody::Suspend { until: None, note: "等配件".into() });
    lead.sync(&server).await;
    let fresh = server.fresh_phone("m-001").await;
    let status = |answer: SyncResponse| answer.bootstrap.iter().flat_map(|b| &b.open).find(|o| o.doc == doc).map(|o| o.status);
    assert_eq!(status(fresh.exchange(&server, &of_today(&fresh)).await), Some(Status::Suspended));
    assert_eq!(status(fresh.exchange(&server, &fresh.request(vec![])).await), Some(Status::Working));
}

/// What is taken off a list goes to phones that know what past names are; others never hear a word that they could not read.
#[tokio::test]
async fn past_names_go_to_phones_that_can_read_them() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let sets =
        |answer: SyncResponse| answer.reference.into_iter().map(|u| (u.dataset.name(), u)).collect::<std::collections::HashMap<_, _>>();
    let version = |phone: &Phone, set: &str, version: &str| {
        let mut request = of_today(phone);
        request.reference.insert(set.into(), version.into());
        request
    };
    let before = sets(phone.exchange(&server, &of_today(&phone)).await);
    let Dataset::Past(past) = &before["past"].dataset else { panic!("no past") };
    assert!(past.buildings.is_empty() && past.words.is_empty());
    let change = |what: fn(&dyn sync_server::storage::Write) -> sync_server::storage::Result<()>| server.storage.write(what).unwrap();
    change(|tx| {
        sync_server::names::list_building(tx, &"b-03".into(), Some(NOW))?.unwrap();
        // Of a grid that is not this phone's.
        sync_server::names::list_building(tx, &"b-12".into(), Some(NOW))?.unwrap();
        sync_server::names::list_word(tx, "category", "fire", Some(NOW))?.unwrap();
        Ok(())
    });
    let old = phone.exchange(&server, &SyncRequest { capabilities: vec!["raw".into(), "life".into()], ..of_today(&phone) }).await;
    assert!(!sets(old).contains_key("past"));
    // The version that the phone has is not this one; the version it gets now is.
    let after = sets(phone.exchange(&server, &version(&phone, "past", &before["past"].version)).await);
    let Dataset::Past(past) = &after["past"].dataset else { panic!("no past") };
    assert_eq!(past.buildings.iter().map(|b| (b.id.as_str(), b.name.as_str(), b.removed)).collect::<Vec<_>>(), [("b-03", "3 栋", true)]);
    assert_eq!(past.words.iter().map(|e| e.code.as_str()).collect::<Vec<_>>(), ["fire"]);
    let Dataset::Places(places) = &after["places"].dataset else { panic!("no places") };
    assert!(!places.iter().any(|b| b.id.as_str() == "b-03"));
    let again = sets(phone.exchange(&server, &version(&phone, "past", &after["past"].version)).await);
    assert!(!again.contains_key("past"), "only what changed");
    // A building of this grid that comes to another is no longer on its list, and is not gone.
    change(|tx| {
        let mut moved = tx.all_buildings()?.into_iter().find(|b| b.id.as_str() == "b-02").unwrap();
        moved.node = "w-2".into();
        tx.put_building(&moved)?;
        tx.bump(ReferenceSet::Places)
    });
    let moved = sets(phone.exchange(&server, &of_today(&phone)).await);
    let Dataset::Past(past) = &moved["past"].dataset else { panic!("no past") };
    assert_eq!(past.buildings.iter().map(|b| (b.id.as_str(), b.removed)).collect::<Vec<_>>(), [("b-02", false), ("b-03", true)]);
}

/// Whoever worked in a grid once is in its records by id: their name goes on being known there, and where they went is not told.
#[tokio::test]
async fn who_has_left_keeps_their_name() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let afresh = || SyncRequest { reference: Default::default(), ..of_today(&phone) };
    let named = async || {
        let answer = phone.exchange(&server, &afresh()).await;
        let members = answer.reference.into_iter().find_map(|u| if let Dataset::Members(all) = u.dataset { Some(all) } else { None });
        members.unwrap().into_iter().find(|m| m.id.as_str() == "m-002")
    };
    let before = named().await.unwrap();
    server.regrant("m-002", |grants| grants.iter_mut().for_each(|g| g.node = "w-4".into()));
    let moved = named().await.unwrap();
    assert_eq!((moved.name.as_str(), moved.grants.len()), (before.name.as_str(), 0));
    server.regrant("m-002", Vec::clear);
    assert_eq!(named().await.unwrap().name, before.name);
    let stranger = phone.exchange(&server, &afresh()).await;
    let all = stranger.reference.into_iter().find_map(|u| if let Dataset::Members(all) = u.dataset { Some(all) } else { None }).unwrap();
    assert!(!all.iter().any(|m| m.id.as_str() == "m-015"), "who never worked here is not named");
}
