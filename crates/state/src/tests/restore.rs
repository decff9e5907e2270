//! A store that is restored from its changelog, or from a local copy and the rest of the changelog, is the same.

use fastrand::Rng;

use super::model::{Map, same};
use crate::{HashStore, OrderedStore, StateError};

type Log = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What 50 epochs leave in the changelog, some of them undone.
fn history(store: &mut OrderedStore, rng: &mut Rng) -> Log {
    let mut log = Log::new();
    for _ in 0..50 {
        for _ in 0..rng.usize(..300) {
            let value = rng.bool().then(|| vec![rng.u8(..); 20]);
            store.put(&rng.u16(..2000).to_be_bytes(), value.as_deref()).unwrap();
        }
        if rng.u8(..4) == 0 {
            store.abort();
        } else {
            log.extend(store.changes().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))));
            store.commit(Some(log.len() as i64));
        }
    }
    log
}

#[test]
fn changelog_gives_the_store_back() {
    let rng = &mut Rng::with_seed(5);
    let mut store = OrderedStore::new(0);
    let log = history(&mut store, rng);
    let expected: Map = store.range(..).map(|(key, value)| (key.to_vec(), value.to_vec())).collect();

    let mut restored = HashStore::new(9);
    // A snapshot in the middle sees a prefix of the changelog, for good.
    let mut early = None;
    for (offset, (key, value)) in log.iter().enumerate() {
        assert!(restored.restore(offset as i64, Some(key), value.as_deref()).unwrap());
        if offset == log.len() / 2 {
            let now: Map = restored.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
            early = Some((restored.reader().snapshot(), now));
        }
    }
    same(restored.iter(), &expected);
    assert_eq!((restored.len(), restored.stamp()), (expected.len(), Some(log.len() as i64)));
    assert!(!restored.restore(3, Some(b"old"), Some(b"news")).unwrap(), "it is in already");
    same(restored.reader().snapshot().iter(), &expected);
    let (snapshot, then) = early.unwrap();
    same(snapshot.iter(), &then);
    assert_eq!(snapshot.stamp(), Some(log.len() as i64 / 2 + 1));
}

#[test]
fn many_records_at_once_are_the_same_as_one_after_the_other() {
    let rng = &mut Rng::with_seed(11);
    let mut store = OrderedStore::new(0);
    let log = history(&mut store, rng);
    let expected: Map = store.range(..).map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    let mut restored = HashStore::new(9);
    let mut at = 0;
    let mut held = Vec::new();
    while at < log.len() {
        // Some of them come twice; the stamp says which.
        let from = at.saturating_sub(rng.usize(..20));
        let to = (at + rng.usize(1..500)).min(log.len());
        let records = (from..to).map(|i| (i as i64, Some(&*log[i].0), log[i].1.as_deref()));
        restored.restore_all(records).unwrap();
        at = to;
        if rng.u8(..5) == 0 {
            held.push(restored.reader().snapshot());
            held.truncate(2);
        }
    }
    same(restored.iter(), &expected);
    assert_eq!((restored.len(), restored.stamp()), (expected.len(), Some(log.len() as i64)));
    let damaged = [(at as i64, Some(&b"k"[..]), None), (at as i64 + 1, None, None)];
    let error = restored.restore_all(damaged.into_iter()).unwrap_err();
    assert!(matches!(error, StateError::Damaged { offset, .. } if offset == at as i64 + 1), "{error}");
    assert_eq!(restored.stamp(), Some(at as i64));
}

#[test]
fn copy_and_tail_give_the_store_back() {
    let rng = &mut Rng::with_seed(6);
    let mut store = OrderedStore::new(0);
    let mut log = history(&mut store, rng);
    let copy = store.reader().snapshot();
    for _ in 0..100 {
        let key = rng.u16(..2000).to_be_bytes();
        store.put(&key, Some(b"later")).unwrap();
        log.extend(store.changes().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))));
        store.commit(Some(log.len() as i64));
    }
    let mut restored = OrderedStore::new(0);
    copy.iter().for_each(|(key, value)| restored.load(key, Some(value)).unwrap());
    restored.restored_to(copy.stamp().unwrap());
    let applied = log
        .iter()
        .enumerate()
        .filter(|(offset, (key, value))| restored.restore(*offset as i64, Some(key), value.as_deref()).unwrap());
    assert_eq!(applied.count() as i64, store.stamp().unwrap() - copy.stamp().unwrap());
    assert!(restored.range(..).eq(store.range(..)));
}

#[test]
fn restore_is_refused_within_an_epoch() {
    let mut store = HashStore::new(0);
    store.put(b"k", Some(b"v")).unwrap();
    assert!(matches!(store.restore(0, Some(b"k"), None), Err(StateError::Misuse(_))));
    store.abort();
    assert_eq!(store.restore(0, Some(b"k"), Some(b"w")), Ok(true));
    assert_eq!(store.get(b"k"), Some(b"w".as_slice()));
}
