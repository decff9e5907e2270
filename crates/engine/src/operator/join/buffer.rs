//! The records of one side of a join of streams, as long as records of the other side may meet them.
//!
//! Time is cut into parts. Each has its own keys and records, so that what is too old goes at once and no key outlives its
//! records; a record's partners lie in few of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use millstream_state::Keys;

use super::damaged;
use crate::error::EngineError;
use crate::operator::Save;

/// The version of the saved values.
const VERSION: u8 = 1;
/// Parts of the retention in which records are forgotten together.
const PARTS: i64 = 4;

/// Records by key and time.
#[derive(Debug)]
pub(super) struct Buffer {
    /// How long records are kept, ms.
    retention: i64,
    /// The latest time of a record of this side; none was seen: negative.
    latest: i64,
    /// By number.
    parts: BTreeMap<i64, Part>,
    /// How many records are kept.
    held: usize,
    /// The number of the next record.
    next: u64,
    /// Whether changes are noted.
    tracked: bool,
    /// Records from that number on have not been saved yet.
    unsaved_from: u64,
    /// Where those are: part and place in it, in the order of their numbers.
    unsaved: Vec<(i64, u32)>,
    /// What saved records were saved under that are forgotten since, each after its length.
    gone: Vec<u8>,
}

/// The records of a part of time.
#[derive(Debug, Default)]
struct Part {
    keys: Keys,
    /// By number of the key: places of its records, in the order of their times, those of one time in the order in which
    /// they came.
    places: Vec<Places>,
    rows: Vec<Row>,
}

/// Most keys have one record.
#[derive(Debug)]
enum Places {
    One(u32),
    Many(Vec<u32>),
}

/// A record.
#[derive(Debug)]
pub(super) struct Row {
    /// Its time.
    pub(super) time: i64,
    number: u64,
    /// The number of its key.
    key: u32,
    /// Its columns.
    pub(super) bytes: Arc<[u8]>,
}

impl Buffer {
    /// A buffer that forgets records that are older than the latest one by `retention` ms.
    pub(super) fn new(retention: i64) -> Self {
        Self {
            retention: retention.max(0),
            latest: -1,
            parts: BTreeMap::new(),
            held: 0,
            next: 0,
            tracked: false,
            unsaved_from: 0,
            unsaved: Vec::new(),
            gone: Vec::new(),
        }
    }

    /// How many records are kept.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// From here on changes are noted.
    pub(super) fn track(&mut self) {
        self.tracked = true;
    }

    /// The latest time of a record of this side.
    pub(super) fn latest(&self) -> i64 {
        self.latest
    }

    /// Goes on from that latest time.
    pub(super) fn set_latest(&mut self, latest: i64) {
        self.latest = latest;
    }

    /// Records of earlier times are forgotten.
    fn kept_from(&self) -> i64 {
        self.latest.saturating_sub(self.retention).saturating_add(1)
    }

    fn part(&self, time: i64) -> i64 {
        time.div_euclid((self.retention / PARTS).max(1))
    }

    /// Keeps a record, and forgets those that are too old now; false: it is too old itself.
    ///
    /// # Errors
    /// A part of time has too many keys or records.
    pub(super) fn put(&mut self, key: &[u8], time: i64, bytes: Arc<[u8]>) -> Result<bool, EngineError> {
        self.latest = self.latest.max(time);
        self.forget()?;
        if time < self.kept_from() {
            return Ok(false);
        }
        let number = self.next;
        self.next += 1;
        let place = self.insert(key, time, number, bytes)?;
        if self.tracked {
            self.unsaved.push(place);
        }
        Ok(true)
    }

    /// Puts a record where it belongs; says where that is.
    fn insert(&mut self, key: &[u8], time: i64, number: u64, bytes: Arc<[u8]>) -> Result<(i64, u32), EngineError> {
        let at = self.part(time);
        let place = self.parts.entry(at).or_default().insert(key, time, number, bytes)?;
        self.held += 1;
        Ok((at, place))
    }

