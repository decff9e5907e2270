//! The records of one side of a join of streams, as long as records of the other side may meet them.
//!
//! Time is cut into parts. Each has its own keys and records, so that what is too old goes at once and no key outlives its
//! records; a record's partners lie in few of them. Records never change and are forgotten by time, so that they are saved
//! in blocks: many records under one key of the changelog, gone again together. On disk each record is found by itself besides
//! ([`on_disk`]).

mod block;
mod on_disk;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use millstream_state::{Code, Keys};

use super::damaged;
use crate::error::EngineError;
use crate::operator::Save;
use block::{VERSION, put_row, rows};
use on_disk::OnDisk;
pub(super) use on_disk::{Prefixes, further};

/// Parts of the retention in which records are forgotten together.
const PARTS: i64 = 4;
/// A block is saved when it has that many bytes, far below what topics take.
const BLOCK_BYTES: usize = 64 * 1024;

/// Records by key and time.
#[derive(Debug)]
pub(super) struct Buffer {
    /// How long records are kept, ms.
    retention: i64,
    /// The latest time of a record of this side; none was seen: negative.
    latest: i64,
    /// By number.
    parts: BTreeMap<i64, Part>,
    /// Under which the keys of all parts have their codes.
    seed: u64,
    /// How many records are kept.
    held: usize,
    /// The number of the next record.
    next: u64,
    /// Whether changes are noted.
    tracked: bool,
    /// Records that have not been saved yet: part and place in it, in the order of their numbers.
    unsaved: Vec<(i64, u32)>,
    /// What has been saved and is not gone.
    blocks: VecDeque<Block>,
    /// Where records are that are not here.
    disk: Option<OnDisk>,
}

/// Records that were saved together.
#[derive(Debug)]
struct Block {
    /// The number of the first of them, by which the block is found.
    number: u64,
    /// The latest time of one of them.
    latest: i64,
}

/// The records of a part of time.
#[derive(Debug)]
struct Part {
    keys: Keys,
    /// By number of the key: places of its records, in the order of their times, those of one time in the order in which
    /// they came.
    places: Vec<Places>,
    rows: Vec<Row>,
    /// Their columns.
    bytes: Vec<u8>,
}

/// Most keys have one record.
#[derive(Debug)]
enum Places {
    One(u32),
    Many(Vec<u32>),
}

/// A record.
#[derive(Debug)]
struct Row {
    time: i64,
    number: u64,
    /// The number of its key.
    key: u32,
    /// Where its columns begin and end among the bytes of its part.
    start: usize,
    end: usize,
}

impl Buffer {
    /// A buffer that forgets records that are older than the latest one by `retention` ms.
    pub(super) fn new(retention: i64) -> Self {
        Self {
            retention: retention.max(0),
            latest: -1,
            parts: BTreeMap::new(),
            seed: Keys::seed(),
            held: 0,
            next: 0,
            tracked: false,
            unsaved: Vec::new(),
            blocks: VecDeque::new(),
            disk: None,
        }
    }

    /// How many records are kept, and what was asked for on disk.
    pub(super) fn held(&self) -> usize {
        self.held + self.disk.as_ref().map_or(0, OnDisk::asked)
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
        self.forget();
    }

    /// Records of earlier times are forgotten.
    fn kept_from(&self) -> i64 {
        self.latest.saturating_sub(self.retention).saturating_add(1)
    }

    /// How long a part of time is, ms.
    fn part_length(&self) -> i64 {
        (self.retention / PARTS).max(1)
    }

    fn part(&self, time: i64) -> i64 {
        time.div_euclid(self.part_length())
    }

    /// Keeps a record, whose columns `write` appends, and forgets those that are too old now; false: it is too old itself.
    ///
    /// # Errors
    /// A part of time has too many keys or records.
    pub(super) fn put(&mut self, key: &[u8], time: i64, write: impl FnOnce(&mut Vec<u8>)) -> Result<bool, EngineError> {
        if time > self.latest {
            self.latest = time;
            self.forget();
        }
        if time < self.kept_from() {
            return Ok(false);
        }
        let number = self.next;
        self.next += 1;
        let place = self.insert(key, time, number, write)?;
        if self.tracked {
            self.unsaved.push(place);
        }
        Ok(true)
    }

