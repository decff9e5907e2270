//! Two streams: records of equal keys that lie near each other in time.
//!
//! Time is that of the records seen so far, of both sides and all keys together. A record meets those of the other side
//! that are already here; those that come later meet it. One without a partner leaves alone, where its side stays: as soon
//! as it comes, or (with a grace period) when time has passed what partners could still come at. Those leave in the order
//! of their times, right before left, then of their keys' bytes, as from Kafka Streams' store.

use std::ops::Range;
use std::sync::Arc;

use millstream_plan::topology::{Join, Within};

use super::buffer::{Buffer, Prefixes, further};
use super::input::Input;
use super::results::{Joined, Pair, Part, Results};
use super::waiting::Waiting;
use super::{Matching, OWN, Side, Sides, damaged, unreadable};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::{Index, Lend, Save, Saved};

/// The records of both streams that others may still meet.
pub(super) struct StreamStream {
    within: Within,
    /// Whether records of a side stay without one of the other.
    keeps: Sides<bool>,
    buffers: Sides<Buffer>,
    waiting: Sides<Waiting>,
    /// The latest time of a record; none was seen: negative.
    now: i64,
    /// That time when it was last saved.
    saved: Times,
}

/// The times that go on: of both sides together, of the left one, of the right one.
type Times = [i64; 3];

/// First bytes of what is saved.
const TIMES: u8 = 0;
const BUFFERS: Sides<u8> = Sides { left: 1, right: 2 };
const WAITING: Sides<u8> = Sides { left: 3, right: 4 };
/// And of what is on disk besides.
const FURTHER: Sides<Prefixes> =
    Sides { left: Prefixes { rows: 5, blocks: 7 }, right: Prefixes { rows: 6, blocks: 8 } };
/// The version of the saved times.
const VERSION: u8 = 1;

impl StreamStream {
    /// A join that has seen nothing. Error: nothing says how near records must be.
    pub(super) fn new(node: &Join) -> Result<Self, EngineError> {
        let none = || EngineError::Query("a join of streams needs to know how near in time records must be".into());
        let within = node.within.ok_or_else(none)?;
        let buffer = || Buffer::new(within.retention);
        let mut join = Self {
            within,
            keeps: Sides { left: node.kind.keeps_left(), right: node.kind.keeps_right() },
            buffers: Sides { left: buffer(), right: buffer() },
            waiting: Sides::default(),
            now: -1,
            saved: [-1; 3],
        };
        join.saved = join.times();
        Ok(join)
    }

    fn times(&self) -> Times {
        [self.now, self.buffers.left.latest(), self.buffers.right.latest()]
    }

    /// How much later than a record of that side its partners may be.
    fn after(&self, side: Side) -> i64 {
        if side == Side::Left { self.within.after } else { self.within.before }
    }

    /// Lets those go that can have no partner any more.
    fn release(&mut self, row: usize, results: &mut Results<'_>) -> Result<(), EngineError> {
        let closed = |join: &Self, side| join.now.saturating_sub(join.after(side)).saturating_sub(join.within.grace);
        let (left_closed, right_closed) = (closed(self, Side::Left), closed(self, Side::Right));
        self.waiting.left.recall_before(left_closed)?;
        self.waiting.right.recall_before(right_closed)?;
        loop {
            let left = self.waiting.left.first_before(left_closed);
            let right = self.waiting.right.first_before(right_closed);
            let (side, place) = match (left, right) {
                (Some(left), Some(right)) if left.0 < right.0 => (Side::Left, left),
                (_, Some(right)) => (Side::Right, right),
                (Some(left), None) => (Side::Left, left),
                (None, None) => return Ok(()),
            };
            let place = place.clone();
            for bytes in self.waiting.get_mut(side).take(&place) {
                let pair = Pair::of(side, Part::Kept(bytes), Part::Nothing);
                results.push(Joined { key: Some(Arc::clone(&place.1)), ..Joined::new(row, place.0, pair) })?;
            }
        }
    }

    /// Finds the partners of a record.
    fn meet(
        &mut self,
        side: Side,
        row: usize,
        key: &[u8],
        input: &Input<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), EngineError> {
        let (time, other) = (input.time(row), side.other());
        let from = time.saturating_sub(self.after(other)).max(0);
        let to = time.saturating_add(self.after(side)).max(0);
        let mut alone = true;
        self.buffers.get_mut(other).recall(key, from, to)?;
        for (then, bytes) in self.buffers.get(other).get(key, from, to) {
            alone = false;
            self.waiting.get_mut(other).remove(key, then)?;
            let pair = Pair::of(side, Part::Own, results.copy(bytes)?);
            results.push(Joined::new(row, time.max(then), pair))?;
        }
        if !alone || !*self.keeps.get(side) {
            return Ok(());
        }
        if self.within.eager || to < self.now {
            return results.push(Joined::new(row, time, Pair::of(side, Part::Own, Part::Nothing)));
        }
        self.waiting.get_mut(side).put(key, time, input.bytes(row))
    }

