//! Tumbling and hopping windows: a row is in every window that its time falls in.
//!
//! Time is that of the rows seen so far, of all groups together. A window that ended longer ago than the grace period takes
//! no more rows.
//!
//! Kept as: `w`, beginning of the window, key of the group → version, latest time, columns, states; `t` → version, times. Where calls
//! keep values, these are apart ([`apart`]), and so are the states of version 2.
//!
//! What is kept on disk comes back group by group with its values, and window by window when windows end: these are next to each
//! other there.

mod entries;
mod on_disk;

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use millstream_plan::topology::Windowing;
use millstream_state::Keys;

use super::Grouping;
use super::apart::{self, VALUE};
use super::entry::{Closed, Entry};
use super::group_columns::GroupColumns;
use super::pass::Pass;
use super::states::States;
use crate::error::EngineError;
use crate::operator::kept::{VERSION, damaged, take_array};
use crate::operator::{Save, Saved};
use entries::{TIMES, kept_key, take_form};
use on_disk::OnDisk;

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
    /// By where a window begins.
    windows: BTreeMap<i64, Window>,
    columns: GroupColumns,
    /// Changes are noted.
    tracks: bool,
    /// Beginnings and numbers of groups that have changed since they were last given out, each once.
    changed: Vec<(i64, u32)>,
    /// Groups that were given out, or may have been, and are gone since: by what they are kept under.
    gone: Vec<Box<[u8]>>,
    /// The times that were given out last.
    saved: (i64, i64),
    /// Values of the calls are kept one by one.
    apart: bool,
    /// Where groups are that are not here.
    disk: Option<OnDisk>,
    /// Of windows that begin then or earlier, nothing is on disk that was not taken from there, or is among what is gone.
    swept: i64,
    /// Values that came from disk or have gone there, about.
    values: usize,
}

/// The groups of a window.
#[derive(Default)]
struct Window {
    keys: Keys,
    /// By number of the key.
    groups: Vec<Group>,
}

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
    /// What it is grouped by; only kept where results leave without a row of the group.
    columns: Vec<ArrayRef>,
    /// It is among the changed ones.
    noted: bool,
    /// It was given out.
    saved: bool,
}

impl TimeWindows {
    /// Windows of this size, one every `advance` ms. `apart`: values of the calls are kept one by one.
    pub(super) fn new(size: i64, advance: i64, window: &Windowing, columns: GroupColumns, apart: bool) -> Self {
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
            tracks: false,
            changed: Vec::new(),
            gone: Vec::new(),
            saved: (-1, -1),
            apart,
            disk: None,
            swept: -1,
            values: 0,
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
        self.recall_ended(last, pass.states)?;
        if self.windows.first_key_value().is_none_or(|(start, _)| *start > last) {
            return Ok(());
        }
        pass.flush()?;
        let open = self.windows.split_off(&last.saturating_add(1));
        let closed = std::mem::replace(&mut self.windows, open);
        let kept_from = self.latest.saturating_sub(self.retention);
        let mut results = Vec::new();
        let mut slots = Vec::new();
        for (start, window) in closed {
            self.note_gone(start, &window, pass.states)?;
            let Window { keys, groups } = window;
            let mut groups: Vec<(u32, Group)> = (0..).zip(groups).collect();
            groups.sort_unstable_by(|(a, _), (b, _)| keys.key(*a).cmp(keys.key(*b)));
            for (_, Group { slot, time, columns, .. }) in groups {
                slots.push(slot);
                if start >= kept_from {
                    results.push(Closed {
                        slot,
                        time,
                        was: time,
                        start,
                        end: start.saturating_add(self.size),
                        columns,
                    });
                }
            }
        }
        pass.release(row, results)?;
        slots.into_iter().try_for_each(|slot| pass.states.give_back(slot))
    }

    /// A window is gone: so is what was given out of it.
    fn note_gone(&mut self, start: i64, window: &Window, states: &mut States) -> Result<(), EngineError> {
        if !self.tracks {
            return Ok(());
        }
        for (number, group) in (0..).zip(&window.groups).filter(|(_, group)| group.saved) {
            let key = window.keys.key(number);
            self.gone.push(kept_key(start, key).into());
            if self.apart {
                self.gone.extend(apart::all_values(&start.to_be_bytes(), key, group.slot, states)?);
            }
        }
        Ok(())
    }