    /// Puts a record where it belongs; says where that is.
    fn insert(
        &mut self,
        key: &[u8],
        time: i64,
        number: u64,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(i64, u32), EngineError> {
        let at = self.part(time);
        let code = Code::of(key, self.seed);
        let part = self.parts.entry(at).or_insert_with(|| Part::new(self.seed));
        let place = part.insert((code, key), time, number, write)?;
        self.held += 1;
        Ok((at, place))
    }

    /// The records of a key from one time to another, both included, in the order of their times: time and columns.
    pub(super) fn get(&self, key: &[u8], from: i64, to: i64) -> impl Iterator<Item = (i64, &[u8])> {
        let from = from.max(self.kept_from());
        // No range begins behind its end.
        let parts = self.part(from)..=self.part(to.max(from));
        let code = Code::of(key, self.seed);
        let found = self.parts.range(parts).filter_map(move |(_, part)| Some((part, part.keys.find_coded(code, key)?)));
        found.flat_map(move |(part, number)| part.between(number, from, to))
    }

    /// Forgets the parts of time that are over.
    fn forget(&mut self) {
        let part = self.part(self.kept_from());
        while let Some(entry) = self.parts.first_entry().filter(|entry| *entry.key() < part) {
            self.held -= entry.remove().rows.len();
        }
        self.disk.iter_mut().for_each(|disk| disk.forget(part));
    }

    /// Gives out what has changed; `prefix` stands before each key.
    pub(super) fn save(&mut self, prefix: u8, change: &mut Save<'_>) -> Result<(), EngineError> {
        let whole = |number: u64| {
            let mut whole = [prefix; 9];
            whole[1..].copy_from_slice(&number.to_be_bytes());
            whole
        };
        let from = self.kept_from();
        for block in self.blocks.iter().filter(|block| block.latest < from) {
            change(&whole(block.number), None)?;
        }
        self.blocks.retain(|block| block.latest >= from);
        let mut block: Option<Block> = None;
        let mut value = Vec::new();
        for (part, place) in self.unsaved.drain(..) {
            // It may be forgotten by now.
            let Some(part) = self.parts.get(&part) else { continue };
            let Some(row) = part.rows.get(place as usize) else { continue };
            let open = block.get_or_insert_with(|| {
                value.clear();
                value.push(VERSION);
                Block { number: row.number, latest: row.time }
            });
            open.latest = open.latest.max(row.time);
            put_row(row.number - open.number, row.time, part.keys.key(row.key), part.bytes(row), &mut value)?;
            if value.len() >= BLOCK_BYTES
                && let Some(block) = block.take()
            {
                change(&whole(block.number), Some(&value))?;
                self.blocks.push_back(block);
            }
        }
        if let Some(block) = block {
            change(&whole(block.number), Some(&value))?;
            self.blocks.push_back(block);
        }
        Ok(())
    }

    /// Takes a block that was given out; `key` is without its prefix.
    pub(super) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let number = u64::from_be_bytes(key.try_into().map_err(|_| damaged())?);
        let mut block = Block { number, latest: -1 };
        for row in rows(value)? {
            let row = row?;
            let number = number.saturating_add(row.after);
            block.latest = block.latest.max(row.time);
            self.next = self.next.max(number.saturating_add(1));
            if row.time >= self.kept_from() {
                self.insert(row.key, row.time, number, |out| out.extend_from_slice(row.bytes))?;
            }
        }
        self.blocks.push_back(block);
        Ok(())
    }
}

impl Part {
    fn new(seed: u64) -> Self {
        Self { keys: Keys::seeded(seed), places: Vec::new(), rows: Vec::new(), bytes: Vec::new() }
    }

    fn insert(
        &mut self,
        (code, key): (Code, &[u8]),
        time: i64,
        number: u64,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<u32, EngineError> {
        let (key, new) = self.keys.add_known(code, key).ok_or_else(too_many)?;
        let place = u32::try_from(self.rows.len()).map_err(|_| too_many())?;
        let start = self.bytes.len();
        write(&mut self.bytes);
        self.rows.push(Row { time, number, key, start, end: self.bytes.len() });
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

    /// The columns of a record.
    fn bytes(&self, row: &Row) -> &[u8] {
        self.bytes.get(row.start..row.end).unwrap_or_default()
    }

    /// The records of a key from one time to another, both included.
    fn between(&self, key: u32, from: i64, to: i64) -> impl Iterator<Item = (i64, &[u8])> {
        let places = match self.places.get(key as usize) {
            None => &[],
            Some(Places::One(place)) => std::slice::from_ref(place),
            Some(Places::Many(places)) => places.as_slice(),
        };
        let time = |place: &u32| self.rows.get(*place as usize).map_or(0, |row| row.time);
        let range: Range<usize> =
            places.partition_point(|place| time(place) < from)..places.partition_point(|place| time(place) <= to);
        let places = places.get(range).unwrap_or_default().iter();
        places.filter_map(|place| self.rows.get(*place as usize)).map(|row| (row.time, self.bytes(row)))
    }
}

fn too_many() -> EngineError {
    EngineError::Query("too many records may still meet others".into())
}

#[cfg(test)]
mod tests;
