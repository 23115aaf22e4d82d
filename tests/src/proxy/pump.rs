//! One direction of one connection.

use super::{RequestCounter, Shared, Way};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
    sync::mpsc,
    time::Instant,
};

/// What is read at once; on a slow link about what one packet carries.
const PIECE: usize = 1_400;

/// Passes on until the sender ends.
pub(super) async fn pump(mut from: OwnedReadHalf, to: OwnedWriteHalf, shared: &Arc<Shared>, way: Way, open: Instant) {
    let (queue, delivery) = mpsc::channel(1024);
    let reading = async move {
        let mut counter = RequestCounter::default();
        let mut buffer = vec![0; if shared.link.bits_per_second > 0 { PIECE } else { 64 * 1024 }];
        loop {
            let got = match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(got) => got,
            };
            let piece = &buffer[..got];
            let (passes, due) = shared.admit(way, piece, &mut counter, open);
            if queue.send((due, piece[..passes].to_vec(), passes < got)).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reading, deliver(delivery, to, shared));
}

async fn deliver(mut delivery: mpsc::Receiver<(Instant, Vec<u8>, bool)>, mut to: OwnedWriteHalf, shared: &Arc<Shared>) {
    while let Some((due, piece, cut)) = delivery.recv().await {
        tokio::time::sleep_until(due).await;
        let written = to.write_all(&piece).await;
        if cut {
            // What passed arrives before the end does, and whoever sees the end finds the link broken.
            shared.break_link();
            let _ = to.shutdown().await;
        }
        if written.is_err() || cut {
            return;
        }
    }
    let _ = to.shutdown().await;
}

impl Shared {
    /// How many bytes of a piece pass before the link breaks, and when they arrive. Counts them.
    fn admit(&self, way: Way, piece: &[u8], counter: &mut RequestCounter, open: Instant) -> (usize, Instant) {
        let mut state = self.lock();
        let passes = match &mut state.allow[way as usize] {
            Some(left) => {
                let passes = (*left).min(piece.len() as u64);
                *left -= passes;
                passes as usize
            }
            None => piece.len(),
        };
        // From now on new connections are turned away; this one ends when what passed has arrived.
        state.broken |= passes < piece.len();
        match way {
            Way::Up => {
                state.counts.up += passes as u64;
                state.counts.requests += counter.feed(&piece[..passes]);
            }
            Way::Down => state.counts.down += passes as u64,
        }
        let now = Instant::now().max(if way == Way::Up { open } else { Instant::now() });
        let start = state.free[way as usize].map_or(now, |free| free.max(now));
        let end = start + self.on_the_line(passes);
        state.free[way as usize] = Some(end);
        (passes, end + self.link.round_trip / 2)
    }

    fn on_the_line(&self, bytes: usize) -> Duration {
        match self.link.bits_per_second {
            0 => Duration::ZERO,
            bits => Duration::from_nanos(bytes as u64 * 8 * 1_000_000_000 / bits),
        }
    }
}
