//! A TCP proxy that breaks the link after so many bytes of answers, headers included.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The proxy.
pub struct Proxy {
    pub address: SocketAddr,
    /// Bytes of answers that still get through.
    left: AtomicI64,
    passed: AtomicI64,
    /// How often all open links were made deaf.
    deaf: AtomicI64,
}

impl Proxy {
    /// In front of `server`; ends with the test's runtime.
    pub async fn start(server: SocketAddr) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            left: AtomicI64::new(i64::MAX),
            passed: AtomicI64::new(0),
            deaf: AtomicI64::new(0),
        });
        let this = proxy.clone();
        tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                let this = this.clone();
                tokio::spawn(async move {
                    if let Ok(upstream) = TcpStream::connect(server).await {
                        this.pass(phone, upstream).await;
                    }
                });
            }
        });
        proxy
    }

    /// Lets `bytes` more of answers through, then breaks every link.
    pub fn cut_after(&self, bytes: i64) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Makes every open link deaf: it breaks when the phone next says something. New ones are whole.
    pub fn deafen_open(&self) {
        self.deaf.fetch_add(1, Ordering::SeqCst);
    }

    /// Bytes of answers since the last time this was asked.
    pub fn take_passed(&self) -> i64 {
        self.passed.swap(0, Ordering::SeqCst)
    }

    async fn pass(&self, phone: TcpStream, upstream: TcpStream) {
        let ((mut from_phone, mut to_phone), (mut from_server, mut to_server)) = (phone.into_split(), upstream.into_split());
        let since = self.deaf.load(Ordering::SeqCst);
        let up = async {
            let mut buffer = [0u8; 4096];
            loop {
                let n = from_phone.read(&mut buffer).await?;
                if n == 0 || self.deaf.load(Ordering::SeqCst) != since {
                    return Ok::<_, std::io::Error>(());
                }
                to_server.write_all(&buffer[..n]).await?;
            }
        };
        let down = async {
            let mut buffer = [0u8; 4096];
            loop {
                let n = from_server.read(&mut buffer).await?;
                let left = self.left.fetch_sub(n as i64, Ordering::SeqCst).clamp(0, n as i64) as usize;
                to_phone.write_all(&buffer[..left]).await?;
                self.passed.fetch_add(left as i64, Ordering::SeqCst);
                if n == 0 || left < n {
                    return Ok::<_, std::io::Error>(());
                }
            }
        };
        // Whichever way ends first ends the link.
        tokio::select! {
            _ = up => {}
            _ = down => {}
        }
    }
}
