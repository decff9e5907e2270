//! Groups without windows that are gone when nobody has changed them for a while: `TTL`, an extension.
//!
//! Time is that of the rows seen so far, of all groups together. A group is gone as soon as that has come to the latest time of
//! its rows and as much later as groups are kept: its result is deleted, its state is freed, and a row that comes for it later
//! begins a new one. Groups stand in a queue by their times.
//!
//! Kept as: `g`, the group's key → version, the latest time of its rows, columns, the states of the calls; `t` → version, time. On
//! disk groups are found by their times besides ([`by_time`]).

mod on_disk;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::ArrayRef;

use super::Grouping;
use super::entry::{Closed, Entry};
use super::group_columns::GroupColumns;
use super::pass::Pass;
use super::states::States;
use crate::error::EngineError;
use crate::operator::by_time::{self, ByTime};
use crate::operator::kept::{Changed, VERSION, damaged, take_array, take_long, take_version};
use crate::operator::{Index, Save, Saved};

/// The groups by key.
pub(super) struct Expiring {
    /// How long after its last row a group is gone, ms.
    ttl: i64,
    /// The latest time of a row; none was seen: negative.
    now: i64,
    groups: HashMap<Arc<[u8]>, Group>,
    /// Times and keys of all groups.
    queue: BTreeSet<(i64, Arc<[u8]>)>,
    columns: GroupColumns,
    changed: Changed,
    /// The time that was given out last.
    saved: i64,
    /// Where groups are that are not here.
    disk: Option<ByTime>,
}

/// What the time is kept under.
const TIME: &[u8] = b"t";

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
    /// What it is grouped by.
    columns: Vec<ArrayRef>,
}

impl Expiring {
    /// Groups that are kept for so long.
    pub(super) fn new(ttl: i64, columns: GroupColumns) -> Self {
        Self {
            ttl: ttl.max(1),
            now: -1,
            groups: HashMap::new(),
            queue: BTreeSet::new(),
            columns,
            changed: Changed::default(),
            saved: -1,
            disk: None,
        }
    }

    /// Time has come to a row: what is due goes before it.
    fn come_to(&mut self, row: usize, time: i64, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        self.now = self.now.max(time);
        let last = self.now.saturating_sub(self.ttl);
        self.recall_due(last, pass.states)?;
        let mut due = Vec::new();
        while let Some((time, _)) = self.queue.first()
            && *time <= last
            && let Some((time, key)) = self.queue.pop_first()
        {
            self.changed.touch(|| &*key);
            self.disk.iter_mut().for_each(|disk| disk.note_gone(&key));
            let Some(Group { slot, columns, .. }) = self.groups.remove(&key) else { continue };
            due.push(Closed { slot, time: time.saturating_add(self.ttl), was: time, start: 0, end: 0, columns });
        }
        if due.is_empty() {
            return Ok(());
        }
        let slots: Vec<u32> = due.iter().map(|closed| closed.slot).collect();
        pass.flush()?;
        pass.delete(row, due)?;
        slots.into_iter().try_for_each(|slot| pass.states.give_back(slot))
    }

    /// A row of that time changes a group, if it is there: its slot, and the times of its result before and now.
    fn touch(&mut self, key: &[u8], time: i64) -> Option<(u32, i64, i64)> {
        let (key, _) = self.groups.get_key_value(key)?;
        let key = Arc::clone(key);
        let group = self.groups.get_mut(&key)?;
        self.changed.touch(|| &*key);
        let was = group.time;
        if time > was {
            self.queue.remove(&(was, Arc::clone(&key)));
            group.time = time;
            self.queue.insert((time, key));
        }
        Some((group.slot, was, group.time))
    }

