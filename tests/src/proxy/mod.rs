//! The link between a phone and the server: a TCP proxy in this process that counts what passes, and on demand is slow, breaks at an
//! exact byte, or is gone.

mod count;
mod pump;

pub use count::RequestCounter;

use anyhow::{Context, Result};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::watch,
};

/// How good the link is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Link {
    /// From one end to the other and back.
    pub round_trip: Duration,
    /// In each direction, bits per second; 0 = as fast as it goes.
    pub bits_per_second: u64,
}

impl Link {
    /// The link of the published figures: 200 ms, 1 Mbit/s each way.
    pub const MOBILE: Self = Self { round_trip: Duration::from_millis(200), bits_per_second: 1_000_000 };
}

/// What has passed since the last [`Proxy::reset`], HTTP heads included, TCP's and IP's own not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// TCP connections made.
    pub connections: u64,
    /// HTTP requests whose head has passed whole.
    pub requests: u64,
    /// Bytes from phone to server.
    pub up: u64,
    /// Bytes from server to phone.
    pub down: u64,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From phone to server.
    Up,
    /// From server to phone.
    Down,
}

#[derive(Default)]
struct State {
    counts: Counts,
    /// How many bytes may still pass before the link breaks.
    allow: [Option<u64>; 2],
    broken: bool,
    upstream: Option<SocketAddr>,
    /// When the link is free again, per direction.
    free: [Option<tokio::time::Instant>; 2],
}

struct Shared {
    state: Mutex<State>,
    link: Link,
    /// Counts the breaks; every connection made before one ends at it.
    breaks: watch::Sender<u64>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every connection; new ones are turned away.
    fn break_link(&self) {
        self.lock().broken = true;
        self.breaks.send_modify(|n| *n += 1);
    }
}

/// The proxy; ends, with its connections, when dropped.
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Proxy {
    /// Starts one in front of `upstream`.
    pub fn start(upstream: SocketAddr, link: Link) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).context("the proxy cannot listen")?;
        let address = listener.local_addr()?;
        let state = State { upstream: Some(upstream), ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), link, breaks: watch::Sender::new(0) });
        runtime.spawn(accept(listener, shared.clone()));
        Ok(Self { shared, address, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as invitations name it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has passed.
    pub fn counts(&self) -> Counts {
        self.shared.lock().counts
    }

    /// Starts to count anew; answers what was counted.
    pub fn reset(&self) -> Counts {
        std::mem::take(&mut self.shared.lock().counts)
    }

    /// Sends new connections elsewhere.
    pub fn retarget(&self, upstream: SocketAddr) {
        self.shared.lock().upstream = Some(upstream);
    }

    /// Breaks the link after exactly so many more bytes have passed one way; it stays broken until [`Proxy::heal`].
    pub fn cut_after(&self, way: Way, bytes: u64) {
        self.shared.lock().allow[way as usize] = Some(bytes);
    }

    /// Breaks the link now; connections are turned away until [`Proxy::heal`].
    pub fn refuse(&self) {
        self.shared.break_link();
    }

    /// Whether the link has broken.
    pub fn is_broken(&self) -> bool {
        self.shared.lock().broken
    }

    /// Makes the link whole again.
    pub fn heal(&self) {
        let mut state = self.shared.lock();
        state.broken = false;
        state.allow = [None, None];
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((phone, _)) = listener.accept().await {
        let breaks = shared.breaks.subscribe();
        let upstream = {
            let mut state = shared.lock();
            state.counts.connections += 1;
            if state.broken { None } else { state.upstream }
        };
        let Some(upstream) = upstream else { continue };
        tokio::spawn(connection(phone, upstream, shared.clone(), breaks));
    }
}

async fn connection(phone: TcpStream, upstream: SocketAddr, shared: Arc<Shared>, mut breaks: watch::Receiver<u64>) {
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    // Without these, the kernel's own waiting would be measured too.
    if phone.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let (phone_read, phone_write) = phone.into_split();
    let (server_read, server_write) = server.into_split();
    // Loopback connects at once; on the emulated link the handshake takes a round trip before the first byte can leave.
    let open = tokio::time::Instant::now() + shared.link.round_trip;
    let both = async {
        tokio::join!(
            pump::pump(phone_read, server_write, &shared, Way::Up, open),
            pump::pump(server_read, phone_write, &shared, Way::Down, open),
        )
    };
    tokio::select! {
        _ = both => {}
        _ = breaks.changed() => {}
    }
}
