//! Tumbling and hopping windows: a row is in every window that its time falls in.
//!
//! Time is that of the rows seen so far, of all groups together. A window that ended longer ago than the grace period takes
//! no more rows.
//!
//! Kept as: `w`, beginning of the window, key of the group → version, latest time, columns, states; `t` → version, times.

use std::collections::{BTreeMap, HashMap};

use arrow::array::ArrayRef;
use millstream_plan::topology::Windowing;

use super::Grouping;
use super::group_columns::GroupColumns;
use super::pass::{Closed, Entry, Pass};
use super::states::States;
use crate::error::EngineError;
use crate::operator::Save;
use crate::operator::kept::{Changed, VERSION, damaged, take_array, take_long, take_version};

/// The open windows.
pub(super) struct TimeWindows {
    size: i64,
    advance: i64,
    grace: i64,
    retention: i64,
    /// Whether only last results leave.
    last_only: bool,
    /// The latest time of a row; none was seen: negative.
    now: i64,
    /// The latest beginning of a window that was changed.
    latest: i64,
    /// By where a window begins: its groups by key.
    windows: BTreeMap<i64, HashMap<Box<[u8]>, Group>>,
    columns: GroupColumns,
    changed: Changed,
    /// The times that were given out last.
    saved: (i64, i64),
}

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
    /// What it is grouped by; only kept where results leave without a row of the group.
    columns: Vec<ArrayRef>,
    /// It is among the changed ones.
    noted: bool,
}

/// The key that a group in a window is kept under.
fn kept_key(start: i64, key: &[u8]) -> Vec<u8> {
    [b"w", start.to_be_bytes().as_slice(), key].concat()
}

impl TimeWindows {
    /// Windows of this size, one every `advance` ms.
    pub(super) fn new(size: i64, advance: i64, window: &Windowing, columns: GroupColumns) -> Self {
        let Windowing { grace, retention, last_only, .. } = *window;
        let (size, advance) = (size.max(1), advance.max(1));
        Self {
            size,
            advance,
            grace,
            retention,
            last_only,
            now: -1,
            latest: -1,
            windows: BTreeMap::new(),
            columns,
            changed: Changed::default(),
            saved: (-1, -1),
        }
    }

    /// Windows that end then or earlier take no more rows.
    fn closed_at(&self) -> i64 {
        self.now.saturating_sub(self.grace)
    }

    /// Lets the results of windows that have closed go, in the order of windows and of keys.
    ///
    /// As in Kafka Streams a result is lost when time has jumped past what the store keeps of it before it could leave.
    fn close(&mut self, row: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        let last = self.closed_at().saturating_sub(self.size);
        if self.windows.first_key_value().is_none_or(|(start, _)| *start > last) {
            return Ok(());
        }
        pass.flush()?;
        let open = self.windows.split_off(&last.saturating_add(1));
        let closed = std::mem::replace(&mut self.windows, open);
        let kept_from = self.latest.saturating_sub(self.retention);
        let mut results = Vec::new();
        let mut slots = Vec::new();
        for (start, groups) in closed {
            let mut groups: Vec<(Box<[u8]>, Group)> = groups.into_iter().collect();
            groups.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            for (key, Group { slot, time, columns, .. }) in groups {
                self.changed.touch(|| kept_key(start, &key));
                slots.push(slot);
                if start >= kept_from {
                    results.push(Closed { slot, time, start, end: start.saturating_add(self.size), columns });
                }
            }
        }
        pass.release(row, results)?;
        slots.into_iter().try_for_each(|slot| pass.states.give_back(slot))
    }
}

impl Grouping for TimeWindows {
    fn place(&mut self, row: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        let Some(key) = pass.added_key(row) else { return Ok(()) };
        let time = pass.time(row);
        self.now = self.now.max(time);
        let closed_at = self.closed_at();
        // The oldest window first.
        let mut start =
            time.saturating_sub(self.size).saturating_add(self.advance).max(0) / self.advance * self.advance;
        let mut taken = false;
        while start <= time {
            let end = start.saturating_add(self.size);
            if end > closed_at {
                taken = true;
                self.latest = self.latest.max(start);
                let groups = self.windows.entry(start).or_default();
                let before = groups.contains_key(key);
                if !before {
                    let columns = if self.last_only { pass.group_columns(row)? } else { Vec::new() };
                    groups.insert(key.into(), Group { slot: pass.states.take_slot()?, time, columns, noted: false });
                }
                if let Some(group) = groups.get_mut(key) {
                    group.time = group.time.max(time);
                    self.changed.note(&mut group.noted, || kept_key(start, key));
                    pass.push(Entry { slot: group.slot, time: group.time, start, end, before, ..Entry::of(row) })?;
                }
            }
            let Some(next) = start.checked_add(self.advance) else { break };
            start = next;
        }
        if !taken {
            pass.late(row, closed_at);
        }
        if self.last_only { self.close(row, pass) } else { Ok(()) }
    }

    fn expire(&mut self, states: &mut States) -> Result<(), EngineError> {
        let last = self.closed_at().saturating_sub(self.size);
        while let Some(window) = self.windows.first_entry().filter(|window| *window.key() <= last) {
            let start = *window.key();
            for (key, group) in window.remove() {
                self.changed.touch(|| kept_key(start, &key));
                states.give_back(group.slot)?;
            }
        }
        Ok(())
    }

    fn track(&mut self) {
        self.changed.track();
    }

    fn save(&mut self, states: &States, change: &mut Save<'_>) -> Result<(), EngineError> {
        let mut value = Vec::new();
        for kept in self.changed.take() {
            let (mut start, key) = kept.get(1..).and_then(|rest| rest.split_at_checked(8)).ok_or_else(damaged)?;
            let groups = self.windows.get_mut(&take_long(&mut start)?);
            let Some(group) = groups.and_then(|groups| groups.get_mut(key)) else {
                change(&kept, None)?;
                continue;
            };
            group.noted = false;
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&group.time.to_be_bytes());
            GroupColumns::put(&group.columns, &mut value)?;
            states.encode(group.slot, &mut value)?;
            change(&kept, Some(&value))?;
        }
        if self.saved != (self.now, self.latest) {
            self.saved = (self.now, self.latest);
            change(b"t", Some(&[&[VERSION], self.now.to_be_bytes().as_slice(), &self.latest.to_be_bytes()].concat()))?;
        }
        Ok(())
    }

    fn load(&mut self, mut kept: &[u8], mut value: &[u8], states: &mut States) -> Result<(), EngineError> {
        take_version(&mut value)?;
        match take_array::<1>(&mut kept)? {
            [b't'] => {
                self.saved = (take_long(&mut value)?, take_long(&mut value)?);
                (self.now, self.latest) = self.saved;
            }
            [b'w'] => {
                let start = take_long(&mut kept)?;
                let (time, columns) = (take_long(&mut value)?, self.columns.take(&mut value)?);
                let group = Group { slot: states.decode(value)?, time, columns, noted: false };
                self.windows.entry(start).or_default().insert(kept.into(), group);
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }
}
