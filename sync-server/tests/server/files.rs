//! Photos: taken in parts, gone on with after a break, checked by hash, and given only to readers of a record that names them.

use crate::harness::{Answer, NOW, Phone, Server};
use axum::{
    body::{Body, Bytes},
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_core::{DocId, EventBody, FileHash};
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use sync_server::files::{EXPIRY, MAX_DAY, MAX_FILE, MAX_UNFINISHED};

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const BYTES: (&str, &str) = ("content-type", "application/offset+octet-stream");

pub fn photo(n: u8, size: usize) -> (FileHash, Vec<u8>) {
    let bytes: Vec<u8> = (0..size).map(|i| (i as u8).wrapping_mul(31).wrapping_add(n)).collect();
    (FileHash(Sha256::digest(&bytes).into()), bytes)
}

pub fn attach(file: FileHash, size: usize) -> EventBody {
    let (media, note) = ("image/jpeg".into(), String::new());
    EventBody::Attach { file, media, size: size as u64, note, thumb: None, pair: None, secs: None, pos: None }
}

/// A phone with a record that names a file, both known to the server.
async fn with_record(server: &Server, member: &str, building: &str, file: FileHash, size: usize) -> (Phone, DocId) {
    let mut phone = server.phone(member).await;
    let doc = phone.record_at("w-1", beehive_core::model::RecordKind::Finding, "楼道堆物", Some(building));
    phone.act(doc, attach(file, size));
    phone.sync(server).await;
    (phone, doc)
}

async fn ask(server: &Server, phone: &Phone, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {}", phone.credential));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(body.into()).unwrap()).await
}

fn metadata(hash: &FileHash, doc: &DocId, media: &str) -> String {
    let b64 = |text: String| BASE64_STANDARD.encode(text);
    format!("sha256 {},doc {},media {}", b64(hash.to_string()), b64(doc.to_string()), b64(media.into()))
}

pub async fn create(server: &Server, phone: &Phone, hash: &FileHash, doc: &DocId, size: u64) -> Answer {
    let (length, meta) = (size.to_string(), metadata(hash, doc, "image/jpeg"));
    ask(server, phone, Method::POST, "/v1/files", &[TUS, ("upload-length", &length), ("upload-metadata", &meta)], Body::empty()).await
}

pub async fn patch(server: &Server, phone: &Phone, place: &str, offset: u64, body: impl Into<Body>) -> Answer {
    ask(server, phone, Method::PATCH, place, &[TUS, BYTES, ("upload-offset", &offset.to_string())], body).await
}

pub fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
}

