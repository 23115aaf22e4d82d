//! How much one response may still carry.

use beehive_core::sync::MAX_PAGE;

/// Counts the bytes of a response towards [`MAX_PAGE`]. The first thing always fits, whatever its size, or nothing would ever move.
#[derive(Debug, Default)]
pub struct Budget {
    used: usize,
}

impl Budget {
    /// Takes `bytes` if they still fit.
    pub fn take(&mut self, bytes: usize) -> bool {
        let fits = self.used == 0 || self.used + bytes <= MAX_PAGE;
        if fits {
            self.used += bytes;
        }
        fits
    }

    /// Whether nothing more fits.
    pub fn is_spent(&self) -> bool {
        self.used >= MAX_PAGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thing_always_fits_and_then_the_limit_holds() {
        let mut budget = Budget::default();
        assert!(budget.take(MAX_PAGE + 1));
        assert!(budget.is_spent() && !budget.take(1));
    }
}
