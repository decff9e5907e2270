//! Tumbling and hopping windows: a row is in every window that its time falls in.
//!
//! Time is that of the rows seen so far, of all groups together. A window that ended longer ago than the grace period takes
//! no more rows.

use std::collections::{BTreeMap, HashMap};

use arrow::array::ArrayRef;
use millstream_plan::topology::Windowing;

use super::Grouping;
use super::pass::{Closed, Entry, Pass};
use super::states::States;
use crate::error::EngineError;

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
}

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
    /// What it is grouped by; only kept where results leave without a row of the group.
    columns: Vec<ArrayRef>,
}

impl TimeWindows {
    /// Windows of this size, one every `advance` ms.
    pub(super) fn new(size: i64, advance: i64, window: &Windowing) -> Self {
        let Windowing { grace, retention, last_only, .. } = *window;
        let (size, advance) = (size.max(1), advance.max(1));
        Self { size, advance, grace, retention, last_only, now: -1, latest: -1, windows: BTreeMap::new() }
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
            for (_, Group { slot, time, columns }) in groups {
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
                    groups.insert(key.into(), Group { slot: pass.states.take_slot()?, time, columns });
                }
                if let Some(group) = groups.get_mut(key) {
                    group.time = group.time.max(time);
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
            window.remove().into_values().try_for_each(|group| states.give_back(group.slot))?;
        }
        Ok(())
    }
}
