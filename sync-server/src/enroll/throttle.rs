//! Slows down who guesses invitation codes. Only wrong codes count, so three hundred people behind one Wi-Fi are not in the way.

use super::EnrollError;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Wrong codes from one address within a minute before it has to wait.
const MAX_WRONG: u32 = 20;
/// The window, in seconds.
const WINDOW: i64 = 60;
/// Addresses remembered at most; beyond it the old ones are forgotten, which only ever makes the throttle milder.
const MAX_ADDRESSES: usize = 10_000;

/// Counts wrong codes by address and minute.
#[derive(Default)]
pub struct Throttle {
    wrong: Mutex<HashMap<IpAddr, (i64, u32)>>,
}

impl Throttle {
    /// Whether an address may try now.
    pub fn check(&self, from: IpAddr, now: i64) -> Result<(), EnrollError> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match wrong.get(&from) {
            Some((since, count)) if *count >= MAX_WRONG && now - since < WINDOW => Err(EnrollError::TooManyAttempts),
            _ => Ok(()),
        }
    }

    /// Notes a wrong code.
    pub fn note_wrong(&self, from: IpAddr, now: i64) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= MAX_ADDRESSES {
            wrong.retain(|_, (since, _)| now - *since < WINDOW);
            if wrong.len() >= MAX_ADDRESSES {
                wrong.clear();
            }
        }
        let entry = wrong.entry(from).or_insert((now, 0));
        if now - entry.0 >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_codes_are_slowed_down_for_a_minute_and_only_from_their_address() {
        let (throttle, bad, good) = (Throttle::default(), IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..MAX_WRONG {
            throttle.check(bad, 1_000).unwrap();
            throttle.note_wrong(bad, 1_000);
        }
        assert_eq!(throttle.check(bad, 1_059), Err(EnrollError::TooManyAttempts));
        throttle.check(good, 1_059).unwrap();
        throttle.check(bad, 1_060).unwrap();
    }
}
