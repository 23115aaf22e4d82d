//! Stories that went wrong once are told again, and the same seed always tells the same story.

use anyhow::{Context, Result, ensure};
use beehive_sim::{Template, all_steps, play};

/// Every line of `seeds.txt` holds.
#[test]
fn what_went_wrong_once_does_not_again() -> Result<()> {
    let template = Template::make()?;
    for line in include_str!("../seeds.txt").lines().map(|l| l.split('#').next().unwrap_or_default().trim()).filter(|l| !l.is_empty()) {
        let (seed, steps) = line.split_once(' ').unwrap_or((line, ""));
        let steps = match steps.trim() {
            "" => all_steps(),
            list => list.split(',').map(|n| n.trim().parse().context("a step")).collect::<Result<_>>()?,
        };
        let outcome = play(&template, seed.parse().context("a seed")?, &steps)?;
        ensure!(outcome.complaint.is_none(), "{line}: {:?}\n{}", outcome.complaint, outcome.story.join("\n"));
    }
    Ok(())
}

/// Two streets, made apart, tell the same story of a seed.
#[test]
fn the_same_seed_has_the_same_trace() -> Result<()> {
    let (one, other) = (Template::make()?, Template::make()?);
    for seed in 1..=12 {
        let (a, b) = (play(&one, seed, &all_steps())?, play(&other, seed, &all_steps())?);
        let first = a.story.iter().zip(&b.story).find(|(a, b)| a != b);
        ensure!(first.is_none(), "seed {seed}: {first:?}");
        ensure!(a.trace.is_some() && a.trace == b.trace, "seed {seed}: {:?} {:?} {:?}", a.trace, b.trace, a.complaint);
    }
    Ok(())
}
