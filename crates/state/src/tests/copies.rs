//! Local copies: what was written comes back; what was changed on disk does not.

use crate::{CopyError, CopyHeader, CopyReader, HashStore, write_copy};

fn header() -> CopyHeader {
    CopyHeader { of: "a changelog, partition 3".into(), stamp: 77, written_ms: 1_700_000_000_000 }
}

fn filled(keys: u32) -> HashStore {
    let mut store = HashStore::new(1);
    for n in 0..keys {
        let value = vec![n as u8; (n % 300) as usize];
        store.put(&n.to_be_bytes(), Some(&value)).unwrap();
        if n % 1000 == 999 {
            store.commit(Some(i64::from(n)));
        }
    }
    store.commit(None);
    for n in (0..keys).step_by(7) {
        store.put(&n.to_be_bytes(), None).unwrap();
    }
    store.commit(None);
    store
}

fn written(store: &HashStore) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_copy(&store.reader().snapshot(), &header(), &mut bytes).unwrap();
    bytes
}

fn read(bytes: Vec<u8>) -> Result<HashStore, CopyError> {
    let mut reader = CopyReader::open(Box::new(std::io::Cursor::new(bytes)))?;
    assert_eq!(reader.header(), &header());
    let mut store = HashStore::new(2);
    while reader.load(&mut store)?.is_some() {}
    Ok(store)
}

pub(super) fn sorted(store: &HashStore) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all: Vec<_> = store.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect();
    all.sort();
    all
}

#[test]
fn a_copy_holds_what_was_committed() {
    for keys in [0, 1, 10_000] {
        let mut store = filled(keys);
        let all = sorted(&store);
        // Of the open epoch nothing is in it.
        store.put(b"later", Some(b"x")).unwrap();
        let copy = read(written(&store)).unwrap();
        assert_eq!(sorted(&copy), all);
        assert_eq!(copy.stamp(), Some(77));
    }
}

#[test]
fn the_changelog_goes_on_after_a_copy() {
    let mut copy = read(written(&filled(100))).unwrap();
    assert!(!copy.restore(76, Some(b"k"), Some(b"before")).unwrap());
    assert!(copy.restore(77, Some(b"k"), Some(b"after")).unwrap());
    assert_eq!(copy.get(b"k"), Some(&b"after"[..]));
    copy.put(b"k", None).unwrap();
    copy.commit(None);
    assert_eq!(copy.get(b"k"), None);
}

#[test]
fn a_cut_or_changed_copy_is_refused() {
    let whole = written(&filled(3000));
    for cut in [0, 5, 8, 15, 40, whole.len() / 2, whole.len() - 1] {
        assert!(matches!(read(whole[..cut].to_vec()), Err(CopyError::Damaged(_))), "cut at {cut}");
    }
    let mut chance = fastrand::Rng::with_seed(4);
    for _ in 0..300 {
        let (at, bit) = (chance.usize(..whole.len()), chance.u8(..8));
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        assert!(read(bytes).is_err(), "bit {bit} of byte {at}");
    }
}
