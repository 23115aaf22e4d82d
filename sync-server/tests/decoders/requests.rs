//! Sync requests, through the router: what the decoder lets through is judged, stored and answered.

use super::harness::Server;
use beehive_campaign::{
    Portion, Watch,
    hostile::{cbor, frame, pick},
};
use rand::{SeedableRng as _, rngs::SmallRng};

/// Fewer than for the decoder alone, which `core` tries: here each costs a walk through the whole
/// server, and some a disk sync.
const CASES: u64 = 3_000;

#[test]
fn no_request_harms_the_server() {
    let portion = Portion::or(1, CASES);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::start();
    let (phone, requests) = runtime.block_on(async {
        let mut phone = server.phone("m-001").await;
        let empty = phone.request(vec![]);
        let doc = phone.record("楼道堆物");
        phone.step(doc, "上门看过");
        let one = phone.request(phone.groups());
        phone.record_many(3);
        let mut many = phone.request(phone.groups());
        many.want = vec![doc];
        many.waiting = vec![doc];
        many.cursors.clear();
        (phone, [empty, one, many])
    });
    let plain = |request: &_| zstd::decode_all(beehive_core::sync::encode(request, 1).unwrap().as_slice()).unwrap();
    let honest: Vec<Vec<u8>> = requests.iter().map(plain).collect();
    let mut watch = Watch::with_threads("server-request");
    let mut accepted = 0;
    for seed in portion.seeds() {
        let rng = &mut SmallRng::seed_from_u64(seed);
        let one = pick(rng, &honest);
        let content = cbor::mutant(rng, &one, &honest, &|_, _| None);
        let body = frame::around(rng, &content);
        let answer = watch.try_one(seed, &body, |body| runtime.block_on(phone.post(&server, body.to_vec())));
        assert!(answer.status.as_u16() < 500, "{}: {:?}", answer.status, answer.body);
        accepted += u64::from(answer.status.is_success());
    }
    assert!(portion.cases < 1_000 || accepted * 10 > portion.cases, "only {accepted} of {} were answered", portion.cases);
    watch.done();
    portion.report(portion.cases);
}
