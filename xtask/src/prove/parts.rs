//! The campaigns and their full figures: what is tried how often before a release.
//!
//! Each is a test that the gate runs too, in its small form (`beehive-campaign`), or the simulator. To add one: write the test against
//! `beehive_campaign::Portion`, then give it a line here.

use super::mutants;

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
    /// Mutation testing.
    Mutants,
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

const fn server(name: &'static str) -> Player {
    test("sync-server", "sync-server", "decoders", name)
}

/// All campaigns, in the order in which they run.
pub const PARTS: [Part; 24] = [
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
        player: core("gate", "mutants_neither_panic_nor_poison_a"),
        cases: 720_000,
        portion: 60_000,
        seed: 1_000,
    },
    Part {
        name: "hostile-snapshots",
        figure: "hostile snapshots: no panic, under 1 s and 64 MB each, nothing let in but what they say",
        player: core("decoders", "no_snapshot_harms"),
        cases: 300_000,
        portion: 50_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-requests",
        figure: "hostile sync requests, likewise",
        player: core("decoders", "no_request_harms"),
        cases: 300_000,
        portion: 50_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-answers",
        figure: "hostile answers to a sync, likewise",
        player: core("decoders", "no_response_harms"),
        cases: 300_000,
        portion: 50_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-packs",
        figure: "hostile packs, likewise",
        player: core("decoders", "no_pack_harms"),
        cases: 300_000,
        portion: 50_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-rescues",
        figure: "hostile rescue files, likewise",
        player: core("decoders", "no_rescue_file_harms"),
        cases: 300_000,
        portion: 50_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-invites",
        figure: "hostile invitations, likewise",
        player: test("beehive-device", "crates/device", "decoders", "no_invitation_harms"),
        cases: 300_000,
        portion: 50_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-archives",
        figure: "hostile backup archives, likewise",
        player: server("archive::no_archive_harms"),
        cases: 300_000,
        portion: 20_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-uploads",
        figure: "hostile headers of uploads, likewise",
        player: server("tus::no_upload_header_harms"),
        cases: 300_000,
        portion: 20_000,
        seed: 1_000_000,
    },
    Part {
        name: "hostile-posts",
        figure: "hostile sync requests through the whole server, likewise",
        player: server("requests::no_request_harms_the_server"),
        cases: 300_000,
        portion: 20_000,
        seed: 1_000_000,
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
        name: "power-phone",
        figure: "power cuts under the phone: nothing saved is lost, nothing is damaged",
        player: across("power", "power_cuts_on_the_phone"),
        cases: 1_000,
        portion: 120,
        seed: 1_000,
    },
    Part {
        name: "power-server",
        figure: "power cuts under the server: nothing acknowledged is lost, nothing is damaged",
        player: across("power", "power_cuts_on_the_server"),
        cases: 1_000,
        portion: 120,
        seed: 1_000,
    },
    Part {
        name: "power-uploads",
        figure: "power cuts after uploads that a crash broke off: what is called stored is whole",
        player: across("power", "power_cuts_after_broken_uploads"),
        cases: 400,
        portion: 80,
        seed: 1_000,
    },
    Part {
        name: "power-control",
        figure: "the same cuts with fewer syncs, which must lose or damage (else the ones above would see nothing)",
        player: across("power", "power_cuts_without_syncs_do_lose"),
        cases: 300,
        portion: 60,
        seed: 1_000,
    },
    Part {
        name: "disk-phone",
        figure: "disks that are full or fail under the phone: nothing saved is lost, it goes on",
        player: across("power", "disk_faults_on_the_phone"),
        cases: 250,
        portion: 50,
        seed: 1_000,
    },
    Part {
        name: "disk-server",
        figure: "disks that are full or fail under the server: nothing acknowledged is lost, it goes on",
        player: across("power", "disk_faults_on_the_server"),
        cases: 250,
        portion: 50,
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
    Part {
        name: "mutants",
        figure: "sixteenths of all mutants of gate, policy and fold: the tests of core see each, or it stands explained",
        player: Player::Mutants,
        cases: mutants::SHARDS,
        portion: 1,
        seed: 0,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;
    use std::fs;

    /// A test that is called otherwise now would be found out only by the campaign itself, once in a while.
    #[test]
    fn every_campaign_has_its_test() {
        for part in &PARTS {
            let Player::Test { dir, target, test, .. } = part.player else { continue };
            let tests = root().join(dir).join("tests");
            let folder = tests.join(target);
            let files: Vec<_> = match folder.is_dir() {
                true => fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect(),
                false => vec![tests.join(target).with_extension("rs")],
            };
            let function = format!("fn {}()", test.rsplit("::").next().unwrap_or(test));
            let found = files.iter().any(|file| fs::read_to_string(file).unwrap_or_default().contains(&function));
            assert!(found, "{}: no {function} in {}", part.name, tests.join(target).display());
        }
    }

    #[test]
    fn names_and_portions_make_sense() {
        for (n, part) in PARTS.iter().enumerate() {
            assert!(PARTS[..n].iter().all(|other| other.name != part.name), "{} twice", part.name);
            assert!(part.portion > 0 && part.portion <= part.cases, "{}", part.name);
        }
    }
}
