//! What earlier versions of this program have written on disk is read, byte for byte; what a later one has written is refused with
//! a word about what to do. `UPDATE=1 cargo test -p millstream-state fixture` writes the fixture of a version that has none yet.

use std::path::{Path, PathBuf};

use super::copies::sorted;
use crate::{CopyError, CopyHeader, CopyReader, HashStore, write_copy};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/fixtures").join(name)
}

/// What is in the copies of all versions.
fn kept() -> HashStore {
    let mut store = HashStore::new(3);
    for n in 0..40_u32 {
        let value = vec![n as u8; (n as usize * 7) % 30];
        store.put(format!("key {n}").as_bytes(), Some(&value)).unwrap();
    }
    store.commit(None);
    store.put(b"key 7", None).unwrap();
    store.put(b"key 8", Some(b"later")).unwrap();
    store.commit(None);
    store
}

fn header() -> CopyHeader {
    CopyHeader { of: "cluster/0123456789abcdef/changelog/3".into(), stamp: 4711, written_ms: 1_700_000_000_000 }
}

fn read(bytes: Vec<u8>) -> Result<HashStore, CopyError> {
    let mut reader = CopyReader::open(Box::new(std::io::Cursor::new(bytes)))?;
    assert_eq!(reader.header(), &header());
    let mut store = HashStore::new(4);
    while reader.load(&mut store)?.is_some() {}
    Ok(store)
}

#[test]
fn the_fixture_of_this_version_is_what_is_written() {
    let mut bytes = Vec::new();
    write_copy(&kept().reader().snapshot(), &header(), &mut bytes).unwrap();
    let path = path("2.copy");
    if std::env::var_os("UPDATE").is_some() && !path.exists() {
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "another format is another version, with a fixture of its own");
}

#[test]
fn fixtures_of_all_versions_are_read() {
    for version in ["1.copy", "2.copy"] {
        let store = read(std::fs::read(path(version)).unwrap()).unwrap();
        assert_eq!((sorted(&store), store.stamp()), (sorted(&kept()), Some(4711)), "{version}");
    }
}

#[test]
fn a_newer_version_is_refused_and_named() {
    let mut bytes = std::fs::read(path("2.copy")).unwrap();
    bytes[7] = b'3';
    let error = read(bytes).unwrap_err();
    assert!(matches!(error, CopyError::Newer(3)));
    assert!(error.to_string().contains("a newer one has written it"), "{error}");
}
