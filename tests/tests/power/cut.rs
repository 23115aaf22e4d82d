//! A campaign of power cuts: record, cut, look.

use anyhow::{Result, ensure};
use beehive_campaign::Portion;
use beehive_tests::power::{Disk, Image, Syncs, Tape};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// A recorded program at work.
pub struct Recording<P> {
    /// The disk before it.
    pub before: Disk,
    /// What it did to it.
    pub tape: Tape,
    /// What was promised to somebody, and how long the tape was just after.
    pub promises: Vec<(u64, P)>,
    /// No cuts before this place of the tape.
    pub from: u64,
}

/// What an image turned out to be.
#[derive(Debug)]
pub enum Found {
    /// Everything promised is there.
    Held,
    /// Something promised is not.
    Lost(String),
    /// The store does not open, or not as it was.
    Damaged(String),
}

/// What came of many images.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were looked at.
    pub tried: u64,
    /// What was lost in which.
    pub lost: Vec<String>,
    /// What was damaged in which.
    pub damaged: Vec<String>,
    /// How many promises they had to keep, all told.
    pub promises: usize,
}

/// Cuts the power so many times; fails if anything was lost or damaged.
pub fn all_hold<P>(
    portion: Portion,
    of_one: u64,
    record: impl Fn(u64) -> Result<Recording<P>>,
    check: impl Fn(u64, &Image, &[&P]) -> Result<Found>,
) -> Result<()> {
    let tally = campaign(portion, of_one, Syncs::AsMade, record, check)?;
    println!("{} images, {} promises", tally.tried, tally.promises);
    ensure!(tally.lost.is_empty() && tally.damaged.is_empty(), "{tally:#?}");
    ensure!(tally.promises as u64 > tally.tried, "hardly anything was promised: {tally:?}");
    portion.report(tally.tried);
    Ok(())
}

/// Cuts the power so many times, some of them in each recording.
pub fn campaign<P>(
    portion: Portion,
    of_one: u64,
    syncs: Syncs,
    record: impl Fn(u64) -> Result<Recording<P>>,
    check: impl Fn(u64, &Image, &[&P]) -> Result<Found>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let seeds: Vec<u64> = portion.seeds().collect();
    for seeds in seeds.chunks(of_one.try_into()?) {
        let recording = record(seeds[0])?;
        for (at, seed, image) in images(&recording, seeds, syncs) {
            let mark = at.checked_sub(1).map_or(0, |last| recording.tape.ends[last]);
            let kept: Vec<&P> = recording.promises.iter().filter(|(m, _)| *m <= mark).map(|(_, p)| p).collect();
            let of = recording.tape.ops.len();
            let found = check(seed, &image, &kept)?;
            tally.tried += 1;
            tally.promises += kept.len();
            let name = |what| format!("recording {}, image {seed}, cut at {at} of {of}: {what}", seeds[0]);
            match found {
                Found::Held => {}
                Found::Lost(what) => tally.lost.push(name(what)),
                Found::Damaged(what) => tally.damaged.push(name(what)),
            }
        }
    }
    Ok(tally)
}

/// An image for each seed: where it is cut, and what is found.
fn images<P>(recording: &Recording<P>, seeds: &[u64], syncs: Syncs) -> Vec<(usize, u64, Image)> {
    let Recording { before, tape, promises, from } = recording;
    let (first, end) = (tape.ops_at(*from), tape.ops.len());
    let mut cuts: Vec<(usize, u64, SmallRng)> = Vec::new();
    for seed in seeds {
        let mut rng = SmallRng::seed_from_u64(*seed);
        // Half of them anywhere, half of them just after an answer, where a program that answers
        // too early is caught.
        let at = match promises.get(rng.random_range(0..promises.len().max(1))) {
            Some((mark, _)) if rng.random_bool(0.5) => (tape.ops_at(*mark) + rng.random_range(0..3)).min(end),
            _ => rng.random_range(first..=end),
        };
        cuts.push((at, *seed, rng));
    }
    // The tape is played once.
    cuts.sort_by_key(|(at, seed, _)| (*at, *seed));
    let mut disk = before.clone();
    let image = |(at, seed, mut rng): (usize, u64, SmallRng)| {
        disk.play(tape, at, syncs);
        (at, seed, disk.after_power_cut(&mut rng))
    };
    cuts.into_iter().map(image).collect()
}
