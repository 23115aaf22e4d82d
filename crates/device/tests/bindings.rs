//! The committed TypeScript types are those of the API. `BEEHIVE_BLESS=1` writes them anew.

use beehive_device::api::export_bindings;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn read(dir: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(dir).map(|entries| entries.flatten().map(|e| e.path()).collect::<Vec<PathBuf>>()).unwrap_or_default();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn bindings_are_those_of_the_api() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/shared/src/bindings");
    let fresh = tempfile::tempdir().unwrap();
    export_bindings(fresh.path()).unwrap();
    let fresh = read(fresh.path());
    assert!(fresh.contains_key("Request.ts") && fresh.contains_key("MatterView.ts") && fresh.contains_key("Event.ts"));
    if std::env::var_os("BEEHIVE_BLESS").is_some() {
        let _ = fs::remove_dir_all(&committed);
        fs::create_dir_all(&committed).unwrap();
        fresh.iter().for_each(|(name, text)| fs::write(committed.join(name), text).unwrap());
    }
    let committed = read(&committed);
    assert_eq!(committed.keys().collect::<Vec<_>>(), fresh.keys().collect::<Vec<_>>(), "run `cargo xtask bindings`");
    for (name, text) in &fresh {
        assert_eq!(&committed[name], text, "{name} drifted: run `cargo xtask bindings`");
    }
}

#[test]
fn whole_numbers_are_numbers_in_typescript() {
    let dir = tempfile::tempdir().unwrap();
    export_bindings(dir.path()).unwrap();
    for (name, text) in read(dir.path()) {
        assert!(!text.contains("bigint"), "{name}: JSON has no bigint");
    }
}