async fn offset(server: &Server, phone: &Phone, place: &str) -> u64 {
    let answer = ask(server, phone, Method::HEAD, place, &[TUS], Body::empty()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(text(&answer, "cache-control"), "no-store");
    text(&answer, "upload-offset").parse().unwrap()
}

pub async fn fetch(server: &Server, phone: &Phone, hash: &FileHash) -> Answer {
    ask(server, phone, Method::GET, &format!("/v1/files/{hash}"), &[], Body::empty()).await
}

/// A body that breaks off after some bytes, as a lost connection does.
fn broken(bytes: &[u8]) -> Body {
    let parts: Vec<Result<Bytes, std::io::Error>> =
        vec![Ok(Bytes::copy_from_slice(bytes)), Err(std::io::ErrorKind::ConnectionReset.into())];
    Body::from_stream(tokio_stream::iter(parts))
}

#[tokio::test]
async fn a_photo_comes_in_parts_and_is_given_back() {
    let server = Server::start();
    let (hash, bytes) = photo(1, 200_000);
    let (phone, doc) = with_record(&server, "m-001", "b-01", hash, bytes.len()).await;
    let begun = create(&server, &phone, &hash, &doc, bytes.len() as u64).await;
    assert_eq!((begun.status, text(&begun, "upload-offset"), text(&begun, "tus-resumable")), (StatusCode::CREATED, "0", "1.0.0"));
    assert_eq!(text(&begun, "upload-expires"), "Fri, 27 Nov 2026 08:00:00 GMT");
    let place = text(&begun, "location").to_owned();
    let mut at = 0;
    for piece in bytes.chunks(70_000) {
        assert_eq!(fetch(&server, &phone, &hash).await.status, StatusCode::NOT_FOUND, "half a photo is none");
        let answer = patch(&server, &phone, &place, at, piece.to_vec()).await;
        at += piece.len() as u64;
        assert_eq!((answer.status, text(&answer, "upload-offset")), (StatusCode::NO_CONTENT, at.to_string().as_str()));
    }
    assert_eq!(offset(&server, &phone, &place).await, at, "also when the last answer was lost");
    let whole = fetch(&server, &phone, &hash).await;
    assert_eq!((whole.status, text(&whole, "content-type"), &whole.body[..]), (StatusCode::OK, "image/jpeg", &bytes[..]));
    assert_eq!(text(&whole, "x-content-type-options"), "nosniff");
    let range = [("range", "bytes=100-199")];
    let part = ask(&server, &phone, Method::GET, &format!("/v1/files/{hash}"), &range, Body::empty()).await;
    assert_eq!((part.status, &part.body[..]), (StatusCode::PARTIAL_CONTENT, &bytes[100..200]));
    assert_eq!(text(&part, "content-range"), "bytes 100-199/200000");
    assert_eq!(offset(&server, &phone, &format!("/v1/files/{hash}")).await, at, "a known hash is complete");
}

/// Whatever came before a break stays, and the phone goes on from there; the same upload is found again by asking for it anew.
#[tokio::test]
async fn an_upload_goes_on_where_it_broke() {
    let server = Server::start();
    let (hash, bytes) = photo(2, 300_000);
    let (phone, doc) = with_record(&server, "m-001", "b-01", hash, bytes.len()).await;
    let place = text(&create(&server, &phone, &hash, &doc, 300_000).await, "location").to_owned();
    let cut = patch(&server, &phone, &place, 0, broken(&bytes[..123_456])).await;
    assert_eq!(cut.problem().code, "body_cut");
    assert_eq!(offset(&server, &phone, &place).await, 123_456);
    let wrong = patch(&server, &phone, &place, 100_000, bytes[100_000..].to_vec()).await;
    assert_eq!((wrong.status, wrong.problem().code.as_str()), (StatusCode::CONFLICT, "upload_offset"));
    let again = create(&server, &phone, &hash, &doc, 300_000).await;
    assert_eq!((text(&again, "location"), text(&again, "upload-offset")), (place.as_str(), "123456"));
    let done = patch(&server, &phone, &place, 123_456, bytes[123_456..].to_vec()).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    assert_eq!(&fetch(&server, &phone, &hash).await.body[..], &bytes[..]);
    let known = create(&server, &phone, &hash, &doc, 300_000).await;
    assert_eq!((known.status, text(&known, "upload-offset")), (StatusCode::CREATED, "300000"), "nothing to send");
}

/// A phone whose connection died comes back before the server has noticed: the newcomer goes on, nothing is mixed.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_connection_makes_way_for_the_next() {
    let server = Server::start();
    let (hash, bytes) = photo(3, 150_000);
    let (phone, doc) = with_record(&server, "m-001", "b-01", hash, bytes.len()).await;
    let place = text(&create(&server, &phone, &hash, &doc, 150_000).await, "location").to_owned();
    let (hang, hanging) = tokio::sync::mpsc::channel::<Result<Bytes, Infallible>>(4);
    hang.send(Ok(Bytes::copy_from_slice(&bytes[..90_000]))).await.unwrap();
    let silent = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(hanging));
    let (first, at) = tokio::join!(patch(&server, &phone, &place, 0, silent), async {
        // Taken once the hanging one has read what there was.
        while hang.capacity() < 4 {
            tokio::task::yield_now().await;
        }
        offset(&server, &phone, &place).await
    });
    assert_eq!(first.problem().code, "upload_busy");
    assert_eq!(at, 90_000, "what the first had brought is kept");
    assert_eq!(patch(&server, &phone, &place, at, bytes[90_000..].to_vec()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(&fetch(&server, &phone, &hash).await.body[..], &bytes[..]);
}

#[tokio::test]
async fn other_bytes_than_announced_are_thrown_away() {
    let server = Server::start();
    let (hash, bytes) = photo(4, 10_000);
    let (phone, doc) = with_record(&server, "m-001", "b-01", hash, bytes.len()).await;
    let place = text(&create(&server, &phone, &hash, &doc, 10_000).await, "location").to_owned();
    let answer = patch(&server, &phone, &place, 0, vec![7; 10_000]).await;
    assert_eq!((answer.status.as_u16(), answer.problem().code.as_str()), (460, "file_hash_differs"));
    assert_eq!(ask(&server, &phone, Method::HEAD, &place, &[TUS], Body::empty()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(fetch(&server, &phone, &hash).await.problem().code, "file_not_here");
    let more = text(&create(&server, &phone, &hash, &doc, 10_000).await, "location").to_owned();
    assert_ne!(more, place, "it starts anew");
    let mut long = bytes.clone();
    long.push(0);
    assert_eq!(patch(&server, &phone, &more, 0, long).await.problem().code, "upload_too_long");
    assert_eq!(offset(&server, &phone, &more).await, 0);
    assert_eq!(patch(&server, &phone, &more, 0, bytes).await.status, StatusCode::NO_CONTENT);
}

/// The relation of member to record decides, never the knowledge of a hash.
#[tokio::test]
async fn only_readers_of_a_record_that_names_it_get_a_file() {
    let server = Server::start();
    let (hash, bytes) = photo(5, 5_000);
    // b-01 is not the building of m-006, who leads b-03 only.
    let (author, doc) = with_record(&server, "m-001", "b-01", hash, bytes.len()).await;
    let place = text(&create(&server, &author, &hash, &doc, 5_000).await, "location").to_owned();
    assert_eq!(patch(&server, &author, &place, 0, bytes.clone()).await.status, StatusCode::NO_CONTENT);

    let colleague = server.phone("m-002").await;
    assert_eq!(&fetch(&server, &colleague, &hash).await.body[..], &bytes[..]);
    assert_eq!(
        ask(&server, &colleague, Method::HEAD, &place, &[TUS], Body::empty()).await.status,
        StatusCode::NOT_FOUND,
        "not their upload"
    );
    let (mut other, own) = with_record(&server, "m-006", "b-03", FileHash([9; 32]), 1).await;
    assert_eq!(fetch(&server, &other, &hash).await.problem().code, "file_not_here");
    // Bringing it for a record of a grid that is not theirs, or that does not name it: the same answer.
    let members = server.storage.read(|rows| rows.members()).unwrap();
    let far = members.iter().find(|m| m.grants.iter().all(|g| g.node.as_str() == "w-4") && !m.grants.is_empty()).unwrap();
    let stranger = server.phone(far.id.as_str()).await;
    assert_eq!(fetch(&server, &stranger, &hash).await.problem().code, "file_not_here");
    let refused = [create(&server, &stranger, &hash, &doc, 5_000).await, create(&server, &other, &hash, &own, 5_000).await];
    for answer in refused {
        assert_eq!((answer.status, answer.problem().code.as_str()), (StatusCode::FORBIDDEN, "file_not_named"));
    }
    // Naming it in a record of their own is not having it: they are asked for the bytes, and until they bring them get none.
    other.act(own, attach(hash, 5_000));
    other.sync(&server).await;
    let begun = create(&server, &other, &hash, &own, 5_000).await;
    assert_eq!((begun.status, text(&begun, "upload-offset")), (StatusCode::CREATED, "0"));
    assert_eq!(fetch(&server, &other, &hash).await.status, StatusCode::NOT_FOUND);
    assert_eq!(patch(&server, &other, text(&begun, "location"), 0, bytes.clone()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(&fetch(&server, &other, &hash).await.body[..], &bytes[..]);

    let device = colleague.device.parse().unwrap();
    server.storage.write(move |tx| tx.revoke_device(&device, NOW)).unwrap();
    assert_eq!(fetch(&server, &colleague, &hash).await.problem().code, "revoked");
}

#[tokio::test]
async fn limits_are_told_with_what_to_do() {
    let server = Server::start();
    let (hash, bytes) = photo(6, 1_000);
    let (phone, doc) = with_record(&server, "m-001", "b-01", hash, bytes.len()).await;
    let options = ask(&server, &phone, Method::OPTIONS, "/v1/files", &[], Body::empty()).await;
    assert_eq!((text(&options, "tus-version"), text(&options, "tus-max-size")), ("1.0.0", MAX_FILE.to_string().as_str()));
    assert_eq!(text(&options, "tus-extension"), "creation,creation-with-upload,expiration");
    let big = create(&server, &phone, &hash, &doc, MAX_FILE + 1).await;
    assert_eq!((big.status, big.problem().code.as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "file_too_large"));
    assert_eq!(create(&server, &phone, &hash, &doc, 0).await.problem().code, "bad_upload");
    let meta = metadata(&hash, &doc, "text/html");
    let headers = [TUS, ("upload-length", "9"), ("upload-metadata", meta.as_str())];
    assert_eq!(ask(&server, &phone, Method::POST, "/v1/files", &headers, Body::empty()).await.problem().code, "bad_media");
    let old = ask(&server, &phone, Method::POST, "/v1/files", &[("tus-resumable", "0.2.2")], Body::empty()).await;
    assert_eq!((old.status, text(&old, "tus-version")), (StatusCode::PRECONDITION_FAILED, "1.0.0"));

    // With the bytes in the same request: one round trip.
    let (length, meta) = ("1000", metadata(&hash, &doc, "image/jpeg"));
    let headers = [TUS, BYTES, ("upload-length", length), ("upload-metadata", meta.as_str())];
    let at_once = ask(&server, &phone, Method::POST, "/v1/files", &headers, bytes.clone()).await;
    assert_eq!((at_once.status, text(&at_once, "upload-offset")), (StatusCode::CREATED, "1000"));
    assert_eq!(&fetch(&server, &phone, &hash).await.body[..], &bytes[..]);
}

/// A broken or hostile phone fills neither the disk nor the table of uploads; what was not finished goes after a week.
#[tokio::test]
async fn unfinished_uploads_are_bounded_and_expire() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("很多照片");
    let hashes: Vec<FileHash> = (0..=MAX_UNFINISHED as u8).map(|n| FileHash([n; 32])).collect();
    hashes.iter().for_each(|hash| phone.act(doc, attach(*hash, 1)));
    phone.sync(&server).await;
    let mut places = Vec::new();
    for hash in &hashes[1..] {
        let begun = create(&server, &phone, hash, &doc, 4_000_000).await;
        assert_eq!(begun.status, StatusCode::CREATED);
        places.push(text(&begun, "location").to_owned());
    }
    let one_more = create(&server, &phone, &hashes[0], &doc, 4_000_000).await;
    assert_eq!((one_more.status, one_more.problem().code.as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_uploads"));
    assert_eq!(patch(&server, &phone, &places[0], 0, vec![1; 1_000]).await.status, StatusCode::NO_CONTENT);
    server.advance(EXPIRY + 1);
    assert_eq!(ask(&server, &phone, Method::HEAD, &places[0], &[TUS], Body::empty()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(create(&server, &phone, &hashes[0], &doc, 4_000_000).await.status, StatusCode::CREATED);
    assert_eq!(server.parts(), 0, "their bytes are gone");

    let mut begun = 4_000_000;
    let refused = loop {
        let size = MAX_FILE;
        let (hash, _) = photo(7, begun as usize % 1_000 + 1);
        phone.act(doc, attach(hash, 1));
        phone.sync(&server).await;
        let answer = create(&server, &phone, &hash, &doc, size).await;
        if answer.status != StatusCode::CREATED {
            break answer;
        }
        begun += size;
    };
    assert_eq!((refused.problem().code.as_str(), text(&refused, "retry-after")), ("file_quota", "3600"));
    assert!(begun <= MAX_DAY && begun + MAX_FILE > MAX_DAY, "{begun}");
}