    /// The records of a key from one time to another, both included, in the order of their times.
    pub(super) fn get(&self, key: &[u8], from: i64, to: i64) -> impl Iterator<Item = &Row> {
        let from = from.max(self.kept_from());
        // No range begins behind its end.
        let parts = self.part(from)..=self.part(to.max(from));
        let found = self.parts.range(parts).filter_map(|(_, part)| Some((part, part.keys.find(key)?)));
        found.flat_map(move |(part, number)| part.between(number, from, to))
    }

    /// Forgets the parts of time that are over.
    fn forget(&mut self) -> Result<(), EngineError> {
        let part = self.part(self.kept_from());
        while let Some(entry) = self.parts.first_entry().filter(|entry| *entry.key() < part) {
            let Part { keys, rows, .. } = entry.remove();
            self.held -= rows.len();
            if !self.tracked {
                continue;
            }
            for row in rows.iter().filter(|row| row.number < self.unsaved_from) {
                let key = keys.key(row.key);
                let length = u32::try_from(SAVED_BYTES + key.len()).map_err(|_| too_many())?;
                self.gone.extend_from_slice(&length.to_be_bytes());
                put_saved_key(row, key, &mut self.gone);
            }
        }
        Ok(())
    }

    /// Gives out what has changed; `prefix` stands before each key.
    pub(super) fn save(&mut self, prefix: u8, change: &mut Save<'_>) -> Result<(), EngineError> {
        let (mut whole, mut value) = (vec![prefix], Vec::new());
        let mut gone = self.gone.as_slice();
        while let Some((length, rest)) = gone.split_first_chunk::<4>() {
            let (key, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(damaged)?;
            whole.truncate(1);
            whole.extend_from_slice(key);
            change(&whole, None)?;
            gone = rest;
        }
        self.gone.clear();
        for (part, place) in self.unsaved.drain(..) {
            // It may be forgotten by now.
            let Some(part) = self.parts.get(&part) else { continue };
            let Some(row) = part.rows.get(place as usize) else { continue };
            whole.truncate(1);
            put_saved_key(row, part.keys.key(row.key), &mut whole);
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&row.bytes);
            change(&whole, Some(&value))?;
        }
        self.unsaved_from = self.next;
        Ok(())
    }

    /// Takes a record that was given out; `key` is without its prefix.
    pub(super) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let (time, rest) = key.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (number, key) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (time, number) = (i64::from_be_bytes(*time), u64::from_be_bytes(*number));
        let Some((&VERSION, bytes)) = value.split_first() else { return Err(damaged()) };
        self.insert(key, time, number, bytes.into())?;
        self.next = self.next.max(number.saturating_add(1));
        self.unsaved_from = self.next;
        Ok(())
    }
}

impl Part {
    fn insert(&mut self, key: &[u8], time: i64, number: u64, bytes: Arc<[u8]>) -> Result<u32, EngineError> {
        let (key, new) = self.keys.add(key).ok_or_else(too_many)?;
        let place = u32::try_from(self.rows.len()).map_err(|_| too_many())?;
        self.rows.push(Row { time, number, key, bytes });
        let Self { places, rows, .. } = self;
        let before = |other: u32| rows.get(other as usize).is_some_and(|r| (r.time, r.number) < (time, number));
        match places.get_mut(key as usize) {
            None if new => places.push(Places::One(place)),
            None => return Err(damaged()),
            Some(Places::Many(all)) => {
                let at = all.partition_point(|other| before(*other));
                all.insert(at, place);
            }
            Some(known @ Places::One(_)) => {
                let Places::One(other) = *known else { return Err(damaged()) };
                *known = Places::Many(if before(other) { vec![other, place] } else { vec![place, other] });
            }
        }
        Ok(place)
    }