    /// Takes a row.
    fn place_row(&mut self, row: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
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
                self.count(row, key, time, (start, end), pass)?;
            }
            let Some(next) = start.checked_add(self.advance) else { break };
            start = next;
        }
        if !taken {
            pass.late(row, closed_at)?;
        }
        if self.last_only { self.close(row, pass) } else { Ok(()) }
    }

    /// Counts a row in a window that takes it.
    fn count(
        &mut self,
        row: usize,
        key: &[u8],
        time: i64,
        (start, end): (i64, i64),
        pass: &mut Pass<'_>,
    ) -> Result<(), EngineError> {
        self.latest = self.latest.max(start);
        self.recall(start, key, pass.states)?;
        let window = self.windows.entry(start).or_default();
        let (number, new) = window.keys.add(key).ok_or_else(too_many)?;
        if new {
            let columns = if self.last_only { pass.group_columns(row)? } else { Vec::new() };
            let slot = pass.states.take_slot()?;
            window.groups.push(Group { slot, time, columns, noted: false, saved: false });
        }
        let group = window.groups.get_mut(number as usize).ok_or_else(too_many)?;
        let was = group.time;
        group.time = was.max(time);
        if self.tracks && !group.noted {
            group.noted = true;
            self.changed.push((start, number));
        }
        pass.push(Entry { slot: group.slot, time: group.time, was, start, end, before: !new, ..Entry::of(row) })
    }
}

impl Grouping for TimeWindows {
    fn place(&mut self, rows: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        (0..rows).try_for_each(|row| self.place_row(row, pass))
    }

    fn expire(&mut self, states: &mut States) -> Result<(), EngineError> {
        let last = self.closed_at().saturating_sub(self.size);
        self.forget_ended(last)?;
        while let Some(window) = self.windows.first_entry().filter(|window| *window.key() <= last) {
            let (start, window) = window.remove_entry();
            self.note_gone(start, &window, states)?;
            window.groups.into_iter().try_for_each(|group| states.give_back(group.slot))?;
        }
        Ok(())
    }

    fn now(&self) -> Option<i64> {
        Some(self.now)
    }

    fn track(&mut self, states: &mut States) {
        self.tracks = true;
        if self.apart {
            states.track_values();
            // Those that are written anew, with all of their values.
            for (start, number) in &self.changed {
                let group = self.windows.get(start).and_then(|window| window.groups.get(*number as usize));
                group.into_iter().for_each(|group| states.touch_values(group.slot));
            }
        }
    }

    fn reform(&mut self, apart: bool, states: &mut States) -> Result<(), EngineError> {
        if !self.apart && !apart {
            return Ok(());
        }
        for (start, window) in &mut self.windows {
            for (number, group) in (0..).zip(&mut window.groups) {
                if self.apart {
                    let key = window.keys.key(number);
                    self.gone.extend(apart::all_values(&start.to_be_bytes(), key, group.slot, states)?);
                }
                if !std::mem::replace(&mut group.noted, true) {
                    self.changed.push((*start, number));
                }
            }
        }
        self.apart = apart;
        Ok(())
    }

    fn reformed(&mut self, states: &mut States) {
        if self.tracks {
            self.track(states);
        }
    }

    /// Windows are looked for by their beginning and the groups' keys, values by what these begin with; all go by their beginning.
    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn values(&self) -> usize {
        self.values
    }

    fn lean(&mut self, mut saved: Saved, _states: &mut States) -> Result<(), EngineError> {
        if let Some(mut times) = saved.get(TIMES)? {
            take_form(&mut times)?;
            self.load_times(times)?;
        }
        self.disk = Some(OnDisk::new(saved));
        Ok(())
    }

    fn save(&mut self, states: &mut States, change: &mut Save<'_>) -> Result<(), EngineError> {
        for kept in self.gone.drain(..) {
            change(&kept, None)?;
        }
        let (mut kept, mut value) = (Vec::new(), Vec::new());
        for (start, number) in self.changed.drain(..) {
            let Some(Window { keys, groups }) = self.windows.get_mut(&start) else { continue };
            let Some(group) = groups.get_mut(number as usize) else { continue };
            (group.noted, group.saved) = (false, true);
            kept.clear();
            kept.push(b'w');
            kept.extend_from_slice(&start.to_be_bytes());
            kept.extend_from_slice(keys.key(number));
            apart::begin(self.apart, group.time, &mut value);
            GroupColumns::put(&group.columns, &mut value)?;
            if self.apart {
                states.encode_rest(group.slot, &mut value)?;
            } else {
                states.encode(group.slot, &mut value)?;
            }
            change(&kept, Some(&value))?;
            if self.apart {
                let window = start.to_be_bytes();
                let given = apart::save_values(&window, keys.key(number), group.slot, states, change)?;
                self.values += if self.disk.is_some() { given } else { 0 };
            }
        }
        if self.saved != (self.now, self.latest) {
            self.saved = (self.now, self.latest);
            change(TIMES, Some(&[&[VERSION], self.now.to_be_bytes().as_slice(), &self.latest.to_be_bytes()].concat()))?;
        }
        Ok(())
    }

    fn load(&mut self, entry: &[u8], mut value: &[u8], states: &mut States) -> Result<(), EngineError> {
        let version = take_form(&mut value)?;
        let mut kept = entry;
        match take_array::<1>(&mut kept)? {
            [b't'] => self.load_times(value),
            [b'w'] => self.load_group(version, kept, value, states),
            [VALUE] => self.load_value(entry, value, states),
            _ => Err(damaged()),
        }
    }
}

fn too_many() -> EngineError {
    EngineError::Query("there are too many groups in a window".into())
}
