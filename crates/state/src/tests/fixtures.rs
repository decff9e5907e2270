//! What earlier versions of this program have written on disk is read, byte for byte; what a later one has written is refused with
//! a word about what to do. `UPDATE=1 cargo test -p millstream-state fixture` writes the fixture of a version that has none yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::copies::sorted;
use crate::{CopyError, CopyHeader, CopyReader, Disk, HashStore, write_copy};

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

/// The files of a folder by their paths in it, without the zeros at their ends.
fn files(folder: &Path) -> BTreeMap<String, (usize, Vec<u8>)> {
    let (mut found, mut pending) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let kept = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            found.insert(name, (bytes.len(), bytes[..kept].to_vec()));
        }
    }
    found
}

/// A folder in one file: of each file its path, its length and what is kept of it, then that.
fn packed(folder: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, (length, bytes)) in files(folder) {
        out.extend_from_slice(format!("{name} {length} {}\n", bytes.len()).as_bytes());
        out.extend_from_slice(&bytes);
    }
    out
}

fn unpack(mut bytes: &[u8], folder: &Path) {
    while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(&bytes[..end]).unwrap();
        let [name, length, kept] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let kept: usize = kept.parse().unwrap();
        let mut content = bytes[end + 1..][..kept].to_vec();
        content.resize(length.parse().unwrap(), 0);
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        bytes = &bytes[end + 1 + kept..];
    }
}

const CACHE: u64 = 1024 * 1024;

/// State on disk whose first epoch is in a table and whose second is in the journal alone.
fn write_disk(folder: &Path) {
    let key = |n: u32| format!("key {n}").into_bytes();
    {
        let disk = Disk::open(folder, CACHE).unwrap();
        let image = disk.image("changelog-3").unwrap();
        let first: Vec<(Vec<u8>, Vec<u8>)> = (0..40).map(|n| (key(n), vec![n as u8; (n as usize * 7) % 30])).collect();
        image.apply(first.iter().map(|(key, value)| (key.as_slice(), Some(value.as_slice())))).unwrap();
        image.stamp(&header()).unwrap();
    }
    {
        let database = fjall::Database::builder(folder).open().unwrap();
        let keyspace = database.keyspace("changelog-3", Default::default).unwrap();
        keyspace.rotate_memtable_and_wait().unwrap();
    }
    let disk = Disk::open(folder, CACHE).unwrap();
    let image = disk.image("changelog-3").unwrap();
    image.apply([(&b"key 7"[..], None), (b"key 8", Some(&b"later"[..]))].into_iter()).unwrap();
}

/// The library that writes it has versions of its own: what one of them has written, the next one must read.
#[test]
fn fixtures_of_state_on_disk_are_read() {
    for version in ["1.disk"] {
        let path = path(version);
        if std::env::var_os("UPDATE").is_some() && !path.exists() {
            let folder = tempfile::tempdir().unwrap();
            write_disk(folder.path());
            std::fs::write(&path, packed(folder.path())).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        unpack(&std::fs::read(&path).unwrap(), folder.path());
        let disk = Disk::open(folder.path(), CACHE).unwrap();
        assert_eq!(disk.names(), ["changelog-3"], "{version}");
        let image = disk.image("changelog-3").unwrap();
        assert_eq!(image.header().unwrap(), Some(header()), "{version}");
        for n in 0..40_u32 {
            let mut value = Vec::new();
            let found = image.get(format!("key {n}").as_bytes(), &mut value).unwrap().then_some(value);
            let expected = match n {
                7 => None,
                8 => Some(b"later".to_vec()),
                n => Some(vec![n as u8; (n as usize * 7) % 30]),
            };
            assert_eq!(found, expected, "{version}: key {n}");
        }
    }
}