    /// The records of a key from one time to another, both included.
    fn between(&self, key: u32, from: i64, to: i64) -> impl Iterator<Item = &Row> {
        let places = match self.places.get(key as usize) {
            None => &[],
            Some(Places::One(place)) => std::slice::from_ref(place),
            Some(Places::Many(places)) => places.as_slice(),
        };
        let time = |place: &u32| self.rows.get(*place as usize).map_or(0, |row| row.time);
        let range: Range<usize> =
            places.partition_point(|place| time(place) < from)..places.partition_point(|place| time(place) <= to);
        places.get(range).unwrap_or_default().iter().filter_map(|place| self.rows.get(*place as usize))
    }
}

/// Bytes of what a record is saved under, besides its key.
const SAVED_BYTES: usize = 16;

/// Time, number, key.
fn put_saved_key(row: &Row, key: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&row.time.to_be_bytes());
    out.extend_from_slice(&row.number.to_be_bytes());
    out.extend_from_slice(key);
}

fn too_many() -> EngineError {
    EngineError::Query("too many records may still meet others".into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap as Map;

    use super::*;

    fn bytes(number: u8) -> Arc<[u8]> {
        [number].into()
    }

    fn found(buffer: &Buffer, key: &[u8], from: i64, to: i64) -> Vec<(i64, u8)> {
        buffer.get(key, from, to).map(|row| (row.time, row.bytes[0])).collect()
    }

    #[test]
    fn records_are_found_by_time_and_forgotten_with_it() {
        let mut buffer = Buffer::new(100);
        for (number, time) in [(1, 50), (2, 10), (3, 50), (4, 49), (5, 120)] {
            assert!(buffer.put(b"a", time, bytes(number)).unwrap());
        }
        assert!(buffer.put(b"b", 60, bytes(6)).unwrap());
        assert_eq!(found(&buffer, b"a", 0, 50), [(49, 4), (50, 1), (50, 3)], "10 is too old by now");
        assert_eq!(found(&buffer, b"a", 50, 1000), [(50, 1), (50, 3), (120, 5)]);
        assert_eq!((found(&buffer, b"b", 60, 60), found(&buffer, b"c", 0, 99)), (vec![(60, 6)], vec![]));
        assert_eq!(found(&buffer, b"a", 60, 50), []);
        assert!(!buffer.put(b"a", 20, bytes(7)).unwrap());
        assert!(buffer.put(b"a", 500, bytes(8)).unwrap());
        assert_eq!((buffer.held(), found(&buffer, b"a", 0, 1000)), (1, vec![(500, 8)]));
    }

    #[test]
    fn what_is_given_out_is_what_is_kept() {
        let mut saved: Map<Vec<u8>, Vec<u8>> = Map::new();
        let mut buffer = Buffer::new(100);
        buffer.track();
        for (round, times) in [[10, 20, 15], [60, 30, 400], [450, 460, 900]].into_iter().enumerate() {
            for (at, time) in times.into_iter().enumerate() {
                buffer.put(if at == 1 { b"a" } else { b"b" }, time, bytes((round * 3 + at) as u8)).unwrap();
            }
            let mut change = |key: &[u8], value: Option<&[u8]>| {
                match value {
                    Some(value) => drop(saved.insert(key.to_vec(), value.to_vec())),
                    None => assert!(saved.remove(key).is_some(), "given out before"),
                }
                Ok(())
            };
            buffer.save(7, &mut change).unwrap();
            let mut other = Buffer::new(100);
            for (key, value) in saved.iter().rev() {
                assert_eq!(key[0], 7);
                other.load(&key[1..], value).unwrap();
            }
            other.set_latest(buffer.latest());
            for key in [b"a", b"b"] {
                assert_eq!(found(&other, key, 0, 1000), found(&buffer, key, 0, 1000), "round {round}");
            }
            assert_eq!(other.held(), buffer.held());
        }
        assert_eq!(buffer.held(), 1);
    }
}
