//! Ranges and prefixes of the ordered store against those of a `BTreeMap`.

use std::ops::Bound;

use fastrand::Rng;

use super::model::{Map, key};
use crate::OrderedStore;

pub(super) fn check(store: &OrderedStore, expected: &Map, rng: &mut Rng) {
    for _ in 0..4 {
        let (from, to) = (key(rng, 300), key(rng, 300));
        let bound = |rng: &mut Rng, key| match rng.u8(..3) {
            0 => Bound::Included(key),
            1 => Bound::Excluded(key),
            _ => Bound::Unbounded,
        };
        let (from, to) = (bound(rng, from.as_slice()), bound(rng, to.as_slice()));
        let within = |key: &[u8]| std::ops::RangeBounds::<[u8]>::contains(&(from, to), key);
        let wanted = expected.iter().filter(|(key, _)| within(key)).map(|(k, v)| (k.as_slice(), v.as_slice()));
        assert!(store.range((from, to)).eq(wanted));

        let whole = key(rng, 300);
        let prefix = &whole[..rng.usize(..=whole.len())];
        let wanted = expected.iter().filter(|(key, _)| key.starts_with(prefix));
        assert!(store.prefix(prefix).eq(wanted.map(|(k, v)| (k.as_slice(), v.as_slice()))));
    }
    assert!(store.range(..).map(|(key, _)| key).is_sorted());
}
