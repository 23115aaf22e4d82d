//! The headers of uploads and downloads, through the router.

use super::{
    crashers,
    harness::{Phone, Server},
};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_campaign::{
    Portion, Watch,
    hostile::{number, pick, text},
};
use beehive_core::{DocId, EventBody, FileHash};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use sha2::{Digest as _, Sha256};

/// Half of what other decoders get: each input walks through the whole router and the database.
const CASES: u64 = 10_000;
const PHOTO: &[u8] = b"a small photo";

/// A request as text: its first line, then its headers. Kept ones are written the same way,
/// `{hash}` and `{doc}` standing for what the server knows.
struct Asked {
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

fn asked(method: Method, path: String, headers: &[(&str, &str)]) -> Asked {
    let headers = [("tus-resumable", "1.0.0")].iter().chain(headers).map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec()));
    Asked { method, path, headers: headers.collect(), body: vec![] }
}

/// What a phone asks in the life of a file.
fn honest(rng: &mut SmallRng, hash: &FileHash, doc: &DocId) -> Asked {
    let media = pick(rng, &["image/jpeg", "audio/webm;codecs=opus"]);
    let meta = [("sha256", hash.to_string()), ("doc", doc.to_string()), ("media", media.into())].map(|(key, value)| {
        let value = if rng.random_bool(0.2) { text::mutant(rng, &value) } else { value };
        let encoded = BASE64_STANDARD.encode(value);
        format!("{key} {}", if rng.random_bool(0.1) { text::mutant(rng, &encoded) } else { encoded })
    });
    let (path, offset) = (format!("/v1/files/{hash}"), number(rng).to_string());
    let length = if rng.random_bool(0.8) { PHOTO.len() as u64 } else { number(rng) };
    let bytes = ("content-type", "application/offset+octet-stream");
    match rng.random_range(0..6) {
        0..3 => {
            asked(Method::POST, "/v1/files".into(), &[bytes, ("upload-length", &length.to_string()), ("upload-metadata", &meta.join(","))])
        }
        3 => asked(Method::PATCH, path, &[bytes, ("upload-offset", &offset)]),
        4 => asked(
            Method::POST,
            path,
            &[bytes, ("x-http-method-override", pick(rng, &["PATCH", "HEAD", "GET"])), ("upload-offset", &offset)],
        ),
        _ => asked(pick(rng, &[Method::GET, Method::HEAD]), path, &[("range", &format!("bytes={offset}-")), ("if-range", "\"x\"")]),
    }
}

fn mutant(rng: &mut SmallRng, hash: &FileHash, doc: &DocId) -> Asked {
    let mut out = honest(rng, hash, doc);
    for _ in 0..rng.random_range(0..3) {
        let at = rng.random_range(0..out.headers.len());
        match rng.random_range(0..8) {
            0 => drop(out.headers.remove(at)),
            1 => out.headers.push(out.headers[at].clone()),
            2 => out.headers[at].1 = text::unusual(rng).into_bytes(),
            3 => out.headers[at].1 = number(rng).to_string().into_bytes(),
            4 => out.path = format!("/v1/files/{}", plain(&text::unusual(rng))),
            5 => out.body = PHOTO[..rng.random_range(0..=PHOTO.len())].to_vec(),
            _ => out.headers[at].1 = text::mutant(rng, &String::from_utf8_lossy(&out.headers[at].1)).into_bytes(),
        }
        if out.headers.is_empty() {
            break;
        }
    }
    out
}

/// As it can stand in a path at all.
fn plain(text: &str) -> String {
    text.bytes().take(2_000).filter(|b| b.is_ascii_graphic() && !b"?#<>\"{}|\\^`".contains(b)).map(char::from).collect()
}

impl Asked {
    fn to_text(&self) -> Vec<u8> {
        let mut out = format!("{} {}\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            out.extend_from_slice(format!("{name}: ").as_bytes());
            out.extend_from_slice(value);
            out.push(b'\n');
        }
        out
    }

    fn from_text(text: &[u8], hash: &FileHash, doc: &DocId) -> Self {
        let text = String::from_utf8_lossy(text).replace("{hash}", &hash.to_string()).replace("{doc}", &doc.to_string());
        let mut lines = text.lines();
        let (method, path) = lines.next().and_then(|line| line.split_once(' ')).unwrap();
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.as_bytes().to_vec()));
        Self { method: method.parse().unwrap(), path: path.to_owned(), headers: headers.collect(), body: vec![] }
    }

    /// What of it HTTP lets through. Hyper refuses the rest before the server sees it.
    fn request(&self, phone: &Phone) -> Option<Request<Body>> {
        let mut out = Request::builder().method(self.method.clone()).uri(&self.path).body(Body::from(self.body.clone())).ok()?;
        let headers = out.headers_mut();
        headers.insert("authorization", format!("Bearer {}", phone.credential).parse().ok()?);
        for (name, value) in &self.headers {
            let value: Vec<u8> = value.iter().copied().filter(|b| *b >= 32 && *b != 127).collect();
            headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value).ok()?);
        }
        Some(out)
    }
}

/// A phone with a record that names the photo, both known to the server.
async fn with_record(server: &Server, hash: FileHash) -> (Phone, DocId) {
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    let (media, note) = ("image/jpeg".into(), String::new());
    phone.act(doc, EventBody::Attach { file: hash, media, size: PHOTO.len() as u64, note, thumb: None, pair: None, secs: None, pos: None });
    phone.sync(server).await;
    (phone, doc)
}

#[test]
fn no_upload_header_harms() {
    let portion = Portion::or(1, CASES);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let hash = FileHash(Sha256::digest(PHOTO).into());
    let server = Server::start();
    let (phone, doc) = runtime.block_on(with_record(&server, hash));
    let mut watch = Watch::with_threads("tus");
    let mut tries = |name: String, asked: &Asked| {
        let Some(request) = asked.request(&phone) else { return false };
        let answer = watch.try_one(name, &asked.to_text(), |_| runtime.block_on(server.send(request)));
        assert!(answer.status.as_u16() < 500, "{} for {}", answer.status, String::from_utf8_lossy(&asked.to_text()));
        answer.status.is_success()
    };
    for (file, text) in crashers("tus") {
        tries(file, &Asked::from_text(&text, &hash, &doc));
    }
    let mut accepted = 0;
    for seed in portion.seeds() {
        let asked = mutant(&mut SmallRng::seed_from_u64(seed), &hash, &doc);
        accepted += u64::from(tries(seed.to_string(), &asked));
    }
    assert!(portion.cases < 1_000 || accepted * 200 > portion.cases, "only {accepted} of {} did something", portion.cases);
    watch.done();
    portion.report(portion.cases);
}