    fn set_times(&mut self, times: Times) {
        let [now, left, right] = times;
        (self.now, self.saved) = (now, times);
        self.buffers.left.set_latest(left);
        self.buffers.right.set_latest(right);
    }
}

impl Matching for StreamStream {
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        for row in rows {
            let time = input.time(row);
            self.now = self.now.max(time);
            if input.batch.is_absent(row) {
                ledger.row_skipped(input.batch, row, "join", "a record without a value is not joined");
                continue;
            }
            let Some(key) = input.key(row) else {
                if *self.keeps.get(side) {
                    results.push(Joined::new(row, time, Pair::of(side, Part::Own, Part::Nothing)))?;
                } else {
                    ledger.row_skipped(input.batch, row, "join", "what it is joined by is null");
                }
                continue;
            };
            if !self.buffers.get_mut(side).put(key, time, |out| input.put(row, out))? {
                let reason = format!(
                    "Row is late: its time is {time}, and records that come after it do not meet it, as time is {}",
                    self.buffers.get(side).latest()
                );
                ledger.row_late(input.batch, row, "join", &reason);
                results.late(row, time)?;
            }
            if time == self.now {
                self.release(row, results)?;
            }
            self.meet(side, row, key, input, results)?;
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.buffers.left.held() + self.buffers.right.held()
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn index(&self) -> Option<Index> {
        Some(Index { of_key: |key| block(key).is_none(), replaces: false, entries: further_entries })
    }

    fn lean(&mut self, saved: &Saved) -> Result<(), EngineError> {
        let mut reader = saved.clone();
        if let Some(value) = reader.get(&[TIMES])? {
            self.set_times(read_times(value).ok_or_else(|| unreadable(value, VERSION))?);
        }
        self.buffers.left.lean(saved, FURTHER.left)?;
        self.buffers.right.lean(saved, FURTHER.right)?;
        for side in [Side::Left, Side::Right] {
            // Where none leave alone, or at once, nobody waits.
            if *self.keeps.get(side) && !self.within.eager {
                self.waiting.get_mut(side).lean(saved, *WAITING.get(side));
            }
        }
        Ok(())
    }

    fn now(&self) -> Option<i64> {
        Some(self.now)
    }

    fn track(&mut self) {
        self.buffers.left.track();
        self.buffers.right.track();
        self.waiting.left.track();
        self.waiting.right.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        let times = self.times();
        if times != self.saved {
            let mut value = vec![VERSION];
            times.iter().for_each(|time| value.extend_from_slice(&time.to_be_bytes()));
            change(&[TIMES], Some(&value))?;
            self.saved = times;
        }
        self.buffers.left.save(BUFFERS.left, change)?;
        self.buffers.right.save(BUFFERS.right, change)?;
        self.waiting.left.save(WAITING.left, change)?;
        self.waiting.right.save(WAITING.right, change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let (prefix, rest) = key.split_first().ok_or_else(damaged)?;
        match *prefix {
            TIMES => {
                let times = read_times(value).ok_or_else(|| unreadable(value, VERSION))?;
                self.set_times(times);
                Ok(())
            }
            prefix if prefix == BUFFERS.left => self.buffers.left.load(rest, value),
            prefix if prefix == BUFFERS.right => self.buffers.right.load(rest, value),
            prefix if prefix == WAITING.left => self.waiting.left.load(rest, value),
            prefix if prefix == WAITING.right => self.waiting.right.load(rest, value),
            _ => Err(damaged()),
        }
    }
}

/// Of the key of a block of records as the join saves it: what stands before the keys of its further entries, and its own key
/// without its prefix.
fn block(key: &[u8]) -> Option<(Prefixes, &[u8])> {
    match key {
        [OWN, prefix, rest @ ..] if *prefix == BUFFERS.left => Some((FURTHER.left, rest)),
        [OWN, prefix, rest @ ..] if *prefix == BUFFERS.right => Some((FURTHER.right, rest)),
        _ => None,
    }
}

/// As [`Index::entries`].
fn further_entries(key: &[u8], value: &[u8], each: &mut Lend<'_>) -> Result<(), EngineError> {
    let Some((prefixes, rest)) = block(key) else { return Ok(()) };
    further(prefixes, rest, value, &mut |key, value| each(&[&[OWN], key].concat(), value))
}

fn read_times(value: &[u8]) -> Option<Times> {
    let (&VERSION, rest) = value.split_first()? else { return None };
    let (now, rest) = rest.split_first_chunk::<8>()?;
    let (left, rest) = rest.split_first_chunk::<8>()?;
    let right: &[u8; 8] = rest.try_into().ok()?;
    Some([now, left, right].map(|bytes| i64::from_be_bytes(*bytes)))
}
