//! Installs what a fresh machine lacks, and says so in one line each.

use crate::process::{command, must, root};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::IsTerminal,
    path::Path,
    process::{Command, Stdio},
    time::SystemTime,
};

/// A Debian package and a file it brings.
pub type Package = (&'static str, &'static str);

/// What the browser tests need.
pub const BROWSER: [Package; 2] =
    [("chromium", "/usr/bin/chromium"), ("fonts-noto-cjk", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")];
/// What the desktop window needs to be built and looked at.
pub const WINDOW: [Package; 1] = [("libwebkit2gtk-4.1-dev", "/usr/include/webkitgtk-4.1")];
/// What drives the window in tests.
pub const WINDOW_TEST: [Package; 2] = [("webkit2gtk-driver", "/usr/bin/WebKitWebDriver"), ("xvfb", "/usr/bin/Xvfb")];
/// What the vendored OpenSSL under SQLCipher is built with.
pub const BUILD: [Package; 2] = [("gcc", "/usr/bin/cc"), ("perl", "/usr/bin/perl")];

/// Installs whatever any command of ours needs: all Debian packages at once, then the npm packages.
pub fn everything(window: bool) -> Result<()> {
    let mut wanted = [&BUILD[..], &BROWSER].concat();
    if window {
        wanted.extend(WINDOW.iter().chain(&WINDOW_TEST));
    }
    packages(&wanted)?;
    npm()
}

/// Installs the Debian packages whose files are missing.
pub fn packages(wanted: &[Package]) -> Result<()> {
    let missing: Vec<&str> = wanted.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing Debian packages: {}", missing.join(" "));
    // Where nobody can type a password, none is asked for.
    let prefix = if is_root() {
        ""
    } else if std::io::stdin().is_terminal() {
        "sudo "
    } else {
        "sudo -n "
    };
    // A mirror that does not answer, or another installation that goes on, must not keep us waiting for ever.
    let apt = format!(
        "DEBIAN_FRONTEND=noninteractive {prefix}apt-get -qq -o Acquire::Retries=3 -o Acquire::http::Timeout=60 -o DPkg::Lock::Timeout=300"
    );
    let script = format!("{apt} update && {apt} install -y --no-install-recommends {}", missing.join(" "));
    let log = fs::File::create(std::env::temp_dir().join("beehive-apt.log"))?;
    let mut sh = Command::new("sh");
    let status = sh.args(["-c", &script]).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status()?;
    if !status.success() {
        bail!("could not install {}; please install these packages and run again (details in beehive-apt.log)", missing.join(" "));
    }
    Ok(())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n")
}

/// Installs the npm packages of the lock file, if they are not the ones installed.
pub fn npm() -> Result<()> {
    let (lock, mark) = (root().join("ui/package-lock.json"), root().join("ui/node_modules/.package-lock.json"));
    if newer(&mark, &lock) {
        return Ok(());
    }
    println!("installing npm packages of ui/package-lock.json");
    must("npm ci", command("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(root().join("ui")))
}

/// Builds the phone's pages, unless nothing changed since.
pub fn ui() -> Result<()> {
    npm()?;
    let ui = root().join("ui");
    let built = ui.join("phone/dist/index.html");
    let newest = newest(&ui).context("ui/")?;
    if fs::metadata(&built).and_then(|m| m.modified()).is_ok_and(|at| at >= newest) {
        return Ok(());
    }
    println!("building the phone's pages");
    must("npm run build", command("npm", ["run", "--silent", "build"]).current_dir(ui))
}

fn newer(a: &Path, b: &Path) -> bool {
    let modified = |p: &Path| fs::metadata(p).and_then(|m| m.modified());
    matches!((modified(a), modified(b)), (Ok(a), Ok(b)) if a >= b)
}

/// The latest change of any source below a folder.
fn newest(dir: &Path) -> Result<SystemTime> {
    let mut latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(dir)? {
        let (entry, name) = entry.map(|e| (e.path(), e.file_name()))?;
        if ["node_modules", "dist", "out", ".vite"].iter().any(|skip| name == *skip) {
            continue;
        }
        latest = latest.max(if entry.is_dir() { newest(&entry)? } else { fs::metadata(&entry)?.modified()? });
    }
    Ok(latest)
}

/// Whether `cargo nextest` is here; `cargo test` does the same, slower.
pub fn has_nextest() -> bool {
    command("cargo", ["nextest", "--version"]).output().is_ok_and(|out| out.status.success())
}
