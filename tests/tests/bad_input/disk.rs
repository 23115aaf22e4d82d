//! Full disks: what was saved is there, what cannot be saved is not called saved, and with room again everything goes on.

use anyhow::{Context, Result, ensure};
use beehive_tests::{Phone, Server, WORKER, disk::SmallDisk, phone::Ran, picture};
use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

fn run(command: &mut Command) -> Result<Ran> {
    let out = command.output()?;
    Ok(Ran { code: out.status.code(), stdout: String::from_utf8(out.stdout)?, stderr: String::from_utf8(out.stderr)? })
}

/// Where no disk of our own can be made (some containers), the test says so and the next one stands in for it.
fn disk(kilobytes: u32) -> Result<Option<SmallDisk>> {
    let disk = SmallDisk::new(kilobytes)?;
    if disk.is_none() {
        eprintln!("not run: this system lets nobody mount a small disk");
    }
    Ok(disk)
}

#[test]
fn a_phone_on_a_full_disk_loses_nothing() -> Result<()> {
    let Some(disk) = disk(6 * 1024)? else { return Ok(()) };
    let server = Server::start()?;
    let phone = |args: &[&str]| run(&mut disk.run("beehive-phone", "phone", args)?);
    let ok = |args: &[&str]| -> Result<String> {
        let ran = phone(args)?;
        ensure!(ran.code == Some(0), "{args:?}: {ran:?}");
        Ok(ran.stdout.trim().to_owned())
    };
    ok(&["enroll", &server.invite(WORKER)?])?;
    let mut saved = vec![ok(&["record", "demand", "--title", "有空间的时候"])?];
    let photo = server.data().join("photo.jpg");
    fs::write(&photo, picture::jpeg(9, 1_600, 1_200)?)?;
    let photo = photo.to_str().context("a path")?;

    for leave in [0, 64, 256, 1_024] {
        disk.fill(leave)?;
        let with_photo = phone(&["record", "finding", "--title", "有照片", "--photo", photo, "--json"])?;
        let exit = with_photo.code.unwrap_or_default();
        ensure!(exit == 1 || exit == 4, "{leave} KB left: {with_photo:?}");
        assert_eq!(with_photo.complaint(exit)?.code, "disk_full", "{leave} KB left");
        // Words alone may still fit; if they are called saved, they are.
        let words = phone(&["record", "demand", "--title", &format!("还剩{leave}"), "--json"])?;
        match words.code {
            Some(0) => saved.push(serde_json::from_str::<serde_json::Value>(&words.stdout)?["id"].as_str().context("id")?.to_owned()),
            Some(exit) => assert_eq!(words.complaint(exit)?.code, "disk_full", "{leave} KB left"),
            None => panic!("{words:?}"),
        }
        disk.clear()?;
        let listed = ok(&["list", "--json"])?;
        for id in &saved {
            assert!(listed.contains(id), "{leave} KB left: {id} is missing");
        }
        saved.push(ok(&["record", "demand", "--title", &format!("又有空间了{leave}")])?);
    }
    ok(&["sync"])?;
    let other = Phone::enrolled(&server, WORKER)?;
    let (mut listed, _) = (other.list()?, ());
    listed.sort();
    saved.sort();
    assert_eq!(listed, saved, "everything called saved arrives, and nothing else");
    Ok(())
}

#[test]
fn a_server_on_a_full_disk_acknowledges_nothing_it_has_not() -> Result<()> {
    let Some(disk) = disk(4 * 1024)? else { return Ok(()) };
    let outside = tempfile::tempdir()?;
    let ready = outside.path().join("ready");
    let made = run(&mut disk.run("sync-server", "server", &["init", "--demo", "small"])?)?;
    ensure!(made.code == Some(0), "{made:?}");
    let mut command = disk.run("sync-server", "server", &["serve", "--listen", "127.0.0.1:0", "--ready-file"])?;
    let mut server = command.arg(&ready).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let tested = (|| -> Result<()> {
        let until = Instant::now() + Duration::from_secs(30);
        while !ready.exists() {
            ensure!(Instant::now() < until && server.try_wait()?.is_none(), "the server does not get ready");
            std::thread::sleep(Duration::from_millis(5));
        }
        let invited = run(&mut disk.run("sync-server", "server", &["invite", WORKER])?)?;
        let phone = Phone::enrolled_with(invited.stdout.trim())?;
        phone.record("demand", "有空间的时候", &[])?;
        assert_eq!(phone.sync()?.sent, 1);
        disk.fill(0)?;
        let detail = "写".repeat(3_000);
        let mut refused = None;
        // What is left in its own files may take a few more.
        for n in 0..200 {
            phone.record("demand", &format!("第{n}件"), &["--detail", &detail])?;
            let ran = phone.run(&["sync", "--json"])?;
            if ran.code != Some(0) {
                refused = Some(ran.complaint(1)?);
                break;
            }
        }
        assert_eq!(refused.context("the disk never got full")?.code, "disk_full");
        assert_eq!(phone.status()?.unsent, 1, "what was not acknowledged is still to be sent");
        disk.clear()?;
        assert_eq!(phone.sync()?.sent, 1);
        assert_eq!(phone.status()?.unsent, 0);
        let doctor = run(&mut disk.run("sync-server", "server", &["doctor", "--json"])?)?;
        assert_eq!(serde_json::from_str::<serde_json::Value>(&doctor.stdout)?["ok"], true, "{doctor:?}");
        Ok(())
    })();
    // nsenter became the server itself.
    server.kill()?;
    server.wait()?;
    tested
}

/// The kernel's own limit on the length of files stands in for a full disk where no disk can be made: other errors, the same promise.
#[test]
fn a_phone_whose_files_may_not_grow_loses_nothing() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let before = phone.record("demand", "有空间的时候", &[])?;
    let limited = |blocks: u32| -> Result<Ran> {
        let record = phone.command(&["record", "demand", "--title", "写不下", "--json"])?;
        let mut sh = Command::new("sh");
        // Without the trap the signal would end the program before it could say anything.
        sh.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
        run(sh.arg(record.get_program()).args(record.get_args()))
    };
    for blocks in [0, 1, 8, 40] {
        let ran = limited(blocks)?;
        ensure!(matches!(ran.code, Some(1 | 4)), "{blocks} blocks: {ran:?}");
        ran.complaint(ran.code.unwrap_or_default())?;
        assert_eq!(phone.list()?, [before.as_str()], "{blocks} blocks");
    }
    let after = phone.record("demand", "又有空间了", &[])?;
    assert_eq!(phone.list()?.len(), 2);
    assert_eq!(phone.sync()?.sent, 2);
    assert_eq!(phone.values(&after, "title")?, ["又有空间了"]);
    Ok(())
}
