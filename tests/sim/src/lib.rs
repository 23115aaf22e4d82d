//! A street from one seed: phones, the server, people, clocks, a bad network and power that goes, and what must hold after all of it.
//!
//! The engines, the stores and the server's code are the real ones. Only chance, time and what breaks come from the seed, so a story that
//! goes wrong goes wrong again. What is driven and what must hold: `docs/simulator.md`.

mod admin;
mod check;
mod deeds;
mod disk;
mod faults;
mod files;
mod ledger;
mod net;
mod phone;
mod rng;
mod server;
mod shrink;
mod storage;
mod template;
mod truth;
mod world;

pub use shrink::shrink;
pub use template::Template;
pub use world::{HEALING, STEPS};

use anyhow::Result;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::World;

/// What a story came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The hash of all that happened; none if it did not come to its end.
    pub trace: Option<String>,
    /// What happened, a line each.
    pub story: Vec<String>,
    /// What did not hold.
    pub complaint: Option<String>,
}

/// Plays the story of a seed: all of it, or only some of its steps.
pub fn play(template: &Template, seed: u64, steps: &[u64]) -> Result<Outcome> {
    let mut world = World::begin(template, seed)?;
    let played = catch_unwind(AssertUnwindSafe(|| {
        for step in steps {
            world.step(*step)?;
        }
        world.heal()?;
        world.trace()
    }));
    let (trace, complaint) = match played {
        Ok(Ok(trace)) => (Some(trace), None),
        Ok(Err(e)) => {
            world.say_what_is_left();
            (None, Some(format!("{e:#}")))
        }
        Err(e) => {
            let text = e.downcast_ref::<String>().cloned().or(e.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            (None, Some(format!("nothing panics: {}", text.unwrap_or_default())))
        }
    };
    Ok(Outcome { trace, story: world.story().to_vec(), complaint })
}

/// All steps of a story.
pub fn all_steps() -> Vec<u64> {
    (0..STEPS).collect()
}
