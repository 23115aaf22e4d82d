//! Syncing by itself while the program runs: soon after something was recorded, and now and then for what others recorded. Photos follow
//! their records in a task of their own, so that neither waits for the other.

use super::{Phone, SyncError};
use crate::api::{Event, Request, Response};
use std::time::Duration;
use tokio::{
    sync::broadcast,
    task::JoinHandle,
    time::{self, Instant},
};

/// How often it syncs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From something recorded to its sync: long enough that a photo and a second tap go along.
    pub settle: Duration,
    /// From one sync to the next when nothing was recorded, give or take a quarter.
    pub rest: Duration,
    /// After a first failure; doubled after each further one, up to `rest` without signal and up to `give_up` else.
    pub retry: Duration,
    /// The longest wait when the server refuses this phone: no use in asking every minute.
    pub give_up: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            settle: Duration::from_millis(1_500),
            rest: Duration::from_secs(60),
            retry: Duration::from_secs(4),
            give_up: Duration::from_secs(900),
        }
    }
}

/// The task that syncs by itself; ends when this is dropped. A sync under way then still comes to its end.
pub struct AutoSync([JoinHandle<()>; 2]);

impl AutoSync {
    /// Starts it.
    pub fn start(phone: Phone, pace: Pace) -> Self {
        Self([tokio::spawn(run(phone.clone(), pace)), tokio::spawn(run_files(phone, pace))])
    }
}

impl Drop for AutoSync {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Why the task woke up.
enum Woken {
    Rested,
    Changed,
    Closed,
}

async fn run(phone: Phone, pace: Pace) {
    let mut events = phone.subscribe();
    let mut link = phone.link();
    let mut failures: u32 = 0;
    // A point in time, not a length: events in between must not push it away.
    let mut due = Instant::now() + pace.settle;
    loop {
        let woken = tokio::select! {
            () = time::sleep_until(due) => Woken::Rested,
            event = events.recv() => match event {
                Ok(Event::Changed) | Err(broadcast::error::RecvError::Lagged(_)) => Woken::Changed,
                Ok(Event::Status { .. }) => continue,
                Err(broadcast::error::RecvError::Closed) => Woken::Closed,
            },
            changed = link.changed() => match changed {
                // The signal is back: no reason to sit out the wait.
                Ok(()) if !*link.borrow_and_update() => { failures = 0; Woken::Rested }
                Ok(()) => continue,
                Err(_) => Woken::Closed,
            },
        };
        match woken {
            Woken::Closed => return,
            // While there is no signal a new record is no reason to try more often.
            Woken::Changed if failures > 0 || !has_unsent(&phone).await => continue,
            Woken::Changed => {
                time::sleep(pace.settle).await;
            }
            Woken::Rested => {}
        }
        let longest = match phone.sync().await {
            Ok(outcome) if outcome.done => {
                failures = 0;
                due = Instant::now() + jitter(pace.rest);
                continue;
            }
            // Who answered on the way may be gone at the next corner: no reason to stay away longer than without a signal.
            Ok(_) | Err(SyncError::Offline(_) | SyncError::BadAnswer(_)) => pace.rest,
            Err(SyncError::NotEnrolled) => {
                failures = 0;
                due = Instant::now() + pace.rest;
                continue;
            }
            Err(_) => pace.give_up,
        };
        due = Instant::now() + jitter(pace.retry.saturating_mul(1 << failures.min(16)).min(longest));
        failures += 1;
    }
}

/// Sends files whenever there are any that can be sent: after their record was delivered, when the signal or Wi-Fi is back, and after a
/// while when it broke off.
async fn run_files(phone: Phone, pace: Pace) {
    let mut events = phone.subscribe();
    let mut link = phone.link();
    let mut failures: u32 = 0;
    let mut due = Instant::now() + pace.settle;
    loop {
        let woken = tokio::select! {
            () = time::sleep_until(due) => Woken::Rested,
            // A record's delivery is a change, and another kind of network a new status.
            event = events.recv() => match event {
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => Woken::Changed,
                Err(broadcast::error::RecvError::Closed) => Woken::Closed,
            },
            changed = link.changed() => match changed {
                Ok(()) if !*link.borrow_and_update() => { failures = 0; Woken::Rested }
                Ok(()) => continue,
                Err(_) => Woken::Closed,
            },
        };
        match woken {
            Woken::Closed => return,
            Woken::Changed if failures > 0 => continue,
            Woken::Changed | Woken::Rested => {}
        }
        let ready = phone.on_store(|engine| engine.may_send_files()).await;
        let to_send = matches!(ready, Ok((true, true)));
        let longest = match if to_send { phone.send_files().await.map(drop) } else { Ok(()) } {
            Ok(()) => {
                failures = 0;
                due = Instant::now() + jitter(pace.rest);
                continue;
            }
            Err(SyncError::Offline(_) | SyncError::BadAnswer(_)) => pace.rest,
            Err(_) => pace.give_up,
        };
        due = Instant::now() + jitter(pace.retry.saturating_mul(1 << failures.min(16)).min(longest));
        failures += 1;
    }
}

async fn has_unsent(phone: &Phone) -> bool {
    matches!(phone.call(Request::Status).await, Response::Status { status } if status.unsent > 0)
}

/// Three to five quarters of a time, so that phones that lost their signal together do not all come back in one second.
fn jitter(time: Duration) -> Duration {
    let mut byte = [0u8; 1];
    // Without randomness the plain time is as good.
    let share = getrandom::fill(&mut byte).map_or(0.5, |()| f64::from(byte[0]) / 255.0);
    time.mul_f64(0.75 + share / 2.0)
}
