//! What no store has written, or nobody may ask: an error, and the store is as it was.

use fastrand::Rng;

use crate::store::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::{HashStore, OrderedStore, Slices, StateError, Values, WindowConfig, WindowStore};

#[test]
fn damaged_changelog_records_are_refused_with_their_offset() {
    let mut store = HashStore::new(0);
    assert_eq!(store.restore(4, None, Some(b"v")), Err(StateError::Damaged { offset: 4, cause: "it has no key" }));
    assert!(matches!(store.restore(-1, Some(b"k"), Some(b"v")), Err(StateError::Damaged { offset: -1, .. })));
    assert_eq!((store.len(), store.stamp()), (0, None));
    let mut windows = WindowStore::new(WindowConfig::of_retention(1000)).unwrap();
    assert!(matches!(windows.restore(7, None, None), Err(StateError::Damaged { offset: 7, .. })));
    assert!(matches!(windows.restore(7, Some(b"too short"), None), Err(StateError::Damaged { offset: 7, .. })));
    let early = [b"key".as_slice(), &(-5_i64).to_be_bytes(), &[0; 4]].concat();
    assert!(matches!(windows.restore(7, Some(&early), Some(b"v")), Err(StateError::Damaged { offset: 7, .. })));
    assert_eq!((windows.len(), windows.stamp(), windows.stream_time()), (0, None, None));
}

#[test]
fn any_bytes_are_keys_or_errors() {
    let rng = &mut Rng::with_seed(3);
    let mut windows = WindowStore::new(WindowConfig::of_retention(i64::MAX / 1024)).unwrap();
    let (mut hash, mut ordered) = (HashStore::new(1), OrderedStore::new(1));
    for offset in 0..20_000 {
        let length = rng.usize(..30);
        let bytes = std::iter::repeat_with(|| rng.u8(..)).take(length).collect::<Vec<_>>();
        let key = (rng.u8(..10) > 0).then_some(bytes.as_slice());
        let offset = if rng.u8(..50) == 0 { rng.i64(..) } else { offset };
        let value = rng.bool().then_some(bytes.as_slice());
        let _ = windows.restore(offset.min(i64::MAX / 2), key, value);
        let _ = hash.restore(offset.min(30_000), key, value);
        let _ = ordered.restore(offset.min(30_000), key, value);
    }
    assert_eq!(hash.len(), ordered.len());
    assert_eq!(hash.len(), hash.iter().count());
    assert!(windows.len() >= windows.fetch_all(0, i64::MAX).count());
}

#[test]
fn too_long_is_refused() {
    let mut store = HashStore::new(0);
    let long = vec![0; KEY_BYTES_MAX + 1];
    assert!(matches!(store.put(&long, None), Err(StateError::TooLong { what: "key", .. })));
    let done = store.update(b"k", |_, new| {
        new.resize(VALUE_BYTES_MAX + 1, 0);
        true
    });
    assert!(matches!(done, Err(StateError::TooLong { what: "value", .. })));
    assert!(!store.is_dirty() && store.is_empty());
}

#[test]
fn offsets_must_fit_their_bytes() {
    for (offsets, fits) in [
        ([].as_slice(), false),
        (&[0], true),
        (&[0, 2, 5], true),
        (&[2, 2, 5], true),
        (&[0, 6], false),
        (&[3, 2], false),
        (&[-1, 2], false),
    ] {
        assert_eq!(Slices::new(offsets, b"bytes").is_ok(), fits, "{offsets:?}");
    }
    let keys = Slices::new(&[0, 2, 5], b"bytes").unwrap();
    assert!(HashStore::new(0).put_batch(keys, &Values::default()).is_err());
}

#[test]
fn windows_must_be_sensible() {
    for (retention_ms, segment_ms) in [(0, 1), (1, 0), (-1, 5), (i64::MAX, 1)] {
        assert!(WindowStore::new(WindowConfig { retention_ms, segment_ms }).is_err());
    }
    let mut store = WindowStore::new(WindowConfig::of_retention(1000)).unwrap();
    assert!(store.put(b"k", -1, 0, Some(b"v")).is_err());
    assert_eq!(store.put(b"k", i64::MAX, 0, Some(b"v")), Ok(true));
    assert_eq!(store.fetch(b"k", i64::MIN, i64::MAX).count(), 1);
}
