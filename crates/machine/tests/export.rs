//! Nothing that is there is lost to an export, and a failed one leaves nothing.

#![cfg(unix)]

use beehive_machine::export::{Export, ExportError, Over, write};
use std::{
    fs,
    io::Write as _,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

struct Room {
    dir: tempfile::TempDir,
}

impl Room {
    /// A server's data folder `srv`, a phone's `phone`, and a folder `out`.
    fn new() -> Self {
        let room = Self { dir: tempfile::tempdir().unwrap() };
        for file in ["srv/server.db", "srv/lock", "srv/files/ab/photo", "phone/phone.db", "phone/lock"] {
            let path = room.at(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "precious").unwrap();
        }
        fs::create_dir(room.at("out")).unwrap();
        room
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, path: &Path, over: Over) -> Result<(), &'static str> {
        write(path, over, &[&self.at("srv")], b"new").map_err(|e| e.code())
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let names = fs::read_dir(self.at(folder)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

#[test]
fn a_new_file_is_whole_and_private_and_alone() {
    let room = Room::new();
    let long = format!("out/{}", "长".repeat(85));
    for name in ["out/三单.xlsx", &long] {
        room.write(&room.at(name), Over::Never).unwrap();
        assert_eq!(fs::read(room.at(name)).unwrap(), b"new");
        assert_eq!(fs::metadata(room.at(name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(room.names("out").len(), 2);
}

#[test]
fn what_is_there_is_replaced_only_when_asked() {
    let room = Room::new();
    let file = room.at("out/a");
    fs::write(&file, "old").unwrap();
    assert_eq!(room.write(&file, Over::Never), Err("file_exists"));
    assert_eq!(room.write(&file, Over::If(|text| text == "mine")), Err("file_exists"));
    assert_eq!(fs::read(&file).unwrap(), b"old");
    assert_eq!(room.write(&file, Over::If(|text| text == "old")), Ok(()));
    assert_eq!(room.write(&file, Over::Force), Ok(()));
    // A link that leads nowhere is something, too.
    symlink(room.at("out/nowhere"), room.at("out/link")).unwrap();
    assert_eq!(room.write(&room.at("out/link"), Over::Never), Err("file_exists"));
    assert_eq!(room.names("out"), ["a", "link"]);
}

#[test]
fn nothing_is_ever_written_into_a_data_folder() {
    let room = Room::new();
    symlink(room.at("srv"), room.at("also")).unwrap();
    symlink(room.at("srv/server.db"), room.at("out/to-db")).unwrap();
    symlink(room.at("srv/made-later"), room.at("out/to-nothing")).unwrap();
    symlink("to-nothing", room.at("out/to-link")).unwrap();
    fs::hard_link(room.at("srv/server.db"), room.at("out/hard")).unwrap();
    for name in [
        "srv/server.db",
        "srv/new",
        "srv/files/ab/new",
        "also/new",
        "out/../srv/new",
        "out/to-db",
        "out/to-nothing",
        "out/to-link",
        "out/hard",
        "phone/phone.db",
        "phone/new",
    ] {
        for over in [Over::Never, Over::Force] {
            assert_eq!(room.write(&room.at(name), over), Err("file_in_data_folder"), "{name}");
        }
    }
    assert_eq!(fs::read(room.at("srv/server.db")).unwrap(), b"precious");
    assert_eq!(room.names("srv"), ["files", "lock", "server.db"]);
    assert_eq!(room.names("phone"), ["lock", "phone.db"]);
}

#[test]
fn only_files_are_written() {
    let room = Room::new();
    let out = room.at("out");
    let targets = ["-", "", "..", "/", "/dev/stdout", "/dev/full", "/dev/new", "/proc/self/fd/1"];
    let own = [out.clone(), out.join(""), out.join(".."), out.join("new/"), out.join("new/.")];
    for target in targets.iter().map(PathBuf::from).chain(own) {
        assert_eq!(room.write(&target, Over::Force), Err("not_a_file"), "{target:?}");
    }
    assert_eq!(room.write(&out.join("none/new"), Over::Force), Err("cannot_write"));
    assert!(Path::new("/dev/full").exists() && room.names("out").is_empty());
}

#[test]
fn what_is_not_finished_leaves_nothing_and_does_not_stand_in_the_way() {
    let room = Room::new();
    let file = room.at("out/a");
    fs::write(&file, "old").unwrap();
    let mut broken = Export::begin(&file, Over::Force, &[]).unwrap();
    broken.file().write_all(b"half").unwrap();
    let busy = Export::begin(&file, Over::Force, &[]);
    assert!(matches!(busy, Err(ExportError::Busy(_))), "two at once");
    drop(broken);
    assert_eq!((fs::read(&file).unwrap(), room.names("out")), (b"old".to_vec(), vec!["a".to_owned()]));
    // As a killed program leaves it.
    fs::write(room.at("out/.a.partial"), "half").unwrap();
    room.write(&file, Over::Force).unwrap();
    assert_eq!((fs::read(&file).unwrap(), room.names("out")), (b"new".to_vec(), vec!["a".to_owned()]));
}

#[test]
fn one_that_appears_meanwhile_is_not_replaced() {
    let room = Room::new();
    let file = room.at("out/a");
    let export = Export::begin(&file, Over::Never, &[]).unwrap();
    fs::write(&file, "quicker").unwrap();
    assert!(matches!(export.finish(), Err(ExportError::Exists(_))));
    assert_eq!((fs::read(&file).unwrap(), room.names("out")), (b"quicker".to_vec(), vec!["a".to_owned()]));
}
