//! The one constructor of HTTP clients in the whole project.
//!
//! A client made in any other way uses reqwest's platform verifier, which on Android panics at the first request unless Kotlin code
//! has set it up. The type check cannot catch that, so there is one constructor and a test that finds a second one.

use super::fingerprint::{Fingerprint, Pinned};
use reqwest::redirect;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{sync::Arc, time::Duration};
use thiserror::Error;

/// How long a connection may take to be made. Longer than any working mobile link needs.
const CONNECT: Duration = Duration::from_secs(10);
/// How long one request may take in all: 500 KB at 20 kbit/s.
const WHOLE: Duration = Duration::from_secs(240);
/// How long an idle connection is kept. Shorter than what servers and mobile gateways allow, so that none is used that is gone.
const IDLE: Duration = Duration::from_secs(25);

/// The TLS library or the client could not be set up. Never depends on what a server sends.
#[derive(Debug, Error)]
#[error("the HTTP client could not be made: {0}")]
pub struct ClientError(String);

/// Makes a client: TLS by rustls with *ring*, HTTP/1.1, no proxy, no redirects, connections kept alive.
///
/// With a `fingerprint` exactly the certificate that has it is accepted; without one, those of the public authorities.
pub fn http_client(fingerprint: Option<Fingerprint>) -> Result<reqwest::Client, ClientError> {
    // No `read_timeout`: reqwest counts it while a request is still being sent, so a slow link could never send a long one. How long an
    // answer may take is decided where its request's length is known.
    //
    // A phone has no proxy of its own, and a test on 127.0.0.1 must never leave the machine; a redirect would carry the credential
    // to wherever it points.
    #[allow(clippy::disallowed_methods, reason = "this is the one constructor that the rule points to")]
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(fingerprint)?)
        .http1_only()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .tcp_nodelay(true)
        .user_agent(concat!("beehive/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| ClientError(e.to_string()))
}

fn tls(fingerprint: Option<Fingerprint>) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| ClientError(e.to_string()))?;
    Ok(match fingerprint {
        Some(fingerprint) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Pinned::new(fingerprint, provider))).with_no_client_auth()
        }
        None => builder.with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }).with_no_client_auth(),
    })
}