    /// A row is counted in its group, which is made where it is not there.
    fn count(&mut self, row: usize, change: Entry, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        let Some(key) = pass.added_key(row) else { return Ok(()) };
        self.recall(key, pass.states)?;
        if let Some((slot, was, time)) = self.touch(key, change.time) {
            return pass.push(Entry { slot, time, was, before: true, ..change });
        }
        let (slot, time) = (pass.states.take_slot()?, change.time);
        let columns = pass.group_columns(row)?;
        let key: Arc<[u8]> = Arc::from(key);
        self.changed.touch(|| &*key);
        self.queue.insert((time, Arc::clone(&key)));
        self.groups.insert(key, Group { slot, time, columns });
        // What the row was has gone with the group.
        pass.push(Entry { slot, before: false, undo: false, ..change })
    }

    /// A row of a table: a group loses it before its new group gains it.
    fn replace(&mut self, row: usize, time: i64, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        let mut change = Entry { time, ..Entry::of(row) };
        let (old, new) = (pass.taken_back_key(row), pass.added_key(row));
        match (old, new) {
            (Some(old), Some(new)) if old == new => change.undo = true,
            (Some(old), _) => {
                self.recall(old, pass.states)?;
                if let Some((slot, was, time)) = self.touch(old, time) {
                    pass.push(Entry { slot, time, was, before: true, undo: true, add: false, ..change })?;
                }
            }
            (None, _) => {}
        }
        self.count(row, change, pass)
    }

    fn load_time(&mut self, mut value: &[u8]) -> Result<(), EngineError> {
        self.now = take_long(&mut value)?;
        self.saved = self.now;
        Ok(())
    }
}

impl Grouping for Expiring {
    fn place(&mut self, rows: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        for row in 0..rows {
            let time = pass.time(row);
            self.come_to(row, time, pass)?;
            if pass.takes_back() {
                self.replace(row, time, pass)?;
            } else {
                self.count(row, Entry { time, ..Entry::of(row) }, pass)?;
            }
        }
        Ok(())
    }

    fn now(&self) -> Option<i64> {
        Some(self.now)
    }

    fn track(&mut self, _states: &mut States) {
        self.changed.track();
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn index(&self) -> Option<Index> {
        Some(by_time::INDEX)
    }

    fn lean(&mut self, mut saved: Saved, _states: &mut States) -> Result<(), EngineError> {
        if let Some(mut time) = saved.get(TIME)? {
            take_version(&mut time)?;
            self.load_time(time)?;
        }
        self.disk = Some(ByTime::new(saved));
        Ok(())
    }

    fn save(&mut self, states: &mut States, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.disk.iter_mut().for_each(ByTime::saved);
        let (mut kept, mut value) = (Vec::new(), Vec::new());
        for key in self.changed.take() {
            kept.clear();
            kept.push(b'g');
            kept.extend_from_slice(&key);
            let Some(group) = self.groups.get(&*key) else {
                change(&kept, None)?;
                continue;
            };
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&group.time.to_be_bytes());
            GroupColumns::put(&group.columns, &mut value)?;
            states.encode(group.slot, &mut value)?;
            change(&kept, Some(&value))?;
        }
        if self.saved != self.now {
            self.saved = self.now;
            change(TIME, Some(&[&[VERSION], self.now.to_be_bytes().as_slice()].concat()))?;
        }
        Ok(())
    }

    fn load(&mut self, mut kept: &[u8], mut value: &[u8], states: &mut States) -> Result<(), EngineError> {
        take_version(&mut value)?;
        match take_array::<1>(&mut kept)? {
            [b't'] => self.load_time(value)?,
            [b'g'] => {
                let (time, columns) = (take_long(&mut value)?, self.columns.take(&mut value)?);
                let (key, slot): (Arc<[u8]>, u32) = (Arc::from(kept), states.decode(value)?);
                if let Some(before) = self.groups.insert(Arc::clone(&key), Group { slot, time, columns }) {
                    // Given out twice: the later one counts.
                    self.queue.remove(&(before.time, Arc::clone(&key)));
                    states.give_back(before.slot)?;
                }
                self.queue.insert((time, key));
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }
}
