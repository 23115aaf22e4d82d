//! A story that goes wrong, with everything left out that it goes wrong without.

use crate::{Outcome, Template, play};
use anyhow::Result;

/// Plays at most so many shorter stories.
const BUDGET: u32 = 400;

/// The name of what was broken: a shorter story counts only if it breaks the same.
fn name(outcome: &Outcome) -> Option<&str> {
    outcome.complaint.as_deref().and_then(|c| c.split(':').next())
}

/// Leaves steps out, many at once and then fewer, as long as the story still breaks the same.
pub fn shrink(template: &Template, seed: u64, steps: &[u64], outcome: Outcome) -> Result<(Vec<u64>, Outcome)> {
    let (mut steps, mut outcome) = (steps.to_vec(), outcome);
    let Some(broken) = name(&outcome).map(str::to_owned) else { return Ok((steps, outcome)) };
    let mut size = steps.len().div_ceil(2);
    let mut left = BUDGET;
    while size > 0 && left > 0 {
        let mut at = 0;
        let mut any = false;
        while at < steps.len() && left > 0 {
            let end = (at + size).min(steps.len());
            let fewer: Vec<u64> = steps[..at].iter().chain(&steps[end..]).copied().collect();
            left -= 1;
            let played = play(template, seed, &fewer)?;
            if name(&played) == Some(&broken) {
                (steps, outcome, any) = (fewer, played, true);
            } else {
                at = end;
            }
        }
        size = if size == 1 && any { 1 } else { size / 2 };
    }
    Ok((steps, outcome))
}
