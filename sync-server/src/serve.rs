//! Starting and stopping the server, for the program and for tests in the same process.

use crate::{
    app::{App, Clock, system_clock},
    files::Files,
    http,
    storage::{SqliteStorage, Storage, StorageError, setting, sqlite::ServeLock},
};
use beehive_machine::export::{Export, ExportError, Over};
use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// How long running requests may take to finish once a stop was asked for.
const GRACE: Duration = Duration::from_secs(30);

/// How to serve.
pub struct ServeOptions {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen; port 0 = any free one.
    pub listen: SocketAddr,
    /// A file that gets the bound address once the server answers.
    pub ready_file: Option<PathBuf>,
    /// Where the time comes from.
    pub clock: Clock,
}

impl ServeOptions {
    /// Serving a folder at an address by the machine's clock.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self { data: data.into(), listen, ready_file: None, clock: system_clock() }
    }
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened at.
    #[error("cannot listen at {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The ready file cannot be written.
    #[error("cannot write the ready file: {0}")]
    ReadyFile(ExportError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It ended by itself.
    #[error("the server ended: {0}")]
    Ended(String),
}

/// A running server. Dropping it stops it without waiting.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    /// Stops taking requests, lets the running ones finish, and closes the database.
    pub async fn shutdown(mut self) -> Result<(), ServeError> {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself; then joining says so.
            let _ = stop.send(());
        }
        self.join().await
    }

    /// Waits until the server ends.
    pub async fn join(self) -> Result<(), ServeError> {
        self.task.await.map_err(|e| ServeError::Ended(e.to_string()))?
    }
}

/// Starts a server; it answers when this returns.
pub async fn serve(options: ServeOptions) -> Result<Running, ServeError> {
    let (stop, stopped) = oneshot::channel();
    serve_until(options, Some(stop), async {
        let _ = stopped.await;
    })
    .await
}

/// Starts a server that stops when `stopped` is ready.
pub async fn serve_until(
    options: ServeOptions,
    stop: Option<oneshot::Sender<()>>,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> Result<Running, ServeError> {
    // Opened before the lock is taken, so that a folder without a database is told as that.
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(&options.data)?);
    let lock = ServeLock::take(&options.data)?;
    if storage.read(|rows| rows.meta())?.is_none() {
        return Err(StorageError::Absent.into());
    }
    let ready = options.ready_file.as_deref().map(|file| ready_file(file, &options.data)).transpose()?;
    crate::rescue::ensure(&options.data, &storage)?;
    let listener = TcpListener::bind(options.listen).await.map_err(|e| ServeError::Listen(options.listen, e))?;
    let addr = listener.local_addr().map_err(|e| ServeError::Listen(options.listen, e))?;
    let url = format!("http://{}", reachable(addr));
    storage.write_async(move |tx| tx.set_setting(setting::BOUND_URL, &url)).await?;
    let app = Arc::new(App::new(storage, Files::in_folder(&options.data), options.clock));
    let service = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (closing, closed) = oneshot::channel();
    let task = tokio::spawn(async move {
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            stopped.await;
            tracing::info!("stopping: running requests are finished first");
            let _ = closing.send(());
        });
        let deadline = async {
            let _ = closed.await;
            tokio::time::sleep(GRACE).await;
        };
        let result = tokio::select! {
            result = serving.into_future() => result.map_err(|e| ServeError::Ended(e.to_string())),
            () = deadline => {
                tracing::warn!("some requests did not finish in time");
                Ok(())
            }
        };
        drop(lock);
        result
    });
    if let Some(export) = ready {
        tell_ready(export, addr)?;
    }
    tracing::info!(%addr, "serving");
    Ok(Running { addr, stop, task })
}

/// Where this machine itself reaches an address that may be "all of them".
fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

/// Where the ready file will be written, if it may be: told before anything is served. The one of an
/// earlier run is replaced, or an empty one, and nothing else. Whoever waits for it never reads half an address.
fn ready_file(file: &Path, data: &Path) -> Result<Export, ServeError> {
    let of_an_earlier_run = |text: &str| text.trim().is_empty() || text.trim().parse::<SocketAddr>().is_ok();
    Export::begin(file, Over::If(of_an_earlier_run), &[data]).map_err(ServeError::ReadyFile)
}

fn tell_ready(mut export: Export, addr: SocketAddr) -> Result<(), ServeError> {
    export.put(format!("{addr}\n").as_bytes()).and_then(|()| export.finish()).map_err(ServeError::ReadyFile)
}
