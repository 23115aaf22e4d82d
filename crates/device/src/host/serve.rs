//! Binding, the routes, the checks that every request passes, and stopping.

use super::{api, page};
use crate::net::Phone;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use beehive_machine::export::{Export, ExportError, Over};
use std::{
    fs,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use thiserror::Error;
use tokio::{net::TcpListener, sync::watch};
use tower_http::services::ServeDir;

/// The largest request, in bytes: the largest photo in base64, with the page's own picture of it.
const MAX_REQUEST: usize = 2 * beehive_core::media::MAX_FILE;
/// How long requests under way may take once the host is told to stop.
const STOPPING: Duration = Duration::from_secs(3);
/// What pages may load and call: themselves. `data:` fonts are Vant's icons, `blob:` images are photos not yet saved.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// How to serve.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Where to listen; a loopback address. Port 0 = any free one.
    pub listen: SocketAddr,
    /// The folder of the built UI, with its `index.html`.
    pub ui: PathBuf,
    /// A file to write the bound address (`127.0.0.1:4711`) into once requests are answered.
    pub ready_file: Option<PathBuf>,
}

/// Why the host cannot serve.
#[derive(Debug, Error)]
pub enum HostError {
    /// The address is reachable from other machines.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address cannot be bound.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, io::Error),
    /// The folder holds no UI.
    #[error("{0} cannot be read: {1}")]
    Ui(PathBuf, io::Error),
    /// The ready file cannot be written.
    #[error("cannot write the ready file: {0}")]
    ReadyFile(ExportError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// Serving broke off.
    #[error("serving ended: {0}")]
    Io(io::Error),
}

/// What every handler can reach.
pub(super) struct Host {
    pub phone: Phone,
    /// What the page was given and the API wants to see: 32 random bytes in hexadecimal, new at every start.
    pub token: String,
    pub index: String,
    pub port: u16,
    /// Becomes true when the host is told to stop.
    pub stopping: watch::Receiver<bool>,
}

/// Serves until `stop` completes. `ready` is told the bound address once requests are answered.
pub async fn serve(
    phone: Phone,
    options: HostOptions,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), HostError> {
    if !options.listen.ip().is_loopback() {
        return Err(HostError::NotLoopback(options.listen));
    }
    let ready_file = options.ready_file.as_deref().map(begin_ready).transpose()?;
    let index = options.ui.join("index.html");
    let index = fs::read_to_string(&index).map_err(|e| HostError::Ui(index, e))?;
    let mut token = [0u8; 32];
    getrandom::fill(&mut token).map_err(|_| HostError::Random)?;
    let token = hex::encode(token);
    let listener = TcpListener::bind(options.listen).await.map_err(|e| HostError::Bind(options.listen, e))?;
    let address = listener.local_addr().map_err(HostError::Io)?;

    let (tell_stopping, stopping) = watch::channel(false);
    let index = index.replace("__BEEHIVE_TOKEN__", &token);
    let host = Arc::new(Host { phone, token, index, port: address.port(), stopping: stopping.clone() });
    let server = axum::serve(listener, routes(host, &options.ui)).with_graceful_shutdown(async move {
        stop.await;
        tell_stopping.send_replace(true);
    });
    if let Some(export) = ready_file {
        tell_ready(export, address)?;
    }
    ready(address);

    let mut told = stopping;
    let out_of_patience = async move {
        // Dropped without being told only after serving has ended.
        let _ = told.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(STOPPING).await;
    };
    tokio::select! {
        ended = server.into_future() => ended.map_err(HostError::Io),
        () = out_of_patience => Ok(()),
    }
}

fn routes(host: Arc<Host>, ui: &Path) -> Router {
    let files = ServeDir::new(ui).append_index_html_on_directories(false).fallback(get(page::app).with_state(host.clone()));
    Router::new()
        .route("/", get(page::index))
        .route("/index.html", get(page::index))
        .route("/api", post(api::call).layer(DefaultBodyLimit::max(MAX_REQUEST)))
        .route("/api/events", get(api::events))
        // Nothing below /api may fall through to the page.
        .route("/api/{*rest}", any(|| async { StatusCode::NOT_FOUND }))
        .fallback_service(files)
        .layer(middleware::from_fn_with_state(host.clone(), guard))
        .with_state(host)
}

/// Refuses requests that do not name this host by a loopback address: a website whose name was pointed at 127.0.0.1 (DNS rebinding)
/// names itself. Then marks the answer.
async fn guard(State(host): State<Arc<Host>>, request: Request, next: Next) -> Response {
    let named = request.headers().get(header::HOST).and_then(|h| h.to_str().ok());
    let mut response = if named.is_some_and(|named| is_own(named, host.port)) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "not a loopback host").into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_own(named: &str, port: u16) -> bool {
    let Ok(uri) = Uri::try_from(named) else { return false };
    let Some(authority) = uri.authority() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let loopback = name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback && authority.port_u16().unwrap_or(80) == port && !named.contains('@')
}

/// Where the ready file will be written, if it may be: told before anything is served. The one of an
/// earlier run is replaced, or an empty one, and nothing else.
fn begin_ready(file: &Path) -> Result<Export, HostError> {
    let of_an_earlier_run = |text: &str| text.trim().is_empty() || text.trim().parse::<SocketAddr>().is_ok();
    Export::begin(file, Over::If(of_an_earlier_run), &[]).map_err(HostError::ReadyFile)
}

/// Under its final name only once it is whole: whoever waits for it never reads half an address.
fn tell_ready(mut export: Export, address: SocketAddr) -> Result<(), HostError> {
    export.put(address.to_string().as_bytes()).and_then(|()| export.finish()).map_err(HostError::ReadyFile)
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_loopback_names_with_the_own_port_are_own() {
        for own in ["127.0.0.1:4711", "localhost:4711", "LOCALHOST:4711", "[::1]:4711", "127.9.9.9:4711"] {
            assert!(is_own(own, 4711), "{own}");
        }
        for other in
            ["127.0.0.1", "127.0.0.1:4712", "evil.example:4711", "127.0.0.1.evil.example:4711", "", "me@127.0.0.1:4711", "192.168.1.2:4711"]
        {
            assert!(!is_own(other, 4711), "{other}");
        }
        assert!(is_own("localhost", 80));
    }
}
