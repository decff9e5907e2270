//! Reading several levels as if they were one: the newest that knows a key decides.

use std::ops::Bound;
use std::sync::Arc;

use crate::arena::{Entry, head};
use crate::level::Level;
use crate::part::ordered::OrderedPart;
use crate::part::{Part, Probe};

/// The value of a key; levels newest first.
pub(crate) fn lookup<'a, P: Part + 'a>(
    levels: impl Iterator<Item = &'a Level<P>>,
    probe: Probe<'_>,
) -> Option<&'a [u8]> {
    for level in levels {
        if let Some(entry) = level.find(probe) {
            return entry.value;
        }
    }
    None
}

/// All keys with their values; levels newest first. Ordered within a level only.
pub(crate) fn scan<'a, P: Part + 'a>(levels: Vec<&'a Level<P>>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let levels: Arc<[&'a Level<P>]> = levels.into();
    (0..levels.len()).flat_map(move |i| {
        let newer = Arc::clone(&levels);
        levels[i].iter().filter_map(move |entry| {
            let value = entry.value?;
            let newer = &newer[..i];
            let hidden = newer.iter().any(|level| level.locate(level.probe(entry.key)).is_some());
            (!hidden).then_some((entry.key, value))
        })
    })
}

/// Keys with their values in the order of the keys' bytes.
#[derive(Debug)]
pub struct Range<'a> {
    /// Newest level first.
    cursors: Vec<Cursor<'a>>,
    to: Bound<Vec<u8>>,
    prefix: Option<Vec<u8>>,
}

/// A place in the order of a level.
#[derive(Debug)]
struct Cursor<'a> {
    level: &'a Level<OrderedPart>,
    part: usize,
    place: usize,
}

impl<'a> Cursor<'a> {
    fn new(level: &'a Level<OrderedPart>, from: Bound<&[u8]>) -> Self {
        let (key, past) = match from {
            Bound::Included(key) => (key, 0),
            Bound::Excluded(key) => (key, 1),
            Bound::Unbounded => return Self { level, part: 0, place: 0 },
        };
        let probe = Probe { key, code: head(key) };
        let part = OrderedPart::address(level, probe);
        let place = match level.parts[part].search(probe) {
            Ok(place) => place + past,
            Err(place) => place,
        };
        Self { level, part, place }
    }

    fn entry(&mut self) -> Option<Entry<'a>> {
        loop {
            let part = self.level.parts.get(self.part)?;
            if let Some(entry) = part.nth(self.place) {
                return Some(entry);
            }
            self.part += 1;
            self.place = 0;
        }
    }
}

impl<'a> Range<'a> {
    /// Levels newest first.
    pub(crate) fn new(
        levels: impl Iterator<Item = &'a Level<OrderedPart>>,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> Self {
        let cursors = levels.filter(|level| level.entries > 0).map(|level| Cursor::new(level, from)).collect();
        Self { cursors, to: to.map(<[u8]>::to_vec), prefix: None }
    }

    /// Levels newest first.
    pub(crate) fn with_prefix(levels: impl Iterator<Item = &'a Level<OrderedPart>>, prefix: &[u8]) -> Self {
        let mut range = Self::new(levels, Bound::Included(prefix), Bound::Unbounded);
        range.prefix = Some(prefix.to_vec());
        range
    }

    fn ends_before(&self, key: &[u8]) -> bool {
        let beyond = match &self.to {
            Bound::Included(to) => key > to.as_slice(),
            Bound::Excluded(to) => key >= to.as_slice(),
            Bound::Unbounded => false,
        };
        beyond || self.prefix.as_ref().is_some_and(|prefix| !key.starts_with(prefix))
    }
}

impl<'a> Iterator for Range<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // The smallest key; of equal ones the newest comes first and stays.
            let mut smallest: Option<Entry<'a>> = None;
            for cursor in &mut self.cursors {
                if let Some(entry) = cursor.entry()
                    && smallest.is_none_or(|found| entry.key < found.key)
                {
                    smallest = Some(entry);
                }
            }
            let found = smallest?;
            if self.ends_before(found.key) {
                self.cursors.clear();
                return None;
            }
            for cursor in &mut self.cursors {
                if cursor.entry().is_some_and(|entry| entry.key == found.key) {
                    cursor.place += 1;
                }
            }
            if let Some(value) = found.value {
                return Some((found.key, value));
            }
        }
    }
}
