//! Sync requests, through the router: what the decoder lets through is judged, stored and answered.

use super::harness::Server;
use beehive_campaign::{
    Portion, Watch,
    hostile::{self, cbor, frame, pick},
};
use rand::rngs::SmallRng;

/// Fewer than for the decoder alone, which `core` tries: here each costs a walk through the whole
/// server, and some a disk sync.
const CASES: u64 = 3_000;

#[test]
fn no_request_harms_the_server() {
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
    let mutant = |rng: &mut SmallRng| {
        let one = pick(rng, &honest);
        let content = cbor::mutant(rng, &one, &honest, &|_, _| None);
        frame::around(rng, &content)
    };
    let read = |body: &[u8]| {
        let answer = runtime.block_on(phone.post(&server, body.to_vec()));
        assert!(answer.status.as_u16() < 500, "{}: {:?}", answer.status, answer.body);
        answer.status.is_success()
    };
    hostile::campaign(Watch::with_threads("server-request"), Portion::or(1, CASES), 10, vec![], mutant, read);
}
