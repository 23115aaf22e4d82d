//! The campaigns and their full figures: what is tried how often before a release.
//!
//! Each is a test that the gate runs too, in its small form (`beehive-campaign`), or the simulator. To add one: write the test against
//! `beehive_campaign::Portion`, then give it a line here.

/// One campaign.
pub struct Part {
    /// What it is called on the command line and in the table.
    pub name: &'static str,
    /// What one case is, as the table says it.
    pub figure: &'static str,
    /// Who plays it.
    pub player: Player,
    /// How many cases the full figure has.
    pub cases: u64,
    /// How many of them one run of the player takes: what is lost at most when the campaign is interrupted.
    pub portion: u64,
    /// The first seed. Seeds of campaigns begin beyond those of the gate.
    pub seed: u64,
}

/// Who plays a campaign.
pub enum Player {
    /// A test: package, its folder, test target, name.
    Test { package: &'static str, dir: &'static str, target: &'static str, test: &'static str },
    /// The simulator.
    Simulator,
}

const fn test(package: &'static str, dir: &'static str, target: &'static str, test: &'static str) -> Player {
    Player::Test { package, dir, target, test }
}

const fn core(target: &'static str, name: &'static str) -> Player {
    test("beehive-core", "crates/core", target, name)
}

const fn across(target: &'static str, name: &'static str) -> Player {
    test("beehive-tests", "tests", target, name)
}

/// All campaigns, in the order in which they run.
pub const PARTS: [Part; 9] = [
    Part {
        name: "honest-changes",
        figure: "changes of honest phones, each let in by the gate in three causal orders",
        player: core("gate", "honest_changes_pass_in_every_causal_order"),
        cases: 250_000,
        portion: 25_000,
        seed: 1_000,
    },
    Part {
        name: "hostile-changes",
        figure: "hostile changes with repaired checksums: no panic, no poisoned document",
        player: core("gate", "mutants_neither_panic_nor_poison"),
        cases: 720_000,
        portion: 60_000,
        seed: 1_000,
    },
    Part {
        name: "hostile-snapshots",
        figure: "hostile snapshots: no panic, nothing let in but what they say",
        player: core("gate", "mutated_snapshots_neither_panic_nor_lie"),
        cases: 300_000,
        portion: 50_000,
        seed: 1_000,
    },
    Part {
        name: "histories",
        figure: "concurrent histories, the same state for every order of delivery",
        player: core("histories", "every_order_of_delivery_gives_the_same_state"),
        cases: 1_000_000,
        portion: 50_000,
        seed: 1_000,
    },
    Part {
        name: "kills-phone",
        figure: "kill -9 of a phone that records and syncs: nothing saved is lost",
        player: across("kills", "a_serving_phone_keeps_what_it_said_was_saved"),
        cases: 300,
        portion: 60,
        seed: 1_000,
    },
    Part {
        name: "kills-command",
        figure: "kill -9 of a phone's command: nothing printed as saved is lost",
        player: across("kills", "a_killed_command_has_saved_what_it_printed"),
        cases: 300,
        portion: 60,
        seed: 1_000,
    },
    Part {
        name: "kills-server",
        figure: "kill -9 of the server under two pushing phones: nothing acknowledged is lost",
        player: across("kills", "a_killed_server_has_what_it_acknowledged"),
        cases: 400,
        portion: 80,
        seed: 1_000,
    },
    Part {
        name: "photos",
        figure: "photos over a link that drops: all arrive, each with its state",
        player: across("evidence", "many::all_photos_arrive_once_and_every_state_is_true"),
        cases: 700,
        portion: 175,
        seed: 1_000,
    },
    Part {
        name: "simulator",
        figure: "stories of a street with everything breaking: all invariants hold",
        player: Player::Simulator,
        cases: 20_000,
        portion: 500,
        seed: 100_001,
    },
];
