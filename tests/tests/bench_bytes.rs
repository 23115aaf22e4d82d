//! The bench's bytes and round trips as assertions. Times are for the bench: they say more about the machine.

use anyhow::Result;
use beehive_tests::{Link, measure::Scene};

/// A day in one request and at most a tenth more than its changes, nothing to do in 1 KB, a first download at most a tenth more than
/// its packs.
#[test]
fn exchanges_stay_near_their_floors() -> Result<()> {
    let mut scene = Scene::new(41, Link::default())?;
    let download = scene.download.exchange.clone();
    assert!(download.down * 10 <= download.floor * 11, "{download:?}");
    // The open records and the names of the packs, the pack, and the end check.
    assert!(download.requests <= 3, "{download:?}");

    let nothing = scene.nothing()?;
    assert_eq!(nothing.requests, 1);
    assert!(nothing.up + nothing.down <= 1_024, "{nothing:?}");

    let day = scene.day()?;
    assert_eq!(day.requests, 1);
    assert!(day.up * 10 <= day.floor * 11, "{day:?}");
    println!("download {download:?}\nnothing {nothing:?}\nday {day:?}");
    Ok(())
}
