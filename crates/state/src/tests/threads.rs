//! Snapshots on other threads, while the writer goes on: each sees one committed epoch and nothing else.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{HashStore, OrderedStore, WindowConfig, WindowStore};

const KEYS: u32 = 3000;

/// Every epoch gives all keys the same value, in two halves of which only both are committed.
macro_rules! isolated {
    ($store:expr) => {
        let mut store = $store;
        let reader = store.reader();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let readers = [1, 2].map(|hold: usize| {
                let (reader, done) = (reader.clone(), &done);
                scope.spawn(move || {
                    let (mut held, mut last, mut seen) = (Vec::new(), 0_u64, 0);
                    while !done.load(Ordering::Relaxed) || seen == 0 {
                        held.push(reader.snapshot());
                        if held.len() > 3 * hold {
                            held.remove(0);
                        }
                        let snapshot = &held[held.len() / 2];
                        let mut values = snapshot.iter().map(|(_, value)| value.to_vec()).collect::<Vec<_>>();
                        assert_eq!(values.len(), snapshot.len());
                        values.dedup();
                        assert!(values.len() <= 1, "one epoch: {values:?}");
                        if let Some(value) = values.first() {
                            let epoch = u64::from_le_bytes(*value.first_chunk().unwrap());
                            assert_eq!(snapshot.stamp(), Some(epoch as i64));
                            assert_eq!(snapshot.len(), KEYS as usize);
                            assert!(epoch >= last || hold > 0);
                            last = epoch;
                            seen += 1;
                        }
                    }
                    seen
                })
            });
            for epoch in 1..60_u64 {
                for key in 0..KEYS {
                    store.put(&key.to_be_bytes(), Some(&epoch.to_le_bytes())).unwrap();
                }
                if epoch % 4 == 0 {
                    store.abort();
                } else {
                    store.commit(Some(epoch as i64));
                }
            }
            done.store(true, Ordering::Relaxed);
            readers.into_iter().for_each(|reader| assert!(reader.join().unwrap() > 0));
        });
    };
}

#[test]
fn unordered_snapshots_are_one_epoch() {
    isolated!(HashStore::new(1));
}

#[test]
fn ordered_snapshots_are_one_epoch() {
    isolated!(OrderedStore::new(1));
}

#[test]
fn snapshots_of_windows_are_one_epoch_over_all_segments() {
    let mut store = WindowStore::new(WindowConfig { retention_ms: 100, segment_ms: 10 }).unwrap();
    let reader = store.reader();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let seen = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) || seen == 0 {
                let snapshot = reader.snapshot();
                let Some(stamp) = snapshot.stamp() else { continue };
                let mut panes = snapshot.fetch_all(0, i64::MAX).map(|pane| pane.value.to_vec()).collect::<Vec<_>>();
                // Ten keys at each start; starts every 5 ms within the last 100.
                assert_eq!(panes.len() as i64, 10 * (stamp + 1).min(20));
                panes.dedup();
                assert_eq!(panes, [stamp.to_le_bytes()]);
                seen += 1;
            }
            seen
        });
        for epoch in 0..120_i64 {
            for start in (0..=epoch).rev().take(20).map(|i| i * 5) {
                for key in 0..10_u8 {
                    assert!(store.put(&[key], start, 0, Some(&epoch.to_le_bytes())).unwrap());
                }
            }
            store.commit(Some(epoch));
        }
        done.store(true, Ordering::Relaxed);
        assert!(seen.join().unwrap() > 0);
    });
}
