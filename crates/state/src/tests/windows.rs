//! The window store against a model that knows of no segments but when it drops a put, and by example.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::SEEDS;
use crate::{Pane, Panes, WindowConfig, WindowStore};

/// By start, key and sequence.
type Model = BTreeMap<(Vec<u8>, i64, u32), Vec<u8>>;
type Found = Vec<(Vec<u8>, i64, u32, Vec<u8>)>;

fn found(panes: Panes<'_>) -> Found {
    panes.map(|pane| (pane.key.to_vec(), pane.start, pane.sequence, pane.value.to_vec())).collect()
}

/// What a fetch must give, in its order.
fn expected(model: &Model, config: WindowConfig, time: i64, key: Option<&[u8]>, from: i64, to: i64) -> Found {
    let lives = |start: i64| start > time - config.retention_ms && from <= start && start <= to;
    let wanted = model.iter().filter(|((k, start, _), _)| lives(*start) && key.is_none_or(|key| key == k));
    let mut wanted = wanted.map(|((k, s, q), v)| (k.clone(), *s, *q, v.clone())).collect::<Found>();
    wanted.sort_by_key(|(key, start, sequence, _)| {
        let bytes = [key.as_slice(), &start.to_be_bytes(), &sequence.to_be_bytes()].concat();
        (start / config.segment_ms, bytes)
    });
    wanted
}

fn run(seed: u64) {
    let rng = &mut Rng::with_seed(seed);
    let config = WindowConfig { retention_ms: rng.i64(1..200), segment_ms: rng.i64(1..60) };
    let mut store = WindowStore::new(config).unwrap();
    let (mut now, mut time) = (Model::new(), -1_i64);
    let mut committed = (Model::new(), -1_i64);
    let mut log = Vec::new();
    let mut held = None;
    for step in 0..rng.i64(..400) {
        match rng.u8(..30) {
            0..24 => {
                let key = vec![0; rng.usize(..12)];
                let (start, sequence) = ((step + rng.i64(-150..20)).max(0), rng.u32(..2));
                let value = (rng.u8(..6) > 0).then(|| vec![rng.u8(..); rng.usize(..30)]);
                time = time.max(start);
                let lives = start / config.segment_ms >= (time - config.retention_ms).max(0) / config.segment_ms;
                assert_eq!(store.put(&key, start, sequence, value.as_deref()), Ok(lives));
                match value {
                    Some(value) if lives => drop(now.insert((key.clone(), start, sequence), value)),
                    None if lives => drop(now.remove(&(key.clone(), start, sequence))),
                    _ => {}
                }
                let visible = now.get(&(key.clone(), start, sequence)).filter(|_| start > time - config.retention_ms);
                assert_eq!(store.get(&key, start, sequence), visible.map(Vec::as_slice));
            }
            24 | 25 => {
                log.extend(store.changes().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))));
                store.commit(Some(log.len() as i64));
                committed = (now.clone(), time);
            }
            26 => {
                store.abort();
                (now, time) = committed.clone();
            }
            27 => held = Some((store.reader().snapshot(), committed.clone())),
            _ => {
                let (from, to) = (step - rng.i64(..200), step + rng.i64(-100..100));
                let key = vec![0; rng.usize(..12)];
                assert_eq!(found(store.fetch(&key, from, to)), expected(&now, config, time, Some(&key), from, to));
                assert_eq!(found(store.fetch_all(from, to)), expected(&now, config, time, None, from, to));
                if let Some((snapshot, (model, time))) = &held {
                    let wanted = expected(model, config, *time, Some(&key), from, to);
                    assert_eq!(found(snapshot.fetch(&key, from, to)), wanted);
                    let wanted = expected(model, config, *time, None, from, to);
                    assert_eq!(found(snapshot.fetch_all(from, to)), wanted);
                }
            }
        }
    }
    // What the changelog gives back: the same windows, as far as stream time is known from what was written.
    store.abort();
    let mut restored = WindowStore::new(config).unwrap();
    for (offset, (key, value)) in log.iter().enumerate() {
        restored.restore(offset as i64, Some(key), value.as_deref()).unwrap();
    }
    if restored.stream_time() == store.stream_time() {
        assert_eq!(found(restored.fetch_all(0, i64::MAX)), found(store.fetch_all(0, i64::MAX)));
    }
}

#[test]
fn window_store_is_the_model() {
    (0..SEEDS).for_each(run);
}

#[test]
fn segments_expire_as_a_whole_and_come_back_with_their_epoch() {
    let mut store = WindowStore::new(WindowConfig { retention_ms: 100, segment_ms: 50 }).unwrap();
    for start in [0, 40, 60, 120] {
        assert!(store.put(b"k", start, 0, Some(b"v")).unwrap());
    }
    store.commit(Some(4));
    let starts = |store: &WindowStore| store.fetch(b"k", 0, 1000).map(|pane| pane.start).collect::<Vec<_>>();
    // At 120 what starts at 20 or before is out of sight, though its segment lives and takes puts.
    assert_eq!((starts(&store), store.len()), (vec![40, 60, 120], 4));
    assert!(store.put(b"k", 5, 0, Some(b"unseen")).unwrap());
    assert_eq!(store.get(b"k", 5, 0), None);

    let before = store.reader().snapshot();
    assert!(store.put(b"k", 151, 0, Some(b"v")).unwrap());
    // 151 - 100 lies in the second segment: the first has expired.
    assert!(!store.put(b"k", 40, 0, Some(b"late")).unwrap());
    assert_eq!((starts(&store), store.len()), (vec![60, 120, 151], 3));
    store.abort();
    assert_eq!((starts(&store), store.stream_time()), (vec![40, 60, 120], Some(120)));

    store.put(b"k", 151, 0, Some(b"v")).unwrap();
    store.commit(Some(5));
    assert_eq!(before.fetch(b"k", 0, 1000).count(), 3, "a snapshot keeps what has expired since");
    let bytes = store.bytes();
    drop(before);
    assert!(store.bytes() < bytes, "and gives it back");
}

#[test]
fn fetch_passes_over_longer_keys_between() {
    let mut store = WindowStore::new(WindowConfig::of_retention(1_000_000)).unwrap();
    // The bytes of the second lie between those of the first and the third.
    store.put(b"a", 0, 0, Some(b"1")).unwrap();
    store.put(b"a\0", 0, 0, Some(b"2")).unwrap();
    store.put(b"a", 9, 7, Some(b"3")).unwrap();
    let panes = store.fetch(b"a", 0, 100).collect::<Vec<_>>();
    let pane = |start, sequence, value| Pane { key: b"a", start, sequence, value };
    assert_eq!(panes, [pane(0, 0, b"1"), pane(9, 7, b"3")]);
    assert_eq!(store.fetch_all(0, 100).count(), 3);
}
