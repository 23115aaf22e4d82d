//! Power cuts and failing disks, against the real programs. `kill -9` shows nothing of either:
//! the system keeps what a killed program wrote. So the programs are recorded, and what a disk
//! may hold after a power cut is made from the recording: see `beehive_tests::power` for the
//! rules.

mod cut;
mod faults;
mod phone;
mod server;

use anyhow::Result;
use beehive_campaign::Portion;
use beehive_tests::power::Syncs;

/// Images of one recording.
const IMAGES: u64 = 30;

/// What the phone called saved is there after a power cut, and its store is whole.
#[test]
fn power_cuts_on_the_phone() -> Result<()> {
    cut::all_hold(Portion::or(41, 60), IMAGES, phone::record, phone::check)
}

/// What the server called stored is there after a power cut, and its database is whole.
#[test]
fn power_cuts_on_the_server() -> Result<()> {
    cut::all_hold(Portion::or(42, 60), IMAGES, server::record, server::check)
}

/// A photo whose upload a crash broke off is as safe as any other once the server says that it has it.
#[test]
fn power_cuts_after_broken_uploads() -> Result<()> {
    cut::all_hold(Portion::or(46, 30), 5, server::record_uploads, server::check)
}

/// The control: were the databases run with `synchronous=NORMAL`, the same cuts would lose what
/// was called saved (and damage nothing); were nothing synced at all, they would do damage. So
/// the two tests above would have seen it.
#[test]
fn power_cuts_without_syncs_do_lose() -> Result<()> {
    let portion = Portion::or(43, 30);
    let cases = Portion { cases: portion.share(3), ..portion };
    let phone = cut::campaign(cases, IMAGES, Syncs::Normal, phone::record, phone::check)?;
    let server = cut::campaign(cases, IMAGES, Syncs::Normal, server::record, server::check)?;
    let none = cut::campaign(cases, IMAGES, Syncs::None, phone::record, phone::check)?;
    for normal in [&phone, &server] {
        assert!(!normal.lost.is_empty() && normal.damaged.is_empty(), "{normal:#?}");
    }
    assert!(!none.damaged.is_empty(), "{none:#?}");
    let (p, s) = (phone.lost.len(), server.lost.len());
    println!("NORMAL lost work in {p} of {} on the phone, {s} of {} on the server", phone.tried, server.tried);
    portion.report(phone.tried + server.tried + none.tried);
    Ok(())
}

/// Whatever the phone's disk refuses: what was called saved is there afterwards, and what was not
/// saved was said to be so.
#[test]
fn disk_faults_on_the_phone() -> Result<()> {
    let portion = Portion::or(44, 20);
    portion.report(faults::on_the_phone(portion)?);
    Ok(())
}

/// Whatever the server's disk refuses: what phones were told it has is there afterwards, and the
/// rest is sent again.
#[test]
fn disk_faults_on_the_server() -> Result<()> {
    let portion = Portion::or(45, 20);
    portion.report(faults::on_the_server(portion)?);
    Ok(())
}
