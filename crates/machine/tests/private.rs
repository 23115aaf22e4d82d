//! Whatever the umask, and whatever an older version left.

#![cfg(unix)]

use beehive_machine::private;
use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn widen(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_made_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    private::folder(&at("a/b")).unwrap();
    private::new_folder(&at("c")).unwrap();
    private::present(&at("db")).unwrap();
    private::replace(&at("key"), b"secret").unwrap();
    assert_eq!([mode(&at("a")), mode(&at("a/b")), mode(&at("c"))], [0o700; 3]);
    assert_eq!([mode(&at("db")), mode(&at("key"))], [0o600; 2]);
    assert!(!at("key.new").exists());
    assert!(private::new_folder(&at("c")).is_err());
    fs::write(at("db"), "content").unwrap();
    private::present(&at("db")).unwrap();
    assert_eq!(fs::read(at("db")).unwrap(), b"content");
}

#[test]
fn what_is_wide_is_found_and_ours_is_narrowed() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir_all(at("files/ab")).unwrap();
    for (name, bits) in [("server.db", 0o644), ("server.db-wal", 0o600), ("files/ab/photo", 0o604), ("notes.txt", 0o644)] {
        fs::write(at(name), "").unwrap();
        widen(&at(name), bits);
    }
    symlink("notes.txt", at("files/link")).unwrap();
    [("", 0o755), ("files", 0o755), ("files/ab", 0o700)].iter().for_each(|(name, bits)| widen(&at(name), *bits));
    let found = private::wide(dir.path(), &["server.db", "files"]).unwrap();
    let names: Vec<_> = found.iter().map(|w| (w.path.strip_prefix(dir.path()).unwrap().to_str().unwrap(), w.mode)).collect();
    assert_eq!(names, [("", 0o755), ("files", 0o755), ("files/ab/photo", 0o604), ("server.db", 0o644)]);
    private::narrow(dir.path(), &["server.db", "files"]);
    let still: Vec<_> = found.iter().filter(|w| w.is_still()).collect();
    assert!(still.len() == 1 && still[0].path.ends_with("photo"), "the folder above it is closed: {still:?}");
    assert_eq!((mode(dir.path()), mode(&at("notes.txt"))), (0o700, 0o644));
    // Everybody's folder is not ours to close.
    widen(dir.path(), 0o1777);
    private::narrow(dir.path(), &[]);
    assert_eq!(mode(dir.path()), 0o777);
}
