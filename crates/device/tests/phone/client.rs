//! The one HTTP client.

use beehive_device::net::{Fingerprint, http_client};
use rustls::{
    ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "node_modules" | "gen") && !name.starts_with('.') {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

#[test]
fn there_is_one_constructor_of_clients() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut found = Vec::new();
    sources(&root, &mut found);
    assert!(found.len() > 30, "the workspace was not found");
    // Put together here, so that this file does not find itself.
    let krate = ["req", "west"].concat();
    let ways: Vec<String> = ["Client::builder", "Client::new", "ClientBuilder", "get(", "blocking", "Client::default"]
        .map(|way| format!("{krate}::{way}"))
        .to_vec();
    let mut makers: Vec<_> = found
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            ways.iter().any(|way| code.contains(way))
                || code.contains(&format!("use {krate}")) && (code.contains("Client::builder()") || code.contains("Client::new()"))
        })
        .map(|path| path.strip_prefix(&root).unwrap().to_owned())
        .collect();
    makers.sort();
    assert_eq!(makers, [PathBuf::from("crates/device/src/net/http_client.rs")]);
}

/// A TLS server with a certificate that no authority has signed; answers every request with `ok`.
fn tls_server() -> (SocketAddr, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["bee.example".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let (mut socket, mut connection) = (socket.unwrap(), ServerConnection::new(config.clone()).unwrap());
            let mut stream = Stream::new(&mut connection, &mut socket);
            // A client that does not trust the certificate ends the handshake here.
            if stream.read(&mut [0u8; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            }
        }
    });
    (address, certificate.to_vec())
}

#[tokio::test]
async fn tls_works_at_the_first_request_and_trusts_the_pinned_certificate_only() {
    let (address, certificate) = tls_server();
    let url = format!("https://{address}/");

    let pinned = http_client(Some(Fingerprint::of(&certificate))).unwrap();
    assert_eq!(pinned.get(&url).send().await.unwrap().text().await.unwrap(), "ok");

    let another = http_client(Some(Fingerprint::of(b"another certificate"))).unwrap();
    assert!(another.get(&url).send().await.unwrap_err().is_connect());
    let public = http_client(None).unwrap();
    assert!(public.get(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_stranger_with_another_certificate_is_told_apart_from_no_signal() {
    let (address, certificate) = tls_server();
    let phone = crate::support::TestPhone::new();
    let pinned = |f: Fingerprint| format!("beehive://join?s=https://{address}&c=k&x=5&f={f}");
    let error = phone.phone.enroll(&pinned(Fingerprint::of(b"another"))).await.unwrap_err();
    assert_eq!(beehive_device::api::ApiError::from(error).code, "untrusted_server");
    // The right one gets through and says something that no Beehive server says.
    let error = phone.phone.enroll(&pinned(Fingerprint::of(&certificate))).await.unwrap_err();
    assert_eq!(beehive_device::api::ApiError::from(error).code, "bad_answer");
}
